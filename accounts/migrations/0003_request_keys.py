"""Keys of requests that were carried out; their table came from `tasks`."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_office_phone"),
        # Which has renamed the table of its own keys to the name of this model.
        ("tasks", "0008_request_keys_belong_to_accounts"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="RequestKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("key", models.CharField(max_length=64, verbose_name="key")),
                        (
                            "digest",
                            models.CharField(max_length=64, verbose_name="digest of the request"),
                        ),
                        ("answer", models.JSONField(default=dict, verbose_name="answer")),
                        (
                            "at",
                            models.DateTimeField(
                                auto_now_add=True, db_index=True, verbose_name="time"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="account",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "request carried out",
                        "verbose_name_plural": "requests carried out",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("user", "key"),
                                name="request_key_once_per_account",
                                violation_error_message="This request has been carried out already.",
                            )
                        ],
                    },
                ),
            ]
        )
    ]
