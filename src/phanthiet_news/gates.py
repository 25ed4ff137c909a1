"""Gates before Python-Markdown: what can't match is not asked, and what comes out is the same.

Knows what the classes that ship with Markdown must find in a text before they do anything; must not know options or
articles. A class that it doesn't know is always asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from markdown import Markdown, serializers
from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.inlinepatterns import Pattern
from markdown.util import ETX, HTML_PLACEHOLDER, INLINE_PLACEHOLDER_PREFIX, STX, AtomicString

from phanthiet_news.serializer import to_html
from phanthiet_news.signs import Signs, holds, signs
from phanthiet_news.straight import CALM, Straight

# Texts one of which a processor must find, else it changes nothing (but `_ADDED`).
_NEEDED = {
    "markdown.preprocessors.NormalizeWhitespace": ("\r", "\t", "\n ", STX, ETX),
    "markdown.preprocessors.HtmlBlockPreprocessor": ("<", "&"),
    "markdown.extensions.fenced_code.FencedBlockPreprocessor": ("```", "~~~"),
    "markdown.extensions.attr_list.AttrListTreeprocessor": ("{",),
    "markdown.treeprocessors.UnescapeTreeprocessor": (STX,),  # in attributes, too
    "markdown.postprocessors.RawHtmlPostprocessor": (HTML_PLACEHOLDER.partition("%")[0],),
}
_ADDED = {"markdown.preprocessors.NormalizeWhitespace": "\n\n"}

# What some line must begin with, spaces aside, that a block processor takes the block. There, a line end stands for an
# empty line and 0 for any digit; a space must open the block itself, | may stand anywhere, and . stands in any block.
_MARKS = {
    "markdown.blockprocessors.BlockQuoteProcessor": ">",
    "markdown.blockprocessors.CodeBlockProcessor": " ",
    "markdown.blockprocessors.EmptyBlockProcessor": "\n",
    "markdown.blockprocessors.HRProcessor": "-_*",
    "markdown.blockprocessors.HashHeaderProcessor": "#",
    "markdown.blockprocessors.ListIndentProcessor": " ",
    "markdown.blockprocessors.OListProcessor": "0",
    "markdown.blockprocessors.ParagraphProcessor": ".",
    "markdown.blockprocessors.ReferenceProcessor": "[",
    "markdown.blockprocessors.SetextHeaderProcessor": "=-",
    "markdown.blockprocessors.UListProcessor": "*+-",
    "markdown.extensions.abbr.AbbrBlockprocessor": "*",
    "markdown.extensions.def_list.DefListIndentProcessor": " ",
    "markdown.extensions.def_list.DefListProcessor": ":",
    "markdown.extensions.footnotes.FootnoteBlockProcessor": "[",
    "markdown.extensions.sane_lists.SaneOListProcessor": "0",
    "markdown.extensions.sane_lists.SaneUListProcessor": "*+-",
    "markdown.extensions.tables.TableProcessor": "|",
}

# Patterns that do nothing in a document in which no reference is defined.
_REFERENCES = {
    "markdown.inlinepatterns.ImageReferenceInlineProcessor",
    "markdown.inlinepatterns.ReferenceInlineProcessor",
    "markdown.inlinepatterns.ShortImageReferenceInlineProcessor",
    "markdown.inlinepatterns.ShortReferenceInlineProcessor",
}
_INLINE = "markdown.treeprocessors.InlineProcessor"
_PARAGRAPH = "markdown.blockprocessors.ParagraphProcessor"
_UNESCAPE = "markdown.treeprocessors.UnescapeTreeprocessor"
_METHODS = {"run", "test", "handleMatch", "getCompiledRegExp"}
_ANYTHING = ("",)
_NOTHING: frozenset[str] = frozenset()
_SETTINGS = (int, re.Pattern)
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


def gated(md: Markdown, own: Mapping[type, str] | None = None, calm: Collection[type] = ()) -> Markdown:
    """Make a converter fast, in place: what it makes of a text stays the same, to the byte.

    All its extensions must be loaded. `own` tells what block processors that don't ship with Markdown need, as
    `_MARKS` does; `calm` names the tree processors of the caller that leave paragraphs of mere text alone. Registries
    and block level elements may still change, but not while a document is converted.
    """
    for pre in md.preprocessors:
        if (name := _name(pre)) in _NEEDED:
            _gate_lines(pre, signs(_NEEDED[name]), _ADDED.get(name, ""))
    calm_ones = [tree for tree in md.treeprocessors if type(tree) in calm or _name(tree) in CALM]
    straight = Straight(md, lambda tree: any(tree is each for each in calm_ones), lambda: _needed_in(md))
    if type(md.parser) is BlockParser and "parseBlocks" not in vars(md.parser) and md.tab_length > 0:
        _set(md.parser, "parseBlocks", _Blocks(md.parser, own or {}, straight).parse)
        _gate_serializer(md, straight)
    for tree in md.treeprocessors:
        _gate_tree(tree)
    for post in md.postprocessors:
        if (name := _name(post)) in _NEEDED:
            _gate_text(post, signs(_NEEDED[name]))
    md.registerExtension(_BlockLevels(md))
    return md


def _name(thing: object) -> str:
    """Its class; none where somebody put a method of their own into the one object."""
    return "" if vars(thing).keys() & _METHODS else _class_of(thing)


def _class_of(thing: object) -> str:
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def _set(thing: object, method: str, gate: Callable[..., Any]) -> None:
    """Put a gate before one object's method. Its class, and whatever else asks for the object, see no change."""
    setattr(thing, method, gate)


# --- Whole documents ----------------------------------------------------------------------------------


class _BlockLevels(Extension):
    """Remembers which tags are block level, until the next document."""

    def __init__(self, md: Markdown) -> None:
        super().__init__()
        self._remembered = lru_cache(maxsize=1024)(md.is_block_level)
        _set(md, "is_block_level", self._remembered)

    def reset(self) -> None:
        self._remembered.cache_clear()


def _gate_lines(processor: Any, needed: Signs, added: str) -> None:
    run = processor.run

    def gate(lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        return run(lines) if holds(text, needed) else (text + added).split("\n")

    _set(processor, "run", gate)


def _gate_serializer(md: Markdown, straight: Straight) -> None:
    serializer: Any = to_html if md.serializer is serializers.to_html_string else md.serializer
    _set(md, "serializer", lambda element: straight.fill(serializer(element)))


def _gate_text(processor: Any, needed: Signs) -> None:
    run = processor.run
    _set(processor, "run", lambda text: run(text) if holds(text, needed) else text)


def _gate_tree(processor: Any) -> None:
    name = _name(processor)
    if name == _INLINE and hasattr(processor, _Inline.HANDLE) and hasattr(processor, _Inline.APPLY):
        _Inline(processor).stand()
    elif name in _NEEDED:
        _gate_texts(processor, signs(_NEEDED[name]), attributes=name == _UNESCAPE)


def _gate_texts(processor: Any, needed: Signs, attributes: bool) -> None:
    run = processor.run

    def gate(root: Element) -> None:
        if holds("".join(root.itertext()), needed) or (attributes and _attributes_hold(root, needed)):
            run(root)

    _set(processor, "run", gate)


def _attributes_hold(root: Element, needed: Signs) -> bool:
    return any(holds(value or "", needed) for each in root.iter() for _, value in each.items())


# --- Blocks -------------------------------------------------------------------------------------------


class _Blocks:
    """Asks, of the processors of blocks, those that a block could be for."""

    def __init__(self, parser: BlockParser, own: Mapping[type, str], straight: Straight) -> None:
        self._parser = parser
        self._own = own
        self._straight = straight
        self._gates: list[tuple[BlockProcessor, frozenset[str] | None]] = []
        self._asked: dict[frozenset[str], list[BlockProcessor]] = {}
        self._known: frozenset[str] = frozenset()
        self._processors: tuple[BlockProcessor, ...] = ()
        self._alone: list[BlockProcessor] = []
        self._root: Element | None = None

    def parse(self, parent: Element, blocks: list[str]) -> None:
        """In place of the parser's `parseBlocks`, which asks all processors about each block."""
        processors = tuple(self._parser.blockprocessors)
        if processors != self._processors:
            self._learn(processors)
        is_root = parent is self._parser.root
        if is_root and parent is not self._root:
            self._root = parent
            self._straight.begin("\n\n".join(blocks))
        while blocks:
            block = blocks[0]
            if is_root and self._is_paragraph(block) and self._straight.take(parent, block):
                del blocks[0]
                continue
            for processor in self._asked_about(block):
                if processor.test(parent, blocks[0]) and processor.run(parent, blocks) is not False:
                    break

    def _learn(self, processors: tuple[BlockProcessor, ...]) -> None:
        self._processors = processors
        self._gates = [(each, self._needed(each)) for each in processors]
        self._known = frozenset().union(*(needed or () for _, needed in self._gates))
        self._asked = {}
        alone = list(self._askable(frozenset(".")))
        self._alone = alone if [_name(each) for each in alone] == [_PARAGRAPH] else []

    def _needed(self, processor: BlockProcessor) -> frozenset[str] | None:
        marks = self._own.get(type(processor), _MARKS.get(_name(processor)))
        return None if marks is None or self._is_altered(processor) else frozenset(marks)

    def _is_altered(self, processor: BlockProcessor) -> bool:
        """Whether somebody gave the one object another expression, or another width of indentation."""
        try:
            fresh = type(processor)(self._parser)
        except (TypeError, AttributeError):  # it is made of something else
            return False
        settings = ((name, value) for name, value in vars(processor).items() if isinstance(value, _SETTINGS))
        return any(value != getattr(fresh, name, None) for name, value in settings)

    def _is_paragraph(self, block: str) -> bool:
        """Whether no other processor could be for it."""
        first = block[:1]
        if first.isalpha() and first not in self._known and "\n" not in block and "|" not in block:
            return bool(self._alone)
        return self._asked_about(block) == self._alone != []

    def _asked_about(self, block: str) -> list[BlockProcessor]:
        marks = self._known & _marks(block)
        if marks not in self._asked:
            self._asked[marks] = list(self._askable(marks))
        return self._asked[marks]

    def _askable(self, marks: frozenset[str]) -> Iterator[BlockProcessor]:
        for place, (processor, needed) in enumerate(self._gates):
            if needed is None:  # it may hand on another block, of which nothing is known
                yield from self._processors[place:]
                return
            if needed & marks:
                yield processor


def _marks(block: str) -> set[str]:
    marks = {line.lstrip(" ")[:1] or "\n" for line in block.split("\n")}
    marks.add(".")
    if "|" in block:
        marks.add("|")
    if block[:1] == " ":
        marks.add(" ")
    for each in marks:
        if each.isdecimal():
            marks.add("0")
            break
    return marks


# --- Inline patterns ----------------------------------------------------------------------------------


class _Gate(NamedTuple):
    place: int
    pattern: Any
    needed: Signs
    refers: bool


class _Inline:
    """Asks, of inline patterns, those that could match a text.

    The two methods that are named here are private to `InlineProcessor`: a version without them is left as it is.
    """

    HANDLE = "_InlineProcessor__handleInline"
    APPLY = "_InlineProcessor__applyPattern"

    def __init__(self, processor: Any) -> None:
        self._processor = processor
        self._run = processor.run
        self._apply = getattr(processor, self.APPLY)
        self._regexes: list[tuple[Pattern, Any]] = []
        self._gates: list[_Gate] = []
        self._needed: Signs = ()

    def stand(self) -> None:
        """Stand before the processor's own methods."""
        _set(self._processor, "run", self.run)
        _set(self._processor, self.HANDLE, self.handle)

    def run(self, tree: Element, ancestors: list[str] | None = None) -> Element:
        """In place of the processor's `run`, which takes all texts apart and puts them together again."""
        regexes = [(each, getattr(each, "compiled_re", None)) for each in self._processor.inlinePatterns]
        if regexes != self._regexes:
            self._learn(regexes)
        if not holds("".join(tree.itertext()), self._needed):
            self._processor.stashed_nodes = {}
            return tree
        calm = [(each, each.text) for each in tree.iter() if each.text and not holds(each.text, self._needed)]
        for each, _ in calm:
            each.text = None  # so it is passed over
        done = self._run(tree, ancestors)
        for each, text in calm:
            each.text = text
        return done  # type: ignore[no-any-return]

    def _learn(self, regexes: list[tuple[Pattern, Any]]) -> None:
        self._regexes = regexes
        self._gates = [
            _Gate(place, pattern, signs(_needed_by(pattern, regex)), _name(pattern) in _REFERENCES)
            for place, (pattern, regex) in enumerate(regexes)
        ]
        every = {needed for gate in self._gates for _, needed in gate.needed} | {INLINE_PLACEHOLDER_PREFIX}
        self._needed = signs(every)

    def handle(self, data: str, first: int = 0) -> str:
        """In place of the processor's own loop, which tries all patterns, from the one of number `first` on."""
        if isinstance(data, AtomicString) or not holds(data, self._needed):
            return data
        md = self._processor.md
        for gate in self._gates[first:]:
            for rarest, sign in gate.needed:
                if rarest in data and sign in data:
                    break
            else:
                continue
            if not gate.refers or md.references or type(md.references) is not dict:
                start, matched = 0, True
                while matched:
                    data, matched, start = self._apply(gate.pattern, data, gate.place, start)
        return data


def _needed_in(md: Markdown) -> Iterator[tuple[str, ...]]:
    """What the inline patterns need, those of all tree processors that apply some."""
    for processor in md.treeprocessors:
        for pattern in getattr(processor, "inlinePatterns", ()) if _class_of(processor) == _INLINE else ():
            yield _needed_by(pattern, getattr(pattern, "compiled_re", None))


def _needed_by(pattern: Pattern, regex: Any) -> tuple[str, ...]:
    if _name(pattern).startswith("markdown.") and isinstance(regex, re.Pattern):
        return needed_by(regex)
    return _ANYTHING


# --- Regular expressions ------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def needed_by(regex: re.Pattern[str]) -> tuple[str, ...]:
    """Texts one of which stands in whatever text the expression matches in; an empty one if nothing can be told."""
    if regex.flags & re.IGNORECASE:
        return _ANYTHING
    return tuple(sorted(_best(_parser.parse(regex.pattern, regex.flags)) or _ANYTHING))


def _best(parts: Any) -> frozenset[str] | None:
    """The fewest and rarest texts one of which stands in whatever `parts` match: letters are in any text."""
    found = [texts for texts in _required(parts) if texts and all(texts)]
    return max(found, key=lambda texts: (-len(texts), not "".join(texts).isalnum(), min(map(len, texts))), default=None)


def _required(parts: Any) -> Iterator[frozenset[str]]:
    run = ""
    for kind, value in parts:
        literal = _literal(kind, value)
        if literal:
            run += literal
        else:
            yield frozenset({run})
            yield from _alternatives(kind, value)
            run = ""
    yield frozenset({run})


def _literal(kind: Any, value: Any) -> str | None:
    """The one text that a part matches."""
    if kind is sre.LITERAL:
        return chr(value)
    if kind in _REPEATS and value[0] == value[1] and len(value[2]) == 1:
        return (_literal(*value[2][0]) or "") * int(value[0])
    return None


def _alternatives(kind: Any, value: Any) -> Iterator[frozenset[str]]:
    """Texts one of which stands in whatever a part matches."""
    if kind is sre.SUBPATTERN and not value[1]:  # which sets flags of its own
        yield from _required(value[3])
    elif kind is sre.ASSERT:
        yield from _required(value[1])
    elif kind is sre.ATOMIC_GROUP:
        yield from _required(value)
    elif kind in _REPEATS and value[0]:
        yield from _required(value[2])
    elif kind is sre.IN and all(inner is sre.LITERAL for inner, _ in value):
        yield frozenset(chr(each) for _, each in value)
    elif kind is sre.BRANCH:
        branches = [_best(branch) or _NOTHING for branch in value[1]]
        yield _NOTHING.union(*branches) if all(branches) else _NOTHING
