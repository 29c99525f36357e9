"""What the database refuses by itself, whatever way a row comes in and whatever it looks like."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from cadres import guards
from cadres.models import Posting
from tests.cadres.appointing import new, someone
from tests.world import World

# Held from 10 March to 20 March, both days included; None is without an end.
HELD = ("2020-03-10", "2020-03-20")
OVERLAPS = {
    "equal": HELD,
    "nested inside": ("2020-03-12", "2020-03-15"),
    "around it": ("2020-03-01", "2020-03-31"),
    "over its first day": ("2020-03-01", "2020-03-10"),
    "over its last day": ("2020-03-20", "2020-03-25"),
    "one day in it": ("2020-03-15", "2020-03-15"),
    "open, from its last day": ("2020-03-20", None),
    "open, from before": ("2020-03-01", None),
}
APART = {
    "the day before": ("2020-03-01", "2020-03-09"),
    "the day after": ("2020-03-21", "2020-03-25"),
    "open, from the day after": ("2020-03-21", None),
}
OPEN_OVERLAPS = {
    "open against open": ("2030-01-01", None),
    "ended long after": ("2030-01-01", "2030-02-01"),
    "on its first day": ("2020-01-01", "2020-03-10"),
}
Write = Callable[[Posting], Any]


def insert(row: Posting) -> None:
    row.save(force_insert=True)


def bulk_create(row: Posting) -> None:
    Posting.objects.bulk_create([row])


def raw_insert(row: Posting) -> None:
    fields = [field for field in Posting._meta.concrete_fields if field.name != "id"]
    names = ", ".join(f'"{field.column}"' for field in fields)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(values))
        cursor.execute(f"INSERT INTO cadres_posting ({names}) VALUES ({marks})", values)


def update(row: Posting) -> None:
    """Enter it where nobody was, then move its days there."""
    start, end = row.start, row.end
    row.start, row.end = datetime.date(2010, 1, 1), datetime.date(2010, 1, 1)
    row.end_reason = "term"
    row.save(force_insert=True)
    why = "term" if end else ""
    Posting.objects.filter(pk=row.pk).update(start=start, end=end, end_reason=why)


def raw_update(row: Posting) -> None:
    """Enter it at another place and for another person, then move it over."""
    division, person = row.division_id, row.person_id
    row.division_id, row.seat_number = row.division.parent_id or 0, 1
    row.person = row.person.__class__.objects.exclude(pk=person).get(name="示旁人")
    row.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cadres_posting SET division_id = %s, person_id = %s WHERE id = %s",
            [division, person, row.pk],
        )


WRITES = [insert, bulk_create, raw_insert, update, raw_update]


def days(pair: tuple[str, str | None]) -> dict[str, Any]:
    start, end = (datetime.date.fromisoformat(day) if day else None for day in pair)
    return {"start": start, "end": end, "end_reason": "term" if end else ""}


def row(world: World, who: str, unit: str, pair: tuple[str, str | None], seat: int = 1) -> Posting:
    made = new(world, who, unit, **days(pair))
    made.take_from_kind()
    made.seat_number = seat
    return made


@pytest.fixture
def held(world: World) -> Posting:
    """示八闲 at 南平 for eleven days of March 2020."""
    someone(world, "示旁人")
    made = row(world, "free", "nanping", HELD)
    made.save()
    return made


def same_seat(world: World, pair: tuple[str, str | None]) -> Posting:
    return row(world, "left_lead", "nanping", pair)


def same_person(world: World, pair: tuple[str, str | None]) -> Posting:
    return row(world, "free", "beiping", pair)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("about", [same_seat, same_person])
@pytest.mark.parametrize("shape", OVERLAPS)
def test_an_overlap_is_refused(
    world: World, held: Posting, write: Write, about: Any, shape: str
) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        write(about(world, OVERLAPS[shape]))
    wanted = guards.SEAT if about is same_seat else guards.PERSON
    assert wanted in str(refused.value)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("about", [same_seat, same_person])
@pytest.mark.parametrize("shape", APART)
def test_what_touches_without_overlapping_is_kept(
    world: World, held: Posting, write: Write, about: Any, shape: str
) -> None:
    write(about(world, APART[shape]))
    assert Posting.objects.filter(start=APART[shape][0]).exists()


@pytest.mark.parametrize("about", [same_seat, same_person])
@pytest.mark.parametrize("shape", OPEN_OVERLAPS)
def test_an_open_end_is_for_ever(world: World, held: Posting, about: Any, shape: str) -> None:
    Posting.objects.filter(pk=held.pk).update(end=None, end_reason="")
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(about(world, OPEN_OVERLAPS[shape]))


def test_another_seat_another_group_and_no_seat_are_no_overlap(world: World, held: Posting) -> None:
    insert(row(world, "left_lead", "nanping", HELD, seat=2))
    other = new(world, "free", "linzhou", "county_leader", **days(HELD))
    other.take_from_kind()
    insert(other)
    more = new(world, "left_lead", "linzhou", "county_leader", **days(HELD))
    more.take_from_kind()
    insert(more)
    assert Posting.objects.filter(start=HELD[0]).count() == 4


def test_a_row_is_not_in_its_own_way(world: World, held: Posting) -> None:
    held.end = datetime.date(2020, 3, 19)
    held.save()
    Posting.objects.filter(pk=held.pk).update(end=datetime.date(2020, 3, 22))


def test_two_swap_within_one_transaction(world: World) -> None:
    """Both ends are written before both beginnings; no moment of it is an overlap."""
    one, other = world.postings["dongshan"], world.postings["xishan"]
    first, second = DAY_BEFORE, DAY_BEFORE + datetime.timedelta(days=1)
    with transaction.atomic():
        Posting.objects.filter(pk__in=[one.pk, other.pk]).update(end=first, end_reason="swapped")
        for who, unit in (("first_dongshan", "xishan"), ("first_xishan", "dongshan")):
            insert(row(world, who, unit, (str(second), None)))
    assert Posting.objects.on(second).filter(start=second).count() == 2


DAY_BEFORE = datetime.date(2026, 10, 1)


def test_the_guards_stand_after_all_migrations(db: None) -> None:
    """A migration that makes the table anew on SQLite drops its triggers without a word."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT conname FROM pg_constraint "
                "WHERE conrelid = 'cadres_posting'::regclass AND contype = 'x'"
            )
            wanted = {guard.name for guard in guards.POSTINGS}
        else:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' "
                "AND tbl_name = 'cadres_posting'"
            )
            wanted = {f"{g.name}_{event}" for g in guards.POSTINGS for event in guards.EVENTS}
        assert {name for (name,) in cursor.fetchall()} == wanted
