"""`import_divisions` puts a code list into the tree, whole or not at all."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from spreadsheets import actions
from tests.spreadsheets import files
from villages.models import Division

pytestmark = pytest.mark.django_db
HEADER = ["code", "name", "level", "parent_code"]
ROWS = [
    ["410500000000", "安阳市", "city", ""],
    ["410581000000", "林州市", "county", "410500000000"],
    ["410581101000", "合涧镇", "township", "410581000000"],
    ["410581101201", "东山村民委员会", "village", "410581101000"],
]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def csv_file(folder: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    text = "".join(",".join(row) + "\r\n" for row in [HEADER, *rows])
    path.write_bytes(text.encode(encoding))
    return path


def run(path: Path) -> str:
    out = io.StringIO()
    call_command("import_divisions", str(path), stdout=out)
    return out.getvalue().strip()


def refused(path: Path) -> list[str]:
    """The lines of a refusal; nothing may have been written."""
    before = sorted(Division.objects.values_list("code", "name", "level", "path"))
    err = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("import_divisions", str(path), stderr=err)
    assert before == sorted(Division.objects.values_list("code", "name", "level", "path"))
    return [*err.getvalue().splitlines(), str(error.value)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_list_is_added_in_any_usual_encoding(encoding: str, tmp_path: Path) -> None:
    assert run(csv_file(tmp_path, ROWS, encoding)) == "added=4 updated=0 unchanged=0"
    village = Division.objects.get(code="410581101201")
    assert (village.name, village.kind, village.level) == ("东山村民委员会", "village", "village")
    assert [d.name for d in Division.objects.filter(pk__in=village.ancestor_ids)] == [
        "安阳市",
        "林州市",
        "合涧镇",
    ]


def test_a_workbook_is_added_like_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    numbers = [[int(row[0]), row[1], row[2], int(row[3] or 0) or None] for row in ROWS]
    path.write_bytes(files.workbook(["代码", "名称", "级别", "上级代码"], *numbers))
    assert run(path) == "added=4 updated=0 unchanged=0"


def test_a_second_run_changes_nothing_and_a_renamed_unit_is_updated(tmp_path: Path) -> None:
    run(csv_file(tmp_path, ROWS))
    assert run(csv_file(tmp_path, ROWS)) == "added=0 updated=0 unchanged=4"
    renamed = [*ROWS[:3], ["410581101201", "东岗村民委员会", "village", "410581101000"]]
    assert run(csv_file(tmp_path, renamed)) == "added=0 updated=1 unchanged=3"
    assert Division.objects.get(code="410581101201").name == "东岗村民委员会"


def test_units_may_come_before_their_managing_unit(tmp_path: Path) -> None:
    assert run(csv_file(tmp_path, ROWS[::-1])) == "added=4 updated=0 unchanged=0"


def test_a_unit_that_moves_takes_along_what_is_below_it(tmp_path: Path) -> None:
    more = [*ROWS, ["410526000000", "滑县", "county", "410500000000"]]
    run(csv_file(tmp_path, more))
    moved = [["410581101000", "合涧镇", "township", "410526000000"]]
    assert run(csv_file(tmp_path, moved)) == "added=0 updated=1 unchanged=0"
    village = Division.objects.get(code="410581101201")
    assert Division.objects.within(Division.objects.get(code="410526000000")).contains(village)


def test_everything_wrong_is_told_at_once_with_its_line_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    rows = [
        *ROWS,
        ["41058110120", "短码村", "village", "410581101000"],
        ["4105811012O2", "字母村", "village", "410581101000"],
        ["410581101203", "", "village", "410581101000"],
        ["410581101204", "级别村", "hamlet", "410581101000"],
        ["410581101205", "孤村", "village", "410599999000"],
        ["410581101206", "越级村", "village", "410581000000"],
        ["410581101207", "无主村", "village", ""],
        ["410581101208", "重复村", "village", "410581101000"],
        ["410581101208", "重复村", "village", "410581101000"],
        ["410582000000", "甲县", "county", "410583000000"],
        ["410583000000", "乙县", "county", "410582000000"],
        ["410584000000", "自县", "county", "410584000000"],
        ["410581101209", "长" * 61, "village", "410581101000"],
        ["410600000000", "鹤壁市", "city", "410500000000"],
    ]
    lines = refused(csv_file(tmp_path, rows))
    assert lines.pop() == "14 errors; nothing was written."
    told = {line.split(" ")[1].rstrip(":"): line.split(": ", 1)[1] for line in lines}
    assert {cell: text[:22] for cell, text in told.items()} == {
        "A6": "A division code has ex",
        "A7": "A division code has ex",
        "B8": "The name is missing.",
        "C9": "Not one of the words k",
        "D10": "No division with this ",
        "D11": "The managing unit must",
        "D12": "Every division but the",
        "A13": "This code stands in ro",
        "A14": "This code stands in ro",
        "D15": "The managing unit must",
        "D16": "The managing unit must",
        "D17": "A division cannot mana",
        "B18": "The text has 61 charac",
        "D19": "The city has no managi",
    }
    assert "13、14" in told["A13"]


def test_a_level_that_stored_units_below_do_not_fit_is_refused(tmp_path: Path) -> None:
    run(csv_file(tmp_path, ROWS))
    risen = [["410581101000", "合涧县", "county", "410500000000"]]
    lines = refused(csv_file(tmp_path, risen))
    assert "东山村民委员会" in lines[0]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("code,name,level\n410500000000,安阳市,city\n", encoding="utf-8")
    assert "上级代码" in refused(path)[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "empty"), (b"a,b\n1,2\n", "No header row"), (b"%PDF-1.4", "no Excel workbook")],
)
def test_another_file_is_refused_in_words(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    assert words in refused(path)[-1]


def test_a_missing_file_and_a_folder_are_refused_in_words(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.csv")[-1]
    assert "directory" in refused(tmp_path)[-1]


def test_a_tree_that_changes_between_check_and_apply_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(csv_file(tmp_path, ROWS))
    apply = actions.apply

    def late(*args: object, **kwargs: object) -> object:
        Division.objects.filter(code="410581101201").update(name="先改村")
        return apply(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(actions, "apply", late)
    path = csv_file(tmp_path, [["410581101201", "后改村", "village", "410581101000"]])
    with pytest.raises(CommandError, match=r"Row 2.*先改村"):
        run(path)
    assert Division.objects.get(code="410581101201").name == "先改村"


def test_the_real_list_goes_in_unchanged(shared_data: Path) -> None:
    path = shared_data / "anyang_divisions_2021.csv"
    assert run(path) == "added=3448 updated=0 unchanged=0"
    assert run(path) == "added=0 updated=0 unchanged=3448"
    owing = {level: Division.objects.owing(level).count() for level in ("township", "village")}
    assert owing == {"township": 89, "village": 2960}
    assert Division.objects.filter(kind="village").count() == 2960
