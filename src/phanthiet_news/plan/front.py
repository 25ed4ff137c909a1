"""The front page: what leads it, what is featured, what is latest, and the rest by category.

Knows the order in which articles get their places; must not know what else there is of an article.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol, TypeVar

from phanthiet_news.model import Block, Card, HomeData, Link, Page
from phanthiet_news.routes import Place

FEATURED = 4
LATEST = 8
IN_BLOCK = 4


class Teased(Protocol):
    """What may stand on the front page."""

    @property
    def source(self) -> str:
        """The file that it comes from."""

    @property
    def featured(self) -> bool:
        """Whether its author wants it on top."""


T = TypeVar("T", bound=Teased)


def page(
    place: Place,
    words: tuple[str, str],
    articles: Sequence[T],
    categories: Mapping[Link, Iterable[T]],
    card: Callable[[T], Card],
) -> Page:
    """The front page; no article stands there twice. `words` are its title and its description.

    `articles` are all, the newest first; so are those of `categories`. No more of them are looked at than must be.
    """
    featured = list(islice((article for article in articles if article.featured), 1 + FEATURED))
    lead, featured = featured[:1] or list(articles[:1]), featured[1:]
    used = {article.source for article in (*lead, *featured)}
    latest = list(islice((article for article in articles if article.source not in used), LATEST))
    used.update(article.source for article in latest)
    title, about = words
    data = HomeData(
        url=place.url,
        title=title,
        description=about,
        lead=card(lead[0]) if lead else None,
        featured=tuple(map(card, featured)),
        latest=tuple(map(card, latest)),
        blocks=tuple(_blocks(categories, used, card)),
    )
    return Page(path=place.path, kind="home", template="home.html", data=data)


def _blocks(
    categories: Mapping[Link, Iterable[T]], used: Collection[str], card: Callable[[T], Card]
) -> Iterator[Block]:
    for link, articles in categories.items():
        unused = (each for each in articles if each.source not in used)
        cards = tuple(map(card, islice(unused, IN_BLOCK)))
        if cards:
            yield Block(category=link, cards=cards)
