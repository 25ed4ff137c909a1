"""YAML text → a tree in which every scalar is text and knows its place; or problems.

Knows YAML and its dangers; must not know what any key means. Everything is read from the event stream,
with bounds, before anything is built: PyYAML's C loader dies on deep nesting, and its implicit types turn
`No` into False. Aliases, anchors and tags are refused, so nothing can be constructed but text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from phanthiet_news import plainyaml
from phanthiet_news.problem import Problem
from phanthiet_news.text import forbidden_character, nfc
from phanthiet_news.yamltree import Mapping, Node, Scalar, Sequence

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_SCALAR_BYTES = 16 * 1024

_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029]")
_ONE = "keep only one"
_COLON = "put the value in quotes: a colon and a space inside it start a new key"


class _Mistake(msgspec.Struct, frozen=True):
    """Words of the parser (its context, a colon, its problem), and what they say to an author."""

    words: str
    code: str
    message: str
    hint: str = "put the value in quotes"
    where_begun: bool = True


_MISTAKES = (
    _Mistake("cannot start any token", "yaml-quote", "a value can't begin with this sign", where_begun=False),
    _Mistake("quoted scalar: found unexpected end", "yaml-quote-open", "this quote is not closed", "close it"),
    _Mistake("could not find expected ':'", "yaml-no-colon", "this line has no `: `", "write `key: value`"),
    _Mistake("scanning an alias", "yaml-alias", "a value can't begin with `*`"),
    _Mistake("scanning an anchor", "yaml-alias", "a value can't begin with `&`"),
    _Mistake("scanning a tag", "yaml-tag", "a value can't begin with `!`"),
    _Mistake(
        "parsing a quoted scalar",
        "yaml-escape",
        "between double quotes a backslash begins a sign, and there is none like this",
        "use single quotes, or write the backslash twice",
        where_begun=False,
    ),
    _Mistake("flow sequence", "yaml-bracket", "a comma or a bracket is missing in this list", "write [one, two]"),
    _Mistake("flow mapping", "yaml-bracket", "a comma or a brace is missing in these keys", "write {key: value}"),
)


class BadYaml(Exception):
    """The text can't be read; carries the one problem that says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def parse(text: str, path: str, first_line: int = 1) -> Node:
    """The tree of one document. `first_line` is where `text`, composed already, begins in the file `path`.

    Raises BadYaml.
    """
    return plainyaml.tree(text, first_line) or _Reader(text, path, first_line).document()


class _Reader:
    def __init__(self, text: str, path: str, first_line: int) -> None:
        self._text, self._path, self._first_line = text, path, first_line

    def document(self) -> Node:
        """Every exception of the parser, YAMLError or not, becomes a problem with its place."""
        import yaml

        try:
            return self._document(getattr(yaml, "CSafeLoader", yaml.SafeLoader)(self._text).get_event)
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error) from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise self._bad(1, 1, "yaml-syntax", f"this YAML can't be read: {error}") from None

    def _document(self, next_event: Callable[[], Any]) -> Node:
        if len(self._text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            hint = "shorten it; what an article tells belongs into its body"
            raise self._bad(1, 1, "yaml-too-long", "more than 64 KiB of YAML", hint)
        self._refuse_characters()
        self._next = next_event
        self._next()  # stream start
        start = self._next()
        if type(start).__name__ == "StreamEndEvent":
            return Mapping((), self._first_line, 1)
        node = self._node(self._next(), 0)
        self._next()  # document end
        after = self._next()
        if type(after).__name__ == "DocumentStartEvent":
            raise self._at(after, "yaml-two-documents", "a second YAML document begins here", _ONE)
        return node

    def _refuse_characters(self) -> None:
        """Those that YAML forbids or takes for the end of a line, where no editor shows one."""
        found = _NOT_IN_YAML.search(self._text)
        if found:
            before = self._text[: found.start()]
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            message = f"the character U+{ord(found[0]):04X} is not allowed in YAML"
            raise self._bad(line, column, "character-forbidden", message, "delete it")

    def _syntax(self, error: Any) -> BadYaml:
        """What the author did, as far as it shows in what the parser met."""
        context, what = error.context or "", error.problem or ""
        line, column = self._within(*_line_and_column(error.problem_mark or error.context_mark))
        source = self._lines()[line - 1] if line <= len(self._lines()) else ""
        if tab := re.match(r" *\t", source):
            return self._bad(line, tab.end(), "yaml-tab", "a tab where YAML wants spaces", "indent with spaces")
        if "mapping values are not allowed" in what and ": " in source[: column - 1]:
            return self._bad(line, column, "yaml-colon", "a second `: ` in one line", _COLON)
        if "mapping values are not allowed" in what or "<document start>" in what:
            return self._outside(line, len(source) - len(source.lstrip()) + 1)
        for mistake in _MISTAKES:
            if mistake.words in f"{context}: {what}":
                line, column = _line_and_column((mistake.where_begun and error.context_mark) or error.problem_mark)
                return self._bad(*self._within(line, column), mistake.code, mistake.message, mistake.hint)
        hint = "check quotes, brackets and indentation up to this place"
        return self._bad(line, column, "yaml-syntax", f"this is not YAML: {what}", hint)

    def _within(self, line: int, column: int) -> tuple[int, int]:
        """The place itself, or the end of what is written where it lies behind that."""
        lines = self._text.rstrip().split("\n")
        return (line, column) if line <= len(lines) else (len(lines), len(lines[-1]) + 1)

    def _outside(self, line: int, column: int) -> BadYaml:
        """A key that the ones above it don't take in."""
        if "..." in self._lines()[: line - 1]:
            return self._bad(line, column, "yaml-two-documents", "a second YAML document begins here", _ONE)
        message = "this line does not begin where the keys above it do"
        return self._bad(line, column, "yaml-indent", message, "begin all keys of one level in the same column")

    def _node(self, event: Any, depth: int) -> Node:
        name = type(event).__name__
        if depth > MAX_DEPTH:
            raise self._at(event, "yaml-too-deep", f"more than {MAX_DEPTH} levels", "make it flatter")
        if getattr(event, "anchor", None):
            mark = "*" if name == "AliasEvent" else "&"
            hint = f"write the value out; a text that begins with `{mark}` needs quotes"
            raise self._at(event, "yaml-alias", f"anchors and aliases (`{mark}`) are not read here", hint)
        if getattr(event, "tag", None):
            hint = "leave the tag out; a text that begins with `!` needs quotes"
            raise self._at(event, "yaml-tag", f"tags (`{_written(event.tag)}`) are not read here", hint)
        line, column = self._place(event)
        if name == "ScalarEvent":
            return self._scalar(event, line, column)
        if name == "SequenceStartEvent":
            return Sequence(tuple(self._items("SequenceEndEvent", depth)), line, column)
        return Mapping(tuple(self._entries(depth)), line, column)

    def _scalar(self, event: Any, line: int, column: int) -> Scalar:
        text = event.value
        if len(text) * 4 > MAX_SCALAR_BYTES and len(text.encode("utf-8", "surrogatepass")) > MAX_SCALAR_BYTES:
            raise self._at(event, "yaml-long-value", "a value of more than 16 KiB", "move the text into the body")
        bad = forbidden_character(text) if event.style == '"' else None  # escapes: the rest was looked at before
        if bad is not None:
            message = f"the character U+{ord(text[bad]):04X} is not allowed in a text"
            raise self._at(event, "character-forbidden", message, "delete it")
        # An escape may have made a letter of two characters.
        return Scalar(nfc(text) if event.style == '"' else text, not event.style, line, column)

    def _items(self, end: str, depth: int) -> Iterator[Node]:
        while type(event := self._next()).__name__ != end:
            yield self._node(event, depth + 1)

    def _entries(self, depth: int) -> Iterator[tuple[Scalar, Node]]:
        seen: dict[str, Scalar] = {}
        while type(event := self._next()).__name__ != "MappingEndEvent":
            key = self._node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise self._bad_at(key, "yaml-key", "a key must be a word", "begin a list item with `- `")
            if key.text in seen:
                message = f"the key `{key.text}` stands twice, in lines {seen[key.text].line} and {key.line}"
                raise self._bad_at(key, "yaml-key-twice", message, "keep one of them")
            seen[key.text] = key
            yield key, self._node(self._next(), depth + 1)

    def _place(self, event: Any) -> tuple[int, int]:
        return event.start_mark.line + self._first_line, event.start_mark.column + 1

    def _lines(self) -> list[str]:
        return self._text.split("\n")

    def _at(self, event: Any, code: str, message: str, hint: str) -> BadYaml:
        return self._bad(event.start_mark.line + 1, event.start_mark.column + 1, code, message, hint)

    def _bad_at(self, node: Node, code: str, message: str, hint: str) -> BadYaml:
        return self._bad(node.line - self._first_line + 1, node.column, code, message, hint)

    def _bad(self, line: int, column: int, code: str, message: str, hint: str = "") -> BadYaml:
        """`line` counts within the text."""
        lines = self._lines()
        return BadYaml(
            Problem(
                path=self._path,
                line=line + self._first_line - 1,
                column=column,
                code=code,
                message=message,
                hint=hint,
                excerpt=lines[line - 1] if line <= len(lines) else "",
            )
        )


def _line_and_column(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _written(tag: str) -> str:
    """A tag as the author typed it: the parser has spelt `!!` out."""
    return tag.replace("tag:yaml.org,2002:", "!!", 1)
