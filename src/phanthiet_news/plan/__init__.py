"""Site → Plan: every page, fragment and copy that a build makes, each with all that it is given. Pure.

Knows what a news site consists of; must not know how pages are rendered or written. Whatever a template
is to show is named here, as plain values: so nothing has to be tracked while rendering.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

import msgspec

from phanthiet_news.config import FILE, CategoryConfig, Config
from phanthiet_news.locale import Locale
from phanthiet_news.model import (
    Article,
    Author,
    Card,
    Copy,
    Derived,
    FeedEntry,
    Fragment,
    Group,
    IndexEntry,
    Link,
    Page,
    PageData,
    PageToCome,
    Plan,
    SidebarData,
    Site,
    Stats,
    Term,
    Value,
)
from phanthiet_news.plan import articles as article_pages
from phanthiet_news.plan import feeds, front, lists
from phanthiet_news.plan.additions import Scope
from phanthiet_news.plan.articles import ArticlePages, Names, OnDemand, References, Resolved
from phanthiet_news.plan.claims import Claims
from phanthiet_news.plan.links import Articles, Resolver
from phanthiet_news.plan.lists import ListSpec
from phanthiet_news.plan.pictures import Gallery
from phanthiet_news.plan.view import FORMATS, category_links, feed_place
from phanthiet_news.plan.view import feeds as feed_links
from phanthiet_news.problem import Problem
from phanthiet_news.routes import Place, Routes

IN_SIDEBAR = 10


class Inventory(Value, frozen=True):
    """The files that may be copied: under `content/` by path there, static ones by output path."""

    content: Mapping[str, Copy]
    static: Mapping[str, Copy]


def plan(
    config: Config,
    locale: Locale,
    routes: Routes,
    site: Site,
    stats: Stats,
    inventory: Inventory,
    gallery: Gallery,
    scope: Scope | None = None,
) -> tuple[Plan, list[Problem]]:
    """The plan, and what is wrong with it: the whole, or what is in the scope."""
    planner = _Planner(config, locale, routes, site, inventory, gallery, scope)
    listing = tuple(planner.listing_pages(stats))
    outputs = {page.path for page in listing} | planner.known_paths()
    resolved = planner.resolved(outputs)
    articles = tuple(planner.article_pages(resolved))
    # First what takes longest to make: else all wait for it in the end.
    pages = (*planner.feed_pages(resolved), *articles, *listing)
    copies = planner.copies(resolved)
    derived = tuple({derived.path: derived for each in resolved.values() for derived in each.derived}.values())
    derived += gallery.icons
    problems = list(dict.fromkeys(problem for each in resolved.values() for problem in each.problems))
    problems += gallery.mistakes
    problems += _told_once(trouble for each in resolved.values() for trouble in each.troubles)
    fragments = (planner.sidebar(stats),)
    problems += claimed(pages, copies, fragments if config.fragments != "inline" else (), derived)
    return Plan(pages=pages, fragments=fragments, copies=copies, derived=derived), problems


def of_numbers(last: Iterable[Fragment], stats: Stats, routes: Routes) -> Plan:
    """All in a plan that visitor numbers get into, where the fragments of the `last` one differ by them alone."""
    changed = msgspec.structs.replace
    fragments = tuple(changed(each, data=changed(each.data, stats=stats)) for each in last)
    return Plan(pages=(feeds.stats_page(stats, routes),), fragments=fragments, copies=())


def _told_once(troubles: Iterable[tuple[str, Problem]]) -> Iterable[Problem]:
    """Of each picture that can't be shown, the first place that names it."""
    return dict(sorted(troubles, reverse=True)).values()


def claimed(
    pages: Iterable[Page | PageToCome],
    copies: Iterable[Copy],
    fragments: Iterable[Fragment],
    derived: Iterable[Derived],
) -> list[Problem]:
    """Claim every path; the problems are those of paths that two want."""
    claims = Claims()
    for page in pages:
        claims.claim(page.path, page.source or f"{FILE} ({page.kind})")
    for copy in copies:
        claims.claim(copy.path, copy.source)
    for fragment in fragments:
        claims.claim(fragment.path, f"{FILE} (fragments)")
    for each in derived:
        claims.claim(each.path, each.source or f"{FILE} (pictures)")
    return claims.problems


class _Planner:
    def __init__(
        self,
        config: Config,
        locale: Locale,
        routes: Routes,
        site: Site,
        inventory: Inventory,
        gallery: Gallery,
        scope: Scope | None,
    ) -> None:
        self._config, self._locale, self._routes = config, locale, routes
        self._site, self._inventory, self._gallery, self._scope = site, inventory, gallery, scope
        self._home = Link(title=locale.word("home"), url=routes.home().url)
        self._categories = category_links(config, routes)
        self._cards = OnDemand(self._card())

    def _card(self) -> Callable[[Article], Card]:
        pictures = self._resolver(self._inventory.static)
        return lambda each: article_pages.card(each, self._categories[each.category], pictures, self._gallery)

    # --- what is in the scope

    def _news(self, place: Place, articles: Sequence[Article]) -> tuple[int, int]:
        """How many of a list may not have been in it, and among how many of the newest they are."""
        if self._scope is None:
            return len(articles), len(articles) or 1
        if not self._is_touched(place):
            return 0, 0
        fresh = self._scope.fresh
        places = [number for number, each in enumerate(articles, 1) if each.source in fresh]
        return len(places), max(places, default=0)

    @cached_property
    def _touched(self) -> frozenset[str]:
        """The lists that hold something fresh, by url."""
        fresh = self._scope.fresh if self._scope else ()
        return frozenset(url for each in self._site.articles if each.source in fresh for url in self._lists_of(each))

    def _is_touched(self, place: Place) -> bool:
        """Whether a list may hold something that it did not."""
        return self._scope is None or place.url in self._touched

    def _lists_of(self, article: Article) -> list[str]:
        """The urls of the front page and all lists that an article is in."""
        return [place.url for place in (self._routes.home(), *lists.of(article, self._routes))]

    def _concerned(self, articles: Sequence[Article]) -> Sequence[Article]:
        """Those whose page, or what feeds show of them, may be another."""
        if self._scope is None:
            return articles
        concerned = self._scope.concerned
        return [each for each in articles if each.source in concerned]

    def _has_feed(self, articles: Sequence[Article]) -> bool:
        return self._scope is None or bool(self._concerned(articles[: feeds.ENTRIES]))

    def _followed(self) -> Iterable[Article]:
        """The articles whose references must be followed."""
        everything, by_category = self._site.articles, self._site.categories
        feeding = [everything, *(by_category.get(slug, ()) for slug in self._categories)]
        fed = (each for articles in feeding if self._has_feed(articles) for each in articles[: feeds.ENTRIES])
        return {each.source: each for each in (*self._concerned(everything), *fed)}.values()

    def _resolver(self, outputs: Collection[str]) -> Resolver:
        return Resolver(self._routes, self._articles, self._inventory.content, outputs)

    @cached_property
    def _articles(self) -> Articles:
        return Articles(self._site)

    def known_paths(self) -> set[str]:
        """Paths that are planned from links' point of view but are not in the listing."""
        homes = [self._routes.home(), *(self._routes.category(slug) for slug in self._categories)]
        feeds_of_all = {feed_place(home, file, self._routes).path for home in homes for file, *_ in FORMATS}
        files = self._inventory.static.keys() | {each.path for each in self._gallery.icons}
        planned = self._concerned(self._site.articles)
        aliases = {self._routes.at(alias).path for each in planned for alias in each.aliases}
        before = self._scope.pages if self._scope else frozenset()
        return feeds_of_all | aliases | {each.path for each in planned} | files | before

    def resolved(self, outputs: Collection[str]) -> dict[str, Resolved]:
        """By source: where the links of every article lead."""
        sizes = {name: copy.size for name, copy in self._inventory.content.items()}
        references = References(self._resolver(outputs), self._gallery, sizes)
        return {each.source: references.resolve(each) for each in self._followed()}

    # --- articles

    def article_pages(self, resolved: Mapping[str, Resolved]) -> Iterator[Page | PageToCome]:
        """Articles, and the redirects from their former addresses."""
        wanted = self._scope.concerned if self._scope else None
        yield from ArticlePages(self._site, self._names(), self._cards, resolved, wanted).pages()
        for article in self._concerned(self._site.articles):
            yield from article_pages.redirects(article, self._routes)

    def _names(self) -> Names:
        tags, authors = self._site.tags, self._site.authors
        return Names(
            home=self._home,
            tags={each.term.slug: Link(each.term.title, self._routes.tag(each.term.slug).url) for each in tags},
            authors={each.term.slug: self._author(each.term) for each in authors},
        )

    def _author(self, term: Term) -> Author:
        url, role = self._routes.author(term.slug).url, article_pages.role(self._config, term.slug)
        return Author(name=term.title, url=url, role=role)

    # --- lists and whatever else shows cards

    def listing_pages(self, stats: Stats) -> Iterator[Page | PageToCome]:
        """The front page, lists, indexes, sitemaps, and the few pages that stand alone."""
        yield self._front_page()
        for spec in self._specs():
            if spec.depth:
                yield from lists.pages(spec, self._routes, self._locale, self._config.per_page, self._cards.__getitem__)
        yield from self._indexes()
        yield from feeds.sitemaps(self._site, self._lists_changed(), self._routes, self._is_touched)
        yield feeds.news_sitemap(map(article_pages.headline, self._site.news), self._routes)
        yield self._plain("/404.html", "404.html", "other", self._locale.word("not_found.title"))
        yield self._plain("/robots.txt", "robots.txt", "other", "robots")
        yield self._plain("/manifest.webmanifest", "manifest.webmanifest", "other", "manifest")
        yield feeds.stats_page(stats, self._routes)

    def _plain(self, address: str, template: str, kind: str, title: str) -> Page:
        place = self._routes.at(address)
        data = PageData(url=place.url, title=title, noindex=True)
        return Page(path=place.path, kind=kind, template=template, data=data)

    def _front_page(self) -> Page:
        by_category = self._site.categories
        categories = {link: by_category.get(slug, ()) for slug, link in self._categories.items()}
        words = (self._config.title, self._config.tagline)
        return front.page(self._routes.home(), words, self._site.articles, categories, self._cards.__getitem__)

    def _specs(self) -> Iterator[ListSpec[Article]]:
        yield from map(self._category_list, self._config.categories)
        for group in self._site.tags:
            yield self._group_list("tag", self._routes.tag(group.term.slug), group)
        for group in self._site.authors:
            role = article_pages.role(self._config, group.term.slug)
            yield self._group_list("author", self._routes.author(group.term.slug), group, role)
        for month, articles in self._site.months.items():
            yield self._month_list(month, articles)

    def _category_list(self, category: CategoryConfig) -> ListSpec[Article]:
        place = self._routes.category(category.slug)
        articles = self._site.categories.get(category.slug, ())
        new, depth = self._news(place, articles)
        return ListSpec(
            kind="category",
            place=place,
            title=category.title,
            description=category.description,
            section=category.slug,
            breadcrumbs=(self._home,),
            articles=articles,
            new=new,
            depth=depth,
            feeds=feed_links(place, self._feed_title(category), self._routes),
        )

    def _group_list(self, kind: str, place: Place, group: Group, role: str = "") -> ListSpec[Article]:
        words = self._words(f"list.{kind}", name=group.term.title)
        return self._list(kind, place, words, group.articles, role)

    def _month_list(self, month: str, articles: tuple[Article, ...]) -> ListSpec[Article]:
        year, number = month.split("-")
        return self._list(
            "month", self._routes.month(month), self._words("list.month", month=number, year=year), articles
        )

    def _words(self, key: str, **values: str) -> tuple[str, str]:
        """The title of a page, and its description for search engines."""
        about = self._locale.word(f"{key}.about", None, site=self._config.title, **values)
        return self._locale.word(key, None, **values), about

    def _list(
        self, kind: str, place: Place, words: tuple[str, str], articles: tuple[Article, ...], role: str = ""
    ) -> ListSpec[Article]:
        title, about = words
        new, depth = self._news(place, articles)
        return ListSpec(
            kind=kind,
            place=place,
            title=title,
            description=about,
            articles=articles,
            new=new,
            depth=depth,
            breadcrumbs=(self._home, self._index_link(f"{kind}s")),
            role=role,
        )

    def _month_title(self, month: str) -> str:
        year, number = month.split("-")
        return self._locale.word("list.month", month=number, year=year)

    def _index_link(self, kind: str) -> Link:
        place = {"tags": self._routes.tags, "authors": self._routes.authors, "months": self._routes.archive}[kind]()
        return Link(title=self._locale.word(f"index.{kind}"), url=place.url)

    def _indexes(self) -> Iterator[Page]:
        """Counts are shown for tags only: each number shown is a page that changes with every article."""
        tags = [
            IndexEntry(title=each.term.title, url=self._routes.tag(each.term.slug).url, count=len(each.articles))
            for each in self._site.tags
        ]
        authors = [
            IndexEntry(
                title=each.term.title,
                url=self._routes.author(each.term.slug).url,
                note=article_pages.role(self._config, each.term.slug),
            )
            for each in self._site.authors
        ]
        months = [
            IndexEntry(title=self._month_title(month), url=self._routes.month(month).url)
            for month in reversed(self._site.months)
        ]
        for kind, place, entries in (
            ("tags", self._routes.tags(), tags),
            ("authors", self._routes.authors(), authors),
            ("months", self._routes.archive(), months),
        ):
            yield lists.index_page(kind, place, self._words(f"index.{kind}"), entries, (self._home,))

    def _lists_changed(self) -> dict[str, datetime | None]:
        """Lists as a sitemap tells of them: url → when the newest in it was published, or any of it last changed."""
        routes, site = self._routes, self._site
        lists = {routes.home().url: site.articles}
        lists |= {routes.category(slug).url: articles for slug, articles in site.categories.items()}
        lists |= {routes.tag(each.term.slug).url: each.articles for each in site.tags}
        lists |= {routes.author(each.term.slug).url: each.articles for each in site.authors}
        lists |= {routes.month(month).url: articles for month, articles in site.months.items()}
        found = {url: article_pages.changed(articles[0]) if articles else None for url, articles in lists.items()}
        for each in site.articles:
            if each.is_revised:
                when = article_pages.changed(each)
                found |= {url: max(when, found[url] or when) for url in self._lists_of(each)}
        return found

    # --- what programs read, what stands on every page, what is copied

    def _feed_title(self, category: CategoryConfig) -> str:
        return self._locale.word("feed.category", title=self._config.title, name=category.title)

    def feed_pages(self, resolved: Mapping[str, Resolved]) -> Iterator[Page]:
        """Feeds of the whole site and of each category."""
        title = self._locale.word("feed.site", title=self._config.title)
        if self._has_feed(self._site.articles):
            entries = self._entries(self._site.articles, resolved)
            yield from feeds.feed_pages(self._routes.home(), title, self._config.tagline, entries, self._routes)
        for category in self._config.categories:
            articles = self._site.categories.get(category.slug, ())
            if self._has_feed(articles):
                entries = self._entries(articles, resolved)
                place, name = self._routes.category(category.slug), self._feed_title(category)
                yield from feeds.feed_pages(place, name, category.description, entries, self._routes)

    def _entries(self, articles: tuple[Article, ...], resolved: Mapping[str, Resolved]) -> tuple[FeedEntry, ...]:
        return tuple(
            feeds.entry(each, self._cards[each], resolved[each.source], self._routes)
            for each in articles[: feeds.ENTRIES]
        )

    def sidebar(self, stats: Stats) -> Fragment:
        """Visitor stats and the latest articles."""
        latest = tuple(map(article_pages.headline, self._site.articles[:IN_SIDEBAR]))
        data = SidebarData(stats=stats, latest=latest)
        place = self._routes.at("/fragments/sidebar.html")
        return Fragment(name="sidebar", template="fragments/sidebar.html", data=data, path=place.path, url=place.url)

    def copies(self, resolved: Mapping[str, Resolved]) -> tuple[Copy, ...]:
        """All static files, and those files under `content/` that a published article names."""
        named = sorted({file for each in resolved.values() for file in each.files})
        return (*self._inventory.static.values(), *(self._inventory.content[file] for file in named))
