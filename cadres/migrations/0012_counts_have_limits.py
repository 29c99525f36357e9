"""Counts have limits, so that a slip of the keyboard is told; nothing changes in the database."""

from django.core.validators import MaxValueValidator
from django.db import migrations, models

WORDS = "At most %(limit_value)d; look at the digits."


class Migration(migrations.Migration):
    dependencies = [
        ("cadres", "0011_words_of_leaving"),
    ]

    operations = [
        migrations.AlterField(
            model_name="contactvisit",
            name="problems_raised",
            field=models.PositiveSmallIntegerField(
                default=0,
                validators=[MaxValueValidator(999, WORDS)],
                verbose_name="problems raised",
            ),
        ),
        migrations.AlterField(
            model_name="contactvisit",
            name="problems_solved",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Put it right when more of them are solved.",
                validators=[MaxValueValidator(999, WORDS)],
                verbose_name="of these solved",
            ),
        ),
        migrations.AlterField(
            model_name="organization",
            name="capacity",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: not limited.",
                null=True,
                validators=[MaxValueValidator(999, WORDS)],
                verbose_name="how many it can send",
            ),
        ),
        migrations.AlterField(
            model_name="policytalk",
            name="audience",
            field=models.PositiveSmallIntegerField(
                validators=[MaxValueValidator(30000, WORDS)], verbose_name="size of the audience"
            ),
        ),
        migrations.AlterField(
            model_name="postingkind",
            name="seats",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: not limited.",
                null=True,
                validators=[MaxValueValidator(99, WORDS)],
                verbose_name="seats in a unit",
            ),
        ),
        migrations.AlterField(
            model_name="postingkind",
            name="term_months",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[MaxValueValidator(600, WORDS)],
                verbose_name="usual term in months",
            ),
        ),
        migrations.AlterField(
            model_name="termindicator",
            name="parameter",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[MaxValueValidator(120, WORDS)],
                verbose_name="years of age",
            ),
        ),
    ]
