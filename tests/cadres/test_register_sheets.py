"""Organisations, needs and facts of persons as tables: out, in, and into the history."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import AccessLog
from cadres.actions import persons
from cadres.models import CadreChange, Organization, Person, Tag, VillageNeed
from cadres.models.secret import digest
from cadres.models.words import Rank
from cadres.sheets import OrganizationSheet, PersonSheet, VillageNeedSheet
from cadres.sheets.words import PersonMonthWidget
from spreadsheets import actions
from spreadsheets.errors import Refused, Stale
from spreadsheets.models import Batch
from tests.cadres.people import number_of, numbered, unnumbered
from tests.cadres.rosters import apply, cells, check, counts, exported, set_cell
from tests.spreadsheets.files import edited, workbook
from tests.world import World


@pytest.fixture(autouse=True)
def _english(_on_the_day: None) -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def city(world: World) -> Any:
    return world.users["city_manager"]


def organization(name: str, code: str, level: str, count: int | None = None) -> bytes:
    labels = ["单位名称", "所属区划代码", "单位层级", "可选派人数"]
    return workbook(labels, [name, code, level, count])


def test_organisations_come_back_as_no_change_and_take_new_ones(world: World, city: Any) -> None:
    content = exported(OrganizationSheet, city)
    assert counts(check(OrganizationSheet, content, city)) == (0, 0, 4)
    batch = apply(OrganizationSheet, organization("新局", "410500000000", "市派", 3), city)
    made = Organization.objects.get(name="新局")
    assert (made.level, made.capacity, made.pinyin[:3]) == ("city", 3, " xj")
    assert CadreChange.objects.of(made).get().batch == batch.pk
    actions.undo(OrganizationSheet, batch.pk, city)
    assert not Organization.objects.filter(name="新局").exists()


def test_an_organisation_sends_no_more_than_an_organisation_has(world: World, city: Any) -> None:
    content = organization("新局", "410500000000", "市派", 99_999_999_999)
    (error,) = check(OrganizationSheet, content, city).errors
    assert (error["cell"], error["message"]) == ("D2", "At most 999; look at the digits.")
    assert not check(
        OrganizationSheet, organization("新局", "410500000000", "市派", 999), city
    ).errors


def test_the_unit_of_an_organisation_fits_its_level(world: World, city: Any) -> None:
    batch = check(OrganizationSheet, organization("新局", "410581000000", "市派"), city)
    assert len(batch.errors) == 1


def test_a_county_keeps_no_organisation_of_the_city(world: World) -> None:
    user = world.users["linzhou_manager"]
    batch = check(OrganizationSheet, organization("新局", "410581000000", "县派"), user)
    assert (batch.errors, batch.new) == ([], 1)
    assert counts(check(OrganizationSheet, exported(OrganizationSheet, user), user)) == (0, 0, 1)


def test_what_belongs_to_others_is_told_at_the_code_beside_all_other_mistakes(
    world: World,
) -> None:
    Tag.objects.create(name="产业发展")
    user = world.users["linzhou_manager"]
    content = workbook(
        ["单位名称", "所属区划代码", "单位层级", "可选派人数"],
        ["新局", "410500000000", "市派", 3],
        ["测试市农业农村局", "410500000000", "市派", 3],
        ["另局", "410581000000", "县派", "许多"],
    )
    batch = check(OrganizationSheet, content, user)
    assert cells(batch.errors) == {"B2", "B3", "D4"}
    assert (batch.state, batch.writes) == (Batch.State.WRONG, 0)
    needs = workbook(["区划代码", "需求领域"], ["410526101201", "产业发展"], ["410581101201", ""])
    assert cells(check(VillageNeedSheet, needs, user).errors) == {"A2", "B3"}
    # The unit is called what the columns of the unit say, and by nothing else of the row.
    noted = [line.detail["message"] for line in AccessLog.objects.filter(action="refused")]
    assert ["(410500000000)" in text or "(410526101201)" in text for text in noted] == [True, True]


def test_needs_of_villages_are_rows_of_two_columns(world: World, city: Any) -> None:
    Tag.objects.create(name="产业发展")
    content = workbook(["区划代码", "需求领域", "备注"], ["410581101201", "产业发展", None])
    batch = apply(VillageNeedSheet, content, city)
    need = VillageNeed.objects.get()
    assert need.division == world.units["dongshan"]
    assert counts(check(VillageNeedSheet, exported(VillageNeedSheet, city), city)) == (0, 0, 1)
    actions.undo(VillageNeedSheet, batch.pk, city)
    assert not VillageNeed.objects.exists()


def test_facts_of_persons_are_put_right_with_history(world: World, city: Any) -> None:
    person = world.persons["free"]
    Person.objects.filter(pk=person.pk).update(phone="13812345678")
    content = exported(PersonSheet, city)
    assert counts(check(PersonSheet, content, city)) == (0, 0, len(world.persons))
    changed = edited(content, lambda page: set_cell(page, "示八闲", "学历", "研究生"))
    batch = apply(PersonSheet, changed, city)
    person.refresh_from_db()
    assert (person.education, person.phone, person.version) == ("1", "13812345678", 2)
    told = CadreChange.objects.of(person).get()
    assert (told.before, told.after) == ({"education": "2"}, {"education": "1"})
    actions.undo(PersonSheet, batch.pk, city)
    person.refresh_from_db()
    assert person.education == "2"


def test_nobody_is_added_by_the_table_of_facts(world: World, city: Any) -> None:
    content = edited(
        exported(PersonSheet, city), lambda page: set_cell(page, "示八闲", "人员编号", 999_999)
    )
    (error,) = check(PersonSheet, content, city).errors
    assert "roster" in error["message"]


def test_a_table_writes_what_a_form_would(world: World, city: Any) -> None:
    """Beside the name its pinyin, beside the number its digest, beside the rank the level."""
    one, other = world.persons["first_xishan"], world.persons["first_dongshan"]
    for person in (one, other):
        unnumbered(person)
    stored = Person.objects.get(pk=other.pk)
    said = {"name": "样一水", "rank": "一级调研员", "position": "处长"}
    numbers = [number_of(person.birth, person.sex, 77) for person in (one, other)]
    persons.change(
        other.pk, stored.version,
        said | {"rank_level": None, "identity_number": numbers[1]}, city,
    )  # fmt: skip

    def change(page: Any) -> None:
        for label, value in (("职级", said["rank"]), ("职务", said["position"])):
            set_cell(page, "示二山", label, value)
        set_cell(page, "示二山", "身份证号", numbers[0])
        set_cell(page, "示二山", "姓名", said["name"])

    batch = apply(PersonSheet, edited(exported(PersonSheet, city), change), city)
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.pinyin, one.rank_level) == (other.pinyin, other.rank_level)
    assert one.identity_digest == digest(numbers[0])
    actions.undo(PersonSheet, batch.pk, city)
    one.refresh_from_db()
    assert one.name == "示二山"
    assert not one.identity_digest
    assert one.pinyin != other.pinyin
    assert one.rank_level == Rank.from_words(one.rank)


def test_a_table_gives_no_number_to_two_persons(world: World, city: Any) -> None:
    one, other = world.persons["first_xishan"], world.persons["free"]
    Person.objects.filter(pk=other.pk).update(birth=one.birth, sex=one.sex)
    number = numbered(one).identity_number
    content = edited(
        exported(PersonSheet, city), lambda page: set_cell(page, "示八闲", "身份证号", number)
    )
    (error,) = check(PersonSheet, content, city).errors
    assert "already" in error["message"]


@pytest.mark.parametrize("is_person", [True, False])
def test_fields_of_work_stand_in_one_cell_and_go_in_out_and_back(
    world: World, city: Any, *, is_person: bool
) -> None:
    """Those of a person, and the functions of an organisation, beside its strengths."""
    known = [Tag.objects.create(name=name) for name in ("产业发展", "法律服务", "基层治理")]
    row: Any = world.persons["free"] if is_person else world.organizations["agriculture"]
    sheet: Any = PersonSheet if is_person else OrganizationSheet
    kept = row.strengths if is_person else row.functions
    label, name = ("专长领域", "示八闲") if is_person else ("职能领域", row.name)
    kept.set(known[:2])
    content = exported(sheet, city)

    def change(text: str) -> bytes:
        def put(page: Any) -> None:
            cells = {str(cell.value): cell for line in page for cell in line}
            page.cell(cells[name].row, cells[label].column).value = text

        return edited(content, put)

    assert counts(check(sheet, content, city))[:2] == (0, 0)
    assert counts(check(sheet, change("法律服务，产业发展"), city))[:2] == (0, 0)
    (error,) = check(sheet, change("产业发展、无此领域"), city).errors
    assert "无此领域" in error["message"]
    batch = apply(sheet, change("基层治理;产业发展"), city)
    assert {tag.name for tag in kept.all()} == {"基层治理", "产业发展"}
    told = CadreChange.objects.of(row).get()
    assert list(told.before.values()) == ["产业发展、法律服务"]
    actions.undo(sheet, batch.pk, city)
    assert {tag.name for tag in kept.all()} == {"法律服务", "产业发展"}


def test_an_organisation_comes_with_what_it_is_good_at(world: World, city: Any) -> None:
    Tag.objects.create(name="产业发展")
    labels = ["单位名称", "所属区划代码", "单位层级", "专长"]
    apply(OrganizationSheet, workbook(labels, ["新局", "410500000000", "市派", "产业发展"]), city)
    made = Organization.objects.get(name="新局")
    assert [tag.name for tag in made.strengths.all()] == ["产业发展"]
    assert CadreChange.objects.of(made).get().after["strengths"] == "产业发展"


def test_taking_out_fields_of_work_asks_no_more_for_more_persons(
    world: World, city: Any, django_assert_num_queries: Any
) -> None:
    tag = Tag.objects.create(name="产业发展")
    with CaptureQueriesContext(connection) as asked:
        exported(PersonSheet, city)
    for person in Person.objects.all():
        person.strengths.set([tag])
    with django_assert_num_queries(len(asked)):
        exported(PersonSheet, city)


@pytest.mark.parametrize(
    "name", ["文化、旅游", "文化,旅游", "文化，旅游", "文化;旅游", "文化；旅游", "文化\n旅游"]
)
def test_a_field_of_work_is_one_word_of_a_cell(world: World, name: str) -> None:
    """Else its persons' cells would name two fields that are none, and no undo would find it."""
    with pytest.raises(ValidationError) as refused:
        Tag(name=name).full_clean()
    assert list(refused.value.message_dict) == ["name"]
    Tag(name="文化 旅游（乡村）").full_clean()


def from_before_the_column(batch: Any, name: str) -> None:
    """As if the rows had been stored before the sheet had a column."""
    for row in batch.rows.all():
        for kept in (row.before, row.after):
            kept.pop(name, None)
        row.save()


def test_an_import_from_before_a_column_is_applied_and_undone(world: World, city: Any) -> None:
    person, tag = world.persons["free"], Tag.objects.create(name="产业发展")
    person.strengths.add(tag)
    stood = Person.objects.get(pk=person.pk).position
    content = workbook(["人员编号", "姓名", "职务"], [person.pk, person.name, "科长"])
    batch = check(PersonSheet, content, city)
    from_before_the_column(batch, "strengths__name")
    actions.apply(PersonSheet, batch.pk, city)
    person.refresh_from_db()
    assert (person.position, list(person.strengths.all())) == ("科长", [tag])
    actions.undo(PersonSheet, batch.pk, city)
    person.refresh_from_db()
    assert (person.position, list(person.strengths.all())) == (stood, [tag])


def test_an_addition_from_before_a_column_is_applied_and_undone(world: World, city: Any) -> None:
    batch = check(OrganizationSheet, organization("新局", "410500000000", "市派"), city)
    from_before_the_column(batch, "functions__name")
    actions.apply(OrganizationSheet, batch.pk, city)
    assert not Organization.objects.get(name="新局").functions.exists()
    actions.undo(OrganizationSheet, batch.pk, city)
    assert not Organization.objects.filter(name="新局").exists()


def test_an_import_from_before_a_column_still_minds_what_changed(world: World, city: Any) -> None:
    person = world.persons["free"]
    content = workbook(["人员编号", "姓名", "职务"], [person.pk, person.name, "科长"])
    batch = check(PersonSheet, content, city)
    from_before_the_column(batch, "strengths__name")
    actions.apply(PersonSheet, batch.pk, city)
    Person.objects.filter(pk=person.pk).update(position="处长")
    with pytest.raises(Stale) as refused:
        actions.undo(PersonSheet, batch.pk, city)
    assert "处长" in refused.value.reasons[0]


def test_an_emptied_row_undoes_nothing(world: World, city: Any) -> None:
    """It says no more what it wrote: what stands is not taken for what it added."""
    batch = apply(OrganizationSheet, organization("新局", "410500000000", "市派"), city)
    batch.rows.update(before={}, after={})
    with pytest.raises(Stale):
        actions.undo(OrganizationSheet, batch.pk, city)
    assert Organization.objects.filter(name="新局").exists()


@pytest.mark.parametrize("month", ["1850-05", "1899-12", "1900-01", "2099-12", "2100-01", "abc"])
def test_page_and_sheet_take_the_same_months_and_refuse_others_in_the_same_words(
    month: str,
) -> None:
    def said(check: Any) -> list[str]:
        with pytest.raises(ValidationError) as refused:
            check(month)
        return refused.value.messages

    field = Person._meta.get_field("birth")
    if month in ("1900-01", "2099-12"):
        assert PersonMonthWidget().clean(month) == month
        field.run_validators(month)
    else:
        assert said(PersonMonthWidget().clean) == said(field.run_validators)


def test_cells_to_read_that_were_changed_are_named_as_not_taken_over(
    world: World, city: Any
) -> None:
    def change(page: Any) -> None:
        for name in ("示八闲", "示一山"):
            set_cell(page, name, "所在单位", "别处")
        set_cell(page, "示八闲", "学历", "研究生")

    batch = check(PersonSheet, edited(exported(PersonSheet, city), change), city)
    assert (batch.errors, batch.warnings, batch.changed) == ([], [], 1)
    assert batch.unread == ["所在单位 (B, 2 cells changed)"]
    assert check(PersonSheet, exported(PersonSheet, city), city).unread == []


def test_a_person_without_a_name_is_told_as_in_the_rosters(world: World, city: Any) -> None:
    content = edited(
        exported(PersonSheet, city), lambda page: set_cell(page, "示八闲", "姓名", " ")
    )
    (error,) = check(PersonSheet, content, city).errors
    assert (error["cell"][0], error["message"]) == ("C", "The name of the person is missing.")


@pytest.mark.parametrize(
    "content", [b"hello", "不是表格，只是一段话。".encode(), b"name,sex\r\na,b"]
)
def test_what_is_no_workbook_is_told_so(world: World, city: Any, content: bytes) -> None:
    with pytest.raises(Refused, match=r"no Excel workbook.*No header row"):
        check(PersonSheet, content, city)


def test_a_birth_to_come_says_nothing_of_the_joining(world: World, city: Any) -> None:
    Person.objects.filter(name="示八闲").update(party_joined="2010-07")
    content = exported(PersonSheet, city)
    for month, words in (("2030.01", "yet to come"), ("2012.01", "before being born")):
        changed = edited(content, lambda page: set_cell(page, "示八闲", "出生年月", month))  # noqa: B023
        (error,) = check(PersonSheet, changed, city).errors
        assert words in error["message"]


def test_other_stars_than_those_of_the_number_are_refused(world: World, city: Any) -> None:
    person = world.persons["free"]
    person.phone = "13000001644"
    person.save()
    content = exported(PersonSheet, city)

    def phone(text: str) -> Any:
        return check(
            PersonSheet,
            edited(content, lambda page: set_cell(page, "示八闲", "联系电话", text)),
            city,
        )

    (error,) = phone("139****9999").errors
    assert (error["cell"][0], "type the whole number" in error["message"]) == ("Q", True)
    for same in ("130****1644", "130＊＊＊＊1644"):
        assert (phone(same).errors, phone(same).changed) == ([], 0)
    assert phone("13900009999").changed == 1
    # The file still has the stars of the number that stood here when it was taken out.
    person.phone = "13900009999"
    person.save()
    assert check(PersonSheet, content, city).errors == []


def test_a_broken_mark_is_told_where_the_row_begins(world: World, city: Any) -> None:
    VillageNeed.objects.create(
        division=world.units["dongshan"], tag=Tag.objects.create(name="产业发展")
    )

    def spoil(page: Any) -> None:
        row = next(cell.row for line in page for cell in line if cell.value == "产业发展")
        page.cell(row, 5).value = "x"

    (error,) = check(VillageNeedSheet, edited(exported(VillageNeedSheet, city), spoil), city).errors
    assert (error["cell"][0], "hidden mark" in error["message"]) == ("A", True)
