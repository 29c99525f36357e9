"""Who has been out of every role for years is let go; every figure stays."""

import datetime
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessLog, SavedFilter
from cadres.actions import kept_searches, persons, postings
from cadres.actions.anonymizing import NOBODY, due
from cadres.contact_coverage import villages_with_a_talk
from cadres.coverage import Coverage
from cadres.indicators import compare
from cadres.models import (
    CadreChange,
    ContactPoint,
    ContactVisit,
    Organization,
    Person,
    PersonMerge,
    PolicyTalk,
    Posting,
    PostingKind,
    StandardAssessment,
    TeamMember,
    TermIndicator,
)
from cadres.models.change import HIDDEN
from cadres.person_filters import PersonFilter
from cadres.sheets import PersonSheet, TeamMemberSheet
from cadres.sheets.letting_go import let_go
from spreadsheets import actions
from spreadsheets.errors import Stale
from spreadsheets.models import Batch, BatchRow
from tests.cadres import rosters, teams
from tests.cadres.people import PHONES
from tests.spreadsheets.files import edited
from tests.tasks.verbs import code_of
from tests.world import World

DAY = datetime.date(2026, 10, 2)
OLD = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
# Every fact that a statistic of postings or of teams may group or average by.
FIGURES = """
    SELECT k.code, o.division_id, o.start, o."end", o.organization_id, p.sex, p.birth,
           p.ethnicity, p.political_status, p.education, p.rank_level, p.has_left_lead, count(*)
    FROM cadres_posting o JOIN cadres_person p ON p.id = o.person_id
    JOIN cadres_postingkind k ON k.id = o.kind_id
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 ORDER BY 1, 2, 3, 7
"""


def figures() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(FIGURES)
        return list(cursor.fetchall())


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("anonymize_persons", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def gone(world: World) -> Person:
    """示二山 left in 2020, and something was written about her before."""
    person = world.persons["first_xishan"]
    persons.change(person.pk, 1, {"position": "局长"}, world.users["linzhou_manager"], "换届")
    Posting.objects.filter(person=person).update(
        start="2018-01-01", planned_end="2020-01-01", end="2020-01-01", end_reason="term",
        note="示二山同志", hand_over="找示二山",
    )  # fmt: skip
    CadreChange.objects.update(at=OLD)
    serving = [world.persons[name].pk for name in ("left_lead", "free")]
    for pk in serving:  # of whom something was written not long ago
        stored = Person.objects.get(pk=pk)
        persons.change(pk, stored.version, {"degree": "学士"}, None)
    return person


def test_only_who_held_nothing_for_years_is_due(world: World, gone: Person) -> None:
    assert list(due(DAY, 5)) == [gone]
    assert not due(DAY, 7).exists()


def test_without_apply_nothing_is_written(gone: Person) -> None:
    said = run()
    assert "林州市\t1" in said
    gone.refresh_from_db()
    assert gone.name == "示二山"
    with pytest.raises(CommandError):
        run("--years", "0")


def test_who_it_was_is_let_go_everywhere_and_every_figure_stays(world: World, gone: Person) -> None:
    before, counts = figures(), _counts()
    assert "1 made anonymous" in run("--apply")
    assert figures() == before
    assert _counts() == counts
    gone.refresh_from_db()
    assert (gone.name, gone.phone, gone.identity_digest) == (NOBODY, "", None)
    assert (gone.position, gone.organization, gone.pinyin) == ("", None, "")
    assert (gone.birth, gone.sex) == ("1990-11", "2")
    kept = [*CadreChange.objects.values(), *Posting.objects.values(), *Person.objects.values()]
    for text in ("示二山", "局长", "换届", PHONES["first_xishan"]):
        assert text not in str(kept)
    assert CadreChange.objects.of(gone).first().verb == "removed"  # type: ignore[union-attr]
    assert "0 made anonymous" in run("--apply")


def _counts() -> dict[str, int]:
    """The lists of persons who hold something, by each filter."""
    filters = [{"role": "role:posting", "sex": "2"}, {"role": "kind:first_secretary"}]
    seen = Person.objects.standing()
    return {
        str(query): PersonFilter(
            query, queryset=seen, organizations=Organization.objects.none(), on=DAY
        ).qs.count()
        for query in filters
    }


def telling(text: str) -> list[str]:
    """The models of whose rows any says a text."""
    models = apps.get_models()
    return [one.__name__ for one in models if text in str(list(one._base_manager.values()))]


def statistics(world: World) -> list[Any]:
    """Of the years of the person: indicators of two terms, months of coverage, what was done."""
    city = world.users["city_manager"]
    terms, every = (teams.term(2016), teams.term(2021)), list(TermIndicator.objects.all())
    whole, below = compare(world.units["city"], city, terms, every)
    kinds = list(PostingKind.objects.in_seat("first_secretary"))
    start = datetime.date(2018, 1, 1)
    calendar = Coverage(world.units["city"], city, kinds, DAY, start, 12)
    return [
        [(row.unit, row.comparisons) for row in (whole, *below)],
        [[cell.state for cell in line.cells] for line in calendar.lines()],
        [one.counts for one in calendar.sums()],
        villages_with_a_talk(world.units["city"], city, 2019, DAY).count(),
        [StandardAssessment.objects.filter(year=year).met().count() for year in (2018, 2019)],
    ]


@pytest.mark.usefixtures("_on_the_day")
def test_no_table_says_who_it_was_and_statistics_say_the_same(world: World, gone: Person) -> None:
    city, village = world.users["city_manager"], world.units["dongshan"]
    for year, names in ((2016, {"person": gone, "note": "示二山的事"}), (2021, {})):
        made = teams.member(
            world, teams.team(world, "dongshan", year), "secretary", "director",
            education="3", political_status="01", **names,
        )  # fmt: skip
        StandardAssessment.objects.create(
            person=made.person, division=village, standard="secretary", year=2018, met="12345678"
        )
    PolicyTalk.objects.create(
        speaker=gone, village=village, on=datetime.date(2019, 5, 1), topic="示二山", audience=9
    )
    AccessLog.note(city, AccessLog.Action.REVEAL, f"cadres.person {gone.pk}", reason="找示二山谈")
    SavedFilter.objects.create(user=city, page="cadres:people", name="她", query="q=示二山")
    SavedFilter.objects.create(user=city, page="cadres:people", name="他", query="q=示一山")
    LogEntry.objects.create(
        user=city, content_type=ContentType.objects.get_for_model(Person), object_id=str(gone.pk),
        object_repr="示二山", action_flag=2,
    )  # fmt: skip
    waiting = rosters.check(
        PersonSheet, rosters.exported(PersonSheet, city), city
    )  # never applied: file and rows are kept until they are let go
    Batch.objects.filter(pk=waiting.pk).update(created_at=OLD)
    before = statistics(world)
    assert {"Person", "Posting", "LogEntry", "AccessLog"} <= set(telling("示二山"))
    assert "made anonymous" in run("--apply")
    for text in ("示二山", "局长", PHONES["first_xishan"], quote("示二山")):
        assert telling(text) == []
    assert list(SavedFilter.objects.values_list("name", flat=True)) == ["他"]
    assert not Batch.objects.get(pk=waiting.pk).file
    assert statistics(world) == before


def test_files_go_only_with_a_letting_go_that_is_written(
    world: World, gone: Person, django_capture_on_commit_callbacks: Any
) -> None:
    city = world.users["city_manager"]
    batch = rosters.check(PersonSheet, rosters.exported(PersonSheet, city), city)
    Batch.objects.filter(pk=batch.pk).update(created_at=OLD)

    def fail_after() -> None:
        with transaction.atomic():
            let_go([gone], DAY)
            raise RuntimeError

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError):
        fail_after()
    kept = Path(Batch.objects.get(pk=batch.pk).file.path)
    assert kept.exists()
    with django_capture_on_commit_callbacks(execute=True):
        let_go([gone], DAY)
    assert not kept.exists()
    assert not Batch.objects.get(pk=batch.pk).file


def test_filters_go_only_where_they_look_for_who_was_made_anonymous(
    world: World, gone: Person
) -> None:
    Person.objects.filter(pk=gone.pk).update(name="东山", pinyin=" ds dongshan")
    somebody = teams.person(world, "shiqiao", name="党生")
    teams.member(world, teams.team(world, "shiqiao"), "secretary", person=somebody)
    for page, name, query in (
        ("cadres:people", "goes 1", "q=东山&sex=2"),
        ("cadres:postings", "goes 2", "state=all&q=Dong Shan"),
        ("cadres:people", "goes 3", "q=东+山"),
        ("cadres:contact_points", "东山", "show=ended"),
        ("cadres:policy_talks", "stays 1", "q=ds"),  # initials of 党生 too
        ("cadres:people", "stays 2", "q=dongshancun"),
        ("cadres:postings", "东山村", "q=东山村&on=2026-01-01"),
        ("cadres:teams", "stays 3", "unit=东山"),
        ("tasks:entries", "stays 4", "unit=东山村&q=东山"),
    ):
        SavedFilter.objects.create(
            user=world.users["huaxian_reviewer"], page=page, name=name,
            query=QueryDict(query).urlencode(),
        )  # fmt: skip
    run("--apply")
    left = set(SavedFilter.objects.values_list("name", flat=True))
    assert left == {"stays 1", "stays 2", "东山村", "stays 3", "stays 4"}
    Person.objects.filter(pk=somebody.pk).update(name="党山", pinyin=" ds dangshan")
    kept_searches.forget({"党升"})
    assert left == set(SavedFilter.objects.values_list("name", flat=True))
    Person.objects.filter(pk=somebody.pk).update(name="林山", pinyin=" ls linshan")
    kept_searches.forget({"党生"})
    assert left - set(SavedFilter.objects.values_list("name", flat=True)) == {"stays 1"}


def test_a_record_that_waits_to_be_merged_waits(world: World, gone: Person) -> None:
    PersonMerge.objects.create(
        kept=gone, merged=world.persons["free"], reason="x",
        proposed_by=world.users["linzhou_manager"], proposed_at="2020-01-01T00:00Z",
    )  # fmt: skip
    assert not due(DAY, 5).exists()


def test_records_that_were_merged_into_it_go_too(world: World, gone: Person) -> None:
    other = world.persons["first_dongshan"]
    Posting.objects.filter(person=other).delete()
    Person.objects.filter(pk=other.pk).update(merged_into=gone)
    run("--apply")
    assert not Person.objects.filter(name="示一山").exists()


def test_a_closed_record_is_appointed_to_nothing(world: World, gone: Person) -> None:
    run("--apply")
    again = Posting.objects.get(person=gone)
    again.pk, again.end, again.end_reason, again.predecessor = None, None, "", None
    again.start, again.planned_end = DAY, None
    with pytest.raises(ValidationError) as refused:
        postings.appoint(again, None)
    assert code_of(refused.value) == "person"


def test_texts_that_hang_on_what_a_person_did_go_too(world: World, gone: Person) -> None:
    by = world.users["linzhou_manager"]
    village, day = world.units["dongshan"], datetime.date(2019, 5, 1)
    point = ContactPoint.objects.create(
        leader=gone, village=village, since=day, until=datetime.date(2019, 12, 31)
    )
    visit = ContactVisit(
        contact_point=point, on=day, forms="policy", problems_raised=1, problems="示二山答应修路",
        results="示二山修了路",
    )  # fmt: skip
    visit.save()
    change = CadreChange.note(visit, village, by, OLD, None)
    assert change.person == gone
    talk = PolicyTalk.objects.create(
        speaker=gone, village=village, on=day, topic="示二山谈政策", audience=20
    )
    orphan = CadreChange.note(talk, village, by, OLD)
    CadreChange.objects.filter(pk__in=[change.pk, orphan.pk]).update(person=None)
    assert "1 made anonymous" in run("--apply")
    kept = [*CadreChange.objects.values(), *ContactVisit.objects.values()]
    assert "示二山" not in str([*kept, *PolicyTalk.objects.values()])
    visit.refresh_from_db()
    talk.refresh_from_db()
    assert (visit.problems_raised, talk.audience, talk.topic) == (1, 20, HIDDEN)


@pytest.mark.usefixtures("_on_the_day")
def test_imports_keep_nothing_of_who_was_let_go(world: World, gone: Person) -> None:
    teams.term(2021)
    city = world.users["city_manager"]
    added = rosters.rows({"姓名": "样十九"}, of=rosters.MEMBER)
    kept = rosters.apply(TeamMemberSheet, added, city)
    stays = rosters.rows(
        {"姓名": "样十八", "党组织职务": "委员", "村委会职务": None}, of=rosters.MEMBER
    )
    rosters.apply(TeamMemberSheet, stays, city)
    person = Person.objects.get(name="样十九")
    TeamMember.objects.filter(person=person).update(
        since="2016-03", left="2019-01", left_reason="other"
    )
    CadreChange.objects.filter(person=person).update(at=OLD)
    Batch.objects.update(created_at=OLD)
    assert "样十九" in str([*Batch.objects.values(), *BatchRow.objects.values()])
    with CaptureQueriesContext(connection) as seen:
        assert "2 made anonymous" in run("--apply")
    held = [query["sql"] for query in seen if query["sql"].startswith("SELECT")]
    tables = [re.search(r'FROM "(spreadsheets_batch|cadres_person)"', sql) for sql in held[1:]]
    # As whoever undoes an import does; the first question is who is due.
    assert next(found[1] for found in tables if found) == "spreadsheets_batch"
    told = str([*Batch.objects.values(), *BatchRow.objects.values()])
    assert "样十九" not in told
    assert "样十八" in told
    assert BatchRow.objects.get(batch=kept).after == {}
    with pytest.raises(Stale):
        actions.undo(TeamMemberSheet, kept.pk, city)
    facts = rosters.exported(PersonSheet, city)
    changed = edited(facts, lambda page: rosters.set_cell(page, "示八闲", "学历", "研究生"))
    batch = rosters.apply(PersonSheet, changed, city)
    row = BatchRow.objects.get(batch=batch, outcome="changed")
    let_go([world.persons["free"]], datetime.date(2000, 1, 1))
    row.refresh_from_db()
    assert (row.label, row.before, row.after) == (NOBODY, {}, {})
    with pytest.raises(Stale):
        actions.undo(PersonSheet, batch.pk, city)
