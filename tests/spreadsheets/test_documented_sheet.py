"""The sheet that docs/sheets.md shows works as it stands there."""

import io
import re
from pathlib import Path
from typing import Any

import pytest

from spreadsheets import actions, sheet, writer
from spreadsheets.models import Batch
from tests.spreadsheets import files
from tests.world import UNITS, World
from villages.models import DivisionChange

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sheets.md"
IMPORTS = """
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from spreadsheets.fields import ChoiceWidget, CodeWidget, Column, DateWidget, TextWidget
from spreadsheets.model_sheet import ModelSheet
from spreadsheets.sheet import Heading, register
from villages.models import DivisionChange
"""
HEADER = ["原单位代码", "现单位代码", "日期", "变更类型", "说明"]
DONGSHAN, XISHAN = UNITS["dongshan"], UNITS["xishan"]


@pytest.fixture
def documented(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(sheet, "_registry", dict(sheet._registry))
    match = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert match
    assert len(match[1].splitlines()) < 40
    names: dict[str, Any] = {}
    exec(IMPORTS + match[1], names)  # the repository's own text
    return names["DivisionChangeSheet"]


def check(documented: Any, world: World, *rows: list[Any], who: str = "linzhou_manager") -> Batch:
    content = io.BytesIO(files.workbook(HEADER, *rows))
    return actions.check(documented, content, "变更.xlsx", world.users[who])


def test_it_adds_changes_and_takes_back(documented: Any, world: World) -> None:
    user = world.users["linzhou_manager"]
    old = DivisionChange.objects.create(
        kind="rename", on="2026-01-01", source=world.units["xishan"], target=world.units["xishan"]
    )
    batch = check(
        documented,
        world,
        [DONGSHAN, XISHAN, "2026年3月31日", "合并", "两村合并"],
        [XISHAN, XISHAN, "2026-01-01", "更名", "补记"],
    )
    assert (batch.errors, batch.new, batch.changed) == ([], 1, 1)
    actions.apply(documented, batch.pk, user)
    old.refresh_from_db()
    assert old.note == "补记"
    file = io.BytesIO()
    assert writer.write(documented(user), file) == 2
    file.seek(0)
    assert actions.check(documented, file, "x.xlsx", user).unchanged == 2
    actions.undo(documented, batch.pk, user)
    assert list(DivisionChange.objects.values_list("pk", "note")) == [(old.pk, "")]


def test_its_errors_stand_at_their_cells(documented: Any, world: World) -> None:
    batch = check(
        documented,
        world,
        [DONGSHAN, DONGSHAN, "2026-03-31", "合并", ""],
        [DONGSHAN, "999999999999", "昨天", "消失", "长" * 201],
        [DONGSHAN, "999999999999", "2026-03-31", "合并", ""],
    )
    assert {error["cell"] for error in batch.errors} == {"D2", "C3", "D3", "E3", "B4"}


def test_a_unit_of_others_is_an_error_at_its_cell(documented: Any, world: World) -> None:
    batch = check(documented, world, [DONGSHAN, UNITS["shiqiao"], "2026-03-31", "合并", ""])
    assert (batch.state, {error["cell"] for error in batch.errors}) == (Batch.State.WRONG, {"B2"})
    row: list[Any] = [DONGSHAN, UNITS["shiqiao"], "2026-03-31", "合并", ""]
    assert check(documented, world, row, who="city_manager").new == 1
