"""Cells that a page sends as they are filled: read, written by the verbs, answered one by one."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from tasks import actions, typed
from tasks.actions.writing import together
from tasks.grid import carried_label, face, look_of
from tasks.models import Entry, Period, Task

MOST_CELLS = 3_000
LARGEST_NUMBER = 2**31
WRITTEN = ("value", "nothing", "narrative", "problems", "next_steps", "explanation")
Verb = Callable[[Sequence[actions.Seen], actions.Author], actions.Outcome]
VERBS: dict[str, Verb] = {
    "confirm": actions.confirm,
    "submit": actions.submit,
    "take_back": actions.take_back,
}


@dataclass(frozen=True)
class Item:
    """What is to be done with one line, from the version that was on the screen."""

    entry: int
    version: int
    do: str
    content: Mapping[str, str]


def read(body: bytes) -> tuple[str, list[Item]]:
    """The key and the items of a request; raises ValueError where it is not of this form."""
    sent = json.loads(body)
    if not isinstance(sent, dict) or not isinstance(sent.get("cells"), list):
        raise ValueError("no cells")
    items = [_item(given) for given in sent["cells"]]
    if not 0 < len(items) <= MOST_CELLS or len({item.entry for item in items}) != len(items):
        raise ValueError("no cells, too many, or one of them twice")
    key = sent.get("key", "")
    if not isinstance(key, str):
        raise ValueError("the key is no text")
    return key, items


def _item(given: Any) -> Item:
    if not isinstance(given, dict):
        raise ValueError("a cell is no object")
    entry, version, do = given.get("entry"), given.get("version"), given.get("do")
    content = given.get("content", {})
    if do != "save" and do not in VERBS:
        raise ValueError("no such verb")
    if not isinstance(content, dict) or not all(
        name in WRITTEN and isinstance(text, str) for name, text in content.items()
    ):
        raise ValueError("the content is not as it should be")
    return Item(_number(entry), _number(version), do, content)


def _number(given: Any) -> int:
    if type(given) is not int or not 0 <= given < LARGEST_NUMBER:
        raise ValueError("no such line or version")
    return given


def carry_out(items: Sequence[Item], author: actions.Author) -> list[dict[str, Any]]:
    """Do what each item says; the answers stand in the order of the items.

    A verb alone locks its lines in order; of several the later ones would lock lines after the
    summaries of the first, against the way of whoever saves such a line at that moment.
    """
    if len({item.do for item in items}) == 1:
        answers = _done(items, author)
    else:
        mine = Entry.objects.fillable_by(author.user)
        with together((item.entry for item in items), mine):
            answers = _done(items, author)
    return [answers[item.entry] for item in items]


def _done(items: Sequence[Item], author: actions.Author) -> dict[int, dict[str, Any]]:
    answers: dict[int, dict[str, Any]] = {}
    saves = [item for item in items if item.do == "save"]
    if saves:
        answers |= _saved(saves, author)
    for do, verb in VERBS.items():
        seen = [actions.Seen(item.entry, item.version) for item in items if item.do == do]
        untouched = _untouched(seen, author.user) if do == "submit" else {}
        left = [item for item in seen if item.entry_id not in untouched]
        outcome = verb(left, author) if left else actions.Outcome()
        outcome.refused += _refused(untouched, author.user)
        answers |= _answers(outcome, with_content=do == "confirm")
    return answers


def _saved(items: Sequence[Item], author: actions.Author) -> dict[int, dict[str, Any]]:
    measures = _measures([i.entry for i in items if "value" in i.content], author.user)
    edits: list[actions.Edit] = []
    wrong: dict[int, ValidationError] = {}
    for item in items:
        try:
            content = _content(item, measures)
        except ValidationError as error:
            wrong[item.entry] = error
        else:
            edits.append(actions.Edit(item.entry, item.version, content))
    outcome = actions.save(edits, author) if edits else actions.Outcome()
    outcome.refused += _refused(wrong, author.user)
    return _answers(outcome)


def _measures(entries: list[int], user: User) -> dict[int, tuple[str, str]]:
    """By line how its task is answered and in which unit; those out of reach are left out."""
    if not entries:
        return {}
    mine = Entry.objects.fillable_by(user).filter(pk__in=entries)
    rows = mine.values_list("pk", "task__measure", "task__unit")
    return {pk: (measure, unit) for pk, measure, unit in rows}


def _content(item: Item, measures: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    """What is typed for the value is read; a reason for none empties the value."""
    content: dict[str, Any] = {
        name: text.replace("\r\n", "\n") for name, text in item.content.items()
    }
    if "value" in content:
        text = content.pop("value")
        if item.entry in measures:
            content |= typed.read(*measures[item.entry], text)
    elif content.get("nothing"):
        content["value"] = None
    return content


def _untouched(seen: Sequence[actions.Seen], user: User) -> dict[int, ValidationError]:
    """Returned lines in which nothing was put right yet: handing them in again answers nothing."""
    if not seen:
        return {}
    mine = Entry.objects.fillable_by(user).filter(pk__in=[item.entry_id for item in seen])
    message = _("It was returned: put right what was marked, then submit it.")
    error = ValidationError(message, "untouched")
    return dict.fromkeys(mine.returned_and_untouched().values_list("pk", flat=True), error)


def _refused(wrong: Mapping[int, ValidationError], user: User) -> list[actions.Refusal]:
    """What could not even be read, each with its line as it stands."""
    if not wrong:
        return []
    mine = Entry.objects.fillable_by(user).filter(pk__in=wrong)
    entries = mine.select_related("task__ledger", "period")
    return [actions.Refusal(entry, wrong[entry.pk]) for entry in entries]


def _answers(outcome: actions.Outcome, *, with_content: bool = False) -> dict[int, dict[str, Any]]:
    told = [
        *(("done", entry, None) for entry in outcome.done),
        *(("unchanged", entry, None) for entry in outcome.unchanged),
        *(
            ("conflict" if refusal.is_conflict else "refused", refusal.entry, refusal.error)
            for refusal in outcome.refused
        ),
    ]
    sources = _sources(entry for _outcome, entry, _error in told)
    answers: dict[int, dict[str, Any]] = {
        pk: {"entry": pk, "outcome": "missing"} for pk in outcome.missing
    }
    for what, entry, error in told:
        answer = _answer(entry, sources) | {"outcome": what}
        if error is not None:
            answer["messages"] = list(dict.fromkeys(error.messages))
            answer["parts"] = sorted(getattr(error, "error_dict", {}))
        if with_content or what == "conflict":
            answer["content"] = entry.content
        if asked := outcome.asked.get(entry.pk):
            answer["asks"] = asked
        answers[entry.pk] = answer
    return answers


def _answer(entry: Entry, sources: dict[int, Period]) -> dict[str, Any]:
    looks = face(entry, sources)
    may_type = entry.is_editable and entry.may_change(
        "narrative" if entry.task.measure == Task.Measure.TEXT else "value"
    )
    source = sources.get(entry.carried_from_id or 0)
    told = {"carried": carried_label(entry.period, source)} if source else {}
    return told | {
        "entry": entry.pk,
        "version": entry.version,
        "look": look_of(entry.state, entry.task.measure, is_open=may_type),
        "state": str(Entry.State(entry.state).label),
        "shown": looks.shown,
        "mark": looks.mark,
        "label": looks.label,
    }


def _sources(entries: Iterable[Entry]) -> dict[int, Period]:
    """The quarters that confirmed values come from: one query, none where nothing is carried."""
    keys = {entry.carried_from_id for entry in entries if entry.carried_from_id}
    return Period.objects.in_bulk(keys) if keys else {}
