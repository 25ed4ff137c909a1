"""The one way through a build: read what changed, find out how much must be done, have it done.

    (content, templates, static, config, stats, as_of)  →  { path: bytes }

A clean build is this with an empty state. What makes pages is imported only when there is something to make.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from phanthiet_news import digest, load, lock, sources, theme
from phanthiet_news.aside import Aside
from phanthiet_news.config import Config, parse_view
from phanthiet_news.folder import STAGE, Folder, Stage, refuse_folder
from phanthiet_news.load import Listings
from phanthiet_news.model import Parsed, Stats
from phanthiet_news.parallel import SERIAL_BELOW, Workers
from phanthiet_news.problem import EXIT_BUG, Failure, Problem, fatal, shown
from phanthiet_news.publish import Edition
from phanthiet_news.request import Job, Progress, Report, Request, report_as_before
from phanthiet_news.source import decode
from phanthiet_news.sources import Recall, Sources
from phanthiet_news.stamp import Look
from phanthiet_news.state import FOLDER, Input, Learned, State, decoded_parsed, fact

if TYPE_CHECKING:
    from phanthiet_news.produce import Production

PREVIEW = f"{FOLDER}/preview"
MANY = 1000  # outputs: to look at fewer takes less time than to make a process for it

__all__ = ["PREVIEW", "Kept", "Progress", "Report", "Request", "build", "state_file", "usual_state", "verified"]


class Kept:
    """What a process that builds one site again and again keeps from build to build.

    `state` need not be read again unless another process was here since. `touched`: the paths that may have changed
    since the last build, from one who is told of all changes and alone writes the output folder; None is anything.
    `config` is what the last build was configured by. A process that ends after one build gives a list as `spent`, and
    what the build worked with is put there: to take a million values apart would take its time.
    """

    def __init__(self, spent: list[object] | None = None) -> None:
        self.spent = spent
        self.state: State | None = None
        self.listings = Listings()
        self.touched: Collection[str] | None = None
        self.config: Config | None = None


def build(request: Request, progress: Progress = lambda stage, done, total: None, kept: Kept | None = None) -> Report:
    """Build a site. Raises Failure with every problem of the stage that could not go on."""
    kept = kept or Kept()
    kept.listings.forget(kept.touched)  # first of all: whatever becomes of this build, these were touched
    started = time.perf_counter()
    if request.executor:  # what works elsewhere stands in another folder
        request = msgspec.structs.replace(request, root=request.root.absolute())
    memory = request.memory or request.root / FOLDER
    out = request.out or request.root / sources.BUILD
    file = state_file(memory, request.root, out)
    recall = Recall(partial(fact, file))
    kept.config = config = _config(request, recall)
    as_of = sources.instant(request.as_of, config)
    refuse_folder(out, request.root, [*_not_for_output(request.root, out), *theme.folders()])
    with lock.held(memory, wait=request.wait), _uncollected(for_good=kept.spent is not None):
        kept.state = state = _state(kept, file)
        stage = Stage(f"{state.file.with_suffix('')}-{STAGE}")
        job = Job(request, config, as_of, out, stage, progress, list(state.problems), time.time_ns())
        try:
            with stage.emptied(), _workers(request, kept) as workers:
                running = _Build(job, state, kept, workers, recall)
                report = running.run()
                if kept.spent is not None:
                    kept.spent.append(running)
        except Failure as failure:
            raise Failure(_illustrated(failure.problems, request.root), failure.exit_code) from failure
    problems = _illustrated(report.problems, request.root)
    return msgspec.structs.replace(report, problems=problems, seconds=time.perf_counter() - started)


def _workers(request: Request, kept: Kept) -> Workers:
    return Workers(request.jobs, request.executor, ends_soon=kept.spent is not None)


def _config(request: Request, recall: Recall) -> Config:
    config = sources.read_config(request.root, recall)
    return msgspec.structs.replace(config, fragments=request.fragments) if request.fragments else config


def _state(kept: Kept, file: Path) -> State:
    if kept.state and kept.state.is_current:
        return kept.state
    kept.touched = None  # what another process did, nobody told
    kept.listings.forget(None)
    return State(file)


def _not_for_output(root: Path, out: Path) -> list[Path]:
    names = [sources.CONTENT, sources.TEMPLATES, sources.STATIC]
    is_preview = out.resolve().is_relative_to((root / PREVIEW).resolve())
    return [root / name for name in (*names, *([] if is_preview else [FOLDER]))]


@contextmanager
def _uncollected(*, for_good: bool) -> Iterator[None]:
    """A build makes a few million values that live until its end: looking for cycles among them is in vain.

    And the first thing to be done afterwards, unless it is `for_good`, as where the process ends with the build.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled and not for_good:
            gc.enable()


def verified(request: Request, progress: Progress = lambda stage, done, total: None) -> Report:
    """Build; then build from nothing into a folder that is thrown away, and compare.

    Raises Failure where they differ, besides what `build` raises.
    """
    import tempfile

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


def usual_state(root: Path, out: Path | None) -> Path:
    """Where the state beside an output folder is kept, by default that beside a site's own `build/`."""
    return state_file(root / FOLDER, root, out or root / sources.BUILD)


def state_file(memory: Path, root: Path, out: Path) -> Path:
    """Where the state beside an output folder is kept."""
    usual = out.resolve() == (root / sources.BUILD).resolve()
    return memory / ("state.sqlite" if usual else f"state-{digest.of_bytes(str(out.resolve()).encode())[:8]}.sqlite")


class _Before(NamedTuple):
    """What is new under `content/`; the digest of the inputs without that, with articles as they were last read.

    And whether the last build was made of these, and stands.
    """

    added: set[str]
    mark: str
    stands: bool


class _Build:
    """One build, until it is known how much there is to do."""

    def __init__(self, job: Job, state: State, kept: Kept, workers: Workers, recall: Recall) -> None:
        self._job, self._state, self._kept, self._workers, self._recall = job, state, kept, workers, recall
        self._versions = sources.versions_of(job.config)
        salt = digest.of_value((self._versions, parse_view(job.config)))
        self._learned = Learned(salt, seen=job.began)
        self._anew: dict[str, Parsed] = {}
        self._encoded: dict[str, bytes] = {}
        self._bodies: list[tuple[str, bytes]] = []
        self._production: Production | None = None
        self._known_before: _Before | None = None
        self._look: Aside[list[str] | None]
        if job.request.clean:
            state.forget_work()
        is_untouched = kept.touched is not None
        self._edition = Edition(Folder(job.out), state, job.stage, force=job.request.force, untouched=is_untouched)

    def run(self) -> Report:
        """Find out how much there is to do, and do it: while sources are looked at, a copy looks at the outputs."""
        is_worth_it = len(self._state.outputs) > MANY and self._workers.are_several and self._kept.touched is None
        with Aside(self._edition.doubtful, wanted=is_worth_it) as self._look:
            return self._whatever_is_to_do()

    def _whatever_is_to_do(self) -> Report:
        job, state = self._job, self._state
        found = sources.scan(
            job.request.root, job.config, state.inputs, state.learned.seen, self._kept.listings, self._recall
        )
        job.problems.extend(found.problems)
        inputs = found.inputs | self._read(found)
        added, before, stands = self._before(found)
        mark = self._inputs_digest(found, inputs) if self._anew or added else before
        if stands and mark == before:
            return self._settled(inputs)
        production = self._produce(found)
        if stands and not added:
            known = state.parsed_of(self._anew)
            self._learn(inputs)
            report = production.bodies_only(known, self._anew, mark) if state.has_last_build else None
            if report:
                return report
        elif stands:
            report = self._one_more(production, found, inputs, added, mark)
            if report:
                return report
        elif not self._anew:
            report = self._by_the_last_plan(production, found, inputs, mark)
            if report:
                return report
        parsed, again = self._parsed(found, inputs)
        job.stop_on_fatal((problem for each in parsed for problem in each.problems), strict=False)
        mark = mark if again == inputs else self._inputs_digest(found, again)
        added = added if stands and self._anew.keys() <= added else set()
        return production.everything([each.article for each in parsed if each.article], mark, added)

    # --- what is known, and whether it is enough

    def _read(self, found: Sources) -> dict[str, Input]:
        """The articles as inputs. Those whose stamps prove nothing are read; parsed, too, if their bytes are new."""
        state = self._state
        last = state.inputs if state.learned.salt == self._learned.salt else {}
        seen = state.learned.seen
        inputs = sources.unchanged(found.articles, last, seen)
        doubtful = found.articles.keys() - inputs.keys()
        kept = doubtful & last.keys()
        kept &= state.parsed_of(kept).keys()
        return inputs | self._parse(found, doubtful, {name: last[name].digest for name in kept})

    def _parse(self, found: Sources, names: Collection[str], known: Mapping[str, str]) -> dict[str, Input]:
        """Read these articles, and parse those that don't have the digests by which they are `known`."""
        if not names:
            return {}
        from phanthiet_news import reading

        wanted = [
            reading.Source(name, file, known.get(name, "")) for name, file in found.articles.items() if name in names
        ]
        if len(wanted) >= SERIAL_BELOW:
            import_module("phanthiet_news.parse")  # for all processes at once, which inherit it
        results = self._workers.map(
            partial(reading.parse_chunk, parse_view(self._job.config)),
            wanted,
            attrgetter("name"),
            meanwhile=partial(self._prepare, found),
        )
        inputs: dict[str, Input] = {}
        for read in self._job.counted("parse", results, len(wanted)):
            if read.input:
                inputs[read.name] = read.input
            if read.parsed:
                self._anew[read.name] = decoded_parsed(read.parsed)
                self._encoded[read.name] = read.parsed
            if read.body:
                self._bodies.append(read.body)
        return inputs

    def _prepare(self, found: Sources) -> object:
        """While others parse: import what comes next, compile templates, and find out what a plan needs."""
        added = self._before(found).added
        self._produce(found).get_ready()
        return len(added & found.articles.keys()) > 1 and self._state.parsed

    def _produce(self, found: Sources) -> Production:
        if self._production is None:
            from phanthiet_news.produce import Production

            self._production = Production(self._job, self._state, found, self._edition, self._workers)
        return self._production

    def _parsed(self, found: Sources, inputs: Mapping[str, Input]) -> tuple[list[Parsed], dict[str, Input]]:
        """What comes of every article: found out now or known; what is neither was damaged, and is read again.

        And all inputs. What was parsed is kept, so that nothing is parsed twice whatever becomes of this build.
        """
        known = self._state.parsed
        inputs = {**inputs, **self._parse(found, found.articles.keys() - known.keys() - self._anew.keys(), {})}
        if self._anew or inputs != self._state.inputs:
            self._learn(inputs)
        return [self._anew.get(name) or known[name] for name in found.articles], inputs

    def _learn(self, inputs: Mapping[str, Input]) -> None:
        parsed = {name: parsed for name, parsed in self._anew.items() if name in inputs}
        self._state.learn(self._learned, inputs, parsed, self._encoded, self._bodies)

    def _inputs_digest(
        self, found: Sources, inputs: Mapping[str, Input], *, stats: Stats | None = None, templates: str = ""
    ) -> str:
        """All inputs of a build as one digest; with other visitor numbers, or other templates, than there are now."""
        marks = sorted((name, each.digest) for name, each in inputs.items())
        return digest.of_value((
            self._versions,
            self._job.config,
            self._job.request.drafts,
            templates or found.templates_mark,
            stats or found.stats,
            marks,
        ))

    def _before(self, found: Sources) -> _Before:
        """How things were before anything was read. No article need be read to find that out."""
        if self._known_before is None:
            last = self._state.inputs
            names = (found.articles.keys() | found.inputs.keys()) - last.keys()
            added = {name for name in names if name.startswith(f"{sources.CONTENT}/")}
            inputs = {name: each for name, each in found.inputs.items() if name not in added}
            inputs |= {name: last[name] for name in found.articles if name in last}
            mark = self._inputs_digest(found, inputs)
            self._known_before = _Before(added, mark, self._last_build_stands(mark))
        return self._known_before

    def _last_build_stands(self, inputs: str) -> bool:
        """Whether the last build was made of these inputs, would be the same now, and its outputs still stand."""
        last = self._state.memo
        valid = (last.since is None or last.since <= self._job.as_of) and (
            last.until is None or self._job.as_of < last.until
        )
        if not (valid and inputs == last.inputs and self._edition.complete(self._look.found)):
            return False
        return not fatal([*self._job.problems, *last.problems], strict=self._job.request.strict)

    def _one_more(
        self, production: Production, found: Sources, inputs: Mapping[str, Input], added: set[str], mark: str
    ) -> Report | None:
        """All there is to do where one article was added, with its files or without."""
        articles = {name for name in added if name in found.articles}
        if len(articles) != 1 or self._anew.keys() != articles:
            return None
        self._learn(inputs)
        return production.one_more(self._anew[articles.pop()], added - articles, mark)

    def _by_the_last_plan(
        self, production: Production, found: Sources, inputs: Mapping[str, Input], mark: str
    ) -> Report | None:
        """All there is to do where nothing but visitor numbers, or nothing but templates changed."""
        last, of = self._state.memo, partial(self._inputs_digest, found, inputs)
        if found.stats != last.stats and self._last_build_stands(of(stats=last.stats)):
            return production.numbers_only(mark)
        if found.templates_mark != last.templates and self._last_build_stands(of(templates=last.templates)):
            return production.frames_only(mark)
        return None

    def _settled(self, inputs: Mapping[str, Input]) -> Report:
        """Nothing to do. Where files had to be read because their stamps proved nothing, keep those that now do."""
        state = self._state
        proved = all(each.stamp.settled(state.learned.seen) for each in inputs.values())
        if self._anew or inputs != state.inputs or not proved:
            self._learn(inputs)
        if not self._edition.is_settled:
            self._edition.keep_but(())
            look = Look(self._job.began, state.memo.look.published)
            state.commit(msgspec.structs.replace(state.memo, look=look), self._edition.outputs, {}, {})
        return report_as_before(self._job, state.memo)


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
