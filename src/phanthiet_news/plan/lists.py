"""Lists of articles in pages, counted from the oldest; and the indexes of lists.

A page of a list never changes once it is full: page 7 holds the same articles for ever. The front page
of a list holds the newest, between one and two page lengths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from phanthiet_news.locale import Locale
from phanthiet_news.model import Card, Feed, IndexData, IndexEntry, Link, ListData, Page, Value
from phanthiet_news.routes import Place, Routes

T = TypeVar("T")


class ListSpec(Value, frozen=True):
    """A list before it is cut into pages."""

    kind: str
    place: Place
    title: str
    cards: tuple[Card, ...]
    description: str = ""
    section: str = ""
    role: str = ""
    breadcrumbs: tuple[Link, ...] = ()
    feeds: tuple[Feed, ...] = ()


def cut(items: Sequence[T], per_page: int) -> tuple[Sequence[T], list[Sequence[T]]]:
    """Newest-first items → those of the front page, and the numbered pages, page 1 (the oldest) first."""
    full = max(0, len(items) // per_page - 1)
    front = len(items) - full * per_page
    pages = [items[front + k * per_page : front + (k + 1) * per_page] for k in range(full)]
    return items[:front], pages[::-1]


def pages(spec: ListSpec, routes: Routes, locale: Locale, per_page: int) -> Iterator[Page]:
    """The front page of a list, then its numbered pages."""
    front, numbered = cut(spec.cards, per_page)
    places = [spec.place] + [routes.numbered(spec.place, number) for number in range(len(numbered), 0, -1)]
    yield _page(spec, spec.place, spec.title, front, None, None, places[1].url if numbered else None)
    for position, place in enumerate(places[1:], 1):
        number = len(numbered) - position + 1
        older = places[position + 1].url if position + 1 < len(places) else None
        title = locale.word("list.page", title=spec.title, number=number)
        yield _page(spec, place, title, numbered[number - 1], number, places[position - 1].url, older)


def _page(
    spec: ListSpec,
    place: Place,
    title: str,
    cards: Sequence[Card],
    number: int | None,
    newer: str | None,
    older: str | None,
) -> Page:
    trail = spec.breadcrumbs if number is None else (*spec.breadcrumbs, Link(title=spec.title, url=spec.place.url))
    data = ListData(
        url=place.url,
        title=title,
        description=spec.description,
        section=spec.section,
        breadcrumbs=trail,
        kind=spec.kind,
        cards=tuple(cards),
        number=number,
        newer=newer,
        older=older,
        role=spec.role,
        feeds=spec.feeds,
    )
    return Page(path=place.path, kind="list", template="list.html", data=data)


def index_page(
    kind: str, place: Place, words: tuple[str, str], entries: Sequence[IndexEntry], breadcrumbs: tuple[Link, ...]
) -> Page:
    """An index of lists. `words` are its title and its description."""
    title, about = words
    data = IndexData(
        url=place.url, title=title, description=about, kind=kind, entries=tuple(entries), breadcrumbs=breadcrumbs
    )
    return Page(path=place.path, kind="index", template="index.html", data=data)
