"""Tasks of first secretaries and of the organisations that send them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cadres", "0006_contact_points"),
        ("tasks", "0008_request_keys_belong_to_accounts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="duty",
            field=models.CharField(
                blank=True,
                choices=[
                    ("first_secretary", "Task list of the first secretary"),
                    ("sending_organization", "Responsibility list of the sending organisation"),
                ],
                help_text="Owed only by villages with a first secretary, or with a sending organisation.",
                max_length=25,
                verbose_name="duty list",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="supports",
            field=models.ForeignKey(
                blank=True,
                help_text="Which task of the first secretary the organisation helps with by this.",
                limit_choices_to={"duty": "first_secretary"},
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="supported_by",
                to="tasks.task",
                verbose_name="supports the task",
            ),
        ),
        migrations.AlterField(
            model_name="amendment",
            name="kind",
            field=models.CharField(
                choices=[
                    ("add_task", "Task added"),
                    ("change", "Task changed"),
                    ("withdraw", "Task withdrawn"),
                    ("add_unit", "Unit added"),
                    ("drop_unit", "Unit withdrawn"),
                    ("duties", "Duty lists brought up to date"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(("duty", ""), ("reporting_level", "village"), _connector="OR"),
                name="task_duty_is_reported_by_villages",
                violation_error_message="Duty lists are reported by villages.",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("supports", None), ("duty", "sending_organization"), _connector="OR"
                ),
                name="task_supports_as_duty_of_an_organization",
                violation_error_message="Only an item of the organisation's list supports another.",
            ),
        ),
    ]
