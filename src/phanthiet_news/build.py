"""The pipeline: the only room that knows every stage, and no stage's insides.

    (content, templates, static, config, stats, as_of)  →  { path: bytes }

There is one way through: a clean build is this with an empty state.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from phanthiet_news import digest, index, load, lock, publish, render, sources, theme, versions, work
from phanthiet_news.config import Config
from phanthiet_news.folder import MARKER, Folder, refuse_folder
from phanthiet_news.locale import Locale
from phanthiet_news.model import Body, Copy, Fragment, LeftOut, Page, Parsed, Plan, Site
from phanthiet_news.parallel import Workers
from phanthiet_news.plan import Inventory, plan
from phanthiet_news.plan.view import site_view
from phanthiet_news.problem import EXIT_BUG, Failure, Problem, fatal, shown
from phanthiet_news.publish import NO_STAMP, Edition
from phanthiet_news.source import decode
from phanthiet_news.sources import Sources
from phanthiet_news.stale import Fills, Verdict, reasons, verdict
from phanthiet_news.state import FOLDER, Hole, Input, Memo, Output, State
from phanthiet_news.text import escape_controls
from phanthiet_news.work import RenderedPage, Rendering

T = TypeVar("T")
Progress = Callable[[str, int, int], None]

ORDER = {"copy": 0, "fragment": 0, "marker": 0, "article": 1, "redirect": 1, "list": 2, "index": 2, "other": 2}
LAST = 3
PASSING = ("state-lost", "outputs-unknown")  # problems of one build that the next one has not


class Request(msgspec.Struct, frozen=True):
    """What a build is asked for.

    `root` is the site's folder; `out` defaults to `build/` in it, `memory` (where the state is kept) to `.ptnews/`.
    """

    root: Path
    out: Path | None = None
    memory: Path | None = None
    as_of: str | None = None
    drafts: bool = False
    jobs: int | None = None
    strict: bool = False
    clean: bool = False
    force: bool = False
    wait: bool = False


class Report(msgspec.Struct, frozen=True):
    """What a build did. Paths are those under the output folder."""

    rendered: list[str]
    filled: list[str]
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
    config = sources.read_config(request.root)
    as_of = sources.instant(request.as_of, config)
    memory = request.memory or request.root / FOLDER
    out = request.out or request.root / sources.BUILD
    own = [request.root / name for name in (sources.CONTENT, sources.TEMPLATES, sources.STATIC, FOLDER)]
    refuse_folder(out, request.root, [*own, *theme.folders()])
    with lock.held(memory, wait=request.wait):
        state = State(state_file(memory, request.root, out))
        try:
            report = _Build(request, config, as_of, out, state, progress).run()
        except Failure as failure:
            raise Failure(_illustrated(failure.problems, request.root), failure.exit_code) from failure
    return msgspec.structs.replace(report, seconds=time.perf_counter() - started)


def verified(request: Request, progress: Progress = lambda stage, done, total: None) -> Report:
    """Build; then build from nothing into a folder that is thrown away, and compare.

    Raises Failure where they differ, besides what `build` raises.
    """
    as_of = sources.instant(request.as_of, sources.read_config(request.root)).isoformat(timespec="seconds")
    request = msgspec.structs.replace(request, as_of=as_of)
    report = build(request, progress)
    out, memory = request.out or request.root / sources.BUILD, request.memory or request.root / FOLDER
    with tempfile.TemporaryDirectory(prefix="ptnews-") as temporary:
        clean, clean_memory = Path(temporary, "build"), Path(temporary, "memory")
        build(msgspec.structs.replace(request, out=clean, memory=clean_memory, clean=False), progress)
        states = (State(state_file(memory, request.root, out)), State(state_file(clean_memory, request.root, clean)))
        paths = {path for state in states for path in state.outputs}
        folder, other = Folder(out), Folder(clean)
        wrong = [path for path in sorted(paths) if folder.digest(path) != other.digest(path)]
    if wrong:
        hint = "build with `--clean`, and report it: this should not happen"
        problems = (
            Problem(path=path, code="not-as-clean", message="differs from a clean build", hint=hint) for path in wrong
        )
        raise Failure(problems, EXIT_BUG)
    return report


def default_state(root: Path) -> Path:
    """Where the state beside a site's own `build/` is kept."""
    return state_file(root / FOLDER, root, root / sources.BUILD)


def state_file(memory: Path, root: Path, out: Path) -> Path:
    """Where the state beside an output folder is kept."""
    usual = out.resolve() == (root / sources.BUILD).resolve()
    return memory / ("state.sqlite" if usual else f"state-{digest.of_bytes(str(out.resolve()).encode())[:8]}.sqlite")


class _Build:
    """One build. `problems` grows from stage to stage; a fatal one ends it before anything is written."""

    def __init__(
        self, request: Request, config: Config, as_of: datetime, out: Path, state: State, progress: Progress
    ) -> None:
        self._request, self._config, self._as_of, self._out = request, config, as_of, out
        self._state, self._progress = state, progress
        self._problems: list[Problem] = list(state.problems)
        self._locale = Locale(config.language, config.stats.grouping)
        self._routes = work.routes(config, self._locale)
        self._seen = time.time_ns()
        self._parsed: dict[str, Parsed] = {}
        self._bodies: dict[str, Body] = {}
        if request.clean:
            state.forget_work()

    def run(self) -> Report:
        found = sources.scan(self._request.root, self._config, self._state.inputs, self._state.memo.seen)
        self._problems += found.problems
        edition = Edition(Folder(self._out), self._state, force=self._request.force)
        with Workers(self._request.jobs) as workers:
            inputs = found.inputs | self._parse(found, workers)
            memo = self._memo(found, inputs)
            if self._nothing_to_do(memo, edition):
                self._settle(memo, inputs, edition)
                return self._unchanged_report()
            parse_problems = (problem for parsed in self._parsed.values() for problem in parsed.problems)
            self._stop_on_fatal(parse_problems, strict=False)
            articles = (parsed.article for parsed in self._parsed.values() if parsed.article)
            site = index.site(articles, self._as_of, drafts=self._request.drafts)
            planned = self._plan(site, found)
            rendering = self._rendering(found)
            fills = self._fills(planned, rendering.context, found.static)
            rendered, filled = self._pages(planned, rendering, fills, edition, workers)
        self._fragments(planned, fills, edition)
        self._copies(planned.copies, edition)
        self._problems += filter(None, [edition.unknown()])
        edition.publish(partial(self._progress, "write"))
        report = self._report(planned, site, rendered, filled, edition)
        self._commit(memo, site, report, inputs, edition)
        return report

    def _stop_on_fatal(self, problems: Iterable[Problem], *, strict: bool | None = None) -> None:
        """Warnings count under `--strict`; not before the plan, which finds most of them."""
        self._problems += problems
        if fatal(self._problems, strict=self._request.strict if strict is None else strict):
            raise Failure(self._problems)

    # --- what is known, and whether it is enough

    def _parse(self, found: Sources, workers: Workers) -> dict[str, Input]:
        """Parse the sources whose bytes are not those that are known; the inputs of all of them."""
        state, view = self._state, work.parse_view(self._config)
        known = state.parsed if state.memo.parse_salt == self._parse_salt() else {}
        inputs: dict[str, Input] = {}
        doubtful = []
        for name, file in found.articles.items():
            last = sources.unchanged(name, file, state.inputs, state.memo.seen)
            if last and name in known:
                inputs[name], self._parsed[name] = last, known[name]
            else:
                mark = state.inputs[name].digest if name in known and name in state.inputs else ""
                doubtful.append(work.Source(name, file, mark))
        results = workers.map(partial(work.parse_chunk, view), doubtful)
        for read in self._counted("parse", results, len(doubtful)):
            self._learn(read, known, inputs)
        return inputs

    def _learn(self, read: work.Read, known: Mapping[str, Parsed], inputs: dict[str, Input]) -> None:
        parsed = read.parsed or known[read.name]
        if parsed.article and parsed.body:
            self._bodies[parsed.article.body] = parsed.body
        self._parsed[read.name] = msgspec.structs.replace(parsed, body=None)
        if read.input:
            inputs[read.name] = read.input

    def _parse_salt(self) -> str:
        return digest.of_value((versions.of_everything(), work.parse_view(self._config)))

    def _memo(self, found: Sources, inputs: Mapping[str, Input]) -> Memo:
        """This build's inputs as one digest."""
        marks = sorted((name, each.digest) for name, each in inputs.items())
        everything = (versions.of_everything(), self._config, self._request.drafts, found.templates, found.stats, marks)
        return Memo(inputs=digest.of_value(everything), parse_salt=self._parse_salt(), seen=self._seen)

    def _nothing_to_do(self, memo: Memo, edition: Edition) -> bool:
        """Whether all inputs are those of the last build, the clock too, and its outputs still stand."""
        last = self._state.memo
        valid = (last.since is None or last.since <= self._as_of) and (last.until is None or self._as_of < last.until)
        if not (memo.inputs == last.inputs and valid and edition.complete()):
            return False
        return not fatal([*self._problems, *last.problems], strict=self._request.strict)

    def _settle(self, memo: Memo, inputs: Mapping[str, Input], edition: Edition) -> None:
        """Where files had to be read because their stamps proved nothing, keep the stamps that now do."""
        last = self._state.memo
        proven = all(each.stamp.settled(last.seen) for each in inputs.values())
        proven = proven and all(each.stamp.settled(last.published) for each in self._state.outputs.values())
        if proven and inputs == self._state.inputs:
            return
        for path in self._state.outputs:
            edition.keep(path)
        memo = msgspec.structs.replace(last, seen=memo.seen, published=time.time_ns())
        self._state.commit(memo, inputs, self._parsed, self._bodies, edition.outputs)

    # --- plan and render

    def _plan(self, site: Site, found: Sources) -> Plan:
        inventory = Inventory(content=found.content, static=found.static)
        planned, problems = plan(self._config, self._locale, self._routes, site, found.stats, inventory)
        self._stop_on_fatal([*site.problems, *problems])
        return planned

    def _rendering(self, found: Sources) -> Rendering:
        self._stop_on_fatal(render.check(found.templates, found.static))
        view = site_view(self._config, self._locale, self._routes)
        context = render.Context(found.templates, view, self._config.origin, self._config.stats.grouping)
        return Rendering(
            context, render.analysed(found.templates).closures, render.salt(context, versions.of_everything())
        )

    def _fills(self, planned: Plan, context: render.Context, static: Mapping[str, Copy]) -> Fills:
        """What goes into holes: urls of static files with their digests, and the fragments."""
        prefix = context.site.url.removesuffix("/")
        fills = {f"asset:{path}": f"{prefix}/{path}?v={copy.digest[:8]}".encode() for path, copy in static.items()}
        for fragment in planned.fragments:
            rendered = render.renderer(context).fragment(fragment)
            fills[fragment.path] = self._filled(fragment.path, rendered.pieces, rendered.holes, fills)[0]
            fills[f"fragment:{fragment.name}"] = self._include(fragment, fills)
        return Fills(fills)

    def _include(self, fragment: Fragment, fills: Mapping[str, bytes]) -> bytes:
        """What stands in a page where a fragment goes."""
        mode = self._config.fragments
        if mode == "ssi":
            return f'<!--#include virtual="{fragment.url}" -->'.encode()
        if mode == "client":
            words = self._locale.word("sidebar.title")
            return f'<a class="fragment" href="{fragment.url}">{words}</a>'.encode()
        return fills[fragment.path]

    def _pages(
        self, planned: Plan, rendering: Rendering, fills: Fills, edition: Edition, workers: Workers
    ) -> tuple[list[str], list[str]]:
        """Keep what stands, fill again what only has other fillings, render the rest. Which were done so."""
        stale: dict[str, tuple[Page, str]] = {}
        filled = []
        for page in planned.pages:
            mark = render.fingerprint(page, rendering.closures[page.template], rendering.salt)
            decided = verdict(mark, edition.last(page.path), fills, intact=edition.intact(page.path))
            if decided is Verdict.KEEP:
                edition.keep(page.path)
            elif decided is Verdict.FILL and self._fill_again(page.path, edition, fills):
                filled.append(page.path)
            else:
                stale[page.path] = (page, mark)
        for made in self._render([page for page, _ in stale.values()], rendering, workers):
            self._put_page(made, *stale[made.text.path], edition, fills)
        return list(stale), filled

    def _fill_again(self, path: str, edition: Edition, fills: Fills) -> bool:
        """From the bytes in the output folder, with no parse and no render."""
        last, pieces = edition.last(path), edition.pieces(path)
        if last is None or pieces is None:
            return False
        names = tuple(hole.name for hole in last.holes)
        data, holes = self._filled(path, pieces, names, fills.by_name)
        record = msgspec.structs.replace(last, digest=digest.of_bytes(data), fill=fills.digest(names), holes=holes)
        edition.put(path, record, lambda: data, ORDER.get(last.kind, LAST))
        return True

    def _render(self, pages: list[Page], rendering: Rendering, workers: Workers) -> list[RenderedPage]:
        bodies = self._bodies_of(pages)
        chunks = [(page, {key: bodies[key] for key in page.bodies}) for page in pages]
        results = list(self._counted("render", workers.map(partial(work.render_chunk, rendering), chunks), len(chunks)))
        failed = (problem for result in results if isinstance(result, Failure) for problem in result.problems)
        self._stop_on_fatal({(each.path, each.line, each.code): each for each in failed}.values())
        return [result for result in results if isinstance(result, RenderedPage)]

    def _bodies_of(self, pages: Iterable[Page]) -> dict[str, Body]:
        """The bodies that pages show: just parsed, or kept; parsed again where what was kept is damaged."""
        wanted = {key for page in pages for key in page.bodies}
        found = {key: self._bodies[key] for key in wanted & self._bodies.keys()}
        found |= self._state.bodies(wanted - found.keys())
        for parsed in self._parsed.values():
            if parsed.article and parsed.article.body in wanted - found.keys():
                found[parsed.article.body] = self._body_again(parsed.source)
        return found

    def _body_again(self, name: str) -> Body:
        file = load.File(name, str(self._request.root / name), NO_STAMP)
        (read,) = work.parse_chunk(work.parse_view(self._config), [work.Source(name, file)])
        if read.parsed is None or read.parsed.body is None:
            raise Failure.at(name, "file-changed", "the file changed during the build", "build again")
        if read.parsed.article:
            self._bodies[read.parsed.article.body] = read.parsed.body
        return read.parsed.body

    def _counted(self, stage: str, results: Iterable[T], total: int) -> Iterator[T]:
        for done, result in enumerate(results, 1):
            self._progress(stage, done, total)
            yield result

    # --- publish

    def _put_page(self, made: RenderedPage, page: Page, mark: str, edition: Edition, fills: Fills) -> None:
        data, holes = self._filled(page.path, made.text.pieces, made.text.holes, fills.by_name)
        record = Output(
            fingerprint=mark,
            stamp=NO_STAMP,
            digest=digest.of_bytes(data),
            fill=fills.digest(made.text.holes),
            holes=holes,
            kind=page.kind,
            source=page.source,
            template=page.template,
            parts=made.parts,
            made=self._as_of.isoformat(timespec="seconds"),
            why=reasons(made.parts, edition.last(page.path), intact=edition.intact(page.path)),
        )
        edition.put(page.path, record, lambda: data, ORDER.get(page.kind, LAST))

    def _filled(
        self, path: str, pieces: Iterable[bytes], holes: tuple[str, ...], fills: Mapping[str, bytes]
    ) -> tuple[bytes, tuple[Hole, ...]]:
        try:
            return publish.fill(tuple(pieces), holes, fills)
        except KeyError as error:
            name = str(error.args[0]).partition(":")[2]
            raise Failure.at(path, "asset-missing", f'there is no static file "{name}"') from None

    def _fragments(self, planned: Plan, fills: Fills, edition: Edition) -> None:
        """The fragments' own files, where readers' programs fetch them; and the mark that the folder is ours."""
        if self._config.fragments != "inline":
            for fragment in planned.fragments:
                self._put_bytes(fragment.path, fills.by_name[fragment.path], "fragment", edition)
        self._put_bytes(MARKER, publish.MARKER_TEXT, "marker", edition)

    def _put_bytes(self, path: str, data: bytes, kind: str, edition: Edition) -> None:
        mark = digest.of_bytes(data)
        record = Output(fingerprint=mark, stamp=NO_STAMP, digest=mark, kind=kind)
        edition.put(path, record, lambda: data, ORDER[kind])

    def _copies(self, copies: Iterable[Copy], edition: Edition) -> None:
        for copy in copies:
            record = Output(
                fingerprint=copy.digest, stamp=NO_STAMP, digest=copy.digest, kind="copy", source=copy.source
            )
            edition.put(copy.path, record, partial(load.read, copy.origin, copy.source), ORDER["copy"])

    def _commit(self, memo: Memo, site: Site, report: Report, inputs: Mapping[str, Input], edition: Edition) -> None:
        memo = msgspec.structs.replace(
            memo,
            since=site.since,
            until=site.next_due,
            published=time.time_ns(),
            left_out=site.left_out,
            problems=tuple(problem for problem in report.problems if problem.code not in PASSING),
            kinds=report.kinds,
        )
        self._state.commit(memo, inputs, self._parsed, self._bodies, edition.outputs)

    def _report(self, planned: Plan, site: Site, rendered: list[str], filled: list[str], edition: Edition) -> Report:
        written = set(edition.done.written)
        return Report(
            rendered=rendered,
            filled=filled,
            copied=[copy.path for copy in planned.copies if copy.path in written],
            unchanged=len(edition.done.unchanged),
            removed=edition.done.removed,
            left_out=list(site.left_out),
            problems=_illustrated(self._problems, self._request.root),
            next_due=site.next_due,
            seconds=0.0,
            kinds=dict(sorted(Counter(page.kind for page in planned.pages).items())),
            out=escape_controls(str(self._out)),
        )

    def _unchanged_report(self) -> Report:
        memo = self._state.memo
        return Report(
            rendered=[],
            filled=[],
            copied=[],
            unchanged=memo.rows,
            removed=[],
            left_out=list(memo.left_out),
            problems=_illustrated([*self._problems, *memo.problems], self._request.root),
            next_due=memo.until,
            seconds=0.0,
            kinds=memo.kinds,
            out=escape_controls(str(self._out)),
        )


def _illustrated(problems: Iterable[Problem], root: Path) -> list[Problem]:
    """Sorted; those that are shown get the line that they point into, where their stage had no text at hand."""
    problems = sorted(problems)
    bare = {problem for problem in shown(problems) if problem.line and not problem.excerpt}
    return [_with_excerpt(problem, root) if problem in bare else problem for problem in problems]


def _with_excerpt(problem: Problem, root: Path) -> Problem:
    try:
        lines = decode(load.read(str(root / problem.path), problem.path), problem.path).split("\n")
    except Failure:
        return problem
    excerpt = lines[problem.line - 1] if problem.line <= len(lines) else ""
    return msgspec.structs.replace(problem, excerpt=excerpt)
