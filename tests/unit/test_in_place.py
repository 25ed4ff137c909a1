"""What goes straight into a page may be a mark there; nobody who works with it in a template ever meets one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import meta
from markupsafe import Markup

from phanthiet_news import render, templating
from phanthiet_news.templating import Templates, parsed, quick_code

MARK, SHOWN = "\x02a body\x03", "<p>Thân & <i>bài</i></p>"


class Body:
    """A function, as templates are given it: what it gives, or a mark for it."""

    def __init__(self, *, in_place: bool) -> None:
        self._given = MARK if in_place else SHOWN
        self.marks = 0

    def __call__(self, *_: object) -> Markup:
        return Markup(SHOWN)

    def in_place(self, *_: object) -> Markup:
        self.marks += 1
        return Markup(self._given)


FILTERS = {"twice": lambda text: text * 2, "measured": lambda text: str(len(text))}
LIBRARY = """\
{% macro framed(thing) %}<{{ caller() if caller is defined and caller else thing }}>{% endmacro %}
{% macro shown(body) %}[{{ body(1) }}]{% endmacro %}
"""
BASE = '<{% block head %}head{{ body(1) }}{% endblock %}>{% block main %}{% endblock %}{% include "foot" %}'
STRAIGHT = [
    "{{ body(1) }}",
    "{% if 1 %}{{ body(1, 2) }}{% endif %}",
    "{% for each in [1, 2] %}{{ body(each) }}{% endfor %}",
    "{% with x = 1 %}{{ body(x) }}{% endwith %}",
    '{% include "piece" %}',
    "{% block own %}{{ body(1) }}{% endblock %}",
]
PLAIN = [
    "{{ body(1)|twice }}",
    "{{ body(1)|measured }}{{ body(1)|length }}{{ body(1) ~ 1 }}",
    "{% set x = body(1) %}{{ x|measured }}",
    "{{ body(1).upper() }}",
    "{% filter measured %}{{ body(1) }}{% endfilter %}",
    "{% filter measured %}{% if 1 %}{{ body(1) }}{% endif %}{% endfilter %}",
    "{% set x %}{{ body(1) }}{% endset %}{{ x|measured }}",
    "{% macro m() %}{{ body(1) }}{% endmacro %}{{ m()|measured }}",
    "{% call library.framed(1) %}{{ body(1) }}{% endcall %}",
    "{{ library.shown(body)|measured }}",
    "{% for each in [[1], [2]] recursive %}{{ body(1) }}{{ loop([])|measured }}{% endfor %}",
    "{% macro body(x) %}own {{ x }}{% endmacro %}{{ body(1) }}",
    "{% set body = library.framed %}{{ body(1) }}",
    '{% from "library" import framed as body %}{{ body(1) }}',
    "{% filter measured %}{% block inner %}{{ body(1) }}{% endblock %}{% endfilter %}",
    "{{ self.head()|measured }}",
    "{% set head = self.head %}{{ head()|measured }}",
    '{% set x %}{% include "plain" %}{% endset %}{{ x|measured }}',
]
TAKING = [
    '{% set x %}{% include "piece" %}{% endset %}{{ x|measured }}',
    '{% filter measured %}{% include ["absent", "piece"] %}{% endfilter %}',
    "{% block head %}{{ super()|measured }}{% endblock %}",
    '{% import "piece" as whole with context %}{{ whole|string|measured }}',
]
TAKING_BASE = "{% filter measured %}{% block main %}{% endblock %}{% endfilter %}"
OTHERS = {"library": LIBRARY, "foot": "-", "plain": "-", "piece": "<b>{{ body(1) }}</b>"}


PARTS = (*STRAIGHT, *PLAIN, *TAKING)
CASES = [(part, extends) for part in PARTS for extends in ([True] if "super()" in part else [True, False])]


def made(part: str, *, extends: bool, in_place: bool | None = None, base: str = BASE) -> tuple[str, str, int]:
    """The page with the bodies put in, the page by Jinja's own code, and how many marks were asked for."""
    start = '{% extends "base" %}' if extends else "{% block head %}head{{ body(1) }}{% endblock %}"
    is_block = part.startswith("{% block head")
    whole = f"{{% block main %}}{{% import 'library' as library %}}{part}{{% endblock %}}"
    text = f"{start}{part}" if extends and is_block else f"{start}{whole}"
    texts = {"page": text, **OTHERS, "base": base}
    quickly = {name: quick_code(parsed(name, each, FILTERS), name, ["body"]) for name, each in texts.items()}
    if in_place is None:
        in_place = _analysed(texts)
    body = Body(in_place=in_place)
    quick, slow = Templates(texts, quickly, FILTERS, {}), Templates(texts, {}, FILTERS, {})
    slow._slow.add("page")
    page = quick.render("page", {"body": body}).replace(MARK, SHOWN)
    return page, slow.render("page", {"body": Body(in_place=True)}), body.marks


def _analysed(texts: dict[str, str]) -> bool:
    facts = {}
    for name, text in texts.items():
        tree = parsed(name, text, FILTERS)
        needs = tuple(filter(None, meta.find_referenced_templates(tree)))
        facts[name] = render._Facts(needs, parts=templating.parts(tree, ["body"]))
    return render._is_in_place(facts)


@pytest.mark.parametrize(("part", "extends"), CASES)
def test_nobody_meets_a_mark(part: str, extends: bool) -> None:
    page, expected, _ = made(part, extends=extends)
    assert page == expected


@given(st.lists(st.sampled_from([*STRAIGHT[:-1], *PLAIN[:-8], TAKING[0]]), max_size=5), st.booleans())
def test_so_it_is_of_several_parts(parts: list[str], extends: bool) -> None:
    page, expected, _ = made("".join(parts), extends=extends)
    assert page == expected


@pytest.mark.parametrize("part", STRAIGHT)
def test_what_goes_straight_in_is_a_mark(part: str) -> None:
    assert made(part, extends=True)[2] > 1


@pytest.mark.parametrize("part", TAKING)
def test_where_others_work_on_parts_a_mark_would_be_met(part: str) -> None:
    """Else it could not be seen above that they are told apart."""
    page, expected, _ = made(part, extends=True, in_place=True)
    assert page != expected


def test_a_block_may_be_taken_by_the_template_above() -> None:
    page, expected, _ = made(STRAIGHT[0], extends=True, base=TAKING_BASE)
    assert page == expected
    page, expected, _ = made(STRAIGHT[0], extends=True, base=TAKING_BASE, in_place=True)
    assert page != expected
