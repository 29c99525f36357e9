"""Small named pieces: files, functions and templates keep to a size that one can read."""

import ast
import re

from tests import once
from tests.house.source import ROOT, python_files, short, templates, tree

LONGEST_FILE = 420
LONGEST_FUNCTION = 45
LONGEST_TEMPLATE = 80
FORBIDDEN_NAMES = {
    *("core", "common", "utils", "helpers", "services", "selectors", "managers", "signals"),
}


def test_files_are_short() -> None:
    for path in python_files():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= LONGEST_FILE, f"{short(path)}: {lines} lines"


def test_functions_are_short() -> None:
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= LONGEST_FUNCTION, f"{short(path)}:{node.name}: {length} lines"


def test_templates_are_short() -> None:
    for path in templates():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= LONGEST_TEMPLATE, f"{short(path)}: {lines} lines"


def test_no_module_is_named_for_nothing_in_particular() -> None:
    for path in python_files():
        parts = {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
        assert not parts & FORBIDDEN_NAMES, short(path)


def test_no_unfinished_business_in_the_source() -> None:
    for path in [*python_files(), *templates()]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text), short(path)


def test_every_module_that_is_tested_once_is_there() -> None:
    for name in once.MODULES:
        assert "mark.race" not in (ROOT / name).read_text(encoding="utf-8"), name
