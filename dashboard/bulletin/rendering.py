"""Fills a Word template with the values of its placeholders.

Knows neither Django nor the database: the child process that tries a template on imports it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import IO, Any

from docxtpl.template import DocxTemplate

from dashboard.bulletin import tags

FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
PROPERTIES = ("author", "comments", "identifier", "language", "subject", "title")


def render(template: IO[bytes], context: Mapping[str, Any]) -> bytes:
    """The document as a .docx. What the values hold is text, whatever it looks like."""
    document: Any = DocxTemplate(template)
    document.render(dict(context), tags.environment(), autoescape=True)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def sources(template: IO[bytes]) -> Iterator[str]:
    """Every part of a template that is rendered, as Jinja is given it."""
    document: Any = DocxTemplate(template)
    document.init_docx()
    yield document.patch_xml(document.get_xml())
    for uri in (document.HEADER_URI, document.FOOTER_URI):
        for _key, part in document.get_headers_footers(uri):
            yield document.patch_xml(document.get_part_xml(part))
    for part in document.docx.part.package.parts:
        if part.content_type == FOOTNOTES:
            yield document.patch_xml(part.blob.decode("utf-8"))
    properties = document.docx.core_properties
    yield from (getattr(properties, name) for name in PROPERTIES)
