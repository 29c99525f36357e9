"""What a model says against an object, without asking the database about every single one."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext as _

from spreadsheets.conditions import NotUnderstood, holds

# The name of a field, or an empty text for the object as a whole, and what is wrong.
Wrong = tuple[str, str]


def wrong_with(
    instance: models.Model, names: Collection[str], *, is_whole: bool = True
) -> Iterator[Wrong]:
    """Everything that the model says against these fields of an object, and against the whole.

    Where the object `is_whole` no more, because a row that it refers to is not there, nothing
    is asked of the whole.

    That a row referred to is there is told where it is looked up; what must be there once is
    told by Uniques.
    """
    fields: list[Any] = list(instance._meta.concrete_fields)
    missing = [f for f in fields if f.name in names and not f.null and _is_none(instance, f)]
    for empty in missing:
        yield empty.name, str(empty.error_messages["blank"])
    unchecked = {f.name for f in fields if f.name not in names or f.is_relation or f in missing}
    yield from said_by(lambda: instance.clean_fields(exclude=unchecked))
    if not is_whole:
        return
    wrong = list(said_by(instance.clean))
    yield from wrong
    yield from against_constraints(instance, names, but=dict(wrong))


def against_constraints(
    instance: models.Model, names: Collection[str], *, but: Collection[str] = ()
) -> Iterator[Wrong]:
    """What the check constraints say, each at the first of these fields that it is about; of a
    field that is wrong by itself, as named in `but`, nothing follows."""
    for constraint in instance._meta.constraints:
        if isinstance(constraint, CheckConstraint):
            condition: Any = constraint.condition
            if condition.referenced_base_fields.isdisjoint(but):
                yield from _against(constraint, instance, names)


def _is_none(instance: models.Model, field: Any) -> bool:
    return getattr(instance, field.attname) is None


def said_by(check: Any) -> Iterator[Wrong]:
    """What a check that raises ValidationError has to say."""
    try:
        check()
    except ValidationError as error:
        yield from told(error)


def told(error: ValidationError) -> Iterator[Wrong]:
    """Every message of an error, with the name that it is about."""
    if not hasattr(error, "error_dict"):
        yield from (("", message) for message in error.messages)
        return
    for name, messages in error.message_dict.items():
        yield from (("" if name == "__all__" else name, message) for message in messages)


def is_foreign(error: ValidationError) -> bool:
    """Whether anything in an error is about what belongs to others."""
    if hasattr(error, "error_dict"):
        return any(is_foreign(one) for some in error.error_dict.values() for one in some)
    return any(one.code == "foreign" for one in error.error_list)


def _against(
    constraint: CheckConstraint, instance: models.Model, names: Collection[str]
) -> Iterator[Wrong]:
    condition: Any = constraint.condition
    try:
        if holds(condition, _reader(instance)) is not False:
            return
    except NotUnderstood:
        yield from said_by(lambda: constraint.validate(type(instance), instance))
        return
    about = condition.referenced_base_fields
    place = next((name for name in names if name in about), "")
    yield place, str(constraint.get_violation_error_message())


def _reader(instance: models.Model) -> Any:
    meta: Any = instance._meta
    key = meta.pk.name
    fields = meta.get_field
    return lambda name: getattr(instance, fields(key if name == "pk" else name).attname)


@dataclass
class Candidate:
    """An object as a row would leave it, and where what is wrong with it is told."""

    row: int
    wanted: models.Model
    wrong: list[Wrong] = field(default_factory=list)


class Uniques:
    """What must be there once, asked for many objects with one query for each such rule."""

    def __init__(self, model: type[models.Model], key: Collection[str]) -> None:
        self.model = model
        meta: Any = model._meta
        rules: list[tuple[Sequence[str], UniqueConstraint | None]] = []
        rules += [((f.name,), None) for f in meta.concrete_fields if f.unique and not f.primary_key]
        rules += [(tuple(names), None) for names in meta.unique_together]
        constraints = [c for c in meta.constraints if isinstance(c, UniqueConstraint)]
        rules += [(constraint.fields, constraint) for constraint in constraints]
        # Rows with the same key are told apart before, in better words.
        own = {name.partition("__")[0].removesuffix("_id") for name in key}
        self.rules = [rule for rule in rules if set(rule[0]) != own]
        self.rows: dict[tuple[int, tuple[Any, ...]], int] = {}

    def check(self, candidates: Sequence[Candidate]) -> None:
        for number, (names, constraint) in enumerate(self.rules):
            if constraint is not None and constraint.expressions:
                self._ask(constraint, candidates)
            else:
                self._check(number, names, constraint, candidates)

    def _ask(self, constraint: UniqueConstraint, candidates: Iterable[Candidate]) -> None:
        """A rule on an expression is the database's to tell."""
        for one in candidates:
            one.wrong += said_by(lambda one=one: constraint.validate(self.model, one.wanted))

    def _check(
        self,
        number: int,
        names: Sequence[str],
        constraint: UniqueConstraint | None,
        candidates: Iterable[Candidate],
    ) -> None:
        meta: Any = self.model._meta
        columns = [meta.get_field(name).attname for name in names]
        values = {}
        for position, one in enumerate(candidates):
            value = tuple(getattr(one.wanted, column) for column in columns)
            if None not in value and _is_meant(constraint, one.wanted):
                values[position] = one, value
        stored = self._stored(columns, constraint, [value for _one, value in values.values()])
        for one, value in values.values():
            first = self.rows.setdefault((number, value), one.row)
            if first != one.row:
                message = _("Rows %(first)d and %(second)d say the same here; keep one.")
                one.wrong.append((names[-1], message % {"first": first, "second": one.row}))
            elif stored.get(value, one.wanted.pk) != one.wanted.pk:
                one.wrong.append((names[-1], self._message(names, constraint, one.wanted)))

    def _stored(
        self,
        columns: Sequence[str],
        constraint: UniqueConstraint | None,
        values: Sequence[tuple[Any, ...]],
    ) -> dict[tuple[Any, ...], Any]:
        if not values:
            return {}
        wanted = zip(columns, zip(*values, strict=True), strict=True)
        near = {f"{column}__in": set(of_column) for column, of_column in wanted}
        condition = (constraint and constraint.condition) or Q()
        rows = self.model._base_manager.filter(condition, **near).values_list("pk", *columns)
        return {tuple(row[1:]): row[0] for row in rows}

    def _message(
        self, names: Sequence[str], constraint: UniqueConstraint | None, wanted: models.Model
    ) -> str:
        if constraint is not None:
            return str(constraint.get_violation_error_message())
        error: Any = wanted.unique_error_message(self.model, tuple(names))
        return str(error.messages[0])


def _is_meant(constraint: UniqueConstraint | None, wanted: models.Model) -> bool:
    """Whether a rule with a condition speaks of the object; in doubt it does."""
    if constraint is None or constraint.condition is None:
        return True
    try:
        return holds(constraint.condition, _reader(wanted)) is True
    except NotUnderstood:
        return True
