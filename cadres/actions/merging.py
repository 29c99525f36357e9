"""Making two records of one person one: proposed, decided by somebody else, and undone.

What refers to a person is asked of the models themselves, so that every register joins in by
having a foreign key to it.
"""

import hashlib
import json
import operator
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cadres.actions.posting_rules import refused_in_words
from cadres.actions.postings import settle
from cadres.models import CadreChange, Person, PersonMerge, Posting, facts_of
from villages.models import Division

# What may be taken from either record; what hangs on a value goes with it.
CHOICES = (
    *("name", "sex", "ethnicity", "birth", "political_status", "party_joined", "education"),
    *("degree", "studied", "identity_type", "organization", "position", "rank", "rank_level"),
    *("has_left_lead", "home", "phone", "identity_number", "strengths"),
)
# History stays with the record that it was made about, and a proposal with its two records.
LEFT_ALONE = (CadreChange, PersonMerge)
WAYS_TO_UNIT = ("division", "village", "team.village", "round.division")


def empty_here(kept: Person, merged: Person) -> list[str]:
    """What only the record that goes knows: taken over unless somebody chooses otherwise."""
    plain = [name for name in CHOICES if name != "strengths"]
    found = [name for name in plain if not getattr(kept, name) and getattr(merged, name)]
    lacks = merged.strengths.exists() and not kept.strengths.exists()
    return _with_number([*found, "strengths"] if lacks else found, kept, merged)


def propose(
    kept: Person, merged: Person, chosen: Iterable[str], reason: str, by: User
) -> PersonMerge:
    """Raises ValidationError where the two can never be one."""
    with transaction.atomic():
        list(Person.objects.filter(pk__in=[kept.pk, merged.pk]).lock())
        pair = [kept.pk, merged.pk]
        waiting = PersonMerge.objects.waiting().filter(kept__in=pair, merged__in=pair)
        if waiting.exists():
            raise ValidationError(_("This is proposed already."), "stands")
        merge = PersonMerge(
            kept=kept,
            merged=merged,
            chosen=_with_number(chosen, kept, merged),
            reason=reason,
            proposed_by=by,
            proposed_at=timezone.now(),
        )
        check_postings(kept, merged)
        _check_number(kept, merged, merge.chosen)
        merge.full_clean()
        merge.save()
    return merge


def _with_number(chosen: Iterable[str], kept: Person, merged: Person) -> list[str]:
    """An identity number stays with the record that stays, whatever was chosen: a closed one
    would lock it away from everybody. Birth and sex come from the record that it comes from."""
    taken = set(chosen) - {"identity_number"}
    if merged.identity_number and not kept.identity_number:
        taken |= {"identity_number", *_told_by_number(merged)}
    elif kept.identity_number:
        taken -= _told_by_number(kept)
    return [name for name in CHOICES if name in taken]


def _told_by_number(person: Person) -> set[str]:
    return {name for name in ("birth", "sex") if getattr(person, name)}


def _check_number(kept: Person, merged: Person, chosen: Iterable[str]) -> None:
    """Raise ValidationError where the record that stays could not be saved afterwards."""
    becoming = copy(kept)
    for name in set(chosen) - {"strengths"}:
        setattr(becoming, name, getattr(merged, name))
    if wrong := becoming.against_its_number():
        first = _("Put that right in the two records first.")
        raise ValidationError(" ".join([*map(str, wrong.values()), first]), "number")


def refuse(pk: int, by: User, comment: str) -> PersonMerge:
    """They are two persons; the pair is doubtful no more."""
    with transaction.atomic():
        merge = _to_decide(pk, by)
        _decide(merge, PersonMerge.Verdict.REFUSED, by, comment)
    return merge


def carry_out(pk: int, by: User, comment: str = "") -> PersonMerge:
    """Let everything that refers to one record refer to the other, or nothing of it."""
    with refused_in_words(), transaction.atomic():
        merge = _to_decide(pk, by)
        kept, merged = merge.kept, merge.merged
        merge.clean()
        check_postings(kept, merged)
        merge.chosen = _with_number(merge.chosen, kept, merged)
        _check_number(kept, merged, merge.chosen)
        before = {person: facts_of(person) for person in (kept, merged)}
        divisions = [kept.division_id, merged.division_id]
        rows = [_move(row, field, kept, by, merge.reason) for row, field in referring(merged)]
        merged.merged_into = kept
        _exchange(kept, merged, merge.chosen)
        for person in (kept, merged):
            _note(person, by, before[person], merge.reason)
        settle(kept, by)
        merge.moved = {
            "rows": [[row._meta.label, row.pk, field, stamp(row)] for row, field in rows],
            "divisions": divisions,
            "stamps": [stamp(kept), stamp(merged)],
        }
        _decide(merge, PersonMerge.Verdict.CARRIED_OUT, by, comment)
    return merge


def undo(pk: int, by: User) -> PersonMerge:
    """Put everything back as it stood; where something was touched since, say what."""
    with refused_in_words(), transaction.atomic():
        merge = _held(pk)
        if not merge.is_carried_out:
            raise ValidationError(_("This merging does not stand any more."), "stands")
        kept, merged = merge.kept, merge.merged
        rows = list(_moved_rows(merge))
        if touched := [*_touched_rows(rows), *_touched_persons(merge, kept, merged)]:
            message = _("It cannot be undone: changed since then: %s.")
            raise ValidationError(message % _(", ").join(touched), "touched")
        before = {person: facts_of(person) for person in (kept, merged)}
        reason = _("Merging undone")
        for row, field, _stamp, _label in rows:
            _move(row, field, merged, by, reason)
        merged.merged_into = None
        kept.division_id, merged.division_id = merge.moved["divisions"]
        _exchange(kept, merged, merge.chosen)
        for person in (kept, merged):
            _note(person, by, before[person], reason)
        for person in (kept, merged):
            # Not where they were kept when they were merged: both may serve elsewhere by now.
            settle(person, by)
        merge.undone_by, merge.undone_at = by, timezone.now()
        merge.save(update_fields=["undone_by", "undone_at"])
    return merge


def stamp(row: models.Model) -> str:
    """Tells whether a row was written since, whatever was written."""
    facts = facts_of(row)
    if isinstance(row, Person):
        facts["strengths"] = sorted(row.strengths.values_list("pk", flat=True))
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _to_decide(pk: int, by: User) -> PersonMerge:
    merge = _held(pk)
    if not merge.is_waiting:
        raise ValidationError(_("Somebody has decided on this already."), "stands")
    if merge.proposed_by_id == by.pk:
        raise ValidationError(_("Nobody decides on what they proposed themselves."), "own")
    return merge


def _decide(merge: PersonMerge, verdict: str, by: User, comment: str) -> None:
    merge.verdict, merge.comment = verdict, comment
    merge.decided_by, merge.decided_at = by, timezone.now()
    merge.clean_fields()
    merge.save()


def _held(pk: int) -> PersonMerge:
    """What was proposed and its two records, held until the transaction ends: first the persons,
    as everybody holds them who writes of persons."""
    pair = PersonMerge.objects.values_list("kept", "merged").get(pk=pk)
    persons = {person.pk: person for person in Person.objects.filter(pk__in=pair).lock()}
    merge = PersonMerge.objects.lock(pk)
    merge.kept, merge.merged = (persons[key] for key in pair)
    return merge


def check_postings(kept: Person, merged: Person) -> None:
    """Raise ValidationError naming the two postings that nobody can hold at one time."""
    for posting in Posting.objects.filter(person=merged).select_related("kind"):
        during = Posting.objects.overlapping(posting.start, posting.end).filter(person=kept)
        other = during.filter(exclusive_group=posting.exclusive_group).select_related("kind")
        if clash := other.first():
            message = _("One person cannot be %(one)s and %(other)s at one time; end one first.")
            told = {"one": _since(clash), "other": _since(posting)}
            raise ValidationError(message % told, "overlap")


def _since(posting: Posting) -> str:
    until = f"{posting.end:%Y.%m}" if posting.end else ""
    return f"{posting.kind} ({posting.start:%Y.%m}—{until})"


def referring(person: Person) -> Iterator[tuple[Any, str]]:
    """Every row of every register that refers to a person, with the name of the key."""
    for relation in Person._meta.related_objects:
        if relation.related_model in LEFT_ALONE:
            continue
        model: Any = relation.related_model
        field = relation.field.name
        if isinstance(relation, models.ManyToManyRel):
            model = relation.through
            if not model._meta.auto_created:
                continue  # its own keys are among the relations
            field = relation.field.m2m_reverse_field_name()
        for row in model._base_manager.filter(**{field: person}).order_by("pk"):
            yield row, field


def _move(row: Any, field: str, person: Person, by: User, reason: str) -> tuple[models.Model, str]:
    """Let a row refer to a person; its version goes on, for whoever has it open in a form."""
    before = facts_of(row)
    setattr(row, field, person)
    written = [field]
    if hasattr(row, "version"):
        row.version += 1
        written.append("version")
    with _told_which(row):
        row.validate_unique()
        with transaction.atomic():
            row.save(update_fields=written)
    if not row._meta.auto_created:
        CadreChange.note(row, _unit_of(row), by, timezone.now(), before, reason=reason)
    return row, field


def _unit_of(row: Any) -> Division:
    """Where the history of a row is read, which is not where its person serves by now."""
    for way in WAYS_TO_UNIT:
        try:
            unit: Division = operator.attrgetter(way)(row)
        except AttributeError:
            continue
        return unit
    raise TypeError(f"{row._meta.label} belongs to no unit.")


@contextmanager
def _told_which(row: models.Model) -> Iterator[None]:
    """Both records in a place where only one may be: which register that is."""
    try:
        yield
    except (IntegrityError, ValidationError) as error:
        message = _("Both records stand in one place among “%s”; settle that first.")
        name = str(row._meta.verbose_name_plural)
        raise ValidationError(message % name, "overlap") from error


def _exchange(kept: Person, merged: Person, chosen: list[str]) -> None:
    """Swap the chosen values, and store both: the way back is to swap them again."""
    for name in chosen:
        if name == "strengths":
            mine, theirs = list(kept.strengths.all()), list(merged.strengths.all())
            kept.strengths.set(theirs)
            merged.strengths.set(mine)
            continue
        mine, theirs = getattr(kept, name), getattr(merged, name)
        setattr(kept, name, theirs)
        setattr(merged, name, mine)
    # The digest of a number is there once only: nobody has it while it changes hands.
    Person.objects.filter(pk__in=[kept.pk, merged.pk]).update(identity_digest=None)
    for person in (kept, merged):
        person.version += 1
        # The level of office was chosen by itself, and is not told anew from the words.
        level = person.rank_level
        person.prepare()
        person.rank_level = level
        person.validate_constraints()
        person.save()


def _note(person: Person, by: User, before: dict[str, Any], reason: str) -> None:
    CadreChange.note(person, person.division, by, timezone.now(), before, reason=reason)


Moved = tuple[Any, str, str, str]


def _moved_rows(merge: PersonMerge) -> Iterator[Moved]:
    """Each row that was moved as it is now, None where it is gone; its key, its stamp, its name."""
    for label, pk, field, then in merge.moved["rows"]:
        model = apps.get_model(label)
        row = model._base_manager.filter(pk=pk).first()
        yield row, field, then, str(model._meta.verbose_name)


def _touched_rows(rows: list[Moved]) -> Iterator[str]:
    for row, _field, then, name in rows:
        if row is None or stamp(row) != then:
            yield f"{name} {row}" if row is not None else name


def _touched_persons(merge: PersonMerge, kept: Person, merged: Person) -> Iterator[str]:
    for person, then in zip((kept, merged), merge.moved["stamps"], strict=True):
        if stamp(person) != then:
            yield _("the record of %s") % person.name
