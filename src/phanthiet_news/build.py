"""The pipeline: the only room that knows every stage, and no stage's insides.

(content, templates, static, config, stats, as_of)  →  { path: bytes }
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from phanthiet_news import config as configuration
from phanthiet_news import digest, index, load, markup, parse, publish, render, theme
from phanthiet_news.config import Config
from phanthiet_news.dates import BadDate, parse_instant
from phanthiet_news.load import File, Walk
from phanthiet_news.locale import Locale
from phanthiet_news.model import Body, Copy, LeftOut, Page, Parsed, Plan, Rendered, Stats
from phanthiet_news.model import Counter as Count
from phanthiet_news.parallel import Workers
from phanthiet_news.plan import Inventory, plan
from phanthiet_news.plan.view import site_view
from phanthiet_news.problem import EXIT_CONFIG, Failure, Problem, fatal, shown
from phanthiet_news.routes import Routes
from phanthiet_news.schema import Reader
from phanthiet_news.source import decode
from phanthiet_news.state import FOLDER, Manifest
from phanthiet_news.yamltext import BadYaml
from phanthiet_news.yamltext import parse as parse_yaml

CONTENT, TEMPLATES, STATIC, BUILD = "content", "templates", "static", "build"

T = TypeVar("T")

Progress = Callable[[str, int, int], None]


class Request(msgspec.Struct, frozen=True):
    """What a build is asked for. `root` is the site's folder; `out` defaults to `build/` in it."""

    root: Path
    out: Path | None = None
    as_of: str | None = None
    drafts: bool = False
    jobs: int | None = None
    strict: bool = False


class Report(msgspec.Struct, frozen=True):
    """What a build did. Paths are those under the output folder."""

    rendered: list[str]
    copied: list[str]
    unchanged: int
    removed: list[str]
    left_out: list[LeftOut]
    problems: list[Problem]
    next_due: datetime | None
    seconds: float
    kinds: dict[str, int]
    out: str


def build(request: Request, progress: Progress = lambda stage, done, total: None) -> Report:
    """Build a site. Raises Failure with every problem of the stage that could not go on."""
    started = time.perf_counter()
    return _Build(request, progress).run(started)


class _Build:
    """One build. `problems` grows from stage to stage; a fatal one ends it before anything is written."""

    def __init__(self, request: Request, progress: Progress) -> None:
        self._request, self._progress, self._root = request, progress, request.root
        self._out = request.out or request.root / BUILD
        self._problems: list[Problem] = []

    def run(self, started: float) -> Report:
        config = read_config(self._root)
        as_of = instant(self._request.as_of, config)
        self._refuse_output_folder()
        locale = Locale(config.language, config.stats.grouping)
        routes = Routes(config, {word: locale.word(f"url.{word}") for word in ("tag", "author", "archive", "page")})
        walk = Walk(self._root, follow_symlinks=config.follow_symlinks)
        content = list(walk.files(self._root / CONTENT))
        static = self._static(walk)
        context = self._context(walk, config, locale, routes, static)
        stats = self._stats(content, config)
        with Workers(self._request.jobs) as workers:
            parsed = self._parse(content, config, walk, workers)
            site = index.site((each.article for each in parsed if each.article), as_of, drafts=self._request.drafts)
            inventory = Inventory(content=_copies(content), static=static)
            planned, problems = plan(config, locale, routes, site, stats, inventory)
            self._stop_on_fatal([*site.problems, *problems])
            bodies = {each.article.body: each.body for each in parsed if each.article and each.body}
            rendered = self._render(planned, context, bodies, workers)
        published = self._publish(planned, rendered, self._fills(planned, context, static))
        written = set(published.written)
        return Report(
            rendered=[page.path for page in planned.pages],
            copied=[copy.path for copy in planned.copies if copy.path in written],
            unchanged=len(published.unchanged),
            removed=published.removed,
            left_out=list(site.left_out),
            problems=_illustrated(self._problems, self._root),
            next_due=site.next_due,
            seconds=time.perf_counter() - started,
            kinds=dict(Counter(page.kind for page in planned.pages)),
            out=str(self._out),
        )

    def _stop_on_fatal(self, problems: Iterable[Problem]) -> None:
        self._problems += problems
        if fatal(self._problems, strict=self._request.strict):
            raise Failure(_illustrated(self._problems, self._root))

    def _refuse_output_folder(self) -> None:
        sources = [self._root / name for name in (CONTENT, TEMPLATES, STATIC, FOLDER)]
        publish.refuse_folder(self._out, self._root, [*sources, *theme.folders()])

    # --- load

    def _static(self, walk: Walk) -> dict[str, Copy]:
        found: dict[str, Copy] = {}
        for folder in (theme.static(), self._root / STATIC):
            for file in walk.files(folder, public=True):
                found[file.name] = Copy(
                    path=file.name, origin=file.origin, source=f"{STATIC}/{file.name}", size=file.size
                )
        return found

    def _context(
        self, walk: Walk, config: Config, locale: Locale, routes: Routes, static: Mapping[str, Copy]
    ) -> render.Context:
        templates = load.templates(walk, [self._root / TEMPLATES, theme.templates()])
        self._stop_on_fatal(render.check(dict(templates), static.__contains__))
        view = site_view(config, locale, routes)
        return render.Context(templates, view, config.origin, config.stats.grouping)

    def _stats(self, content: Sequence[File], config: Config) -> Stats:
        file = next((file for file in content if file.name == configuration.STATS_FILE), None)
        if file is None:
            return Stats()
        shown = f"{CONTENT}/{file.name}"
        text = decode(load.read(file.origin, shown), shown)
        reader = Reader(shown, text.split("\n"), config.zone)
        try:
            found = reader.struct(parse_yaml(text, shown), configuration.StatsFile)
        except BadYaml as bad:
            raise Failure([bad.problem]) from None
        self._problems += reader.problems
        return _known(found) if found else Stats()

    # --- parse

    def _parse(self, content: Sequence[File], config: Config, walk: Walk, workers: Workers) -> list[Parsed]:
        sources = [file for file in content if file.name.endswith(parse.SUFFIX)]
        results = workers.map(partial(_parse_chunk, config), sources)
        parsed = list(self._counted("parse", results, len(sources)))
        self._stop_on_fatal([*walk.problems, *(problem for each in parsed for problem in each.problems)])
        return parsed

    # --- render

    def _render(
        self, planned: Plan, context: render.Context, bodies: Mapping[str, Body], workers: Workers
    ) -> list[Rendered]:
        work = [(page, {key: bodies[key] for key in page.bodies}) for page in planned.pages]
        results = list(self._counted("render", workers.map(partial(_render_chunk, context), work), len(work)))
        failed = (problem for result in results if isinstance(result, Failure) for problem in result.problems)
        self._stop_on_fatal({(each.path, each.line, each.code): each for each in failed}.values())
        return [result for result in results if isinstance(result, Rendered)]

    def _counted(self, stage: str, results: Iterable[T], total: int) -> Iterator[T]:
        for done, result in enumerate(results, 1):
            self._progress(stage, done, total)
            yield result

    # --- publish

    def _fills(self, planned: Plan, context: render.Context, static: Mapping[str, Copy]) -> dict[str, bytes]:
        """What goes into holes: urls of static files with their digests, and the fragments."""
        prefix = context.site.url.removesuffix("/")
        fills = {f"asset:{path}": f"{prefix}/{path}?v={_version(copy)}".encode() for path, copy in static.items()}
        renderer = render.renderer(context)
        for fragment in planned.fragments:
            fills[f"fragment:{fragment.name}"] = publish.fill(renderer.fragment(fragment), fills)
        return fills

    def _publish(self, planned: Plan, rendered: Sequence[Rendered], fills: Mapping[str, bytes]) -> publish.Published:
        manifest = Manifest(self._root / FOLDER)
        publisher = publish.Publisher(self._out, manifest.load())
        total = len(planned.copies) + len(rendered)
        for done, copy in enumerate(planned.copies, 1):
            publisher.write(copy.path, load.read(copy.origin, copy.source))
            self._progress("write", done, total)
        for done, page in enumerate(rendered, len(planned.copies) + 1):
            publisher.write(page.path, self._filled(page, fills))
            self._progress("write", done, total)
        publisher.prune()
        self._save(manifest, publisher.done.digests)
        return publisher.done

    def _filled(self, page: Rendered, fills: Mapping[str, bytes]) -> bytes:
        try:
            return publish.fill(page, fills)
        except KeyError as error:
            name = str(error.args[0]).partition(":")[2]
            raise Failure.at(page.path, "asset-missing", f'there is no static file "{name}"') from None

    def _save(self, manifest: Manifest, digests: Mapping[str, str]) -> None:
        try:
            manifest.save(digests)
        except OSError as error:
            raise publish.unwritable(f"{FOLDER}/", error) from None


def read_config(root: Path) -> Config:
    """The configuration of the site in a folder. Raises Failure."""
    file = root / configuration.FILE
    if not file.is_file():
        message = f"there is no {configuration.FILE} in {root}"
        hint = "go into the site's folder, name it with `-C`, or make a site with `ptnews new site DIR`"
        raise Failure.at(configuration.FILE, "no-site", message, hint, exit_code=EXIT_CONFIG)
    try:
        config = configuration.read(decode(load.read(str(file), configuration.FILE), configuration.FILE))
    except Failure as failure:
        raise Failure(failure.problems, max(failure.exit_code, EXIT_CONFIG)) from None
    unknown = markup.unknown_extensions(config.markdown.extensions)
    if unknown:
        message = f"the Markdown extension `{unknown[0]}` is not installed"
        raise Failure.at(configuration.FILE, "extension", message, "install it beside ptnews", exit_code=EXIT_CONFIG)
    return config


def instant(asked: str | None, config: Config) -> datetime:
    """The one clock: what was asked for, else SOURCE_DATE_EPOCH, else now; in the site's zone."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        if asked:
            return parse_instant(asked, config.zone)
        if epoch:
            return datetime.fromtimestamp(int(epoch), config.zone)
    except BadDate as bad:
        raise Failure.at("--as-of", bad.code, str(bad), bad.hint, exit_code=EXIT_CONFIG) from None
    except (ValueError, OverflowError, OSError):
        message = f'"{epoch}" is not a number of seconds'
        raise Failure.at("SOURCE_DATE_EPOCH", "epoch", message, exit_code=EXIT_CONFIG) from None
    return datetime.now(UTC).astimezone(config.zone)


def markup_options(config: Config, locale: Locale) -> markup.Options:
    """How this site's bodies are read."""
    settings = config.markdown
    return markup.Options(
        labels=markup.Labels(
            video_play=locale.word("video.play", host="{}"),
            video_open=locale.word("video.open", host="{}"),
            footnote_back=locale.word("footnote.back"),
            credit_prefix=locale.word("credit.prefix"),
        ),
        smart_quotes=settings.smart_quotes,
        trust_html=settings.trust_html,
        video_hosts=settings.video_hosts,
        extensions=settings.extensions,
    )


def _parse_chunk(config: Config, files: Sequence[File]) -> list[Parsed]:
    """Runs in a worker: read and parse."""
    locale = Locale(config.language)
    routes = Routes(config, {word: locale.word(f"url.{word}") for word in ("tag", "author", "archive", "page")})
    parser = parse.Parser(config, markup_options(config, locale), routes)
    return [_parse_file(parser, file) for file in files]


def _parse_file(parser: parse.Parser, file: File) -> Parsed:
    source = f"{CONTENT}/{file.name}"
    try:
        return parser.parse(source, load.read(file.origin, source))
    except Failure as failure:
        return Parsed(source=source, problems=tuple(failure.problems))


def _render_chunk(context: render.Context, work: Sequence[tuple[Page, Mapping[str, Body]]]) -> list[Rendered | Failure]:
    """Runs in a worker."""
    return [_render_page(render.renderer(context), page, bodies) for page, bodies in work]


def _render_page(renderer: render.Renderer, page: Page, bodies: Mapping[str, Body]) -> Rendered | Failure:
    try:
        return renderer.page(page, bodies)
    except Failure as failure:
        return failure


def _known(found: configuration.StatsFile) -> Stats:
    names = ("online", "today", "week", "month", "total")
    counters = ((name, getattr(found, name)) for name in names)
    return Stats(
        counters=tuple(Count(name=name, value=value) for name, value in counters if value is not None),
        as_of=found.as_of,
    )


def _copies(content: Sequence[File]) -> dict[str, Copy]:
    """Files under content/ that an article may name: all but sources and the visitor numbers."""
    return {
        file.name: Copy(path=file.name, origin=file.origin, source=f"{CONTENT}/{file.name}", size=file.size)
        for file in content
        if not file.name.endswith(parse.SUFFIX) and file.name != configuration.STATS_FILE
    }


def _version(copy: Copy) -> str:
    return digest.of_bytes(load.read(copy.origin, copy.source))[:8]


def _illustrated(problems: Sequence[Problem], root: Path) -> list[Problem]:
    """Sorted; those that are shown get the line that they point into, where their stage had no text at hand."""
    bare = {problem for problem in shown(problems) if problem.line and not problem.excerpt}
    return [_with_excerpt(problem, root) if problem in bare else problem for problem in sorted(problems)]


def _with_excerpt(problem: Problem, root: Path) -> Problem:
    try:
        lines = decode(load.read(str(root / problem.path), problem.path), problem.path).split("\n")
    except Failure:
        return problem
    excerpt = lines[problem.line - 1] if problem.line <= len(lines) else ""
    return msgspec.structs.replace(problem, excerpt=excerpt)
