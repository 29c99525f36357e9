"""What is doubtful is listed, and applied only once somebody looked at it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from spreadsheets.errors import Refused
from spreadsheets.models import Batch
from tasks.models import EntryChange
from tasks.sheets import TownshipLedgerSheet, VillageValuesSheet
from tests.spreadsheets import files
from tests.tasks.forms import (
    DONGSHAN,
    INCOME,
    NARRATIVE,
    Q3,
    XISHAN,
    Change,
    apply,
    check,
    exported,
    filled,
    put,
)
from tests.tasks.pages import english, shown, told
from tests.world import World

pytestmark = pytest.mark.usefixtures("in_english")
SignIn = Callable[[str], Client]
TITLE = "合涧镇2026年第三季度村级任务完成情况统计表"


def warnings(batch: Batch) -> dict[str, str]:
    return {warning["cell"]: warning["message"] for warning in batch.warnings}


def values(*rows: list[Any], unit: str = "单位：万元", heads: tuple[str, ...] = (INCOME,)) -> bytes:
    return files.workbook([TITLE], [unit], ["序号", "村名", *heads], *rows)


def needs_a_look(world: World, batch: Batch) -> None:
    """It is refused until it is confirmed, and keeps the comment then."""
    assert batch.state == Batch.State.CHECKED
    with pytest.raises(Refused, match="Look at the warnings"):
        apply(world, batch)
    assert not EntryChange.objects.exists()
    assert apply(world, batch, confirmed=True, comment="核对过").comment == "核对过"
    assert EntryChange.objects.exists()


def hide(*rows: int) -> Change:
    def change(page: Any) -> None:
        for row in rows:
            page.row_dimensions[row].hidden = True

    return change


def test_a_ditto_below_nothing_is_kept_as_it_stands_and_doubted(world: World) -> None:
    batch = check(world, filled(exported(world), put(DONGSHAN, INCOME, "同上", NARRATIVE)))
    assert "nothing stands above" in warnings(batch)["J6"]
    needs_a_look(world, batch)
    assert world.entry("dongshan", "income").narrative == "同上"


def test_a_ditto_below_a_text_is_that_text_and_nothing_to_doubt(world: World) -> None:
    changes = put("", "党员教育培训", "好", NARRATIVE), put(DONGSHAN, INCOME, "同上", NARRATIVE)
    batch = check(world, filled(exported(world), *changes))
    assert batch.warnings == []
    apply(world, batch)
    assert world.entry("dongshan", "income").narrative == "好"


def test_a_ditto_that_stands_here_comes_back_without_a_doubt(world: World) -> None:
    batch = check(world, filled(exported(world), put(DONGSHAN, INCOME, "同上", NARRATIVE)))
    apply(world, batch, confirmed=True)
    again = check(world, exported(world))
    assert (again.writes, again.warnings) == (0, [])


def test_money_finer_than_it_is_kept_is_rounded_and_said(world: World) -> None:
    rows = [1, "东山村", 123_456], [2, "西山村", 20_000]
    batch = check(world, values(*rows, unit="单位：元"), sheet=VillageValuesSheet)
    assert warnings(batch) == {"C4": "Is kept as 12.35 万元, rounded to two digits."}
    needs_a_look(world, batch)
    kept = [world.entry(unit, "income").content["value"] for unit in ("dongshan", "xishan")]
    assert kept == ["12.35", "2.00"]


def test_a_heading_taken_for_a_task_by_a_part_of_its_name_is_said(world: World) -> None:
    rows = [1, "东山村", 5], [2, "西山村", 6]
    batch = check(world, values(*rows, heads=("集体经济",)), sheet=VillageValuesSheet)
    assert warnings(batch) == {"C3": f"This column was taken for the task “{INCOME}”."}
    needs_a_look(world, batch)


def test_a_total_that_does_not_add_up_is_said_and_one_that_does_is_not(world: World) -> None:
    rows = [1, "东山村", 5], [2, "西山村", 6.5]
    for total, said in ((11.5, {}), (12, {"C6": "The rows add up to 11.5, not to this."})):
        batch = check(world, values(*rows, ["合 计", None, total]), sheet=VillageValuesSheet)
        assert warnings(batch) == said
        assert batch.new == 2
    needs_a_look(world, batch)


def test_hidden_rows_are_read_and_said(world: World) -> None:
    changes = put(DONGSHAN, INCOME, 5), put(XISHAN, INCOME, 6), hide(3, 6, 8, 9)
    batch = check(world, filled(exported(world), *changes))
    assert warnings(batch) == {
        "A6": "Row 6 is hidden in the file, and is read too.",
        "A8": "Rows 8 to 9 are hidden in the file, and are read too.",
    }
    assert batch.new == 2
    needs_a_look(world, batch)


def test_errors_and_doubts_are_both_shown_and_neither_hides_the_other(
    world: World, signed_in: SignIn
) -> None:
    changes = put(DONGSHAN, INCOME, "很多"), put(XISHAN, INCOME, "同上", NARRATIVE), hide(8)
    batch = check(world, filled(exported(world), *changes))
    assert batch.state == Batch.State.WRONG
    assert sorted(warnings(batch)) == ["A8", "J8"]
    with pytest.raises(Refused, match="cannot be applied"):
        apply(world, batch, confirmed=True)
    client = english(signed_in("hejian_reporter"))
    address = f"/imports/{batch.pk}/"
    page = client.get(address)
    assert page.context["preview"].show == "wrong"
    assert "Write a number" in shown(page)
    assert "nothing stands above" in shown(client.get(address, {"show": "warned"}))


def test_the_page_takes_no_press_without_the_tick_and_keeps_the_comment(
    world: World, signed_in: SignIn
) -> None:
    batch = check(world, filled(exported(world), put(DONGSHAN, INCOME, "同上", NARRATIVE)))
    client, address = english(signed_in("hejian_reporter")), f"/imports/{batch.pk}/apply/"
    said = told(client, client.post(address, {"comment": "只写了话"}))
    assert said == ["Look at the warnings first, and confirm them."]
    assert not EntryChange.objects.exists()
    client.post(address, {"confirmed": "on", "comment": "x" * 501})
    assert not EntryChange.objects.exists()
    client.post(address, {"confirmed": "on", "comment": "核对过"})
    batch.refresh_from_db()
    assert (batch.state, batch.comment) == ("applied", "核对过")


def test_a_ditto_in_a_township_ledger_is_carried_or_doubted(world: World) -> None:
    content = files.workbook(
        ["合涧镇2026年农村基层党建重点工作任务台账"],
        ["填报单位：合涧镇　填报时间：2026年10月2日"],
        ["序号", "重点任务", "三季度", "存在问题"],
        [1, "村级后备力量培育", "同上", "缺人"],
        [2, "党员教育培训", "办班", "同上"],
    )
    batch = check(world, content, sheet=TownshipLedgerSheet)
    assert list(warnings(batch)) == ["C4"]
    assert batch.target["period"] == Q3
    needs_a_look(world, batch)
    assert world.entry("hejian", "reserve").narrative == "同上"
    assert world.entry("hejian", "study").problems == "缺人"
