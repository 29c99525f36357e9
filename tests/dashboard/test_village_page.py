"""The file of a village, section by section."""

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tasks import actions
from tasks.models import Entry, EntryChange, Evidence
from tests.tasks import evidence_files as files
from tests.tasks.pages import at, english, shown
from tests.tasks.verbs import author, save, submitted
from tests.world import NOW, World
from villages import village_file
from villages.models import Division, DivisionChange, VillageProfile
from villages.village_file import register

SignIn = Callable[[str], Client]
SECTIONS = [
    *("identity", "profile", "team", "postings", "tasks", "year", "files", "changes"),
]
QUERIES = 16


def opened(client: Client, unit: str = "dongshan", quarter: int = 3) -> Any:
    page = client.get(at("dashboard:village", unit, quarter))
    assert page.status_code == 200
    return page


def content(page: Any, name: str) -> dict[str, Any]:
    found = [filled for filled in page.context["sections"] if filled.section.name == name]
    return dict(found[0].content)


def attached(world: World, name: str = "会议记录.pdf", unit: str = "dongshan") -> Evidence:
    entry, who = world.entry(unit, "income"), author(world, "hejian_reporter")
    assert actions.attach(entry.pk, entry.version, files.upload(files.pdf(), name), who).done
    return Evidence.objects.get(entry=entry, name=name)


def test_the_file_lists_its_sections_and_leads_to_each(world: World, signed_in: SignIn) -> None:
    text = shown(opened(signed_in("linzhou_viewer")))
    assert re.findall(r'<a href="#([a-z]+)">', text.partition('class="contents"')[2]) == SECTIONS
    assert re.findall(r'<section class="card long" id="([a-z]+)"', text) == SECTIONS


def test_the_heading_says_which_township_and_county(world: World, signed_in: SignIn) -> None:
    text = shown(opened(signed_in("linzhou_viewer")))
    assert "<h1>东山村 <small>合涧镇 · 林州市</small></h1>" in text


def test_it_shows_lines_facts_and_what_changed(world: World, signed_in: SignIn) -> None:
    VillageProfile.objects.create(
        division=world.units["dongshan"], leading_industry="香菇", households=4321
    )
    submitted(world)
    save(world, "dongshan_reporter", world.entry("dongshan", "meeting"), value=1)
    page = opened(english(signed_in("linzhou_viewer")))
    text = shown(page)
    assert "香菇" in text
    assert "4,321" in text
    assert "1 of 2 reported" in text
    verbs = [change.verb for change in content(page, "changes")["changes"]]
    assert verbs == ["save", "submit", "save"]


def test_only_those_who_report_are_led_to_the_form(world: World, signed_in: SignIn) -> None:
    assert opened(signed_in("dongshan_reporter")).context["may_report"]
    assert not opened(signed_in("linzhou_viewer")).context["may_report"]


def test_each_light_is_explained_in_words(world: World, signed_in: SignIn) -> None:
    text = shown(opened(english(signed_in("linzhou_viewer")), quarter=2))
    assert "Not reported; overdue by" in text


def test_identity_tells_former_names_and_changes(world: World, signed_in: SignIn) -> None:
    village, other = world.units["dongshan"], world.units["xishan"]
    rename = DivisionChange.ChangeKind.RENAME
    for year, old in ((2005, "前山村"), (2012, "东山大队")):
        DivisionChange.objects.create(
            kind=rename, on=datetime.date(year, 5, 1), source=village, target=village,
            old_value=old, note=f"{year}年批复",
        )  # fmt: skip
    DivisionChange.objects.create(
        kind="merge", on=datetime.date(2020, 1, 1), source=other, target=village
    )
    Division.objects.filter(pk=village.pk).update(valid_from=datetime.date(1984, 3, 1))
    page = opened(english(signed_in("hejian_reporter")))
    text = shown(page)
    assert content(page, "identity")["former_names"] == ["东山大队", "前山村"]
    assert "2012年批复" in text
    assert "西山村委会 → 东山村民委员会" in text
    assert "1984" in text
    assert "Changes of the division" not in shown(opened(signed_in("linqi_reporter"), "beiping"))


def test_a_village_that_came_from_others_does_not_name_them(
    world: World, signed_in: SignIn
) -> None:
    village = Division.objects.select_related("parent").get(pk=world.units["dongshan"].pk)
    village.parent = world.units["baidaokou"]
    village.place(datetime.date(2026, 7, 1), "安政〔2026〕3号")
    text = shown(opened(english(signed_in("baidaokou_reporter"))))
    assert "before: a unit managed elsewhere · " in text
    assert "合涧镇" not in text
    assert "before: 合涧镇 · " in shown(opened(english(signed_in("city_viewer"))))


@pytest.mark.parametrize(("parent", "hidden"), [("baidaokou", "滑县"), ("linqi", "临淇镇")])
def test_the_old_township_is_not_told_what_manages_a_village_today(
    world: World, signed_in: SignIn, parent: str, hidden: str
) -> None:
    village = Division.objects.select_related("parent").get(pk=world.units["dongshan"].pk)
    village.parent = world.units[parent]
    village.place(datetime.date(2026, 7, 1))
    text = shown(opened(english(signed_in("hejian_reporter"))))
    assert "a unit managed elsewhere" in text
    assert hidden not in text
    assert world.units[parent].name not in text
    assert "安阳市" in text
    assert hidden in shown(opened(signed_in("city_viewer")))


def test_missing_facts_are_said_and_whoever_keeps_them_is_led_there(
    world: World, signed_in: SignIn
) -> None:
    manager, viewer = english(signed_in("linzhou_manager")), english(signed_in("linzhou_viewer"))
    add = f"/admin/villages/villageprofile/add/?division={world.units['dongshan'].pk}"
    assert "have not been entered yet" in shown(opened(viewer))
    assert add not in shown(opened(viewer))
    assert add in shown(opened(manager))
    profile = VillageProfile.objects.create(division=world.units["dongshan"], households=0)
    text = shown(opened(manager))
    assert f"/admin/villages/villageprofile/{profile.pk}/change/" in text
    missing = content(opened(manager), "profile")["missing"]
    assert missing == [
        *("urban-rural code", "development mode", "leading industry"),
        *("residents", "party members"),
    ]
    VillageProfile.objects.filter(pk=profile.pk).update(
        urban_rural_code="220", development_mode="leasing", leading_industry="香菇",
        residents=90, party_members=9,
    )  # fmt: skip
    assert "Still missing" not in shown(opened(manager))


def test_the_address_that_is_offered_for_missing_facts_opens(
    world: World, signed_in: SignIn
) -> None:
    client = signed_in("linzhou_manager")
    enter = content(opened(client), "profile")["enter"]
    assert client.get(enter).status_code == 200


def test_the_year_shows_every_task_in_its_quarters(world: World, signed_in: SignIn) -> None:
    submitted(world)
    page = opened(signed_in("linzhou_viewer"))
    rows = {row.task.title: row.quarters for row in content(page, "year")["rows"]}
    income = rows[world.tasks["income"].title]
    assert [cell and cell[0].state for cell in income] == ["blank", "blank", "submitted", "blank"]
    assert [cell and cell[1].light for cell in income][:3] == ["red", "red", "yellow"]
    # Asked in the second and the fourth quarter alone.
    deeds = rows[world.tasks["deeds"].title]
    assert [bool(cell) for cell in deeds] == [False, True, False, True]
    assert len(rows) == 3


def test_files_are_listed_and_open(world: World, signed_in: SignIn) -> None:
    kept, gone = attached(world), attached(world, "作废.pdf", "xishan")
    foreign = attached(world, "外村.pdf", "nanping")
    client = signed_in("linzhou_viewer")
    text = shown(opened(client))
    assert kept.name in text
    assert f"/evidence/{kept.pk}/" in text
    answer: Any = client.get(f"/evidence/{kept.pk}/")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert foreign.name not in text
    Evidence.objects.filter(pk=gone.pk).update(
        removed_at=NOW, removed_by=world.users["hejian_reporter"]
    )
    assert gone.name not in shown(opened(client, "xishan"))


def test_without_files_only_those_who_report_are_led_to_the_form(
    world: World, signed_in: SignIn
) -> None:
    report = at("tasks:report", "dongshan")
    section = 'id="files"'
    for who, offered in (("dongshan_reporter", True), ("linzhou_manager", False)):
        text = shown(opened(english(signed_in(who)))).partition(section)[2]
        assert "No files have been added yet" in text
        assert (f'href="{report}"' in text) == offered


def test_many_files_are_cut_and_said_so(
    world: World, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.village_section.FILES_SHOWN", 1)
    attached(world, "一.pdf")
    client = english(signed_in("linzhou_viewer"))
    assert "The newest" not in shown(opened(client))
    entry, who = world.entry("dongshan", "meeting"), author(world, "hejian_reporter")
    actions.attach(entry.pk, entry.version, files.upload(files.pdf(), "二.pdf"), who)
    assert "The newest 1 files" in shown(opened(client))


def test_a_community_that_owes_nothing_has_a_file(signed_in: SignIn) -> None:
    text = shown(opened(english(signed_in("linzhou_viewer")), "community"))
    assert "This unit owes nothing in this quarter." in text
    assert "This unit owes nothing in this year." in text
    assert "have not been entered yet" in text
    assert "Nothing has been written yet in this quarter." in text


def test_a_village_of_others_is_not_found(world: World, signed_in: SignIn) -> None:
    for who, unit in (
        ("linqi_reporter", "dongshan"),
        ("dongshan_reporter", "xishan"),
        ("linzhou_viewer", "shiqiao"),
        ("linzhou_viewer", "feilai"),
    ):
        assert signed_in(who).get(at("dashboard:village", unit)).status_code == 404


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Declare a section for one test."""
    monkeypatch.setattr(village_file.SECTIONS, "known", dict(village_file.SECTIONS.known))

    def declare(name: str, order: int, said: Any, permission: str = "") -> None:
        template = "villages/partials/file_missing.html"
        register(name, name.title(), order=order, template=template, permission=permission)(
            lambda village, period, user: said
        )

    return declare


def names(world: World, who: str) -> list[str]:
    filled = village_file.sections_of(world.units["dongshan"], world.periods[3], world.users[who])
    return [one.section.name for one in filled]


def test_a_section_stands_at_its_place_where_it_has_something_to_say(
    world: World, declared: Any
) -> None:
    declared("projects", 50, {"note": "3"})
    declared("silent", 51, None)
    found = names(world, "linzhou_viewer")
    assert found == [*SECTIONS[:6], "projects", *SECTIONS[6:]]


def test_a_section_is_shown_to_those_with_its_permission_alone(world: World, declared: Any) -> None:
    declared("secret", 50, {}, "tasks.review_entry")
    assert "secret" in names(world, "linzhou_reviewer")
    assert "secret" not in names(world, "linzhou_viewer")


def test_two_sections_of_one_name_are_refused(declared: Any) -> None:
    with pytest.raises(ValueError, match="identity"):
        declared("identity", 5, {})


def test_the_file_costs_the_same_queries_for_more_rows(world: World, signed_in: SignIn) -> None:
    people = ("dongshan_reporter", "hejian_reviewer", "linzhou_manager", "city_manager")

    def cost() -> dict[str, int]:
        found = {}
        for who in people:
            client = signed_in(who)
            client.get("/ledgers/")
            with CaptureQueriesContext(connection) as captured:
                opened(client)
            found[who] = len(captured)
        return found

    _fill(world, 0)
    before = cost()
    for step in (1, 2, 3):
        _fill(world, step)
    assert cost() == before
    assert max(before.values()) <= QUERIES, before


def _fill(world: World, step: int) -> None:
    """One more of everything that a section lists, each by somebody else."""
    by, village = list(world.users.values())[step], world.units["dongshan"]
    entry = Entry.objects.filter(division=village).order_by("pk")[step]
    change = {"before": {}, "after": {}, "by": by, "at": NOW, "origin": "page", "verb": "save"}
    EntryChange.objects.create(entry=entry, version=2, **change)
    DivisionChange.objects.create(
        kind="rename", on=NOW.date(), source=village, target=village, old_value=f"{step}村"
    )
    Evidence.objects.create(
        entry=entry, name=f"{step}.pdf", kind="pdf", content_type="application/pdf", size=1,
        digest=str(step), added_by=by, added_at=NOW, file="x",
    )  # fmt: skip
