"""Contact points with their visits, talks to villagers, and organisations bound to villages."""

from functools import partial

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from cadres import guards


class Migration(migrations.Migration):
    dependencies = [
        ("cadres", "0005_teams"),
        ("villages", "0002_keep_what_a_change_replaced"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactPoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "branch",
                    models.CharField(
                        blank=True,
                        help_text="Where it is one branch of the village.",
                        max_length=40,
                        verbose_name="party branch",
                    ),
                ),
                ("since", models.DateField(verbose_name="since")),
                (
                    "until",
                    models.DateField(
                        blank=True,
                        help_text="The last day on which it holds.",
                        null=True,
                        verbose_name="until",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                (
                    "leader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_points",
                        to="cadres.person",
                        verbose_name="leader",
                    ),
                ),
                (
                    "village",
                    models.ForeignKey(
                        limit_choices_to={"level": "village"},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_points",
                        to="villages.division",
                        verbose_name="village",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact point",
                "verbose_name_plural": "contact points",
                "ordering": ["village__code", "-since", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ContactVisit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="date")),
                (
                    "forms",
                    models.CharField(
                        max_length=60,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^(policy|views|project|funds|other)(,(policy|views|project|funds|other))*$",
                                "Unknown form of help.",
                            )
                        ],
                        verbose_name="forms of help",
                    ),
                ),
                (
                    "problems_raised",
                    models.PositiveSmallIntegerField(default=0, verbose_name="problems raised"),
                ),
                (
                    "problems_solved",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Put it right when more of them are solved.",
                        verbose_name="of these solved",
                    ),
                ),
                (
                    "problems",
                    models.CharField(
                        blank=True,
                        help_text="The matter, without names of villagers.",
                        max_length=500,
                        verbose_name="what was raised",
                    ),
                ),
                (
                    "results",
                    models.CharField(blank=True, max_length=500, verbose_name="what was solved"),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                (
                    "contact_point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="cadres.contactpoint",
                        verbose_name="contact point",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit to a contact point",
                "verbose_name_plural": "visits to contact points",
                "ordering": ["-on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="OrganizationBinding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField(verbose_name="since")),
                (
                    "until",
                    models.DateField(
                        blank=True,
                        help_text="The last day on which it holds.",
                        null=True,
                        verbose_name="until",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bindings",
                        to="cadres.organization",
                        verbose_name="sending organisation",
                    ),
                ),
                (
                    "posting",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bindings",
                        to="cadres.posting",
                        verbose_name="came with the posting",
                    ),
                ),
                (
                    "village",
                    models.ForeignKey(
                        limit_choices_to={"level": "village"},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bindings",
                        to="villages.division",
                        verbose_name="village",
                    ),
                ),
            ],
            options={
                "verbose_name": "binding of an organisation to a village",
                "verbose_name_plural": "bindings of organisations to villages",
                "ordering": ["village__code", "-since", "pk"],
            },
        ),
        migrations.CreateModel(
            name="PolicyTalk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="date")),
                ("topic", models.CharField(max_length=100, verbose_name="topic")),
                ("audience", models.PositiveSmallIntegerField(verbose_name="size of the audience")),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                (
                    "speaker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policy_talks",
                        to="cadres.person",
                        verbose_name="speaker",
                    ),
                ),
                (
                    "village",
                    models.ForeignKey(
                        limit_choices_to={"level": "village"},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policy_talks",
                        to="villages.division",
                        verbose_name="village",
                    ),
                ),
            ],
            options={
                "verbose_name": "policy talk",
                "verbose_name_plural": "policy talks",
                "ordering": ["-on", "village__code", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="contactpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until", None), ("until__gte", models.F("since")), _connector="OR"
                ),
                name="contact_point_ends_after_it_begins",
                violation_error_message="The last day cannot be before the first one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactpoint",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None)),
                fields=("leader", "village"),
                name="contact_point_of_a_leader_once",
                violation_error_message="The leader has this contact point already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactvisit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "forms__regex",
                        "^(policy|views|project|funds|other)(,(policy|views|project|funds|other))*$",
                    )
                ),
                name="contact_visit_forms_are_known",
                violation_error_message="Say in which way help was given.",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactvisit",
            constraint=models.CheckConstraint(
                condition=models.Q(("problems_solved__lte", models.F("problems_raised"))),
                name="contact_visit_solved_what_was_raised",
                violation_error_message="No more can be solved than was raised.",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactvisit",
            constraint=models.UniqueConstraint(
                fields=("contact_point", "on"),
                name="contact_visit_once_a_day",
                violation_error_message="There is a visit on this day already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="organizationbinding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until", None), ("until__gte", models.F("since")), _connector="OR"
                ),
                name="binding_ends_after_it_begins",
                violation_error_message="The last day cannot be before the first one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="organizationbinding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None)),
                fields=("organization", "village"),
                name="binding_of_an_organization_once",
                violation_error_message="The organisation is bound to this village already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="policytalk",
            constraint=models.CheckConstraint(
                condition=models.Q(("audience__gte", 1)),
                name="policy_talk_has_an_audience",
                violation_error_message="Somebody listened: give their number.",
            ),
        ),
        migrations.AddConstraint(
            model_name="policytalk",
            constraint=models.UniqueConstraint(
                fields=("speaker", "village", "on"),
                name="policy_talk_once_a_day",
                violation_error_message="This talk is noted already.",
            ),
        ),
        # No two of the same overlap in time.
        migrations.RunPython(
            partial(guards.put_up, guards=guards.CONTACTS),
            partial(guards.take_down, guards=guards.CONTACTS),
        ),
    ]
