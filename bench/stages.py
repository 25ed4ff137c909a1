"""`python -m bench.stages`: what each stage costs an article, in one process, to find out what to work on next.

Knows the rooms of ptnews from inside, as tests do; must not know Hugo. Figures are milliseconds, the least of three
rounds.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bench.sites import PtnewsSite
from phanthiet_news import digest, frontmatter, index, load, markup, parse, publish, reading, render, sources, state
from phanthiet_news import routes as routes_of
from phanthiet_news.config import parse_view
from phanthiet_news.folder import Stage
from phanthiet_news.locale import Locale
from phanthiet_news.model import Page, Parsed, in_full
from phanthiet_news.pictures import ICONS
from phanthiet_news.plan import Inventory, plan
from phanthiet_news.plan.pictures import Gallery
from phanthiet_news.plan.view import site_view
from phanthiet_news.source import decode

T = TypeVar("T")
ROUNDS = 3


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.stages", description=__doc__)
    parser.add_argument("--articles", type=int, default=500, metavar="N", help="how many (default: 500)")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ptnews-stages-") as folder:
        for stage, milliseconds in measured(Path(folder), wanted.articles):
            print(f"{stage:<32}{milliseconds:8.3f}", flush=True)


def measured(folder: Path, count: int) -> Iterator[tuple[str, float]]:
    """Each stage, and what it costs an article (a page, where it says so)."""
    PtnewsSite(folder, count).write()
    watch = _Watch(count)
    gc.disable()
    try:
        parsed = _parsing(folder, watch)
        _making(folder, parsed, watch)
    finally:
        gc.enable()
    yield from watch.told


class _Watch:
    """Times pieces of work, each `ROUNDS` times."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.told: list[tuple[str, float]] = []

    def time(self, stage: str, work: Callable[[], T], count: int | None = None) -> T:
        """What the work gives."""
        took = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            result = work()
            took.append(time.perf_counter() - started)
        self.told.append((stage, min(took) / (count or self._count) * 1000))
        return result


def _parsing(folder: Path, watch: _Watch) -> list[Parsed]:
    config = parse_view(sources.read_config(folder))
    locale = Locale(config.language)
    options, routes = reading.markup_options(config, locale), routes_of.of(config, locale)
    files = list(sources.scan(folder, config, {}, 0).articles.items())
    data = watch.time("read", lambda: [load.read(file.origin, name) for name, file in files])
    texts = watch.time("decode", lambda: [decode(each, "-") for each in data])
    matters = watch.time("front matter", lambda: [frontmatter.read(each, "-", config.zone)[0] for each in texts])
    bodies = [matter.body for matter in matters if matter]
    stock = markup.ungated(options)
    watch.time("(Markdown without gates)", lambda: [stock.reset().convert(each) for each in bodies])
    watch.time("Markdown, cleaned and cut", lambda: [markup.convert(each, options) for each in bodies])
    parser = parse.Parser(config, options, routes)
    named = list(zip((name for name, _ in files), data, strict=True))
    parsed = watch.time("parse, all told", lambda: parser.parse(named))
    watch.time("pack the body", lambda: [state.packed_body(each.body) for each in parsed if each.body])
    return parsed


def _making(folder: Path, parsed: list[Parsed], watch: _Watch) -> None:
    config = sources.read_config(folder)
    locale = Locale(config.language, config.stats.grouping)
    routes, found = routes_of.of(config, locale), sources.scan(folder, config, {}, 0)
    articles = [each.article for each in parsed if each.article]
    site = watch.time("index", lambda: index.site(articles, datetime(2030, 1, 1, tzinfo=UTC)))
    inventory = Inventory(content=found.content, static=found.static)
    gallery = Gallery(config, routes, {}, {}, {})
    planned, _ = watch.time("plan", lambda: plan(config, locale, routes, site, found.stats, inventory, gallery))
    analysis = render.analysed(found.templates, {})
    view = site_view(config, locale, routes, "favicon.svg")
    context = render.context(found.templates, analysis, view, config.origin)
    bodies = {each.article.body: each.body for each in parsed if each.article and each.body}
    renderer = render.renderer(context)
    fills = {"fragment:sidebar": b"-" * 4000} | {f"asset:{name}": b"/-" for name in found.static}
    fills |= {f"asset:icons/{icon.name}": b"/-" for icon in ICONS} | render.bounds(analysis.cores)
    stage = Stage(str(folder / "stage"))

    watch.time("plan, in full", lambda: list(map(in_full, planned.pages)))

    def rendered(kind: str) -> list[Page]:
        pages = [in_full(page) for page in planned.pages if page.kind == kind]
        watch.time(f"render {kind}, a page", lambda: [renderer.page(each, bodies) for each in pages], len(pages))
        return pages

    rendered("list")
    pages = rendered("article")
    watch.time("mark, a page", lambda: [render.mark(state.encoded_page(each)) for each in pages], len(pages))
    made = [renderer.page(each, bodies) for each in pages]
    filled = watch.time(
        "fill, a page",
        lambda: [publish.fill(each.path, each.pieces, each.holes, fills)[0] for each in made],
        len(pages),
    )
    watch.time("digest, a page", lambda: [digest.of_bytes(each) for each in filled], len(pages))
    watch.time(
        "stage, a page",
        lambda: [stage.put(page.path, data) for page, data in zip(pages, filled, strict=True)],
        len(pages),
    )


if __name__ == "__main__":
    main()
