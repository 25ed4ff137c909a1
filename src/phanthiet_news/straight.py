"""Paragraphs that need nothing of Markdown but emphasis and plain links go straight to HTML, past its tree.

Knows what such a paragraph is made of and what Python-Markdown makes of it; must not know options or articles. In the
tree one paragraph stands for each row of them, and their HTML takes its place when the tree has become text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown, inlinepatterns

from phanthiet_news.signs import Signs, holds, signs

_MARK = "\x04"  # a text that holds it goes the long way
# Whatever stands in front is looked at last: expressions that begin with a sign are found many times as fast.
LABEL = r"\[(?<!!\[)([^\s\[\]*](?:[^\n\[\]*]*[^\s\[\]*])?)\]"
_LINK = re.compile(rf"{LABEL}\(([\w./:?=%#~+,;@-]+)\)", re.ASCII)
_WORDS = r"([^\s*\[\]<>](?:[^\n*\[\]<>]*[^\s*\[\]<>])?)"
_STRONG = re.compile(rf"\*\*(?<![*\w]\*\*){_WORDS}\*\*(?![*\w])")
_EMPHASIS = re.compile(rf"\*(?<![*\w]\*){_WORDS}\*(?![*\w])")
_ABBREVIATION = "*["  # which is looked for in all texts

# These leave a paragraph alone in whose text they find nothing of theirs.
CALM = {
    "markdown.extensions.abbr.AbbrTreeprocessor",
    "markdown.extensions.attr_list.AttrListTreeprocessor",
    "markdown.extensions.footnotes.FootnotePostTreeprocessor",
    "markdown.extensions.footnotes.FootnoteTreeprocessor",
    "markdown.extensions.toc.TocTreeprocessor",
    "markdown.treeprocessors.InlineProcessor",
    "markdown.treeprocessors.PrettifyTreeprocessor",
    "markdown.treeprocessors.UnescapeTreeprocessor",
}


class Straight:
    """The short way through one converter.

    It is open while nothing is registered with the converter of which `is_calm` does not know that it leaves such
    paragraphs alone. `needed` gives the texts without one of which no inline pattern matches.
    """

    def __init__(
        self, md: Markdown, is_calm: Callable[[object], bool], needed: Callable[[], Iterable[Collection[str]]]
    ) -> None:
        self._md, self._is_calm, self._needed = md, is_calm, needed
        self._registered: list[object] = []
        self._odd: Signs | None = None
        self._hindrances: Signs = ()
        self._open = False
        self._odd_here: Signs = ()
        self._rows: list[list[str]] = []
        self._row: Element | None = None

    def begin(self, text: str) -> None:
        """Another document."""
        registered = [*self._md.treeprocessors, *self._md.inlinePatterns]
        if registered != self._registered:
            self._learn(registered)
        self._rows, self._row = [], None
        self._open = self._odd is not None and not self._is_hindered(text)
        self._odd_here = tuple(sign for sign in self._odd or () if sign[0] in text)

    def _learn(self, registered: list[object]) -> None:
        self._registered = registered
        needed = {each for texts in self._needed() for each in texts}
        calm = all(map(self._is_calm, self._md.treeprocessors)) and all(needed)
        self._odd = signs({*needed, *"<>&{"} - self._understood()) if calm else None
        self._hindrances = signs([_MARK, _ABBREVIATION, *markers(self._md)])

    def _understood(self) -> set[str]:
        """The signs of those patterns of which the expressions above know what comes of them."""
        known: dict[type, Any] = {type(each): each for each in self._md.inlinePatterns}
        link, delimiters = known.get(inlinepatterns.LinkInlineProcessor), known.get(_Delimiters)
        tags = {each.token: (each.tags, each.double) for each in delimiters.delimiters.values()} if delimiters else {}
        wanted = {"*": (("strong", "em"), False), "_": (("strong", "em"), False)}
        signs_of_links = {"["} if link and link.pattern == inlinepatterns.LINK_RE else set()
        return signs_of_links | ({"*"} if tags == wanted else set())

    def _is_hindered(self, text: str) -> bool:
        return holds(text, self._hindrances) or any(map(_defines, text.split("\n")))

    def take(self, parent: Element, block: str) -> bool:
        """Whether the block was such a paragraph; then it is in its place below `parent`, the document's root."""
        text = self._html(block) if self._open else None
        if text is None:
            return False
        if self._row is None or parent[-1] is not self._row:
            self._row = SubElement(parent, "p")
            self._row.text = f"{_MARK}{len(self._rows)}{_MARK}"
            self._rows.append([])
        self._rows[-1].append(text)
        return True

    def _html(self, block: str) -> str | None:
        if holds(block, self._odd_here) or block != block.strip():
            return None
        if "[" in block:
            block = _LINK.sub(r'<a href="\2">\1</a>', block)
        if "*" in block:
            block = emphasized(block)
        return None if "[" in block or "]" in block or "*" in block else block

    def fill(self, text: str) -> str:
        """The text that the tree has become, with the paragraphs in their places."""
        if not self._rows or _MARK not in text:
            return text
        parts = text.split(_MARK)
        parts[1::2] = ["</p>\n<p>".join(self._rows[int(number)]) for number in parts[1::2]]
        return "".join(parts)


def emphasized(text: str) -> str:
    """With elements for stars, wherever it is plain what they mean; other stars stay."""
    if "**" in text:
        text = _STRONG.sub(lambda found: f"<strong>{found[1]}</strong>", text)
    return _EMPHASIS.sub(lambda found: f"<em>{found[1]}</em>", text) if "*" in text else text


def markers(md: Markdown) -> list[str]:
    """Texts that ask for something to be put in their place, as `[TOC]` does."""
    found = (getattr(each, "marker", None) or _footnotes_marker(each) for each in md.treeprocessors)
    return list(filter(None, found))


_Delimiters: Any = getattr(inlinepatterns, "DelimiterProcessor", None)


def _footnotes_marker(processor: Any) -> str | None:
    footnotes = getattr(processor, "footnotes", None)
    return footnotes.getConfig("PLACE_MARKER") if footnotes else None


def _defines(line: str) -> bool:
    """Whether it may define what the paragraph before it names."""
    return ":" in line[:4] and line.lstrip(" ").startswith(":")
