"""What every template knows of the site: the configuration as readers see it."""

from __future__ import annotations

from phanthiet_news.config import Config, MenuItem
from phanthiet_news.locale import Locale
from phanthiet_news.model import Category, Feed, Link, SiteView
from phanthiet_news.routes import Place, Routes

FORMATS = (
    ("rss.xml", "application/rss+xml", "RSS", "feed.rss"),
    ("atom.xml", "application/atom+xml", "Atom", "feed.atom"),
    ("feed.json", "application/feed+json", "JSON Feed", "feed.json"),
)


def site_view(config: Config, locale: Locale, routes: Routes, mark: str) -> SiteView:
    """The view. It changes only when the configuration does, or `mark`: the static file that stands for the site."""
    return SiteView(
        title=config.title,
        tagline=config.tagline,
        language=config.language,
        base_url=config.base_url,
        url=routes.home().url,
        categories=tuple(
            Category(slug=each.slug, title=each.title, url=routes.category(each.slug).url, description=each.description)
            for each in config.categories
        ),
        menu=tuple(_menu_link(item, routes) for item in config.menus.main),
        footer_menu=tuple(_menu_link(item, routes) for item in config.menus.footer),
        mark=mark,
        login_url=_href(config.login_url, routes),
        publisher=config.footer.publisher,
        licence=config.footer.licence,
        contact=config.footer.contact,
        feeds=feeds(routes.home(), locale.word("feed.site", title=config.title), routes),
        tags_url=routes.tags().url,
        authors_url=routes.authors().url,
        archive_url=routes.archive().url,
        timezone=config.timezone,
        fragments=config.fragments,
    )


def category_links(config: Config, routes: Routes) -> dict[str, Link]:
    """The declared categories as pages name them, by slug."""
    return {each.slug: Link(title=each.title, url=routes.category(each.slug).url) for each in config.categories}


def feeds(home: Place, title: str, routes: Routes) -> tuple[Feed, ...]:
    """The feeds that follow a page."""
    return tuple(
        Feed(title=f"{title} ({name})", url=feed_place(home, file, routes).url, type=media)
        for file, media, name, _ in FORMATS
    )


def feed_place(home: Place, file: str, routes: Routes) -> Place:
    """Where a feed lies: beside the page that it follows."""
    return routes.at("/" + home.path.removesuffix("index.html") + file)


def _menu_link(item: MenuItem, routes: Routes) -> Link:
    return Link(title=item.title, url=_href(item.url, routes))


def _href(address: str, routes: Routes) -> str:
    """A path of the site as `href` wants it; any other address as it stands."""
    inside = address.startswith("/") and not address.startswith("//")
    return routes.at(address).url if inside else address
