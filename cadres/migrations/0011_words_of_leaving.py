"""Whoever leaves goes to another post, and a unit to another managing unit: two words in Chinese."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cadres", "0010_persons_counted_by_an_index"),
    ]

    operations = [
        migrations.AlterField(
            model_name="posting",
            name="end_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("term", "Term completed"),
                    ("rotated", "Rotated"),
                    ("swapped", "Exchanged"),
                    ("transferred", "Transferred to another post"),
                    ("promoted", "Promoted"),
                    ("retired", "Retired"),
                    ("other", "Other"),
                ],
                max_length=15,
                verbose_name="reason for ending",
            ),
        ),
        migrations.AlterField(
            model_name="teammember",
            name="left_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("resigned", "Resigned"),
                    ("transferred", "Transferred to another post"),
                    ("promoted", "Promoted"),
                    ("removed", "Removed from office"),
                    ("age", "Left because of age"),
                    ("mistake", "Entered by mistake"),
                    ("other", "Other"),
                ],
                max_length=15,
                verbose_name="reason for leaving",
            ),
        ),
    ]
