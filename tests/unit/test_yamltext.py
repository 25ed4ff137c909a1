"""YAML → a tree of texts with their places."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from phanthiet_news.problem import Problem
from phanthiet_news.yamltext import MAX_BYTES, BadYaml, parse
from phanthiet_news.yamltree import Mapping, Node, Scalar, Sequence


def plain(node: Node) -> object:
    """The tree as Python's own values."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(each) for each in node.items]
    return {key.text: plain(value) for key, value in node.entries}


def places(node: Node) -> list[tuple[str, int, int]]:
    """Every text with its line and column."""
    if isinstance(node, Scalar):
        return [(node.text, node.line, node.column)]
    if isinstance(node, Sequence):
        return [place for each in node.items for place in places(each)]
    return [place for key, value in node.entries for place in (*places(key), *places(value))]


def refused(text: str, first_line: int = 1) -> Problem:
    with pytest.raises(BadYaml) as caught:
        parse(text, "a.yml", first_line)
    return caught.value.problem


def test_every_scalar_is_the_text_that_was_typed() -> None:
    text = "a: No\nb: 2024\nc: 12:30\nd: 2024-03-27\ne: [~, 1.50, 0x1F, .nan, yes]\nf: {g: 'x', h: \"y\"}\n"
    assert plain(parse(text, "a.yml")) == {
        "a": "No",
        "b": "2024",
        "c": "12:30",
        "d": "2024-03-27",
        "e": ["~", "1.50", "0x1F", ".nan", "yes"],
        "f": {"g": "x", "h": "y"},
    }


def test_places_are_those_of_the_file() -> None:
    node = parse("# đầu\nấm: thực\nb:\n  - 'x'\n  - {c: 日本, d: e}\n", "a.yml", first_line=2)
    assert places(node) == [
        ("ấm", 3, 1),
        ("thực", 3, 5),
        ("b", 4, 1),
        ("x", 5, 5),
        ("c", 6, 6),
        ("日本", 6, 9),
        ("d", 6, 13),
        ("e", 6, 16),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n"])
def test_nothing_is_no_keys(text: str) -> None:
    assert parse(text, "a.yml", 7) == Mapping((), 7, 1)


@pytest.mark.parametrize(("text", "empty"), [("~", True), ("null", True), ("", True), ("'null'", False), ("''", False)])
def test_what_counts_as_empty(text: str, empty: bool) -> None:
    node = parse(f"a: {text}\n", "a.yml")
    assert isinstance(node, Mapping)
    value = node.entries[0][1]
    assert isinstance(value, Scalar)
    assert value.empty is empty


@pytest.mark.parametrize(
    ("text", "line", "column", "code"),
    [
        ("a: 1\nb: &x 1", 2, 4, "yaml-alias"),
        ("a: 1\nb: *x", 2, 4, "yaml-alias"),
        ("&x a: 1", 1, 1, "yaml-alias"),
        ("a: [1, *x]", 1, 8, "yaml-alias"),
        ("a: 1\nb: !!int 1", 2, 4, "yaml-tag"),
        ("!!map {a: 1}", 1, 1, "yaml-tag"),
        ("a: 1\nb: 2\na: 3", 3, 1, "yaml-key-twice"),
        ('a: 1\n"a": 3', 2, 1, "yaml-key-twice"),
        ("{a: 1, a: 2}", 1, 8, "yaml-key-twice"),
        ("a: 1\n---\nb: 2", 2, 1, "yaml-two-documents"),
        ("a: 1\n...\nb: 2", 3, 1, "yaml-two-documents"),
        ("[a]: b", 1, 1, "yaml-key"),
        ("{a: 1}: b", 1, 1, "yaml-key"),
        ("a:\n\t- b", 2, 1, "yaml-tab"),
        ("a: b: c", 1, 5, "yaml-colon"),
        ("a: b\n c: d", 2, 2, "yaml-indent"),
        ("a: 'b", 1, 4, "yaml-quote-open"),
        ('a: "\\q"', 1, 5, "yaml-escape"),
        ("a: [b\nc: d", 1, 4, "yaml-bracket"),
        ("a: {b\n", 1, 4, "yaml-bracket"),
        ("a: 1\nb\nc: 2", 2, 1, "yaml-no-colon"),
        ("a: @b", 1, 4, "yaml-quote"),
        ("a: ]", 1, 4, "yaml-syntax"),
        ("a: 1\nb: x\u2029y", 2, 5, "character-forbidden"),
        ('a: 1\nb: "\\u0007"', 2, 4, "character-forbidden"),
        ("a: " + "[" * 30_000, 1, 20, "yaml-too-deep"),
        ("- " * 30_000, 1, 35, "yaml-too-deep"),
        ("{a: " * 10_000, 1, 66, "yaml-too-deep"),
        ("? " * 30_000, 1, 35, "yaml-too-deep"),
    ],
)
@pytest.mark.parametrize("first_line", [1, 100])
def test_what_is_refused_and_where(text: str, line: int, column: int, code: str, first_line: int) -> None:
    problem = refused(text, first_line)
    assert (problem.line, problem.column, problem.code) == (line + first_line - 1, column, code)
    assert problem.path == "a.yml"
    assert problem.excerpt == text.split("\n")[line - 1]
    assert problem.hint


def test_limits_are_met_and_not_passed() -> None:
    assert parse("a: 1\n" + "#" * (MAX_BYTES - 5), "a.yml")
    assert refused("a: 1\n" + "#" * (MAX_BYTES - 4)).code == "yaml-too-long"
    assert parse("a: " + "x" * 16_384, "a.yml")
    assert refused("a: " + "x" * 16_385).code == "yaml-long-value"


YAML_LIKE = st.lists(
    st.sampled_from([
        "a",
        "b: ",
        "- ",
        "\n",
        "  ",
        "\t",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "'",
        '"',
        "#",
        "|",
        ">",
        "!",
        "!!set",
    ])
    | st.sampled_from([
        "&x",
        "*x",
        "?",
        ": ",
        "---",
        "...",
        "%",
        "@",
        "`",
        "\\",
        "<<: ",
        "\u2028",
        "\x85",
        "é",
        "日",
        "\ufeff",
    ])
    | st.text(max_size=3),
    max_size=30,
).map("".join)


@given(YAML_LIKE)
def test_any_text_is_a_tree_or_one_problem_with_a_place_in_the_text(text: str) -> None:
    try:
        node = parse(text, "a.yml")
    except BadYaml as bad:
        problem = bad.problem
        assert 1 <= problem.line <= text.count("\n") + 1
        assert 1 <= problem.column <= len(text.split("\n")[problem.line - 1]) + 1
        assert problem.code
        assert problem.message
        return
    lines = text.split("\n")
    for _, line, column in places(node):
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1


@given(YAML_LIKE)
def test_what_is_read_is_what_yaml_means_but_for_types(text: str) -> None:
    try:
        ours = plain(parse(text, "a.yml"))
    except BadYaml:
        return
    theirs = yaml.load(text, Loader=yaml.BaseLoader)
    assert ours == ({} if theirs is None else theirs)
