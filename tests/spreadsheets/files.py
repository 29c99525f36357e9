"""Small builders of files for tests: honest workbooks, and hostile containers; and a reading."""

import dataclasses
import io
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl

from spreadsheets import reader
from spreadsheets.limits import Limits

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'


def workbook(*rows: Sequence[Any], name: str = "Sheet1") -> bytes:
    """A workbook of one sheet, as openpyxl writes it."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = name
    for row in rows:
        page.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def edited(content: bytes, change: Callable[[Any], None], sheet: int = 0) -> bytes:
    """A workbook opened, changed on one sheet and saved, as a person does with Excel."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book.worksheets[sheet])
    return saved(book)


def with_first_row(content: bytes, says: Mapping[str, Any]) -> bytes:
    """A sheet with cells of its first row changed, by the labels of their columns."""

    def change(page: Any) -> None:
        header = next(line for line in page if says.keys() <= {cell.value for cell in line})
        for cell in header:
            if cell.value in says:
                page.cell(cell.row + 1, cell.column).value = says[cell.value]

    return edited(content, change)


def parts(
    rows: str,
    *,
    sheet: str = "",
    strings: Sequence[str] = (),
    styles: str = "",
    strict: bool = False,
) -> dict[str, bytes]:
    """The parts of a minimal workbook around raw XML of rows, to be bent by a test."""
    main, office = (STRICT_MAIN, STRICT_OFFICE) if strict else (MAIN, OFFICE)
    shared = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    files = {
        "[Content_Types].xml": '<Types xmlns="x"/>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="x">'
        f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="rId3" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet
        or f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{shared}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}">{styles}</styleSheet>',
    }
    return {name: text.encode() for name, text in files.items()}


def container(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def raw(rows: str, **options: Any) -> bytes:
    """A minimal workbook of one sheet from the XML of its rows."""
    return container(parts(rows, **options))


def around(rows: str, *, merges: Sequence[str] = (), after: str = "") -> bytes:
    """A minimal workbook with something after its rows."""
    merged = "".join(f'<mergeCell ref="{area}"/>' for area in merges)
    sheet = (
        f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>'
        f"<mergeCells>{merged}</mergeCells><after>{after}</after></worksheet>"
    )
    return raw("", sheet=sheet)


def with_part(name: str, content: bytes) -> bytes:
    """An honest little workbook with one more part."""
    return container(parts(ONE) | {name: content})


def with_double_member() -> bytes:
    """A container that holds its worksheet twice: one for the guard, another for the parser."""
    files = parts(ONE)
    file = io.BytesIO(container(files))
    with zipfile.ZipFile(file, "a") as archive:
        info = zipfile.ZipInfo("xl/worksheets/Sheet1.xml")
        archive.writestr(info, files["xl/worksheets/sheet1.xml"])
    return file.getvalue()


def bomb(megabytes: int) -> bytes:
    """A part that unfolds from kilobytes to megabytes."""
    return with_part("xl/worksheets/sheet9.xml", b" " * (megabytes << 20))


def lying_bomb(megabytes: int) -> bytes:
    """A bomb whose directory says that it is small."""
    content = bomb(megabytes)
    real, said = (megabytes << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    assert content.count(real) >= 1
    return content.replace(real, said)


def encrypted_flag() -> bytes:
    """A container whose members say that they are encrypted."""
    content = bytearray(raw(ONE))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 4)
    return bytes(content)


def ole(text: str = "") -> bytes:
    """The beginning of an old .xls file, or of an encrypted workbook."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + text.encode("utf-16-le") + bytes(512)


def broken_deflate() -> bytes:
    """A container whose worksheet does not unpack."""
    content = raw("".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 500)))
    packed = zlib.compress(b"x")[:2]
    middle = len(content) // 2
    return content[:middle] + packed * 20 + content[middle + len(packed) * 20 :]


def read(
    tmp_path: Path, content: bytes, **limits: int
) -> list[tuple[reader.RawSheet, list[reader.Row]]]:
    """Every sheet with all its rows; the book is closed again."""
    path = tmp_path / "upload"
    path.write_bytes(content)
    with reader.read(path, dataclasses.replace(Limits.current(), **limits)) as book:
        return [(sheet, list(sheet.rows())) for sheet in book.sheets]


def cells(tmp_path: Path, content: bytes, **limits: int) -> list[reader.Row]:
    """The rows of a file of one sheet."""
    [(_sheet, rows)] = read(tmp_path, content, **limits)
    return rows


def cell(tmp_path: Path, xml: str, **options: Any) -> Any:
    """What a single cell in row 1 reads as."""
    rows = cells(tmp_path, raw(f'<row r="1">{xml}</row>', **options))
    return rows[0][1][0] if rows else None
