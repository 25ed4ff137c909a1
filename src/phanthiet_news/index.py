"""Articles → Site: what is published at one instant, in order, and by category, tag, author, month. Pure.

Knows when an article is public and how articles are sorted; must not know urls of lists or templates.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from operator import attrgetter, itemgetter
from typing import TypeVar

from phanthiet_news.model import Absence, Article, Group, LeftOut, Site, Term
from phanthiet_news.problem import Problem
from phanthiet_news.text import fold

NEWS_FOR = timedelta(hours=48)

K = TypeVar("K", str, tuple[int, int])

Span = tuple[datetime | None, datetime | None]
"""Between which instants a site is the same: from the first on, and before the second. None is without end."""


def site(articles: Iterable[Article], as_of: datetime, *, drafts: bool = False) -> Site:
    """The site at an instant. `drafts` shows what is not public yet: drafts and articles that are not due."""
    dated = sorted([(-each.date.timestamp(), each.url, each) for each in articles], key=itemgetter(0, 1))
    ordered, now = [each for _, _, each in dated], as_of.timestamp()
    doubtful = (each for seconds, _, each in dated if each.draft or each.expires or -seconds > now)
    absent = {each.source: why for each in doubtful if (why := absence(each, as_of, drafts=drafts))}
    public = tuple([each for each in ordered if each.source not in absent] if absent else ordered)
    tags, tag_problems = _groups(public, attrgetter("tags"))
    authors, author_problems = _groups(public, attrgetter("authors"))
    since, next_due = _around(as_of, _turns([(-seconds, each) for seconds, _, each in dated], now, drafts=drafts))
    recent = takewhile(lambda article: article.date > as_of - NEWS_FOR, public)
    return Site(
        articles=public,
        categories=_by(public, attrgetter("category")),
        months={each[0].month: each for each in _by(public, _year_and_month).values()},
        news=tuple([article for article in recent if is_news(article, as_of)]),
        tags=tags,
        authors=authors,
        left_out=tuple([_left_out(each, absent[each.source]) for each in ordered if each.source in absent]),
        unpublished={each.source: why for each in public if drafts and (why := absence(each, as_of, drafts=False))},
        since=since,
        next_due=next_due,
        given_ids=_given_ids(public),
        problems=(*tag_problems, *author_problems, *_same_ids(public)),
    )


def absence(article: Article, as_of: datetime, *, drafts: bool) -> Absence | None:
    """Why an article is not in the site at an instant; None where it is."""
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


def _turns(dated: Sequence[tuple[float, Article]], now: float, *, drafts: bool) -> Iterator[float]:
    """When the site changes by itself, in seconds: an article falls due, is news no longer, or expires.

    `dated` are all, the newest first. Of those that did so long before the last one fell due, nothing is told.
    """
    news_for = NEWS_FOR.total_seconds()
    last = next((seconds for seconds, article in dated if seconds <= now and (drafts or not article.draft)), -math.inf)
    for seconds, article in dated:
        if (seconds + news_for >= last or article.expires) and (drafts or not article.draft):
            yield seconds
            expires = article.expires.timestamp() if article.expires else math.inf
            if article.expires:
                yield expires
            if not article.noindex and expires > seconds + news_for:
                yield seconds + news_for


def _around(instant: datetime, turns: Iterable[float]) -> Span:
    """The last turn that is not after an instant, and the next that is."""
    now, last, following = instant.timestamp(), -math.inf, math.inf
    for turn in turns:
        if last < turn <= now:
            last = turn
        elif now < turn < following:
            following = turn
    found = [None if math.isinf(turn) else datetime.fromtimestamp(turn, instant.tzinfo) for turn in (last, following)]
    return found[0], found[1]


def lasting(before: Span, newest: Article, as_of: datetime) -> Span:
    """From when on and until when a site is the same that gets this article, the newest of all that are due.

    `before` is the same of the site without it, at this instant.
    """
    dated = [(newest.date.timestamp(), newest)]
    turns = [each.timestamp() for each in before if each]
    return _around(as_of, [*turns, *_turns(dated, as_of.timestamp(), drafts=False)])


def is_news(article: Article, as_of: datetime) -> bool:
    """Whether search engines take it for news: two days, by their rule."""
    return not article.noindex and article.date <= as_of < article.date + NEWS_FOR


def _by(articles: Iterable[Article], key: Callable[[Article], K]) -> dict[K, tuple[Article, ...]]:
    groups: dict[K, list[Article]] = defaultdict(list)
    for article in articles:
        groups[key(article)].append(article)
    return {name: tuple(groups[name]) for name in sorted(groups)}


def _year_and_month(article: Article) -> tuple[int, int]:
    return article.date.year, article.date.month


def _groups(
    articles: tuple[Article, ...], terms: Callable[[Article], tuple[Term, ...]]
) -> tuple[tuple[Group, ...], list[Problem]]:
    """By slug. The oldest article's spelling is the one shown; another name with the same slug is a problem."""
    members: dict[str, list[Article]] = {}
    shown: dict[str, Term] = {}
    problems = []
    for article in reversed(articles):
        for term in terms(article):
            slug = term.slug
            own = members.get(slug)
            if own is None:
                members[slug], shown[slug] = [article], term
                continue
            if term.title != shown[slug].title and fold(term.title) != fold(shown[slug].title):
                problems.append(_same_slug(article, term, own[0], shown[slug]))
            own.append(article)
    groups = [Group(term=shown[slug], articles=tuple(members[slug][::-1])) for slug in sorted(members)]
    return tuple(groups), problems


def _given_ids(articles: tuple[Article, ...]) -> frozenset[str]:
    # That an id ends with the url is found out in a tenth of the time.
    return frozenset([
        each.feed_id for each in articles if not each.feed_id.endswith(each.url) and not is_its_address(each)
    ])


def is_its_address(article: Article) -> bool:
    """Whether an id is made of an address: two articles at one address are told as such."""
    return article.feed_id.endswith((f"/{article.path.removesuffix('index.html')}", *article.aliases))


def _same_ids(articles: tuple[Article, ...]) -> Iterator[Problem]:
    """Readers' programs take two entries of one id for one article, and show the first of them only."""
    owners: dict[str, Article] = {}
    for article in reversed(articles):
        owner = owners.setdefault(article.feed_id, article)
        if owner is not article and not (is_its_address(owner) and is_its_address(article)):
            message = f'"{article.feed_id}" is the id of {owner.source} already'
            yield Problem(path=article.source, code="id-twice", message=message, hint="give one another `id`, or none")


def _same_slug(article: Article, term: Term, owner: Article, first: Term) -> Problem:
    return Problem(
        path=article.source,
        code="term-twice",
        message=f'"{term.title}" and "{first.title}" (in {owner.source}) would both be `{term.slug}` in urls',
        hint="write both the same way, or change one of them",
    )
