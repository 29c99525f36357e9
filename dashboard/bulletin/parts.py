"""What the parts of a Word template may be, by list: whatever is not named here is refused.

Knows neither Django nor the database: the child process that tries a template on imports it. It
looks at what the parser made of a part, as Word will, and not at how that is spelled.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO, Any

from lxml import etree

from dashboard.bulletin.tags import Fault

MAIN_PART, TYPES_PART = "word/document.xml", "[Content_Types].xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
METADATA = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/"
MAIN_RELATION = f"{OFFICE}officeDocument"
OF_IMAGES = {f"{OFFICE}image", f"{METADATA}thumbnail"}
OF_TEXT = {
    MAIN_RELATION,
    f"{METADATA}core-properties",
    "http://schemas.microsoft.com/office/2007/relationships/stylesWithEffects",
    *(f"{OFFICE}{kind}" for kind in ("extended-properties", "custom-properties", "customXml")),
    *(f"{OFFICE}{kind}" for kind in ("customXmlProps", "styles", "settings", "webSettings")),
    *(f"{OFFICE}{kind}" for kind in ("fontTable", "numbering", "theme", "header", "footer")),
    *(f"{OFFICE}{kind}" for kind in ("footnotes", "endnotes")),
}
FORMATS = "application/vnd.openxmlformats-officedocument."
MAIN_TYPE = f"{FORMATS}wordprocessingml.document.main+xml"
WORD_PARTS = (
    *("styles", "settings", "webSettings", "fontTable", "numbering"),
    *("header", "footer", "footnotes", "endnotes"),
)
TYPES = {
    ".rels": {"application/vnd.openxmlformats-package.relationships+xml"},
    ".xml": {
        "application/xml",
        MAIN_TYPE,
        *(f"{FORMATS}wordprocessingml.{kind}+xml" for kind in WORD_PARTS),
        *(f"{FORMATS}{kind}+xml" for kind in ("theme", "extended-properties")),
        *(f"{FORMATS}{kind}+xml" for kind in ("custom-properties", "customXmlProperties")),
        "application/vnd.openxmlformats-package.core-properties+xml",
        "application/vnd.ms-word.stylesWithEffects+xml",
    },
    ".png": {"image/png"},
    ".jpg": {"image/jpeg", "image/jpg"},
    ".jpeg": {"image/jpeg", "image/jpg"},
    ".gif": {"image/gif"},
}
READ = (".xml", ".rels")
NOT_TAKEN = {
    *("mailMerge", "altChunk", "object", "OLEObject", "control", "attachedTemplate"),
    *("saveThroughXslt", "subDoc", "dataSource", "externalData", "movie"),
}
# Fields that Word works out from the document alone, and how their numbers look.
HARMLESS = {
    *("PAGE", "NUMPAGES", "SECTIONPAGES", "\\*", "MERGEFORMAT", "CHARFORMAT"),
    *("ARABIC", "ARABICDASH", "ROMAN", "ALPHABETIC", "CHINESENUM1", "CHINESENUM2", "CHINESENUM3"),
}
TEXTS = ("{*}instrText", "{*}delInstrText", "{*}t", "{*}delText")
WITH_TAGS = {"document", "hdr", "ftr", "footnotes"}  # the roots of parts that hold placeholders
INSTRUCTIONS = etree.XPath("//@*[local-name()='instr']")
# Attributes that name a place by themselves, without a relation.
LEADING_OUT = etree.XPath("//@*[local-name()='href' or local-name()='src']")
# Anywhere but in text they would let a tag swallow the XML around it.
_MARKED = " or ".join(f"contains(., '{mark}')" for mark in ("{{", "}}", "{%", "%}", "{#", "#}"))
MARKED = etree.XPath(
    f"//@*[{_MARKED} or contains(., '>')] | //comment()[{_MARKED}] | "
    f"//processing-instruction()[{_MARKED}] | //text()[not(parent::*[local-name()='t'])][{_MARKED}]"
)
SHOWN = 60

Trees = Mapping[str, Any]


def faults(file: IO[bytes], *, filled_in: bool = False) -> list[Fault]:
    """What is wrong with the parts of a template, or of a document that was made from it."""
    with zipfile.ZipFile(file) as container:
        names = [name for name in container.namelist() if not name.endswith("/")]
        texts = {name: container.read(name) for name in names if _extension(name) in READ}
    try:
        trees = {name: _parsed(content) for name, content in texts.items()}
        found = [*_of_types(names, trees), *_of_relations(names, trees), *_of_contents(trees)]
        return found if filled_in else [*found, *_of_tags(trees)]
    except (etree.XMLSyntaxError, LookupError, ValueError):
        return [Fault("damaged", "", "")]


def _extension(name: str) -> str:
    return posixpath.splitext(f"x{posixpath.basename(name)}")[1].lower()


def _parsed(content: bytes) -> Any:
    """Raises XMLSyntaxError or ValueError for what Word does not write."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(content, parser)
    told = root.getroottree().docinfo
    if told.doctype or told.internalDTD is not None:
        raise ValueError("a document type")
    if (told.encoding or "UTF-8").upper() not in ("UTF-8", "ASCII", "US-ASCII"):
        raise ValueError("another encoding")
    return root


def _of_types(names: list[str], trees: Trees) -> Iterator[Fault]:
    """Every part is of a kind that is taken, and is named like one."""
    overrides, defaults = {}, {}
    for element in trees[TYPES_PART].iter("{*}Override", "{*}Default"):
        if _local(element) == "Override":
            overrides[element.get("PartName", "").lower()] = element.get("ContentType", "")
        else:
            defaults[f".{element.get('Extension', '')}".lower()] = element.get("ContentType", "")
    for name in names:
        extension = _extension(name)
        kind = overrides.get(f"/{name}".lower(), defaults.get(extension, ""))
        if "macroEnabled" in kind:
            yield Fault("macros", name, "")
        elif name == MAIN_PART and kind != MAIN_TYPE:
            yield Fault("damaged", name, "")
        elif name != TYPES_PART and kind not in TYPES.get(extension, ()):
            yield Fault("not_needed", name, "")


def _of_relations(names: list[str], trees: Trees) -> Iterator[Fault]:
    """All lead to parts of the document itself, of the kind that they say."""
    mains = 0
    for source in [name for name in names if _extension(name) == ".rels"]:
        folder = posixpath.dirname(posixpath.dirname(source))
        for relation in trees[source].iter("{*}Relationship"):
            kind, target = relation.get("Type", ""), relation.get("Target", "")
            part = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            mains += kind == MAIN_RELATION
            if relation.get("TargetMode", "Internal") != "Internal":
                yield Fault("outside", target[:SHOWN], source)
            elif kind not in OF_IMAGES | OF_TEXT:
                yield Fault("not_needed", kind.rpartition("/")[2][:SHOWN], source)
            elif part not in names or not _fits(kind, part):
                yield Fault("damaged", target[:SHOWN], source)
    if mains != 1:
        yield Fault("damaged", "", "")


def _fits(relation: str, part: str) -> bool:
    if relation == MAIN_RELATION:
        return part == MAIN_PART
    return (relation in OF_TEXT) == (_extension(part) == ".xml")


def _of_contents(trees: Trees) -> Iterator[Fault]:
    for name, root in trees.items():
        for element in root.iter(*(f"{{*}}{kind}" for kind in NOT_TAKEN)):
            yield Fault("not_needed", _local(element), name)
        for value in LEADING_OUT(root):
            yield Fault("outside", value[:SHOWN], name)
        for instruction in _instructions(root):
            if not _is_harmless(instruction):
                yield Fault("field", instruction.strip()[:SHOWN], name)


def _of_tags(trees: Trees) -> Iterator[Fault]:
    for name, root in trees.items():
        if _local(root) in WITH_TAGS:
            for marked in MARKED(root):
                text = marked if isinstance(marked, str) else marked.text
                yield Fault("out_of_text", text[:SHOWN], name)


def _local(element: Any) -> str:
    return str(etree.QName(element).localname)


def _instructions(root: Any) -> Iterator[str]:
    """What every field says: all text between its beginning and its result, however divided."""
    yield from INSTRUCTIONS(root)
    said: list[str] | None = None
    for element in root.iter("{*}fldChar", *TEXTS):
        if _local(element) == "fldChar":
            begins = "begin" in element.attrib.values()
            if said is not None:
                # A field within what another says could put anything there.
                yield "".join(said) + ("{…}" if begins else "")
            said = [] if begins else None
        elif said is not None:
            said.append("".join(element.itertext()))
        elif _local(element).lower().endswith("instrtext"):
            yield "".join(element.itertext())
    yield "".join(said or ())


def _is_harmless(instruction: str) -> bool:
    words = instruction.replace("\\*", " \\* ").split()
    return all(word.upper() in HARMLESS for word in words)
