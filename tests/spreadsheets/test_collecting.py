"""How often garbage is looked for comes back to what is usual."""

import gc

import pytest

from spreadsheets import collecting


def test_an_import_looks_for_garbage_seldom_and_ends_as_usual() -> None:
    with collecting.seldom():
        assert gc.get_threshold()[0] > 100 * collecting.USUAL[0]
        assert gc.isenabled()
    assert gc.get_threshold() == collecting.USUAL


def test_an_import_that_fails_ends_as_usual_too() -> None:
    with pytest.raises(RuntimeError), collecting.seldom():
        raise RuntimeError
    assert gc.get_threshold() == collecting.USUAL
