"""Imports point one way; see docs/decisions/0001-house.md."""

from pathlib import Path

import pytest

from tests.house.source import APPS, imported_packages, python_files, short

MAY_IMPORT = {
    "villages": set(),
    "accounts": {"villages"},
    "cadres": {"villages", "accounts", "rawsql", "ciphers"},
    "tasks": {"villages", "accounts", "cadres", "rawsql"},
    "economy": {"villages", "accounts", "cadres"},
    "spreadsheets": {"rawsql", "ciphers"},
    "dashboard": {"villages", "accounts", "cadres", "tasks", "economy"},
    "rawsql": set(),
    "ciphers": set(),
}
# The one door to the Excel engine: an app's sheets, and what hangs directly on them.
SHEET_FILES = {"sheets.py", "admin.py", "import_divisions.py"}


def is_sheet_file(path: Path) -> bool:
    return path.name in SHEET_FILES or path.parent.name == "sheets"


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_an_app_imports_only_the_apps_below_it(app: str) -> None:
    allowed = MAY_IMPORT[app] | {app}
    for path in python_files(app):
        wrong = (imported_packages(path) & set(APPS)) - allowed
        if is_sheet_file(path):
            wrong -= {"spreadsheets"}
        assert not wrong, f"{short(path)} imports {wrong}"


def test_nobody_imports_the_project_package() -> None:
    for path in python_files(*MAY_IMPORT):
        assert "anyang_ledger" not in imported_packages(path), short(path)
