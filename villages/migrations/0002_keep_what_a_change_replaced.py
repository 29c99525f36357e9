import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("villages", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="divisionchange",
            name="old_parent",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="villages.division",
                verbose_name="old managing unit",
            ),
        ),
        migrations.AddField(
            model_name="divisionchange",
            name="batch",
            field=models.UUIDField(db_index=True, editable=False, null=True, verbose_name="import"),
        ),
        # When earlier rows were recorded is not known: they get no time, those to come do.
        migrations.AddField(
            model_name="divisionchange",
            name="recorded_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="recorded at"),
        ),
        migrations.AlterField(
            model_name="divisionchange",
            name="recorded_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                editable=False,
                null=True,
                verbose_name="recorded at",
            ),
        ),
        migrations.AlterField(
            model_name="divisionchange",
            name="on",
            field=models.DateField(
                help_text="The first day on which it holds.", verbose_name="date"
            ),
        ),
    ]
