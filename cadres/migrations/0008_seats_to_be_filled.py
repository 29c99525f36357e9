"""Which units count as to be filled: a word of each kind, which the city may change."""

from typing import Any

from django.db import migrations, models

EXPECTED = {
    "every": ("township_secretary", "township_head"),
    "first": ("first_secretary", "retired_first_secretary"),
}


def enter(apps: Any, schema_editor: Any) -> None:
    kinds = apps.get_model("cadres", "PostingKind").objects
    for expected, codes in EXPECTED.items():
        kinds.filter(code__in=codes).update(expected=expected)


class Migration(migrations.Migration):
    dependencies = [("cadres", "0003_usual_posting_kinds")]
    operations = [
        migrations.AddField(
            model_name="postingkind",
            name="expected",
            field=models.CharField(
                choices=[
                    ("every", "Every town, township and village"),
                    ("first", "Villages that come first, and wherever one was"),
                    ("held", "Wherever one was within a year"),
                ],
                default="held",
                help_text="Villages that come first: with a weak party organisation, lifted out of poverty, or relocated. What was held on any day of the past year counts always.",
                max_length=10,
                verbose_name="counts as to be filled",
            ),
        ),
        migrations.RunPython(enter, migrations.RunPython.noop),
    ]
