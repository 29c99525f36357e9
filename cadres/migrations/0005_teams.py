"""Village teams and their terms; the standards and indicators that speak of them."""

from typing import Any

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import cadres.months

# The city has not told the wording of its standards: it enters it, and nothing is made up here.
GROUPS = {"secretary": ("四有", "四带"), "member": ("四好", "四强")}
UNKNOWN = "待录入"

# 一降六升 is not defined in any text at hand: these are suggested until the city confirms them.
SUGGESTED: list[tuple[str, str, str, str, str, int | None]] = [
    ("平均年龄", "Mean age", "falls", "members", "", None),
    ("大专及以上学历占比", "College or higher", "rises", "members", "college", None),
    ("35岁及以下占比", "35 years or younger", "rises", "members", "age_at_most", 35),
    ("女性委员占比", "Women", "rises", "members", "women", None),
    (
        "书记主任“一肩挑”占比",
        "Secretary and director in one person",
        "rises",
        "secretaries",
        "dual_role",
        None,
    ),
    (
        "致富带头人（含返乡创业）占比",
        "Leading to prosperity, or returned home",
        "rises",
        "members",
        "entrepreneur_or_returnee",
        None,
    ),
    ("退役军人占比", "Veterans", "rises", "members", "veteran", None),
]
OTHERS: list[tuple[str, str, str, str, str, int | None]] = [
    ("两委交叉任职占比", "In both committees", "rises", "members", "cross_appointed", None),
    ("中共党员占比", "Party members", "rises", "members", "party_member", None),
    ("大学毕业生占比", "University graduates", "rises", "members", "graduate", None),
    ("新当选占比", "Newly elected", "rises", "members", "newly_elected", None),
]


def enter(apps: Any, schema_editor: Any) -> None:
    criteria = apps.get_model("cadres", "Criterion").objects
    for standard, groups in GROUPS.items():
        for number in range(1, 9):
            given = {"group": groups[number > 4], "label": UNKNOWN}
            criteria.get_or_create(standard=standard, number=number, defaults=given)
    indicators = apps.get_model("cadres", "TermIndicator").objects
    for order, line in enumerate(SUGGESTED + OTHERS, start=1):
        name, english, direction, population, counted, parameter = line
        given = {
            "english": english,
            "direction": direction,
            "measure": "share" if counted else "mean_age",
            "population": population,
            "counted": counted,
            "parameter": parameter,
            "is_in_use": line in SUGGESTED,
            "is_suggestion": True,
            "order": order * 10,
        }
        indicators.get_or_create(name=name, defaults=given)


class Migration(migrations.Migration):
    dependencies = [
        ("cadres", "0004_pairing"),
        ("villages", "0002_keep_what_a_change_replaced"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Term",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        error_messages={
                            "unique": "There is a term that begins in this year already."
                        },
                        unique=True,
                        validators=[
                            django.core.validators.MinValueValidator(1949),
                            django.core.validators.MaxValueValidator(2099),
                        ],
                        verbose_name="year of the election",
                    ),
                ),
                ("name", models.CharField(max_length=30, verbose_name="name")),
                ("started", models.DateField(verbose_name="elections begin on")),
                (
                    "years",
                    models.PositiveSmallIntegerField(
                        default=5,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="planned years",
                    ),
                ),
            ],
            options={
                "verbose_name": "term of village teams",
                "verbose_name_plural": "terms of village teams",
                "ordering": ["-year"],
            },
        ),
        migrations.CreateModel(
            name="Criterion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "standard",
                    models.CharField(
                        choices=[
                            ("secretary", "Standard for secretaries (四有四带)"),
                            ("member", "Standard for members (四好四强)"),
                        ],
                        max_length=10,
                        verbose_name="standard",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                ("group", models.CharField(max_length=10, verbose_name="group")),
                ("label", models.CharField(max_length=40, verbose_name="wording")),
            ],
            options={
                "verbose_name": "criterion of a standard",
                "verbose_name_plural": "criteria of standards",
                "ordering": ["-standard", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("standard", "number"),
                        name="criterion_once_in_a_standard",
                        violation_error_message="The standard has a criterion of this number already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1), ("number__lte", 8)),
                        name="criterion_is_one_of_eight",
                        violation_error_message="A standard has eight criteria.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TermIndicator",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        error_messages={"unique": "There is an indicator with this name already."},
                        max_length=40,
                        unique=True,
                        verbose_name="name",
                    ),
                ),
                ("english", models.CharField(max_length=80, verbose_name="English name")),
                (
                    "direction",
                    models.CharField(
                        choices=[("falls", "should fall"), ("rises", "should rise")],
                        max_length=5,
                        verbose_name="direction",
                    ),
                ),
                (
                    "measure",
                    models.CharField(
                        choices=[("share", "Share"), ("mean_age", "Mean age at the election")],
                        max_length=10,
                        verbose_name="measure",
                    ),
                ),
                (
                    "population",
                    models.CharField(
                        choices=[
                            ("secretaries", "party secretaries"),
                            ("members", "members of both committees"),
                        ],
                        max_length=15,
                        verbose_name="counted among",
                    ),
                ),
                (
                    "counted",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("college", "college or higher"),
                            ("senior_high", "senior high school or higher"),
                            ("age_at_most", "at most so many years old at the election"),
                            ("women", "women"),
                            ("dual_role", "secretary and director in one person"),
                            ("cross_appointed", "in both committees"),
                            ("entrepreneur", "lead others to prosperity"),
                            ("returnee", "returned home"),
                            (
                                "entrepreneur_or_returnee",
                                "lead others to prosperity or returned home",
                            ),
                            ("veteran", "veterans"),
                            ("graduate", "university graduates"),
                            ("party_member", "party members"),
                            ("newly_elected", "newly elected"),
                            ("secretary_standard", "met 四有四带 when last assessed in the term"),
                            ("member_standard", "met 四好四强 when last assessed in the term"),
                        ],
                        max_length=30,
                        verbose_name="who is counted",
                    ),
                ),
                (
                    "parameter",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="years of age"
                    ),
                ),
                ("is_in_use", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "is_suggestion",
                    models.BooleanField(
                        default=False, verbose_name="suggested, not confirmed by the city"
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
            ],
            options={
                "verbose_name": "indicator of terms",
                "verbose_name_plural": "indicators of terms",
                "ordering": ["order", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("counted__gt", ""), ("measure", "share")),
                            models.Q(("counted", ""), ("measure", "mean_age")),
                            _connector="OR",
                        ),
                        name="term_indicator_share_counts_somebody",
                        violation_error_message="A share says who is counted; a mean age is that of everybody.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("counted", "age_at_most"), ("parameter__isnull", False)),
                            models.Q(
                                models.Q(("counted", "age_at_most"), _negated=True),
                                ("parameter", None),
                            ),
                            _connector="OR",
                        ),
                        name="term_indicator_age_has_years",
                        violation_error_message="Years of age go with an age, and only with it.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VillageTeam",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("not_begun", "Election not begun"),
                            ("under_way", "Election under way"),
                            ("finished", "Elected"),
                        ],
                        default="not_begun",
                        max_length=10,
                        verbose_name="state of the election",
                    ),
                ),
                ("elected_on", models.DateField(blank=True, null=True, verbose_name="elected on")),
                (
                    "turnout",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        max_digits=4,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="turnout in %",
                    ),
                ),
                (
                    "is_carried_over",
                    models.BooleanField(
                        default=False, editable=False, verbose_name="brought over, not confirmed"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                (
                    "term",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="teams",
                        to="cadres.term",
                        verbose_name="term",
                    ),
                ),
                (
                    "village",
                    models.ForeignKey(
                        limit_choices_to={"level": "village"},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="teams",
                        to="villages.division",
                        verbose_name="village",
                    ),
                ),
            ],
            options={
                "verbose_name": "village team",
                "verbose_name_plural": "village teams",
                "ordering": ["-term__year", "village__code"],
            },
        ),
        migrations.CreateModel(
            name="TeamMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "party_position",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("secretary", "Party secretary"),
                            ("deputy", "Deputy party secretary"),
                            ("member", "Party committee member"),
                        ],
                        max_length=10,
                        verbose_name="in the party organisation",
                    ),
                ),
                (
                    "committee_position",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("director", "Village committee director"),
                            ("deputy", "Village committee deputy director"),
                            ("member", "Village committee member"),
                        ],
                        max_length=10,
                        verbose_name="in the village committee",
                    ),
                ),
                (
                    "supervision_position",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("director", "Supervision committee director"),
                            ("member", "Supervision committee member"),
                        ],
                        max_length=10,
                        verbose_name="in the supervision committee",
                    ),
                ),
                (
                    "since",
                    cadres.months.MonthField(
                        blank=True, max_length=7, verbose_name="in this office since"
                    ),
                ),
                ("is_new", models.BooleanField(default=False, verbose_name="newly elected")),
                (
                    "is_entrepreneur",
                    models.BooleanField(default=False, verbose_name="leads others to prosperity"),
                ),
                ("is_veteran", models.BooleanField(default=False, verbose_name="veteran")),
                ("is_returnee", models.BooleanField(default=False, verbose_name="returned home")),
                (
                    "is_graduate",
                    models.BooleanField(default=False, verbose_name="university graduate"),
                ),
                (
                    "education",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("1", "Postgraduate"),
                            ("2", "University"),
                            ("3", "College"),
                            ("4", "Secondary vocational school"),
                            ("6", "Senior high school"),
                            ("7", "Junior high school"),
                            ("8", "Primary school or less"),
                        ],
                        max_length=1,
                        verbose_name="education",
                    ),
                ),
                (
                    "political_status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("01", "Party member"),
                            ("02", "Probationary party member"),
                            ("03", "Youth League member"),
                            ("04", "Member of a democratic party"),
                            ("12", "Without party affiliation"),
                            ("13", "None of these"),
                        ],
                        max_length=2,
                        verbose_name="political status",
                    ),
                ),
                (
                    "left",
                    cadres.months.MonthField(blank=True, max_length=7, verbose_name="left in"),
                ),
                (
                    "left_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("resigned", "Resigned"),
                            ("transferred", "Transferred"),
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
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="cadres.person",
                        verbose_name="person",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="cadres.villageteam",
                        verbose_name="village team",
                    ),
                ),
            ],
            options={
                "verbose_name": "member of a village team",
                "verbose_name_plural": "members of village teams",
                "ordering": ["team", "pk"],
            },
        ),
        migrations.CreateModel(
            name="StandardAssessment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "standard",
                    models.CharField(
                        choices=[
                            ("secretary", "Standard for secretaries (四有四带)"),
                            ("member", "Standard for members (四好四强)"),
                        ],
                        max_length=10,
                        verbose_name="standard",
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                (
                    "met",
                    models.CharField(
                        blank=True,
                        max_length=8,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^1?2?3?4?5?6?7?8?$", "Numbers from 1 to 8 in order."
                            )
                        ],
                        verbose_name="criteria met",
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="villages.division",
                        verbose_name="village",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to="cadres.person",
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "assessment by a standard",
                "verbose_name_plural": "assessments by a standard",
                "ordering": ["-year", "division__code", "person"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "standard", "year"),
                        name="standard_assessment_once_a_year",
                        violation_error_message="The person was assessed in this year already.",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="villageteam",
            index=models.Index(fields=["term", "state"], name="village_team_by_term_state"),
        ),
        migrations.AddConstraint(
            model_name="villageteam",
            constraint=models.UniqueConstraint(
                fields=("term", "village"),
                name="village_team_once_in_a_term",
                violation_error_message="The village has a team in this term already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="villageteam",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("elected_on__isnull", False), ("state", "finished")),
                    models.Q(models.Q(("state", "finished"), _negated=True), ("elected_on", None)),
                    _connector="OR",
                ),
                name="village_team_elected_has_a_day",
                violation_error_message="An election that is finished has a day, and no other has one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="villageteam",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("turnout", None),
                    models.Q(("turnout__gte", 0), ("turnout__lte", 100)),
                    _connector="OR",
                ),
                name="village_team_turnout_is_a_share",
                violation_error_message="A turnout lies between 0 and 100 %.",
            ),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.UniqueConstraint(
                fields=("team", "person"),
                name="team_member_once_in_a_team",
                violation_error_message="This person is in the team already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("party_position", "secretary"), ("left", "")),
                fields=("team",),
                name="team_member_one_secretary",
                violation_error_message="The team has a secretary already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("committee_position", "director"), ("left", "")),
                fields=("team",),
                name="team_member_one_director",
                violation_error_message="The village committee has a director already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("party_position", ""), _negated=True),
                    models.Q(("committee_position", ""), _negated=True),
                    models.Q(("supervision_position", ""), _negated=True),
                    _connector="OR",
                ),
                name="team_member_has_a_position",
                violation_error_message="A member holds at least one position.",
            ),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left", ""), ("left_reason", "")),
                    models.Q(
                        models.Q(("left", ""), _negated=True),
                        models.Q(("left_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="team_member_left_has_a_reason",
                violation_error_message="Who left has a month and a reason.",
            ),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("left", ""), ("since", ""), ("left__gte", models.F("since")), _connector="OR"
                ),
                name="team_member_left_after_taking_office",
                violation_error_message="Nobody left before taking office.",
            ),
        ),
        migrations.RunPython(enter, migrations.RunPython.noop),
    ]
