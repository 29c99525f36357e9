"""django-import-export as it comes, doing what our import of entries does."""

from import_export import resources
from import_export.formats.base_formats import XLSX

from tasks.models import Entry


class StockResource(resources.ModelResource):
    """Rows found by their key and fully cleaned; every other setting is the default."""

    class Meta:
        model = Entry
        fields = ("id", *Entry.CONTENT)
        clean_model_instances = True


def import_file(raw: bytes) -> None:
    """The two steps of its admin page: the file read and tried, then read and imported."""
    for dry_run in (True, False):
        rows = XLSX().create_dataset(raw)
        result = StockResource().import_data(rows, dry_run=dry_run)
        if result.has_errors() or result.has_validation_errors():
            first = [repr(error.error) for row in result.error_rows[:1] for error in row.errors]
            wrong = [repr(row.error_dict) for row in result.invalid_rows[:1]]
            raise RuntimeError(f"stock import: {first or wrong}")
