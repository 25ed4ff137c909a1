"""Gates change nothing but the time: what comes out equals stock Python-Markdown's, to the byte."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import markdown
import pytest
from hypothesis import HealthCheck, given, settings

from phanthiet_news import gates, markup
from phanthiet_news.gates import gated, needed_by

CONTENT = Path(__file__).parents[2] / "content"
RUNS = int(os.environ.get("PTNEWS_RUNS", "50"))
MANY = RUNS * (8 if RUNS <= 50 else 200)  # 100,000 documents in `make soak`
LABELS = markup.Labels("Mở trên {}", "Xem trên {}", "Về chỗ đọc", "Ảnh: ")
OPTIONS = markup.Options(LABELS, smart_quotes=True, video_hosts=("www.youtube-nocookie.com",))
SHIPPED = [
    "abbr", "admonition", "attr_list", "codehilite", "def_list", "extra", "fenced_code", "footnotes", "legacy_attrs",
    "legacy_em", "md_in_html", "meta", "nl2br", "sane_lists", "smarty", "tables", "toc", "wikilinks",
]  # fmt: skip
THIRD_PARTY = [
    "pymdownx.betterem", "pymdownx.caret", "pymdownx.critic", "pymdownx.details", "pymdownx.keys", "pymdownx.magiclink",
    "pymdownx.mark", "pymdownx.smartsymbols", "pymdownx.superfences", "pymdownx.tasklist", "pymdownx.tilde",
]  # fmt: skip
PIECES = [
    "Phan Thiết", "biển, gió ", "một hai ba", "3 - 5 km", "“chợ”", '"chợ"', "'sớm'", "'90s", "---", "--", "...", "…",
    "*", "**", "***", "_", "__", "==", "==đậm==", "*nghiêng*", "**đậm**", "_gạch_dưới_", "`", "``", "`mã`", "\\", "\\*",
    "\\[", "\\\\", "[", "]", "(", ")", "![", "![hình](a.png)", "[bài](hai.md)", "[bài](<a b> \"tựa\")", "[bài][1]",
    "[1]: /a/ 'tựa'", "[bài]", "[TOC]", "[^1]", "[^1]: chú thích", "*[TP]: thành phố", "TP", "<", ">", "<b>", "</b>",
    "<br>", "<!-- lời -->", "<div>", "</div>", "<div markdown='1'>", "<https://bao.example/>", "<a@bao.example>", "&",
    "&amp;", "&#38;", "&nbsp;", "https://youtu.be/abcdefghijk", "://", "# Đầu", "## Mục {#muc}", "### ", "#",
    "Đầu\n===", "Đầu\n---", "***\n", "- - -", "- một", "* hai", "+ ba", "1. một", "2) hai", "10. mười", "> trích",
    ">> sâu", ">",
    "    mã", "\tmã", "```", "```python\nx = 1\n```", "~~~", "| a | b |", "| - | :-: |", "a | b\n--|--\n1 | 2",
    "|", ":", ": nghĩa", "Từ\n: nghĩa", "{: .lop}", "{#id}", "{", "}", "!!! note", "??? chi tiết", "==", "^^", "~~",
    "++ctrl++",
    ":smile:", "  \n", "\n", "\n\n", "\n\n", " ", "    ", "\t",
]  # fmt: skip

documents = st.lists(
    st.one_of(st.sampled_from(PIECES), st.text(alphabet="ab đ*_`[]()<>!#&-=:|\\\"'.~^\n ", max_size=12))
)
many = settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
few = settings(max_examples=max(RUNS // 2, 10), deadline=None, suppress_health_check=list(HealthCheck))


def stock(make: Callable[[], markdown.Markdown], patch: pytest.MonkeyPatch) -> markdown.Markdown:
    with patch.context() as inner:
        inner.setattr(markup, "gated", lambda md, own: md)
        return make()


def ours() -> markdown.Markdown:
    return markup._converter.__wrapped__(OPTIONS)


@pytest.fixture(scope="module")
def pair() -> tuple[markdown.Markdown, markdown.Markdown]:
    with pytest.MonkeyPatch.context() as patch:
        return stock(ours, patch), ours()


def outcome(converter: markdown.Markdown, text: str) -> str:
    """What comes out; of the errors that Python-Markdown has for some texts, which one."""
    converter.reset()
    try:
        return converter.convert(text)
    except Exception as error:
        return type(error).__name__


def assert_same(pair: tuple[markdown.Markdown, markdown.Markdown], text: str) -> None:
    plain, other = pair
    assert outcome(other, text) == outcome(plain, text)


@many
@given(pieces=documents)
def test_any_document(pair: tuple[markdown.Markdown, markdown.Markdown], pieces: list[str]) -> None:
    assert_same(pair, "".join(pieces))


@pytest.mark.parametrize("extension", [*SHIPPED, *THIRD_PARTY])
@few
@given(pieces=documents)
def test_any_document_with_any_extension(extension: str, pieces: list[str]) -> None:
    plain, other = (markdown.Markdown(extensions=[extension], output_format="html") for _ in range(2))
    assert_same((plain, gated(other)), "".join(pieces))


def test_third_party_extensions_together_with_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    options = markup.Options(LABELS, extensions=("pymdownx.tilde", "pymdownx.tasklist"))
    text = "- [x] ~~cũ~~ H~2~O\n- [ ] *mới*\n"
    with monkeypatch.context() as patch:
        patch.setattr(markup, "gated", lambda md, own: md)
        plain = markup._converter.__wrapped__(options)
    assert_same((plain, markup._converter.__wrapped__(options)), text)


def test_the_bundled_articles(pair: tuple[markdown.Markdown, markdown.Markdown]) -> None:
    files = sorted(CONTENT.rglob("*.md"))
    assert len(files) > 20
    for file in files:
        assert_same(pair, file.read_text(encoding="utf-8").split("---\n", 2)[2])


def newsroom_article(number: int) -> str:
    """About 6 KB as newsrooms write: long paragraphs, and now and then a heading, a list, a link, a quotation."""
    chance = random.Random(number)
    words = "thành phố biển Phan Thiết mở hội làng chài sáng nay người dân và du khách ra bến xem đua thuyền".split()
    blocks = []
    for block in range(24):
        text = " ".join(chance.choice(words) for _ in range(45)).capitalize() + "."
        extra = {5: "**đậm** ", 9: "[bài trước](bai.md) ", 14: '"trích lời" ', 17: "*nghiêng* "}.get(block, "")
        prefix = {3: "## ", 12: "> ", 16: "- "}.get(block, "")
        blocks.append(prefix + extra + (text if prefix != "## " else text[:40]))
    return "\n\n".join(blocks)


def test_newsroom_articles(pair: tuple[markdown.Markdown, markdown.Markdown]) -> None:
    for number in range(50):
        assert_same(pair, newsroom_article(number))


# --- the gates themselves


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        (r"\\(.)", ("\\",)),
        (r"(?<!\!)\[", ("[",)),
        (r"\!\[", ("![",)),
        (r"(?<!\.)\.{3}(?!\.)", ("...",)),
        (r"\*|_", ("*", "_")),
        (r"(?:a|b)?c", ("c",)),
        (r"(?:#|b*)", ("",)),
        (r"[^#]", ("",)),
        (r"x*", ("",)),
        (r"(?i)#", ("",)),
        (r"(?=#)", ("#",)),
        (r"(?!#)a", ("a",)),
    ],
)
def test_what_every_match_must_hold(pattern: str, needed: tuple[str, ...]) -> None:
    assert needed_by(pattern, re.compile(pattern).flags) == needed


@many
@given(text=st.text(alphabet="ab#[]!*_.\\-'\"<>&: \n"))
def test_no_match_is_without_what_it_must_hold(text: str) -> None:
    for processor in ours().treeprocessors:
        for pattern in getattr(processor, "inlinePatterns", ()):
            regex = pattern.compiled_re
            if regex.search(text):
                assert any(needed in text for needed in needed_by(regex.pattern, regex.flags))


def test_gates_save_time(pair: tuple[markdown.Markdown, markdown.Markdown]) -> None:
    """Five times on a quiet machine: twice must be seen on any."""
    articles = [newsroom_article(number) for number in range(40)]

    def seconds(converter: markdown.Markdown) -> float:
        started = time.process_time()
        for article in articles:
            outcome(converter, article)
        return time.process_time() - started

    plain, other = (min(seconds(converter) for _ in range(5)) for converter in pair)
    assert plain > 2 * other


def test_a_wrong_gate_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that goes by the name that a pattern has: `em_strong` serves `_` as well as `*`."""
    original = gates.needed_by
    plain = stock(ours, monkeypatch)
    monkeypatch.setattr(gates, "needed_by", lambda regex, flags: tuple(t for t in original(regex, flags) if t != "_"))
    with pytest.raises(AssertionError):
        assert_same((plain, ours()), "_nghiêng_")
