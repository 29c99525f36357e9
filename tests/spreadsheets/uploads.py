"""A file on its way in, through the pages, in somebody's browser."""

import io
from pathlib import Path
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from spreadsheets.models import Batch
from tests.tasks.forms import DONGSHAN, INCOME, NARRATIVE, XISHAN, Change, filled, put
from tests.tasks.pages import shown

ENTRIES = "/sheets/entries/"


def posted(client: Client, content: bytes, name: str = "表.xlsx") -> Any:
    return client.post(ENTRIES, {"file": SimpleUploadedFile(name, content)})


def bring(client: Client, content: bytes, name: str = "表.xlsx") -> Batch:
    answer = posted(client, content, name)
    assert answer.status_code == 302, shown(answer)
    return Batch.objects.get(pk=str(answer["Location"]).split("/")[-2])


def at(batch: Batch, verb: str = "") -> str:
    return f"/imports/{batch.pk}/{verb}"


def stored(tmp_path: Path) -> list[Path]:
    """What is on disk of uploads, or of what was made of them on the way."""
    folders = (tmp_path / "uploads", tmp_path / "temp")
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def with_wrong_cells(content: bytes) -> bytes:
    """Two wrong cells in a row that is hidden, beside one that is right."""

    def hide(page: Any) -> None:
        page.row_dimensions[6].hidden = True

    changes: tuple[Change, ...] = (
        *(put(DONGSHAN, INCOME, "很多"), put(DONGSHAN, INCOME, "长" * 10_001, NARRATIVE), hide),
        put(XISHAN, INCOME, 5),
    )
    return filled(content, *changes)


def marked(client: Client, batch: Batch) -> Any:
    """The workbook to correct, as it is downloaded."""
    answer: Any = client.get(at(batch, "marked/"))
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
