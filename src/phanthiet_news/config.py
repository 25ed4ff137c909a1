"""The site's configuration, `ptnews.yml`: its keys, their defaults, and what follows from them alone.

Knows the schema of the file; must not know articles, templates or where outputs go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from phanthiet_news.dates import zone
from phanthiet_news.problem import EXIT_CONFIG, Failure
from phanthiet_news.schema import Instant, Reader, Slug, Text
from phanthiet_news.text import SLUG, SLUG_BYTES, did_you_mean, nearest, path_mistake, quoted, slugify
from phanthiet_news.yamltext import BadYaml, parse
from phanthiet_news.yamltree import Mapping, Node, Scalar, Sequence

FILE = "ptnews.yml"
STATS_FILE = "stats.yml"
PERMALINK_FIELDS = ("category", "slug", "year", "month", "day")
MAX_COUNT = 2**53
_LINK = re.compile(r"https?://[^/\s\\]|mailto:|tel:|/", re.IGNORECASE)
_OF_THE_MACHINE = {"localtime", "posixrules"}

Language = Literal["vi", "en"]
Visits = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
FragmentMode = Literal["inline", "ssi", "client"]
PictureFormat = Literal["avif", "webp"]
Width = Annotated[int, msgspec.Meta(ge=16, le=4096)]
Quality = Annotated[int, msgspec.Meta(ge=1, le=100)]
Colour = Annotated[str, msgspec.Meta(pattern=r"^#?[0-9A-Fa-f]{6}$", examples=['"#0b4550"'])]
Grouping = Literal["none", "space", "dot", "narrow"]


class CategoryConfig(msgspec.Struct, frozen=True):
    """A declared category."""

    slug: Annotated[Slug, msgspec.Meta(description="its part of the url, and the folder's name")]
    title: Annotated[Text, msgspec.Meta(description="as readers see it")]
    description: Annotated[str, msgspec.Meta(description="a sentence for its list and for search engines")] = ""
    order: Annotated[int | None, msgspec.Meta(description="place in the menu; else that in this list")] = None


class AuthorConfig(msgspec.Struct, frozen=True):
    """A declared author; the key above it is the slug."""

    name: Annotated[Text, msgspec.Meta(description="as readers see it")]
    role: Annotated[str, msgspec.Meta(description="shown beside the name")] = ""


class MenuItem(msgspec.Struct, frozen=True):
    """A line of a menu."""

    title: Annotated[Text, msgspec.Meta(description="as readers see it")]
    url: Annotated[Text, msgspec.Meta(description="path of the site, or a whole url")]


class Menus(msgspec.Struct, frozen=True):
    """Links besides the categories."""

    main: Annotated[tuple[MenuItem, ...], msgspec.Meta(description="behind the categories")] = ()
    footer: Annotated[tuple[MenuItem, ...], msgspec.Meta(description="at the foot of every page")] = ()


class Footer(msgspec.Struct, frozen=True):
    """Who publishes the site and under which terms."""

    publisher: Annotated[str, msgspec.Meta(description="the responsible body")] = ""
    licence: Annotated[str, msgspec.Meta(description="how texts may be used")] = ""
    contact: Annotated[str, msgspec.Meta(description="address, telephone, mail")] = ""


class StatsConfig(msgspec.Struct, frozen=True):
    """How visitor numbers are shown."""

    grouping: Annotated[Grouping | None, msgspec.Meta(description="of digits; else the language's own")] = None


class MarkdownConfig(msgspec.Struct, frozen=True):
    """How bodies are read."""

    smart_quotes: Annotated[bool, msgspec.Meta(description="straight quotes become typographic ones")] = True
    trust_html: Annotated[bool, msgspec.Meta(description="don't clean HTML: only where all authors may script")] = False
    video_hosts: Annotated[tuple[Text, ...], msgspec.Meta(description="hosts whose iframes may stand in a body")] = (
        "www.youtube-nocookie.com",
        "www.youtube.com",
        "player.vimeo.com",
    )
    extensions: Annotated[tuple[Text, ...], msgspec.Meta(description="more Python-Markdown extensions")] = ()
    max_bytes: Annotated[int, msgspec.Meta(description="longest body allowed, in bytes", ge=1)] = 1024 * 1024
    max_seconds: Annotated[int, msgspec.Meta(description="processor time that a body may take", ge=1)] = 5


class Colours(msgspec.Struct, frozen=True):
    """The colours of drawn headlines, as six digits of red, green and blue; by default those of the theme by day."""

    paper: Annotated[Colour, msgspec.Meta(description="the ground")] = "#fdfaf4"
    ink: Annotated[Colour, msgspec.Meta(description="the headline")] = "#1d2729"
    band: Annotated[Colour, msgspec.Meta(description="the band at the foot")] = "#0b4550"
    on_band: Annotated[Colour, msgspec.Meta(description="the site's name on it")] = "#f6eddc"
    stripe: Annotated[Colour, msgspec.Meta(description="the stripe above it")] = "#9b3a20"


class PicturesConfig(msgspec.Struct, frozen=True):
    """What is made of the pictures that articles show."""

    widths: Annotated[tuple[Width, ...], msgspec.Meta(description="sizes offered to browsers, in pixels")] = (
        320,
        640,
        960,
        1280,
        1920,
    )
    formats: Annotated[tuple[PictureFormat, ...], msgspec.Meta(description="before JPEG, the best first")] = ("webp",)
    fallback_widths: Annotated[tuple[Width, ...], msgspec.Meta(description="of JPEG or PNG, for old browsers")] = (
        640,
        1280,
    )
    webp_quality: Annotated[Quality, msgspec.Meta(description="1 to 100")] = 78
    avif_quality: Annotated[Quality, msgspec.Meta(description="1 to 100")] = 60
    jpeg_quality: Annotated[Quality, msgspec.Meta(description="1 to 100")] = 80
    social: Annotated[bool, msgspec.Meta(description="draw the headline of an article without a picture")] = True
    colours: Annotated[Colours, msgspec.Meta(description="of drawn headlines")] = Colours()


class Config(msgspec.Struct, frozen=True):
    """The keys of `ptnews.yml`."""

    title: Annotated[Text, msgspec.Meta(description="the site's name")]
    base_url: Annotated[Text, msgspec.Meta(description="where the site lives; may have a path")]
    feed_ids: Annotated[str, msgspec.Meta(description="what ids in feeds begin with; else `base_url`")] = ""
    tagline: Annotated[str, msgspec.Meta(description="the line under the name")] = ""
    language: Annotated[Language, msgspec.Meta(description="of interface words, dates and numbers")] = "vi"
    timezone: Annotated[Text, msgspec.Meta(description="of dates without an offset")] = "Asia/Ho_Chi_Minh"
    per_page: Annotated[int, msgspec.Meta(description="articles on a page of a list", ge=1, le=1000)] = 20
    permalink: Annotated[Text, msgspec.Meta(description="an article's address")] = "/{category}/{slug}/"
    categories: Annotated[tuple[CategoryConfig, ...], msgspec.Meta(description="in the order of the menu")] = ()
    authors: Annotated[dict[str, AuthorConfig], msgspec.Meta(description="by slug")] = {}
    menus: Annotated[Menus, msgspec.Meta(description="more links")] = Menus()
    logo: Annotated[Text, msgspec.Meta(description="a picture in static/ that icons are made of")] = "icons/logo.png"
    login_url: Annotated[str, msgspec.Meta(description="where editors log in; no link if empty")] = ""
    footer: Annotated[Footer, msgspec.Meta(description="the foot of every page")] = Footer()
    stats: Annotated[StatsConfig, msgspec.Meta(description="visitor stats")] = StatsConfig()
    markdown: Annotated[MarkdownConfig, msgspec.Meta(description="reading of bodies")] = MarkdownConfig()
    pictures: Annotated[PicturesConfig, msgspec.Meta(description="sizes and formats of pictures")] = PicturesConfig()
    fragments: Annotated[FragmentMode, msgspec.Meta(description="how the sidebar gets into pages")] = "inline"
    follow_symlinks: Annotated[bool, msgspec.Meta(description="follow symbolic links inside the site")] = False

    @property
    def zone(self) -> tzinfo:
        """The site's time zone."""
        return zone(self.timezone)

    @property
    def origin(self) -> str:
        """Scheme and host of `base_url`, without a slash at the end."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        """Host of `base_url`."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def prefix(self) -> str:
        """Path of `base_url` without a slash at the end: empty, or `/news`."""
        return urlsplit(self.base_url).path.rstrip("/")

    def category(self, name: str) -> CategoryConfig | None:
        """The category of this slug or title."""
        return next((each for each in self.categories if name in (each.slug, each.title)), None)


class StatsFile(msgspec.Struct, frozen=True):
    """The keys of `content/stats.yml`; what is unknown is left out."""

    online: Annotated[Visits | None, msgspec.Meta(description="visitors now")] = None
    today: Annotated[Visits | None, msgspec.Meta(description="visits today")] = None
    week: Annotated[Visits | None, msgspec.Meta(description="visits this week")] = None
    month: Annotated[Visits | None, msgspec.Meta(description="visits this month")] = None
    total: Annotated[Visits | None, msgspec.Meta(description="all visits")] = None
    as_of: Annotated[Instant, msgspec.Meta(description="the instant that the numbers are of")] | None = None


def parse_view(config: Config) -> Config:
    """The configuration as parsing sees it: what it must not depend on is blank."""
    return msgspec.structs.replace(
        config,
        title="-",
        tagline="",
        per_page=1,
        menus=Menus(),
        logo="-",
        login_url="",
        footer=Footer(),
        stats=StatsConfig(),
        fragments="inline",
        pictures=PicturesConfig(),
    )


def read(text: str) -> Config:
    """The configuration in a text of `ptnews.yml`. Raises Failure with everything that is wrong in it."""
    try:
        node = parse(text, FILE)
    except BadYaml as bad:
        raise Failure([bad.problem], EXIT_CONFIG) from None
    reader = Reader(FILE, text, UTC)
    config = reader.struct(node, Config)
    if config is not None and isinstance(node, Mapping):
        config = _ordered(config)
        checks = (_check_base_url, _check_timezone, _check_permalink, _check_categories, _check_authors, _check_links)
        for check in checks:
            check(config, node, reader)
    if config is None or reader.problems:
        raise Failure(reader.problems, EXIT_CONFIG)
    return config


def _ordered(config: Config) -> Config:
    """Categories with an `order` first, by it; the others as they stand."""
    ranked = sorted(config.categories, key=lambda each: (each.order is None, each.order or 0))
    return msgspec.structs.replace(config, categories=tuple(ranked))


def _value(node: Mapping, key: str) -> Node:
    return next((value for name, value in node.entries if name.text == key), node)


def _check_base_url(config: Config, node: Mapping, reader: Reader) -> None:
    for key, address in (("base_url", config.base_url), ("feed_ids", config.feed_ids)):
        if not _is_address(address) and (address or key == "base_url"):
            message = f"{quoted(address)} is not the address of a site"
            hint = f"write {_in_ascii(address) or 'https://example.vn or https://example.vn/path'}"
            reader.refuse(_value(node, key), "base-url", message, hint)


def _in_ascii(url: str) -> str | None:
    """A host with accents as it is written on the wire, `xn--…`; None where that makes no address."""
    try:
        host = urlsplit(url).netloc
        plain = url.replace(host, host.encode("idna").decode(), 1)
    except ValueError:
        return None
    return plain if plain != url and _is_address(plain) else None


def _check_links(config: Config, node: Mapping, reader: Reader) -> None:
    """What every page links to: no address that a browser would run as a script, none that counts from a page."""
    for value in (_value(node, "login_url"), *_menu_urls(_value(node, "menus"))):
        if isinstance(value, Scalar) and value.text.strip() and not _LINK.match(value.text.strip()):
            message = f"{quoted(value.text)} is not an address to link to"
            hint = "begin it with `/`, `https://`, `http://`, `mailto:` or `tel:`"
            reader.refuse(value, "link", message, hint)


def _menu_urls(menus: Node) -> Iterator[Node]:
    lists = (items for _, items in menus.entries if isinstance(items, Sequence)) if isinstance(menus, Mapping) else ()
    for item in (each for items in lists for each in items.items if isinstance(each, Mapping)):
        yield from (value for key, value in item.entries if key.text == "url")


def _is_address(url: str) -> bool:
    """Scheme, host, perhaps a port and a path of plain names."""
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    plain = re.fullmatch(r"[A-Za-z0-9./:_~\-\[\]]+", url)
    folders = parts.path.strip("/")
    return bool(whole and plain and parts.scheme in ("http", "https") and not (folders and path_mistake(folders)))


def _check_timezone(config: Config, node: Mapping, reader: Reader) -> None:
    try:
        if config.timezone in _OF_THE_MACHINE:
            raise ValueError("it would be another zone on another machine")
        zone(config.timezone)
    except (KeyError, ValueError):
        from zoneinfo import available_timezones

        near = nearest(config.timezone[:60], sorted(available_timezones() - _OF_THE_MACHINE))
        hint = f"did you mean `{near}`?" if near else "write Asia/Ho_Chi_Minh"
        message = f"{quoted(config.timezone)} is not a time zone"
        reader.refuse(_value(node, "timezone"), "timezone", message, hint)


def _check_permalink(config: Config, node: Mapping, reader: Reader) -> None:
    value, pattern = _value(node, "permalink"), config.permalink
    for field in re.findall(r"\{([^{}]*)\}", pattern):
        if field not in PERMALINK_FIELDS:
            reader.refuse(value, "permalink", f"`{{{field}}}` is not known", did_you_mean(field, PERMALINK_FIELDS))
    rest = re.sub(r"\{[^{}]*\}", "x", pattern)
    if "{slug}" not in pattern or not re.fullmatch(r"/([A-Za-z0-9_.-]+/)+", rest) or path_mistake(rest.strip("/")):
        message = f'"{pattern}" is not an address pattern'
        reader.refuse(value, "permalink", message, "begin and end it with `/` and use `{slug}`: /{category}/{slug}/")


def _check_categories(config: Config, node: Mapping, reader: Reader) -> None:
    for key in ("slug", "title"):
        names = [getattr(category, key) for category in config.categories]
        for name in sorted({name for name in names if names.count(name) > 1}):
            reader.refuse(_value(node, "categories"), "category-twice", f"two categories have the {key} `{name}`")


def _check_authors(config: Config, node: Mapping, reader: Reader) -> None:
    authors = _value(node, "authors")
    for key, _ in authors.entries if config.authors and isinstance(authors, Mapping) else ():
        if not re.fullmatch(SLUG, key.text) or len(key.text) > SLUG_BYTES:
            message = f"the key of an author may hold a–z, 0–9 and single hyphens only, not {quoted(key.text)}"
            reader.refuse(key, "slug", message, f"write `{slugify(key.text)}`" if slugify(key.text) else "")
        elif mistake := path_mistake(key.text):
            reader.refuse(key, "slug", mistake, "choose another key")
