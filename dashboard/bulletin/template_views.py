"""The Word template of bulletins: its placeholders, the file in use, and another one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import Request
from accounts.repeated import once
from dashboard.bulletin import making
from dashboard.bulletin.checking import Looked, looked_at
from dashboard.bulletin.forms import TemplateForm
from dashboard.bulletin.placeholders import PLACEHOLDERS
from dashboard.bulletin.views import as_file, may_replace_template
from tasks.models import BulletinTemplate


@require_http_methods(["GET", "POST"])
def bulletin_template(request: Request) -> HttpResponse:
    """What may stand in a template; one that is uploaded is looked through before it is taken."""
    _check_may(request)
    form, status = TemplateForm(), 200
    if request.method == "POST":
        if request.POST.get("do") == "built_in":
            making.back_to_built_in(request.user, timezone.now())
            messages.success(request, _("Bulletins are made from the built-in template again."))
            return redirect("dashboard:bulletin_template")
        form, status = TemplateForm(request.POST, request.FILES), 422
        if form.is_valid() and _taken(request, form):
            return redirect("dashboard:bulletin_template")
    context = {
        "form": form,
        "current": BulletinTemplate.objects.current(),
        "history": BulletinTemplate.objects.select_related("by")[:10],
        "placeholders": [place for place in PLACEHOLDERS if not place.fields],
        "lists": [place for place in PLACEHOLDERS if place.fields],
    }
    return render(request, "dashboard/bulletin_template.html", context, status=status)


def _taken(request: Request, form: TemplateForm) -> bool:
    try:
        looked = looked_at(form.cleaned_data["file"])
        once(request, lambda: _replaced(request, looked), looked.digest)
    except ValidationError as error:
        form.add_error("file", error)
        return False
    messages.success(request, _("Bulletins are made from “%(name)s” now.") % {"name": looked.name})
    return True


def _replaced(request: Request, looked: Looked) -> dict[str, Any]:
    return {"pk": making.replace_template(looked, request.user, timezone.now()).pk}


@require_safe
def bulletin_template_file(request: Request) -> HttpResponse:
    """The template in use, or with `?built_in=1` the built-in one, to be changed in Word."""
    _check_may(request)
    current = None if "built_in" in request.GET else BulletinTemplate.objects.current()
    try:
        content = making.content_of(current)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("dashboard:bulletin_template")
    return as_file(content, current.name if current else f"{_('Bulletin template')}.docx")


def _check_may(request: Request) -> None:
    if not may_replace_template(request):
        raise PermissionDenied
