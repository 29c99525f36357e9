"""What the sheets of models promise beyond what the real ones show: masks, uniqueness, marks."""

import io
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Length

from accounts.models import AccessLog, User
from spreadsheets import actions, journal, sheet, writer
from spreadsheets.conditions import NotUnderstood, holds
from spreadsheets.fields import Column, PhoneWidget
from spreadsheets.fingerprint import digest
from spreadsheets.model_cells import Attribute
from spreadsheets.model_sheet import ModelSheet
from spreadsheets.models import Batch
from spreadsheets.sheet import Heading
from tests.spreadsheets import files
from tests.world import World
from villages.models import VillageProfile


class PhoneSheet(ModelSheet):
    """Accounts told apart by their person, with a telephone number where the e-mail stands."""

    name = "test_phones"
    title = "Phones"
    import_permission = "accounts.change_user"
    export_permission = "accounts.view_user"
    model = User
    key = ("name",)

    person = Column("姓名", "name", required=True, key=True)
    login = Column("用户名", "username")
    phone = Column("手机号", "email", sensitive=True, widget=PhoneWidget())
    unit = Column("单位", "division__code")

    def heading(self) -> Heading:
        return Heading("电话表", footer="")


PERSON, OTHER = "hejian reporter", "linqi reporter"


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "_registry", sheet._registry | {"test_phones": PhoneSheet})
    # The e-mail field stands in for a telephone number here, which is no address.
    monkeypatch.setitem(vars(User._meta.get_field("email")), "validators", [])


@pytest.fixture
def stored(world: World) -> World:
    User.objects.filter(name=PERSON).update(email="13812345678")
    return world


def check(world: World, content: bytes) -> Batch:
    user = world.users["linzhou_manager"]
    return actions.check(PhoneSheet, io.BytesIO(content), "电话.xlsx", user)


def apply(world: World, batch: Batch) -> Batch:
    assert batch.errors == []
    return actions.apply(PhoneSheet, batch.pk, world.users["linzhou_manager"])


def exported(world: World, **options: Any) -> bytes:
    file = io.BytesIO()
    writer.write(PhoneSheet(world.users["linzhou_manager"]), file, **options)
    return file.getvalue()


def phone_cell(page: Any, person: str = PERSON) -> Any:
    return next(row[2] for row in page.iter_rows(min_row=4) if row[0].value == person)


def with_phone(content: bytes, value: Any) -> bytes:
    def change(page: Any) -> None:
        phone_cell(page).value = value

    return files.edited(content, change)


def email() -> str:
    return User.objects.get(name=PERSON).email


# Masks


def test_a_mask_that_comes_back_changes_nothing(stored: World) -> None:
    content = exported(stored)
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert phone_cell(page).value == "138****5678"
    batch = check(stored, content)
    assert (batch.state, batch.changed, batch.conflicts) == (Batch.State.CHECKED, 0, 0)


def test_a_number_in_clear_replaces_one_of_the_same_mask(stored: World) -> None:
    apply(stored, check(stored, with_phone(exported(stored), "13899995678")))
    assert email() == "13899995678"


def test_a_mask_in_a_new_row_stands_for_nothing(stored: World) -> None:
    header = ["姓名", "用户名", "手机号"]
    batch = check(stored, files.workbook(header, ["新人", "new", "138****5678"]))
    assert [error["cell"] for error in batch.errors] == ["C2"]
    apply(stored, check(stored, files.workbook(header, ["新人", "new", "13812345678"])))


def test_a_sensitive_cell_cannot_be_guessed_from_its_mark(stored: World) -> None:
    user = User.objects.get(name=PERSON)
    mark = PhoneSheet(stored.users["linzhou_manager"]).row(user)[-1]
    assert digest("hejian_reporter") in mark
    assert digest("13812345678") not in mark


def test_a_number_changed_by_both_is_asked_about_behind_its_mask(stored: World) -> None:
    content = with_phone(exported(stored), "13900001111")
    User.objects.filter(name=PERSON).update(email="13700002222")
    conflict = check(stored, content).rows.exclude(conflicts={}).get().conflicts["手机号"]
    assert (conflict["mine"], conflict["now"]) == ("139****1111", "137****2222")


def test_a_number_that_comes_back_in_clear_as_it_left_stays_the_newer_one(stored: World) -> None:
    content = exported(stored, reveal=True)
    User.objects.filter(name=PERSON).update(email="13700002222")
    batch = check(stored, content)
    assert (batch.changed, batch.conflicts) == (0, 0)


# What must be there once


def test_a_name_that_somebody_has_is_an_error(stored: World) -> None:
    header = ["姓名", "用户名"]
    for taken in ("linqi_reporter", "baidaokou_reporter"):
        batch = check(stored, files.workbook(header, [PERSON, taken], ["新人", taken]))
        assert [error["cell"] for error in batch.errors] == ["B2", "B3"]
    assert "already exists" in batch.errors[0]["message"]
    assert "Rows 2 and 3 say the same here" in batch.errors[1]["message"]
    assert check(stored, files.workbook(header, [PERSON, "free"])).changed == 1


def test_a_row_keeps_its_own_name(stored: World) -> None:
    header = ["姓名", "用户名", "手机号"]
    batch = check(stored, files.workbook(header, [PERSON, "hejian_reporter", "13900000000"]))
    assert (batch.errors, batch.changed) == ([], 1)


# Other rows


def test_another_row_is_found_by_what_tells_it_among_those_one_sees(stored: World) -> None:
    header = ["姓名", "单位"]
    apply(stored, check(stored, files.workbook(header, [PERSON, "410581102000"])))
    assert User.objects.get(name=PERSON).division == stored.units["linqi"]
    batch = check(stored, files.workbook(header, [PERSON, "999999999999"]))
    assert [error["message"] for error in batch.errors] == ["There is no “999999999999” here."]
    batch = check(stored, files.workbook(header, [PERSON, "410526000000"]))
    assert [error["message"] for error in batch.errors] == ["This is not yours to choose."]
    assert "(410526000000)" in str(AccessLog.objects.get(action="refused").detail)


# Marks


def test_a_row_copied_with_its_mark_to_add_another_is_asked_about(stored: World) -> None:
    def copy(page: Any) -> None:
        row = next(row for row in page.iter_rows(min_row=4) if row[0].value == PERSON)
        page.append(["新人", "new", None, *[cell.value for cell in row[3:]]])

    batch = check(stored, files.edited(exported(stored), copy))
    assert (batch.errors, batch.new) == ([], 1)
    assert "added as new" in batch.warnings[0]["message"]


@pytest.mark.parametrize("name", ["division", "division__parent__code", "username__x"])
def test_a_column_names_a_field_or_one_step(name: str) -> None:
    with pytest.raises(TypeError, match="one step"):
        Attribute(User, name)


# The journal


def test_the_journal_tells_every_keeper(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[journal.Note] = []
    monkeypatch.setattr(journal, "keepers", [heard.append, heard.append])
    writer.write(EmptySheet(None), io.BytesIO())
    EmptySheet(None).note_foreign("x.xlsx", "no")
    assert [(note.event, note.sheet, note.user) for note in heard] == [
        *[("export", "test_phones", None)] * 2,
        *[("foreign", "test_phones", None)] * 2,
    ]
    writer.write(EmptySheet(None), io.BytesIO(), blank=True)
    assert len(heard) == 4


class EmptySheet(PhoneSheet):
    def instances(self) -> list[Any]:
        return []


# Conditions

ROW = SimpleNamespace(a=1, b=2, empty=None, text="党员", code="410581101201")


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (Q(a=1), True),
        (Q(a=2), False),
        (Q(a__lt=F("b")), True),
        (Q(a__gte=F("b")), False),
        (Q(a__in=[1, 3]), True),
        (Q(empty=None), True),
        (Q(a=None), False),
        (Q(a__isnull=True), False),
        (Q(empty__isnull=False), False),
        (Q(empty=1), None),
        (~Q(empty=1), None),
        (Q(a=F("empty")), None),
        (Q(empty=1) | Q(a=1), True),
        (Q(empty=1) & Q(a=2), False),
        (Q(empty=1) | Q(a=2), None),
        (~(Q(a=1) & Q(b=2)), False),
        (Q(code__length=12), True),
        (Q(text__length__gt=2), False),
        (Q(text__startswith="党"), True),
        (Q(text__endswith="党"), False),
        (Q(text__contains="员"), True),
        (Q(code__regex=r"^\d{12}$"), True),
        (Q(a=Value(1)), True),
        (Q(), True),
    ],
)
def test_a_plain_condition_is_told_without_the_database(condition: Q, answer: bool | None) -> None:
    assert holds(condition, lambda name: getattr(ROW, name)) is answer


@pytest.mark.parametrize(
    "condition",
    [
        Q(a__iexact=1),
        Q(a__year__gt=1),
        Q(a=1) ^ Q(b=1),
        Q(a=Length("text", output_field=CharField())),
        Length("text"),
        Q(a=F("b__c")),
    ],
)
def test_any_other_condition_is_left_to_the_database(condition: Any) -> None:
    with pytest.raises(NotUnderstood):
        holds(condition, lambda name: getattr(ROW, name))


@pytest.mark.parametrize(("members", "residents"), [(5, 5), (6, 5), (None, 5), (5, None)])
def test_the_answer_is_the_databases(world: World, members: Any, residents: Any) -> None:
    profile = VillageProfile(party_members=members, residents=residents)
    constraint: Any = VillageProfile._meta.constraints[0]
    told = holds(constraint.condition, lambda name: getattr(profile, name))
    if told is False:
        with pytest.raises(ValidationError):
            constraint.validate(VillageProfile, profile)
    else:
        constraint.validate(VillageProfile, profile)
    assert (told is False) == (members == 6)
