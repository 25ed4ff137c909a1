"""A preview that really runs, in a process of its own."""

from __future__ import annotations

import http.client
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from site_in_a_string import Site


class Preview:
    """`ptnews serve` of a site: its address, the lines that it prints, and what it answers."""

    def __init__(self, root: Path, *options: str) -> None:
        command = [sys.executable, "-u", "-m", "phanthiet_news", "serve", "-C", str(root), "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines: list[str] = []
        arrived: queue.Queue[str] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, args=(arrived,), daemon=True)
        self._listener.start()
        while not (line := arrived.get(timeout=30)).startswith("http://"):
            pass
        self.address = line.split()[0].rstrip("/")
        self.port = urlsplit(self.address).port or 0

    def _listen(self, arrived: queue.Queue[str]) -> None:
        with self.process.stdout or open(os.devnull) as printed:
            for line in printed:
                self.lines.append(line.rstrip("\n"))
                arrived.put(line)

    def close(self) -> None:
        """End it, however it is."""
        self.process.kill()
        self.process.wait()
        self._listener.join(5)

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def text(self, path: str) -> str:
        return self.ask(path)[2].decode()

    def end(self) -> float:
        """Ctrl-C; how many seconds it took to end."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)
        return time.monotonic() - started


def within(seconds: float, holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.02)


@contextmanager
def previewed(site: Site, *options: str) -> Iterator[Preview]:
    preview = Preview(site.root, *options)
    try:
        yield preview
    finally:
        preview.close()
