"""XML that a stranger may have written → a tree, or a mistake; nothing is fetched and nothing is expanded.

Knows expat and its dangers; must not know what the tree means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element, TreeBuilder

MAX_DEPTH = 200
MAX_ELEMENTS = 100_000


class Mistake(Exception):
    """Why bytes are no XML that may be read; `hostile` if they are not just broken."""

    def __init__(self, what: str, *, hostile: bool = False) -> None:
        super().__init__(what)
        self.hostile = hostile


def parse(data: bytes) -> Element:
    """The root element, names as `{namespace}local`. Comments and instructions are left out. Raises Mistake.

    A document type that only names itself is passed over, as drawing programs write it; one that declares
    anything is refused, because entities can grow without bound and can name files.
    """
    from xml.etree.ElementTree import TreeBuilder
    from xml.parsers import expat

    parser = expat.ParserCreate(namespace_separator="}")
    builder = _Bounded(TreeBuilder())
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse_declarations
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Mistake(f"line {error.lineno}: {expat.ErrorString(error.code)}") from None
    except (ValueError, LookupError, UnicodeError):
        raise Mistake("its encoding is not known") from None
    return builder.close()


def _refuse_declarations(name: str, system: str | None, public: str | None, declares: int) -> None:
    if declares:
        raise Mistake("it declares entities or a document type of its own", hostile=True)


class _Bounded:
    """Hands what the parser meets to a builder of trees, up to a depth and a number."""

    def __init__(self, builder: TreeBuilder) -> None:
        self._builder = builder
        self._depth = self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise Mistake("it is nested too deep, or has too many elements", hostile=True)
        self._builder.start(_braced(name), {_braced(key): value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        """An element ends."""
        self._depth -= 1
        self._builder.end(_braced(name))

    def data(self, text: str) -> None:
        """Text between elements."""
        self._builder.data(text)

    def close(self) -> Element:
        """The finished tree."""
        return self._builder.close()


def _braced(name: str) -> str:
    return "{" + name if "}" in name else name
