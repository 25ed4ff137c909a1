"""A preview from its first build until it is stopped: watch, build, serve. Knows the parts, and no part's insides."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from phanthiet_news.problem import EXIT_REFUSED, Failure, Problem, report
from phanthiet_news.serve.app import LARGEST_HEAD, LOOPBACK, Preview, Snapshot, application
from phanthiet_news.serve.builder import Order, Outcome
from phanthiet_news.serve.watch import Watcher

QUIET, AT_MOST = 0.03, 0.3  # seconds without a save, and altogether, until a burst of saves is built
LOOK_EVERY = 10.0
POLL_EVERY = 1.0
AGAIN_AFTER = 1.0  # a look at what was told of is followed by one at everything: not all is told
SHARE = 150  # looking without an event takes at most this part of the time
REQUEST_WITHIN = 10.0
PORTS = 20


class Options(msgspec.Struct, frozen=True):
    """How a preview is to be served."""

    root: Path
    host: str = "127.0.0.1"
    port: int = 8000
    watch: bool = True
    drafts: bool = True
    jobs: int | None = None


class Session:
    """One preview. `say` is given each line that the terminal shall show."""

    def __init__(self, options: Options, say: Callable[[str], None]) -> None:
        self._options, self._say = options, say
        self._preview: Preview
        self._saved = asyncio.Event()
        self._paths: dict[str, None] = {}
        self._told: list[Problem] = []
        self._seconds = 0.0
        self._all_seen = True

    async def run(self, ready: Callable[[str], None]) -> None:
        """Until it is interrupted. `ready` is called with the address once it answers."""
        options = self._options
        bound = _bound(options, self._say)
        builder = await _Process.start(Order(str(options.root.resolve()), options.drafts, options.jobs))
        own_hosts = LOOPBACK | {options.host}
        self._preview = Preview(
            options.root.resolve() / PREVIEW_SITE, frozenset(own_hosts), any_address=options.host not in LOOPBACK
        )
        watcher = self._watcher() if options.watch else None
        watched = watcher.start() if watcher else False  # before the first build: what is saved meanwhile counts
        try:
            await self._build(builder, first=True)
            await self._serve(bound, ready, self._watch(builder, watched=watched) if watcher else None)
        finally:
            if watcher:
                watcher.stop()
            builder.end()
            bound.close()

    async def _serve(
        self, bound: socket.socket, ready: Callable[[str], None], beside: Coroutine[Any, Any, None] | None
    ) -> None:
        config = uvicorn.Config(
            application(self._preview),
            http=_Patient,
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=0,
            h11_max_incomplete_event_size=LARGEST_HEAD,
        )
        server = uvicorn.Server(config)
        name, port = bound.getsockname()[:2]
        host = f"[{name}]" if ":" in name else name
        ready(f"http://{host}:{port}{self._preview.snapshot.prefix}/")
        work = asyncio.create_task(beside) if beside else None
        try:
            await server.serve(sockets=[bound])
        finally:
            if work:
                work.cancel()

    # --- building

    def _watcher(self) -> Watcher:
        loop = asyncio.get_running_loop()

        def changed(path: str) -> None:
            loop.call_soon_threadsafe(self._note, path)

        return Watcher(self._options.root, changed)

    async def _watch(self, builder: _Process, *, watched: bool) -> None:
        if not watched:
            self._say("this system has no more watches to give: looking every second instead")
        while True:
            await self._next_save(LOOK_EVERY if watched else POLL_EVERY)
            await self._build(builder)

    def _note(self, path: str) -> None:
        self._paths[path] = None
        self._saved.set()

    async def _next_save(self, every: float) -> None:
        """Wait for a save and the end of its burst; or until it is time to look without one."""
        patience = max(every, SHARE * self._seconds) if self._all_seen else AGAIN_AFTER
        try:
            await asyncio.wait_for(self._saved.wait(), patience)
        except TimeoutError:
            return
        end = time.monotonic() + AT_MOST
        while self._saved.is_set() and time.monotonic() < end:
            self._saved.clear()
            await asyncio.sleep(QUIET)
        self._saved.clear()

    async def _build(self, builder: _Process, *, first: bool = False) -> None:
        paths, self._paths = list(self._paths), {}
        started = time.perf_counter()
        self._all_seen = not paths
        outcome = await builder.build(paths or None)
        seconds = time.perf_counter() - started
        before = self._preview.snapshot
        same = not (outcome.changed or outcome.gone) and outcome.problems == self._told
        if same and not first:
            self._seconds = seconds if self._all_seen else self._seconds
            return
        if outcome.problems and outcome.problems != self._told:
            self._say(report(outcome.problems))
        self._told = outcome.problems
        await self._preview.show(
            Snapshot(
                generation=before.generation + 1,
                outputs=_with(before.outputs, outcome),
                prefix=outcome.prefix if outcome.report else before.prefix,
                problems=outcome.problems,
            )
        )
        self._say(_line(paths, outcome, seconds))


def _with(outputs: Mapping[str, str], outcome: Outcome) -> Mapping[str, str]:
    gone = set(outcome.gone)
    return {path: mark for path, mark in {**outputs, **outcome.changed}.items() if path not in gone}


def _line(paths: list[str], outcome: Outcome, seconds: float) -> str:
    """What changed, what was made of it, how long it took."""
    named = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    done = outcome.report.work_done if outcome.report else _NOT_BUILT
    return f"{named + ': ' if named else ''}{done} ({seconds * 1000:.0f} ms)"


_NOT_BUILT = "not built; what was built before is still served"
PREVIEW_SITE = Path(".ptnews/preview/site")


class _Process:
    """The builder's process, as one sees it from here."""

    def __init__(
        self, process: asyncio.subprocess.Process, asks: asyncio.StreamWriter, answers: asyncio.StreamReader
    ) -> None:
        self._process, self._asks, self._answers = process, asks, answers

    @classmethod
    async def start(cls, order: Order) -> _Process:
        """Start it; it waits to be asked. A signal to the terminal's group is not for it."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "phanthiet_news.serve.builder"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**30,
            start_new_session=True,
        )
        if process.stdin is None or process.stdout is None:
            raise AssertionError("it was started with pipes")
        process.stdin.write(msgspec.json.encode(order) + b"\n")
        return cls(process, process.stdin, process.stdout)

    async def build(self, touched: list[str] | None) -> Outcome:
        """Have it build. Raises Failure where it has died."""
        self._asks.write(_asked(touched) + b"\n")
        line = await self._answers.readline()
        if not line:
            raise Failure.at("ptnews", "builder-died", "the process that builds the preview died", "start it again")
        return msgspec.json.decode(line, type=Outcome)

    def end(self) -> None:
        """End it, whatever it does."""
        if self._process.returncode is None:
            self._process.kill()


def _asked(touched: list[str] | None) -> bytes:
    try:
        return msgspec.json.encode(touched)
    except UnicodeEncodeError:  # a name that is no text
        return b"null"


class _Patient(H11Protocol):
    """Waits a while for a request, and not for ever."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._expect()

    def _expect(self) -> None:
        seen = self.cycle
        asyncio.get_running_loop().call_later(REQUEST_WITHIN, self._give_up, seen)

    def _give_up(self, seen: Any) -> None:
        if self.cycle is seen and (seen is None or seen.response_complete):
            self.transport.close()


def _bound(options: Options, say: Callable[[str], None]) -> socket.socket:
    """A socket at the port, or at the next that is free."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    for port in range(options.port, options.port + PORTS) if options.port else [0]:
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((options.host, port))
            bound.listen(128)
        except OSError as error:
            bound.close()
            refused = error
            continue
        if port != options.port:
            say(f"port {options.port} is taken; this is {port}")
        return bound
    message = f"can't listen at {options.host}:{options.port}: {(refused.strerror or str(refused)).lower()}"
    raise Failure.at("--port", "port", message, "name another with `--port`", exit_code=EXIT_REFUSED)
