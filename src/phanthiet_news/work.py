"""What worker processes do with a plan: make chunks of pages. Knows the stages that a page goes through, not its site.

Everything here is called with plain values and returns plain values, so that it can run anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from phanthiet_news import digest, publish, render, state
from phanthiet_news.folder import Folder, Stage
from phanthiet_news.model import Page, PageToCome, Rendered, in_full
from phanthiet_news.problem import Failure, Problem
from phanthiet_news.publish import NO_STAMP
from phanthiet_news.stale import Fills, Verdict, verdict
from phanthiet_news.stamp import Look
from phanthiet_news.state import Filling, Output, Pack

T = TypeVar("T")
R = TypeVar("R")


class Workshop(msgspec.Struct, frozen=True):
    """All that making pages needs besides the pages.

    The context; the templates whose pages are `reframed`, so that all have to be made again, and those among them whose
    pages keep their `cores`; what goes into holes; the state's file, in which the bodies are; the output folder, when
    it was looked at, and where new files wait for it.
    """

    context: render.Context
    reframed: frozenset[str]
    cores: frozenset[str]
    fills: Fills
    state: Path
    out: Path
    look: Look
    stage: Stage


class Task(msgspec.Struct, frozen=True):
    """A page that shall stand in its place: the page, and the manifest's line of it.

    A page that is None is that of the last build, as it was kept; what that was is told where it is at hand: `before`.
    `standing` is the digest of what is in its place already, and may stay there.
    """

    path: str
    source: str
    page: Page | PageToCome | None
    last: Output | None = None
    standing: str | None = None
    before: Page | None = None

    @property
    def subject(self) -> str:
        """What people know it by: the article's source, or else the page's path."""
        return self.source or self.path

    @property
    def is_intact(self) -> bool:
        """Whether the file still has the bytes that the manifest names."""
        return self.last is not None and self.standing is not None


class Made(msgspec.Struct, frozen=True):
    """A finished output: its record but for the stamp, where its bytes wait (None: they stand in their place).

    What went into its holes. Of a page that was rendered: which fields of its data are not what they were.
    """

    path: str
    record: Output
    staged: str | None
    filling: Filling = ()
    changed: tuple[str, ...] = ()


class Batch(msgspec.Struct):
    """What became of a chunk of `count` pages, by path where nothing was made.

    `kept` stand as they should; of those in `bodiless` one of these bodies is not there; those in `lost` were not kept
    after all. `pack` are the pages that are not what they were, as the state keeps them.
    """

    count: int
    kept: list[str] = []
    filled: list[Made] = []
    rendered: list[Made] = []
    bodiless: dict[str, tuple[str, ...]] = {}
    lost: list[str] = []
    problems: list[Problem] = []
    pack: Pack | None = None


class _Marked(msgspec.Struct, frozen=True):
    """A page, encoded, and its mark."""

    task: Task
    page: Page
    encoded: bytes
    mark: str

    @property
    def is_changed(self) -> bool:
        """Whether the page itself is not what it was."""
        return self.task.last is None or self.task.last.fingerprint != self.mark


def page_chunk(shop: Workshop, tasks: Sequence[Task]) -> list[Batch]:
    """Keep the pages that stand, fill again those that only have other fillings, make the rest; one batch of all."""
    decided: dict[Verdict, list[_Marked]] = {each: [] for each in Verdict}
    marked = [*_planned(tasks), *_as_kept(shop, [task for task in tasks if task.page is None])]
    for each in marked:
        decided[_verdict(shop, each)].append(each)
    fillable = [(each.task.path, each.task.last) for each in decided[Verdict.FILL] if each.task.last]
    filled = refill_chunk(shop, fillable) if fillable else []
    done = {made.path for made in filled}
    spoilt = [each for each in decided[Verdict.FILL] if each.task.path not in done]
    batch = Batch(len(tasks), kept=[each.task.path for each in decided[Verdict.KEEP]], filled=filled)
    if len(marked) < len(tasks):
        found = {each.task.path for each in marked}
        batch.lost = [task.path for task in tasks if task.path not in found]
    if wanted := [*decided[Verdict.MAKE], *spoilt]:
        _make_all(shop, wanted, batch)
    return [batch]


def _planned(tasks: Iterable[Task]) -> list[_Marked]:
    pages = [(task, in_full(task.page)) for task in tasks if task.page]
    encoded = [(task, page, state.encoded_page(page)) for task, page in pages]
    return [_Marked(task, page, data, render.mark(data)) for task, page, data in encoded]


def _as_kept(shop: Workshop, tasks: Sequence[Task]) -> Iterator[_Marked]:
    """Those that were kept, and not damaged since."""
    kept = state.encoded_pages(shop.state, [task.path for task in tasks]) if tasks else {}
    for task in tasks:
        data = kept.get(task.path)
        if data is not None and task.last and render.mark(data) == task.last.fingerprint:
            yield _Marked(task, state.decoded_page(data), data, task.last.fingerprint)


def _verdict(shop: Workshop, marked: _Marked) -> Verdict:
    task = marked.task
    stands = task.is_intact and marked.page.template not in shop.reframed
    return verdict(marked.mark, task.last, shop.fills, stands=stands)


def _make_all(shop: Workshop, wanted: Sequence[_Marked], batch: Batch) -> None:
    """Render, fill, put on the stage: each with all pages, which takes less time than all with each page."""
    rendered = list(_around_cores(shop, wanted))
    done = {each.task.path for each, _ in rendered}
    others = [each for each in wanted if each.task.path not in done] if done else wanted
    bodies = state.bodies(shop.state, {key for each in others for key in each.page.bodies})
    before = _before(shop, [each.task for each in others if each.task.last and each.is_changed])
    batch.bodiless = {each.task.path: each.page.bodies for each in others if not bodies.keys() >= set(each.page.bodies)}
    whole = [each for each in others if each.task.path not in batch.bodiless]
    render_page = render.renderer(shop.context).page
    rendered += _tried(lambda each: (each, render_page(each.page, bodies)), whole, batch)
    filled = _tried(lambda pair: _filled(shop, *pair), rendered, batch)
    for each in filled:
        page, standing = each.wanted.page, each.wanted.task.standing
        staged = None if each.record.digest == standing else shop.stage.put(page.path, each.data)
        last = before.get(page.path)
        changed = _changed(last, page) if last else ()
        batch.rendered.append(Made(page.path, each.record, staged, each.filling, changed))
    new = {each.task.path: each.encoded for each in wanted if each.is_changed}
    batch.pack = state.pack_of(new) if new else None


def _before(shop: Workshop, tasks: Sequence[Task]) -> dict[str, Page]:
    """What pages were."""
    at_hand = {task.path: task.before for task in tasks if task.before}
    return at_hand | state.pages(shop.state, [task.path for task in tasks if task.path not in at_hand])


def _around_cores(shop: Workshop, wanted: Sequence[_Marked]) -> Iterator[tuple[_Marked, Rendered]]:
    """Those pages that only have another frame, and whose core can be cut out of the file that stands."""
    render_around, folder = render.renderer(shop.context).page_around, Folder(shop.out)
    for each in wanted:
        last = each.task.last
        if last and each.page.template in shop.cores and each.task.is_intact and not each.is_changed:
            core = _as_it_stands(shop, folder, each.task.path, last)
            with suppress(Failure):  # whole pages tell what is wrong
                page = render_around(core, each.page) if core else None
                if page:
                    yield each, page


def _as_it_stands(shop: Workshop, folder: Folder, path: str, last: Output) -> Rendered | None:
    """An output cut at its holes, if its bytes are what they were."""
    filling = shop.fills.last(last)
    data = folder.read_if(path, last.digest, last.stamp, shop.look)
    if filling is None or data is None:
        return None
    pieces = publish.cut(data, filling, last.starts)
    return Rendered(path=path, pieces=tuple(pieces), holes=tuple([name for name, _ in filling]))


def _tried(work: Callable[[T], R], items: Iterable[T], batch: Batch) -> list[R]:
    """What came of each; the problems of those that failed are in the batch."""
    found = []
    for item in items:
        try:
            found.append(work(item))
        except Failure as failure:
            batch.problems.extend(failure.problems)
    return found


class _Filled(NamedTuple):
    """A page that is done, its record but for the stamp, and what went into its holes."""

    wanted: _Marked
    data: bytes
    record: Output
    filling: Filling


def _filled(shop: Workshop, wanted: _Marked, text: Rendered) -> _Filled:
    page = wanted.page
    data, starts = publish.fill(page.path, text.pieces, text.holes, shop.fills.by_name)
    record = Output(
        fingerprint=wanted.mark,
        stamp=NO_STAMP,
        digest=digest.of_bytes(data),
        fill=shop.fills.digest(text.holes),
        encoded_starts=state.encoded_starts(starts),
        kind=page.kind,
        source=page.source,
        template=page.template,
        bodies=page.bodies,
    )
    return _Filled(wanted, data, record, shop.fills.filling(text.holes))


def _changed(before: Page, after: Page) -> tuple[str, ...]:
    """The fields that differ, by name."""
    old, new = before.data, after.data
    names = sorted({*old.__struct_fields__, *new.__struct_fields__})
    return tuple(f"page.{name}" for name in names if getattr(old, name, None) != getattr(new, name, None))


def refill_chunk(shop: Workshop, outputs: Sequence[tuple[str, Output]]) -> list[Made]:
    """Fill the holes of outputs again, from the bytes that stand there, as far as those are what they were."""
    folder = Folder(shop.out)
    read = [(last, _as_it_stands(shop, folder, path, last)) for path, last in outputs]
    filled = [(standing, *_refilled(shop, last, standing)) for last, standing in read if standing]
    return [
        Made(each.path, record, shop.stage.put(each.path, data), shop.fills.filling(each.holes))
        for each, record, data in filled
    ]


def _refilled(shop: Workshop, last: Output, standing: Rendered) -> tuple[Output, bytes]:
    data, starts = publish.fill(standing.path, standing.pieces, standing.holes, shop.fills.by_name)
    record = msgspec.structs.replace(
        last,
        stamp=NO_STAMP,
        digest=digest.of_bytes(data),
        fill=shop.fills.digest(standing.holes),
        encoded_starts=state.encoded_starts(starts),
    )
    return record, data
