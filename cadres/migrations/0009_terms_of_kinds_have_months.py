"""A usual term of no months meant none; it is empty from now on, and the database holds that."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q


def empty_terms_of_no_months(apps: Any, schema_editor: Any) -> None:
    apps.get_model("cadres", "PostingKind").objects.filter(term_months=0).update(term_months=None)


class Migration(migrations.Migration):
    dependencies = [("cadres", "0008_seats_to_be_filled")]

    operations = [
        migrations.RunPython(empty_terms_of_no_months, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="postingkind",
            constraint=models.CheckConstraint(
                condition=Q(term_months=None) | Q(term_months__gte=1),
                name="posting_kind_term_has_months",
                violation_error_message=(
                    "A usual term has at least one month; leave it empty where there is none."
                ),
            ),
        ),
    ]
