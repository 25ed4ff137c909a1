"""Slugs, names of files, escapes, widths, guesses."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phanthiet_news.text import (
    MAX_PATH_BYTES,
    SLUG,
    did_you_mean,
    escape_controls,
    fold,
    folded,
    forbidden_character,
    nearest,
    nfc,
    path_mistake,
    quoted,
    shorten,
    slugify,
    visible,
)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Đường", "duong"),
        ("đường Nguyễn Tất Thành", "duong-nguyen-tat-thanh"),
        ("  --Ấm__thực!!  ", "am-thuc"),
        ("COVID-19: 1.000 ca", "covid-19-1-000-ca"),
        ("C++", "c"),
        ("AT&amp;T", "at-amp-t"),
        ("&#272;", "272"),
        ("&#99999999999999999999;", "99999999999999999999"),
        ("???", ""),
        ("", ""),
        ("\ud800", ""),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert slugify(text) == slug


@pytest.mark.parametrize(
    ("text", "length"),
    [("tin " * 60, 99), ("a" * 300, 100), ("a" * 99 + " b", 99), ("a" * 98 + " b", 100), ("x " + "a" * 200, 1)],
)
def test_a_slug_ends_at_a_word_within_100_bytes(text: str, length: int) -> None:
    assert len(slugify(text)) == length


@given(st.text())
def test_a_slug_is_one_or_empty_stays_itself_and_knows_no_unicode_forms(text: str) -> None:
    slug = slugify(text)
    assert slug == "" or re.fullmatch(SLUG, slug)
    assert len(slug) <= 100
    assert slugify(slug) == slug
    assert slugify(unicodedata.normalize("NFD", text)) == slugify(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "a//b",
        "/a",
        "a/",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/./b",
        "a ",
        "a.",
        "a /b",
        "CON",
        "con.txt",
        "a/NUL.md",
        "Com¹",
        "lpt0.x",
        "aux .txt",
        "a:b",
        "c:/x",
        "a\\b",
        "a*b",
        "a?b",
        'a"b',
        "a<b",
        "a|b",
        "a\nb",
        "a\x00b",
        "a\x7fb",
        "a" * 241,
        "đ" * 121,
    ],
)
def test_paths_that_no_file_should_have(path: str) -> None:
    assert path_mistake(path)


@pytest.mark.parametrize(
    "path", ["a", "a/b.c", "...a", ".well-known/x", "console", "ảnh đẹp.png", "a" * 240, "đ" * 120]
)
def test_paths_that_a_file_may_have(path: str) -> None:
    assert path_mistake(path) is None
    assert len(path.encode()) <= MAX_PATH_BYTES


def test_names_are_compared_without_case_and_unicode_form() -> None:
    assert fold("ĐƯỜNG") == fold(unicodedata.normalize("NFD", "đường"))
    assert fold("STRASSE") == fold("straße")
    assert fold("a") != fold("á")


@given(st.text())
def test_nfc_is_the_same_for_every_form(text: str) -> None:
    assert nfc(unicodedata.normalize("NFD", text)) == nfc(text) == nfc(nfc(text))


def test_forbidden_are_those_that_xml_forbids() -> None:
    allowed = "\t\n\r a\x7f\x85\ud7ff\ue000\ufffd\U00010000\U0010ffff"
    assert forbidden_character(allowed) is None
    for character in "\x00\x01\x08\x0b\x0c\x0e\x1f\ud800\udfff\ufffe\uffff":
        assert forbidden_character(f"ab{character}c{character}") == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ấm thực 日本 🎉", "ấm thực 日本 🎉"),
        ("a\tb", "a b"),
        ("\x1b[31m\r\n", "\\u001b[31m\\u000d\\u000a"),
        ("\u202eabc\u2066\u200f\u061c", "\\u202eabc\\u2066\\u200f\\u061c"),
        ("\x9b\x7f\u2028\ufeff", "\\u009b\\u007f\\u2028\\ufeff"),
        ("\udce9", "\\udce9"),
    ],
)
def test_escapes(text: str, shown: str) -> None:
    assert escape_controls(text) == shown


@given(st.text(st.characters()))
def test_escaped_text_has_nothing_that_a_terminal_obeys_and_can_be_printed(text: str) -> None:
    shown = escape_controls(text)
    shown.encode()
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(character) for character in shown} & set(
        "LRE RLE LRO RLO PDF LRI RLI FSI PDI".split()
    )


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("日本", 4), ("a\u0309", 1), ("ể", 1), ("\u200b", 0), ("", 0)]
)
def test_widths(text: str, columns: int) -> None:
    assert visible(text) == columns


def test_guesses() -> None:
    known = ["title", "summary", "Xã hội"]
    assert nearest("sumary", known) == "summary"
    assert nearest("TITLE", known) == "title"
    assert nearest("Xa hội", known) == "Xã hội"
    assert nearest("qqqq", known) is None
    assert did_you_mean("titel", known) == "did you mean `title`?"
    assert did_you_mean("qqqq", known) == "known: title, summary, Xã hội"
    assert did_you_mean("qqqq", []) == ""


def test_quoting_and_shortening() -> None:
    assert quoted("a" * 60) == f'"{"a" * 60}"'
    assert quoted("a" * 61) == f'"{"a" * 60}…"'
    assert shorten("một hai ba bốn", 100) == "một hai ba bốn"
    assert shorten("một  hai,\nba bốn", 11) == "một hai…"


@given(st.text(), st.integers(2, 50))
def test_what_is_shortened_fits(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(st.sets(names))
def test_names_that_are_folded_at_once_are_folded_as_one_by_one(many: set[str]) -> None:
    assert folded(many) == set(map(fold, many))
