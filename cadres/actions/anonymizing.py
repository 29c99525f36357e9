"""Letting go of who somebody was, years after the last role; whatever is counted stays."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, F, ManyToOneRel, OuterRef, Q
from django.utils import timezone

from accounts.models import AccessLog, User
from cadres.actions import kept_searches
from cadres.actions.merging import referring
from cadres.models import CadreChange, Person, PersonMerge
from cadres.models.change import HIDDEN
from cadres.models.person import SECRETS, PersonQuerySet
from cadres.roles_held import held_any

AT_ONCE = 200


class Keeper(NamedTuple):
    """Who else keeps texts about persons, such as the imports of their sheets.

    Both are told the day from which on nothing was written of the persons. `hold` is given their
    keys before anybody holds the persons, as whoever undoes an import holds the import first;
    `let_go` the records as long as they have their names. All of it is one transaction.
    """

    hold: Callable[[Sequence[int], datetime.date], None]
    let_go: Callable[[Sequence[Person], datetime.date], None]


keepers: list[Keeper] = []
# Stored in the place of the name; the data of the ledger is Chinese.
NOBODY = "已匿名"
# What statistics of postings and teams read, at any level and of any term.
KEPT = (
    *("sex", "birth", "ethnicity", "political_status", "education", "identity_type"),
    *("rank_level", "has_left_lead", "division", "merged_into", "anonymized_at"),
)
# Words that somebody typed about a person, in whichever register.
FREE_TEXTS = (
    *("note", "hand_over", "comment", "title", "reason"),
    *("problems", "results", "topic"),
)
LET_GO: dict[str, Any] = {
    **dict.fromkeys(("party_joined", "degree", "studied", "position", "rank"), ""),
    **dict.fromkeys((*SECRETS, "pinyin"), ""),
    **dict.fromkeys(("organization", "home", "identity_digest"), None),
    "name": NOBODY,
}


def due(on: datetime.date, years: int) -> PersonQuerySet:
    """Persons who held no role on any of the last days of so many years, and of whom nothing was
    written either. A record that waits to be merged waits."""
    since = _years_before(on, years)
    written = CadreChange.objects.filter(person=OuterRef("pk"), at__date__gte=since)
    pair = Q(kept=OuterRef("pk")) | Q(merged=OuterRef("pk"))
    waiting = PersonMerge.objects.waiting().filter(pair)
    found = Person.objects.standing().exclude(held_any(since, None))
    return found.exclude(Exists(written)).exclude(Exists(waiting))


def anonymize(keys: Sequence[int], by: User | None, on: datetime.date, years: int) -> int:
    """Of those keys, whoever is due still; a few hundred at a time. The number of them."""
    done, since = 0, _years_before(on, years)
    for start in range(0, len(keys), AT_ONCE):
        with transaction.atomic():
            chunk = keys[start : start + AT_ONCE]
            for keeper in keepers:
                keeper.hold(chunk, since)
            held = Person.objects.filter(Q(pk__in=chunk) | Q(merged_into__in=chunk)).lock()
            still = set(due(on, years).filter(pk__in=chunk).values_list("pk", flat=True))
            gone = [person for person in held if person.pk in still]
            records = [one for one in held if {one.pk, one.merged_into_id} & still]
            for keeper in keepers if gone else ():
                keeper.let_go(records, since)
            for person in gone:
                _let_go(person, by)
            kept_searches.forget({record.name for record in records} - {NOBODY})
            done += len(gone)
    return done


def _let_go(person: Person, by: User | None) -> None:
    """The record, those that were merged into it, and what was typed about either."""
    records = [person.pk, *person.merged.values_list("pk", flat=True)]
    now = timezone.now()
    about: dict[str, list[int]] = defaultdict(list)
    for record in Person.objects.filter(pk__in=records):
        record.strengths.clear()
        for row in _about(record):
            _clear_texts(row)
            about[row._meta.model_name].append(row.pk)
    rows = Person.objects.filter(pk__in=records)
    rows.update(anonymized_at=now, version=F("version") + 1, **LET_GO)
    _scrub_history(records, about)
    _forget_reasons(records)
    gone = {name: HIDDEN for name in LET_GO if name not in ("pinyin", "identity_digest")}
    CadreChange.objects.create(
        about="person", row=person.pk, division=person.division, person=person, by=by, at=now,
        verb=CadreChange.Verb.REMOVED, before=gone,
    )  # fmt: skip


def _about(record: Person) -> Iterator[Any]:
    """Every row that refers to the record, and what hangs on such a row without being about
    another person: the visits to a contact point, a pair decided by hand."""
    for row, _field in referring(record):
        yield row
        for relation in row._meta.related_objects:
            model: Any = relation.related_model
            named = {field.related_model for field in model._meta.concrete_fields}
            if isinstance(relation, ManyToOneRel) and Person not in named:
                yield from model._base_manager.filter(**{relation.field.name: row})


def _clear_texts(row: Any) -> None:
    texts = {field.name: field for field in row._meta.concrete_fields if field.name in FREE_TEXTS}
    if written := {
        name: "" if field.blank else HIDDEN for name, field in texts.items() if getattr(row, name)
    }:
        type(row)._base_manager.filter(pk=row.pk).update(**written)


def _scrub_history(records: list[int], about: dict[str, list[int]]) -> None:
    """That something was changed stays, by whom and when; what it said goes."""
    told = Q(person__in=records)
    for name, rows in about.items():
        told |= Q(about=name, row__in=rows)
    for change in CadreChange.objects.filter(told):
        for side in (change.before, change.after):
            for name, value in side.items():
                tells = name not in KEPT if change.about == "person" else name in FREE_TEXTS
                if tells and value not in ("", None):
                    side[name] = HIDDEN
        change.reason = HIDDEN if change.reason else ""
        change.save(update_fields=["before", "after", "reason"])
    pair = Q(kept__in=records) | Q(merged__in=records)
    PersonMerge.objects.filter(pair).update(reason=HIDDEN, comment="")
    kind = ContentType.objects.get_for_model(Person)
    entries = LogEntry.objects.filter(content_type=kind, object_id__in=map(str, records))
    entries.update(object_repr=NOBODY)


def _forget_reasons(records: list[int]) -> None:
    """Who looked at a number stays; why was typed, and may say of whom."""
    lines = AccessLog.objects.filter(subject__in=[f"cadres.person {pk}" for pk in records])
    for line in lines.filter(detail__has_key="reason"):
        line.detail["reason"] = HIDDEN
        line.save(update_fields=["detail"])


def _years_before(day: datetime.date, years: int) -> datetime.date:
    """The same day so many years ago; of 29 February, the day before."""
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year - years, day=last)
