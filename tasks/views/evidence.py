"""Files of an entry: sent, taken out through the door of permissions, and removed."""

from contextlib import ExitStack
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import Request
from accounts.repeated import once
from tasks import actions
from tasks.actions import evidencing
from tasks.models import Entry, EntryChange, Evidence
from tasks.views.entries import entry_page, page_of


@require_http_methods(["GET", "POST"])
def attach(request: Request, pk: int) -> HttpResponse:
    """Add the files that were chosen; a page that sends them one by one asks for JSON."""
    entry = _fillable_or_403(request, pk)
    if request.method == "GET":
        return redirect("tasks:entry", pk=pk)
    told = _attach(request, entry)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(told, status=200 if told["kept"] else 422)
    if kept := len(told["kept"]):
        text = ngettext("%(count)d file attached.", "%(count)d files attached.", kept)
        messages.success(request, text % {"count": kept})
    for message in told["refused"]:
        messages.error(request, message)
    if not told["kept"]:
        return entry_page(request, page_of(request, pk), status=422)
    return redirect("tasks:entry", pk=pk)


def _attach(request: Request, entry: Entry) -> dict[str, Any]:
    """Names that were kept, refusals in words, and the version that then stands."""
    refused: list[str] = []
    with ExitStack() as stack:
        looked = []
        for upload in request.FILES.getlist("file"):
            try:
                looked.append(stack.enter_context(evidencing.looked_at(upload)))
            except ValidationError as error:
                refused.append(f"{upload.name}: {error.messages[0]}")
        if not looked:
            nothing = [] if refused else [_("Choose a file first.")]
            return {"kept": [], "refused": refused + nothing, "version": entry.version}
        digests = [one.digest for one in looked]
        try:
            with evidencing.storing(looked) as stored:
                told = once(request, lambda: _keep(request, entry, stored), *digests)
        except ValidationError as error:
            told = {"kept": [], "refused": error.messages, "version": entry.version}
    return told | {"refused": refused + told["refused"]}


def _keep(request: Request, entry: Entry, stored: list[evidencing.Stored]) -> dict[str, Any]:
    author = actions.Author(request.user, EntryChange.Origin.PAGE)
    version = _version(request)
    kept, refused = [], []
    for one in stored:
        outcome = evidencing.attach_stored(entry.pk, version, one, author)
        for refusal in outcome.refused:
            refused.append(f"{one.looked.name}: {refusal.error.messages[0]}")
        for entry_now in [*outcome.done, *outcome.unchanged]:
            kept.append(one.looked.name)
            version = entry_now.version
    return {"kept": kept, "refused": refused, "version": version}


def _version(request: Request) -> int:
    version = request.POST.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0


@require_safe
def evidence(request: Request, pk: UUID) -> FileResponse:
    """The file, as something to save: no page of ours ever shows it."""
    seen = Evidence.objects.visible_to(request.user)
    found = get_object_or_404(seen.filter(removed_at=None), pk=pk)
    try:
        content = found.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        content, as_attachment=True, filename=found.name, content_type=found.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def detach(request: Request, pk: UUID) -> HttpResponse:
    seen = Evidence.objects.visible_to(request.user)
    found = get_object_or_404(seen, pk=pk)
    entry = _fillable_or_403(request, found.entry_id)
    author = actions.Author(request.user, EntryChange.Origin.PAGE)
    outcome = actions.detach(pk, author)
    for refusal in outcome.refused:
        messages.error(request, refusal.error.messages[0])
    if not outcome.refused:
        messages.success(request, _("“%(name)s” was removed.") % {"name": found.name})
    return redirect("tasks:entry", pk=entry.pk)


def _fillable_or_403(request: Request, pk: int) -> Entry:
    """404 for an entry that the user does not see, 403 for one that is not the user's to fill."""
    entry = get_object_or_404(Entry.objects.visible_to(request.user), pk=pk)
    if not Entry.objects.fillable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return entry
