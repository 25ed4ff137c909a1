"""What goes past Markdown and past the cleaning is what would have come of both, to the byte."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_gates import ARTICLES, DOCUMENT, DOCUMENTS, LONG, OPTIONS, bodies_of_the_site

from phanthiet_news import markup, straight
from phanthiet_news.markup import direct

SETS = [OPTIONS, markup.Options(labels=OPTIONS.labels, smart_quotes=False)]

# What may stand in the forms, and what only looks as if it could.
WORDS = """
một Phan Thiết đường 12 1. 2024 http https://x.example/a_b?c=d#e * ** *** _ ^ ~ ~~~ ` \\ < > & &amp; = == + - -- --- ...
' " '' ""  ( ) [ ] ]( ![ [một](/hai/) [một](hai.md#ba) [**a**](/x) [x](https://x.example) [x](https://127.0.0.1/a)
[x](https://xn--x.example/) [x](//x.example/) [x](javascript:alert) [x](mailto:a@x.example) [x](/a_b*c) [x](/y 'z')
[^1] [^1](/x) [x]: [TOC] *một* **hai** *a*b **a**b *a **b*** ![x](/y.jpg) {#x} {: .y} | : :: # ## ! % , . … – “ ” «
\xa0 \u2003 \u200b \u2028 \x0b \x1c \t é e\u0301 😀 80s '80s ///Footnotes
""".split(" ")
LINES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
JOINED = st.lists(st.sampled_from([*WORDS, " "]), min_size=1, max_size=6).map("".join)
TEXT = LINES | JOINED | st.sampled_from(["một hai ba", "hai *một* ba", "xem [bài](/tin/bai/) nữa", '"một" hai'])
TITLES = [
    "",
    ' "Một (hai)"',
    ' "Một. Ảnh: Ai"',
    ' "Ảnh: Ai"',
    ' "Ảnh:"',
    ' "a [b](/c) d"',
    " 'a'",
    ' "a "b" c"',
]


def each_line(prefix: str) -> Callable[[list[str]], str]:
    return lambda lines: "\n".join(prefix + line for line in lines)


def table(rows: list[list[str]], rule: str) -> str:
    return "\n".join(["|".join(["", *rows[0], ""]), rule, *("|".join(["", *row, ""]) for row in rows[1:])])


SOME = st.lists(TEXT, min_size=1, max_size=3)
PREFIXES = [
    "- ",
    "* ",
    "+ ",
    "1. ",
    "2. ",
    "01. ",
    "> ",
    ">",
    "# ",
    "## ",
    "###",
    "####### ",
    "-",
    "- [ ] ",
    "- - ",
    "> - ",
]
RULES = ["|-|-|", "| :-: | --- |", "|:-|-:|", "|-|", "-|-", "|:|:|", "| | |", "|-|-|-|"]
FORM = st.one_of(
    TEXT,
    SOME.map("\n".join),
    st.builds(lambda prefix, lines: each_line(prefix)(lines), st.sampled_from(PREFIXES), SOME),
    st.builds(
        "![{}]({}{})".format, TEXT, st.sampled_from(["/a.jpg", "a b.jpg", "a_b.jpg", "data:x"]), st.sampled_from(TITLES)
    ),
    st.builds(table, st.lists(st.lists(TEXT, min_size=1, max_size=3), min_size=1, max_size=3), st.sampled_from(RULES)),
    SOME.map(lambda lines: "> " + "\n>\n> ".join(lines)),
    st.builds("một[^{}] {}\n\n[^{}]: {}".format, st.sampled_from("123"), TEXT, st.sampled_from("123"), TEXT),
)
BODY = st.lists(st.tuples(FORM, st.sampled_from(["\n\n", "\n\n", "\n\n", "\n", "\n\n\n", " \n\n"])), max_size=5).map(
    lambda parts: "".join(text + end for text, end in parts)
)
PLAIN = st.lists(st.sampled_from(["một", "hai", "*ba*", "[bốn](/x/)", '"năm"', "sáu."]), min_size=1, max_size=4).map(
    " ".join
)
NEWS = st.lists(
    PLAIN
    | PLAIN.map("## {}".format)
    | st.builds("{}[^{}]".format, PLAIN, st.sampled_from("123"))
    | st.builds("[^{}]: {}".format, st.sampled_from("123"), PLAIN)
    | PLAIN.map("> {}".format)
    | PLAIN.map("1. {}".format)
    | st.lists(PLAIN, min_size=1, max_size=3).map(each_line("- "))
    | st.sampled_from(TITLES).map("![ảnh](/a.jpg{})".format)
    | PLAIN.map("| a | b |\n|---|--:|\n| {} | 2 |".format),
    max_size=6,
).map("\n\n".join)


def differ(text: str, options: markup.Options = OPTIONS) -> bool:
    """Whether the direct way gives anything else than the long one."""
    found = markup._directly(text, options)
    return found is not None and found != markup._by_markdown(text, options)


@settings(max_examples=DOCUMENTS)
@given(text=FORM | BODY | NEWS | DOCUMENT, options=st.sampled_from(SETS))
def test_any_body(text: str, options: markup.Options) -> None:
    assert not differ(text, options)


def test_what_newsrooms_write() -> None:
    for text in bodies_of_the_site() + ARTICLES + LONG:
        assert not differ(text)


def seconds(convert: Callable[[str, markup.Options], object]) -> float:
    start = time.process_time()
    for text in LONG[:40]:
        convert(text, OPTIONS)
    return time.process_time() - start


def test_the_direct_way_saves_time() -> None:
    """It is ten times as fast as the gates; what else the machine does must not decide."""
    assert all(markup._directly(text, OPTIONS) for text in LONG)
    rounds = [(seconds(markup._by_markdown), seconds(markup._directly)) for _ in range(5)]
    assert min(gated for gated, _ in rounds) > 3 * min(direct for _, direct in rounds)


@pytest.mark.parametrize(
    "text",
    [
        "Một đoạn *nhấn*, **mạnh**, [bài](/tin/a_b/) và [nơi khác](https://x.example/a?b=c#d).",
        'Ông nói: "Được", rồi đi -- thế thôi...',
        "## Mục\n\n### Mục con\n\n## Mục",
        "> Một lời\n> nữa\n>\n> Người nói\n\n> Lời khác",
        "- một\n- *hai*\n\n1. ba\n2. bốn",
        '![Ảnh](/a.jpg "Chú thích (trái). Ảnh: Tên")\n\n*Chú thích*',
        "| Vụ | Tấn |\n|:-:|--:|\n| Hè | 12 |\n| [x](/y/) |",
        "– Thưa ông,\n(trích) 2024 và 1.234",
        "Một\n\n\n\nHai\n",
        'Một[^a], *hai* và ba[^b].\n\n[^b]: Theo "xã".\n\n[^a]: [Nguồn](/x/)\n[^c]: Thêm',
    ],
)
def test_common_forms_go_directly(text: str) -> None:
    assert markup._directly(text, OPTIONS) is not None
    assert not differ(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "<b>x</b>",
        "a &amp; b",
        "# Tựa",
        "a  \nb",
        "[x](javascript:alert)",
        "- a\n\n- b",
        "x[^1]\n\n[^1]: y\n\n    z",
    ],
)
def test_what_else_there_is_does_not(text: str) -> None:
    assert markup._directly(text, OPTIONS) is None


def test_nothing_goes_past_what_a_site_adds() -> None:
    """Extensions of others may change any text; HTML that is trusted is not what cleaning would have written."""
    for options in (
        markup.Options(labels=OPTIONS.labels, extensions=("pymdownx.mark",)),
        markup.Options(labels=OPTIONS.labels, trust_html=True),
    ):
        assert markup._directly("một", options) is None


# --- What would be wrong is found


def with_regex(name: str, old: str, new: str) -> Callable[[pytest.MonkeyPatch], None]:
    def change(patch: pytest.MonkeyPatch) -> None:
        right = getattr(direct, name)
        assert old in right.pattern
        patch.setattr(direct, name, re.compile(right.pattern.replace(old, new), right.flags))

    return change


def without(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    """A form taken for a paragraph, and its first sign for a letter."""

    def change(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(direct, "_FORMS", {sign: form for sign, form in direct._FORMS.items() if sign not in name})
        patch.setattr(direct, "_SAFE", re.compile("."))

    return change


MUTANTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "any address": with_regex("_LINK", "(?!//)[", "(?!//)[:"),
    "any host": with_regex("_LINK", direct._HOST, r"[\w.-]+"),
    "pictures as links": with_regex("_LINK", r"(?<!!\[)", ""),
    "numbers as words": with_regex("_SAFE", r"|\d+\.\s", ""),
    "videos": with_regex("_SAFE", r"http|", ""),
    "lines under headings": with_regex("_SAFE", ">=:", ">:"),
    "closed headings": with_regex("_HEADING", r"[^#\n]*[^#\s]", r"[^\n]*\S"),
    "titles of pictures": with_regex("_PICTURE", direct._TITLE, r"[^\n]*"),
    "lists": without("-+*"),
    "entities": lambda patch: patch.setattr(direct, "_STRANGE", [each for each in direct._STRANGE if each != "&"]),
    "stars": lambda patch: patch.setattr(straight, "_EMPHASIS", re.compile(r"\*([^*]+)\*")),
    "one quotation": lambda patch: patch.setattr(direct._Document, "_smart", lambda self, text: text),
}


def every_form() -> Iterator[str]:
    """Each form with each of the words, and each word beside some others."""
    for word in [*WORDS, "https://youtu.be/abcdefgh"]:
        yield from (f"{prefix}{word}" for prefix in ["", *PREFIXES])
        yield from (f"một {word}", f"{word} một", f"một\n{word}", f'"{word}', f"*{word}*", f"![{word}](/a.jpg)")
        yield f"a[^1]{word}\n\n[^1]: {word}"
        yield f"a[^1] [^2]\n\n[^2]: b {word}\n[^1]: {word} c"
        yield f"| a | b |\n|---|--:|\n| {word} | {word}{word} |"
    yield from (f"![ảnh](/a.jpg{title})" for title in TITLES)
    yield from (table([["a", "b"], ["c"]], rule) for rule in RULES)


FORMS = list(every_form())


def test_every_form_with_every_word() -> None:
    for text in FORMS:
        assert not differ(text)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_wrong_way_is_found(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[mutant](monkeypatch)
    markup._direct.cache_clear()
    try:
        assert any(map(differ, FORMS))
    finally:
        markup._direct.cache_clear()
