"""Article pages: their neighbours, what is related to them, and where their links lead.

Everything that an article page shows of others is older than it, but for the one next article: so a
publish changes one neighbour and no page of the past.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from itertools import chain

import msgspec

from phanthiet_news.config import Config
from phanthiet_news.locale import Locale
from phanthiet_news.model import (
    Article,
    ArticleData,
    Attachment,
    Author,
    Card,
    Group,
    Headline,
    Image,
    Link,
    Page,
    RedirectData,
    Site,
    Value,
)
from phanthiet_news.plan.links import Resolver, Target
from phanthiet_news.problem import Problem
from phanthiet_news.routes import Place, Routes

MORE = 5
RELATED = 5
LOOK_BACK = 40


class Resolved(Value, frozen=True):
    """What an article's references lead to."""

    urls: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    files: frozenset[str]
    problems: tuple[Problem, ...]


def resolve(article: Article, resolver: Resolver, sizes: Mapping[str, int]) -> Resolved:
    """Follow every reference of an article. `sizes` are those of the files under `content/`."""
    targets = [resolver.resolve(article, reference) for reference in article.references]
    picture = resolver.resolve(article, article.picture) if article.picture else None
    offered = [resolver.resolve(article, reference) for reference in article.attachments]
    everything = [*targets, *offered, *([picture] if picture else [])]
    return Resolved(
        urls=tuple(target.url for target in targets),
        attachments=_attachments([*targets, *offered], sizes),
        files=frozenset(target.file for target in everything if target.file),
        problems=tuple(target.problem for target in everything if target.problem),
    )


_DOCUMENTS = set("pdf doc docx odt rtf xls xlsx ods csv ppt pptx odp zip txt".split())


def _attachments(targets: list[Target], sizes: Mapping[str, int]) -> tuple[Attachment, ...]:
    found = {}
    for target in targets:
        ending = (target.file or "").rpartition(".")[2].lower()
        if target.file and ending in _DOCUMENTS:
            name = target.file.rpartition("/")[2]
            found[target.file] = Attachment(
                title=name, url=target.url.partition("#")[0], type=ending.upper(), size=sizes[target.file]
            )
    return tuple(found.values())


def card(article: Article, category: Link, pictures: Resolver) -> Card:
    """What other pages know of an article."""
    return Card(
        url=article.url,
        title=article.title,
        date=article.date,
        category=category,
        summary=article.summary or article.excerpt,
        image=_image(article, pictures),
    )


def headline(article: Article) -> Headline:
    """What short lists show of an article."""
    return Headline(url=article.url, title=article.title, date=article.date)


def _image(article: Article, pictures: Resolver) -> Image | None:
    if article.image and article.picture:
        return msgspec.structs.replace(article.image, src=pictures.resolve(article, article.picture).url)
    return article.image


def related(site: Site) -> dict[str, tuple[Article, ...]]:
    """By source: up to five older articles with the most tags in common, the newest first among equals.

    Only the 40 newest of each tag are looked at: an article's relations are near it in time, and the
    cost stays that of its tags however long the archive.
    """
    recent: dict[str, deque[int]] = defaultdict(lambda: deque(maxlen=LOOK_BACK))
    oldest_first, count = site.articles[::-1], len(site.articles)
    found = {}
    for number, article in enumerate(oldest_first):
        common = Counter(chain.from_iterable(recent[tag.slug] for tag in article.tags))
        best = sorted([times * count + other for other, times in common.items()], reverse=True)[:RELATED]
        found[article.source] = tuple(oldest_first[rank % count] for rank in best)
        for tag in article.tags:
            recent[tag.slug].append(number)
    return found


class ArticlePages:
    """Plans the article pages of a site."""

    def __init__(
        self,
        config: Config,
        locale: Locale,
        routes: Routes,
        site: Site,
        cards: Mapping[str, Card],
        resolved: Mapping[str, Resolved],
    ) -> None:
        self._config, self._routes, self._site = config, routes, site
        self._cards, self._resolved = cards, resolved
        self._related = related(site)
        self._headlines = {each.source: headline(each) for each in site.articles}
        self._home = Link(title=locale.word("home"), url=routes.home().url)
        self._tags = _links(site.tags, routes.tag)
        self._authors = {
            group.term.slug: Author(
                name=group.term.title, url=routes.author(group.term.slug).url, role=role(config, group.term.slug)
            )
            for group in site.authors
        }

    def pages(self) -> Iterator[Page]:
        """All of them, category by category."""
        for articles in self._site.categories.values():
            for position, article in enumerate(articles):
                newer = articles[position - 1] if position else None
                yield self._page(article, newer, articles[position + 1 : position + 1 + MORE])

    def _page(self, article: Article, newer: Article | None, older: tuple[Article, ...]) -> Page:
        own, resolved = self._cards[article.source], self._resolved[article.source]
        related = (each for each in self._related[article.source] if each not in older)
        data = ArticleData(
            url=article.url,
            title=article.title,
            description=own.summary,
            section=article.category,
            noindex=article.noindex,
            breadcrumbs=(self._home, own.category),
            summary=article.summary,
            date=article.date,
            category=own.category,
            updated=article.updated,
            authors=tuple(self._authors[author.slug] for author in article.authors),
            tags=tuple(self._tags[tag.slug] for tag in article.tags),
            image=own.image,
            credit=article.credit,
            corrections=article.corrections,
            absence=self._site.unpublished.get(article.source, ""),
            headings=article.headings,
            attachments=resolved.attachments,
            newer=_link(newer),
            older=_link(older[0]) if older else None,
            more=tuple(self._headlines[each.source] for each in older),
            related=tuple(self._headlines[each.source] for each in related),
            urls=resolved.urls,
            body=article.body,
        )
        return Page(
            path=article.path,
            kind="article",
            template="article.html",
            data=data,
            bodies=(article.body,),
            source=article.source,
        )


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


def _link(article: Article | None) -> Link | None:
    return Link(title=article.title, url=article.url) if article else None


def _links(groups: tuple[Group, ...], place: Callable[[str], Place]) -> dict[str, Link]:
    return {group.term.slug: Link(title=group.term.title, url=place(group.term.slug).url) for group in groups}
