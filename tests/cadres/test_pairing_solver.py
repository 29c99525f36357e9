"""The solver is a program of its own: whatever becomes of it is told in one way."""

from pathlib import Path

import pytest

from cadres.pairing import solving
from cadres.pairing.solving import Choice, Unsolved, choose

TWO = Choice({(1, 1): 3, (1, 2): 5}, [([(1, 1), (1, 2)], 1)])


def test_the_pairs_worth_most_are_chosen() -> None:
    assert choose(TWO) == [(1, 2)]


def test_without_pairs_there_is_nothing_to_choose() -> None:
    assert choose(Choice({}, [])) == []


def test_a_solver_without_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "MEMORY", 1 << 20)
    with pytest.raises(Unsolved):
        choose(TWO)


def test_a_solver_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("highsbox.highs_bin_path", lambda: "/nowhere/highs")
    with pytest.raises(Unsolved):
        choose(TWO)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Model status\nTime limit reached\n",
        "Model status\nOptimal\n\n# Columns 2\nx0 1\n",
        "Model status\nOptimal\n\n# Columns 2\nx0 0.5\nx1 0.5\n# Rows 0\n",
    ],
)
def test_an_answer_that_is_none_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(model: Path, answer: Path) -> None:
        answer.write_text(text, encoding="ascii")

    monkeypatch.setattr(solving, "_run", answers)
    with pytest.raises(Unsolved):
        choose(TWO)


def test_nothing_remains_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    choose(TWO)
    assert list(tmp_path.iterdir()) == []
