"""What an author may write between the two `---` lines, and how it is read.

Knows the keys of front matter; must not know the configuration (whether a category exists, say).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Annotated

import msgspec

from phanthiet_news.problem import Problem
from phanthiet_news.schema import Instant, Reader, Slug, Text
from phanthiet_news.yamltext import BadYaml, parse
from phanthiet_news.yamltree import Mapping, Node, Scalar, Sequence

STOPGAPS = {"title": "?", "date": datetime(2000, 1, 1, tzinfo=UTC)}
_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
_ALIAS = r"^/([^\s/?#\\]+/)*[^\s/?#\\]*$"


class ImageMatter(msgspec.Struct, frozen=True):
    """The lead picture."""

    src: Annotated[Text, msgspec.Meta(description="file beside the article, or a path of the site, or a url")]
    alt: Annotated[str, msgspec.Meta(description="what the picture shows, for those who don't see it")] = ""
    caption: Annotated[str, msgspec.Meta(description="the line under the picture")] = ""
    credit: Annotated[str, msgspec.Meta(description="who made the picture")] = ""


class CorrectionMatter(msgspec.Struct, frozen=True):
    """One correction of what was published."""

    date: Annotated[Instant, msgspec.Meta(description="when it was put right")]
    text: Annotated[Text, msgspec.Meta(description="what was wrong and what is right")]


class FrontMatter(msgspec.Struct, frozen=True):
    """The keys of an article's front matter."""

    title: Annotated[Text, msgspec.Meta(description="the headline")]
    date: Annotated[Instant, msgspec.Meta(description="when it is published; before that instant it is left out")]
    updated: Annotated[Instant, msgspec.Meta(description="when it last changed in substance")] | None = None
    author: Annotated[Text, msgspec.Meta(description="slug of a declared author, or a name")] | None = None
    authors: Annotated[tuple[Text, ...], msgspec.Meta(description="several authors")] = ()
    category: Annotated[Text, msgspec.Meta(description="slug or title; else the folder's")] | None = None
    tags: Annotated[tuple[Text, ...], msgspec.Meta(description="subjects, as readers see them")] = ()
    summary: Annotated[str, msgspec.Meta(description="the sapo: one or two sentences")] = ""
    image: Annotated[ImageMatter, msgspec.Meta(description="the lead picture")] | None = None
    featured: Annotated[bool, msgspec.Meta(description="stands high on the front page")] = False
    draft: Annotated[bool, msgspec.Meta(description="left out unless drafts are asked for")] = False
    expires: Annotated[Instant, msgspec.Meta(description="left out from this instant on")] | None = None
    slug: Annotated[Slug, msgspec.Meta(description="last part of the url; else the file's name")] | None = None
    aliases: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern=_ALIAS, examples=["/tin/mot-bai-cu/"])], ...],
        msgspec.Meta(description="former addresses, oldest first; each leads to the article"),
    ] = ()
    source: Annotated[str, msgspec.Meta(description="where it was first published")] = ""
    corrections: Annotated[tuple[CorrectionMatter, ...], msgspec.Meta(description="what was put right")] = ()
    noindex: Annotated[bool, msgspec.Meta(description="ask search engines to pass it over")] = False
    toc: Annotated[bool, msgspec.Meta(description="show a table of contents; else only where it is long")] | None = None
    attachments: Annotated[tuple[Text, ...], msgspec.Meta(description="files offered for download")] = ()
    id: Annotated[Text, msgspec.Meta(description="fixed id for feeds; else made from the oldest address")] | None = None


class Matter(msgspec.Struct, frozen=True):
    """Front matter that was read, where its keys stand, and the body behind it."""

    front: FrontMatter
    keys: Mapping
    body: str
    body_line: int

    def place(self, key: str, item: str | None = None) -> Node:
        """The node of a key's value, or of an item in it; the whole block where the key is not written."""
        found = next((node for name, node in self.keys.entries if name.text == key), self.keys)
        items = found.items if isinstance(found, Sequence) else ()
        return next((each for each in items if isinstance(each, Scalar) and each.text.strip() == item), found)


def read(text: str, path: str, zone: tzinfo) -> tuple[Matter | None, Reader]:
    """Split and read a source's text (LF line ends, no BOM). The reader carries the problems.

    Wherever the keys can be told apart there is a Matter, even if some were refused.
    """
    reader = Reader(path, text, zone)
    cut = _split(text, path, reader)
    if cut is None:
        return None, reader
    try:
        keys = parse(text[cut.start : cut.end], path, first_line=2)
    except BadYaml as bad:
        reader.problems.append(bad.problem)
        return None, reader
    if not isinstance(keys, Mapping):
        reader.refuse(keys, "front-matter-list", "front matter holds keys, not a list or a text", "write `title: …`")
        return None, reader
    front = reader.struct(keys, FrontMatter, STOPGAPS)
    if front is None:
        return None, reader
    return Matter(front, keys, text[cut.body :], text.count("\n", 0, cut.body) + 1), reader


class _Cut(msgspec.Struct, frozen=True):
    start: int
    end: int
    body: int


def _split(text: str, path: str, reader: Reader) -> _Cut | None:
    opening = _FENCE.match(text)
    if opening is None:
        reader.problems.append(_without_front_matter(text, path))
        return None
    closing = _FENCE.search(text, opening.end())
    if closing is None:
        hint = "put a line `---` between the front matter and the body"
        message = "the front matter is not closed"
        reader.problems.append(_at_top(text, path, "front-matter-open", message, hint))
        return None
    return _Cut(opening.end() + 1, closing.start(), min(closing.end() + 1, len(text)))


def _without_front_matter(text: str, path: str) -> Problem:
    if not text.strip():
        return Problem(path=path, line=1, column=1, code="file-empty", message="the file is empty", hint=_NEW)
    message = "the file does not begin with front matter"
    return _at_top(text, path, "front-matter-missing", message, "begin it with `---`, keys, `---`")


def _at_top(text: str, path: str, code: str, message: str, hint: str) -> Problem:
    return Problem(path=path, line=1, column=1, code=code, message=message, hint=hint, excerpt=text.split("\n")[0])


_NEW = 'delete it, or make an article with `ptnews new article "…"`'
