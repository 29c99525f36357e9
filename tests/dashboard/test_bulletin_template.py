"""The Word template that the city may replace: looked through before it is taken."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.test import Client
from docx import Document

from dashboard.bulletin import checking, making, parts
from dashboard.bulletin.built_in import built_in
from dashboard.bulletin.document import document_of
from dashboard.bulletin.placeholders import LISTS, NAMES, PLACEHOLDERS, context_of
from tasks.models import BulletinTemplate
from tests.dashboard import bulletin_templates as files
from tests.dashboard.bulletins import draft, issued
from tests.tasks.pages import english, fields, shown
from tests.world import NOW, World

SignIn = Callable[[str], Client]
PAGE = "/bulletins/template/"


def refusal(content: bytes, name: str = "x.docx") -> str:
    with pytest.raises(ValidationError) as refused:
        checking.looked_at(files.upload(content, name))
    return " ".join(refused.value.messages)


@pytest.fixture(autouse=True)
def _in_english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


def test_the_built_in_template_passes_its_own_check() -> None:
    looked = checking.looked_at(files.upload(built_in(), "模板.docx"))
    assert (looked.name, len(looked.digest)) == ("模板.docx", 64)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"hello", "no Word document"),
        (b"PK\x03\x04 cut off", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old .doc"),
        (files.with_outside_picture(), "outside itself (http://example.org/x.png)"),
        (files.with_hidden_outside_picture(), "outside itself"),
        (files.with_macros(), "macros"),
        (files.with_macro_part(), "macros"),
        (files.with_entity(), "damaged"),
        (files.with_field("INCLUDEPICTURE &quot;http://example.org/x&quot;"), "no page number"),
        (files.with_field("DDEAUTO cmd"), "no page number"),
        (files.with_field("{{ 标题 }}"), "no page number"),
        (files.bomb(), "far too large"),
        (files.embedded(), "embedded objects"),
        (b"PK\x03\x04" + b"\0" * (5 << 20), "larger than 4 MB"),
    ],
)
def test_what_is_no_honest_document_is_refused(content: bytes, said: str) -> None:
    assert said in refusal(content)


CODE = "w:instrText"
OTHER = "no page number"
NOT_NEEDED = "no template needs"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (files.with_code(f"<{CODE}>DDEAUTO cmd</{CODE}>"), OTHER),
        (files.with_code(f"<{CODE}><![CDATA[DDEAUTO cmd]]></{CODE}>"), OTHER),
        (files.with_code(f"<{CODE}><!-- -->INCLUDEPICTURE x</{CODE}>"), OTHER),
        (files.with_code(f"<{CODE}><?x?>DDEAUTO cmd</{CODE}>"), OTHER),
        (files.with_code("<w:delInstrText>DDEAUTO cmd</w:delInstrText>"), OTHER),
        (files.with_code(f"<{CODE}>PAGE</{CODE}>", "<w:t>DDEAUTO cmd</w:t>"), OTHER),
        (files.with_code(f"<{CODE}>PAGE</{CODE}>", files.mark("begin")), OTHER),
        (files.in_body(f"<w:p><w:r><{CODE}>DDEAUTO cmd</{CODE}></w:r></w:p>"), OTHER),
        # Words are looked up one by one: an expression took minutes to find that this is none.
        (files.with_code(f"<{CODE}>PAGE{chr(92)}*aPAGEPAGE{'*aPAGEPAGE' * 40}!</{CODE}>"), OTHER),
        (files.with_main_part_elsewhere("word/main.dat"), NOT_NEEDED),
        (files.with_main_part_elsewhere("word/main.xml"), "damaged"),
        (files.changed(more={"word/media/x.html": b"<html/>"}), NOT_NEEDED),
        (files.changed(more={"word/media/o.bin": b"x"}), NOT_NEEDED),
        (files.with_relation("oleObject", "media/o.png", {"word/media/o.png": b"x"}), NOT_NEEDED),
        (files.with_relation("aFChunk", "x.xml", {"word/x.xml": b"<html/>"}), NOT_NEEDED),
        (files.with_relation("hyperlink", "http://example.org/"), NOT_NEEDED),
        (files.with_relation("image", "http://example.org/x.png"), "damaged"),
        (files.with_relation("header", "x.png", {"word/x.png": b"<x/>"}), NOT_NEEDED),
        (files.with_type("word/x.png", "application/xml"), NOT_NEEDED),
        (files.with_type("word/x.xml", "text/html"), NOT_NEEDED),
        (files.in_body("<w:altChunk/>"), NOT_NEEDED),
        (files.in_body("<w:p><w:r><w:object/></w:r></w:p>"), NOT_NEEDED),
        (files.with_mail_merge(), NOT_NEEDED),
        (files.in_body('<w:p><w:r><w:pict w:src="http://example.org/x"/></w:r></w:p>'), "outside"),
        (files.in_body('<w:p w:rsidR="{# a"/><w:p w:rsidR="#}"/>'), "in a name or a description"),
        (files.very_long(), "far too large"),
    ],
)
def test_only_what_a_template_needs_is_taken(content: bytes, said: str) -> None:
    assert said in refusal(content)


@pytest.mark.parametrize(
    "content",
    [
        files.laid_out_anew(),
        files.with_code(f"<{CODE}> PA</{CODE}>", f"<{CODE}>GE \\* MERGEFORMAT </{CODE}>"),
        files.with_field("NUMPAGES \\* Arabic"),
    ],
)
def test_what_an_office_changes_is_taken(content: bytes) -> None:
    checking.looked_at(files.upload(content))


def test_what_comes_of_it_is_looked_through_too() -> None:
    """A tag takes its paragraph out, and with it the mark after which no instruction stands."""
    code = f"{files.mark('begin')}<w:r><{CODE}>PAGE</{CODE}></w:r>"
    ending = f"{files.mark('separate')}<w:r><w:t>{{%p if 标题 %}}</w:t></w:r>"
    texts = ["DDEAUTO cmd", "{%p endif %}"]
    lines = [code, ending, *(f"<w:r><w:t>{text}</w:t></w:r>" for text in texts), files.mark("end")]
    content = files.in_body("".join(f"<w:p>{line}</w:p>" for line in lines))
    assert parts.faults(io.BytesIO(content)) == []
    assert OTHER in refusal(content)


def test_a_loop_that_repeats_very_much_is_refused() -> None:
    """Also where a condition keeps it from the trial."""
    much = ["各单位要高度重视。" * 20] * 400
    hidden = ("{%p if 标题 == '通报' %}", "{%p for 行 in 问题 %}", *much, "{%p endfor %}")
    assert "Far too much is repeated" in refusal(files.saying(*hidden, "{%p endif %}"))
    checking.looked_at(files.upload(files.saying(*hidden[:1], *much, "{%p endif %}")))


def test_the_trial_ends_soon_and_takes_little() -> None:
    limits = checking.LIMITS
    assert checking.WALL_SECONDS + 1 < 10
    assert (limits["cpu_seconds"], limits["memory_bytes"]) == (3, 256 << 20)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("文号：{{ 文件号 }}", "no placeholder “文件号”; it stands in “文号：{{ 文件号 }}”"),
        ("{{ 标题.__class__ }}", "no placeholder “标题.__class__”"),
        ("{{ x.__class__ }}", "no placeholder “x.__class__”"),
        ("{{ 标题|upper }}", "Only placeholders"),
        ("{{ 标题['a'] }}", "Only placeholders"),
        ("{{ range(9) }}", "Only placeholders"),
        ("{{ 标题 * 9999999 }}", "Only placeholders"),
        ("{{ '安阳' ~ 标题 }}", "Only placeholders"),
        ("{% set a = 标题 %}", "Only placeholders"),
        ("{% include 'x' %}", "Only placeholders"),
        ("{% macro m() %}{% endmacro %}", "Only placeholders"),
        ("{% for i in range(99999999) %}x{% endfor %}", "no list “” to repeat"),
        ("{% for i in 表格 %}x{% endfor %}", "no list “表格” to repeat"),
        ("{% for 标题 in 排名 %}x{% endfor %}", "“标题” is a placeholder"),
        ("{% for 行 in 排名 recursive %}x{% endfor %}", "Only placeholders"),
        ("{% for 行 in 排名 %}{{ 行.序号 }}{% endfor %}", "No row has “行.序号”"),
        ("{% for 行 in 排名 %}{{ 行 }}{% endfor %}", "“行” is a row or a list"),
        ("{% for a in 排名 %}{% for b in 问题 %}x{% endfor %}{% endfor %}", "inside another"),
        ("{% for a in 排名 %}x{% endfor %}{{ a.名次 }}", "no placeholder “a.名次”"),
        ("{% if 不知道 %}x{% endif %}", "no placeholder “不知道”"),
        ("{% if 标题 is string %}x{% endif %}", "Only placeholders"),
        ("{{ 排名 }}", "“排名” is a row or a list"),
        ("{{ 标题", "not written right"),
        ("{% for 行 in 排名 %}", "not written right"),
    ],
)
def test_what_no_template_may_say_is_refused_with_its_place(text: str, said: str) -> None:
    assert said in refusal(files.saying("{{ 标题 }}", text))


@pytest.mark.parametrize("place", [files.in_footer, files.in_properties])
def test_every_part_is_looked_through(place: Callable[[str], bytes]) -> None:
    assert "no placeholder “不知道”" in refusal(place("{{ 不知道 }}"))
    checking.looked_at(files.upload(place("{{ 标题 }}")))


def test_all_faults_are_told_at_once() -> None:
    said = refusal(files.saying("{{ 甲 }}", "{{ 乙 }}"))
    assert "“甲”" in said
    assert "“乙”" in said


def test_a_template_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "WALL_SECONDS", 0.001)
    assert "far too slowly" in refusal(built_in())


def test_every_placeholder_of_the_guide_may_be_used(world: World) -> None:
    texts = [place.written for place in PLACEHOLDERS if not place.fields]
    repeated = [
        line
        for place in PLACEHOLDERS
        if place.fields and not place.in_table
        for line in (place.opens, *place.each, place.closes)
    ]
    for place in PLACEHOLDERS:
        if place.in_table:
            table = (place.opens, " ".join(place.each), place.closes)
            checking.looked_at(files.upload(files.saying(*texts, *repeated, table=table)))
    context = context_of(document_of(draft(world)))
    assert set(context) == {*NAMES, *LISTS}
    assert all(set(row) == set(LISTS[name]) for name in LISTS for row in context[name])


def test_conditions_are_taken() -> None:
    condition = "{% if not 完成率 == '100.0%' and 标题 %}{{ 标题 }}{% elif 季度 %}x{% endif %}"
    checking.looked_at(files.upload(files.saying(condition)))


def put(client: Client, content: bytes) -> Any:
    sent = fields(client.get(PAGE))
    return client.post(PAGE, sent | {"file": files.upload(content)})


def texts_of(content: bytes) -> list[str]:
    return [line.text for line in Document(io.BytesIO(content)).paragraphs]


def test_the_city_replaces_it_and_goes_back(world: World, signed_in: SignIn) -> None:
    client = english(signed_in("city_manager"))
    bulletin = draft(world)
    assert put(client, files.saying("本市样式：{{ 标题 }}")).status_code == 302
    current = BulletinTemplate.objects.current()
    assert current is not None
    assert (current.name, current.by) == ("红头模板.docx", world.users["city_manager"])
    assert texts_of(making.as_word(bulletin)) == [f"本市样式：{bulletin.title}"]
    assert "红头模板.docx" in shown(client.get(PAGE))
    client.post(PAGE, {"do": "built_in"})
    assert BulletinTemplate.objects.current() is None
    assert bulletin.issuer in texts_of(making.as_word(bulletin))


def test_what_was_issued_keeps_its_template(world: World, signed_in: SignIn) -> None:
    client = english(signed_in("city_manager"))
    put(client, files.saying("一：{{ 标题 }}"))
    bulletin = draft(world)
    template = BulletinTemplate.objects.current()
    bulletin.issue(bulletin.version, world.users["city_manager"], NOW, template)
    put(client, files.saying("二：{{ 标题 }}"))
    assert texts_of(making.as_word(bulletin)) == [f"一：{bulletin.title}"]
    assert texts_of(making.as_word(draft(world)))[0].startswith("二：")


def test_a_refused_one_changes_nothing(world: World, signed_in: SignIn) -> None:
    client = english(signed_in("city_manager"))
    page = put(client, files.saying("{{ 不知道 }}"))
    assert page.status_code == 422
    assert "There is no placeholder" in shown(page)
    assert not BulletinTemplate.objects.exists()
    assert not default_storage.exists(making.FOLDER)


def test_the_template_in_use_is_downloaded(world: World, signed_in: SignIn) -> None:
    client = english(signed_in("city_manager"))
    own = files.saying("{{ 标题 }}")
    put(client, own)
    assert client.get(f"{PAGE}file/").content == own
    built = client.get(f"{PAGE}file/", {"built_in": "1"})
    assert "{{ 发文机关 }}" in texts_of(built.content)
    assert built["Content-Disposition"].startswith("attachment")


def test_a_template_whose_file_is_gone_is_told(world: World, signed_in: SignIn) -> None:
    client = english(signed_in("city_manager"))
    put(client, files.saying("{{ 标题 }}"))
    current = BulletinTemplate.objects.current()
    assert current is not None
    Path(current.file.path).unlink()
    bulletin = draft(world)
    answer = client.get(f"/bulletins/{bulletin.pk}/word/", follow=True)
    assert "is gone" in shown(answer)
    assert "is gone" in shown(client.get(f"{PAGE}file/", follow=True))
    client.post(f"/bulletins/{bulletin.pk}/issue/", {"version": str(bulletin.version)})
    bulletin.refresh_from_db()
    assert bulletin.is_draft


@pytest.mark.parametrize("who", ["linzhou_manager", "city_viewer", "city_auditor"])
def test_only_the_city_replaces_it(world: World, signed_in: SignIn, who: str) -> None:
    client = signed_in(who)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"file": files.upload(built_in())}).status_code == 403
    assert client.post(PAGE, {"do": "built_in"}).status_code == 403


def test_a_county_is_issued_in_the_citys_template(world: World, signed_in: SignIn) -> None:
    put(signed_in("city_manager"), files.saying("{{ 发文机关 }}"))
    bulletin = issued(world, "linzhou")
    bulletin.template = BulletinTemplate.objects.current()
    assert texts_of(making.as_word(bulletin)) == ["中共林州市委组织部"]
