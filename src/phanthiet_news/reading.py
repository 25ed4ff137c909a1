"""What worker processes do first: read and parse chunks of sources. Knows the files; must not know pages.

Everything here is called with plain values and returns plain values, so that it can run anywhere. What parses is
imported when there is something to parse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from phanthiet_news import digest, load, routes, state
from phanthiet_news.config import Config
from phanthiet_news.load import File
from phanthiet_news.locale import Locale
from phanthiet_news.model import Parsed
from phanthiet_news.problem import Failure
from phanthiet_news.state import Input, packed_body

if TYPE_CHECKING:
    from phanthiet_news.markup import Options


class Source(msgspec.Struct, frozen=True):
    """A source to parse, unless its digest is `known`."""

    name: str
    file: File
    known: str = ""


class Read(msgspec.Struct, frozen=True):
    """What came of a source, as the state keeps it and as it travels; `parsed` is empty where its bytes are known."""

    name: str
    input: Input | None
    parsed: bytes = b""
    body: tuple[str, bytes] | None = None


def markup_options(config: Config, locale: Locale) -> Options:
    """How this site's bodies are read."""
    from phanthiet_news import markup

    settings = config.markdown
    return markup.Options(
        labels=markup.Labels(
            video_play=locale.word("video.play", host="{}"),
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
    opened = [_opened(source) for source in sources]
    unknown = {each.read.name: each.data for each in opened if each.data is not None}
    parsed = {each.source: each for each in _parse(config, unknown)} if unknown else {}
    return [_with(each.read, parsed[each.read.name]) if each.read.name in parsed else each.read for each in opened]


class _Opened(NamedTuple):
    """A source that was read; its bytes, unless they are known or can't be had."""

    read: Read
    data: bytes | None = None


def _opened(source: Source) -> _Opened:
    try:
        data, stamp = load.read_stamped(source.file.origin, source.name)
    except Failure as failure:
        refused = Parsed(source=source.name, problems=tuple(failure.problems))
        return _Opened(Read(source.name, None, state.encoded_parsed(refused)))
    found = Input(stamp, digest.of_bytes(data))
    return _Opened(Read(source.name, found), None if found.digest == source.known else data)


def _parse(config: Config, files: Mapping[str, bytes]) -> list[Parsed]:
    from phanthiet_news import parse

    locale = Locale(config.language)
    return parse.Parser(config, markup_options(config, locale), routes.of(config, locale)).parse(files.items())


def _with(read: Read, parsed: Parsed) -> Read:
    body = (parsed.article.body, packed_body(parsed.body)) if parsed.article and parsed.body else None
    return Read(read.name, read.input, state.encoded_parsed(msgspec.structs.replace(parsed, body=None)), body)
