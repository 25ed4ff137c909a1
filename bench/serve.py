"""`python -m bench.serve`: from the save of an article until its page shows it, beside `hugo server`.

Knows how a preview is started and asked; what a site is stands in `sites`, how results are told in `table`.
"""

from __future__ import annotations

import argparse
import http.client
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from bench import arguments, machine, table
from bench.process import Broken, running, used
from bench.sites import HugoSite, PtnewsSite
from bench.table import Served

EVERY = 0.005  # seconds between two looks at the page
READY_WITHIN, SHOWN_WITHIN = 1800.0, 60.0
IDLE_FOR, IDLE_COST = 1.5, 0.05  # seconds; and those that the processor may be at it meanwhile


def main() -> None:
    """Print a table, and put it into a page if asked to."""
    wanted = _arguments()
    hugo = machine.needed_hugo()
    try:
        with tempfile.TemporaryDirectory(prefix="ptnews-serve-", dir=wanted.where) as folder:
            setting = machine.setting(Path(folder), hugo)
            rows = [measured(Path(folder, str(count)), count, wanted.edits, hugo) for count in wanted.articles]
    except Broken as broken:
        sys.exit(f"bench: {broken}")
    block = table.report_served(setting, rows)
    print(block)
    if wanted.write:
        text = wanted.write.read_text(encoding="utf-8")
        wanted.write.write_text(table.put_into(text, block, table.SERVED), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.serve", description=__doc__)
    parser.add_argument("--articles", type=arguments.count, nargs="+", default=[1000, 10000], metavar="N", help="sizes")
    parser.add_argument("--edits", type=arguments.count, default=20, metavar="N", help="saves of each (default: 20)")
    parser.add_argument(
        "--where", type=arguments.folder, metavar="DIR", help="where to work (default: a temporary folder)"
    )
    page = arguments.page_with(table.SERVED)
    parser.add_argument("--write", type=page, metavar="FILE", help="Markdown page to put the result into")
    return parser.parse_args()


def measured(ground: Path, count: int, edits: int, hugo: str) -> Served:
    """Both previews side by side, saved into by turns. Raises Broken."""
    ours, theirs = PtnewsSite(ground / "ptnews", count), HugoSite(ground / "hugo", count)
    ours.write()
    theirs.write()
    with _previewed(ours, _ptnews) as own, _previewed(theirs, _hugo(hugo)) as other:
        pairs = [(other.save(), own.save()) for _ in range(edits)]
    return Served(count, [seconds for _, seconds in pairs], [seconds for seconds, _ in pairs])


def _ptnews(root: Path, port: int) -> Sequence[str]:
    return [sys.executable, "-m", "phanthiet_news", "serve", "-C", str(root), "--port", str(port)]


def _hugo(binary: str) -> Callable[[Path, int], Sequence[str]]:
    """As quick as it can be: in memory, and first what is looked at."""
    return lambda root, port: [
        *(binary, "server", "--source", str(root), "--port", str(port)),
        *("--renderToMemory", "--noBuildLock", "--quiet"),
    ]


@contextmanager
def _previewed(site: PtnewsSite | HugoSite, command: Callable[[Path, int], Sequence[str]]) -> Iterator[_Reader]:
    port = _free_port()
    log = site.root.with_suffix(".log")
    with running(command(site.root, port), log) as process:
        reader = _Reader(site, port, process, log)
        reader.wait(lambda: reader.text("/"), READY_WITHIN)
        yield reader


class _Reader:
    """One who saves, and looks at the page."""

    def __init__(self, site: PtnewsSite | HugoSite, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self._site, self._port, self._process, self._log = site, port, process, log

    def save(self) -> float:
        """Save an article whose page is open, once nothing is going on; seconds until the page shows it."""
        edit = self._site.edit()
        address = "/" + quote(edit.path.removesuffix("index.html"))
        if edit.mark in self.text(address):
            raise Broken(f"{address} shows what is not yet saved")
        self._wait_until_idle()
        started = time.perf_counter()
        edit.save()
        self.wait(lambda: edit.mark in self.text(address), SHOWN_WITHIN)
        return time.perf_counter() - started

    def text(self, address: str) -> str:
        """A page; empty while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=SHOWN_WITHIN)
        try:
            connection.request("GET", address)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            return text if answer.status == 200 else ""
        except ConnectionError:
            return ""
        finally:
            connection.close()

    def wait(self, holds: Callable[[], object], seconds: float) -> None:
        """Until something holds. Raises Broken when that takes longer than so many seconds, or nobody is there."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end or self._process.poll() is not None:
                raise Broken(f"{self._site.root.name} does not serve it\n{self._log.read_text(encoding='utf-8')}")
            time.sleep(EVERY)

    def _wait_until_idle(self) -> None:
        """What follows a save (a look at everything, what was put off) is over."""
        before, now = float("-inf"), used(self._process.pid)
        while now - before > IDLE_COST:
            time.sleep(IDLE_FOR)
            before, now = now, used(self._process.pid)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
