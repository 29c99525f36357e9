"""Download a sheet, upload it, look at what it would do, apply it."""

import tempfile
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from spreadsheets import actions, writer
from spreadsheets.errors import Refused, Stale
from spreadsheets.forms import TargetForm, UploadForm
from spreadsheets.models import Batch
from spreadsheets.sheet import Outcome, Sheet, Target, all_sheets, by_name

PAGE_SIZE = 100
SPOOL_BYTES = 4 * 2**20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def sheets(request: HttpRequest) -> HttpResponse:
    """The sheets that the user may take or bring, and the user's own imports."""
    mine = Batch.objects.visible_to(request.user).defer("errors", "reasons")
    context = {
        "sheets": [
            sheet(request.user)
            for sheet in all_sheets()
            if sheet.may(request.user, sheet.export_permission)
        ],
        "page": Paginator(mine, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "spreadsheets/sheets.html", context)


@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, name: str) -> HttpResponse:
    """One sheet: download it for a unit and quarter, or upload one that was filled."""
    sheet_class = _sheet_or_404(request, name)
    target = _target(request)
    form, refused, status = UploadForm(), "", 200
    if request.method == "POST":
        form, status = UploadForm(request.POST, request.FILES), 422
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                batch = actions.check(sheet_class, upload, upload.name, request.user, target)
            except Refused as error:
                refused = error.message
            else:
                return redirect("spreadsheets:batch", pk=batch.pk)
    sheet = sheet_class(request.user, target)
    context = {
        "sheet": sheet,
        "choice": TargetForm(sheet),
        "may_import": sheet_class.may(request.user, sheet_class.import_permission),
        "form": form,
        "refused": refused,
    }
    return render(request, "spreadsheets/sheet.html", context, status=status)


@require_GET
def download(request: HttpRequest, name: str) -> HttpResponse | FileResponse:
    """The sheet as a workbook; a refusal is told on the sheet's page."""
    sheet_class = _sheet_or_404(request, name)
    sheet = sheet_class(request.user, _target(request))
    file = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - the response closes it
    try:
        writer.write(sheet, file)
    except Refused as refused:
        file.close()
        messages.error(request, refused.message)
        return redirect("spreadsheets:sheet", name=name)
    file.seek(0)
    title = sheet.heading().title
    response = FileResponse(file, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(title)}.xlsx"
    return response


@require_GET
def batch(request: HttpRequest, pk: Any) -> HttpResponse:
    """The preview of an upload, page by page: errors, then what would change to what."""
    batch = get_object_or_404(Batch.objects.visible_to(request.user), pk=pk)
    sheet = by_name(batch.sheet)(request.user, Target(**batch.target))
    if not sheet.is_in_scope():
        raise Http404
    shown = request.GET.get("show", "writes")
    rows = batch.rows.all()
    if shown == "writes":
        rows = rows.filter(outcome__in=[Outcome.NEW, Outcome.CHANGED])
    elif shown in Outcome.values:
        rows = rows.filter(outcome=shown)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "batch": batch,
        "sheet": sheet,
        "shown": shown,
        "page": page,
        "rows": [(row, _differences(sheet, row)) for row in page],
        "errors": Paginator(batch.errors, PAGE_SIZE).get_page(request.GET.get("errors")),
    }
    return render(request, "spreadsheets/batch.html", context)


def _differences(sheet: Sheet, row: Any) -> list[tuple[str, str, str]]:
    """Column, before and after for the cells of a row that would change."""
    before, after = sheet.display(row.before), sheet.display(row.after)
    return [
        (label, before.get(label, ""), text)
        for label, text in after.items()
        if text != before.get(label, "")
    ]


@require_POST
def apply(request: HttpRequest, pk: Any) -> HttpResponse:
    batch = get_object_or_404(Batch.objects.visible_to(request.user), pk=pk)
    try:
        done = actions.apply(by_name(batch.sheet), pk, request.user)
    except Batch.DoesNotExist:
        raise Http404 from None
    except Stale:
        messages.error(request, _("The data changed since the preview; nothing was written."))
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        count = {"count": done.writes}
        messages.success(request, _("Applied: %(count)d rows written.") % count)
    return redirect("spreadsheets:batch", pk=pk)


def _sheet_or_404(request: HttpRequest, name: str) -> type[Sheet]:
    try:
        sheet_class = by_name(name)
    except KeyError:
        raise Http404 from None
    if not sheet_class.may(request.user, sheet_class.export_permission):
        raise PermissionDenied
    return sheet_class


def _target(request: HttpRequest) -> Target:
    division, period = (request.GET.get(part, "") for part in ("division", "period"))
    return Target(division.replace("\0", "")[:12], period.replace("\0", "")[:6])
