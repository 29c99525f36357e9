"""Which units count as to be filled: a word of each kind, which the city may change."""

from typing import Any

from django.db import migrations, models

EXPECTED = {
    "every": ("township_secretary", "township_head"),
    "weak": ("first_secretary", "retired_first_secretary"),
}


def enter(apps: Any, schema_editor: Any) -> None:
    kinds = apps.get_model("cadres", "PostingKind").objects
    for expected, codes in EXPECTED.items():
        kinds.filter(code__in=codes).update(expected=expected)


class Migration(migrations.Migration):
    dependencies = [("cadres", "0007_merging_of_persons")]
    operations = [
        migrations.AddField(
            model_name="postingkind",
            name="expected",
            field=models.CharField(
                choices=[
                    ("every", "Every town, township and village"),
                    ("weak", "Villages with a weak party organisation, and wherever one was"),
                    ("held", "Wherever one was within a year"),
                ],
                default="held",
                help_text="What was held on any day of the past year counts always.",
                max_length=10,
                verbose_name="counts as to be filled",
            ),
        ),
        migrations.RunPython(enter, migrations.RunPython.noop),
    ]
