"""Quick code of templates makes what Jinja's own makes, or gives way to it."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from phanthiet_news import templating
from phanthiet_news.templating import Templates, parsed, quick_code


class Thing:
    title = "A & <b>"
    safe = Markup("<i>x</i>")
    number = 7
    nothing = None

    def named(self, word: str = "a", times: int = 1) -> str:
        return f"<{word}>" * times


NAMES: dict[str, Any] = {
    "thing": Thing(),
    "things": [Thing(), {"title": "dict & co", "items": "own"}],
    "plain": {"title": "x", "class": "y"},
    "call": lambda *args, **named: f"{args}{sorted(named)}",
    "Kind": Thing,
}
FILTERS = {"twice": lambda text: text * 2}
LIBRARY = """\
{% macro show(thing, level=2) %}<{{ level }}>{{ thing.title }}{{ caller() if caller else "" }}<>{% endmacro %}
{% set word = "lib & co" %}
"""
BASE = """\
{% import "library" as library %}<{% block title %}{{ thing.title }}{% endblock %}>
{{ library.word }}{% block main %}base{% endblock %}{% if thing.number %}!{% endif %}
"""
PARTS = [
    "{{ thing.title }}",
    "{{ thing.safe }}{{ thing.number }}{{ thing.nothing }}",
    "{{ thing.named() }}{{ thing.named('ô', times=2) }}",
    "{{ call(thing.title, 1, x=2) }}{{ call(call(1), call(y=call())) }}",
    "{{ call(*[1, 2], **{'k': 3}) }}{{ call(class=1) }}",
    "{{ Kind().title }}{{ call(word=thing.named()) }}",
    "{% for each in things %}{{ loop.index }}{{ each.title }}{{ loop.cycle('a', 'b') }}{% else %}none{% endfor %}",
    "{% for each in things recursive %}{{ each.title }}{{ loop([]) if loop.first }}{% endfor %}",
    "{{ plain.title }}{{ plain.class }}{{ plain['title'] }}",
    "{{ things[1].items }}",
    "{% set x = thing.title %}{{ x }}{% set y %}<{{ x }}>{% endset %}{{ y }}",
    "{% set n = namespace(a=1) %}{% set n.a = 2 %}{{ n.a }}",
    "{% filter twice %}{{ thing.title }}{% endfilter %}",
    "{{ library.show(thing) }}{% call library.show(thing, level=3) %}in{{ thing.number }}{% endcall %}",
    '{% include "piece" %}',
    "{% autoescape false %}{{ thing.title }}{% endautoescape %}",
    "{{ 'a' if thing.number else 'b' }}{{ thing.title ~ thing.number }}",
    "{% macro own(a, b=thing.title) %}{{ a.title }}{{ b }}{{ varargs }}{% endmacro %}{{ own(thing, 1, 2) }}",
]
BROKEN = [
    "{{ thing.absent }}",
    "{{ absent.title }}",
    "{{ thing.nothing.title }}",
    "{{ plain.absent }}",
    "{{ call(1)() }}",
]
PIECE = "<p>{{ thing.title }}</p>"


def outcome(render: Any) -> str:
    try:
        return str(render())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def both_ways(texts: dict[str, str]) -> tuple[str, str, Templates]:
    quickly = {name: quick_code(parsed(name, text, FILTERS), name) for name, text in texts.items()}
    quick = Templates(texts, quickly, FILTERS, NAMES)
    stock = jinja2.Environment(**templating._options(texts))
    stock.filters |= FILTERS
    stock.globals |= NAMES
    once, again = outcome(lambda: quick.render("page", {})), outcome(lambda: quick.render("page", {}))
    assert once == again
    return once, outcome(lambda: stock.get_template("page").render()), quick


def site_of(parts: list[str], extends: bool) -> dict[str, str]:
    text = "".join(parts)
    if extends:
        start = '{% extends "base" %}{% import "library" as library %}'
        text = f"{start}{{% block main %}}{{% import 'library' as library %}}{text}{{% endblock %}}"
    else:
        text = f'{{% import "library" as library %}}{text}'
    return {"page": text, "base": BASE, "library": LIBRARY, "piece": PIECE}


@pytest.mark.parametrize("extends", [False, True])
@pytest.mark.parametrize("part", [*PARTS, *BROKEN])
def test_what_is_made_is_what_jinja_makes(part: str, extends: bool) -> None:
    quick, stock, _ = both_ways(site_of([part], extends))
    assert quick == stock


@given(st.lists(st.sampled_from([*PARTS, *PARTS, *BROKEN]), max_size=6), st.booleans())
def test_so_it_is_of_several_parts(parts: list[str], extends: bool) -> None:
    quick, stock, _ = both_ways(site_of(parts, extends))
    assert quick == stock


def test_only_what_stumbles_is_left_to_jinja() -> None:
    assert not both_ways(site_of(["{{ thing.title }}", PARTS[3], PARTS[12]], extends=True))[2]._slow
    assert both_ways(site_of(["{{ plain.title }}"], extends=True))[2]._slow == {"page"}
