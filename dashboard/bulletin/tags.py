"""What a Word template may say in its tags, checked before any of it is carried out.

Knows neither Django nor the database: the child process that tries a template on imports it.
Names, fields of the rows of known lists, `for` over these lists, and `if` with plain comparisons
are taken; whatever else Jinja can say is refused, with the words among which it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

PARAGRAPH = re.compile(r"<w:p([ >])")
XML_TAG = re.compile(r"<[^>]*>")
SHOWN = 60
# So much XML in all loops of a part: conditions may hide a loop from the trial, not from this.
MOST_REPEATED = 48 << 10
OF_LOOP = frozenset({"index", "first", "last", "length"})


@dataclass(frozen=True)
class Fault:
    """What is wrong with a tag: a code, the name it is about, and the words around it."""

    code: str
    what: str
    where: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def environment() -> SandboxedEnvironment:
    """Jinja with nothing in reach but what it is given; what is not given is an error."""
    made = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    made.globals.clear()
    return made


def faults(xml: str, names: Collection[str], lists: Mapping[str, Collection[str]]) -> list[Fault]:
    """What is wrong with one part of a document, prepared as docxtpl prepares it."""
    source = PARAGRAPH.sub(r"\n<w:p\1", xml)
    try:
        tree = environment().parse(source)
    except TemplateSyntaxError as error:
        said = re.sub(r"\s+", " ", error.message or "")
        return [Fault("syntax", said, _around(source, error.lineno))]
    checker = _Checker(source, frozenset(names), lists)
    return list(checker.body(tree.body, {}))


def _around(source: str, line: int) -> str:
    """The text of the paragraph in which a tag stands."""
    lines = source.splitlines()
    text = XML_TAG.sub("", lines[line - 1]) if 0 < line <= len(lines) else ""
    text = text.strip()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


# The fields of the rows that the variables of the loops around a tag stand for.
Rows = Mapping[str, Collection[str]]


class _Checker:
    def __init__(
        self, source: str, names: Collection[str], lists: Mapping[str, Collection[str]]
    ) -> None:
        self.source, self.names, self.lists = source, names, lists
        self.repeated = 0

    def fault(self, code: str, node: nodes.Node, what: str = "") -> Fault:
        return Fault(code, what, _around(self.source, node.lineno))

    def body(self, found: list[nodes.Node], rows: Rows) -> Iterator[Fault]:
        for node in found:
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    if not isinstance(part, nodes.TemplateData):
                        yield from self.value(part, rows)
            elif isinstance(node, nodes.For):
                yield from self.loop(node, rows)
            elif isinstance(node, nodes.If):
                yield from self.condition(node, rows)
            else:
                yield self.fault("not_taken", node, type(node).__name__)

    def loop(self, node: nodes.For, rows: Rows) -> Iterator[Fault]:
        """Over one known list, and not inside another: what comes out stays in proportion."""
        source, target = node.iter, node.target
        if rows:
            yield self.fault("nested", node)
        elif not isinstance(target, nodes.Name) or node.test or node.recursive or node.else_:
            yield self.fault("not_taken", node, "for")
        elif not isinstance(source, nodes.Name) or source.name not in self.lists:
            what = source.name if isinstance(source, nodes.Name) else ""
            yield self.fault("unknown_list", node, what)
        elif target.name in self.names or target.name in self.lists:
            yield self.fault("taken_name", node, target.name)
        else:
            self.repeated += sum(len(data.data) for data in node.find_all(nodes.TemplateData))
            if self.repeated > MOST_REPEATED:
                yield self.fault("long_loop", node)
            inside = {target.name: self.lists[source.name], "loop": OF_LOOP}
            yield from self.body(node.body, inside)

    def condition(self, node: nodes.If, rows: Rows) -> Iterator[Fault]:
        yield from self.test(node.test, rows)
        yield from self.body(node.body, rows)
        for other in node.elif_:
            yield from self.condition(other, rows)
        yield from self.body(node.else_, rows)

    def test(self, node: nodes.Node, rows: Rows) -> Iterator[Fault]:
        if isinstance(node, nodes.Not):
            yield from self.test(node.node, rows)
        elif isinstance(node, nodes.And | nodes.Or):
            yield from self.test(node.left, rows)
            yield from self.test(node.right, rows)
        elif isinstance(node, nodes.Compare):
            yield from self.operand(node.expr, rows)
            for operand in node.ops:
                yield from self.operand(operand.expr, rows)
        else:
            yield from self.operand(node, rows)

    def operand(self, node: nodes.Node, rows: Rows) -> Iterator[Fault]:
        is_list = isinstance(node, nodes.Name) and node.name in self.lists
        if not is_list and not isinstance(node, nodes.Const):
            yield from self.value(node, rows)

    def value(self, node: Any, rows: Rows) -> Iterator[Fault]:
        """A name, or a field of a row; nothing that is called, added up, or looked into."""
        if isinstance(node, nodes.Name):
            if node.name in rows or node.name in self.lists:
                yield self.fault("whole_row", node, node.name)
            elif node.name not in self.names:
                yield self.fault("unknown_name", node, node.name)
        elif isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            name = node.node.name
            if name not in rows:
                yield self.fault("unknown_name", node, f"{name}.{node.attr}")
            elif node.attr not in rows[name]:
                yield self.fault("unknown_field", node, f"{name}.{node.attr}")
        else:
            yield self.fault("not_taken", node, type(node).__name__)
