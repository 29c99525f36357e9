"""Download a sheet, upload it, look at what it would do, apply it, and undo that."""

import tempfile
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from spreadsheets import actions, disk, jobs, marking, writer
from spreadsheets.errors import Refused, Stale
from spreadsheets.forms import ApplyForm, RevealForm, TargetForm, UploadForm, chosen
from spreadsheets.guide import guide_rows
from spreadsheets.models import Batch
from spreadsheets.preview import Preview
from spreadsheets.sheet import Sheet, Target, all_sheets, by_name
from spreadsheets.slots import slot

PAGE_SIZE = 100
SPOOL_BYTES = 4 * 2**20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def sheets(request: HttpRequest) -> HttpResponse:
    """The sheets that the user may take or bring, and the user's own imports."""
    mine = Batch.objects.visible_to(request.user).defer("errors", "warnings", "reasons")
    offered = [s(request.user) for s in all_sheets() if s.is_offered_to(request.user)]
    offered.sort(key=attrgetter("group.place", "name"))
    context = {
        "groups": [(group, list(some)) for group, some in groupby(offered, attrgetter("group"))],
        "page": Paginator(mine, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "spreadsheets/sheets.html", context)


@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, name: str) -> HttpResponse:
    """One sheet: download it for a unit and quarter, or upload one that was filled."""
    sheet_class = _sheet_or_404(request, name)
    target = _target(request)
    form, status = UploadForm(), 200
    refused: Refused | None = None
    if request.method == "POST":
        form, status = UploadForm(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                batch = _upload(sheet_class, form.cleaned_data["file"], request.user, target)
            except Refused as error:
                refused = error
            else:
                return redirect("spreadsheets:batch", pk=batch.pk)
    sheet = sheet_class(request.user, target)
    context = {
        "sheet": sheet,
        "choice": TargetForm(sheet),
        "may_import": sheet_class.is_filled_by(request.user),
        "form": form,
        "refused": refused,
        "meant": _meant(refused, request.user),
        "guide": guide_rows(sheet),
        "reveal": RevealForm() if sheet.may_reveal() else None,
    }
    return render(request, "spreadsheets/sheet.html", context, status=status)


def _meant(refused: Refused | None, user: Any) -> Sheet | None:
    """The sheet that a refused file is meant for, where the user may open that."""
    if refused is None or not refused.sheet:
        return None
    found = by_name(refused.sheet)
    return found(user) if found.is_offered_to(user) else None


def _upload(sheet_class: type[Sheet], upload: Any, user: Any, target: Target) -> Batch:
    """Look a file through at once where it is small and nobody else's is being read."""
    if upload.size <= jobs.LARGE_FILE:
        with slot(wait=False) as free:
            if free:
                return actions.check(sheet_class, upload, upload.name, user, target)
    return jobs.take(sheet_class, upload, upload.name, user, target)


@require_http_methods(["GET", "POST"])
def download(request: HttpRequest, name: str) -> HttpResponse | FileResponse:
    """The sheet as a workbook; a refusal is told on the sheet's page.

    Sensitive columns are masked; whoever may see them in clear posts the reason.
    """
    sheet_class = _sheet_or_404(request, name)
    sheet = sheet_class(request.user, _target(request))
    sheet.narrow(request.GET)
    reveal = request.method == "POST"
    reason = RevealForm(request.POST)
    if reveal and not sheet.may_reveal():
        raise PermissionDenied
    if reveal and not reason.is_valid():
        messages.error(request, _("Say why the sensitive columns are needed in clear."))
        return redirect("spreadsheets:sheet", name=name)
    file = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - the response closes it
    try:
        with disk.full_in_words():
            writer.write(sheet, file, reveal=reveal, blank=bool(request.GET.get("blank")))
    except Refused as refused:
        file.close()
        messages.error(request, refused.message)
        return redirect("spreadsheets:sheet", name=name)
    if reveal:
        sheet.note_reveal(reason.cleaned_data["reason"])
    file.seek(0)
    return _as_workbook(file, sheet.heading().title)


def _as_workbook(file: Any, title: str) -> FileResponse:
    response = FileResponse(file, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(title)}.xlsx"
    return response


@require_GET
def batch(request: HttpRequest, pk: Any) -> HttpResponse:
    """How far an upload is, or its preview: errors, warnings, and what would change to what."""
    batch = _batch_or_404(request, pk)
    sheet = actions.sheet_of(batch)
    if not (sheet.is_offered_to(batch.owner) and sheet.is_in_scope()):
        raise Http404
    if batch.is_running:
        silent = batch.is_silent(timezone.now())
        context = {"batch": batch, "sheet": sheet, "before": jobs.before(batch), "silent": silent}
        return render(request, "spreadsheets/running.html", context)
    preview = Preview(batch, sheet, request.GET)
    context = {"batch": batch, "sheet": sheet, "preview": preview, "confirm": ApplyForm(batch)}
    return render(request, "spreadsheets/batch.html", context)


@require_GET
def marked(request: HttpRequest, pk: Any) -> HttpResponse | FileResponse:
    """The user's own workbook with the wrong cells coloured, each with a note."""
    batch = _batch_or_404(request, pk)
    if not (batch.file and (batch.errors or batch.warnings)):
        raise Http404
    try:
        with slot(wait=False) as free:
            if not free:
                raise Refused(_("Other files are being read; please try again in a moment."))
            file = marking.marked(Path(batch.file.path), batch.errors, batch.warnings)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("spreadsheets:batch", pk=pk)
    return _as_workbook(file, _("%(name)s to correct") % {"name": Path(batch.file_name).stem})


@require_POST
def apply(request: HttpRequest, pk: Any) -> HttpResponse:
    batch = _own_batch_or_404(request, pk)
    form = ApplyForm(batch, request.POST)
    if not by_name(batch.sheet).may(request.user, by_name(batch.sheet).import_permission):
        raise PermissionDenied
    if not form.is_valid():
        messages.error(request, _("Look at the warnings first, and confirm them."))
    elif batch.state == Batch.State.CHECKED and batch.writes > jobs.MANY_ROWS:
        _apply_as_job(batch, form.cleaned_data["comment"])
    elif batch.state != Batch.State.APPLYING:
        _apply_now(request, batch, form)
    return redirect("spreadsheets:batch", pk=pk)


def _apply_as_job(batch: Batch, comment: str) -> None:
    with transaction.atomic():
        checked = Batch.objects.filter(pk=batch.pk, state=Batch.State.CHECKED)
        applying = {"state": Batch.State.APPLYING, "comment": comment, "reasons": []}
        if checked.update(**applying, active_at=timezone.now()):
            jobs.start(jobs.apply, batch, comment)


def _apply_now(request: HttpRequest, batch: Batch, form: ApplyForm) -> None:
    comment = form.cleaned_data["comment"]
    try:
        done = actions.apply(
            by_name(batch.sheet), batch.pk, request.user, confirmed=True, comment=comment
        )
    except Stale:
        messages.error(request, _("The data changed since the preview; nothing was written."))
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        text = ngettext("%(count)d row written.", "%(count)d rows written.", done.writes)
        messages.success(request, text % {"count": done.writes})


@require_POST
def decide(request: HttpRequest, pk: Any) -> HttpResponse:
    """Keep the choices between the own value and the one that stands here."""
    batch = _own_batch_or_404(request, pk)
    try:
        actions.decide(batch.pk, request.user, chosen(batch, request.POST))
    except Refused as refused:
        messages.error(request, refused.message)
    show = "conflicts" if batch.undecided() else "changed"
    return redirect(f"{batch.get_absolute_url()}?show={show}")


@require_POST
def undo(request: HttpRequest, pk: Any) -> HttpResponse:
    batch = _own_batch_or_404(request, pk)
    try:
        actions.undo(by_name(batch.sheet), batch.pk, request.user)
    except Stale as stale:
        messages.error(request, _("Nothing was undone. This stands in the way:"))
        for reason in stale.reasons[:10]:
            messages.error(request, reason)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Undone: everything stands as it did before this import."))
    return redirect("spreadsheets:batch", pk=pk)


@require_POST
def discard(request: HttpRequest, pk: Any) -> HttpResponse:
    batch = _own_batch_or_404(request, pk)
    try:
        actions.discard(batch.pk, request.user)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("spreadsheets:batch", pk=pk)
    messages.success(request, _("The import was discarded; nothing was written."))
    return redirect("spreadsheets:sheets")


@require_POST
def again(request: HttpRequest, pk: Any) -> HttpResponse:
    """Start a job anew that was cut off with the server that ran it."""
    batch = _own_batch_or_404(request, pk)
    heard = Batch.objects.filter(pk=batch.pk, state=batch.state, active_at=batch.active_at)
    if batch.is_silent(timezone.now()) and heard.update(active_at=timezone.now()):
        if batch.state == Batch.State.APPLYING:
            jobs.start(jobs.apply, batch, batch.comment)
        else:
            jobs.start(jobs.look_through, batch)
    return redirect("spreadsheets:batch", pk=pk)


def _batch_or_404(request: HttpRequest, pk: Any) -> Batch:
    """Of the user's own imports: those of others are not there."""
    return get_object_or_404(Batch.objects.visible_to(request.user), pk=pk)


def _own_batch_or_404(request: HttpRequest, pk: Any) -> Batch:
    """Whoever sees all imports still does nothing with those of others."""
    return get_object_or_404(Batch.objects.filter(owner=request.user.pk), pk=pk)


def _sheet_or_404(request: HttpRequest, name: str) -> type[Sheet]:
    try:
        sheet_class = by_name(name)
    except KeyError:
        raise Http404 from None
    if not sheet_class.is_offered_to(request.user):
        raise PermissionDenied
    return sheet_class


def _target(request: HttpRequest) -> Target:
    division, period = (request.GET.get(part, "") for part in ("division", "period"))
    return Target(division.replace("\0", "")[:12], period.replace("\0", "")[:6])
