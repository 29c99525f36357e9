"""Keeps the Chinese catalogue: finds the English texts of the code, updates and compiles.

`python locale/catalogue.py update` adds texts that are new and drops those no longer used;
`python locale/catalogue.py compile` writes the .mo files. Neither needs gettext on the machine.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
OUTSIDE = {".venv", "var", "tests", "bench", "migrations"}
SINGLE = {"_", "_now", "_lazy", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
LITERAL = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
IN_TEMPLATE = re.compile(rf"\b(_|gettext|ngettext)\(((?:{LITERAL}[\s,]*)+)")

Text = tuple[str, str]  # the text and its plural, empty where it has none


def texts() -> set[Text]:
    """Every text of code and templates that a person may see, with its plural."""
    if not settings.configured:
        settings.configure()
    found: set[Text] = set()
    for path in files("*.py"):
        found.update(texts_of_code(path.read_text(encoding="utf-8")))
    for path in [*files("*.html"), *files("mail/*.txt")]:
        found.update(texts_of_template(path.read_text(encoding="utf-8")))
    return found | set(texts_of_packages())


def texts_of_packages() -> Iterator[Text]:
    """Texts that packages show in our pages and have no Chinese for, or none that speaks to people
    who fill in forms; a tab before a plural. Those of scripts stand in djangojs.po."""
    for line in (ROOT / "locale" / "packages.txt").read_text(encoding="utf-8").splitlines():
        text, _tab, plural = line.partition("\t")
        if text:
            yield text, plural


def files(pattern: str) -> Iterator[Path]:
    for path in sorted(ROOT.rglob(pattern)):
        if not OUTSIDE & set(path.relative_to(ROOT).parts):
            yield path


def texts_of_code(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if name in SINGLE and texts and isinstance(texts[0], str):
            yield texts[0], ""
        elif name in PLURAL and len(texts) > 1:
            yield str(texts[0]), str(texts[1])


def texts_of_template(source: str) -> Iterator[Text]:
    for name, arguments in IN_TEMPLATE.findall(templatize(source)):
        texts = ast.literal_eval(f"({arguments.rstrip(', ')},)")
        yield texts[0], texts[1] if name == "ngettext" else ""


def update() -> None:
    catalogue = polib.pofile(str(CATALOGUE)) if CATALOGUE.exists() else polib.POFile()
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "zh_Hans",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    known = {(entry.msgid, entry.msgid_plural): entry for entry in catalogue}
    wanted = texts()
    kept = polib.POFile(wrapwidth=96)
    kept.metadata = catalogue.metadata
    for msgid, plural in sorted(wanted):
        empty = polib.POEntry(msgid=msgid, msgid_plural=plural)
        if plural:
            empty.msgstr_plural = {0: ""}
        if "%" in msgid:
            empty.flags.append("python-format")
        kept.append(known.get((msgid, plural), empty))
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    kept.save(str(CATALOGUE))


def compile_all() -> None:
    for path in (ROOT / "locale").rglob("*.po"):
        polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))


if __name__ == "__main__":
    {"update": update, "compile": compile_all}[sys.argv[1]]()
