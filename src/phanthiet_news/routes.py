"""Where everything is: every url and every output path is made here.

Knows the configuration and the url words of its language; must not know articles or which pages exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote

import msgspec

from phanthiet_news.config import Config
from phanthiet_news.locale import Locale

_SAFE = "/-._~!$&'()*+,;=:@"


class Place(msgspec.Struct, frozen=True):
    """One output: its path under `build/`, and its url as `href` wants it."""

    path: str
    url: str


class Routes:
    """Places on one site. `words` are the url words: `tag`, `author`, `archive`, `page`."""

    def __init__(self, config: Config, words: Mapping[str, str]) -> None:
        self._permalink, self._prefix, self._origin = config.permalink, config.prefix, config.origin
        self._identities = (config.feed_ids or config.base_url).rstrip("/")
        self._tag, self._author = words["tag"], words["author"]
        self._archive, self._page, self._pictures = words["archive"], words["page"], words["pictures"]

    def at(self, address: str) -> Place:
        """The place of an address like `/a/b/` (a folder, so `a/b/index.html`) or `/a/b.xml`."""
        path = address.removeprefix("/")
        if not path or path.endswith("/"):
            path += "index.html"
        return Place(path, self._prefix + quote(address, safe=_SAFE))

    def behind(self, url: str) -> Place:
        """The place that has this url: the opposite of `at`."""
        return self.at(unquote(url.removeprefix(self._prefix)))

    def absolute(self, url: str) -> str:
        """A url with scheme and host, as far as it can be told without the page that it stands on."""
        return absolute(url, self._origin)

    def identity(self, place: Place) -> str:
        """What feeds know a place by: its url, or what that was before the site moved to another host."""
        return self._identities + place.url.removeprefix(self._prefix)

    def article(self, *, category: str, slug: str, year: str, month: str, day: str) -> Place:
        """An article, by the pattern of `permalink`."""
        parts = {"category": category, "slug": slug, "year": year, "month": month, "day": day}
        return self.at(self._permalink.format(**parts))

    def home(self) -> Place:
        """The front page."""
        return self.at("/")

    def category(self, slug: str) -> Place:
        """The newest articles of a category."""
        return self.at(f"/{slug}/")

    def tag(self, slug: str) -> Place:
        """The newest articles with a tag."""
        return self.at(f"/{self._tag}/{slug}/")

    def author(self, slug: str) -> Place:
        """The newest articles of an author."""
        return self.at(f"/{self._author}/{slug}/")

    def month(self, month: str) -> Place:
        """The articles of a month, `2022-11`."""
        return self.at(f"/{self._archive}/{month.replace('-', '/')}/")

    def picture(self, name: str) -> Place:
        """A file that is made of a picture."""
        return self.at(f"/{self._pictures}/{name}")

    def tags(self) -> Place:
        """The index of tags."""
        return self.at(f"/{self._tag}/")

    def authors(self) -> Place:
        """The index of authors."""
        return self.at(f"/{self._author}/")

    def archive(self) -> Place:
        """The index of months."""
        return self.at(f"/{self._archive}/")

    def numbered(self, front: Place, number: int) -> Place:
        """A page of a list, counted from the oldest."""
        folder = front.path.removesuffix("index.html")
        return self.at(f"/{folder}{self._page}/{number}/")


def of(config: Config, locale: Locale) -> Routes:
    """The places of a site in its language."""
    words = ("tag", "author", "archive", "page", "pictures")
    return Routes(config, {word: locale.word(f"url.{word}") for word in words})


def absolute(url: str, origin: str) -> str:
    """A path of the site of that origin (`https://a.example`) as a whole url; any other url is left as it stands.

    `//b.example/x` names another host and takes the origin's scheme. Whatever a query holds does not matter.
    """
    if url.startswith("//"):
        return f"{origin.partition('//')[0]}{url}"
    return origin + url if url.startswith("/") else url
