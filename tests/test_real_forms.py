"""The offices' own forms go in as they are, and what stands then equals another reading."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.management import call_command
from django.utils import translation

from accounts.models import User
from accounts.roles import Role
from cadres.models import CadreChange, Organization, Person, Posting
from cadres.sheets import FirstSecretarySheet
from spreadsheets import actions
from spreadsheets.errors import Refused
from spreadsheets.models import Batch
from tasks.models import Entry, EntryChange, Ledger, Task
from tasks.sheets import EntrySheet, TownshipLedgerSheet, VillageValuesSheet
from tests.world import NOW
from villages.models import Division

CITY = "410500000000"
IN_MARCH = datetime.datetime(2026, 3, 30, 9, 0, tzinfo=NOW.tzinfo)
# title, short title, category, reported by, measure, unit
TASKS: list[tuple[str, str, str, str, str, str]] = [
    ("村级后备力量", "", "people", "village", "number", "人"),
    ("村级集体经济经营性收入", "集体经营性收入", "material", "village", "number", "万元"),
    ("为群众办实事好事", "办实事", "effect", "village", "number", "件"),
    ("四议两公开", "", "governance", "village", "number", "次"),
    ("村党组织书记县级备案管理", "", "people", "township", "text", ""),
    ("村级后备力量培育", "", "people", "township", "text", ""),
    ("四议两公开规范运行", "", "governance", "township", "text", ""),
    ("软弱涣散村党组织整顿", "", "governance", "township", "text", ""),
    ("村级集体经济增收", "", "material", "township", "number", "万元"),
    ("扶持项目申报", "", "material", "township", "text", ""),
    ("党群服务中心规范化", "", "effect", "township", "text", ""),
    ("为群众办实事", "", "effect", "township", "text", ""),
]
SAYS_NOTHING = (None, "/", "—", "无")


@pytest.fixture(autouse=True)
def _in_march() -> Any:
    with time_machine.travel(IN_MARCH, tick=False), translation.override("en"):
        yield


@pytest.fixture
def ledger(db: None, shared_data: Path) -> Ledger:
    """The real divisions with a ledger that asks what the forms answer."""
    call_command("import_divisions", shared_data / "anyang_divisions_2021.csv")
    made = Ledger.objects.create(division=Division.objects.get(code=CITY), year=2026, title="台账")
    for number, (title, short, category, level, measure, unit) in enumerate(TASKS, 1):
        Task.objects.create(
            ledger=made,
            number=number,
            title=title,
            short_title=short,
            category=category,
            reporting_level=level,
            measure=measure,
            unit=unit,
            quarters="1" if level == "village" else "12",
        )
    made.issue(None, datetime.datetime(2026, 1, 5, tzinfo=NOW.tzinfo))
    return made


def reporter(township: str) -> User:
    division = Division.objects.get(name=township, level="township")
    return User.objects.create_user(township, division=division, role=Role.REPORTER)


def check(sheet: Any, path: Path, user: User) -> Batch:
    with path.open("rb") as file:
        return actions.check(sheet, file, path.name, user)


def read(path: Path) -> list[list[Any]]:
    page = openpyxl.load_workbook(path).worksheets[0]
    return [[cell.value for cell in row] for row in page.iter_rows()]


def figure(value: Any) -> Decimal:
    text = str(value).strip()
    return Decimal(text.translate(str.maketrans("０１２３４５６７８９．", "0123456789.")))


@pytest.mark.parametrize(
    ("form", "township", "per_unit"),
    [("township_village_values", "陵阳镇", 1), ("township_village_values_yuan", "高堤乡", 10_000)],
)
def test_a_table_of_villages_goes_in_as_it_is(
    ledger: Ledger, shared_data: Path, form: str, township: str, per_unit: int
) -> None:
    path = shared_data / "forms" / f"{form}.xlsx"
    user = reporter(township)
    batch = check(VillageValuesSheet, path, user)
    rows = [row for row in read(path)[4:] if isinstance(row[0], int)]
    assert (batch.errors, batch.new, batch.changed) == ([], len(rows) * 4, 0)
    assert {warning["cell"] for warning in batch.warnings} <= {"C4"}
    actions.apply(VillageValuesSheet, batch.pk, user, confirmed=True)

    for row in rows:
        name = row[1].removesuffix("村民委员会").removesuffix("村委会").removesuffix("村")
        village = Division.objects.get(parent=user.division, name__startswith=f"{name}村")
        stand = Entry.objects.filter(division=village, period__quarter=1).order_by("task__number")
        values = [figure(value) for value in row[2:6]]
        values[1] /= per_unit
        assert [entry.value for entry in stand] == values
    assert EntryChange.objects.filter(batch=batch.pk).count() == len(rows) * 4


def test_a_task_ledger_of_a_township_goes_in_as_it_is(ledger: Ledger, shared_data: Path) -> None:
    path = shared_data / "forms" / "township_task_ledger.xlsx"
    user = reporter("张龙乡")
    batch = check(TownshipLedgerSheet, path, user)
    assert (batch.errors, batch.new) == ([], 8)
    assert [warning["cell"] for warning in batch.warnings] == ["N5", "N7"]
    assert "责任人（G）" in batch.unread
    with pytest.raises(Refused, match="warnings"):
        actions.apply(TownshipLedgerSheet, batch.pk, user)
    actions.apply(TownshipLedgerSheet, batch.pk, user, confirmed=True)

    for row in [row for row in read(path)[4:] if isinstance(row[0], int)]:
        entry = Entry.objects.get(
            division=user.division, task__title=row[2], period__quarter=1, period__year=2026
        )
        if row[8] == "无" and entry.task.measure == "text":
            assert (entry.nothing, entry.narrative) == ("nil", "")
        else:
            assert entry.narrative == row[8]
        assert entry.problems == ("" if row[12] in SAYS_NOTHING else row[12])
        assert entry.next_steps == (row[13] or "")


def test_another_townships_form_is_refused(ledger: Ledger, shared_data: Path) -> None:
    user = reporter("合涧镇")
    for form, sheet in (
        ("township_village_values", VillageValuesSheet),
        ("township_task_ledger", TownshipLedgerSheet),
    ):
        with pytest.raises(Refused, match="belongs to"):
            check(sheet, shared_data / "forms" / f"{form}.xlsx", user)
    assert not Batch.objects.filter(owner=user).exists()


def test_a_form_brought_to_the_wrong_sheet_is_told_where_it_belongs(
    ledger: Ledger, shared_data: Path
) -> None:
    form = shared_data / "forms" / "township_task_ledger.xlsx"
    with pytest.raises(Refused, match="looks like the sheet “Township task ledger”"):
        check(EntrySheet, form, reporter("张龙乡"))


# What the roster of the county says, in the words of an independent reading.
HIGHEST = {"研究生": "1", "大学": "2", "本科": "2", "大专": "3", "专科": "3"}
EMPLOYED = {"公务员": "civil_servant", "参公": "referred", "事业": "public_institution"}


def month(value: Any) -> str:
    """Of the ways of this form: 1969年12月, 1984.12, 198809, 1978-11-01 and 1982/4."""
    text = str(value).replace("年", "-").replace("月", "").replace(".", "-").replace("/", "-")
    parts = text.split("-") if "-" in text else [text[:4], text[4:]]
    return f"{int(parts[0]):04}-{int(parts[1]):02}"


def test_a_roster_of_first_secretaries_goes_in_as_it_is(db: None, shared_data: Path) -> None:
    call_command("import_divisions", shared_data / "anyang_divisions_2021.csv")
    path = shared_data / "forms" / "first_secretaries.xlsx"
    city = Division.objects.get(code=CITY)
    user = User.objects.create_user("city", division=city, role=Role.MANAGER)
    batch = check(FirstSecretarySheet, path, user)
    rows = [row for row in read(path)[3:] if isinstance(row[0], int)]
    assert (batch.errors, batch.new, batch.changed) == ([], len(rows), 0)
    with pytest.raises(Refused, match="warnings"):
        actions.apply(FirstSecretarySheet, batch.pk, user)
    actions.apply(FirstSecretarySheet, batch.pk, user, confirmed=True, comment="县里报来")

    for row in rows:
        stands_as_written(row)
    assert Posting.objects.count() == Person.objects.count() == len(rows) == 76
    assert Organization.objects.count() == len({row[13] for row in rows})
    noted = CadreChange.objects.filter(batch=batch.pk)
    assert noted.filter(about="posting").count() == len(rows)

    again = check(FirstSecretarySheet, path, user)
    assert (again.errors, again.new, again.changed) == ([], 0, 0)
    assert again.unchanged == len(rows)
    actions.undo(FirstSecretarySheet, batch.pk, user)
    assert not Posting.objects.exists()
    assert not Person.objects.exists()
    assert not Organization.objects.exists()


def stands_as_written(row: list[Any]) -> None:
    name = "".join(str(row[5]).split())
    person = Person.objects.get(name=name, birth=month(row[8]))
    posting = Posting.objects.select_related("division__parent__parent").get(person=person)
    village = posting.division
    assert village.name in (f"{row[3]}民委员会", f"{row[3]}村民委员会", f"{row[3]}委会")
    assert [village.parent.name, village.parent.parent.name] == [row[2], row[1]]  # type: ignore[union-attr]
    assert (person.sex, person.ethnicity) == ({"男": "1", "女": "2"}[row[6]], "汉族")
    assert (person.political_status, person.party_joined) == ("01", month(row[10]))
    assert person.education == HIGHEST[row[11]]
    assert person.identity_type == EMPLOYED[row[12]]
    assert posting.organization is not None
    assert (posting.organization.name, posting.organization.level) == (row[13], "city")
    assert (person.position, person.rank) == (row[14], row[15])
    assert posting.start == datetime.date.fromisoformat(f"{month(row[16])}-01")
    assert posting.planned_end == datetime.date.fromisoformat(f"{month(row[17])}-31")
    is_retired = row[18] in ("√", "是")
    assert (posting.kind.code == "retired_first_secretary") == is_retired
    assert person.phone == str(row[19]).replace(" ", "").replace("-", "")
