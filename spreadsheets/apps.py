from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class SpreadsheetsConfig(AppConfig):
    name = "spreadsheets"
    verbose_name = _("Excel in and out")

    def ready(self) -> None:
        """Every app declares its sheets in `sheets.py`, as it declares its admin in `admin.py`."""
        autodiscover_modules("sheets")
