import re

from tests.house.source import ROOT, short, templates

PARTIALS = [path for path in templates() if "partials" in path.parts]
INCLUDE = re.compile(r"{% include (?P<rest>[^%]*)%}")


def test_every_partial_names_its_inputs() -> None:
    assert PARTIALS
    for path in PARTIALS:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert re.match(r"{# Inputs: .+ #}$", first), short(path)


def test_every_include_hands_over_only_what_the_partial_names() -> None:
    for path in templates():
        for match in INCLUDE.finditer(path.read_text(encoding="utf-8")):
            assert match["rest"].strip().endswith(" only"), f"{short(path)}: {match[0]}"


def test_no_script_and_no_style_stands_in_a_page() -> None:
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", re.IGNORECASE)
    for path in templates():
        assert not inline.search(path.read_text(encoding="utf-8")), short(path)


def test_no_page_loads_anything_from_another_host() -> None:
    for path in [*templates(), *(ROOT / "static").rglob("*.[cj]s*")]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
        assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", text), short(path)


def test_no_chinese_text_stands_in_a_template() -> None:
    """Chinese lives in the catalogue; the seal's 台 is a drawing, 中文 names a language."""
    for path in templates():
        text = re.sub(r'aria-hidden="true">台<|>中文<', "", path.read_text(encoding="utf-8"))
        assert not re.search(r"[\u4e00-\u9fff]", text), short(path)
