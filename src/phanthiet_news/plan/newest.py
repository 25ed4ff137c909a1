"""What one more article changes that is newer than all others: made of the pages that there were, and of it. Pure.

Knows where the newest articles stand, and that nothing older moves; must not know where pages are kept. Where more may
change than that, only a plan of the whole site can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Protocol, TypeVar, overload

import msgspec

from phanthiet_news.config import Config
from phanthiet_news.locale import Locale
from phanthiet_news.model import (
    Article,
    ArticleData,
    Author,
    Card,
    FeedData,
    Fragment,
    Headline,
    HomeData,
    IndexData,
    IndexEntry,
    Link,
    ListData,
    NewsData,
    Page,
    PageData,
    Plan,
    SitemapData,
    SitemapEntry,
    Term,
    Value,
    in_full,
)
from phanthiet_news.plan import IN_SIDEBAR, Inventory, claimed, feeds, front, lists
from phanthiet_news.plan.articles import (
    LOOK_BACK,
    MORE,
    Around,
    Names,
    References,
    Relations,
    Resolved,
    card,
    changed,
    headline,
    link,
    page_of,
    redirects,
)
from phanthiet_news.plan.links import Catalogue, Resolver
from phanthiet_news.plan.lists import ListSpec
from phanthiet_news.plan.pictures import Gallery
from phanthiet_news.plan.view import FORMATS, category_links, feed_place
from phanthiet_news.problem import Problem
from phanthiet_news.routes import Place, Routes
from phanthiet_news.text import fold

D = TypeVar("D", bound=PageData)


class LastBuild(Catalogue, Protocol):
    """The site as it was built last."""

    @property
    def paths(self) -> set[str]:
        """All that can be linked to."""

    def kind(self, path: str) -> str:
        """Of the page at a path; empty where there is none."""

    def fetch(self, paths: Sequence[str]) -> None:
        """Announce that these pages will be asked for."""

    def page(self, path: str) -> Page | None:
        """A page; None where there is none."""


class Beyond(Exception):
    """Something for which more must be known than the pages that there were."""


class Arrival(Value, frozen=True):
    """The article, and whether search engines take it for news."""

    article: Article
    is_news: bool


def plan(
    config: Config,
    locale: Locale,
    routes: Routes,
    arrival: Arrival,
    last: LastBuild,
    fragments: Sequence[Fragment],
    inventory: Inventory,
    gallery: Gallery,
) -> tuple[Plan, tuple[Problem, ...]] | None:
    """What is another than in the last build, with its `fragments`, and what is wrong with the article.

    None where only a plan of everything can tell.

    The configuration, the inventory and all other articles are what they were, but that there may be more files; what
    these are called, nothing is called in the last build.
    """
    try:
        planner = _Planner(config, locale, routes, arrival, last, inventory, gallery)
        return planner.plan(fragments)
    except Beyond:
        return None


def is_newest(article: Article, fragments: Sequence[Fragment]) -> bool:
    """Whether it stands before all that the fragments of the last build name. Where they name none, nobody can tell."""
    named = [each for fragment in fragments for each in fragment.data.latest]
    return bool(named) and _newest_first(article) < min(map(_newest_first, named))


def _newest_first(each: Article | Card | Headline) -> tuple[float, str]:
    return -each.date.timestamp(), each.url


class _WithOneMore:
    """The articles that there were, and this one."""

    def __init__(self, last: Catalogue, article: Article) -> None:
        self._last, self._article = last, article
        self.why_left_out, self.like = last.why_left_out, last.like

    def article(self, source: str) -> Article | None:
        return self._article if source == self._article.source else self._last.article(source)

    def article_at(self, path: str) -> Article | None:
        return self._article if path == self._article.path else self._last.article_at(path)


class _Teaser(Value, frozen=True):
    """A card that was or will be on the front page, as that wants it."""

    source: str
    card: Card
    featured: bool


class _KeptList(Sequence[Card]):
    """A list with one more card in front. Its pages are read as far as somebody looks."""

    def __init__(self, newest: Card, front: ListData, numbered: int, per_page: int, page: Callable[[int], ListData]):
        self._cards, self._left, self._page = [newest, *front.cards], numbered, page
        self._count = len(self._cards) + numbered * per_page

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Card: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Card]: ...
    def __getitem__(self, place: int | slice) -> Card | Sequence[Card]:
        stop = place.indices(self._count)[1] if isinstance(place, slice) else place + 1
        while len(self._cards) < stop and self._left:
            self._cards += self._page(self._left).cards
            self._left -= 1
        return self._cards[place]


class _Planner:
    def __init__(
        self,
        config: Config,
        locale: Locale,
        routes: Routes,
        arrival: Arrival,
        last: LastBuild,
        inventory: Inventory,
        gallery: Gallery,
    ) -> None:
        self._config, self._locale, self._routes = config, locale, routes
        self._article, self._is_news, self._last = arrival.article, arrival.is_news, last
        self._inventory, self._gallery = inventory, gallery
        self._categories = category_links(config, routes)
        self._category, self._lists = routes.category(self._article.category), lists.of(self._article, routes)
        self._tags = [routes.tag(each.slug) for each in self._article.tags]
        self._authors = [routes.author(each.slug) for each in self._article.authors]

    def plan(self, fragments: Sequence[Fragment]) -> tuple[Plan, tuple[Problem, ...]]:
        """Raises Beyond."""
        self._last.fetch([place.path for place in self._places()])
        listing = [page for place in self._lists for page in self._list_pages(place)]
        resolved = self._resolved({page.path for page in listing})
        pages = (*self._feeds(resolved), *self._articles(resolved), *listing, *self._others())
        copies = tuple(self._inventory.content[file] for file in sorted(resolved.files))
        derived = tuple({each.path: each for each in resolved.derived}.values())
        self._sure(not claimed(pages, copies, (), derived))
        named = tuple(map(self._with_headline, fragments))
        return Plan(pages=pages, fragments=named, copies=copies, derived=derived), resolved.problems

    # --- what there was

    def _sure(self, known: object) -> None:
        if not known:
            raise Beyond

    def _page(self, place: Place, kind: type[D]) -> tuple[Page, D]:
        page = self._last.page(place.path)
        if page is None or not isinstance(page.data, kind):
            raise Beyond
        return page, page.data

    def _data(self, place: Place, kind: type[D]) -> D:
        return self._page(place, kind)[1]

    def _changed(self, place: Place, kind: type[D], change: Callable[[D], Mapping[str, object]]) -> Page:
        """A page that there was, with something else in its data."""
        page, data = self._page(place, kind)
        return msgspec.structs.replace(page, data=msgspec.structs.replace(data, **change(data)))

    def _places(self) -> Iterator[Place]:
        """The pages that are looked at whatever they hold."""
        yield from (self._routes.home(), *self._lists)
        yield from (self._sitemap(name) for name in ("", self._article.month, feeds.LISTS))
        yield from (feed_place(home, FORMATS[0][0], self._routes) for home in self._homes)
        yield from (self._routes.tags(), self._routes.authors(), feeds.news_place(self._routes))

    def _sitemap(self, name: str = "") -> Place:
        return feeds.sitemap_place(self._routes, name)

    @property
    def _homes(self) -> tuple[Place, Place]:
        """The pages that feeds follow."""
        return self._routes.home(), self._category

    # --- lists

    @cached_property
    def _card(self) -> Card:
        pictures = Resolver(self._routes, self._last, self._inventory.content, self._inventory.static)
        return card(self._article, self._categories[self._article.category], pictures, self._gallery)

    @cached_property
    def _kept_lists(self) -> dict[str, _KeptList]:
        counts = {place.path: self._numbered(place) for place in self._lists}
        self._last.fetch([place.path for place in self._next_looked_at(counts)])
        return {place.path: self._kept_list(place, counts[place.path]) for place in self._lists}

    def _numbered(self, place: Place) -> int:
        """How many numbered pages a list has."""
        count = 0
        while self._last.kind(self._routes.numbered(place, count + 1).path) == lists.KIND:
            count += 1
        return count

    def _next_looked_at(self, counts: Mapping[str, int]) -> Iterator[Place]:
        """Pages of which there is more to know when those of `_places` are known."""
        for place in self._tags:
            missing, last = LOOK_BACK - len(self._data(place, ListData).cards), counts[place.path]
            for number in range(last, max(0, last + -missing // self._config.per_page), -1):
                yield self._routes.numbered(place, number)
        yield from (self._routes.behind(each.url) for each in self._data(self._category, ListData).cards[:1])

    def _kept_list(self, place: Place, count: int) -> _KeptList:
        def numbered(number: int) -> ListData:
            return self._data(self._routes.numbered(place, number), ListData)

        return _KeptList(self._card, self._data(place, ListData), count, self._config.per_page, numbered)

    def _list_pages(self, place: Place) -> Iterator[Page]:
        data = self._data(place, ListData)
        self._sure(data.cards)
        names = ("kind", "title", "description", "section", "role", "breadcrumbs", "feeds")
        same = {name: getattr(data, name) for name in names}
        spec = ListSpec(place=place, articles=self._kept_lists[place.path], new=1, depth=1, **same)
        pages = lists.pages(spec, self._routes, self._locale, self._config.per_page, lambda each: each)
        yield from map(in_full, pages)

    # --- articles and feeds

    def _resolved(self, listing: Collection[str]) -> Resolved:
        """Where the article's links lead."""
        own = {self._article.path, *(self._routes.at(alias).path for alias in self._article.aliases)}
        files = self._inventory.content
        everybody = _WithOneMore(self._last, self._article)
        resolver = Resolver(self._routes, everybody, files, self._last.paths.union(listing, own))
        sizes = {name: copy.size for name, copy in files.items()}
        resolved = References(resolver, self._gallery, sizes).resolve(self._article)
        self._sure(not resolved.troubles)
        return resolved

    def _articles(self, resolved: Resolved) -> Iterator[Page]:
        """That of the article, the one whose next newer it is, and the redirects to it."""
        older = self._kept_lists[self._category.path][1 : 1 + MORE]
        beside = {each.url for each in older}
        around = Around(
            newer=None,
            older=tuple(map(headline, older)),
            related=tuple([headline(each) for each in self._related() if each.url not in beside]),
        )
        yield page_of(self._article, self._card, resolved, self._names(), around)
        yield self._next_older(older[0])
        yield from redirects(self._article, self._routes)

    def _next_older(self, neighbour: Card) -> Page:
        newer = link(self._article)
        return self._changed(self._routes.behind(neighbour.url), ArticleData, lambda data: {"newer": newer})

    def _related(self) -> Sequence[Card]:
        cards = [self._kept_lists[place.path][: 1 + LOOK_BACK] for place in self._tags]
        everything = {each.url: each for near in cards for each in near} | {self._card.url: self._card}
        tags = [each.slug for each in self._article.tags]
        relations = Relations(sorted(everything.values(), key=_newest_first), dict(zip(tags, cards, strict=True)))
        return relations.of(self._card.url, tags)

    def _names(self) -> Names:
        tags, authors = self._article.tags, self._article.authors
        tag_entries = self._as_shown(self._routes.tags(), tags, self._tags)
        author_entries = self._as_shown(self._routes.authors(), authors, self._authors)
        return Names(
            home=Link(title=self._locale.word("home"), url=self._routes.home().url),
            tags={term.slug: Link(each.title, each.url) for term, each in zip(tags, tag_entries, strict=True)},
            authors={
                term.slug: Author(each.title, each.url, each.note)
                for term, each in zip(authors, author_entries, strict=True)
            },
        )

    def _as_shown(self, index: Place, terms: Sequence[Term], places: Sequence[Place]) -> list[IndexEntry]:
        """How terms are shown that had lists: by the oldest article's spelling."""
        found = {each.url: each for each in self._data(index, IndexData).entries} if terms else {}
        for term, place in zip(terms, places, strict=True):
            self._sure(place.url in found and fold(found[place.url].title) == fold(term.title))
        return [found[place.url] for place in places]

    def _feeds(self, resolved: Resolved) -> Iterator[Page]:
        entry = feeds.entry(self._article, self._card, resolved, self._routes)
        for home in self._homes:
            data = self._data(feed_place(home, FORMATS[0][0], self._routes), FeedData)
            entries = (entry, *data.entries)[: feeds.ENTRIES]
            yield from feeds.feed_pages(home, data.title, data.description, entries, self._routes)

    # --- what else shows the newest

    def _others(self) -> Iterator[Page]:
        yield self._front_page()
        yield self._changed(self._routes.tags(), IndexData, self._counted)
        yield self._changed(self._sitemap(feeds.LISTS), SitemapData, self._lists_changed)
        if not self._article.noindex:
            entry = SitemapEntry(url=self._routes.absolute(self._article.url), modified=changed(self._article))
            month = self._sitemap(self._article.month)
            yield self._changed(month, SitemapData, lambda data: {"entries": (entry, *data.entries)})
        yield self._changed(self._sitemap(), SitemapData, self._sitemaps_changed)
        if self._is_news:
            news = self._data(feeds.news_place(self._routes), NewsData).entries
            yield feeds.news_sitemap((headline(self._article), *news), self._routes)

    def _front_page(self) -> Page:
        """Who was not on it and was not the newest has no place there now."""
        home = self._routes.home()
        data = self._data(home, HomeData)
        if data.lead is None:
            raise Beyond
        others = [*data.latest, *(each for block in data.blocks for each in block.cards)]
        teasers = [_Teaser(each.url, each, featured=True) for each in data.featured]
        teasers += [_Teaser(each.url, each, featured=False) for each in others]
        teasers.append(_Teaser(data.lead.url, data.lead, featured=bool(data.featured) or self._is_featured(data.lead)))
        teasers.append(_Teaser(self._card.url, self._card, self._article.featured))
        teasers.sort(key=lambda each: _newest_first(each.card))
        categories = {
            link: [each for each in teasers if each.card.category == link] for link in self._categories.values()
        }
        words = (data.title, data.description)
        return front.page(home, words, teasers, categories, attrgetter("card"))

    def _is_featured(self, lead: Card) -> bool:
        article = self._last.article_at(self._routes.behind(lead.url).path)
        if article is None:
            raise Beyond
        return article.featured

    def _counted(self, data: IndexData) -> Mapping[str, object]:
        """With one more in the lists of its tags."""
        own, change = {place.url for place in self._tags}, msgspec.structs.replace
        entries = (change(each, count=(each.count or 0) + (each.url in own)) for each in data.entries)
        return {"entries": tuple(entries)}

    def _lists_changed(self, data: SitemapData) -> Mapping[str, object]:
        urls = {self._routes.absolute(place.url) for place in (self._routes.home(), *self._lists)}
        self._sure(urls <= {each.url for each in data.entries})
        return {"entries": self._later(data.entries, urls)}

    def _sitemaps_changed(self, data: SitemapData) -> Mapping[str, object]:
        names = [feeds.LISTS] if self._article.noindex else [feeds.LISTS, self._article.month]
        urls = {self._routes.absolute(self._sitemap(each).url) for each in names}
        return {"entries": self._later(data.entries, urls)}

    def _later(self, entries: Sequence[SitemapEntry], urls: Collection[str]) -> tuple[SitemapEntry, ...]:
        """What these show changed with the article, if not after it."""
        when, change = changed(self._article), msgspec.structs.replace
        return tuple(
            change(each, modified=max(when, each.modified or when)) if each.url in urls else each for each in entries
        )

    def _with_headline(self, fragment: Fragment) -> Fragment:
        latest = (headline(self._article), *fragment.data.latest)[:IN_SIDEBAR]
        change = msgspec.structs.replace
        return change(fragment, data=change(fragment.data, latest=latest))
