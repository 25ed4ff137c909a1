"""Article pages: their neighbours, what is related to them, and where their links lead.

Everything that an article page shows of others is older than it, but for the one next article: so a
publish changes one neighbour and no page of the past.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from itertools import combinations, islice
from typing import Generic, Protocol, TypeVar

import msgspec

from phanthiet_news.config import Config
from phanthiet_news.model import (
    Article,
    ArticleData,
    Attachment,
    Author,
    Card,
    Derived,
    Headline,
    Image,
    Link,
    Page,
    PageToCome,
    RedirectData,
    Reference,
    Site,
    Value,
)
from phanthiet_news.plan.links import Resolver, problem_at
from phanthiet_news.plan.pictures import Gallery, Shown, with_words
from phanthiet_news.problem import Problem
from phanthiet_news.routes import Routes

T = TypeVar("T")


class Addressed(Protocol):
    """What has an address: an article, or what other pages know of one."""

    @property
    def url(self) -> str:
        """Where it is."""


U = TypeVar("U", bound=Addressed)

KIND = "article"
MORE = 5
RELATED = 5
LOOK_BACK = 40
_UNKNOWN_ELSEWHERE = (".svg", ".svgz", ".avif")  # what social networks and search engines don't show


class Resolved(Value, frozen=True):
    """What an article's references lead to, and which files that takes: those to copy and those to make.

    `pictures` are those in the body of which more is known than the url; `preview` is what other sites show of it;
    `troubles` are the files of pictures that can't be shown, and why.
    """

    urls: tuple[str, ...]
    pictures: tuple[Image, ...]
    preview: Image | None
    attachments: tuple[Attachment, ...]
    files: frozenset[str]
    derived: tuple[Derived, ...]
    problems: tuple[Problem, ...]
    troubles: tuple[tuple[str, Problem], ...]


class _Followed(Value, frozen=True):
    """Where one reference leads; `file` is what must be copied for it, unless it is `shown` by files that are made."""

    url: str
    file: str | None
    shown: Shown | None
    problems: tuple[Problem, ...]
    troubles: tuple[tuple[str, Problem], ...] = ()


class References:
    """Follows references. `sizes` are those of the files under `content/`."""

    def __init__(self, resolver: Resolver, gallery: Gallery, sizes: Mapping[str, int]) -> None:
        self._resolver, self._gallery, self._sizes = resolver, gallery, sizes
        self._known: dict[tuple[str, str], _Followed] = {}

    def resolve(self, article: Article) -> Resolved:
        """Follow every reference of an article."""
        found = [self._follow(article, reference) for reference in article.references]
        offered = [self._follow(article, reference) for reference in article.attachments]
        lead = [self._follow(article, article.picture)] if article.picture else []
        everything = [*found, *offered, *lead]
        preview = self._preview(article, lead[0] if lead else None)
        shown = [each.shown for each in everything if each.shown] + ([preview] if preview else [])
        return Resolved(
            urls=tuple([each.url for each in found]),
            pictures=tuple({each.url: each.shown.image for each in found if each.shown}.values()),
            preview=preview.image if preview else None,
            attachments=_attachments([*found, *offered], self._sizes),
            files=frozenset([each.file for each in everything if each.file]),
            derived=tuple([derived for each in shown for derived in each.derived]),
            problems=tuple([problem for each in everything for problem in each.problems]),
            troubles=tuple([trouble for each in everything for trouble in each.troubles]),
        )

    def _preview(self, article: Article, lead: _Followed | None) -> Shown | None:
        """The picture that other sites show of an article: its own where they can, else its headline."""
        if article.image:
            url = lead.url if lead else article.image.src
            if not url.partition("?")[0].lower().endswith(_UNKNOWN_ELSEWHERE):
                known = lead.shown.image if lead and lead.shown else Image(url)
                words = article.image.alt or article.image.caption
                return Shown(Image(url, words, width=known.width, height=known.height))
        return self._gallery.headline(article.title)

    def _follow(self, article: Article, reference: Reference) -> _Followed:
        """An address from the top leads to the same place whoever names it, and thousands may name one picture."""
        key = (reference.kind, reference.target)
        known = self._known.get(key)
        if known:
            return known
        found = self._followed(article, reference)
        if reference.target.startswith("/") and not (found.problems or found.troubles):
            self._known[key] = found
        return found

    def _followed(self, article: Article, reference: Reference) -> _Followed:
        target = self._resolver.resolve(article, reference)
        problems = (target.problem,) if target.problem else ()
        shown = self._gallery.shown(target) if reference.kind == "picture" else None
        if shown:
            return _Followed(shown.image.src, None, shown, (*problems, *shown.problems))
        trouble = self._gallery.trouble(target.file) if reference.kind == "picture" else ()
        troubles = ((target.file or "", problem_at(article, reference, each)) for each in trouble)
        return _Followed(target.url, target.file, None, problems, tuple(troubles))


_DOCUMENTS = set("pdf doc docx odt rtf xls xlsx ods csv ppt pptx odp zip txt".split())


def _attachments(targets: list[_Followed], sizes: Mapping[str, int]) -> tuple[Attachment, ...]:
    found = {}
    for target in targets:
        ending = (target.file or "").rpartition(".")[2].lower()
        if target.file and ending in _DOCUMENTS:
            name = target.file.rpartition("/")[2]
            found[target.file] = Attachment(
                title=name, url=target.url.partition("#")[0], type=ending.upper(), size=sizes[target.file]
            )
    return tuple(found.values())


def card(article: Article, category: Link, pictures: Resolver, gallery: Gallery) -> Card:
    """What other pages know of an article."""
    return Card(
        url=article.url,
        title=article.title,
        date=article.date,
        category=category,
        summary=article.summary or article.excerpt,
        image=_image(article, pictures, gallery),
    )


def changed(article: Article) -> datetime:
    """When an article last changed by its author's word; a rebuild never moves it."""
    if not article.is_revised:
        return article.date
    return max([article.date, article.updated or article.date, *(each.date for each in article.corrections)])


def headline(article: Article | Card) -> Headline:
    """What short lists show of an article."""
    return Headline(url=article.url, title=article.title, date=article.date)


def _image(article: Article, pictures: Resolver, gallery: Gallery) -> Image | None:
    if not (article.image and article.picture):
        return article.image
    target = pictures.resolve(article, article.picture)
    shown = gallery.shown(target)
    return with_words(shown.image, article.image) if shown else msgspec.structs.replace(article.image, src=target.url)


class Relations(Generic[U]):
    """What is related to an article: up to five older ones with the most tags in common, the newest first among equals.

    Only the 40 newest of each tag are looked at: an article's relations are near it in time, and the
    cost stays that of its tags however long the archive.
    """

    def __init__(self, articles: Sequence[U], tagged: Mapping[str, Sequence[U]]) -> None:
        """`articles` are all, the newest first; so are those `tagged`, by the slug of the tag."""
        self._articles, self._tagged = articles, tagged
        self._ranked: dict[str, list[int]] = {}

    def of(self, url: str, tags: Iterable[str]) -> tuple[U, ...]:
        """What is related to the article at this url, which has these tags."""
        number, count = self._numbers[url], len(self._articles)
        near = [_before(number, self._with(tag)) for tag in tags]
        return tuple([self._articles[-1 - rank % count] for rank in _nearest(near, count)])

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """By url, how many articles are older."""
        return {each.url: number for number, each in enumerate(reversed(self._articles))}

    def _with(self, tag: str) -> list[int]:
        """The numbers of the articles with a tag, those of old ones first: few builds ask for all tags."""
        found = self._ranked.get(tag)
        if found is None:
            numbers, articles = self._numbers, reversed(self._tagged[tag])
            found = self._ranked[tag] = [numbers[each.url] for each in articles]
        return found


def _before(number: int, numbers: list[int]) -> list[int]:
    place = bisect_left(numbers, number)
    return numbers[max(0, place - LOOK_BACK) : place]


def _nearest(groups: list[list[int]], count: int) -> list[int]:
    """The numbers of those that are in most groups, the highest first among equals; to be read modulo `count`."""
    shared = _shared(groups)
    best = sorted([pairs * count + each for each, pairs in shared.items()], reverse=True)[:RELATED]
    if len(best) < RELATED:  # the rest are in one group only, and each one's newest are at its end
        last = {each for group in groups for each in islice(reversed(group), 2 * RELATED)}
        best += sorted([count + each for each in last if each not in shared], reverse=True)
    return best[:RELATED]


def _shared(groups: Iterable[Iterable[int]]) -> dict[int, int]:
    """What is in more than one of the groups, and in how many pairs of them: the more groups, the more pairs."""
    found: dict[int, int] = {}
    for one, other in combinations([set(group) for group in groups], 2):
        for each in one & other:
            found[each] = found.get(each, 0) + 1
    return found


class OnDemand(Generic[T]):
    """What is made of articles, of each when it is first asked for."""

    def __init__(self, make: Callable[[Article], T]) -> None:
        self._make = make
        self._made: dict[str, T] = {}

    def __getitem__(self, article: Article) -> T:
        made = self._made.get(article.source)
        if made is None:
            made = self._made[article.source] = self._make(article)
        return made


class Names(Value, frozen=True):
    """How an article's page names what it leads up to: the front page; tags and authors, by slug."""

    home: Link
    tags: Mapping[str, Link]
    authors: Mapping[str, Author]


class Around(Value, frozen=True):
    """The articles that a page leads to: the next newer of its category, the next older ones, and related ones."""

    newer: Link | None
    older: tuple[Headline, ...]
    related: tuple[Headline, ...]


def page_of(article: Article, own: Card, resolved: Resolved, names: Names, around: Around, absence: str = "") -> Page:
    """The page of an article. `own` is its card, `absence` why it is not public, if it is not."""
    modified = changed(article)
    data = ArticleData(
        url=article.url,
        title=article.title,
        description=own.summary,
        section=article.category,
        noindex=article.noindex,
        breadcrumbs=(names.home, own.category),
        summary=article.summary,
        date=article.date,
        category=own.category,
        updated=article.updated,
        modified=modified if modified > article.date else None,
        authors=tuple([names.authors[author.slug] for author in article.authors]),
        tags=tuple([names.tags[tag.slug] for tag in article.tags]),
        image=own.image,
        source_name=article.source_name,
        corrections=article.corrections,
        absence=absence,
        headings=article.headings,
        attachments=resolved.attachments,
        newer=around.newer,
        older=link(around.older[0]) if around.older else None,
        more=around.older,
        related=around.related,
        urls=resolved.urls,
        pictures=resolved.pictures,
        preview=resolved.preview,
        body=article.body,
    )
    return Page(
        path=article.path,
        kind=KIND,
        template="article.html",
        data=data,
        bodies=(article.body,),
        source=article.source,
    )


class ArticlePages:
    """Plans the article pages of a site: of those articles that are `wanted`, by source, or of all."""

    def __init__(
        self,
        site: Site,
        names: Names,
        cards: OnDemand[Card],
        resolved: Mapping[str, Resolved],
        wanted: Collection[str] | None,
    ) -> None:
        self._site, self._names = site, names
        self._cards, self._resolved, self._wanted = cards, resolved, wanted
        self._relations = Relations(site.articles, {group.term.slug: group.articles for group in site.tags})
        self._headlines = OnDemand(headline)

    def pages(self) -> Iterator[PageToCome]:
        """All of them, category by category."""
        for articles in self._site.categories.values():
            for position, article in enumerate(articles):
                if self._wanted is None or article.source in self._wanted:
                    yield PageToCome(article.path, KIND, article.source, partial(self._page, articles, position))

    def _page(self, articles: tuple[Article, ...], position: int) -> Page:
        """That of one article, among all of its category."""
        article, newer = articles[position], articles[position - 1] if position else None
        older = articles[position + 1 : position + 1 + MORE]
        related = self._relations.of(article.url, [tag.slug for tag in article.tags])
        around = Around(
            newer=link(newer) if newer else None,
            older=tuple([self._headlines[each] for each in older]),
            related=tuple([self._headlines[each] for each in related if each not in older]),
        )
        own, resolved = self._cards[article], self._resolved[article.source]
        return page_of(article, own, resolved, self._names, around, self._site.unpublished.get(article.source, ""))


def redirects(article: Article, routes: Routes) -> Iterator[Page]:
    """A page at each former address of an article."""
    for alias in article.aliases:
        place = routes.at(alias)
        data = RedirectData(url=place.url, title=article.title, noindex=True, target=article.url)
        yield Page(path=place.path, kind="redirect", template="redirect.html", data=data, source=article.source)


def role(config: Config, slug: str) -> str:
    """A declared author's role; empty for others."""
    declared = config.authors.get(slug)
    return declared.role if declared else ""


def link(article: Article | Headline) -> Link:
    """An article as its neighbours name it."""
    return Link(title=article.title, url=article.url)
