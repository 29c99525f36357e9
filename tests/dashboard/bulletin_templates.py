"""Word files as somebody may upload them for a template: good ones, and all kinds of bad ones."""

import io
import zipfile
from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document

from dashboard.bulletin.built_in import built_in

RELATION = (
    b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/image" Target="http://example.org/x.png" TargetMode="External"/>'
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


def changed(
    change: Callable[[str, bytes], bytes] = lambda _name, part: part,
    more: dict[str, bytes] | None = None,
) -> bytes:
    """The built-in template with its parts changed, or with more of them."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(built_in())) as old,
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
    field = f'<w:p><w:fldSimple w:instr="{instruction}"><w:r/></w:fldSimple></w:p>'
    return replaced("word/document.xml", b"<w:body>", b"<w:body>" + field.encode())


def with_entity() -> bytes:
    declared = b'<!DOCTYPE w [<!ENTITY a "aaaa">]><w:document'
    return replaced("word/document.xml", b"<w:document", declared)


def bomb() -> bytes:
    return changed(more={"word/media/x.bin": b"\0" * (30 << 20)})


def embedded() -> bytes:
    return changed(more={"word/embeddings/oleObject1.bin": b"x"})
