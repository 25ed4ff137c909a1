"""What worker processes do: parse chunks of sources, make chunks of pages.

Everything here is called with plain values and returns plain values, so that it can run anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from phanthiet_news import digest, load, markup, parse, publish, render, state
from phanthiet_news.config import Config
from phanthiet_news.folder import Folder, Stage
from phanthiet_news.load import File
from phanthiet_news.locale import Locale
from phanthiet_news.model import Body, Page, Parsed
from phanthiet_news.problem import Failure
from phanthiet_news.publish import NO_STAMP
from phanthiet_news.routes import Routes
from phanthiet_news.stale import Fills
from phanthiet_news.state import Input, Output, packed_body


class Source(msgspec.Struct, frozen=True):
    """A source to parse, unless its digest is `known`."""

    name: str
    file: File
    known: str = ""


class Read(msgspec.Struct, frozen=True):
    """What came of a source; `parsed` is None when its bytes are those already known. `body` as the state keeps it."""

    name: str
    input: Input | None
    parsed: Parsed | None = None
    body: tuple[str, bytes] | None = None


class Workshop(msgspec.Struct, frozen=True):
    """All that making pages needs besides the pages.

    The context; by template, the digest of what else its pages are made from; what goes into holes; the state's file,
    in which the bodies are; the output folder, and where new files wait for it.
    """

    context: render.Context
    frames: dict[str, str]
    fills: Fills
    state: Path
    out: Path
    stage: Stage

    def fingerprint(self, page: EncodedPage) -> str:
        """Digest of all that a page is made from."""
        return render.fingerprint(self.frames[page.template], page.mark)

    def is_filled(self, output: Output) -> bool:
        """Whether in an output's holes stands what belongs there."""
        return output.fill == self.fills.digest(tuple(hole.name for hole in output.holes))


class EncodedPage(msgspec.Struct, frozen=True):
    """A page as the state keeps it and as it is sent to who renders it, and its mark.

    `subject` is what people know it by: the article's source, or else the page's path.
    """

    path: str
    template: str
    subject: str
    bodies: tuple[str, ...]
    data: bytes
    mark: str


def encoded(page: Page) -> EncodedPage:
    """Encode a page."""
    data = state.encoded_page(page)
    return EncodedPage(page.path, page.template, page.source or page.path, page.bodies, data, render.mark(data))


class Task(msgspec.Struct, frozen=True):
    """A page to make.

    `standing` is the digest of what is in its place already, and may stay there. `before` is the mark of the page as it
    was when it was last made, empty where that is not known.
    """

    page: EncodedPage
    standing: str | None = None
    before: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether the page itself is not what it was."""
        return self.before not in ("", self.page.mark)


class Made(msgspec.Struct, frozen=True):
    """A finished output: its record but for the stamp, where its bytes wait (None: they stand in their place).

    Of a page that was rendered: which fields of its data are not what they were.
    """

    path: str
    record: Output
    staged: str | None
    changed: tuple[str, ...] = ()


def routes(config: Config, locale: Locale) -> Routes:
    """The places of a site in its language."""
    return Routes(
        config, {word: locale.word(f"url.{word}") for word in ("tag", "author", "archive", "page", "pictures")}
    )


def markup_options(config: Config, locale: Locale) -> markup.Options:
    """How this site's bodies are read."""
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
    locale = Locale(config.language)
    parser = parse.Parser(config, markup_options(config, locale), routes(config, locale))
    return [_parse(parser, source) for source in sources]


def _parse(parser: parse.Parser, source: Source) -> Read:
    try:
        data, stamp = load.read_stamped(source.file.origin, source.name)
    except Failure as failure:
        return Read(source.name, None, Parsed(source=source.name, problems=tuple(failure.problems)))
    found = Input(stamp, digest.of_bytes(data))
    if found.digest == source.known:
        return Read(source.name, found)
    parsed = parser.parse(source.name, data)
    body = packed_body(parsed.body) if parsed.body else None
    return Read(source.name, found, msgspec.structs.replace(parsed, body=None), body)


def make_chunk(shop: Workshop, tasks: Sequence[Task]) -> list[Made | Failure | None]:
    """Render pages, fill their holes, stage them. None where a body that a page shows is no longer there."""
    renderer = render.renderer(shop.context)
    bodies = state.bodies(shop.state, {key for task in tasks for key in task.page.bodies})
    before = state.pages(shop.state, [task.page.path for task in tasks if task.is_changed])
    return [
        _make(shop, renderer, task, bodies, before.get(task.page.path))
        if bodies.keys() >= set(task.page.bodies)
        else None
        for task in tasks
    ]


def _make(
    shop: Workshop, renderer: render.Renderer, task: Task, bodies: Mapping[str, Body], before: Page | None
) -> Made | Failure:
    page = state.decoded_page(task.page.data)
    try:
        text = renderer.page(page, bodies)
        data, holes = publish.fill(page.path, text.pieces, text.holes, shop.fills.by_name)
        record = Output(
            fingerprint=shop.fingerprint(task.page),
            stamp=NO_STAMP,
            digest=digest.of_bytes(data),
            fill=shop.fills.digest(text.holes),
            holes=holes,
            kind=page.kind,
            source=page.source,
            template=page.template,
            bodies=page.bodies,
        )
        staged = None if record.digest == task.standing else shop.stage.put(page.path, data)
        return Made(page.path, record, staged, _changed(before, page) if before else ())
    except Failure as failure:
        return failure


def _changed(before: Page, after: Page) -> tuple[str, ...]:
    """The fields that differ, by name."""
    old, new = before.data, after.data
    names = sorted({*old.__struct_fields__, *new.__struct_fields__})
    return tuple(f"page.{name}" for name in names if getattr(old, name, None) != getattr(new, name, None))


def refill_chunk(shop: Workshop, outputs: Sequence[tuple[str, Output]]) -> list[Made | None]:
    """Fill the holes of outputs again, from the bytes that stand there; None where those are not what they were."""
    folder = Folder(shop.out)
    return [_refill(shop, folder, *output) for output in outputs]


def _refill(shop: Workshop, folder: Folder, path: str, last: Output) -> Made | None:
    data = folder.read(path)
    if data is None or digest.of_bytes(data) != last.digest:
        return None
    names = tuple(hole.name for hole in last.holes)
    data, holes = publish.fill(path, publish.cut(data, last.holes), names, shop.fills.by_name)
    record = msgspec.structs.replace(
        last, stamp=NO_STAMP, digest=digest.of_bytes(data), fill=shop.fills.digest(names), holes=holes
    )
    return Made(path, record, shop.stage.put(path, data))
