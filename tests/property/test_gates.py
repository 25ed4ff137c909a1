"""Markdown with gates is Markdown: to the byte, whatever the text and the extensions, only sooner."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import markdown
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from bench import corpus
from phanthiet_news import gates, markup, straight
from phanthiet_news.straight import Straight

RUNS = int(os.environ.get("PTNEWS_RUNS", "50"))
DOCUMENTS = RUNS * RUNS * 2 // 5
"""How many documents are compared: a thousand by default, 100,000 with the PTNEWS_RUNS=500 of `make soak`."""

LABELS = markup.Labels(video_play="Xem {}", footnote_back="Về {}", credit_prefix="Ảnh: ", table="Bảng")
OPTIONS = markup.Options(labels=LABELS, video_hosts=("www.youtube-nocookie.com", "player.vimeo.com"))


# --- Extensions of others, which may do what they like


class Shouted(InlineProcessor):
    """Matches by another expression than the one that it was made with."""

    def getCompiledRegExp(self) -> re.Pattern[str]:  # noqa: N802
        return re.compile(r"(\w+)!")

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        element = Element("b")
        element.text = m[1] + " *to* [một] 'x'"
        return element, m.start(), m.end()


class Rewritten(BlockProcessor):
    """Says that it did nothing, and hands on another block."""

    def test(self, parent: Element, block: str) -> bool:
        return block.startswith("một")

    def run(self, parent: Element, blocks: list[str]) -> bool:
        blocks[0] = f"# {blocks[0]} #\n> * * *\n[một]: /x"
        return False


class Quoted(BlockProcessor):
    """A quotation of its own."""

    def test(self, parent: Element, block: str) -> bool:
        return block.startswith("»")

    def run(self, parent: Element, blocks: list[str]) -> None:
        self.parser.parseBlocks(SubElement(parent, "blockquote"), [blocks.pop(0)[1:]])


class Late(Preprocessor):
    """Changes the registries for each document."""

    def run(self, lines: list[str]) -> list[str]:
        assert self.md is not None
        self.md.inlinePatterns.deregister("shouted", strict=False)
        self.md.parser.blockprocessors.deregister("quoted", strict=False)
        if any("!" in line for line in lines):
            self.md.inlinePatterns.register(Shouted("§"), "shouted", 70)
            self.md.parser.blockprocessors.register(Quoted(self.md.parser), "quoted", 35)
            self.md.block_level_elements.append("sub")
        elif "sub" in self.md.block_level_elements:
            self.md.block_level_elements.remove("sub")
        return ["", *lines, "a\n\n    b"]


class Unruly(Extension):
    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802
        md.preprocessors.register(Late(md), "late", 100)
        md.parser.blockprocessors.register(Rewritten(md.parser), "rewritten", 55)


class Loud(Treeprocessor):
    """Changes any paragraph."""

    def run(self, root: Element) -> None:
        for each in root.iter("p"):
            each.set("class", str(len(each.text or "")))


class Shouting(Extension):
    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802
        md.treeprocessors.register(Loud(md), "loud", 3)


SHIPPED = "abbr admonition attr_list codehilite def_list extra fenced_code footnotes legacy_attrs legacy_em".split()
SHIPPED += "md_in_html meta nl2br sane_lists smarty tables toc wikilinks".split()
OTHERS = "betterem caret mark tasklist tilde".split()
SETS: dict[str, Callable[[], markdown.Markdown]] = {
    "ptnews": lambda: markup.ungated(OPTIONS),
    "plain": lambda: markdown.Markdown(output_format="xhtml", tab_length=3),
    **{name: lambda name=name: markdown.Markdown(extensions=[name]) for name in SHIPPED},  # type: ignore[misc]
    "angled": lambda: markdown.Markdown(
        extensions=["smarty"], extension_configs={"smarty": {"smart_angled_quotes": 1}}
    ),
    "permalinks": lambda: markdown.Markdown(extensions=["toc"], extension_configs={"toc": {"permalink": True}}),
    "pymdownx": lambda: markdown.Markdown(
        extensions=["pymdownx.superfences", *(f"pymdownx.{each}" for each in OTHERS)]
    ),
    "pymdownx.extra": lambda: markdown.Markdown(
        extensions=["pymdownx.extra", "pymdownx.magiclink", "pymdownx.details"]
    ),
    "ptnews+pymdownx": lambda: markup.ungated(
        markup.Options(labels=LABELS, extensions=tuple(f"pymdownx.{each}" for each in OTHERS))
    ),
    "shouting": lambda: markdown.Markdown(extensions=[Shouting()]),
    "unruly": lambda: markdown.Markdown(extensions=[Unruly(), "extra", "smarty"]),
}


# --- Documents

WORDS = r"""
một Phan Thiết đường HTML x '80s 1. 12 ٣. \ \\ \* \_ \[ \` \{ \| * ** *** _ __ == ` `` ~~ ~ ^ ^^ ++ -- --- ... ' " ''
[ ] ( ) ]( ![ ][ [] [^a] [^b] [^ [một] [một][] [[một]] [x](/y) ![x](/y) [x](<y>'z') [x][một] /x < > << >> </ /> & &amp;
&#38; &#38 &lt ; &#2; <https://x.example/ä_b_> <a@x.example> https://x.example http:// :// @ <b> </b> <i>a</i> <br>
<?php ?> <!--x--> <!-- --> <![CDATA[ ]]> <div> </div> <script> </script> <pre> </pre> {: { } .x} #x} x=y} {.x} {: .x} |
! # ## ### : = + - 0 $ % , . // § » ///Footnotes [TOC] https://youtu.be/abcdefgh Ảnh:
""".split()
SPACES = "\n|\n|\n\n|  \n| \n|\n \n|\r\n|\r|\t|    |  | | |\x0b|\x0c|\x1c|\x85|\xa0|\u2003|\u2028|\u0301".split("|")
FORGED = [
    "\x02",
    "\x03",
    "\x02klzzwxh:0000\x03",
    "\x02wzxhzdk:0\x03",
    "\x0242\x03",
    "<i a='>'>",
    "<div markdown='1'>",
    "<sub>b</sub>\n",
]
BLOCKS = """
# một
%
## Hai {#x}
%
###### sáu ######
%
#không
%
một
===
%
hai
---
%
hai
 -
%
---
%
* * *
%
_ _ _
%
--- x
%
- một
- hai
    - ba
%
* a

* b
%
+ a
1. b
%
1. a
2. b

    c
%
٣. x
%
7. x
- y
%
-x
%
- [ ] x
%
> một
hai
%
>một

> hai
%
>> x
%
    mã


    mã
%
```python
x
```
%
~~~ {.x #y}
x
~~~
%
```x
%
a | b
--|--
1 | 2
%
| a |
|:-:|
| `|` |
%
|a|b
|-|-
%
a
:   b
%
a

: b
: c
%
[^a]: một
    hai
%
[^b]: x
[^a]: y
%
[một]: /x 'y'
%
[x]: <y>
[một]:
  z
%
*[HTML]: Hyper
%
*[một]: ''
%
!!! note "x"
    y
%
<div>

x

</div>
%
<p>x</p>
%
<div markdown>
*x*

- y
</div>
%
<!--

-->
%
<hr>
%
<table><td>
%
<?x

?>
%
![x](/y "z. Ảnh: A")
%
[![x](/y)](/z){: .phai}
%
https://youtu.be/abcdefgh
%
<https://vimeo.com/1234567>
%
[TOC]
%
??? x
    y
%
=== "x"
    y
%
title: x
author: y
%
---
x: y
---
%
x
{: .y}
%
///Footnotes Go Here///
""".strip("\n").split("\n%\n")
UNDER = [
    ("> ", "> "),
    ("- ", "    "),
    ("1. ", "    "),
    ("* ", ""),
    ("    ", "    "),
    ("   ", ""),
    (":   ", "    "),
    ("x\n: ", ""),
]
UNDER += [
    ("[^a]: ", "    "),
    ("!!! note\n    ", "    "),
    ("<div markdown>\n", ""),
    ("> - ", ">     "),
    ("|a|b|\n|-|-|\n|", "|"),
]
AROUND = (
    "*|*\n**|**\n_|_\n__|__\n==|==\n`|`\n``|``\n~~|~~\n^|^\n[|](/x)\n![|](/x 'y')\n[x](|)\n[x](<|> \"y\")\n[x](/y '|')"
)
AROUND += (
    "\n[|][một]\n[^|]\n[[|]]\n<|>\n<b>|</b>\n</|>\n\"|\"\n'|'\n{: |}\n{|}\n&|;\n<!-- |-->\n<div>|</div>\n(|)\n[|]: /x\n"
)
PIECE = st.recursive(
    st.sampled_from(WORDS) | st.sampled_from(SPACES) | st.sampled_from(WORDS) | st.sampled_from(FORGED),
    lambda inner: st.builds(str.replace, st.sampled_from(AROUND.split("\n")), st.just("|"), inner) | inner,
    max_leaves=3,
)
PROSE = st.lists(PIECE, max_size=8).map("".join)
SPACED = st.lists(PIECE, max_size=8).map(" ".join)


def under(prefixes: tuple[str, str], text: str) -> str:
    """The text as part of a quotation, of a list …"""
    return prefixes[0] + f"\n{prefixes[1]}".join(text.split("\n"))


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    held = st.builds(under, st.sampled_from(UNDER), inner)
    return held | st.builds("{}{}{}".format, inner, st.sampled_from(["\n\n", "\n", "\n\n", "\n\n\n"]), inner)


DOCUMENT = st.recursive(PROSE | SPACED | st.sampled_from(BLOCKS), nested, max_leaves=6)


# What goes straight past the tree, and what only looks as if it could.
PLAIN = ["một", "một", " ", " ", "*", "*", " *", "**", "[a b](/x)", "[a](b c)", "(", "!", "\n: x", "_"]
PARAGRAPHS = st.lists(st.lists(st.sampled_from(PLAIN), max_size=7).map("".join), max_size=5).map("\n\n".join)


# --- Both sides


class Pair:
    """The converter as it comes and with gates, each used for one document after the other."""

    def __init__(self, make: Callable[[], markdown.Markdown]) -> None:
        self.make = make
        self.renew()

    def renew(self) -> None:
        self.stock = self.make()
        self.gated = gates.gated(self.make(), markup.OWN_GATES, markup.CALM)

    def assert_same(self, text: str) -> None:
        expected, found = converted(self.stock, text), converted(self.gated, text)
        if len(expected) == 1:
            self.renew()  # it stopped, and might go on from there
        assert found == expected

    def differ(self, text: str) -> bool:
        """Whether they make different things of a text."""
        try:
            self.assert_same(text)
        except AssertionError:
            return True
        return False


def converted(md: markdown.Markdown, text: str) -> tuple[Any, ...]:
    """All that comes out."""
    md.reset()
    try:
        html = md.convert(text)
    except Exception as error:
        return (repr(error),)
    return html, getattr(md, "toc", ""), getattr(md, "toc_tokens", []), getattr(md, "Meta", {}), md.references


PARAGRAPHS_PAIR = Pair(SETS["ptnews"])


# --- Tests


@pytest.mark.parametrize("name", SETS)
def test_any_document(name: str) -> None:
    pair = Pair(SETS[name])
    share = DOCUMENTS // 2 if name == "ptnews" else DOCUMENTS // 2 // (len(SETS) - 1) + 1

    @settings(max_examples=share)
    @given(text=DOCUMENT)
    def compare(text: str) -> None:
        pair.assert_same(text)

    compare()


@settings(max_examples=DOCUMENTS)
@given(text=PARAGRAPHS)
def test_paragraphs(text: str) -> None:
    PARAGRAPHS_PAIR.assert_same(text)


def bodies_of_the_site() -> list[str]:
    files = sorted((Path(__file__).parents[2] / "content").rglob("*.md"))
    return [re.sub(r"\A---\n.*?\n---\n", "", file.read_text(encoding="utf-8"), flags=re.DOTALL) for file in files]


NAMES = "Phan Thiết|Mũi Né|Hàm Thuận|phường Bình Hưng|bà con ngư dân|Ủy ban nhân dân|hợp tác xã|tàu cá|cảng biển".split(
    "|"
)
DEEDS = "khởi công|tổ chức|kiểm tra tiến độ|khai mạc|hoàn thành|phát động|đề nghị sớm hoàn thiện|thu hoạch".split("|")
THINGS = "tuyến đường ven biển|lễ hội|vụ thanh long|lớp tập huấn|công trình cấp nước|ngày hội|mùa cá mới".split("|")


def sentence(chance: random.Random) -> str:
    """What a newsroom writes: words, and a little markup."""
    text = f"{chance.choice(NAMES)} {chance.choice(DEEDS)} {chance.choice(THINGS)} tại {chance.choice(NAMES)}"
    forms = ["{}", "{}", "{}", "{}", "**{}**", "*{}*", "[{}](/tin/bai/)", '"{}"', "{} -- {}%", "[{}][nguồn]", "{} [^1]"]
    return chance.choice(forms).format(text, chance.randrange(90)) + ", năm 2024 đạt 1.234 tấn. "


def article(number: int) -> str:
    """An article of a few paragraphs under headings, with a picture, and sometimes a list, a table or a quotation."""
    chance = random.Random(number)
    blocks = ["".join(sentence(chance) for _ in range(chance.randrange(2, 6))) for _ in range(chance.randrange(4, 9))]
    blocks[2:2] = [f"## {chance.choice(THINGS)}", f'![{chance.choice(NAMES)}](/anh/{number}.jpg "{sentence(chance)}")']
    extra = [
        "- một\n- **hai**\n    - ba",
        "| Vụ | Tấn |\n|---|--:|\n| Hè | 12 |",
        f"> {sentence(chance)}",
        "",
        "",
        "1. x",
    ]
    return "\n\n".join([*blocks, chance.choice(extra), "[nguồn]: /nguon/\n\n[^1]: Theo xã.\n" if number % 3 else ""])


ARTICLES = [article(number) for number in range(200)]
LONG = [each.body for each in corpus.corpus(60)]


@pytest.mark.parametrize("name", ["ptnews", "extra", "ptnews+pymdownx"])
def test_what_newsrooms_write(name: str) -> None:
    pair = Pair(SETS[name])
    for text in bodies_of_the_site() + ARTICLES:
        pair.assert_same(text)


@pytest.mark.parametrize("text", ["> " * 400 + "x", ">" * 5000 + "x", "[" * 80 + "x", "- " * 60 + "x", "*a **b " * 300])
def test_deep_nesting(text: str) -> None:
    Pair(SETS["ptnews"]).assert_same(text)


def test_what_is_block_level_may_change_from_one_document_to_the_next() -> None:
    pair = Pair(SETS["unruly"])
    for text in ("<sub>a</sub>", "<sub>a</sub>\n\nb!", "<sub>a</sub>"):
        pair.assert_same(text)
    assert converted(pair.gated, "<sub>a</sub>") != converted(pair.gated, "<sub>a</sub>\n\nb!")


def seconds(md: markdown.Markdown) -> float:
    start = time.process_time()
    for text in LONG:
        md.reset()
        md.convert(text)
    return time.process_time() - start


def test_gates_save_time() -> None:
    """It is five times as fast; what else the machine does must not decide."""
    pair = Pair(SETS["ptnews"])
    rounds = [(seconds(pair.stock), seconds(pair.gated)) for _ in range(5)]
    assert min(stock for stock, _ in rounds) > 3 * min(gated for _, gated in rounds)


# --- What somebody changed in one object is not taken for what ships


def narrow_rules(md: Any) -> None:
    md.parser.blockprocessors["hr"].SEARCH_RE = re.compile("^x{3}$")


def other_lists(md: Any) -> None:
    md.parser.blockprocessors["ulist"].RE = re.compile(r"^[ ]{0,3}[•][ ]+(.*)")


def two_spaces(md: Any) -> None:
    md.parser.blockprocessors["code"].tab_length = 2


def loud_paragraphs(md: Any) -> None:
    run = md.treeprocessors["prettify"].run

    def loud(root: Element) -> None:
        for each in root.iter("p"):
            each.text = (each.text or "").upper()
        run(root)

    md.treeprocessors["prettify"].run = loud


def own_blocks(md: Any) -> None:
    parse = md.parser.parseBlocks
    md.parser.parseBlocks = lambda parent, blocks: parse(parent, blocks[::-1])


def own_lines(md: Any) -> None:
    md.preprocessors["normalize_whitespace"].run = lambda lines: [line.replace("a", "b") for line in lines]


@pytest.mark.parametrize(
    "change",
    [narrow_rules, other_lists, two_spaces, loud_paragraphs, own_blocks, own_lines],
    ids=lambda each: each.__name__,
)
def test_an_object_that_somebody_changed_is_asked(change: Callable[[markdown.Markdown], None]) -> None:
    def made() -> markdown.Markdown:
        md = SETS["ptnews"]()
        change(md)
        return md

    pair = Pair(made)
    text = "a b\n\nxxx\n\n• một\n• hai\n\n  code\n\n- c\n\nd *e*\n\n***"
    assert converted(pair.stock, text) != converted(SETS["ptnews"](), text)
    pair.assert_same(text)


# --- A gate that is wrong is found


def wrong_marks(name: str, marks: str) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setitem(gates._MARKS, f"markdown.{name}", marks)


def wrong_need(name: str, *needed: str) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setitem(gates._NEEDED, f"markdown.{name}", needed)


def by_name(patch: pytest.MonkeyPatch) -> None:
    """What is called `em_strong` serves underscores, too."""
    right = gates.needed_by
    patch.setattr(gates, "needed_by", lambda regex: ("*",) if "_" in right(regex) else right(regex))


def by_expression(patch: pytest.MonkeyPatch) -> None:
    """Whoever wrote a pattern may have it match by something else."""
    patch.setattr(gates, "_needed_by", lambda pattern, regex: gates.needed_by(regex))


def by_links(patch: pytest.MonkeyPatch) -> None:
    """Links with an address of their own need no reference."""
    patch.setattr(gates, "_REFERENCES", {"markdown.inlinepatterns.LinkInlineProcessor"})


def by_first_block(patch: pytest.MonkeyPatch) -> None:
    """Whoever wrote a processor of blocks may have it hand on another block."""

    def askable(self: Any, marks: frozenset[str]) -> list[BlockProcessor]:
        return [each for each, needed in self._gates if needed is None or needed & marks]

    patch.setattr(gates._Blocks, "_askable", askable)


def without_definitions(patch: pytest.MonkeyPatch) -> None:
    """What defines a term takes the paragraph before it."""
    patch.setattr(straight, "_defines", lambda line: False)


def with_underscores(patch: pytest.MonkeyPatch) -> None:
    """They emphasize, too, and this way does not know how."""
    patch.setattr(Straight, "_understood", lambda self: {"[", "*", "_"})


def with_any_processor(patch: pytest.MonkeyPatch) -> None:
    """A tree processor of others may change any paragraph."""
    original = Straight.__init__

    def careless(self: Straight, md: Any, is_calm: Any, needed: Any) -> None:
        original(self, md, lambda tree: True, needed)

    patch.setattr(Straight, "__init__", careless)


def with_spaces(patch: pytest.MonkeyPatch) -> None:
    """Stars that stand alone emphasize nothing."""
    patch.setattr(straight, "_EMPHASIS", re.compile(r"\*([^*]+)\*"))


MUTANTS: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "rules": ("ptnews", wrong_marks("blockprocessors.HRProcessor", "-_")),
    "second lines": ("ptnews", wrong_marks("blockprocessors.SetextHeaderProcessor", "=")),
    "digits": ("ptnews", wrong_marks("extensions.sane_lists.SaneOListProcessor", "1")),
    "definitions": ("ptnews", wrong_marks("extensions.footnotes.FootnoteBlockProcessor", "^")),
    "empty blocks": ("ptnews", wrong_marks("blockprocessors.EmptyBlockProcessor", "")),
    "attributes": ("ptnews", wrong_need("extensions.attr_list.AttrListTreeprocessor", "{:")),
    "fences": ("ptnews", wrong_need("extensions.fenced_code.FencedBlockPreprocessor", "```")),
    "entities": ("ptnews", wrong_need("preprocessors.HtmlBlockPreprocessor", "<")),
    "spaces": ("ptnews", wrong_need("preprocessors.NormalizeWhitespace", "\r", "\t")),
    "escapes": ("ptnews", lambda patch: patch.setattr(gates, "_UNESCAPE", "")),
    "underscores": ("ptnews", by_name),
    "links": ("ptnews", by_links),
    "patterns of others": ("unruly", by_expression),
    "blocks of others": ("unruly", by_first_block),
    "terms": ("ptnews", without_definitions),
    "straight underscores": ("ptnews", with_underscores),
    "trees of others": ("shouting", with_any_processor),
    "stars": ("ptnews", with_spaces),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_wrong_gate_is_found(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, spoil = MUTANTS[mutant]
    gates.needed_by.cache_clear()
    spoil(monkeypatch)
    pair = Pair(SETS[name])
    found_in = PARAGRAPHS if mutant in ("terms", "stars", "straight underscores") else DOCUMENT
    find(found_in, pair.differ, settings=settings(max_examples=4000, phases=[Phase.generate]))


# --- What an expression needs

REGEX = st.recursive(
    st.sampled_from(["a", "b", "c", "aa", "ab", ".", "[ab]", "[^a]", "a{2}", r"\b", "", "^"]),
    lambda inner: (
        st.builds("{}{}".format, inner, inner)
        | st.builds("(?:{}|{})".format, inner, inner)
        | st.builds("({}){}".format, inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,2}?", "++", "*+"]))
        | st.builds("(?{}{})".format, st.sampled_from(["=", "!", "<=", "<!", ">", "i:", "-i:", ":"]), inner)
    ),
    max_leaves=8,
)


def compiles(regex: str) -> bool:
    try:
        re.compile(regex)
    except re.error:
        return False
    return True


@settings(max_examples=RUNS * 20)
@given(regex=REGEX.filter(compiles), text=st.text("aAbBc", max_size=8))
def test_what_an_expression_needs_stands_wherever_it_matches(regex: str, text: str) -> None:
    if re.search(regex, text):
        assert any(needed in text for needed in gates.needed_by(re.compile(regex)))
    assert gates.needed_by(re.compile(regex, re.IGNORECASE)) == ("",)


@pytest.mark.parametrize(
    ("regex", "needed"),
    [
        (r"\*|_", ("*", "_")),
        (r"(?<!\!)\[", ("[",)),
        (r"(?<!\.)\.{3}(?!\.)", ("...",)),
        (r"  \n", ("  \n",)),
        (r"(==)(?=[^\s=])(.+?)(?<=[^\s=])==", ("==",)),
        (r"(?<!\w)'(?=\d{2}s)", ("'",)),
        (r"(?:(?<!\\)((?:\\{2})+)(?=`+)|(?<!\\)`)", ("\\\\", "`")),
        (r"(\w+)x?", ("",)),
    ],
)
def test_what_expressions_of_markdown_need(regex: str, needed: tuple[str, ...]) -> None:
    assert gates.needed_by(re.compile(regex)) == needed
