"""A file is what its content says; photos leave without the place where they were taken."""

import io
import random
import struct
import zipfile
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tasks import photo_positions
from tasks.actions import evidencing
from tasks.evidence_kinds import kind_of
from tasks.photo_positions import Damaged, Picture, stripped
from tests.tasks import evidence_files as files
from tests.tasks.evidence_files import PLACE

pytestmark = pytest.mark.usefixtures("in_english")

ACCEPTED = {
    "pdf": (files.pdf(), "application/pdf"),
    "jpeg": (files.jpeg(files.JFIF), "image/jpeg"),
    "png": (files.png(), "image/png"),
    "webp": (files.webp(), "image/webp"),
    "docx": (files.office("docx"), "application/vnd.openxmlformats-officedocument."),
    "xlsx": (files.office("xlsx"), "application/vnd.openxmlformats-officedocument."),
    "pptx": (files.office("pptx"), "application/vnd.openxmlformats-officedocument."),
    "doc": (files.old_office("Root Entry", "WordDocument"), "application/msword"),
    "xls": (files.old_office("Root Entry", "Workbook"), "application/vnd.ms-excel"),
    "ppt": (files.old_office("PowerPoint Document"), "application/vnd.ms-powerpoint"),
}
BOMB = files.office("docx", {"word/media/image1.bmp": bytes(3 << 20)})
MANY = files.office("docx", {f"word/{number}.xml": b"" for number in range(2_001)})
EMBEDDED = files.office("docx", {"word/embeddings/oleObject1.bin": files.PROGRAM})
MACROS = files.office("docx", {"word/vbaProject.bin": b"x"})
SHEET_MACROS = files.office("xlsx", {"xl/macrosheets/sheet1.xml": b"x"})
AS_MACROS = files.office("xlsx", types="application/vnd.ms-excel.sheet.macroEnabled.main+xml")
REFUSED = {
    "empty": (b"", "The file is empty."),
    "a program": (files.PROGRAM, "none of the files that are taken"),
    "a web page": (b"<html><script>alert(1)</script></html>", "none of the files"),
    "a drawing with code": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "none of the files"),
    "a GIF": (b"GIF89a" + bytes(20), "none of the files"),
    "text": ("收入60万元".encode(), "none of the files"),
    "HEIC": (files.heic(), "HEIC photo"),
    "half a PDF": (files.pdf()[:20], "cut off or damaged"),
    "a PDF with a page behind it": (files.pdf() + b"<script>1</script>", "cut off or damaged"),
    "a PDF that is a container": (
        files.pdf(files.zipped({"a.exe": files.PROGRAM})), "hides another file"
    ),
    "a folder": (files.zipped({"a.txt": b"a"}), "compressed folder"),
    "a program in a folder": (files.zipped({"a.exe": files.PROGRAM}), "compressed folder"),
    "a file with macros": (MACROS, "macros"),
    "a sheet of old macros": (SHEET_MACROS, "macros"),
    "a workbook that says it has macros": (AS_MACROS, "macros"),
    "a packed program": (EMBEDDED, "embedded objects"),
    "a bomb": (BOMB, "far too large"),
    "too many parts": (MANY, "far too large"),
    "a part outside": (files.office("docx", {"../evil": b"x"}), "damaged"),
    "half a container": (files.office("docx")[:-30], "damaged"),
    "a container with a tail": (files.office("docx") + b"<script>", "damaged"),
    "a main part of no type": (files.office("docx", types="text/plain"), "damaged"),
    "an old file with macros": (files.old_office("WordDocument", "_VBA_PROJECT"), "macros"),
    "old slides with macros": (
        files.old_office("PowerPoint Document", more=files.POWERPOINT_MACROS), "macros"
    ),
    "an old file with a password": (files.old_office("EncryptedPackage"), "password"),
    "an installer": (files.old_office("Root Entry", "SummaryInformation"), "no Word, Excel"),
    "half a JPEG": (files.jpeg()[:-12], "cut off or damaged"),
    "a JPEG without pixels": (b"\xff\xd8\xff\xd9", "cut off or damaged"),
    "a JPEG of no size": (
        files.jpeg().replace(files.FRAME[5:9], bytes(4)), "cut off or damaged"
    ),
    "half a PNG": (files.png()[:-20], "cut off or damaged"),
    "a PNG with a wrong sum": (files.png().replace(b"IDAT", b"IDAX"), "cut off or damaged"),
    "half a WEBP": (files.webp()[:-6], "cut off or damaged"),
}  # fmt: skip


def looked(content: bytes, name: str = "x") -> tuple[evidencing.Looked, bytes]:
    with evidencing.looked_at(files.upload(content, name)) as one:
        return one, one.content.read()


@pytest.mark.parametrize("name", ACCEPTED)
def test_every_kind_that_is_named_is_taken(name: str) -> None:
    content, content_type = ACCEPTED[name]
    kind = kind_of(io.BytesIO(content), len(content))
    assert kind.content_type.startswith(content_type)
    assert looked(content)[0].size > 0


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused_in_words(name: str) -> None:
    content, words = REFUSED[name]
    with pytest.raises(ValidationError, match=words) as refusal:
        looked(content, "收入凭证.pdf")
    assert refusal.value.code == "file"


def test_a_container_that_lies_about_its_list_is_not_opened() -> None:
    whole = files.office("docx")
    at = whole.rfind(b"PK\x05\x06")
    for place, text in ((at + 12, "<I"), (at + 16, "<I"), (at + 20, "<H")):
        wrong = bytearray(whole)
        struct.pack_into(text, wrong, place, 7)
        with pytest.raises(ValidationError, match="damaged"):
            kind_of(io.BytesIO(bytes(wrong)), len(wrong))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("收入凭证.pdf", "收入凭证.pdf"),
        ("收入凭证.PDF", "收入凭证.PDF"),
        ("收入凭证.doc", "收入凭证.pdf"),
        ("收入凭证", "收入凭证.pdf"),
        ("2026.第三季度", "2026.第三季度.pdf"),
        ("..\\..\\windows\\x.pdf", "x.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("a\r\nSet-Cookie: x=y.pdf", "aSet-Cookie x=y.pdf"),
        ("pdf.\u202efdp.exe", "pdf.fdp.pdf"),
        ('<img src=x onerror="1">.pdf', "img src=x onerror=1.pdf"),
        ("", "file.pdf"),
        (".pdf", "file.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_a_name_is_kept_as_far_as_it_is_harmless_and_true(given: str, shown: str) -> None:
    kind = kind_of(io.BytesIO(files.pdf()), len(files.pdf()))
    assert evidencing.shown_name(given, kind) == shown


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_photo_keeps_its_pixels_and_its_side_and_loses_its_place(order: str) -> None:
    xmp = files.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACE)
    program, comment = files.segment(0xED, PLACE), files.segment(0xFE, PLACE)
    photo = files.jpeg(files.JFIF, files.exif(6, order), xmp, files.COLOURS, program, comment)
    _one, kept = looked(photo)
    assert PLACE not in kept
    assert photo_positions._orientation(kept[kept.index(b"MM") :]) == 6
    for needed in (files.JFIF, files.COLOURS, files.TABLES, files.FRAME, files.SCAN):
        assert needed in kept
    assert kept.count(b"Exif") == 1
    assert stripped(Picture.JPEG, kept) == kept, "nothing more is taken away"


def test_an_upright_photo_carries_no_exif_at_all() -> None:
    _one, kept = looked(files.jpeg(files.exif(1)))
    assert kept == files.jpeg()


def test_what_hides_behind_a_photo_is_cut_off() -> None:
    hidden = files.jpeg(files.exif()) + files.zipped({"a.exe": files.PROGRAM})
    _one, kept = looked(files.jpeg(after=hidden))
    assert kept == files.jpeg()


def test_an_orientation_that_makes_no_sense_is_none() -> None:
    for tiff in (b"", b"MM", b"II*\0" + b"\xff" * 30, b"MM\0*\0\0\0\x08\xff\xff" + bytes(5)):
        assert photo_positions._orientation(tiff) == 1


def test_a_png_loses_its_words_and_its_tail() -> None:
    said = [files.chunk(name, PLACE) for name in (b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"prVt")]
    colours = files.chunk(b"gAMA", b"\0\0\xb1\x8f")
    _one, kept = looked(files.png(*said, colours, after=PLACE))
    assert kept == files.png(colours)


def test_a_webp_loses_its_exif_its_xmp_and_its_tail() -> None:
    said = [files.riff(name, PLACE) for name in (b"EXIF", b"XMP ")]
    _one, kept = looked(files.webp(*said, after=PLACE))
    assert PLACE not in kept
    assert kept[20] == 0x20, "the flags of EXIF and XMP are taken back, that of colours stays"
    assert len(kept) == struct.unpack_from("<I", kept, 4)[0] + 8


def test_a_picture_cut_at_any_byte_is_damaged_and_nothing_else() -> None:
    for picture, whole in [
        (Picture.JPEG, files.jpeg(files.JFIF, files.exif(6))),
        (Picture.PNG, files.png()),
        (Picture.WEBP, files.webp()),
    ]:
        for length in range(len(whole)):
            with pytest.raises(Damaged):
                stripped(picture, whole[:length])


def test_a_document_of_plain_pictures_is_kept_byte_for_byte() -> None:
    whole = files.office("docx", {"word/media/image1.png": files.png()})
    assert looked(whole)[1] == whole


def test_a_photo_pasted_into_a_document_loses_its_place_too() -> None:
    photo = files.jpeg(files.JFIF, files.exif(6))
    parts = {"word/media/image1.jpeg": photo, "word/media/image2.emf": PLACE, "a.xml": b"<a/>"}
    whole = files.office("docx", parts)
    one, kept = looked(whole)
    with zipfile.ZipFile(io.BytesIO(kept)) as container, zipfile.ZipFile(io.BytesIO(whole)) as was:
        assert container.namelist() == was.namelist()
        assert PLACE not in container.read("word/media/image1.jpeg")
        assert container.read("word/media/image2.emf") == PLACE, "no photo"
        assert container.read("word/document.xml") == b"<document/>"
    assert looked(whole)[0].digest == one.digest, "the same file is the same again"
    assert kind_of(io.BytesIO(kept), len(kept)) == one.kind


def test_a_document_with_half_a_photo_is_refused() -> None:
    whole = files.office("docx", {"word/media/image1.jpeg": files.jpeg(files.exif())[:60]})
    with pytest.raises(ValidationError, match="cut off or damaged"):
        looked(whole)


def wide(parts: int) -> bytes:
    """A whole photo with so many empty segments before its pixels."""
    return files.jpeg(files.segment(0xE0, b"") * parts)


@pytest.mark.parametrize(
    ("picture", "content"),
    [
        (Picture.JPEG, wide(photo_positions.MOST_PARTS)),
        (Picture.PNG, files.png(files.chunk(b"IDAT") * photo_positions.MOST_PARTS)),
        (Picture.WEBP, files.webp(files.riff(b"ALPH", b"") * photo_positions.MOST_PARTS)),
    ],
)
def test_a_picture_of_endless_parts_is_refused_and_not_walked_to_its_end(
    picture: Picture, content: bytes
) -> None:
    with pytest.raises(photo_positions.TooMuch):
        stripped(picture, content)
    with pytest.raises(ValidationError, match="pictures in the file are too large"):
        looked(content)


def test_a_picture_of_many_honest_parts_is_taken() -> None:
    kept = stripped(Picture.JPEG, wide(photo_positions.MOST_PARTS // 2))
    assert kept == files.jpeg(), "and what it need not show is left out"


def test_all_pictures_of_a_document_share_one_bound_of_parts() -> None:
    half = wide(photo_positions.MOST_PARTS // 2)
    assert looked(files.office("docx", {"word/media/1.jpg": half}))
    two = files.office("docx", {f"word/media/{number}.jpg": half for number in (1, 2)})
    with pytest.raises(ValidationError, match="pictures in the file are too large"):
        looked(two)


def photo_of(size: int) -> bytes:
    """A photo of about so many bytes, which pack to little."""
    return files.jpeg(files.segment(0xE1, b"x" * 60_000) * (size // 60_000))


@pytest.mark.parametrize(
    ("sizes", "taken"),
    [([600_000], True), ([1_200_000], False), ([900_000] * 2, True), ([900_000] * 3, False)],
)
def test_a_picture_unfolds_to_no_more_than_a_file_and_all_to_twice_that(
    settings: Any, sizes: list[int], taken: bool
) -> None:
    settings.EVIDENCE_LIMITS = {"file_bytes": 1_000_000}
    # Beside them something that does not pack, so that the document is no bomb by its ratio.
    noise = random.Random(1).randbytes(20_000)
    photos = {f"word/media/{n}.jpg": photo_of(s) + noise for n, s in enumerate(sizes)}
    whole = files.office("docx", photos)
    if taken:
        assert looked(whole)[0].size < len(whole)
        return
    with pytest.raises(ValidationError, match="pictures in the file are too large"):
        looked(whole)


def test_each_picture_of_a_document_is_walked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[int] = []
    jpeg = photo_positions.FILTERS[Picture.JPEG]

    def counting(data: memoryview, walk: photo_positions.Walk) -> Any:
        walked.append(len(data))
        return jpeg(data, walk)

    monkeypatch.setitem(photo_positions.FILTERS, Picture.JPEG, counting)
    photos = [files.jpeg(), files.jpeg(files.exif(6)), files.jpeg(files.exif(1))]
    parts = {f"word/media/{number}.jpg": photo for number, photo in enumerate(photos)}
    _one, kept = looked(files.office("docx", parts))
    assert walked == [len(photo) for photo in photos]
    with zipfile.ZipFile(io.BytesIO(kept)) as container:
        assert container.read("word/media/0.jpg") == files.jpeg()
        assert PLACE not in container.read("word/media/1.jpg")
        assert container.read("word/media/2.jpg") == files.jpeg()
