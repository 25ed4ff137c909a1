"""Lists of articles in pages, counted from the oldest; and the indexes of lists.

A page of a list never changes once it is full: page 7 holds the same articles for ever. The front page
of a list holds the newest, between one and two page lengths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Generic, TypeVar

from phanthiet_news.locale import Locale
from phanthiet_news.model import Article, Card, Feed, IndexData, IndexEntry, Link, ListData, Page, PageToCome, Value
from phanthiet_news.routes import Place, Routes

T = TypeVar("T")
KIND = "list"


class ListSpec(Value, Generic[T], frozen=True):
    """A list before it is cut into pages, the newest article first.

    At most so many articles are `new` in it, and all of them among so many of the newest: its `depth`.
    """

    kind: str
    place: Place
    title: str
    articles: Sequence[T]
    new: int
    depth: int
    description: str = ""
    section: str = ""
    role: str = ""
    breadcrumbs: tuple[Link, ...] = ()
    feeds: tuple[Feed, ...] = ()


def of(article: Article, routes: Routes) -> list[Place]:
    """All lists that an article is in."""
    places = [routes.category(article.category), routes.month(article.month)]
    places += [routes.tag(each.slug) for each in article.tags]
    return places + [routes.author(each.slug) for each in article.authors]


def pages(
    spec: ListSpec[T], routes: Routes, locale: Locale, per_page: int, card: Callable[[T], Card]
) -> Iterator[PageToCome]:
    """The front page of a list, then its numbered pages: as far as what is new in it makes others of them.

    Nothing else in the list is looked at.
    """
    numbered = _full(len(spec.articles), per_page)
    front = len(spec.articles) - numbered * per_page
    places = [spec.place, *(routes.numbered(spec.place, number) for number in range(numbered, 0, -1))]

    def page(position: int) -> Page:
        number = numbered - position + 1 if position else None
        title = locale.word("list.page", title=spec.title, number=number) if number else spec.title
        start = front + (position - 1) * per_page if position else 0
        shown = spec.articles[start : front + position * per_page]
        newer = places[position - 1].url if position else None
        older = places[position + 1].url if position + 1 < len(places) else None
        return _page(spec, places[position], title, tuple(map(card, shown)), number, newer, older)

    for position, place in enumerate(places[: 1 + _touched(spec, front, per_page)]):
        yield PageToCome(place.path, KIND, "", partial(page, position))


def _touched(spec: ListSpec[T], front: int, per_page: int) -> int:
    """How many numbered pages, from the newest: those with something new, those that there were not; one links back."""
    holding = -(-max(0, spec.depth - front) // per_page)
    total = len(spec.articles)
    return max(holding, _full(total, per_page) - _full(total - spec.new, per_page)) + 1


def _full(count: int, per_page: int) -> int:
    """How many numbered pages so many articles have."""
    return max(0, count // per_page - 1)


def _page(
    spec: ListSpec[T],
    place: Place,
    title: str,
    cards: tuple[Card, ...],
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
        cards=cards,
        number=number,
        newer=newer,
        older=older,
        role=spec.role,
        feeds=spec.feeds,
    )
    return Page(path=place.path, kind=KIND, template="list.html", data=data)


def index_page(
    kind: str, place: Place, words: tuple[str, str], entries: Sequence[IndexEntry], breadcrumbs: tuple[Link, ...]
) -> Page:
    """An index of lists. `words` are its title and its description."""
    title, about = words
    data = IndexData(
        url=place.url, title=title, description=about, kind=kind, entries=tuple(entries), breadcrumbs=breadcrumbs
    )
    return Page(path=place.path, kind="index", template="index.html", data=data)
