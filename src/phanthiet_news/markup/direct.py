"""Bodies that are written in nothing but the commonest forms → HTML at once, past Markdown and past the cleaning.

Knows what Python-Markdown, the extensions that are always on and nh3 make of plain paragraphs, headings, quotations,
lists, tables, pictures and footnotes; must not know any other form. A body with anything else in it is left to them as
a whole: what comes out here is what would have come out there, to the byte.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from markdown import Markdown
from markdown.extensions.toc import unique

from phanthiet_news.gates import needed_by
from phanthiet_news.signs import Signs, holds, signs
from phanthiet_news.straight import LABEL, emphasized, markers

_STRANGE = ["\\", "`", "<", "&", "{", "=="]  # begin what is none of the forms, and can stand in the middle of words

# Addresses that nh3 lets pass; what leads out names a host that it can read.
_HOST = r"(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}"
_URL = rf"https?://{_HOST}(?=[/?#) ])[\w./?=%#~+,;@:-]*|(?!//)[\w./?=%#~+,;@-]+"
_LINK = re.compile(rf"{LABEL}\(({_URL})\)", re.ASCII)
_TITLE = r"[^\s\"'\[\]](?:[^\n\"'\[\]]*[^\s\"'\[\]])?"
_PICTURE = re.compile(rf"!\[([^\n\[\]*_\"]*)\]\(({_URL})(?: \"({_TITLE})\")?\)", re.ASCII)

_NOTE = re.compile(r"\[\^([\w-]+)\]: +(\S.*)", re.ASCII)
_CITED = re.compile(r"\[\^([\w-]+)\]", re.ASCII)

_SAFE = re.compile(r"(?!http|\d+\.\s)\*{0,2}[^\s*_+#>=:|!~-]")  # so begin lines that are nothing but words
_HEADING = re.compile(r"(#{2,6}) *([^#\n]*[^#\s])")
_QUOTED = re.compile(r"> ?(.*)")
_ITEM = {"ul": re.compile(r"[*+-] +(\S.*)"), "ol": re.compile(r"\d+\. +(\S.*)")}
_FIRST = re.compile(r"1\. ")
_ROW = re.compile(r"\|.*\|")
_RULE = re.compile(r"\|(?: *:?-+:? *\|)+")
_TAG = re.compile(r"(<[^>]*>)")
_HIDDEN = re.compile("\x02(\\d+)\x03")


class FoundHeading(msgspec.Struct, frozen=True):
    """A section's heading."""

    id: str
    text: str
    level: int


class _Quote(NamedTuple):
    """An expression for a quotation mark, a dash …, the texts that it needs, and what it makes of them."""

    regex: re.Pattern[str]
    needed: Signs
    replace: tuple[int | str, ...]


class Direct:
    """The direct way past one converter, which is `md` as it is without extensions of others.

    `back` are the words for the way back from a footnote, with its number in the place of `{}`.
    `captioned` splits the title of a picture into a caption and who made it, which is None where it names nobody.
    `credit` stands in front of that one. `box` is the tag around a table. `anchor` makes an id of a heading's words.
    """

    def __init__(
        self,
        md: Markdown,
        captioned: Callable[[str], tuple[str, str | None]],
        credit: str,
        box: str,
        back: str,
        anchor: Callable[[str], str],
    ) -> None:
        self.captioned, self.credit, self.box, self.back, self.anchor = captioned, credit, box, back, anchor
        self.quotes = tuple(_quotes(md))
        self.quoted = signs(text for quote in self.quotes for _, text in quote.needed)
        self._hindrances = signs([*_STRANGE, *markers(md)])

    def html(self, text: str) -> tuple[str, tuple[FoundHeading, ...]] | None:
        """The HTML of a body as pages show it, and its headings; None where Markdown has to be asked."""
        text = text.strip("\n")
        is_plain = text.replace("\n", "").isprintable()  # no space but the common one, nothing that nobody sees
        if not text or not is_plain or " \n" in text or text[-1] == " " or holds(text, self._hindrances):
            return None
        document = _Document(self, is_quoted=holds(text, self.quoted))
        try:
            return document.made(text), tuple(document.headings)
        except _OtherwiseError:
            return None


def _quotes(md: Markdown) -> Iterator[_Quote]:
    if "smarty" not in md.treeprocessors:
        return
    smarty: Any = md.treeprocessors["smarty"]
    for pattern in smarty.inlinePatterns:
        replace = tuple(html.unescape(each) if isinstance(each, str) else each for each in pattern.replace)
        yield _Quote(pattern.compiled_re, signs(needed_by(pattern.compiled_re)), replace)


class _OtherwiseError(Exception):
    """There is something that must be left to Markdown."""


class _Document:
    """One body. Its methods raise _OtherwiseError."""

    def __init__(self, way: Direct, is_quoted: bool) -> None:
        self._way, self._is_quoted = way, is_quoted
        self.headings: list[FoundHeading] = []
        self._ids: set[str] = set()
        self._counters: dict[str, int] = {}
        self._notes: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._cited: set[str] = set()

    def made(self, text: str) -> str:
        """The HTML of the whole; quotations with nothing between them are one."""
        if "\n\n\n" in text:
            text = re.sub(r"\n{3,}", "\n\n", text)
        blocks = text.split("\n\n")
        if "[^" in text:
            blocks = self._without_notes(blocks)
        form, words = _FORMS.get, _Document._paragraph
        made = "\n".join([form(block[0], words)(self, block) for block in blocks])
        if "</ul>\n<ul>" in made or "</ol>\n<ol>" in made:  # their items become paragraphs
            raise _OtherwiseError
        made = made.replace("</blockquote>\n<blockquote>\n", "")
        return "\n".join(filter(None, [made, self._footnotes()])) if self._notes else made

    # --- footnotes, which are numbered in the order of their texts

    def _without_notes(self, blocks: list[str]) -> list[str]:
        left = []
        for block in blocks:
            if not block.startswith("[^"):
                left.append(block)
                continue
            for line in block.split("\n"):
                label, text = (_NOTE.fullmatch(line) or _otherwise()).groups()
                if label in self._notes or "[^" in text:
                    raise _OtherwiseError
                self._notes[label] = text
        self._numbers = {label: number for number, label in enumerate(self._notes, 1)}
        return left

    def _citation(self, found: re.Match[str]) -> str:
        label = found[1]
        if label not in self._notes or label in self._cited:
            raise _OtherwiseError
        self._cited.add(label)
        number = self._numbers[label]
        return f'<sup id="fnref:{label}"><a class="footnote-ref" href="#fn:{label}">{number}</a></sup>'

    def _footnotes(self) -> str:
        """All of them, below a line."""
        items = [self._footnote(label, number) for label, number in self._numbers.items()]
        return "\n".join(['<div class="footnote">\n<hr>\n<ol>', *items, "</ol>\n</div>"])

    def _footnote(self, label: str, number: int) -> str:
        text = self._paragraph(self._notes[label]).removesuffix("</p>")
        title = html.escape(self._way.back.format(number))
        back = f'<a class="footnote-backref" href="#fnref:{label}" title="{title}">↩</a>'
        return f'<li id="fn:{label}">\n{text}&nbsp;{back}</p>\n</li>'

    # --- forms, by what they begin with

    def _paragraph(self, block: str) -> str:
        if not (all(map(_SAFE.match, block.split("\n"))) if "\n" in block else _SAFE.match(block)):
            raise _OtherwiseError
        return f"<p>{self._words(block)}</p>"

    def _heading(self, block: str) -> str:
        found = _HEADING.fullmatch(block) or _otherwise()
        words, level = self._words(found[2]), len(found[1])
        if "<" in words:
            raise _OtherwiseError
        name = " ".join(words.split())
        anchor = unique(self._way.anchor(name), self._ids, self._counters)
        self.headings.append(FoundHeading(anchor, name, level))
        return f'<h{level} id="{anchor}">{words}</h{level}>'

    def _quotation(self, block: str) -> str:
        text = "\n".join((_QUOTED.fullmatch(line) or _otherwise())[1] for line in block.split("\n"))
        return "\n".join(["<blockquote>", *map(self._paragraph, text.split("\n\n")), "</blockquote>"])

    def _starred(self, block: str) -> str:
        return self._bullets(block) if block[1:2] == " " else self._paragraph(block)

    def _numbered(self, block: str) -> str:
        return self._list("ol", block) if _FIRST.match(block) else self._paragraph(block)

    def _bullets(self, block: str) -> str:
        return self._list("ul", block)

    def _list(self, tag: str, block: str) -> str:
        items = [(_ITEM[tag].fullmatch(line) or _otherwise())[1] for line in block.split("\n")]
        if not all(map(_SAFE.match, items)):
            raise _OtherwiseError
        return "\n".join([f"<{tag}>", *(f"<li>{self._words(item)}</li>" for item in items), f"</{tag}>"])

    def _picture(self, block: str) -> str:
        found = _PICTURE.fullmatch(block)
        if not found or ">" in block:
            raise _OtherwiseError
        caption = self._caption(found[3]) if found[3] else ""
        return f'<figure><img alt="{found[1]}" loading="lazy" src="{found[2]}">{caption}</figure>'

    def _caption(self, title: str) -> str:
        caption, maker = self._way.captioned(title)
        named = f'<span class="credit">{self._smart(self._way.credit + maker)}</span>' if maker is not None else ""
        return f"<figcaption>{self._smart(caption)}{named}</figcaption>"

    def _table(self, block: str) -> str:
        head, rule, *rows = block.split("\n") if block.count("\n") > 1 else _otherwise()
        if not (_RULE.fullmatch(rule) and all(map(_ROW.fullmatch, (head, *rows)))):
            raise _OtherwiseError
        align = [_alignment(each.strip(" ")) for each in rule[1:-1].split("|")]
        if head.count("|") != rule.count("|"):
            raise _OtherwiseError
        body = "\n".join(self._row("td", row, align) for row in rows)
        table = f"<thead>\n{self._row('th', head, align)}\n</thead>\n<tbody>\n{body}\n</tbody>"
        return f"{self._way.box}<table>\n{table}\n</table></div>"

    def _row(self, tag: str, row: str, align: list[str]) -> str:
        cells = [self._words(cell) if (cell := each.strip(" ")) else "" for each in row[1:-1].split("|")]
        cells += [""] * (len(align) - len(cells))
        made = (f"<{tag}{how}>{cell}</{tag}>" for how, cell in zip(align, cells))  # noqa: B905  # more cells are dropped
        return "\n".join(["<tr>", *made, "</tr>"])

    # --- what is in them

    def _words(self, text: str) -> str:
        """Words with emphasis and links."""
        made = text
        if "[" in made:
            made = _CITED.sub(self._citation, made) if "[^" in made else made
            made = _LINK.sub(_linked, made)
        if "*" in made:
            made = emphasized(made)
        if ">" in text or "[" in made or "]" in made or "*" in made or ("_" in text and "_" in _TAG.sub("", made)):
            raise _OtherwiseError
        if not self._has_quotes(text):
            return made
        if made is text:
            return self._smart(text)
        parts = _TAG.split(made)
        parts[::2] = map(self._smart, parts[::2])
        return "".join(parts)

    def _has_quotes(self, text: str) -> bool:
        return self._is_quoted and holds(text, self._way.quoted)

    def _smart(self, text: str) -> str:
        """With typographic quotation marks. As Markdown does it: by turns, each hidden from those that come later."""
        if not self._has_quotes(text):
            return text
        hidden: list[str] = []
        for quote in self._way.quotes:
            while holds(text, quote.needed) and (found := quote.regex.search(text)):
                hidden.append("".join(found[each] if isinstance(each, int) else each for each in quote.replace))
                text = f"{text[: found.start()]}\x02{len(hidden) - 1}\x03{text[found.end() :]}"
        return _HIDDEN.sub(lambda found: hidden[int(found[1])], text) if hidden else text


def _linked(found: re.Match[str]) -> str:
    return f'<a href="{found[2]}">{found[1]}</a>'


def _otherwise() -> Any:
    raise _OtherwiseError


def _alignment(rule: str) -> str:
    """As a class, of the line below a column's head."""
    side = {"::": "center", ":-": "left", "-:": "right"}.get(rule[0] + rule[-1]) if len(rule) > 1 else ""
    return f' class="align-{side}"' if side else ""


_FORMS: Mapping[str, Callable[[_Document, str], str]] = {
    "#": _Document._heading,
    ">": _Document._quotation,
    "!": _Document._picture,
    "|": _Document._table,
    "*": _Document._starred,
    **dict.fromkeys("+-", _Document._bullets),
    **dict.fromkeys("0123456789", _Document._numbered),
}
