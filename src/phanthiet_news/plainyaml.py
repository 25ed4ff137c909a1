"""YAML in the form in which nearly all front matter is written → the tree that the parser would make of it, at once.

Knows `key: value` in single lines, one level below that, and lists; must not know mistakes. Whatever else there is, or
might be read in another way, is left to the parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from phanthiet_news.yamltree import Mapping, Node, Scalar, Sequence

T = TypeVar("T")

MAX_CHARACTERS = 4096  # no bound of the parser is met by so little

_FIRST = r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]"  # of what stands without quotes: none of the signs of YAML
_QUOTED = r"\"([^\"\\]*)\" *|'([^']*)' *"
_VALUE = re.compile(rf"{_QUOTED}|({_FIRST}(?:[^:#]|:(?![ ]|$)|(?<! )#)*)")
_IN_BRACKETS = re.compile(rf"{_QUOTED}|({_FIRST}[^,:#\[\]{{}}\"']*)")
_KEY = re.compile(rf"( *)([a-z][a-z_]*):(?: +(?:(?:{_VALUE.pattern})$)?|$)")  # and its value, if it is one text
_NAME = re.compile(r"(?:([a-z][a-z_]*)|\"([a-z][a-z_]*)\"): +")
_ITEM = re.compile(rf" *- +(?:{_VALUE.pattern})$")
_OPENING = {"]": re.compile(r"\[ *"), "}": re.compile(r"{ *")}
_COMMA = re.compile(r", *")


def tree(text: str, first_line: int = 1) -> Mapping | None:
    """The tree of a document; None where the parser has to be asked. `first_line` is where it begins in its file."""
    if len(text) > MAX_CHARACTERS or not text.replace("\n", "").isprintable():
        return None
    lines = text.rstrip("\n").split("\n")
    try:
        return _Lines(lines, first_line).mapping(0)
    except _OtherwiseError:
        return None


class _OtherwiseError(Exception):
    """Something that must be left to the parser."""


class _Lines:
    """What is left of a document, line by line. Its methods raise _OtherwiseError."""

    def __init__(self, lines: list[str], first: int) -> None:
        self._lines, self._first, self._next = lines, first, 0

    def mapping(self, indent: int) -> Mapping:
        """All keys of one level, from here on."""
        first, lines = self._first, self._lines
        number = first + self._next
        entries: dict[str, tuple[Scalar, Node]] = {}
        while self._next < len(lines):
            found = _KEY.match(lines[self._next])
            if not found or len(found[1]) != indent:
                if indent and not lines[self._next].startswith(" " * indent):
                    break
                raise _OtherwiseError
            key = Scalar(found[2], True, first + self._next, indent + 1)
            self._next += 1
            if key.text in entries:
                raise _OtherwiseError
            entries[key.text] = key, self._behind(found, key.line)
        if not entries:
            raise _OtherwiseError
        return Mapping(tuple(entries.values()), number, indent + 1)

    def _behind(self, key: re.Match[str], number: int) -> Node:
        """The value of a key."""
        if key.lastindex != 2:
            return _scalar_of(key, number)
        if key.end() == len(key.string):
            return self._below(len(key[1]))
        return _bracket(key.string, key.end(), number)

    def _below(self, indent: int) -> Node:
        """What belongs to a key with nothing behind it."""
        line = self._lines[self._next] if self._next < len(self._lines) else ""
        depth = len(line) - len(line.lstrip(" "))
        if line[depth : depth + 2] == "- " and depth >= indent:
            return self._sequence(depth)
        if depth <= indent or indent:
            raise _OtherwiseError
        return self.mapping(depth)

    def _sequence(self, indent: int) -> Sequence:
        number, start = self._first + self._next, " " * indent + "- "
        items: list[Node] = []
        while self._next < len(self._lines) and self._lines[self._next].startswith(start):
            found = _ITEM.match(self._lines[self._next])
            if not found:
                raise _OtherwiseError
            items.append(_scalar_of(found, self._first + self._next))
            self._next += 1
        if self._next < len(self._lines) and self._lines[self._next].startswith(" "):
            raise _OtherwiseError
        return Sequence(tuple(items), number, indent + 1)


def _bracket(line: str, start: int, number: int) -> Node:
    """A list or keys within brackets, and nothing behind them."""
    value: Node
    if line[start] == "[":
        items, end = _in_brackets(line, start, number, "]", _text)
        value = Sequence(tuple(items), number, start + 1)
    else:
        entries, end = _in_brackets(line, start, number, "}", _in_braces)
        value = Mapping(tuple(entries), number, start + 1)
        if len({key.text for key, _ in entries}) < len(entries):
            raise _OtherwiseError
    if line[end:].strip(" "):
        raise _OtherwiseError
    return value


def _text(line: str, start: int, number: int) -> tuple[Scalar, int]:
    """One text between brackets, and where it ends."""
    found = _IN_BRACKETS.match(line, start)
    if not found:
        raise _OtherwiseError
    return _scalar_of(found, number), found.end()


def _scalar_of(found: re.Match[str], number: int) -> Scalar:
    """Of whatever ends with the three groups of `_VALUE`."""
    group = found.lastindex or 0
    text, column = found[group], found.start(group)
    if group == found.re.groups:
        return Scalar(text.rstrip(" "), True, number, column + 1)
    return Scalar(text, False, number, column)


_Part = Callable[[str, int, int], tuple[T, int]]


def _in_brackets(line: str, start: int, number: int, closing: str, part: _Part[T]) -> tuple[list[T], int]:
    """What stands between two brackets, by commas, and where that ends."""
    parts: list[T] = []
    between = _OPENING[closing].match(line, start)
    end = between.end() if between else start
    while between and line[end : end + 1] != closing:
        found, end = part(line, between.end(), number)
        parts.append(found)
        between = _COMMA.match(line, end)
    if line[end : end + 1] != closing:
        raise _OtherwiseError
    return parts, end + 1


def _in_braces(line: str, start: int, number: int) -> tuple[tuple[Scalar, Scalar], int]:
    name = _NAME.match(line, start)
    if not name:
        raise _OtherwiseError
    value, end = _text(line, name.end(), number)
    return (Scalar(name[1] or name[2], name[1] is not None, number, start + 1), value), end
