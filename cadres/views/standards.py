"""Assessing a team by 四有四带 and 四好四强: members × criteria of a year, in one saving."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import Request
from accounts.repeated import once
from accounts.where import Where
from cadres.actions.standards import (
    Assessed,
    assess,
    kept_elsewhere,
    standard_of,
    years_of,
)
from cadres.models import Criterion, Standard, StandardAssessment, TeamMember, VillageTeam
from cadres.models.person import secrets_of
from cadres.views.teams import team_of
from cadres.views.writing import tell


@dataclass(frozen=True)
class AssessedRow:
    """A member with the criteria of the own standard, each with whether it is met."""

    member: TeamMember
    cells: Sequence[tuple[Criterion, bool]]
    version: int
    # Whose ticks are shown where this year has none: saved as they are, they are confirmed.
    from_year: int | None = None
    # Another unit has assessed the person in this year, and its result is not for us to see.
    is_elsewhere: bool = False

    @property
    def met(self) -> int:
        return sum(is_met for _criterion, is_met in self.cells)


@dataclass(frozen=True)
class StandardTable:
    """The members of one standard: the secretary, or all others."""

    standard: Standard
    criteria: Sequence[Criterion]
    rows: Sequence[AssessedRow]


@require_http_methods(["GET", "POST"])
@permission_required("cadres.view_standardassessment", raise_exception=True)
def standards(request: Request, pk: int, year: int) -> HttpResponse:
    team, status = team_of(request, pk), 200
    years = years_of(team)
    if year not in years:
        raise Http404
    if request.method == "POST":
        if not request.user.has_perm("cadres.change_standardassessment"):
            raise PermissionDenied
        try:
            done = once(
                request,
                lambda: {"done": assess(team, year, _given(request, team), request.user)},
            )["done"]
        except ValidationError as error:
            messages.error(request, error.messages[0])
            status = 409 if getattr(error, "code", "") == "conflict" else 422
        else:
            tell(request, _("Saved."), is_changed=bool(done))
            return redirect("cadres:standards", pk, year)
    context = {
        "team": team,
        "where": Where(request.user, team.village),
        "view_name": "cadres:teams",
        "year": year,
        "years": years,
        "tables": _tables(request, team, year, typed=status != 200),
        "may_change": request.user.has_perm("cadres.change_standardassessment"),
        "unknown": Criterion.objects.filter(label="待录入").exists(),
    }
    return render(request, "cadres/standards.html", context, status=status)


def _given(request: Request, team: VillageTeam) -> dict[int, Assessed]:
    """What was ticked of every member whose row was sent, with the version that was shown."""
    given = {}
    for pk in team.members.in_office().values_list("pk", flat=True):
        version = request.POST.get(f"version_{pk}", "")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            continue
        ticked = set(request.POST.getlist(f"met_{pk}"))
        given[pk] = Assessed("".join(n for n in "12345678" if n in ticked), int(version))
    if not given:
        raise ValidationError(_("Nothing was sent; load the page again."))
    return given


def _tables(request: Request, team: VillageTeam, year: int, *, typed: bool) -> list[StandardTable]:
    """With `typed` the ticks that were sent, for the versions that stand now."""
    members = list(
        team.members.in_office()
        .select_related("person")
        .defer(*secrets_of("person"))
        .in_form_order()
    )
    made = StandardAssessment.objects.visible_to(request.user).filter(
        person__in=[member.person_id for member in members], year__lte=year
    )
    elsewhere = kept_elsewhere(team, year, request.user)
    # Of several the last one stays.
    last = {(one.person_id, one.standard): one for one in made.order_by("year")}
    criteria: dict[str, list[Criterion]] = {standard: [] for standard in Standard}
    for criterion in Criterion.objects.order_by("number"):
        criteria[criterion.standard].append(criterion)
    tables = []
    for standard in Standard:
        rows = []
        for member in members:
            if standard_of(member) != standard:
                continue
            if (member.person_id, standard) in elsewhere:
                rows.append(AssessedRow(member, (), 0, is_elsewhere=True))
                continue
            ticked = "".join(request.POST.getlist(f"met_{member.pk}")) if typed else None
            one = last.get((member.person_id, standard))
            rows.append(_row(member, year, one, criteria[standard], ticked))
        if rows:
            tables.append(StandardTable(standard, criteria[standard], rows))
    return tables


def _row(
    member: TeamMember,
    year: int,
    last: StandardAssessment | None,
    criteria: Sequence[Criterion],
    ticked: str | None,
) -> AssessedRow:
    met = ticked if ticked is not None else last.met if last else ""
    cells = [(criterion, str(criterion.number) in met) for criterion in criteria]
    if last and last.year == year:
        return AssessedRow(member, cells, last.version)
    return AssessedRow(member, cells, 0, last.year if last else None)
