"""Bulletins: listed, begun, written, read, issued, compared, and taken out as Word files."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from accounts.models import AccessLog
from accounts.repeated import once
from dashboard.bulletin import making
from dashboard.bulletin.comparing import LABELS, compared, problems_that_differ
from dashboard.bulletin.document import document_of
from dashboard.bulletin.forms import NewForm, TextsForm
from dashboard.bulletin.freezing import freeze
from dashboard.bulletin.frozen import Frozen
from tasks.models import Bulletin, BulletinTemplate, Period
from tasks.models.bulletin import ISSUING
from villages.models import Division

PAGE_SIZE = 50
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
def bulletins(request: Request) -> HttpResponse:
    seen = Bulletin.objects.visible_to(request.user).select_related("division", "period")
    page = Paginator(seen.defer("figures"), PAGE_SIZE).get_page(request.GET.get("page"))
    manages = request.user.has_perm("tasks.add_bulletin")
    context = {
        "page": page,
        "may_begin": manages and _own_unit(request) is not None,
        "may_replace_template": may_replace_template(request),
    }
    return render(request, "dashboard/bulletins.html", context)


def may_replace_template(request: Request) -> bool:
    """The city says how bulletins look, its own and those of its counties."""
    user = request.user
    of_city = user.sees_everything or user.level == ISSUING[0]
    return of_city and user.has_perm("tasks.change_bulletintemplate")


def _own_unit(request: Request) -> Division | None:
    """The city or county in whose name the user may issue bulletins."""
    return request.user.division if request.user.level in ISSUING else None


@require_http_methods(["GET", "POST"])
@permission_required("tasks.add_bulletin", raise_exception=True)
def bulletin_new(request: Request) -> HttpResponse:
    """Which quarter; pressing the button freezes its figures."""
    division, now = _own_unit(request), timezone.now()
    if division is None:
        raise PermissionDenied
    opened = Period.objects.opened(timezone.localdate(now)).order_by("-year", "-quarter")
    # Usually of the quarter that was due last.
    due = opened.filter(due__lt=timezone.localdate(now)).first()
    form = NewForm(request.POST or None, opened, {"period": due})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                frozen = freeze(division, form.cleaned_data["period"], now)
                made = once(request, lambda: _begun(request, division, form, frozen))
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return redirect("dashboard:bulletin_edit", pk=made["pk"])
    context = {"form": form, "division": division, "now": now}
    return render(request, "dashboard/bulletin_new.html", context, status=status)


def _begun(request: Request, division: Division, form: NewForm, frozen: Frozen) -> dict[str, Any]:
    made = making.begin(division, form.cleaned_data["period"], request.user, frozen)
    return {"pk": made.pk}


@require_safe
def bulletin(request: Request, pk: int) -> HttpResponse:
    """As it looks on paper, and what may be done with it."""
    found = _seen_or_404(request, pk)
    others = Bulletin.objects.visible_to(request.user).filter(
        division=found.division, period=found.period
    )
    context = {
        "bulletin": found,
        "document": document_of(found),
        "keeps": found.is_kept_by(request.user),
        "others": others.exclude(pk=pk).defer("figures"),
        "template": making.template_of(found),
    }
    return render(request, "dashboard/bulletin.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("tasks.change_bulletin", raise_exception=True)
def bulletin_edit(request: Request, pk: int) -> HttpResponse:
    """The texts of a draft. What somebody else wrote meanwhile is shown and not overwritten."""
    found = _kept_or_403(request, pk)
    if not found.is_draft:
        messages.error(request, _("This bulletin is issued; nothing of it changes any more."))
        return redirect("dashboard:bulletin", pk=pk)
    form, status = TextsForm(instance=found), 200
    stored: Bulletin | None = None
    if request.method == "POST":
        form, status = TextsForm(request.POST, instance=_kept_or_403(request, pk)), 422
        if form.is_valid():
            try:
                once(request, lambda: _written(found, form))
            except ValidationError as error:
                stored, status = _seen_or_404(request, pk), 409
                form.add_error(None, error)
                form.meet(stored)
            else:
                messages.success(request, _("Saved."))
                return redirect("dashboard:bulletin", pk=pk)
    context = {
        "bulletin": found,
        "form": form,
        "stored": _stored_otherwise(form, stored) if stored else [],
    }
    return render(request, "dashboard/bulletin_edit.html", context, status=status)


def _written(found: Bulletin, form: TextsForm) -> dict[str, Any]:
    found.write(form.cleaned_data["version"], form.texts())
    return {"version": found.version}


def _stored_otherwise(form: TextsForm, stored: Bulletin) -> list[tuple[str, str]]:
    """What now stands in the fields that the user has typed something else in."""
    return [
        (str(form.fields[name].label), str(getattr(stored, name) or "–"))
        for name, typed in form.texts().items()
        if getattr(stored, name) != typed
    ]


@require_http_methods(["GET", "POST"])
@permission_required("tasks.issue_bulletin", raise_exception=True)
def bulletin_issue(request: Request, pk: int) -> HttpResponse:
    found = _kept_or_403(request, pk)
    if request.method == "GET":
        return redirect("dashboard:bulletin", pk=pk)

    def act() -> dict[str, Any]:
        template = BulletinTemplate.objects.current()
        making.content_of(template)
        found.issue(_version(request), request.user, timezone.now(), template)
        return {}

    try:
        once(request, act)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("Issued. All units it is addressed to can read it now."))
    return redirect("dashboard:bulletin", pk=pk)


def _version(request: Request) -> int:
    version = request.POST.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0


@require_http_methods(["GET", "POST"])
@permission_required("tasks.change_bulletin", raise_exception=True)
def bulletin_discard(request: Request, pk: int) -> HttpResponse:
    found = _kept_or_403(request, pk)
    if request.method == "GET":
        return redirect("dashboard:bulletin", pk=pk)
    try:
        found.discard()
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("dashboard:bulletin", pk=pk)
    messages.success(request, _("The draft was thrown away."))
    return redirect("dashboard:bulletins")


@require_safe
def bulletin_word(request: Request, pk: int) -> HttpResponse:
    """The bulletin as a Word file."""
    found = _seen_or_404(request, pk)
    try:
        content = making.as_word(found)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("dashboard:bulletin", pk=pk)
    AccessLog.note(request.user, AccessLog.Action.EXPORT, "bulletin", bulletin=pk)
    return as_file(content, f"{found.number} {found.title}.docx")


def as_file(content: bytes, name: str) -> HttpResponse:
    """A Word file to be saved."""
    response = HttpResponse(content, content_type=WORD)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def bulletin_compare(request: Request, pk: int, other: int) -> HttpResponse:
    """Two bulletins of one unit and quarter: which figures differ."""
    one, two = _seen_or_404(request, pk), _seen_or_404(request, other)
    if (one.division_id, one.period_id) != (two.division_id, two.period_id):
        raise Http404
    sides = Frozen.from_json(one.figures), Frozen.from_json(two.figures)
    units = compared(*sides)
    context = {
        "one": one,
        "two": two,
        "labels": LABELS,
        "units": units,
        "differing": sum(unit.differs for unit in units[1:]),
        "problems": list(problems_that_differ(*sides)),
    }
    return render(request, "dashboard/bulletin_compare.html", context)


def _seen_or_404(request: Request, pk: int) -> Bulletin:
    seen = Bulletin.objects.visible_to(request.user)
    return get_object_or_404(
        seen.select_related("division", "period", "template", "made_by", "issued_by"), pk=pk
    )


def _kept_or_403(request: Request, pk: int) -> Bulletin:
    found = _seen_or_404(request, pk)
    if not found.is_kept_by(request.user):
        raise PermissionDenied
    return found
