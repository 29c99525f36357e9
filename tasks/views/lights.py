"""The thresholds of a ledger's lights: what others would do, then setting them; and their story."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import Request
from accounts.repeated import once
from tasks.actions import Author
from tasks.actions import lights as acts
from tasks.light_forms import ThresholdsForm
from tasks.light_preview import Preview, preview, quarters_of
from tasks.models import EntryChange, Ledger, LightRule
from tasks.views.ledgers import kept_ledger

DIGITS_OF_A_VERSION = 5


@require_http_methods(["GET", "POST"])
@permission_required("tasks.add_lightrule", raise_exception=True)
def lights(request: Request, pk: int) -> HttpResponse:
    """What stands, what other thresholds would do, and every version there was."""
    ledger = kept_ledger(request, pk)
    if ledger.state == Ledger.State.DRAFT:
        messages.info(request, _("The thresholds of a draft are changed in its form."))
        return redirect("tasks:ledger", pk=pk)
    form = ThresholdsForm(request.POST if request.method == "POST" else None, ledger)
    wanted = request.POST.get("do")
    if wanted == "apply" and form.is_valid() and _apply(request, ledger, form):
        return redirect("tasks:lights", pk=pk)
    ledger.refresh_from_db()
    shown = _previews(ledger, form) if wanted in ("preview", "apply") else []
    context = {
        "ledger": ledger,
        "form": form,
        "preview": shown[0] if shown else None,
        "others": shown[1:],
        "runs": ledger.state == Ledger.State.ISSUED,
        "history": _history(ledger),
    }
    refused = request.method == "POST" and (not shown or bool(form.errors))
    return render(request, "tasks/lights.html", context, status=422 if refused else 200)


def _apply(request: Request, ledger: Ledger, form: ThresholdsForm) -> bool:
    """Do it, once; where something moved since the preview, the form says so."""
    seen, reason = _version(request), form.cleaned_data["reason"]
    author = Author(request.user, EntryChange.Origin.PAGE)

    def act() -> dict[str, int]:
        rule = acts.change_thresholds(ledger, form.thresholds, seen, reason, author)
        return {"version": rule.version}

    try:
        done = once(request, act)
    except ValidationError as error:
        form.tell(error)
        return False
    text = _("Version %(version)d of the rule holds now; all lights were counted afresh.")
    messages.success(request, text % done)
    return True


def _version(request: Request) -> int:
    """The version that was previewed; 0, which never stands, for what is no number."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) <= DIGITS_OF_A_VERSION else 0


def _previews(ledger: Ledger, form: ThresholdsForm) -> list[Preview]:
    """What the thresholds typed would do in each quarter that has opened, the one that people
    work on first; none, and told in the form, where they cannot stand."""
    if set(form.errors) & {field.name for field in form.numbers}:
        return []
    on, thresholds = timezone.localdate(), form.thresholds
    try:
        acts.check_thresholds(Ledger.objects.get(pk=ledger.pk), thresholds)
    except ValidationError as error:
        if not form.errors:
            form.tell(error)
        return []
    return [preview(ledger, period, thresholds, on) for period in quarters_of(ledger, on)]


def _history(ledger: Ledger) -> list[tuple[LightRule, list[tuple[str, int, int]]]]:
    """Every version, the latest first, with what it changed of the one before."""
    rules = list(ledger.light_rules.select_related("by"))
    earlier = [*rules[1:], None]
    return [
        (rule, rule.differences(before) if before else [])
        for rule, before in zip(rules, earlier, strict=True)
    ]
