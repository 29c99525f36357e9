from collections.abc import Callable

import pytest
from django.test import Client

from tasks.models import Entry, Review
from tests.tasks.pages import at, english, fields, shown, told
from tests.tasks.verbs import accept, save, submit, submitted
from tests.world import UNITS, World

SignIn = Callable[[str], Client]
HEJIAN = f"/review/{UNITS['hejian']}/2026Q3/"


@pytest.fixture
def client(signed_in: SignIn) -> Client:
    return english(signed_in("hejian_reviewer"))


def chosen(*entries: Entry) -> list[str]:
    return [f"{entry.pk}:{entry.version}" for entry in entries]


def listed(client: Client, address: str = HEJIAN, **query: str) -> list[Entry]:
    return list(client.get(address, query).context["page"])


def test_what_waits_at_the_own_level_is_listed(world: World, client: Client) -> None:
    entry = submitted(world)
    assert listed(client) == [entry]
    assert f'value="{entry.pk}:{entry.version}"' in shown(client.get(HEJIAN))


def test_the_own_submission_is_not_listed(world: World, client: Client) -> None:
    mine = world.entry("xishan", "income")
    save(world, "hejian_reviewer", mine, value=5)
    submit(world, "hejian_reviewer", world.entry("xishan", "income"))
    assert listed(client) == []
    assert "Nothing waits" in shown(client.get(HEJIAN))


def test_accepting_passes_on_to_the_county(world: World, client: Client, signed_in: SignIn) -> None:
    entry = submitted(world)
    answer = client.post(HEJIAN, {"do": "accept", "entry": chosen(entry)})
    assert answer["Location"] == HEJIAN
    assert told(client, answer) == ["1 line accepted."]
    assert listed(client) == []
    county = signed_in("linzhou_reviewer")
    assert listed(county, at("tasks:review", "linzhou")) == [world.entry("dongshan", "income")]
    county.post(at("tasks:review", "linzhou"), {"do": "accept", "entry": chosen(entry)})
    assert world.entry("dongshan", "income").state == "submitted", "a version of before"
    now = chosen(world.entry("dongshan", "income"))
    county.post(at("tasks:review", "linzhou"), {"do": "accept", "entry": now})
    assert world.entry("dongshan", "income").state == "accepted"


def test_a_return_without_a_reason_is_refused_and_keeps_the_choice(
    world: World, client: Client
) -> None:
    entry = submitted(world)
    page = client.post(HEJIAN, {"do": "return", "entry": chosen(entry), "comment": "  "})
    assert page.status_code == 422
    assert "Choose a reason." in shown(page)
    assert f'value="{entry.pk}:{entry.version}" checked' in shown(page)
    assert world.entry("dongshan", "income").state == "submitted"


def test_a_reason_of_endless_length_is_refused_and_kept(world: World, client: Client) -> None:
    entry = submitted(world)
    data = {"do": "return", "entry": chosen(entry), "reason": "other", "comment": "长" * 301}
    page = client.post(HEJIAN, data)
    assert page.status_code == 422
    assert fields(page)["comment"] == "长" * 301
    assert fields(page)["reason"] == "other"
    assert not Review.objects.exists()


def test_a_return_with_a_reason_reaches_the_reporter(
    world: World, client: Client, signed_in: SignIn
) -> None:
    entry = submitted(world)
    data = {"do": "return", "entry": chosen(entry), "reason": "other", "comment": "请附上<凭证>"}
    assert told(client, client.post(HEJIAN, data)) == ["1 line returned."]
    page = shown(signed_in("dongshan_reporter").get(at("tasks:report", "dongshan")))
    assert "请附上&lt;凭证&gt;" in page


def test_a_stale_version_is_refused(world: World, client: Client, signed_in: SignIn) -> None:
    entry = submitted(world)
    old = chosen(entry)
    client.post(HEJIAN, {"do": "return", "entry": old, "reason": "wrong_figure"})
    save(world, "dongshan_reporter", world.entry("dongshan", "income"), value=7)
    submit(world, "dongshan_reporter", world.entry("dongshan", "income"))
    answer = client.post(HEJIAN, {"do": "accept", "entry": old})
    assert "Somebody changed this line meanwhile" in told(client, answer)[-1]
    assert world.entry("dongshan", "income").waiting_at == "township"


def test_a_verdict_sent_twice_is_one_verdict(world: World, client: Client) -> None:
    data = {"do": "accept", "entry": chosen(submitted(world))}
    assert [client.post(HEJIAN, data).status_code for _ in range(2)] == [302, 302]
    assert Review.objects.count() == 1


@pytest.mark.parametrize(
    "entry", ["", "x", "1", "1:x", "x:1", f"{'9' * 30}:1", f"1:{'9' * 30}", "-1:1", "1:1:1"]
)
def test_a_choice_that_means_nothing_is_answered_in_words(
    world: World, client: Client, entry: str
) -> None:
    assert client.post(HEJIAN, {"do": "accept", "entry": [entry]}).status_code in (302, 422)


def test_nothing_chosen_is_said_without_asking_for_a_reason(world: World, client: Client) -> None:
    submitted(world)
    page = client.post(HEJIAN, {"do": "accept"})
    assert page.status_code == 422
    assert told(client, page) == ["Nothing was chosen."]
    assert "Say why" not in shown(page)


def test_many_are_accepted_at_once(world: World, client: Client) -> None:
    entries = [
        submitted(world, unit, "income", "hejian_reporter") for unit in ("dongshan", "xishan")
    ]
    # The township filled them, so the county reviews.
    assert listed(client) == []
    assert {entry.waiting_at for entry in entries} == {"county"}


def test_filters_narrow_what_waits(world: World, client: Client) -> None:
    income = submitted(world)
    save(world, "dongshan_reporter", world.entry("dongshan", "meeting"), value=1)
    submit(world, "dongshan_reporter", world.entry("dongshan", "meeting"))
    assert listed(client, category="material") == [income]
    assert listed(client, unit="dsc", task=str(world.tasks["income"].pk)) == [income]
    assert listed(client, unit="xsc") == []
    answer = client.post(f"{HEJIAN}?category=material", {"do": "accept", "entry": chosen(income)})
    assert answer["Location"] == f"{HEJIAN}?category=material"


@pytest.mark.parametrize(
    ("who", "unit", "status"),
    [
        ("hejian_reviewer", "hejian", 200),
        ("hejian_reviewer", "dongshan", 200),
        ("hejian_reviewer", "linqi", 404),
        ("hejian_reviewer", "linzhou", 404),
        ("hejian_reporter", "hejian", 403),
        ("linzhou_viewer", "linzhou", 403),
        ("city_auditor", "city", 403),
    ],
)
def test_only_reviewers_review_and_only_below_themselves(
    signed_in: SignIn, who: str, unit: str, status: int
) -> None:
    assert signed_in(who).get(at("tasks:review", unit)).status_code == status


def test_reviewing_leads_to_a_quarter_in_which_something_waits(
    world: World, client: Client
) -> None:
    assert client.get("/review/")["Location"] == HEJIAN
    Entry.objects.filter(pk=world.entry("dongshan", "income", 2).pk).update(
        state="submitted", waiting_at="township", first_submitted_at="2026-07-01T00:00Z"
    )
    assert client.get("/review/")["Location"] == at("tasks:review", "hejian", 2)


def test_the_menu_counts_what_waits(world: World, client: Client) -> None:
    def waiting() -> list[int]:
        menu = client.get(HEJIAN).context["menu"]
        return [link.count for link in menu if "review" in link.view_names]

    assert waiting() == [0]
    entry = submitted(world)
    assert waiting() == [1]
    accept(world, "hejian_reviewer", entry)
    assert waiting() == [0]


def test_a_refused_return_cell_by_cell_says_so_on_top_and_leads_to_its_line(
    world: World, client: Client
) -> None:
    entry = submitted(world)
    data = {"do": f"return:{entry.pk}", f"m{entry.pk}-version": entry.version}
    page = client.post(HEJIAN, data | {f"m{entry.pk}-value_note": "少了附件"})
    assert page.status_code == 422
    assert f'The line was not returned. <a href="#e{entry.pk}">' in shown(page)
    assert fields(page)[f"m{entry.pk}-value_note"] == "少了附件"
    opened = client.post(HEJIAN, {"do": f"cells:{entry.pk}"})
    assert "The line was not returned" not in shown(opened)
