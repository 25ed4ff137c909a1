"""One run of `ptnews serve`: build, watch, serve. Knows the parts, and no part's insides."""

from __future__ import annotations

import asyncio
import os
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from socket import socket

import msgspec

from phanthiet_news import lock
from phanthiet_news.build import PREVIEW
from phanthiet_news.problem import BUG_HINT, EXIT_BUG, EXIT_REFUSED, Failure, Problem, report
from phanthiet_news.serve import saves, server
from phanthiet_news.serve.app import Application, Hosts
from phanthiet_news.serve.builder import SITE, Order, Outcome
from phanthiet_news.serve.preview import Preview
from phanthiet_news.serve.process import Died, Process
from phanthiet_news.serve.saves import Saves
from phanthiet_news.serve.watch import Watcher

LOOK_EVERY, POLL_EVERY = 10.0, 1.0  # seconds between looks at everything, with watches and without
SELDOM, OFTEN = 150, 10  # such looks take at most this part of the processor's time
LOOK_AT_LEAST_EVERY = 60.0
AGAIN_AFTER = 1.0  # a look at what was told of is followed by one at everything: not all is told
NOT_BUILT = "not built; what was built before is still served"
NO_WATCHES = (
    "this system has no more watches to give (fs.inotify.max_user_watches): looking through the site every second "
    "instead, and less often where that takes long"
)


class Options(msgspec.Struct, frozen=True):
    """How a preview is to be served. `names` are hosts that it goes by besides those of this machine."""

    root: Path
    host: str = "127.0.0.1"
    port: int = 8000
    names: tuple[str, ...] = ()
    watch: bool = True
    drafts: bool = True
    jobs: int | None = None
    debug: bool = False


class Session:
    """One preview. `say` is given each line that tells what was done, `complain` all that is wrong."""

    def __init__(self, options: Options, say: Callable[[str], None], complain: Callable[[str], None]) -> None:
        self._options, self._say, self._complain = options, say, complain
        self._root = options.root.resolve()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._saves = Saves()
        self._preview = Preview(self._root / SITE, self._saves.note)
        self._builder = Process(Order(str(self._root), os.getpid(), options.drafts, options.jobs, options.debug))
        self._watcher = Watcher(self._root, self._saved) if options.watch else None
        self._polling = False
        self._all_seen = True
        self._cost = 0.0
        self._dead: Problem | None = None

    async def run(self, ready: Callable[[str], None]) -> None:
        """Until it is interrupted. `ready` is called with the address once it answers. Raises Failure."""
        self._loop = asyncio.get_running_loop()
        options = self._options
        with (
            lock.held(self._root / PREVIEW, name="serving", taken=_other_preview) as tell,
            server.bound(options.host, options.port, self._complain) as listening,
        ):
            tell(server.address(listening))
            try:
                await self._run(listening, ready)
            finally:
                if self._watcher:
                    self._watcher.stop()
                await self._builder.end()

    async def _run(self, listening: socket, ready: Callable[[str], None]) -> None:
        if self._watcher:
            self._watcher.start()  # before the first build: what is saved meanwhile counts
        await self._build(first=True)
        if self._dead:
            raise Failure([self._dead], EXIT_BUG)
        address = server.address(listening, self._preview.snapshot.prefix)
        serving = server.Server(self._application(), self._preview, partial(ready, address))
        work = asyncio.create_task(self._keep_built())
        work.add_done_callback(lambda _: serving.stop())
        try:
            await serving.serve(sockets=[listening])
        finally:
            work.cancel()
            await asyncio.wait([work])
        if not work.cancelled():
            work.result()  # it ended by itself, which it should not: say why

    def _application(self) -> Application:
        options = self._options
        hosts = Hosts([options.host, *options.names], any_address=not server.is_loopback(options.host))
        return Application(self._preview, hosts, self._bug)

    def _bug(self, error: Exception) -> None:
        if self._options.debug:
            traceback.print_exception(error)
        self._complain(f"ptnews has a bug: {type(error).__name__}: {error}\n    help: {BUG_HINT}")

    # --- when

    def _saved(self, path: str) -> None:
        """Called on a thread of the watcher's."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._saves.note, path)

    async def _keep_built(self) -> None:
        while True:
            await self._saves.wait(self._patience())
            await self._build()

    def _patience(self) -> float | None:
        """Seconds until everything is looked at, if nothing is saved; None where only a save is a reason to."""
        if self._watcher is None or self._dead:
            return None
        if not self._all_seen:
            return AGAIN_AFTER
        sees_all = self._watcher.sees_all()
        if not (sees_all or self._polling):
            self._polling = True
            self._complain(NO_WATCHES)
        return pause(self._cost, sees_all=sees_all)

    # --- what

    async def _build(self, *, first: bool = False) -> None:
        paths, started = self._saves.take(), time.perf_counter()
        before = self._preview.snapshot
        async with self._preview.building():
            outcome = await self._outcome(paths)
            gone = before.outputs.keys() - outcome.changed.keys() if outcome.whole else outcome.gone
            prefix = outcome.prefix if outcome.report else before.prefix
            is_new = await self._preview.show(outcome.changed, gone, prefix, outcome.problems)
        self._all_seen = not paths
        if not (paths or is_new or outcome.whole):
            self._cost = outcome.cost  # that of a look at everything where nothing changed
        if outcome.problems and (outcome.problems != before.problems or (paths and not outcome.report)):
            self._complain(report(outcome.problems))
        if first or paths or is_new:
            self._say(_line(paths, outcome, time.perf_counter() - started))

    async def _outcome(self, paths: list[str]) -> Outcome:
        """What came of a build. A builder that dies is started again, once: what it knew is on the disk."""
        self._dead = None
        try:
            return await self._builder.build(paths or None)
        except Died as died:
            self._complain(f"the process that builds the preview died ({died}); another takes its place")
        try:
            return await self._builder.build(None)
        except Died as died:
            self._dead = _died(died)
            return Outcome([self._dead])


def pause(cost: float, *, sees_all: bool) -> float:
    """Seconds from one look at everything to the next; `cost` are those that the processor is at it."""
    every, share = (LOOK_EVERY, SELDOM) if sees_all else (POLL_EVERY, OFTEN)
    return min(max(every, share * cost), LOOK_AT_LEAST_EVERY)


def _line(paths: list[str], outcome: Outcome, seconds: float) -> str:
    """What was saved, what was made of it, how long it took."""
    what, done = saves.named(paths), outcome.report.work_done if outcome.report else NOT_BUILT
    return f"{what + ': ' if what else ''}{done} ({seconds * 1000:.0f} ms)"


def _died(died: Died) -> Problem:
    message = f"the process that builds the preview died twice ({died})"
    return Problem(path="ptnews", code="builder-died", message=message, hint="save again, or start it again")


def _other_preview(holder: str) -> Failure:
    process, _, address = holder.partition(" ")
    message = f"this site has a preview already{', at ' + address if address else ''} (process {process})"
    hint = "look there, or end that one first"
    return Failure.at(f"{PREVIEW}/serving", "locked", message, hint, exit_code=EXIT_REFUSED)
