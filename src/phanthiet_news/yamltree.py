"""A YAML document as a tree in which every scalar is text and knows its place. Knows nothing of how it is read."""

from __future__ import annotations

import msgspec


class Scalar(msgspec.Struct, frozen=True):
    """A text as it was typed; `plain` when it stood there without quotes. Line and column from 1."""

    text: str
    plain: bool
    line: int
    column: int

    @property
    def empty(self) -> bool:
        """Nothing, or YAML's words for it."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


class Sequence(msgspec.Struct, frozen=True):
    """A list."""

    items: tuple[Node, ...]
    line: int
    column: int


class Mapping(msgspec.Struct, frozen=True):
    """Keys and values in the order of the file; no key stands twice."""

    entries: tuple[tuple[Scalar, Node], ...]
    line: int
    column: int


Node = Scalar | Sequence | Mapping
