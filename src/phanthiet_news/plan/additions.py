"""What of a plan may be another when articles or files were added, and nothing else changed. Pure.

Knows what pages show of other articles; must not know how pages are planned. To name too much here costs time; what is
not named must be as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

from phanthiet_news.model import Article, Site, Value
from phanthiet_news.plan.links import file_name


class Scope(Value, frozen=True):
    """What is planned again.

    `fresh` are the articles that lists may show anew, `concerned` those whose own page may be another, by source.
    `pages` are the paths of all pages that there were.
    """

    fresh: frozenset[str]
    concerned: frozenset[str]
    pages: frozenset[str]


def scope(
    site: Site, articles: Collection[str], files: Collection[str], told: Collection[str], pages: Iterable[str]
) -> Scope:
    """`articles` are the sources that were added, `files` the other files under `content/`.

    `told` are the sources with problems that a plan found: what led nowhere may lead somewhere now. Nothing else can
    lead to another place, but for what names a file that was not there. An article shows older ones only, and one link
    to the next.
    """
    added = frozenset(articles) | _naming(site.articles, {file_name(each) for each in files})
    concerned = {each.source for each in site.articles if each.source in told}
    concerned.update(_not_older(site.articles, added))
    for each in site.categories.values():
        concerned.update(_next_older(each, added))
    return Scope(added, frozenset(concerned), frozenset(pages))


def _naming(articles: Iterable[Article], names: Collection[str]) -> frozenset[str]:
    """The articles that name files of these names, wherever they lie."""
    if not names:
        return frozenset()
    return frozenset(each.source for each in articles if any(file_name(target) in names for target in _targets(each)))


def _targets(article: Article) -> Iterator[str]:
    """All that an article leads to or shows, as its author wrote it."""
    if article.picture:
        yield article.picture.target
    yield from (each.target for each in (*article.references, *article.attachments))


def _not_older(articles: tuple[Article, ...], added: Collection[str]) -> Iterator[str]:
    """Down to the oldest of those that were added."""
    last = max((place for place, each in enumerate(articles) if each.source in added), default=-1)
    return (each.source for each in articles[: last + 1])


def _next_older(articles: tuple[Article, ...], added: Collection[str]) -> Iterator[str]:
    """In a category, the articles that have one that was added as the next newer."""
    return (older.source for newer, older in pairwise(articles) if newer.source in added)
