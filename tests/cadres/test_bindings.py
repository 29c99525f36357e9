"""What the postings of a village say of the organisations that are bound to it."""

import datetime

import pytest

from cadres.actions import postings
from cadres.models import CadreChange, OrganizationBinding, Posting
from tests.cadres.appointing import DAY, again, bind_all, new
from tests.world import World

ONE = datetime.timedelta(days=1)
AUGUST = datetime.date(2026, 8, 1)
Bound = list[tuple[str, datetime.date, datetime.date | None]]


def bound(world: World, unit: str = "dongshan") -> Bound:
    rows = OrganizationBinding.objects.filter(village=world.units[unit]).order_by("since")
    return [(row.organization.name[2:], row.since, row.until) for row in rows]


def follows(world: World, sender: str, start: datetime.date, who: str = "free") -> Posting:
    """Somebody else is sent to 东山村, from a day on."""
    held = Posting.objects.get(division=world.units["dongshan"], end=None)
    postings.end(held, start - ONE, "rotated", None)
    sent = new(world, who, "dongshan", start=start, organization=world.organizations[sender])
    return postings.appoint(sent, None)


@pytest.fixture(autouse=True)
def _bound(world: World) -> None:
    assert bind_all(world) == 3


def test_two_of_one_organisation_share_a_binding_whichever_is_put_right(world: World) -> None:
    follows(world, "agriculture", AUGUST)
    start = world.postings["dongshan"].start
    assert bound(world) == [("市农业农村局", start, None)]
    first = again(world.postings["dongshan"])
    postings.correct(first, {"start": start + ONE}, None, "文件日期")
    assert bound(world) == [("市农业农村局", start + ONE, None)]


def test_the_middle_one_of_three_is_put_right(world: World) -> None:
    start = world.postings["dongshan"].start
    middle = follows(world, "culture", AUGUST)
    follows(world, "culture", AUGUST + 30 * ONE, "left_lead")
    assert bound(world) == [
        ("市农业农村局", start, AUGUST - ONE),
        ("市文化广电局", AUGUST, None),
    ]
    postings.correct(again(middle), {"start": AUGUST + ONE}, None, "文件日期")
    assert bound(world) == [
        ("市农业农村局", start, AUGUST),
        ("市文化广电局", AUGUST + ONE, None),
    ]


def test_what_was_sent_by_another_than_was_entered_binds_the_village_anew(world: World) -> None:
    start = world.postings["dongshan"].start
    middle = follows(world, "culture", AUGUST)
    follows(world, "agriculture", DAY, "left_lead")
    assert [one[0] for one in bound(world)] == ["市农业农村局", "市文化广电局", "市农业农村局"]
    right = {"organization": world.organizations["agriculture"]}
    postings.correct(again(middle), right, None, "单位填错")
    assert bound(world) == [("市农业农村局", start, None)]
    gone = CadreChange.objects.filter(about="organizationbinding", verb="removed")
    assert {change.reason for change in gone} == {"单位填错"}


def test_a_binding_passes_to_the_next_one_of_its_organisation(world: World) -> None:
    first = postings.appoint(
        new(world, "free", "nanping", start=AUGUST, end=DAY, end_reason="term"), None
    )
    later = new(world, "left_lead", "nanping", start=DAY + ONE)
    later = postings.appoint(later, None)
    Posting.objects.filter(pk=later.pk).update(predecessor=None)
    postings.take_back(again(first), None, "误录")
    row = OrganizationBinding.objects.get(village=world.units["nanping"])
    assert (row.since, row.until, row.posting) == (DAY + ONE, None, later)


def test_many_villages_take_as_many_queries_as_one(
    world: World, django_assert_max_num_queries: object
) -> None:
    OrganizationBinding.objects.all().delete()
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert bind_all(world) == 3
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        assert bind_all(world) == 0
