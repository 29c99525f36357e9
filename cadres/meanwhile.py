"""What others stored while somebody was typing, so that message and page tell the same."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import models
from django.utils.formats import localize
from django.utils.html import escape
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.dates_in_words import dated, is_dated
from cadres.history import Told, told
from cadres.models import CadreChange

# Follows from postings of others, and makes no new version of this one.
FOLLOWS = {"predecessor"}


def changed_since(row: Any, version: int, reader: User) -> list[Told]:
    """The changes of a row that came after a version of it was shown, the oldest first."""
    made = CadreChange.objects.visible_to(reader).of(row).exclude(verb=CadreChange.Verb.ADDED)
    newest = [one for one in made.select_related("by") if set(one.after) - FOLLOWS]
    return told(reversed(newest[: max(row.version - version, 0)]), reader)


def shown_again(form: "TellingForm", row: Any, reader: User, *, stale: bool) -> None:
    """What was typed is sent next for the version that is shown now; where it was overtaken, what
    others did is told."""
    if not form.is_bound:
        return
    if stale:
        form.tell_what_stands(row, changed_since(row, form.cleaned_data["version"], reader))
    form.data = {**form.data.dict(), "version": str(row.version)}  # type: ignore[attr-defined]


class TellingForm(forms.BaseForm):
    """A form for one version of a row that may have been changed while it was filled in."""

    meanwhile: Sequence[Told] = ()

    def tell_what_stands(self, row: models.Model, meanwhile: Sequence[Told]) -> None:
        """Say what others changed, and beside each field in which what was typed differs from
        what is stored, what that is."""
        self.meanwhile = meanwhile
        names = {field.name for field in row._meta.concrete_fields}
        for name in names & self.fields.keys() & self.cleaned_data.keys():
            stored = getattr(row, name)
            if self.cleaned_data[name] != stored:
                self[name].help_text = now_stored(_words(row, name, stored))


def now_stored(words: str) -> str:
    """As a help text, which a page takes for HTML."""
    return escape(_("Now stored: %s") % (words or _("nothing")))


def _words(row: Any, name: str, stored: Any) -> str:
    field = row._meta.get_field(name)
    if stored is None or stored == "":
        return ""
    if field.choices:
        return str(getattr(row, f"get_{name}_display")())
    if is_dated(field):
        return dated(field, stored)
    if isinstance(stored, bool):
        return _("Yes") if stored else _("No")
    return str(localize(stored))
