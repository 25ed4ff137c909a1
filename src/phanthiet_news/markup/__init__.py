"""Markdown → clean HTML in pieces, with what stands in it: links, headings, anchors.

Knows Python-Markdown and nh3, and what HTML a news article may hold; must not know articles, urls of the
site, or whether a link leads anywhere.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from threading import get_ident
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import markdown
import msgspec
import nh3
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.attr_list import AttrListExtension
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.fenced_code import FencedCodeExtension
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.smarty import SmartyExtension
from markdown.extensions.tables import TableExtension
from markdown.extensions.toc import TocExtension, TocTreeprocessor
from markdown.inlinepatterns import SimpleTagInlineProcessor
from markdown.treeprocessors import Treeprocessor

from phanthiet_news.gates import gated
from phanthiet_news.markup import frames
from phanthiet_news.markup.direct import Direct, FoundHeading
from phanthiet_news.markup.tags import ATTRIBUTE, VALUES, changed
from phanthiet_news.text import forbidden_character, shorten, slugify

EXCERPT_LENGTH = 200
SCHEMES = {"http", "https", "mailto", "tel"}

_CREDIT = re.compile(r"^(?P<caption>.*?)[\s.(–-]*\b(?:Ảnh|Photo):\s*(?P<credit>.+?)\)?\s*$", re.DOTALL)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ALIGN = re.compile(r"text-align:\s*(left|center|right)")

# In what nh3 has written, every attribute is quoted and holds no quote. So these find attributes of tags, and only
# those, if they walk over the attributes in front one by one: a value may look like an attribute (`title=" href="`).
_BEFORE = r"(?: (?!{0}=)[^\s=>\"]+(?:=\"[^\"]*\")?)*+ {0}=\""
_ADDRESS = re.compile(r"<(a|img|iframe|source|video|audio)" + _BEFORE.format("(?:href|src)") + r"([^\"]*)")
_REST = re.compile(r"\"((?: [^\s=>\"]+(?:=\"[^\"]*\")?)*)>")
_PAIR = re.compile(r" ([^\s=>\"/]+)(?:=\"([^\"]*)\")?")
_SHOWN = re.compile(r"<(/?fig(?:ure|caption)|img)((?: [^\s=>\"]+(?:=\"[^\"]*\")?)*)>")  # no value holds a `<`
_ID = re.compile(r"<[a-z][a-z0-9]*" + _BEFORE.format("id") + r"([^\"]*)\"")
_OWN_ID = re.compile(r"(<[a-z][a-z0-9]*(?: (?!id=)[^\s=>\"]+=\"[^\"]*\")*+) id=\"pt_[^\"]*\"")
_KINDS = {"a": "link", "img": "picture"}
_NO_WORDS = re.compile(r"<sup id=\"fnref.*?</sup>|<[^>]*>")  # tags, and the numbers of footnotes
_WIDE = re.compile(r"<figure" + _BEFORE.format("class") + r"(?:[^\"]* )?wide[ \"]")
_EMPTY_FRAME = re.compile(r"<iframe(?![^>]* src=)[^>]*>.*?</iframe>", re.DOTALL)

# What stands in a text of any form, told as browsers do: comments and scripts hold no tags.
_START_TAG = re.compile(
    rf"<!--.*?(?:-->|\Z)|<(script|style)\b({VALUES}).*?(?:</\1|\Z)|<([a-z][^\s/>]*)({VALUES})",
    re.DOTALL | re.IGNORECASE,
)
# Inside these, browsers do look for tags in styles and scripts.
_FOREIGN = re.compile(r"<(?:svg|math)\b", re.IGNORECASE)
_ANY_TAG = re.compile(rf"<!--.*?(?:-->|\Z)|<()()([a-z][^\s/>]*)({VALUES})", re.DOTALL | re.IGNORECASE)
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_CITED = re.compile(r"https?://|mailto:|tel:|/|[\w.-]+(?:[/?#]|\Z)", re.IGNORECASE)
_OUTSIDE = re.compile(rf"(?:{'|'.join(sorted(SCHEMES))}):|//", re.IGNORECASE)

_TAGS = set(
    "a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure h2 h3 h4"
    " h5 h6 hr i iframe img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody"
    " td tfoot th thead time tr u ul var wbr".split()
)
_ATTRIBUTES = {
    "*": {"class", "id", "lang", "title", "dir"},
    "a": {"href"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"datetime"},
    "details": {"open"},
    "iframe": {"src", "width", "height", "loading", "allowfullscreen", "allow", "frameborder", "referrerpolicy"},
    "img": {"src", "alt", "width", "height", "loading"},
    "ins": {"datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "time": {"datetime"},
}


class Labels(msgspec.Struct, frozen=True):
    """Words that conversion itself puts into a body; `{}` stands for a host or a number."""

    video_play: str
    footnote_back: str
    credit_prefix: str
    table: str


class Options(msgspec.Struct, frozen=True):
    """How bodies are read; everything that the result depends on besides the text."""

    labels: Labels
    smart_quotes: bool = True
    trust_html: bool = False
    video_hosts: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()


class FoundLink(msgspec.Struct, frozen=True):
    """An address in a body, as written: `kind` is `link`, `picture`, or `file` for whatever else is shown there."""

    target: str
    kind: str


class FoundPicture(msgspec.Struct, frozen=True):
    """A picture whose whole tag is cut out: the number of its link, and its other attributes as name and value.

    `wide` is whether it stands in a wide figure.
    """

    number: int
    attributes: tuple[tuple[str, str], ...]
    wide: bool


class FoundFigure(msgspec.Struct, frozen=True):
    """A figure of one such picture whose words name nobody, and where they may: at this offset in a piece.

    That is the end of the caption, if there is one.
    """

    number: int
    piece: int
    offset: int
    captioned: bool


class Converted(msgspec.Struct, frozen=True):
    """Clean HTML in pieces (an address between each two), and what stands in it.

    Between some pieces stands the whole tag of a picture. `wordless` are the addresses of pictures that say nothing to
    those who don't see them. `dropped` names what cleaning took away: `<script>`, `onclick` …
    """

    pieces: tuple[str, ...]
    pictures: tuple[FoundPicture, ...]
    figures: tuple[FoundFigure, ...]
    wordless: tuple[str, ...]
    links: tuple[FoundLink, ...]
    headings: tuple[FoundHeading, ...]
    anchors: tuple[str, ...]
    dropped: tuple[str, ...]

    @property
    def excerpt(self) -> str:
        """The first paragraph as plain text, cut at a word within 200 characters."""
        found = re.search(r"<p>(.*?)</p>", "".join(self.pieces), re.DOTALL)
        return shorten(html.unescape(_NO_WORDS.sub("", found[1])), EXCERPT_LENGTH) if found else ""


def convert(text: str, options: Options) -> Converted:
    """Convert one body. The result depends on the two arguments only, never on earlier calls."""
    shown, headings, dropped = _directly(text, options) or _by_markdown(text, options)
    pieces, starts, pictures, links = _cut(shown)
    tags = list(_SHOWN.finditer(shown)) if "<img" in shown else []
    figures, wordless = _figures(tags, shown, starts, pictures), _wordless(tags)
    found = tuple(pictures.values())
    return Converted(pieces, found, figures, wordless, links, headings, tuple(_ID.findall(shown)), dropped)


_Shown = tuple[str, tuple[FoundHeading, ...], tuple[str, ...]]
"""Clean HTML as pages show it, its headings, and what was dropped."""


def _directly(text: str, options: Options) -> _Shown | None:
    if options.extensions or options.trust_html:
        return None
    found = _direct(options).html(text)
    return (*found, ()) if found else None


def _by_markdown(text: str, options: Options) -> _Shown:
    converter = _converter(options, get_ident())
    converter.reset()
    try:
        raw = converter.convert(text)
    except BaseException:
        _converter.cache_clear()  # where it was in the text is not among what `reset` forgets
        raise
    headings = tuple(_headings(converter.toc_tokens))  # type: ignore[attr-defined]
    clean, dropped = (raw, ()) if options.trust_html else _clean(raw, options.video_hosts)
    return _finished(clean, options), headings, dropped


@lru_cache(maxsize=16)
def _direct(options: Options) -> Direct:
    labels = options.labels
    anchor = partial(_heading_id, separator="")
    box, back = _box(labels.table), labels.footnote_back
    return Direct(ungated(options), _captioned, labels.credit_prefix, box, back, anchor)


@lru_cache(maxsize=16)
def _converter(options: Options, thread: int) -> markdown.Markdown:
    """Kept, for making it takes longer than converting an article; no two threads may share it."""
    return gated(ungated(options), OWN_GATES, CALM)


def ungated(options: Options) -> markdown.Markdown:
    """The converter as Python-Markdown makes it: what the gated one is held to.

    Its own extensions are not named but made: for a name, Markdown looks through all packages that are installed.
    """
    extensions: list[Extension | str] = [
        AbbrExtension(),
        AttrListExtension(),
        DefListExtension(),
        FencedCodeExtension(),
        SaneListExtension(),
        TableExtension(use_align_attribute=False),
        FootnoteExtension(BACKLINK_TITLE=options.labels.footnote_back),
        _ContentsExtension(slugify=_heading_id, toc_depth="2-6"),
        NewsExtension(options),
        *options.extensions,
    ]
    if options.smart_quotes:
        extensions.append(SmartyExtension(smart_quotes=True))
    return markdown.Markdown(extensions=extensions, output_format="html")


def _heading_id(text: str, separator: str) -> str:
    return slugify(text) or "muc"


def _headings(tokens: list[dict[str, Any]]) -> list[FoundHeading]:
    found = []
    for token in tokens:
        found.append(FoundHeading(token["id"], html.unescape(token["name"]), token["level"]))
        found.extend(_headings(token["children"]))
    return found


# --- Markdown of our own ----------------------------------------------------------------------------


class NewsExtension(Extension):
    """`==mark==`, videos, figures, headings below the title."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self._options = options

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802
        """Register with Python-Markdown. After inline patterns and attribute lists, before the contents."""
        mark = SimpleTagInlineProcessor(r"(==)(?=[^\s=])(.+?)(?<=[^\s=])==", "mark")
        md.inlinePatterns.register(mark, "mark", 65)
        md.parser.blockprocessors.register(_Video(md, self._options.video_hosts), "video", 95)
        md.treeprocessors.register(_Layout(md, self._options.labels), "layout", 7)


class _Video(BlockProcessor):
    """A link to a video alone in its paragraph becomes the frame of its player."""

    def __init__(self, md: markdown.Markdown, hosts: tuple[str, ...]) -> None:
        super().__init__(md.parser)
        self._hosts = hosts

    def test(self, parent: Element, block: str) -> bool:
        """Whether the block is such a link."""
        return block.lstrip("<").startswith("http") and self._player(block) is not None

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Put the frame in the block's place."""
        SubElement(parent, "iframe", {"src": self._player(blocks.pop(0)) or ""})

    def _player(self, block: str) -> str | None:
        source = frames.player(block.strip())
        return source if source and frames.host(source) in self._hosts else None


OWN_GATES: dict[type, str] = {_Video: "h<"}
"""What blocks of our own begin with."""


class _Contents(TocTreeprocessor):
    """Makes a table of contents where `[TOC]` asks for one, and only there."""

    _asked_for = False

    def run(self, doc: Element) -> None:
        """Name the headings."""
        self._asked_for = self.marker in "".join(doc.itertext())
        super().run(doc)

    def build_toc_div(self, toc_list: list[Any]) -> Element:
        """Make the table."""
        return super().build_toc_div(toc_list) if self._asked_for else Element("div")

    def replace_marker(self, root: Element, elem: Element) -> None:
        """Put it in its place."""
        if self._asked_for:
            super().replace_marker(root, elem)


class _ContentsExtension(TocExtension):
    TreeProcessorClass = _Contents


class _Layout(Treeprocessor):
    """Gives the finished tree the form that a news page wants."""

    def __init__(self, md: markdown.Markdown, labels: Labels) -> None:
        super().__init__(md)
        self._labels = labels

    def run(self, root: Element) -> None:
        """Change the tree in place."""
        for paragraph in list(root.iter("p")):
            self._figure(paragraph)
        for image in root.iter("img"):
            image.set("loading", "lazy")
        for cell in (*root.iter("th"), *root.iter("td")):
            _align_by_class(cell)
        if next(root.iter("h1"), None) is not None:
            for heading in [element for element in root.iter() if element.tag in _HEADINGS[:5]]:
                heading.tag = _HEADINGS[_HEADINGS.index(str(heading.tag)) + 1]

    def _figure(self, paragraph: Element) -> None:
        """A picture alone in its paragraph, linked or not, becomes a figure."""
        child = _only_child(paragraph)
        image = _only_child(child) if child is not None and child.tag == "a" else child
        if child is None or image is None or image.tag != "img":
            return
        paragraph.tag = "figure"
        paragraph.text = child.tail = None
        if "class" in image.attrib:
            paragraph.set("class", image.attrib.pop("class"))
        words = image.attrib.pop("title", "")
        if words:
            self._caption(SubElement(paragraph, "figcaption"), words)

    def _caption(self, element: Element, words: str) -> None:
        element.text, maker = _captioned(words)
        if maker is not None:
            SubElement(element, "span", {"class": "credit"}).text = self._labels.credit_prefix + maker


def _captioned(words: str) -> tuple[str, str | None]:
    """The title of a picture as its caption, up to the place for who made it, and who that is."""
    found = _CREDIT.match(words)
    if not found:
        return words, None
    return found["caption"] + (" " if found["caption"] else ""), found["credit"]


def _only_child(element: Element) -> Element | None:
    if len(element) == 1 and not (element.text or "").strip() and not (element[0].tail or "").strip():
        return element[0]
    return None


def _align_by_class(cell: Element) -> None:
    """Style sheets are the theme's: a column's alignment becomes a class."""
    found = _ALIGN.match(cell.attrib.pop("style", ""))
    if found:
        cell.set("class", f"align-{found[1]}")


CALM = (_Contents, _Layout)
"""Tree processors of our own that leave a paragraph of mere text as it is."""


# --- Cleaning -----------------------------------------------------------------------------------------


def _clean(raw: str, video_hosts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    clean = _cleaner(None).clean(raw)
    if "<iframe" in clean or " cite=" in clean:  # of what nh3 doesn't look into, something is still there
        clean = _EMPTY_FRAME.sub("", _cleaner(video_hosts).clean(raw))
    if 'id="pt_' in clean:  # those ids are the theme's
        clean = _OWN_ID.sub(r"\1", clean)
    return clean, _dropped(raw, clean)


@lru_cache(maxsize=4)
def _cleaner(video_hosts: tuple[str, ...] | None, of_links: frozenset[str] = frozenset({"href"})) -> nh3.Cleaner:
    def only_safe(tag: str, attribute: str, value: str) -> str | None:
        """What nh3 does not look into: whose a frame is, and the schemes of quotations."""
        if tag == "iframe" and attribute == "src":
            return value if frames.host(value) in (video_hosts or ()) else None
        return value if attribute != "cite" or _CITED.match(value) else None

    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES | {"a": set(of_links)},
        attribute_filter=only_safe if video_hosts is not None else None,
        url_schemes=SCHEMES,
        link_rel=None,
    )


def _finished(clean: str, options: Options) -> str:
    """As pages show it: with links for frames, and tables in boxes."""
    names = clean.lower() if options.trust_html else clean  # nh3 writes them small
    shown = _still(clean, options) if "<iframe" in names else clean
    return _boxed(shown, options.labels.table) if "<table" in names else shown


def _still(clean: str, options: Options) -> str:
    """With links for frames. A figure in the middle of a paragraph ends it: so it is read and written once more."""
    linked = frames.as_links(clean, options.video_hosts, options.labels.video_play)
    if linked == clean or options.trust_html:
        return linked
    return _cleaner(None, frozenset({"href", "data-player"})).clean(linked)


def _box(label: str) -> str:
    """Around a table, for it may scroll. What scrolls must be reached by the keyboard, and then have a name."""
    return f'<div class="table" role="group" tabindex="0" aria-label="{html.escape(label)}">'


def _boxed(clean: str, label: str) -> str:
    """With each table in a box."""
    box = _box(label)
    depth = 0

    def change(name: str, _: str, tag: str) -> str:
        nonlocal depth
        if name == "table":
            depth += 1
            return box + tag if depth == 1 else tag
        if name == "/table":
            depth -= 1
            return tag + "</div>" if depth == 0 else tag
        return tag

    boxed = changed(clean, change)
    return boxed if depth == 0 else clean  # of HTML that is trusted, not all must be whole


def _dropped(raw: str, clean: str) -> tuple[str, ...]:
    """What stood in `raw` and no longer does."""
    return () if raw == clean else tuple(sorted(_parts(raw) - _parts(clean)))


def _parts(markup: str) -> Counter[str]:
    """Tags and attributes by name, comments aside."""
    found: Counter[str] = Counter()
    pattern = _ANY_TAG if _FOREIGN.search(markup) else _START_TAG
    for silent, silent_values, tag, values in pattern.findall(markup):
        found.update([f"<{(silent or tag).lower()}>"] if silent or tag else [])
        found.update(name.lower() for name, *_ in ATTRIBUTE.findall(silent_values or values))
    return found


# --- Links --------------------------------------------------------------------------------------------


def _cut(
    clean: str,
) -> tuple[tuple[str, ...], tuple[int, ...], dict[int, FoundPicture], tuple[FoundLink, ...]]:
    """Cut HTML at every address that leads into the site itself; of a picture the whole tag is cut out.

    The pieces, and where each of them begins; the pictures by their places; the links.
    """
    pieces: list[str] = []
    starts = [0]
    pictures: dict[int, FoundPicture] = {}
    links: list[FoundLink] = []
    for tag, target in ((found, html.unescape(found[2])) for found in _ADDRESS.finditer(clean)):
        # A forbidden character stays in its piece, where whoever reads the pieces finds it.
        if _ABSOLUTE.match(target) or forbidden_character(target) is not None:
            continue
        start, end = tag.span(2)
        rest = _REST.match(clean, end) if tag[1] == "img" else None
        if rest:
            attributes = clean[tag.end(1) : start - len(' src="')] + rest[1]
            start, end = tag.start(), rest.end()
            pictures[start] = FoundPicture(len(links), _pairs(attributes), _is_wide(clean, start))
        pieces.append(clean[starts[-1] : start])
        starts.append(end)
        links.append(FoundLink(target, _KINDS.get(tag[1], "file")))
    return (*pieces, clean[starts[-1] :]), tuple(starts), pictures, tuple(links)


def _pairs(attributes: str) -> tuple[tuple[str, str], ...]:
    """The attributes of a tag by name, with their values as they are meant."""
    return tuple((name, html.unescape(value)) for name, value in _PAIR.findall(attributes))


def _figures(
    tags: Iterable[re.Match[str]], clean: str, starts: Sequence[int], pictures: Mapping[int, FoundPicture]
) -> tuple[FoundFigure, ...]:
    """Of figures in figures, the inner ones."""
    found: list[FoundFigure] = []
    inside: list[int] = []  # places of the pictures since the last figure began
    caption = place = 0
    for tag in tags:
        if tag[1] == "figure":
            inside, caption, place = [], 0, 0
        elif tag[1] == "img":
            inside.append(tag.start())
        elif tag[1] == "figcaption":
            caption = tag.end()
        elif tag[1] == "/figcaption":
            place = tag.start()
        elif tag[1] == "/figure":
            number = pictures[inside[0]].number if len(inside) == 1 and inside[0] in pictures else None
            if number is not None and not _names_somebody(clean[caption:place]):
                at = place or tag.start()
                piece = bisect_right(starts, at) - 1
                found.append(FoundFigure(number, piece, at - starts[piece], captioned=bool(place)))
    return tuple(found)


def _names_somebody(caption: str) -> bool:
    return _CREDIT.match(html.unescape(re.sub(r"<[^>]*>", "", caption))) is not None


def _wordless(tags: Iterable[re.Match[str]]) -> tuple[str, ...]:
    images = [dict(_pairs(tag[2])) for tag in tags if tag[1] == "img"]
    return tuple(each.get("src", "") for each in images if not each.get("alt", "").strip())


def _is_wide(clean: str, place: int) -> bool:
    """Whether the figure around a place in HTML is wide."""
    figure = max(clean.rfind("<figure", 0, place), 0)
    return clean.find("</figure>", figure, place) < 0 and _WIDE.match(clean, figure) is not None


def leads_out(target: str) -> bool:
    """Whether an address leads to another place. One with a scheme that is not allowed is a path that leads nowhere."""
    return _OUTSIDE.match(target) is not None
