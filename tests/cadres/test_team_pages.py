"""The pages of village teams, as their readers and their keepers meet them."""

import datetime
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cadres.actions import teams as actions
from cadres.models import CadreChange, Person, StandardAssessment, TeamMember, VillageTeam
from cadres.person_file import sections_of as person_sections
from cadres.team_list import counts, lines
from cadres.team_rules import in_words, with_fault
from tests.admin.pages import shown
from tests.cadres.teams import member, person, team, term, usual
from tests.tasks.pages import english, fields, told
from tests.world import NOW, UNITS, World
from villages.village_file import sections_of


def client_of(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.users[who])
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"cadres:{name}", args=args)


def teams_page(world: World, who: str, place: str, **query: Any) -> Any:
    return client_of(world, who).get(page("teams", UNITS[place]), query)


@pytest.fixture
def elected(world: World) -> World:
    """Two terms of a few villages; the second has faults of every sort."""
    for unit in ("dongshan", "xishan", "shiqiao"):
        usual(world, unit, 2016)
    usual(world, "dongshan", 2021)
    alone = team(world, "xishan", 2021)
    member(world, alone, "secretary")
    crowd = team(world, "shiqiao", 2021)
    member(world, crowd, "secretary", "director")
    for _ in range(7):
        member(world, crowd, committee="member")
    team(world, "nanping", 2021, state="under_way", elected_on=None)
    return world


def test_the_page_of_a_unit_tells_n_of_all_villages_and_names_the_missing(elected: World) -> None:
    answer = teams_page(elected, "city_manager", "city")
    total = answer.context["total"]
    assert (total.elected, total.teams, total.not_opened) == (3, 4, 4)
    assert (total.dual, total.secretaries) == (2, 3)
    text = shown(answer)
    # The same share stands in the figures and in the table.
    assert re.findall(r">(66\.\d)", text) == ["66.7"] * 2
    assert "3 / 8" in text
    assert "北平村" in text
    rows = {row.unit.name: row for row in answer.context["units"]}
    assert (rows["林州市"].elected, rows["林州市"].villages) == (2, 6)
    assert (rows["滑县"].elected, rows["滑县"].dual) == (1, 1)


def test_the_roster_is_taken_out_for_the_term_that_is_shown(elected: World) -> None:
    client = client_of(elected, "city_manager")
    address = reverse("spreadsheets:sheet", args=["team_members"])
    shown_page = client.get(page("teams", UNITS["city"]), {"term": "2016"})
    assert f'href="{address}?period=2016"' in shown_page.content.decode()
    offered = client.get(address, {"period": "2016"}).context["choice"]["period"]
    assert offered.value() == "2016"
    assert [value for value, _name in offered.field.choices] == ["", "2021", "2016"]
    # The empty one, for who serves, can be sent.
    assert "required" not in str(offered)


def test_warnings_stand_beside_the_team_and_hinder_nothing(elected: World) -> None:
    listed = teams_page(elected, "city_manager", "city").context["lines"]
    faults = {line.team.village.short_name: line.makeup.faults for line in listed}
    assert faults == {
        "东山村": ["size"],
        "西山村": ["no_director", "size"],
        "南平村": ["no_secretary", "no_director", "size"],
        "石桥村": ["size"],
    }


@pytest.mark.parametrize("fault", ["no_secretary", "no_director", "size"])
def test_the_filter_and_the_list_ask_one_rule(elected: World, fault: str) -> None:
    every = VillageTeam.objects.select_related("village")
    told = {line.team.pk for line in lines(every) if fault in line.makeup.faults}
    assert {team.pk for team in with_fault(every, fault)} == told
    assert fault in dict(in_words())


@pytest.mark.parametrize(
    ("query", "villages"),
    [
        ({"state": "not_elected", "unit": "hjz"}, {"nanping"}),
        ({"state": "not_elected", "unit": "滑县"}, {"feilai"}),
        ({"state": "not_elected", "dual": "dual"}, set()),
        ({"state": "finished", "dual": "not_dual"}, {"xishan"}),
        ({"dual": "dual"}, {"dongshan", "shiqiao"}),
        ({"unit": "hjz"}, {"dongshan", "xishan", "nanping"}),
        ({"unit": "dsc"}, {"dongshan"}),
        ({"unit": "滑县"}, {"shiqiao"}),
        ({"term": "2016"}, {"dongshan", "xishan", "shiqiao"}),
        ({"state": "unconfirmed"}, set()),
    ],
)
def test_teams_are_filtered(elected: World, query: dict[str, str], villages: set[str]) -> None:
    listed = teams_page(elected, "city_manager", "city", **query).context["lines"]
    assert {line.team.village for line in listed} == {elected.units[name] for name in villages}


def test_a_filter_stays_at_the_term(elected: World) -> None:
    for chosen in ("2016", "serving"):
        answer = teams_page(elected, "city_manager", "city", term=chosen)
        assert f'type="hidden" name="term" value="{chosen}"' in answer.content.decode()


@pytest.mark.parametrize("year", ["1999", "20211", "x", "²⁰²¹"])
def test_what_names_no_term_is_no_choice(elected: World, year: str) -> None:
    assert teams_page(elected, "city_manager", "city", term=year).context["term"].year == 2021
    assert teams_page(elected, "city_manager", "city", term="2016").context["term"].year == 2016
    client, address = client_of(elected, "city_manager"), page("before_after", UNITS["city"])
    for name in ("from", "to"):
        answer = client.get(address, {name: year})
        assert [answer.context[when].year for when in ("before", "after")] == [2016, 2021]
    # Nor are teams opened in a term that nobody named.
    stood = VillageTeam.objects.count()
    client.post(f"{page('teams', UNITS['city'])}?term={year}", {"key": "open"})
    assert VillageTeam.objects.count() == stood


def test_without_any_term_the_pages_say_what_to_do(world: World) -> None:
    for name in ("teams", "before_after", "registers"):
        answer = client_of(world, "city_manager").get(page(name, UNITS["city"]))
        assert answer.status_code == 200


def test_a_foreign_unit_and_team_are_not_there(elected: World) -> None:
    foreign = VillageTeam.objects.get(village=elected.units["shiqiao"], term__year=2021)
    client = client_of(elected, "linzhou_manager")
    row = foreign.members.all()[0]
    for address in (
        page("teams", UNITS["huaxian"]),
        page("before_after", UNITS["huaxian"]),
        page("team", foreign.pk),
        page("standards", foreign.pk, 2022),
        page("team_member", row.pk),
    ):
        assert client.get(address).status_code == 404, address


@pytest.mark.parametrize("name", ["teams", "before_after"])
def test_a_page_costs_as_many_queries_for_many_teams(elected: World, name: str) -> None:
    client, address = client_of(elected, "city_manager"), page(name, UNITS["city"])

    def queries() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    few = queries()
    for unit in ("dongshan_linqi", "beiping", "feilai"):
        usual(elected, unit, 2021)
    assert queries() == few <= 22


def test_sums_of_units_are_the_sum_of_their_teams(elected: World) -> None:
    city, user = elected.units["city"], elected.users["city_manager"]
    total, rows = counts(city, user, term(2021), NOW.date())
    every = lines(VillageTeam.objects.filter(term=term(2021)))
    assert total.members == sum(line.makeup.size for line in every)
    assert total.teams == sum(row.teams for row in rows) == len(every)
    assert total.villages == sum(row.villages for row in rows) == 8


def test_a_manager_opens_the_term_and_others_do_not(elected: World) -> None:
    assert client_of(elected, "linzhou_reviewer").post(
        page("teams", UNITS["linzhou"])
    ).status_code == 403  # fmt: skip
    answer = client_of(elected, "linzhou_manager").post(
        page("teams", UNITS["linzhou"]), {"key": "open"}
    )
    assert answer.status_code == 302
    assert VillageTeam.objects.filter(term__year=2021).count() == 7


def test_the_result_of_an_election_is_recorded_once(elected: World) -> None:
    made = VillageTeam.objects.get(village=elected.units["nanping"], term__year=2021)
    client = client_of(elected, "linzhou_manager")
    sent = {"state": "finished", "elected_on": "2021-04-02", "turnout": "88.5", "version": "1",
            "key": "elect"}  # fmt: skip
    for _ in range(2):
        assert client.post(page("team", made.pk), sent).status_code == 302
    made.refresh_from_db()
    assert (made.state, str(made.turnout), made.version) == ("finished", "88.5", 2)


def test_an_older_version_comes_back_with_what_was_typed_and_what_was_changed(
    elected: World,
) -> None:
    made = VillageTeam.objects.get(village=elected.units["nanping"], term__year=2021)
    made.state, made.elected_on = "finished", datetime.date(2021, 5, 6)
    actions.record_election(made, elected.users["city_manager"])
    sent = {"state": "finished", "elected_on": "2021-04-02", "version": "1"}
    answer = client_of(elected, "linzhou_manager").post(page("team", made.pk), sent)
    assert answer.status_code == 409
    assert 'value="2021-04-02"' in shown(answer)
    assert "<ins>2021.05.06</ins>" in shown(answer)
    # What is typed is told to stand in the form, and nothing is told to be shown in its place.
    assert "填写的内容仍保留在表单中" in shown(answer)
    (said,) = answer.context["messages"]
    assert "显示" not in str(said)
    assert "2021.05.06" in answer.context["form"]["elected_on"].help_text
    assert answer.context["form"]["version"].value() == "2"


def test_a_finished_election_is_set_back_for_a_reason_that_the_history_keeps(
    elected: World,
) -> None:
    made = VillageTeam.objects.get(village=elected.units["dongshan"], term__year=2021)
    client, address = client_of(elected, "linzhou_manager"), page("team", made.pk)
    back = {"state": "under_way", "version": str(made.version)}
    answer = client.post(address, back)
    assert answer.status_code == 422
    assert "reason" in answer.context["form"].errors
    made.refresh_from_db()
    assert made.is_finished
    assert client.post(address, back | {"reason": "选举结果被撤销"}).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.elected_on) == ("under_way", None)
    assert CadreChange.objects.of(made).get().reason == "选举结果被撤销"
    assert "选举结果被撤销" in shown(client.get(address))


def test_a_member_of_an_earlier_team_joins_before_the_next_is_elected(elected: World) -> None:
    row = TeamMember.objects.get(
        team__village=elected.units["dongshan"], team__term__year=2016, party_position="deputy"
    )
    client, address = client_of(elected, "linzhou_manager"), page("team_member", row.pk)
    sent = {"party_position": "deputy", "political_status": "01", "do": "change", "version": "1"}
    for since in ("2021.04", "2026.11"):
        answer = client.post(address, sent | {"since": since})
        assert (answer.status_code, "since" in answer.context["form"].errors) == (422, True)
    assert client.post(address, sent | {"since": "2021.03"}).status_code == 302


def test_who_would_have_taken_office_as_a_child_is_doubted_and_kept(elected: World) -> None:
    row = TeamMember.objects.filter(team__village=elected.units["dongshan"]).latest("pk")
    TeamMember.objects.filter(pk=row.pk).update(since="1990-01")
    answer = client_of(elected, "linzhou_manager").get(page("team", row.team_id))
    assert len(answer.context["doubts"]) == 1
    assert answer.context["doubts"][0] in shown(answer)


def test_a_member_is_added_as_a_new_person(elected: World) -> None:
    made = VillageTeam.objects.get(village=elected.units["nanping"], term__year=2021)
    sent = {"name": "测某某", "sex": "2", "birth": "1990.5", "party_position": "secretary",
            "education": "2", "political_status": "01", "since": "2021年3月"}  # fmt: skip
    answer = client_of(elected, "linzhou_manager").post(page("team_member_new", made.pk), sent)
    assert answer.status_code == 302
    row = made.members.get()
    assert (row.person.birth, row.since, row.is_secretary) == ("1990-05", "2021-03", True)
    assert row.person.division == elected.units["nanping"]


def test_a_namesake_is_put_to_the_clerk_and_never_merged_silently(elected: World) -> None:
    made = VillageTeam.objects.get(village=elected.units["nanping"], term__year=2021)
    known = person(elected, "linzhou", name="测某某", birth="1990-05")
    client, address = client_of(elected, "linzhou_manager"), page("team_member_new", made.pk)
    sent = {"name": "测某某", "sex": "1", "birth": "1990-05", "party_position": "member",
            "political_status": "01"}  # fmt: skip
    answer = client.post(address, sent)
    assert answer.status_code == 422
    assert not made.members.exists()
    assert f'value="{known.pk}"' in shown(answer)
    assert client.post(address, sent | {"person": str(known.pk)}).status_code == 302
    assert made.members.get().person == known
    assert client.post(address, sent | {"person": "new"}).status_code == 302
    assert Person.objects.filter(name="测某某").count() == 2


@pytest.mark.parametrize("typed", ["Abdul Karim", " Abdul  Karim"])
def test_a_latin_name_is_found_with_the_spaces_between_its_words(
    elected: World, typed: str
) -> None:
    made = VillageTeam.objects.get(village=elected.units["nanping"], term__year=2021)
    known = person(elected, "linzhou", name="Abdul Karim", birth="1990-05")
    sent = {"name": typed, "sex": "1", "birth": "1990-05", "party_position": "member",
            "political_status": "01"}  # fmt: skip
    client, address = client_of(elected, "linzhou_manager"), page("team_member_new", made.pk)
    answer = client.post(address, sent)
    assert answer.status_code == 422
    assert f'value="{known.pk}"' in shown(answer)
    assert client.post(address, sent | {"person": "new"}).status_code == 302
    assert {row.name for row in Person.objects.filter(birth="1990-05")} == {known.name}


def test_a_person_of_another_county_is_not_offered(elected: World) -> None:
    made = VillageTeam.objects.get(village=elected.units["nanping"], term__year=2021)
    foreign = person(elected, "huaxian", name="测某某", birth="1990-05")
    sent = {"name": "测某某", "sex": "1", "birth": "1990-05", "party_position": "member",
            "person": str(foreign.pk)}  # fmt: skip
    answer = client_of(elected, "linzhou_manager").post(page("team_member_new", made.pk), sent)
    assert answer.status_code == 422
    assert not made.members.exists()


def test_a_day_before_the_elections_is_refused_with_the_day_as_pages_write_it(
    elected: World,
) -> None:
    made = VillageTeam.objects.get(village=elected.units["nanping"], term__year=2021)
    sent = {"state": "finished", "elected_on": "1900-01-01", "version": "1"}
    answer = client_of(elected, "linzhou_manager").post(page("team", made.pk), sent)
    assert answer.status_code == 422
    assert "2021.01.10" in answer.context["form"].errors["elected_on"][0]


def test_a_second_secretary_is_refused_on_the_form(elected: World) -> None:
    made = VillageTeam.objects.get(village=elected.units["dongshan"], term__year=2021)
    sent = {"name": "测某某", "sex": "1", "birth": "1990-05", "party_position": "secretary"}
    answer = client_of(elected, "linzhou_manager").post(page("team_member_new", made.pk), sent)
    assert answer.status_code == 422
    assert made.members.count() == 3
    assert not Person.objects.filter(name="测某某").exists()


def test_a_member_is_changed_and_leaves(elected: World) -> None:
    row = TeamMember.objects.get(
        team__village=elected.units["dongshan"], team__term__year=2021, party_position="deputy"
    )
    client, address = client_of(elected, "linzhou_manager"), page("team_member", row.pk)
    sent = {"party_position": "deputy", "committee_position": "member", "since": "2021.3",
            "education": "3", "political_status": "01", "is_veteran": "on",
            "version": "1"}  # fmt: skip
    assert client.post(address, sent | {"do": "change"}).status_code == 302
    assert client.post(address, sent | {"do": "change"}).status_code == 409
    gone = {"do": "leave", "left": "2024.06", "left_reason": "age", "version": "2"}
    answer = client.post(address, gone | {"left": "2030.06"})
    assert answer.status_code == 422
    assert "left" in answer.context["leaving"].errors
    assert client.post(address, gone).status_code == 302
    row.refresh_from_db()
    assert (row.is_veteran, row.left, row.version) == (True, "2024-06", 3)
    text = shown(client.get(page("team", row.team_id)))
    assert "2024.06" in text
    assert CadreChange.objects.of(row).count() == 2


def test_a_team_a_member_and_ticks_that_are_saved_unchanged_say_so(elected: World) -> None:
    made = VillageTeam.objects.get(village=elected.units["dongshan"], term__year=2021)
    row = made.members.in_form_order()[0]
    client = english(client_of(elected, "linzhou_manager"))
    election = fields(client.get(page("team", made.pk)))
    member_ = fields(client.get(page("team_member", row.pk))) | {"do": "change"}
    ticks = {f"version_{one.pk}": "0" for one in made.members.in_office()}
    for address, same, other, done in (
        (page("team", made.pk), election, {"turnout": "88.5"}, "The election is recorded."),
        (page("team_member", row.pk), member_, {"note": "补充"}, "Saved."),
    ):
        for sent, said in ((same, "Nothing was changed."), (same | other, done)):
            answer = client.post(address, sent | {"key": said + address})
            assert told(client, answer) == [said]
    assert CadreChange.objects.of(made).count() == CadreChange.objects.of(row).count() == 1
    address = page("standards", made.pk, 2025)
    assert told(client, client.post(address, ticks)) == ["Saved."]
    ticks = dict.fromkeys(ticks, "1")
    assert told(client, client.post(address, ticks)) == ["Nothing was changed."]


def test_a_box_to_be_ticked_stands_before_its_label_and_a_text_after_it(elected: World) -> None:
    row = TeamMember.objects.filter(team__village=elected.units["dongshan"]).latest("pk")
    text = shown(client_of(elected, "linzhou_manager").get(page("team_member", row.pk)))
    assert re.search(r'class="field ticked">\s*<input[^>]*name="is_veteran"[^>]*>\s*<label', text)
    assert re.search(r'class="field">\s*<label[^>]*>[^<]*</label>\s*<input[^>]*name="since"', text)


def test_a_member_leads_to_the_file_of_the_person(elected: World) -> None:
    row = TeamMember.objects.filter(team__village=elected.units["dongshan"]).first()
    assert row is not None
    client, address = client_of(elected, "linzhou_manager"), page("team_member", row.pk)
    link = f'href="{page("person", row.person_id)}"'
    assert link in shown(client.get(address))
    Person.objects.filter(pk=row.person_id).update(division=elected.units["huaxian"])
    assert link not in shown(client.get(address))


@pytest.mark.parametrize("who", ["linzhou_reviewer", "hejian_reporter", "city_viewer"])
def test_who_only_reads_is_offered_no_form(elected: World, who: str) -> None:
    made = VillageTeam.objects.get(village=elected.units["dongshan"], term__year=2021)
    client = client_of(elected, who)
    assert "<select" not in shown(client.get(page("team", made.pk)))
    assert client.post(page("team", made.pk), {"state": "under_way"}).status_code == 403
    assert client.get(page("team_member_new", made.pk)).status_code == 403
    assert client.post(page("standards", made.pk, 2022), {}).status_code == 403


def test_the_box_that_ticks_all_says_what_it_ticks(elected: World) -> None:
    made = VillageTeam.objects.get(village=elected.units["dongshan"], term__year=2021)
    client = english(client_of(elected, "linzhou_manager"))
    page_shown = " ".join(shown(client.get(page("standards", made.pk, 2022))).split())
    name = made.members.in_form_order()[0].person.name
    assert f'all eight<span class="visually-hidden"> {name}</span></label>' in page_shown


def test_a_team_is_assessed_on_one_page(elected: World) -> None:
    made = VillageTeam.objects.get(village=elected.units["dongshan"], term__year=2021)
    secretary, deputy, woman = made.members.in_form_order()
    client, address = client_of(elected, "linzhou_manager"), page("standards", made.pk, 2025)
    sent = {f"version_{row.pk}": "0" for row in (secretary, deputy, woman)}
    ticked = {f"met_{secretary.pk}": list("12345678"), f"met_{deputy.pk}": ["3", "1", "x"]}
    assert client.post(address, sent | ticked).status_code == 302
    met = dict(StandardAssessment.objects.values_list("person__memberships", "met"))
    assert (met[secretary.pk], met[deputy.pk], met[woman.pk]) == ("12345678", "13", "")
    answer = client.post(address, sent | {f"met_{deputy.pk}": ["2"]})
    assert answer.status_code == 409
    row = next(row for row in answer.context["tables"][1].rows if row.member == deputy)
    assert (row.met, row.version) == (1, 1)  # what was ticked, for the version that stands
    assert client.get(page("standards", made.pk, 2030)).status_code == 404


def test_the_ticks_of_last_year_are_there_to_be_confirmed(elected: World) -> None:
    made = VillageTeam.objects.get(village=elected.units["dongshan"], term__year=2021)
    secretary = made.members.in_form_order()[0]
    client = client_of(elected, "linzhou_manager")
    ticks = {f"version_{secretary.pk}": "0", f"met_{secretary.pk}": ["1", "2"]}
    client.post(page("standards", made.pk, 2024), ticks)
    row = client.get(page("standards", made.pk, 2025)).context["tables"][0].rows[0]
    assert (row.met, row.version, row.from_year) == (2, 0, 2024)
    assert StandardAssessment.objects.get().year == 2024


def test_two_terms_stand_side_by_side(elected: World) -> None:
    answer = client_of(elected, "city_manager").get(page("before_after", UNITS["city"]))
    told = answer.context["whole"].comparisons
    assert [line.indicator.english for line in told][:2] == ["Mean age", "College or higher"]
    women = next(line for line in told if line.indicator.counted == "women")
    assert (women.before, women.after) == ((3, 9), (1, 12))
    assert {line.outcome.mark for line in told} == {"…"}
    dual = next(line for line in told if line.indicator.counted == "dual_role")
    assert (dual.before, dual.after) == ((3, 3), (2, 3))
    text = shown(answer)
    assert "3/9" in text
    assert "<svg" in text
    swapped = {"from": "2021", "to": "2016"}
    again = client_of(elected, "city_manager").get(page("before_after", UNITS["city"]), swapped)
    assert again.context["before"].year == 2016


def test_a_direction_is_judged_where_both_terms_are_elected(elected: World) -> None:
    client, hejian = client_of(elected, "city_manager"), page("before_after", UNITS["hejian"])
    answer = client.get(hejian)
    whole, rows = answer.context["whole"], answer.context["rows"]
    # 南平村 is elected in neither term.
    assert (whole.unelected, whole.reached) == (2, 0)
    assert "缺2个村的换届结果" in shown(answer)
    (row,) = [row for row in rows if row.unit == elected.units["dongshan"]]
    assert {told.outcome.mark for told in row.comparisons} <= {"＝", "✓", "✗"}


def test_while_a_term_is_elected_each_figure_opens_what_it_counts(elected: World) -> None:
    """Three villages serve by the term of 2021; of 2026 one is elected and one begins."""
    client = client_of(elected, "city_manager")
    usual(elected, "dongshan", 2026)
    team(elected, "xishan", 2026, state="under_way", elected_on=None)
    heads = client.get(page("registers", UNITS["city"])).context["headlines"]
    told = {str(head.label): head for head in heads if "/teams/" in head.link}
    assert len(told) == 2
    for head in told.values():
        pages = [client.get(address).context["page"] for address in (head.link, head.missing)]
        assert [one.paginator.count for one in pages] == [head.part, head.whole - head.part]
    assert {(head.part, head.whole) for head in told.values()} == {(1, 8), (2, 3)}
    total = teams_page(elected, "city_manager", "city").context["total"]
    assert (total.elected, total.villages) == (1, 8)


def test_the_next_elections_are_told_from_the_team_that_serves(elected: World) -> None:
    client, user = client_of(elected, "city_manager"), elected.users["city_manager"]
    made = team(elected, "dongshan", 2026, state="not_begun", elected_on=None)
    addresses = [page("team", made.pk)]
    addresses += [page(name, UNITS["dongshan"]) for name in ("teams", "before_after")]
    assert {client.get(one).context["since"].year for one in addresses} == {2021}
    made.state, made.elected_on = "finished", datetime.date(2026, 3, 20)
    actions.record_election(made, user)
    assert {client.get(one).context["since"].year for one in addresses} == {2026}


def test_the_files_of_a_village_and_of_a_person_know_the_team(elected: World) -> None:
    user, village = elected.users["city_manager"], elected.units["dongshan"]
    period = elected.periods[3]
    filled = {part.section.name: part for part in sections_of(village, period, user)}
    assert filled["team"].content["team"].term.year == 2021
    secretary = filled["team"].content["makeup"].secretary
    address = reverse("dashboard:village", args=[village.code, period.code])
    assert secretary.person.name in shown(client_of(elected, "city_manager").get(address))
    today = datetime.date(2026, 10, 2)
    sections = {part.section.name for part in person_sections(secretary.person, user, today)}
    assert "memberships" in sections


def test_the_head_of_the_registers_counts_villages_elected(elected: World) -> None:
    answer = client_of(elected, "linzhou_viewer").get(page("registers", UNITS["linzhou"]))
    found = {(told.part, told.whole) for told in answer.context["headlines"]}
    assert (2, 6) in found  # elected of all villages
    assert (1, 2) in found  # dual roles of serving secretaries


def test_an_assessment_of_another_unit_is_neither_shown_nor_written_over(elected: World) -> None:
    made = VillageTeam.objects.get(village=elected.units["dongshan"], term__year=2021)
    secretary, deputy, _woman = made.members.in_form_order()
    for year, met in ((2024, "1234567"), (2025, "123")):
        StandardAssessment.objects.create(
            person=secretary.person, division=elected.units["shiqiao"], standard="secretary",
            year=year, met=met,
        )  # fmt: skip
    client, address = client_of(elected, "linzhou_manager"), page("standards", made.pk, 2025)
    (row,) = client.get(address).context["tables"][0].rows
    assert (row.is_elsewhere, row.cells, row.from_year) == (True, (), None)
    assert f"version_{secretary.pk}" not in shown(client.get(address))
    sent = {f"version_{secretary.pk}": "1", f"met_{secretary.pk}": ["8"]}
    assert client.post(address, sent).status_code == 422
    assert StandardAssessment.objects.get(year=2025).met == "123"
    assert client.post(address, {f"version_{deputy.pk}": "0"}).status_code == 302
    (row,) = client_of(elected, "city_manager").get(address).context["tables"][0].rows
    assert (row.is_elsewhere, row.met) == (False, 3)
