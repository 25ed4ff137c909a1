"""The core of a page is kept only where making the page as a whole would come to the same."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phanthiet_news import render
from phanthiet_news.core import Core
from phanthiet_news.model import Body, Page, Rendered, SiteView
from phanthiet_news.render import Analysis, Renderer

BODY = "a digest"
BODIES = {BODY: Body(pieces=(b"<p>Body ", b"</p>"))}
PAGE = Page(
    path="a/index.html",
    kind="article",
    template="page",
    data=SimpleNamespace(title="T & T", flag=True, body=BODY, urls=["/b/"], pictures=()),  # type: ignore[arg-type]
    bodies=(BODY,),
)
SITE = SiteView(**dict.fromkeys(SiteView.__struct_fields__, "") | {"language": "vi"})  # type: ignore[arg-type]
LIBRARY = "{% macro name() %}library{% endmacro %}{% set shared = namespace(v=1) %}"
OTHERS = {"library": LIBRARY, "other": "{% macro name() %}other{% endmacro %}", "foot": "<foot>", "piece": "<piece>"}
IMPORT = "{% import 'library' as lib %}"
BASE = IMPORT + "<{% block title %}base{% endblock %}>{% block main %}old{% endblock %}[foot]"
MAIN = "{% block main %}{{ page.title }}{{ lib.name() }}{{ asset('a.css') }}{{ body(page) }}{% endblock %}"
EXTENDS = "{% extends 'base' %}"


def analysed(base: str, page: str, **others: str) -> Analysis:
    return render.analysed(tuple(sorted({"page": page, "base": base, **OTHERS, **others}.items())), {})


class Change:
    """Templates before and after; a page of them."""

    def __init__(self, before: dict[str, str], after: dict[str, str]) -> None:
        texts = [tuple({**OTHERS, **each}.items()) for each in (before, after)]
        self._found = [render.analysed(each, {}) for each in texts]
        found = zip(texts, self._found, strict=True)
        self._renderers = [Renderer(render.context(*each, SITE, "https://bao.example")) for each in found]

    @property
    def keeps_core(self) -> bool:
        old, new = (render.core_frames(each.cores, "").get("page") for each in self._found)
        return old is not None and old == new

    def whole(self) -> Rendered:
        return self._renderers[1].page(PAGE, BODIES)

    def around(self) -> Rendered | None:
        """The new frame around the core of the old page."""
        return self._renderers[1].page_around(self._renderers[0].page(PAGE, BODIES), PAGE)


def change(before: str, after: str, page: str = EXTENDS + MAIN, **others: str) -> Change:
    return Change({"base": before, "page": page, **others}, {"base": after, "page": page, **others})


KEPT = {
    "text": BASE.replace("old", "new").replace("[", "<b>["),
    "a block of its own": BASE.replace("}base{", "}new {{ page.title }}{"),
    "another block": BASE + "{% block more %}more{% endblock %}",
    "what it includes": BASE + "{% include 'foot' %}",
    "a condition": BASE.replace("{% block main %}", "{% if page.flag %}{% block main %}").replace(
        "old{% endblock %}", "old{% endblock %}{% endif %}"
    ),
    "a loop beside it": BASE + "{% for each in [1, 2] %}{{ each }}{% endfor %}{% with x = 1 %}{{ x }}{% endwith %}",
    "the default of what is filled": BASE.replace("old", "{{ page.title }}"),
}


@pytest.mark.parametrize("after", KEPT.values(), ids=KEPT.keys())
def test_a_page_is_made_around_its_core(after: str) -> None:
    assert after != BASE
    found = change(BASE, after)
    assert found.keeps_core
    assert found.around() == found.whole()


def test_so_it_is_of_three_templates_where_the_outermost_changes() -> None:
    middle = EXTENDS + "{% block main %}<div>{% block inner %}{% endblock %}</div>{% endblock %}"
    page = "{% extends 'middle' %}{% block inner %}{{ body(page) }}{% endblock %}"
    found = change(BASE, KEPT["text"], page, middle=middle)
    assert found.keeps_core
    assert found.around() == found.whole()
    other = Change({"base": BASE, "page": page, "middle": middle}, {"base": BASE, "page": page, "middle": middle + " "})
    assert not other.keeps_core


def test_a_block_that_was_not_shown_is_no_core_to_keep() -> None:
    hidden = BASE.replace("{% block main %}", "{% if not page.flag %}{% block main %}") + "{% endif %}"
    assert change(hidden, BASE.replace("[foot]", "")).around() is None


NOT_KEPT = {
    "an import": (BASE, BASE.replace("'library'", "'other'"), MAIN),
    "an import that moves behind": (
        BASE,
        BASE.removeprefix(IMPORT) + IMPORT,
        MAIN.replace("lib.name()", "(lib is defined)"),
    ),
    "a macro": (BASE, "{% macro m() %}m{% endmacro %}" + BASE, MAIN.replace("lib.name()", "(m is defined)")),
    "what is set": (BASE, "{% set x = 1 %}" + BASE, MAIN.replace("lib.name()", "(x is defined)")),
    "a filter around it": (
        BASE,
        BASE.replace("{% block main %}", "{% filter upper %}{% block main %}") + "{% endfilter %}",
        MAIN,
    ),
    "a loop around it": (
        BASE,
        BASE.replace("{% block main %}", "{% for x in [1] %}{% block main scoped %}") + "{% endfor %}",
        MAIN.replace("lib.name()", "(x is defined)"),
    ),
    "another filter around it": (
        BASE.replace("{% block main %}", "{% filter upper %}{% block main %}") + "{% endfilter %}",
        BASE.replace("{% block main %}", "{% filter lower %}{% block main %}") + "{% endfilter %}",
        MAIN,
    ),
    "another condition of an import": (
        "{% if page.flag %}{% import 'other' as lib %}{% endif %}" + BASE.removeprefix(IMPORT),
        "{% if not page.flag %}{% import 'other' as lib %}{% endif %}" + BASE.removeprefix(IMPORT),
        MAIN.replace("lib.name()", "(lib is defined)"),
    ),
    "super": (BASE, BASE.replace("old", "new"), MAIN.replace("lib.name()", "super()")),
    "self": (BASE, BASE.replace("}base{", "}new{"), MAIN.replace("lib.name()", "self.title()")),
    "a namespace": (
        BASE,
        BASE + "{{ n.v }}",
        "{% set n = namespace(v=1) %}" + MAIN.replace("{{ lib.name() }}", "{% set n.v = 2 %}"),
    ),
    "a namespace of others": (
        BASE,
        BASE + "{{ lib.shared.v }}",
        "{% from 'library' import shared %}" + MAIN.replace("{{ lib.name() }}", "{% set shared.v = 2 %}"),
    ),
    "a list": (BASE, BASE + "{{ n }}", "{% set n = [] %}" + MAIN.replace("lib.name()", "(n.append(1))")),
}


@pytest.mark.parametrize(("before", "after", "main"), NOT_KEPT.values(), ids=NOT_KEPT.keys())
def test_a_core_is_not_kept_where_it_would_be_another(
    before: str, after: str, main: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it would be, for if it were kept, that would be seen."""
    assert not change(before, after, EXTENDS + main).keeps_core
    kept = Core(("main",), {}, ())
    monkeypatch.setattr(render, "cores", lambda outlines, closures: {"page": kept})
    found = change(before, after, EXTENDS + main)
    assert html(found.around()) != html(found.whole())


def html(page: Rendered | None) -> str:
    return "" if page is None else "|".join(piece.decode() for piece in page.pieces)


@pytest.mark.parametrize("name", ["page", "library", "piece"])
def test_a_core_is_made_from_all_that_its_blocks_use(name: str) -> None:
    page = EXTENDS + MAIN.replace("{{ lib.name() }}", "{% include 'piece' %}")
    texts = {"base": BASE, "page": page, **OTHERS}
    assert not Change(texts, {**texts, name: texts[name] + "!"}).keeps_core


def test_what_may_be_missing_counts_when_it_is_there() -> None:
    page = EXTENDS + MAIN.replace("{{ lib.name() }}", "{% include 'absent' ignore missing %}")
    texts = {"base": BASE, "page": page}
    assert Change(texts, {**texts, "base": KEPT["text"]}).keeps_core
    assert not Change(texts, {**texts, "absent": "there"}).keeps_core


@pytest.mark.parametrize("base", [BASE + "{{ body(page) }}", "{% extends 'page' %}", "{% extends 'nowhere' %}"])
def test_templates_without_a_core(base: str) -> None:
    """Where the outermost shows bodies, too; where they go round in a circle; where one isn't there."""
    assert "page" not in analysed(base, EXTENDS + MAIN).cores


STARTS = [
    "{% import 'library' as lib %}",
    "{% import 'other' as lib %}",
    "{% from 'other' import name %}",
    "{% macro name() %}own{% endmacro %}",
    "{% set x = 1 %}",
    "{% include 'foot' %}",
    "{% if page.flag %}{% import 'other' as lib %}{% endif %}",
    "{% if not page.flag %}{% import 'other' as lib %}{% endif %}",
    "text",
]
PLACES = [
    "{% block main %}one{% endblock %}",
    "{% block main %}another{% endblock %}",
    "{% if page.flag %}{% block main %}{% endblock %}{% endif %}",
    "{% if not page.flag %}{% block main %}{% endblock %}{% endif %}",
    "{% for x in [1, 2] %}{% block main scoped %}{% endblock %}{% endfor %}",
    "{% with x = 2 %}{% block main scoped %}{% endblock %}{% endwith %}",
    "{% filter upper %}{% block main %}{% endblock %}{% endfilter %}",
    "{% filter lower %}{% block main %}{% endblock %}{% endfilter %}",
    "{% block outer %}<{% block main %}{% endblock %}>{% endblock %}",
    "{% autoescape false %}{% block main %}{% endblock %}{% endautoescape %}",
]
INNER = [
    "{{ lib.name() if lib is defined }}",
    "{{ name() if name is defined }}",
    "{{ x if x is defined }}",
    "{{ super() }}",
    "{{ self.title() }}",
    "{% include 'piece' %}",
    "{{ page.title }}",
    "{{ asset('a.css') }}",
    "{{ body(page) }}",
    "{% if n is defined %}{% set n.v = 2 %}{% endif %}",
]
OWN = ["", "{% import 'library' as lib %}", "{% set x = 3 %}", "{% set n = namespace(v=1) %}"]
bases = st.builds(
    lambda start, place, end: f"{start}<{{% block title %}}{{% endblock %}}>{place}{end}",
    st.lists(st.sampled_from(STARTS), max_size=2).map("".join),
    st.sampled_from(PLACES),
    st.sampled_from([*STARTS, "{{ n.v if n is defined }}"]),
)
pages = st.builds(
    lambda own, inner: f"{EXTENDS}{own}{{% block main %}}{inner}{{% endblock %}}",
    st.sampled_from(OWN),
    st.lists(st.sampled_from(INNER), max_size=4).map("".join),
)


@given(bases, bases, pages)
def test_around_its_core_a_page_is_as_it_would_be_as_a_whole(before: str, after: str, page: str) -> None:
    found = change(before, after, page)
    if found.keeps_core:
        assert found.around() in (found.whole(), None)
