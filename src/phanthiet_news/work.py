"""What worker processes do: parse chunks of sources, render chunks of pages.

Everything here is called with plain values and returns plain values, so that it can run anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from phanthiet_news import digest, load, markup, parse, render
from phanthiet_news.config import Config, Footer, Menus, StatsConfig
from phanthiet_news.load import File
from phanthiet_news.locale import Locale
from phanthiet_news.model import Body, Page, Parsed, Rendered
from phanthiet_news.problem import Failure
from phanthiet_news.routes import Routes
from phanthiet_news.state import Input


class Source(msgspec.Struct, frozen=True):
    """A source to parse, unless its digest is `known`."""

    name: str
    file: File
    known: str = ""


class Read(msgspec.Struct, frozen=True):
    """What came of a source; `parsed` is None when its bytes are those already known."""

    name: str
    input: Input | None
    parsed: Parsed | None


class Rendering(msgspec.Struct, frozen=True):
    """All that rendering needs besides a page: the context, the closures of its templates, the salt."""

    context: render.Context
    closures: dict[str, dict[str, str]]
    salt: str


class RenderedPage(msgspec.Struct, frozen=True):
    """A rendered page, and the parts that it was made from."""

    text: Rendered
    parts: dict[str, str]


def parse_view(config: Config) -> Config:
    """The configuration as parsing sees it: what it must not depend on is blank."""
    return msgspec.structs.replace(
        config,
        title="-",
        tagline="",
        per_page=1,
        menus=Menus(),
        login_url="",
        footer=Footer(),
        stats=StatsConfig(),
        fragments="inline",
    )


def routes(config: Config, locale: Locale) -> Routes:
    """The places of a site in its language."""
    return Routes(config, {word: locale.word(f"url.{word}") for word in ("tag", "author", "archive", "page")})


def markup_options(config: Config, locale: Locale) -> markup.Options:
    """How this site's bodies are read."""
    settings = config.markdown
    return markup.Options(
        labels=markup.Labels(
            video_play=locale.word("video.play", host="{}"),
            video_open=locale.word("video.open", host="{}"),
            footnote_back=locale.word("footnote.back"),
            table=locale.word("table.label"),
            credit_prefix=locale.word("credit.prefix"),
        ),
        smart_quotes=settings.smart_quotes,
        trust_html=settings.trust_html,
        video_hosts=settings.video_hosts,
        extensions=settings.extensions,
    )


def parse_chunk(config: Config, sources: Sequence[Source]) -> list[Read]:
    """Read and parse. `config` as `parse_view` makes it."""
    locale = Locale(config.language)
    parser = parse.Parser(config, markup_options(config, locale), routes(config, locale))
    return [_parse(parser, source) for source in sources]


def _parse(parser: parse.Parser, source: Source) -> Read:
    try:
        data, stamp = load.read_stamped(source.file.origin, source.name)
    except Failure as failure:
        return Read(source.name, None, Parsed(source=source.name, problems=tuple(failure.problems)))
    found = Input(stamp, digest.of_bytes(data))
    return Read(source.name, found, None if found.digest == source.known else parser.parse(source.name, data))


def render_chunk(rendering: Rendering, work: Sequence[tuple[Page, Mapping[str, Body]]]) -> list[RenderedPage | Failure]:
    """Render pages with the bodies that they show."""
    return [_render(rendering, page, bodies) for page, bodies in work]


def _render(rendering: Rendering, page: Page, bodies: Mapping[str, Body]) -> RenderedPage | Failure:
    try:
        text = render.renderer(rendering.context).page(page, bodies)
    except Failure as failure:
        return failure
    return RenderedPage(text, render.parts(page, rendering.closures[page.template], rendering.salt))
