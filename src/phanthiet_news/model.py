"""The values that travel between the stages; all frozen.

Knows nobody but Problem: no configuration, no files, no templates. Every `url` in here is ready to be printed into
`href`: percent-encoded and with the path of `base_url` in front. Every instant carries its zone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

import msgspec

from phanthiet_news.problem import Problem

_ENCODE = msgspec.msgpack.Encoder().encode


class Value(msgspec.Struct, frozen=True, array_like=True):
    """Base of all values: immutable, compared and encoded by content.

    What is encoded is the fields in order: their names would take a fifth of the room, and time.
    """


# --- what an article is ---------------------------------------------------------------------------


class Link(Value, frozen=True):
    """A name that leads somewhere."""

    title: str
    url: str


class Term(Value, frozen=True):
    """A tag or an author as an article names it."""

    slug: str
    title: str


class Source(Value, frozen=True):
    """A picture in one format, in several sizes: `type` is a media type, `srcset` as HTML has it."""

    type: str
    srcset: str


class Image(Value, frozen=True):
    """A picture with the words that belong to it. `src` is a url.

    `width` and `height` are pixels, 0 where nobody knows them. `sources` are better formats, for browsers that know
    them; `srcset` are sizes of the one that all know. `tint` names the colour that stands there until it is loaded.
    """

    src: str
    alt: str = ""
    caption: str = ""
    credit: str = ""
    width: int = 0
    height: int = 0
    srcset: str = ""
    sources: tuple[Source, ...] = ()
    tint: str = ""


class Correction(Value, frozen=True):
    """A mistake that was published and has been put right."""

    date: datetime
    text: str


class Heading(Value, frozen=True):
    """One line of a table of contents; `level` is 2 for a section, 3 below it."""

    id: str
    text: str
    level: int


class Reference(Value, frozen=True):
    """A link, picture or other file as the author wrote it, and where (line and column in the file).

    `kind` is `link`, `picture` or `file`.
    """

    target: str
    line: int
    column: int
    kind: str = "link"


class Attachment(Value, frozen=True):
    """A document offered for download. `size` in bytes, `type` the file's ending in capitals."""

    title: str
    url: str
    type: str
    size: int


class Headline(Value, frozen=True):
    """An article in a short list: what changes beside these does not concern the page that shows it."""

    url: str
    title: str
    date: datetime


class Card(Value, frozen=True):
    """All that any other page may know of an article."""

    url: str
    title: str
    date: datetime
    category: Link
    summary: str = ""
    image: Image | None = None


class PictureTag(Value, frozen=True):
    """A picture in a body: the number of its reference, and its attributes but for the address, as name and value.

    `wide` is whether it stands in a wide figure.
    """

    number: int
    attributes: tuple[tuple[str, str], ...] = ()
    wide: bool = False


class CreditPlace(Value, frozen=True):
    """Where a body may name who made a picture: at this offset in a piece, the end of the caption if there is one."""

    number: int
    piece: int
    offset: int
    captioned: bool


class Body(Value, frozen=True):
    """Clean HTML as UTF-8 in pieces: between piece k and piece k + 1 stands the url of `Article.references[k]`.

    Of a picture the whole tag stands there. `credits` are the places, from front to back, for what pictures say of
    themselves, where the author says nothing.
    """

    pieces: tuple[bytes, ...]
    pictures: tuple[PictureTag, ...] = ()
    credits: tuple[CreditPlace, ...] = ()

    def encoded(self) -> bytes:
        """As it is kept, and known by the digest of; in MessagePack, which leaves bytes as they are."""
        return _ENCODE(self)


class Article(Value, frozen=True):
    """One Markdown source, parsed and valid. The body itself travels apart; here is its digest.

    `source` is the file's path from the site's folder, `path` the output's under `build/`. `source_name` is where it
    was first published. Pictures and links are still as the author wrote them: what they resolve to depends on the
    whole site. `references` are those between the body's pieces, `anchors` the places in it that a link can name.
    """

    source: str
    path: str
    url: str
    title: str
    date: datetime
    category: str
    updated: datetime | None = None
    authors: tuple[Term, ...] = ()
    tags: tuple[Term, ...] = ()
    summary: str = ""
    excerpt: str = ""
    image: Image | None = None
    featured: bool = False
    draft: bool = False
    expires: datetime | None = None
    aliases: tuple[str, ...] = ()
    source_name: str = ""
    corrections: tuple[Correction, ...] = ()
    noindex: bool = False
    feed_id: str = ""
    headings: tuple[Heading, ...] = ()
    anchors: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    picture: Reference | None = None
    attachments: tuple[Reference, ...] = ()
    body: str = ""

    @property
    def month(self) -> str:
        """In which it was published: `2024-05`."""
        return f"{self.date.year}-{self.date.month:02}"

    @property
    def is_revised(self) -> bool:
        """Whether its author says that it was changed since."""
        return bool(self.updated or self.corrections)


class Parsed(Value, frozen=True):
    """What came of one source: an article with its body, or only problems (there may be warnings beside)."""

    source: str
    article: Article | None = None
    body: Body | None = None
    problems: tuple[Problem, ...] = ()


class Absence(StrEnum):
    """Why an article is not in the site."""

    DRAFT = "draft"
    FUTURE = "future"
    EXPIRED = "expired"


class LeftOut(Value, frozen=True, array_like=False):
    """An article that is not in the site, why, and since or until when. As people's programs are told it."""

    source: str
    title: str
    reason: Absence
    instant: datetime


class Counter(Value, frozen=True):
    """One line of the visitor stats: `name` is online, today, week, month or total."""

    name: str
    value: int


class Stats(Value, frozen=True):
    """The visitor stats as far as they are known, and the instant that they are of."""

    counters: tuple[Counter, ...] = ()
    as_of: datetime | None = None


class Group(Value, frozen=True):
    """A tag or an author with its articles, newest first."""

    term: Term
    articles: tuple[Article, ...]


class Site(Value, frozen=True):
    """All articles that are public at `as_of`, newest first; those of the same instant by url.

    It is the same at every instant from `since` on and before `next_due`. `unpublished` are those articles, by source,
    that are shown although they are not public, as drafts are where they are asked for; `news` those that search
    engines take for news; `given_ids` the ids of those that have another than their address.
    """

    articles: tuple[Article, ...] = ()
    categories: dict[str, tuple[Article, ...]] = msgspec.field(default_factory=dict)
    months: dict[str, tuple[Article, ...]] = msgspec.field(default_factory=dict)
    news: tuple[Article, ...] = ()
    tags: tuple[Group, ...] = ()
    authors: tuple[Group, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    given_ids: frozenset[str] = frozenset()
    unpublished: dict[str, Absence] = msgspec.field(default_factory=dict)
    since: datetime | None = None
    next_due: datetime | None = None
    problems: tuple[Problem, ...] = ()


# --- what is made of it ---------------------------------------------------------------------------


class Page(Value, frozen=True):
    """One output that a template makes.

    `data` is all that the template is given, `bodies` are the digests of the bodies that it shows. For people:
    `kind` ("article", "list" …), and `source`, the file that it comes from if it is one file.
    """

    path: str
    kind: str
    template: str
    data: Data
    bodies: tuple[str, ...] = ()
    source: str = ""


class PageToCome(Value, frozen=True):
    """A page that is known by its place, and planned by the process that renders it: there are thousands.

    Who is sent one gets the page.
    """

    path: str
    kind: str
    source: str
    plan: Callable[[], Page]

    def __reduce__(self) -> tuple[Callable[[Page], Page], tuple[Page]]:
        return in_full, (self.plan(),)


def in_full(page: Page | PageToCome) -> Page:
    """The page itself."""
    return page.plan() if isinstance(page, PageToCome) else page


class Fragment(Value, frozen=True):
    """A part that stands on many pages and changes often; rendered once a build.

    `path` and `url` are those of its own file, for the modes in which readers' programs fetch it.
    """

    name: str
    template: str
    data: SidebarData
    path: str
    url: str


class Copy(Value, frozen=True):
    """One output that is a file copied as it is.

    `origin` is the file's path on this machine, `source` its path in the site as messages name it, `digest` that
    of its bytes.
    """

    path: str
    origin: str
    source: str
    size: int
    digest: str


class Derived(Value, frozen=True):
    """One output that is made of a picture or of a headline. `key` is the digest of all that it is made from."""

    path: str
    key: str
    source: str


class Plan(Value, frozen=True):
    """Everything that a build makes. Every path in it is claimed exactly once."""

    pages: tuple[Page | PageToCome, ...]
    fragments: tuple[Fragment, ...]
    copies: tuple[Copy, ...]
    derived: tuple[Derived, ...] = ()


class Rendered(Value, frozen=True):
    """A page as UTF-8 in pieces: between piece k and piece k + 1 goes what fills the hole `holes[k]`."""

    path: str
    pieces: tuple[bytes, ...]
    holes: tuple[str, ...] = ()


# --- what templates see ---------------------------------------------------------------------------


class Category(Value, frozen=True):
    """A declared category as menus show it."""

    slug: str
    title: str
    url: str
    description: str = ""


class SiteView(Value, frozen=True):
    """What every template knows of the site: nothing here changes unless the configuration does."""

    title: str
    tagline: str
    language: str
    base_url: str
    url: str
    categories: tuple[Category, ...]
    menu: tuple[Link, ...]
    footer_menu: tuple[Link, ...]
    mark: str
    login_url: str
    publisher: str
    licence: str
    contact: str
    feeds: tuple[Feed, ...]
    tags_url: str
    authors_url: str
    archive_url: str
    timezone: str = ""
    fragments: str = "inline"


class PageData(Value, frozen=True, tag=True):
    """What every page has. `section` is the slug of the category that it belongs to, or empty."""

    url: str
    title: str
    description: str = ""
    section: str = ""
    noindex: bool = False
    breadcrumbs: tuple[Link, ...] = ()


class Author(Value, frozen=True):
    """A byline: `url` leads to the author's list."""

    name: str
    url: str
    role: str = ""


class ArticleData(PageData, frozen=True, kw_only=True):
    """An article page.

    `summary` is the sapo that was written (`description` falls back on the body's beginning); `urls` are
    what the body's references resolve to, in order, and `pictures` those of them of which more is known than the url.
    `preview` is the picture that other sites show of it. `updated` is what the author says, `modified` the newest of
    that and of the corrections. `absence` is why it is not public (draft, future), if it is not.
    """

    summary: str = ""
    date: datetime
    category: Link
    updated: datetime | None = None
    modified: datetime | None = None
    authors: tuple[Author, ...] = ()
    tags: tuple[Link, ...] = ()
    image: Image | None = None
    source_name: str = ""
    corrections: tuple[Correction, ...] = ()
    absence: str = ""
    headings: tuple[Heading, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    newer: Link | None = None
    older: Link | None = None
    more: tuple[Headline, ...] = ()
    related: tuple[Headline, ...] = ()
    urls: tuple[str, ...] = ()
    pictures: tuple[Image, ...] = ()
    preview: Image | None = None
    body: str = ""


class Block(Value, frozen=True):
    """A category's place on the front page."""

    category: Link
    cards: tuple[Card, ...]


class HomeData(PageData, frozen=True, kw_only=True):
    """The front page; no article stands on it twice."""

    lead: Card | None = None
    featured: tuple[Card, ...] = ()
    latest: tuple[Card, ...] = ()
    blocks: tuple[Block, ...] = ()


class ListData(PageData, frozen=True, kw_only=True):
    """One page of a list, newest first. `number` counts from the oldest page; None on the front page."""

    kind: str
    cards: tuple[Card, ...] = ()
    number: int | None = None
    newer: str | None = None
    older: str | None = None
    role: str = ""
    feeds: tuple[Feed, ...] = ()


class IndexEntry(Value, frozen=True):
    """One line of an index; `count` where it is shown."""

    title: str
    url: str
    count: int | None = None
    note: str = ""


class IndexData(PageData, frozen=True, kw_only=True):
    """An index of tags, of authors or of months (`kind`)."""

    kind: str
    entries: tuple[IndexEntry, ...] = ()


class Feed(Value, frozen=True):
    """A feed as pages announce it; `type` is its media type."""

    title: str
    url: str
    type: str


class FeedEntry(Value, frozen=True):
    """An article in a feed. `urls` are absolute; `id` stays the same when the url changes."""

    id: str
    url: str
    title: str
    date: datetime
    updated: datetime
    category: str
    summary: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    image: str = ""
    urls: tuple[str, ...] = ()
    pictures: tuple[Image, ...] = ()
    body: str = ""


class FeedData(PageData, frozen=True, kw_only=True):
    """A feed; `home` is the page that it follows, `updated` the newest change in it, if any; `id` never changes."""

    id: str
    home: str
    updated: datetime
    entries: tuple[FeedEntry, ...] = ()


class SitemapEntry(Value, frozen=True):
    """An absolute url and when what it shows last changed, if that is known."""

    url: str
    modified: datetime | None = None


class SitemapData(PageData, frozen=True, kw_only=True):
    """A sitemap, or the index of all sitemaps."""

    entries: tuple[SitemapEntry, ...] = ()


class NewsData(PageData, frozen=True, kw_only=True):
    """The sitemap of the last days' news."""

    entries: tuple[Headline, ...] = ()


class RedirectData(PageData, frozen=True, kw_only=True):
    """A page at a former address that leads to `target`."""

    target: str


class StatsData(PageData, frozen=True, kw_only=True):
    """The file that a page's script may ask for fresh numbers."""

    stats: Stats


class SidebarData(Value, frozen=True):
    """What the sidebar fragment is given."""

    stats: Stats
    latest: tuple[Headline, ...] = ()


Data = (
    PageData
    | ArticleData
    | HomeData
    | ListData
    | IndexData
    | FeedData
    | SitemapData
    | NewsData
    | RedirectData
    | StatsData
)
