"""Articles → Site: what is published at one instant, in order, and by category, tag, author, month. Pure.

Knows when an article is public and how articles are sorted; must not know urls of lists or templates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from phanthiet_news.model import Absence, Article, Group, LeftOut, Site, Term
from phanthiet_news.problem import Problem
from phanthiet_news.text import fold

NEWS_FOR = timedelta(hours=48)


def site(articles: Iterable[Article], as_of: datetime, *, drafts: bool = False) -> Site:
    """The site at an instant. `drafts` shows what is not public yet: drafts and articles that are not due."""
    everything = sorted(articles, key=lambda article: (-article.date.timestamp(), article.url))
    absent = [(article, _absence(article, as_of, drafts=drafts)) for article in everything]
    public = tuple(article for article, reason in absent if reason is None)
    tags, tag_problems = _groups(public, "tags")
    authors, author_problems = _groups(public, "authors")
    turns = list(_turns(everything, drafts=drafts))
    return Site(
        articles=public,
        categories=_by(public, lambda article: article.category),
        months=_by(public, lambda article: f"{article.date:%Y-%m}"),
        news=tuple(article for article in public if _is_news(article, as_of)),
        tags=tags,
        authors=authors,
        left_out=tuple(_left_out(article, reason) for article, reason in absent if reason),
        unpublished={each.source: why for each in public if drafts and (why := _absence(each, as_of, drafts=False))},
        since=max((turn for turn in turns if turn <= as_of), default=None),
        next_due=min((turn for turn in turns if turn > as_of), default=None),
        problems=(*tag_problems, *author_problems, *_same_ids(public)),
    )


def _absence(article: Article, as_of: datetime, *, drafts: bool) -> Absence | None:
    if article.draft and not drafts:
        return Absence.DRAFT
    if article.date > as_of and not drafts:
        return Absence.FUTURE
    if article.expires and article.expires <= as_of:
        return Absence.EXPIRED
    return None


def _left_out(article: Article, reason: Absence) -> LeftOut:
    instant = article.expires if reason is Absence.EXPIRED and article.expires else article.date
    return LeftOut(source=article.source, title=article.title, reason=reason, instant=instant)


def _turns(articles: Iterable[Article], *, drafts: bool) -> Iterator[datetime]:
    """The instants at which the site changes by itself: an article falls due, is news no longer, or expires."""
    for article in articles:
        if drafts or not article.draft:
            yield from filter(None, (article.date, article.expires, _no_longer_news(article)))


def _is_news(article: Article, as_of: datetime) -> bool:
    """Whether search engines take it for news: two days, by their rule."""
    return not article.noindex and article.date <= as_of < article.date + NEWS_FOR


def _no_longer_news(article: Article) -> datetime | None:
    """When an article stops being news; none where nothing changes by that."""
    end = article.date + NEWS_FOR
    return None if article.noindex or (article.expires and article.expires <= end) else end


def _by(articles: Iterable[Article], key: Callable[[Article], str]) -> dict[str, tuple[Article, ...]]:
    groups: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        groups[key(article)].append(article)
    return {name: tuple(groups[name]) for name in sorted(groups)}


def _groups(articles: tuple[Article, ...], field: str) -> tuple[tuple[Group, ...], list[Problem]]:
    """By slug. The oldest article's spelling is the one shown; another name with the same slug is a problem."""
    members: dict[str, list[Article]] = defaultdict(list)
    shown: dict[str, tuple[Term, Article]] = {}
    problems = []
    for article in reversed(articles):
        for term in getattr(article, field):
            members[term.slug].append(article)
            first, owner = shown.setdefault(term.slug, (term, article))
            if first != term and fold(first.title) != fold(term.title):
                problems.append(_same_slug(article, term, owner, first))
    groups = (Group(term=shown[slug][0], articles=tuple(reversed(members[slug]))) for slug in sorted(members))
    return tuple(groups), problems


def _is_its_address(article: Article) -> bool:
    """Whether an id is made of an address: two articles at one address are told as such."""
    return article.feed_id.endswith((f"/{article.path.removesuffix('index.html')}", *article.aliases))


def _same_ids(articles: tuple[Article, ...]) -> Iterator[Problem]:
    """Readers' programs take two entries of one id for one article, and show the first of them only."""
    owners: dict[str, Article] = {}
    for article in reversed(articles):
        owner = owners.setdefault(article.feed_id, article)
        if owner is not article and not (_is_its_address(owner) and _is_its_address(article)):
            message = f'"{article.feed_id}" is the id of {owner.source} already'
            yield Problem(path=article.source, code="id-twice", message=message, hint="give one another `id`, or none")


def _same_slug(article: Article, term: Term, owner: Article, first: Term) -> Problem:
    return Problem(
        path=article.source,
        code="term-twice",
        message=f'"{term.title}" and "{first.title}" (in {owner.source}) would both be `{term.slug}` in urls',
        hint="write both the same way, or change one of them",
    )
