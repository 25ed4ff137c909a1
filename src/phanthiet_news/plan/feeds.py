"""Feeds and sitemaps: what programs read. Every url in them is absolute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice

from phanthiet_news.model import (
    Article,
    Card,
    FeedData,
    FeedEntry,
    Headline,
    Image,
    NewsData,
    Page,
    Site,
    SitemapData,
    SitemapEntry,
    Stats,
    StatsData,
)
from phanthiet_news.plan.articles import Resolved, changed
from phanthiet_news.plan.view import FORMATS, feed_place
from phanthiet_news.routes import Place, Routes

ENTRIES = 20
LISTS = "lists"
NEWS = 1000  # as many as search engines read
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def entry(article: Article, card: Card, resolved: Resolved, routes: Routes) -> FeedEntry:
    """An article as feeds show it."""
    page = routes.absolute(article.url)
    return FeedEntry(
        id=article.feed_id,
        url=page,
        title=article.title,
        date=article.date,
        updated=changed(article),
        category=card.category.title,
        summary=card.summary,
        authors=tuple(author.title for author in article.authors),
        tags=tuple(tag.title for tag in article.tags),
        image=routes.absolute(card.image.src) if card.image else "",
        urls=tuple(routes.absolute(url) if url.startswith("/") else page + url for url in resolved.urls),
        pictures=tuple(_plain(each, routes) for each in resolved.pictures),
        body=article.body,
    )


def _plain(image: Image, routes: Routes) -> Image:
    """As any program knows how to show it."""
    return Image(routes.absolute(image.src), credit=image.credit, width=image.width, height=image.height)


def feed_pages(
    home: Place, title: str, description: str, entries: tuple[FeedEntry, ...], routes: Routes
) -> Iterator[Page]:
    """One page's feeds in every format."""
    updated = max((each.updated for each in entries), default=NEVER)
    for file, _, _, template in FORMATS:
        place = feed_place(home, file, routes)
        data = FeedData(
            url=place.url,
            id=routes.identity(place),
            title=title,
            description=description,
            home=home.url,
            updated=updated,
            entries=entries,
        )
        yield Page(
            path=place.path, kind="feed", template=template, data=data, bodies=tuple(each.body for each in entries)
        )


def sitemap_place(routes: Routes, name: str = "") -> Place:
    """Where the sitemap of a month lies, or that of lists; without a name, the index of them."""
    return routes.at(f"/sitemap-{name}.xml" if name else "/sitemap.xml")


def news_place(routes: Routes) -> Place:
    """Where the sitemap of the last days' news lies."""
    return routes.at("/news-sitemap.xml")


def sitemaps(
    site: Site, lists: Mapping[str, datetime | None], routes: Routes, wanted: Callable[[Place], bool]
) -> Iterator[Page]:
    """One sitemap a month, one of `lists` (url → when last changed), and the index of all of them.

    `wanted` tells of which months' lists the sitemaps are.
    """
    parts = []
    for month, articles in site.months.items():
        shown, place = [each for each in articles if not each.noindex], sitemap_place(routes, month)
        if shown:
            parts.append(SitemapEntry(url=routes.absolute(place.url), modified=max(map(changed, shown))))
        if shown and wanted(routes.month(month)):
            entries = [SitemapEntry(url=routes.absolute(each.url), modified=changed(each)) for each in shown]
            yield _sitemap(place, "sitemap.xml", entries)
    place = sitemap_place(routes, LISTS)
    parts.append(SitemapEntry(url=routes.absolute(place.url), modified=max(filter(None, lists.values()), default=None)))
    listed = [SitemapEntry(url=routes.absolute(url), modified=modified) for url, modified in lists.items()]
    yield _sitemap(place, "sitemap.xml", listed)
    yield _sitemap(sitemap_place(routes), "sitemap-index.xml", parts)


def _sitemap(place: Place, template: str, entries: Iterable[SitemapEntry]) -> Page:
    data = SitemapData(url=place.url, title="sitemap", entries=tuple(entries))
    return Page(path=place.path, kind="sitemap", template=template, data=data)


def news_sitemap(news: Iterable[Headline], routes: Routes) -> Page:
    """The sitemap of the last days' news, newest first."""
    place = news_place(routes)
    data = NewsData(url=place.url, title="sitemap", entries=tuple(islice(news, NEWS)))
    return Page(path=place.path, kind="sitemap", template="news-sitemap.xml", data=data)


def stats_page(stats: Stats, routes: Routes) -> Page:
    """The numbers that a page's script may ask for."""
    place = routes.at("/stats.json")
    data = StatsData(url=place.url, title="stats", stats=stats)
    return Page(path=place.path, kind="other", template="stats.json", data=data)
