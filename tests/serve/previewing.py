"""A preview that really runs, in a process of its own."""

from __future__ import annotations

import http.client
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlsplit

import psutil

from phanthiet_news.build import Request, build
from phanthiet_news.problem import Failure
from phanthiet_news.serve import pages
from site_in_a_string import PICTURES, Site

RUNS = int(os.environ.get("PTNEWS_RUNS", "50"))
SOAK = RUNS > 50
SITE = ".ptnews/preview/site"
Answer = tuple[int, dict[str, str], bytes]  # status, headers, body


class Preview:
    """`ptnews serve` of a site: its address, what it prints and answers.

    `said` are the lines on standard output, `complained` those on standard error, `lines` all as they came. `around`
    is a command that starts it.
    """

    def __init__(
        self, root: Path, *options: str, around: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        command = [sys.executable, "-u", "-m", "phanthiet_news", "serve", "-C", str(root), "--port", "0", *options]
        self.process = subprocess.Popen(
            [*around, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self.said: list[str] = []
        self.complained: list[str] = []
        self.lines: list[str] = []
        self._arrived: queue.Queue[str] = queue.Queue()
        streams = ((self.process.stdout, self.said), (self.process.stderr, self.complained))
        self._listeners = [threading.Thread(target=self._listen, args=each, daemon=True) for each in streams]
        for listener in self._listeners:
            listener.start()
        while not (line := self._arrived.get(timeout=30)).startswith("http://"):
            pass
        self.address = line.split()[0].rstrip("/")
        self.port = urlsplit(self.address).port or 0

    def _listen(self, stream: IO[str] | None, kept: list[str]) -> None:
        with stream or open(os.devnull) as printed:
            for line in printed:
                kept.append(line.rstrip("\n"))
                self.lines.append(line.rstrip("\n"))
                self._arrived.put(line)

    def close(self) -> None:
        """End it, however it is."""
        self.process.kill()
        self.process.wait()
        for listener in self._listeners:
            listener.join(5)

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """One request on a connection of its own."""
        with self.connected() as connection:
            return asked(connection, path, method, **headers)

    @contextmanager
    def connected(self) -> Iterator[http.client.HTTPConnection]:
        """A connection for several requests."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            yield connection
        finally:
            connection.close()

    def text(self, path: str) -> str:
        return self.ask(path)[2].decode()

    def raw(self, request: bytes) -> bytes:
        """All that comes back for these very bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65536):
                answer += part
            return answer

    def end(self, number: int = signal.SIGINT) -> float:
        """Ctrl-C, or another signal; how many seconds it took to end."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(10)
        seconds = time.monotonic() - started
        for listener in self._listeners:
            listener.join(5)
        return seconds

    def family(self) -> list[psutil.Process]:
        """The server, the builder and whoever works for it."""
        server = psutil.Process(self.process.pid)
        return [server, *server.children(recursive=True)]

    def builder(self) -> psutil.Process:
        (found,) = psutil.Process(self.process.pid).children()
        return found

    def builds(self) -> list[str]:
        """The lines that tell of builds."""
        return [line for line in self.said if re.search(r" \(\d+ ms\)$", line)]


def asked(connection: http.client.HTTPConnection, path: str, method: str = "GET", **headers: str) -> Answer:
    """One request, of several on a connection."""
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def within(seconds: float, holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.02)


@contextmanager
def previewed(
    site: Site, *options: str, around: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Iterator[Preview]:
    preview = Preview(site.root, *options, around=around, environment=environment)
    try:
        yield preview
    finally:
        preview.close()


# --- what should be served


def ageless(page: bytes) -> bytes:
    """Without the number of the build that it comes from."""
    return re.sub(rb' data-generation="\d+"', b"", page)


class Clean:
    """Clean builds of a site as its preview should show it."""

    def __init__(self, site: Site) -> None:
        self._site, self._folder = site, site.root.parent / "clean"
        self._ever: set[str] = set()

    def outputs(self) -> dict[str, bytes]:
        """All that should be served. Raises Failure as `build()` does."""
        shutil.rmtree(self._folder, ignore_errors=True)
        out, memory = self._folder / "site", self._folder / "memory"
        build(Request(self._site.root, out, memory, PICTURES, drafts=True, jobs=1, fragments="inline"))
        return {path: (out / path).read_bytes() for path in _files(out) - {".ptnews"}}

    def is_served(self, preview: Preview, wanted: Mapping[str, bytes]) -> bool:
        """Whether each output is served as it should be, and nothing that there was once or that lies about."""
        self._ever |= wanted.keys()
        lying = self._site.root / SITE
        stands = _files(lying) - {".ptnews"}
        if stands != wanted.keys():
            return False
        with preview.connected() as connection:
            return all(_serves(connection, path, wanted) for path in self._ever)

    def must_be_served(self, preview: Preview, seconds: float) -> None:
        """Now, or within so many seconds."""
        wanted = self.outputs()
        within(seconds, lambda: self.is_served(preview, wanted))

    def fails(self) -> bool:
        """Whether there is a mistake that stops it."""
        try:
            self.outputs()
        except Failure:
            return True
        return False


def _files(folder: Path) -> set[str]:
    """Every file below a folder, even while others write there."""
    return {Path(place, name).relative_to(folder).as_posix() for place, _, names in os.walk(folder) for name in names}


def _serves(connection: http.client.HTTPConnection, path: str, wanted: Mapping[str, bytes]) -> bool:
    status, _, body = asked(connection, "/" + quote(path.removesuffix("index.html")))
    found = wanted.get(path)
    if found is None:  # its folder may lead to something that is still there
        return status in (404, 301) and (status == 301 or ageless(body) == ageless(_dressed(wanted["404.html"])))
    return status == 200 and ageless(body) == ageless(_dressed(found) if path.endswith(".html") else found)


def _dressed(page: bytes) -> bytes:
    return pages.dressed(page, [], 0)
