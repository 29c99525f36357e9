"""Word files as somebody may upload them for a template: good ones, and all kinds of bad ones."""

import base64
import io
import zipfile
from collections.abc import Callable
from functools import cache

from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document

from dashboard.bulletin.built_in import built_in

RELATION = (
    b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/image" Target="http://example.org/x.png" TargetMode="External"/>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def upload(content: bytes, name: str = "红头模板.docx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def saying(*paragraphs: str, table: tuple[str, ...] = ()) -> bytes:
    """A Word file with these paragraphs, and a table of these rows."""
    paper = Document()
    for text in paragraphs:
        paper.add_paragraph(text)
    if table:
        rows = paper.add_table(rows=len(table), cols=1).rows
        for row, text in zip(rows, table, strict=True):
            row.cells[0].text = text
    file = io.BytesIO()
    paper.save(file)
    return file.getvalue()


def in_footer(text: str) -> bytes:
    paper = Document()
    paper.add_paragraph("{{ 标题 }}")
    paper.sections[0].footer.paragraphs[0].text = text
    file = io.BytesIO()
    paper.save(file)
    return file.getvalue()


def in_properties(text: str) -> bytes:
    paper = Document()
    paper.add_paragraph("{{ 标题 }}")
    paper.core_properties.subject = text
    file = io.BytesIO()
    paper.save(file)
    return file.getvalue()


_built_in = cache(built_in)


def changed(
    change: Callable[[str, bytes], bytes] = lambda _name, part: part,
    more: dict[str, bytes] | None = None,
) -> bytes:
    """The built-in template with its parts changed, or with more of them."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_built_in())) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.infolist():
            new.writestr(member.filename, change(member.filename, old.read(member)))
        for name, part in (more or {}).items():
            new.writestr(name, part)
    return file.getvalue()


def replaced(part: str, old: bytes, new: bytes) -> bytes:
    def change(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        assert old in content
        return content.replace(old, new, 1)

    return changed(change)


def with_outside_picture() -> bytes:
    part = "word/_rels/document.xml.rels"
    return replaced(part, b"</Relationships>", RELATION + b"</Relationships>")


def with_hidden_outside_picture() -> bytes:
    spelled = RELATION.replace(b'"External"', b'"Ext&#101;rnal"')
    part = "word/_rels/document.xml.rels"
    return replaced(part, b"</Relationships>", spelled + b"</Relationships>")


def with_macros() -> bytes:
    main = b"wordprocessingml.document.main+xml"
    docm = b"vnd.ms-word.document.macroEnabled.main+xml"
    return replaced("[Content_Types].xml", b"vnd.openxmlformats-officedocument." + main, docm)


def with_macro_part() -> bytes:
    return changed(more={"word/vbaProject.bin": b"x"})


def with_field(instruction: str) -> bytes:
    return in_body(f'<w:p><w:fldSimple w:instr="{instruction}"><w:r/></w:fldSimple></w:p>')


def in_body(xml: str) -> bytes:
    return replaced("word/document.xml", b"<w:body>", b"<w:body>" + xml.encode())


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def with_code(*runs: str) -> bytes:
    """A field whose instruction stands in these runs, as Word writes most of them."""
    code = "".join(f"<w:r>{run}</w:r>" for run in runs)
    return in_body(f"<w:p>{mark('begin')}{code}{mark('end')}</w:p>")


def with_relation(kind: str, target: str, more: dict[str, bytes] | None = None) -> bytes:
    """One more part, and that the text is related to it."""
    relation = f'<Relationship Id="rId77" Type="{OFFICE}{kind}" Target="{target}"/>'

    def change(name: str, content: bytes) -> bytes:
        if name != "word/_rels/document.xml.rels":
            return content
        return content.replace(b"</Relationships>", relation.encode() + b"</Relationships>")

    return changed(change, more)


def with_main_part_elsewhere(name: str) -> bytes:
    """Word opens what the first relation names, whatever lies where it usually is."""

    def change(part: str, content: bytes) -> bytes:
        if part in ("_rels/.rels", "[Content_Types].xml"):
            return content.replace(b"word/document.xml", name.encode())
        return content

    with zipfile.ZipFile(io.BytesIO(built_in())) as old:
        return changed(change, {name: old.read("word/document.xml")})


def with_type(part: str, kind: str) -> bytes:
    """A picture by its name, something else by what the list of types says of it."""
    override = f'<Override PartName="/{part}" ContentType="{kind}"/></Types>'.encode()
    return changed(
        lambda name, content: (
            content.replace(b"</Types>", override) if name == "[Content_Types].xml" else content
        ),
        {part: b"<x/>"},
    )


def with_mail_merge() -> bytes:
    merge = b'<w:mailMerge><w:connectString w:val="Data Source=example.org"/></w:mailMerge>'
    return replaced("word/settings.xml", b"</w:settings>", merge + b"</w:settings>")


def very_long() -> bytes:
    """60,000 paragraphs, which are small when packed but long in the making."""
    lines = (f"<w:p><w:r><w:t>{n * 7919:x}</w:t></w:r></w:p>" for n in range(60_000))
    return in_body("".join(lines))


def laid_out_anew() -> bytes:
    """As an office changes the built-in template: a header, a mark, other letters."""
    paper = Document(io.BytesIO(built_in()))
    paper.sections[0].header.paragraphs[0].text = "内部资料　{{ 季度 }}"
    paper.paragraphs[0].runs[0].font.bold = True
    paper.add_paragraph("抄送：市委办公室。")
    paper.add_picture(io.BytesIO(PICTURE))
    file = io.BytesIO()
    paper.save(file)
    return file.getvalue()


def with_entity() -> bytes:
    declared = b'<!DOCTYPE w [<!ENTITY a "aaaa">]><w:document'
    return replaced("word/document.xml", b"<w:document", declared)


def bomb() -> bytes:
    return changed(more={"word/media/x.bin": b"\0" * (30 << 20)})


def embedded() -> bytes:
    return changed(more={"word/embeddings/oleObject1.bin": b"x"})
