"""The pipeline: the only room that knows every stage, and no stage's insides.

    (content, templates, static, config, stats, as_of)  →  { path: bytes }

There is one way through: a clean build is this with an empty state.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from phanthiet_news import digest, index, load, lock, publish, render, sources, stale, state, theme, versions, work
from phanthiet_news.config import Config
from phanthiet_news.folder import MARKER, STAGE, Folder, Stage, refuse_folder
from phanthiet_news.locale import Locale
from phanthiet_news.model import Fragment, LeftOut, Page, Parsed, Plan, Site
from phanthiet_news.parallel import Workers
from phanthiet_news.plan import Inventory, plan
from phanthiet_news.plan.view import site_view
from phanthiet_news.problem import EXIT_BUG, Failure, Problem, fatal, shown
from phanthiet_news.publish import NO_STAMP, Edition
from phanthiet_news.source import decode
from phanthiet_news.sources import Sources
from phanthiet_news.stale import Fills, Verdict, reasons, verdict
from phanthiet_news.state import FOLDER, Input, Learned, Making, Memo, Output, State
from phanthiet_news.text import escape_controls
from phanthiet_news.work import Made, Task, Workshop

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
    with lock.held(memory, wait=request.wait), _uncollected():
        try:
            report = _Build(request, config, as_of, out, State(state_file(memory, request.root, out)), progress).run()
        except Failure as failure:
            raise Failure(_illustrated(failure.problems, request.root), failure.exit_code) from failure
    return msgspec.structs.replace(report, seconds=time.perf_counter() - started)


@contextmanager
def _uncollected() -> Iterator[None]:
    """A build makes a few million values that live until its end: looking for cycles among them is in vain."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


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
        self._learned = Learned(digest.of_value((versions.of_everything(), work.parse_view(config))), time.time_ns())
        self._fresh: dict[str, work.Read] = {}
        self._stage = Stage(f"{state.file.with_suffix('')}-{STAGE}")
        self._makings: dict[str, Making] = {}
        self._kept_pages: dict[str, bytes] = {}
        self._rendered: list[str] = []
        self._filled: list[str] = []
        if request.clean:
            state.forget_work()

    def run(self) -> Report:
        self._stage.clear()
        try:
            with Workers(self._request.jobs) as workers:
                return self._run(workers)
        finally:
            self._stage.clear()

    def _run(self, workers: Workers) -> Report:
        found = sources.scan(self._request.root, self._config, self._state.inputs, self._state.learned.seen)
        self._problems += found.problems
        edition = Edition(Folder(self._out), self._state, force=self._request.force)
        inputs = found.inputs | self._read(found, workers)
        if self._last_build_stands(found, inputs, edition):
            if self._inputs_digest(found, inputs) == self._state.memo.inputs:
                return self._settled(inputs, edition)
            shop = self._workshop(found, {name: text.encode() for name, text in self._state.memo.fragments.items()})
            pages = self._with_other_bodies(shop)
            if pages is not None:
                self._learn(inputs)
                memo = msgspec.structs.replace(self._state.memo, inputs=self._inputs_digest(found, inputs))
                return self._bodies_only(pages, memo, shop, edition, workers)
        return self._everything(found, inputs, edition, workers)

    def _everything(self, found: Sources, inputs: Mapping[str, Input], edition: Edition, workers: Workers) -> Report:
        parsed = self._parsed(found, inputs, workers)
        self._stop_on_fatal((problem for each in parsed.values() for problem in each.problems), strict=False)
        articles = [each.article for each in parsed.values() if each.article]
        site = index.site(articles, self._as_of, drafts=self._request.drafts)
        planned = self._plan(site, found)
        self._stop_on_fatal(render.check(found.templates, found.static))
        fragments = self._fragments(planned, found)
        shop = self._workshop(found, fragments)
        self._pages(planned.pages, shop, edition, workers)
        self._files(planned, shop.fills, edition)
        self._problems += filter(None, [edition.unknown()])
        edition.publish(partial(self._progress, "write"))
        report = self._report(planned, site, edition)
        self._commit(self._memo(found, inputs, site, report, fragments), edition)
        self._state.drop_bodies({each.body for each in articles})
        return report

    def _stop_on_fatal(self, problems: Iterable[Problem], *, strict: bool | None = None) -> None:
        """Warnings count under `--strict`; not before the plan, which finds most of them."""
        self._problems += problems
        if fatal(self._problems, strict=self._request.strict if strict is None else strict):
            raise Failure(self._problems)

    # --- what is known, and whether it is enough

    def _read(self, found: Sources, workers: Workers) -> dict[str, Input]:
        """Read the sources whose stamps don't prove that they are what they were; the inputs of all of them."""
        state = self._state
        current = state.learned.salt == self._learned.salt
        inputs: dict[str, Input] = {}
        for name, file in found.articles.items() if current else ():
            last = sources.unchanged(name, file, state.inputs, state.learned.seen)
            if last:
                inputs[name] = last
        doubtful = found.articles.keys() - inputs.keys()
        known = state.parsed_of(doubtful) if current else {}
        marks = {name: state.inputs[name].digest for name in doubtful if name in known and name in state.inputs}
        files = {name: file for name, file in found.articles.items() if name in doubtful}
        self._parse([work.Source(name, file, marks.get(name, "")) for name, file in files.items()], workers)
        return inputs | {name: read.input for name, read in self._fresh.items() if read.input}

    def _parse(self, doubtful: list[work.Source], workers: Workers) -> None:
        results = workers.map(partial(work.parse_chunk, work.parse_view(self._config)), doubtful)
        self._fresh |= {read.name: read for read in self._counted("parse", results, len(doubtful))}

    def _inputs_digest(self, found: Sources, inputs: Mapping[str, Input]) -> str:
        """All inputs of a build as one digest."""
        marks = sorted((name, each.digest) for name, each in inputs.items())
        return digest.of_value((
            versions.of_everything(),
            self._config,
            self._request.drafts,
            found.templates,
            found.stats,
            marks,
        ))

    def _last_build_stands(self, found: Sources, inputs: Mapping[str, Input], edition: Edition) -> bool:
        """Whether but for the sources just read all inputs are those of the last build, and its outputs still stand."""
        state, last = self._state, self._state.memo
        before = {**inputs, **{name: state.inputs[name] for name in self._fresh if name in state.inputs}}
        valid = (last.since is None or last.since <= self._as_of) and (last.until is None or self._as_of < last.until)
        if not (valid and self._inputs_digest(found, before) == last.inputs and edition.complete()):
            return False
        return not fatal([*self._problems, *last.problems], strict=self._request.strict)

    def _settled(self, inputs: Mapping[str, Input], edition: Edition) -> Report:
        """Nothing to do. Where files had to be read because their stamps proved nothing, keep those that now do."""
        state = self._state
        if inputs != state.inputs or not _all_settled(inputs, state.learned.seen):
            state.learn(self._learned, inputs, {}, ())
        if not _all_settled(state.outputs, state.memo.published):
            self._keep_but({}, edition)
            self._commit(state.memo, edition)
        return self._report_as_before()

    def _parsed(self, found: Sources, inputs: Mapping[str, Input], workers: Workers) -> dict[str, Parsed]:
        """What comes of every source; kept, so that nothing is parsed twice whatever becomes of this build."""
        known = self._state.parsed
        lost = [name for name in found.articles if name not in self._fresh and name not in known]
        self._parse([work.Source(name, found.articles[name]) for name in lost], workers)
        fresh = {name: read.parsed for name, read in self._fresh.items() if read.parsed}
        self._learn(inputs)
        return {name: fresh.get(name) or known[name] for name in found.articles}

    def _learn(self, inputs: Mapping[str, Input]) -> None:
        if self._fresh or inputs != self._state.inputs:
            reads = self._fresh.values()
            parsed = {read.name: read.parsed for read in reads if read.parsed and read.input}
            self._state.learn(self._learned, inputs, parsed, [read.body for read in reads if read.body])

    # --- where nothing but bodies changed, the last plan stands

    def _with_other_bodies(self, shop: Workshop) -> list[Page] | None:
        """The pages that show a body which changed; None where more changed, or the plan must be made to tell."""
        before, told = self._state.parsed_of(self._fresh), {problem.path for problem in self._state.memo.problems}
        pairs = [
            None if name in told else stale.other_body(before.get(name), read.parsed)
            for name, read in self._fresh.items()
            if read.parsed
        ]
        renamed = {pair[0]: pair[1] for pair in pairs if pair}
        if None in pairs or len(renamed) < len(pairs) or renamed.keys() & set(renamed.values()):
            return None
        outputs = self._state.outputs
        shown = {path: each for path, each in outputs.items() if renamed.keys() & set(each.bodies)}
        if not {each.source for each in shown.values()} <= {"", *self._fresh}:
            return None  # another article has the very same body
        pages = state.pages(self._state.file, shown)
        marks = {
            path: render.fingerprint(each, shop.closures[each.template], shop.salt) for path, each in pages.items()
        }
        if marks != {path: each.fingerprint for path, each in shown.items()}:
            return None  # what was kept is damaged
        return [stale.with_other_bodies(page, renamed) for page in pages.values()]

    def _bodies_only(self, pages: list[Page], memo: Memo, shop: Workshop, edition: Edition, workers: Workers) -> Report:
        self._keep_but({page.path for page in pages}, edition)
        self._make(pages, shop, edition, workers)
        edition.publish(partial(self._progress, "write"))
        self._commit(memo, edition)
        return self._report_as_before()

    def _keep_but(self, made: Collection[str], edition: Edition) -> None:
        for path in self._state.outputs:
            if path not in made:
                edition.keep(path)

    # --- plan and make

    def _plan(self, site: Site, found: Sources) -> Plan:
        inventory = Inventory(content=found.content, static=found.static)
        planned, problems = plan(self._config, self._locale, self._routes, site, found.stats, inventory)
        self._stop_on_fatal([*site.problems, *problems])
        return planned

    def _workshop(self, found: Sources, fragments: Mapping[str, bytes]) -> Workshop:
        context = self._context(found)
        return Workshop(
            context=context,
            closures=render.analysed(found.templates).closures,
            salt=render.salt(context, versions.of_everything()),
            fills=Fills({**self._assets(found), **fragments}),
            state=self._state.file,
            out=self._out,
            stage=self._stage,
        )

    def _context(self, found: Sources) -> render.Context:
        view = site_view(self._config, self._locale, self._routes)
        return render.Context(found.templates, view, self._config.origin, self._config.stats.grouping)

    def _assets(self, found: Sources) -> dict[str, bytes]:
        """What goes into the holes for static files: their urls with their digests."""
        prefix = self._routes.home().url.removesuffix("/")
        return {f"asset:{path}": f"{prefix}/{path}?v={copy.digest[:8]}".encode() for path, copy in found.static.items()}

    def _fragments(self, planned: Plan, found: Sources) -> dict[str, bytes]:
        """What goes into the holes for fragments; by their paths, what is in their own files."""
        fills = self._assets(found)
        made: dict[str, bytes] = {}
        for fragment in planned.fragments:
            rendered = render.renderer(self._context(found)).fragment(fragment)
            made[fragment.path] = publish.fill(fragment.path, rendered.pieces, rendered.holes, fills)[0]
            made[f"fragment:{fragment.name}"] = self._include(fragment, made)
        return made

    def _include(self, fragment: Fragment, fills: Mapping[str, bytes]) -> bytes:
        """What stands in a page where a fragment goes."""
        mode = self._config.fragments
        if mode == "ssi":
            return f'<!--#include virtual="{fragment.url}" -->'.encode()
        if mode == "client":
            words = self._locale.word("sidebar.title")
            return f'<a class="fragment" href="{fragment.url}">{words}</a>'.encode()
        return fills[fragment.path]

    def _pages(self, pages: Iterable[Page], shop: Workshop, edition: Edition, workers: Workers) -> None:
        """Keep what stands, fill again what only has other fillings, make the rest."""
        wanted: dict[str, Page] = {}
        fillable: dict[str, Page] = {}
        for page in pages:
            last = edition.last(page.path)
            mark = render.fingerprint(page, shop.closures[page.template], shop.salt) if last else ""
            decided = verdict(mark, last, shop.fills, intact=edition.intact(page.path))
            if decided is Verdict.KEEP:
                edition.keep(page.path)
            else:
                (fillable if decided is Verdict.FILL else wanted)[page.path] = page
        spoilt = self._refill(fillable, shop, edition, workers)
        self._make([*wanted.values(), *spoilt], shop, edition, workers)

    def _refill(self, pages: Mapping[str, Page], shop: Workshop, edition: Edition, workers: Workers) -> list[Page]:
        """From the bytes in the output folder, with no parse and no render; the pages where that can't be."""
        outputs = [(path, last) for path in pages if (last := edition.last(path))]
        for made in self._counted("fill", workers.map(partial(work.refill_chunk, shop), outputs), len(outputs)):
            if made:
                self._put(made, edition)
                self._filled.append(made.path)
        done = set(self._filled)
        return [page for path, page in pages.items() if path not in done]

    def _make(self, pages: list[Page], shop: Workshop, edition: Edition, workers: Workers) -> None:
        tasks = [Task(page, edition.standing(page.path)) for page in pages]
        results = list(self._counted("render", workers.map(partial(work.make_chunk, shop), tasks), len(tasks)))
        again = [task for task, made in zip(tasks, results, strict=True) if made is None]
        self._bring_back({key for task in again for key in task.page.bodies})
        results += work.make_chunk(shop, again)
        failed = (problem for result in results if isinstance(result, Failure) for problem in result.problems)
        self._stop_on_fatal({(each.path, each.line, each.code): each for each in failed}.values())
        self._tell_why([made for made in results if isinstance(made, Made)], shop, edition)
        for made in results:
            if isinstance(made, Made):
                self._put(made, edition)
                self._rendered.append(made.path)

    def _tell_why(self, results: list[Made], shop: Workshop, edition: Edition) -> None:
        """Keep what was made of what, and why."""
        last, instant = self._state.makings([made.path for made in results]), self._as_of.isoformat(timespec="seconds")
        parts = {template: render.parts(closure, shop.salt) for template, closure in shop.closures.items()}
        for made in results:
            path, own = made.path, parts[made.record.template]
            known, intact = edition.last(path) is not None, edition.intact(path)
            why = reasons(made.changed, own, last.get(path), known=known, intact=intact)
            self._makings[path] = Making(own, instant, why)
            self._kept_pages[path] = made.page

    def _bring_back(self, lost: Collection[str]) -> None:
        """Parse again the sources of bodies that were kept and are damaged."""
        parsed = self._state.parsed
        names = [name for name, each in parsed.items() if each.article and each.article.body in lost]
        doubtful = [work.Source(name, load.File(name, str(self._request.root / name), NO_STAMP)) for name in names]
        bodies = [read.body for read in work.parse_chunk(work.parse_view(self._config), doubtful) if read.body]
        if set(lost) - {key for key, _ in bodies}:
            raise Failure.at(", ".join(names), "file-changed", "the file changed during the build", "build again")
        if bodies:
            self._state.learn(self._state.learned, self._state.inputs, {}, bodies)

    def _counted(self, stage: str, results: Iterable[T], total: int) -> Iterator[T]:
        for done, result in enumerate(results, 1):
            self._progress(stage, done, total)
            yield result

    def _put(self, made: Made, edition: Edition) -> None:
        edition.put(made.path, made.record, made.staged, ORDER.get(made.record.kind, LAST))

    # --- what is no page

    def _files(self, planned: Plan, fills: Fills, edition: Edition) -> None:
        """Copies; the fragments where readers' programs fetch them; and the mark that the folder is ours."""
        if self._config.fragments != "inline":
            for fragment in planned.fragments:
                data = fills.by_name[fragment.path]
                self._put_bytes(fragment.path, "fragment", digest.of_bytes(data), partial(bytes, data), edition)
        for copy in planned.copies:
            read = partial(load.read, copy.origin, copy.source)
            self._put_bytes(copy.path, "copy", copy.digest, read, edition, copy.source)
        mark = digest.of_bytes(publish.MARKER_TEXT)
        self._put_bytes(MARKER, "marker", mark, partial(bytes, publish.MARKER_TEXT), edition)

    def _put_bytes(
        self, path: str, kind: str, mark: str, read: Callable[[], bytes], edition: Edition, source: str = ""
    ) -> None:
        record = Output(fingerprint=mark, stamp=NO_STAMP, digest=mark, kind=kind, source=source)
        staged = "" if edition.standing(path) == mark else self._staged(path, mark, read())
        self._put(Made(path, record, staged), edition)

    def _staged(self, path: str, mark: str, data: bytes) -> str:
        if digest.of_bytes(data) != mark:
            raise Failure.at(path, "file-changed", "its source changed during the build", "build again")
        return self._stage.put(path, data)

    # --- the end

    def _memo(
        self, found: Sources, inputs: Mapping[str, Input], site: Site, report: Report, fragments: Mapping[str, bytes]
    ) -> Memo:
        return Memo(
            inputs=self._inputs_digest(found, inputs),
            since=site.since,
            until=site.next_due,
            left_out=site.left_out,
            problems=tuple(problem for problem in report.problems if problem.code not in PASSING),
            kinds=report.kinds,
            fragments={name: data.decode() for name, data in fragments.items()},
        )

    def _commit(self, memo: Memo, edition: Edition) -> None:
        memo = msgspec.structs.replace(memo, published=time.time_ns())
        self._state.commit(memo, edition.outputs, self._makings, self._kept_pages.items())

    def _report(self, planned: Plan, site: Site, edition: Edition) -> Report:
        written = set(edition.done.written)
        return Report(
            rendered=self._rendered,
            filled=self._filled,
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

    def _report_as_before(self) -> Report:
        """Of a build whose plan is the last one's."""
        memo = self._state.memo
        return Report(
            rendered=self._rendered,
            filled=[],
            copied=[],
            unchanged=memo.rows - len(self._rendered),
            removed=[],
            left_out=list(memo.left_out),
            problems=_illustrated([*self._problems, *memo.problems], self._request.root),
            next_due=memo.until,
            seconds=0.0,
            kinds=memo.kinds,
            out=escape_controls(str(self._out)),
        )


def _all_settled(stamped: Mapping[str, Input] | Mapping[str, Output], seen: int) -> bool:
    return all(each.stamp.settled(seen) for each in stamped.values())


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
