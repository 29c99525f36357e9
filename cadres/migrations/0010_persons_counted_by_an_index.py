"""Lists count and sort tens of thousands of persons by an index alone, without reading a row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cadres", "0009_terms_of_kinds_have_months"),
        ("villages", "0002_keep_what_a_change_replaced"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                fields=["merged_into", "anonymized_at", "name", "id", "division"],
                name="person_standing_by_name",
            ),
        ),
    ]
