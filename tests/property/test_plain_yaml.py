"""What is read without the parser is what the parser would have read, with every place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phanthiet_news import plainyaml, yamltext
from phanthiet_news.yamltext import BadYaml
from phanthiet_news.yamltree import Node

RUNS = int(os.environ.get("PTNEWS_RUNS", "50"))
FIRST_LINE = 2

VALUES = (
    """
một|Phan Thiết: hai|Phan Thiết:hai|2022-11-29T14:00|2022-11-29T14:00:00+07:00|true|null|~|12|"hai: ba"
'ba # bốn'|"a \\" b"|'a '' b'|"a\\tb"|""|''|a # b|a#b|# b|[a, b]|[a,b]|[ a , "b c" ]|[a, 'b']|[]|[ ]|[a, ]|[a b: c]
["a": b]|[a#b]|[a #b]|[a
[[a]]|{a: b}|{"a": "b"}|{a: b, c: "d, e"}|{a: b, a: c}|{a}|{a: }|{a:b}|{ a: b }|{a: [b]}|*a|&a b|!a b|!!str a|% a|@a|`a`
> a|\\| a|- a|-a|? a|?a|: a|:a|, a|a, b|] a|} a|a ]|a }|a [b]|a {b}|/images/a.jpg|https://x.example/a?b#c|../a.jpg|...|---
"a" b|'a' b|"a|'a|a "b" c|a\tb|a\xa0b|é|e\u0301|😀|\u2028|\ufeffa|a\x07b|a  b|a:|a: |<<|=|"a"   |a   |"một", hai
(a)|“a”|a\\b
"""
    .strip()
    .replace("\n", "|")
    .split("|")
)
LINES = [
    "",
    " ",
    "# a",
    "---",
    "...",
    "title:",
    "title: ",
    "title:a",
    "title : a",
    "Title: a",
    "'title': a",
    "title",
    "- a",
    "-",
    "- ",
    "  - a",
    "  - - a",
    "  - a: b",
    '- "a"',
    "  alt: a",
    "  alt:",
    "   alt: a",
    "    alt: a",
    "  - b",
    " a",
    "  a",
    "tags:",
    "image:",
    "\ttitle: a",
]
LINE = (
    st.builds(
        "{}: {}".format,
        st.sampled_from(["title", "date", "tags", "image", "a_b", "_a", "a-b", "  src"]),
        st.sampled_from(VALUES),
    )
    | st.builds("{}- {}".format, st.sampled_from(["", "  ", "    "]), st.sampled_from(VALUES))
    | st.sampled_from(LINES)
)
TEXT = st.lists(LINE, max_size=6).map("\n".join) | st.lists(LINE, max_size=6).map(lambda lines: "\n".join([*lines, ""]))


def by_parser(text: str) -> Node | None:
    try:
        return yamltext._Reader(text, "-", FIRST_LINE).document()
    except BadYaml:
        return None


def differ(text: str) -> bool:
    """Whether it is read without the parser, and in another way."""
    found = plainyaml.tree(text, FIRST_LINE)
    return found is not None and found != by_parser(text)


@settings(max_examples=RUNS * 100)
@given(text=TEXT)
def test_any_text(text: str) -> None:
    assert not differ(text)


def every_value() -> Iterator[str]:
    for value in VALUES:
        yield f"title: {value}"
        yield f"title: {value}\n"
        yield f"title: {value}\n  hai"
        yield f"tags: [{value}]"
        yield f"tags: [một, {value}, ba]"
        yield f"image: {{src: {value}, alt: b}}"
        yield f"tags:\n  - {value}\n  - hai\ndate: 1"
        yield f"tags:\n- {value}\ndate: 1"
        yield f"image:\n  src: {value}\n  alt: hai\ndate: 1"
    for line in LINES:
        yield line
        yield f"title: a\n{line}\ndate: b"
        yield f"tags:\n{line}\n  - b"
        yield f"image:\n  src: a\n{line}\n  alt: b"
        yield f"image:\n{line}\n  src: a"


EVERY = list(every_value())


def test_every_value_in_every_place() -> None:
    for text in EVERY:
        assert not differ(text), text


def test_front_matter_of_the_site_is_read_so() -> None:
    files = sorted((Path(__file__).parents[2] / "content").rglob("*.md"))
    texts = [file.read_text(encoding="utf-8").split("---\n")[1] for file in files]
    read = [plainyaml.tree(text, FIRST_LINE) for text in texts]
    assert sum(each is not None for each in read) > len(files) * 0.8
    assert not any(map(differ, texts))


@pytest.mark.parametrize(
    "text",
    [
        'title: Họp bàn\ndate: 2022-11-29T14:00\ntags: [Biển, "Chợ, cá"]\n',
        "title: 'Họp: bàn'\nimage: {src: /a.jpg, caption: \"Chợ: sáng\"}",
        "image:\n  src: a.jpg\n  caption: Chợ # sáng".replace(" #", ""),
        "tags:\n  - Biển\n  - 'Chợ'\ndraft: true",
        "tags:\n- Biển\ndraft: true",
        "{}: {}".format("image", '{"src": "/a.jpg", "alt": "b"}'),
    ],
)
def test_common_forms_need_no_parser(text: str) -> None:
    assert plainyaml.tree(text, FIRST_LINE) is not None
    assert not differ(text)


def test_long_texts_are_left_to_the_parser() -> None:
    assert plainyaml.tree("title: " + "a" * plainyaml.MAX_CHARACTERS) is None
    assert plainyaml.MAX_CHARACTERS * 4 <= yamltext.MAX_SCALAR_BYTES <= yamltext.MAX_BYTES


# --- What would be wrong is found


def with_regex(name: str, old: str, new: str) -> Callable[[pytest.MonkeyPatch], None]:
    def change(patch: pytest.MonkeyPatch) -> None:
        right = getattr(plainyaml, name)
        assert old in right.pattern
        patch.setattr(plainyaml, name, re.compile(right.pattern.replace(old, new)))

    return change


MUTANTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "comments": with_regex("_KEY", "|(?<! )#", "|#"),
    "colons": with_regex("_KEY", ":(?![ ]|$)", ":"),
    "escapes": with_regex("_KEY", r"[^\"\\]", '[^"]'),
    "two single quotes": with_regex("_KEY", "'([^']*)'", "'(.*)'"),
    "signs": with_regex("_KEY", r"{}#&*", "{}#"),
    "colons in brackets": with_regex("_IN_BRACKETS", "[^,:#", "[^,#"),
    "comments in brackets": with_regex("_IN_BRACKETS", "[^,:#", "[^,:"),
    "tight colons": with_regex("_NAME", ": +", ": *"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_wrong_reading_is_found(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[mutant](monkeypatch)
    assert any(map(differ, EVERY))
