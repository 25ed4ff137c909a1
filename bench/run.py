"""Measures ptnews beside Hugo, case by case and turn by turn, and prints what came out.

Knows which cases there are and in which order things happen. What a site is stands in `sites`, how a command is
timed in `process`, how results are told in `table`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import arguments, machine, table, words
from bench.process import Broken, timed, watched
from bench.sites import HugoSite, Proof, PtnewsSite
from bench.table import Measure, Output, Size

KEEP_ASIDE = 8 * 2**30


def main() -> None:
    """`python -m bench`."""
    wanted = _arguments()
    hugo = machine.needed_hugo()
    try:
        with tempfile.TemporaryDirectory(prefix="ptnews-bench-", dir=wanted.where) as folder:
            setting = machine.setting(Path(folder), hugo)
            sizes = [_Bench(Path(folder, str(count)), count, wanted.runs, hugo).measured() for count in wanted.articles]
    except Broken as broken:
        sys.exit(f"bench: {broken}")
    block = table.report(setting, sizes)
    print(block)
    if wanted.write:
        wanted.write.write_text(table.put_into(wanted.write.read_text(encoding="utf-8"), block), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--articles", type=arguments.count, nargs="+", default=[1000, 10000, 50000], metavar="N", help="sizes"
    )
    parser.add_argument(
        "--runs", type=arguments.count, default=3, metavar="N", help="timed runs of each case (default: 3)"
    )
    parser.add_argument(
        "--where", type=arguments.folder, metavar="DIR", help="where to work (default: a temporary folder)"
    )
    parser.add_argument(
        "--write", type=arguments.page_with(table.MEASURED), metavar="FILE", help="Markdown page to put the result into"
    )
    return parser.parse_args()


@dataclass(frozen=True)
class _Case:
    name: str
    change: Callable[[], Proof]
    fragments: str = "inline"


class _Bench:
    """All cases for one number of articles."""

    def __init__(self, ground: Path, count: int, runs: int, hugo: str) -> None:
        self._ground, self._count, self._runs = ground, count, runs
        self._site, self._hugo_site = PtnewsSite(ground / "ptnews", count), HugoSite(ground / "hugo", count)
        self._ours = [sys.executable, "-m", "phanthiet_news", "build", "-C", str(self._site.root), "--json"]
        self._theirs = [hugo, "--source", str(self._hugo_site.root), "--noBuildLock", "--quiet"]
        self._answer = ground / "answer"
        self._aside = _Aside(ground / "aside")

    def measured(self) -> Size:
        """Write both sites, measure everything, delete all."""
        _tell(f"{table.thousands(self._count)} articles: writing")
        self._site.write()
        self._hugo_site.write()
        hugo_memory = watched(self._theirs, self._answer)
        cold, *others = self._cases()
        cases = [self._measure(cold)]
        output, hugo_output = (_output(site.out, self._count) for site in (self._site, self._hugo_site))
        cases += map(self._measure, others)
        shutil.rmtree(self._ground)
        return Size(self._count, cases, output, hugo_output, hugo_memory)

    def _cases(self) -> Iterator[_Case]:
        site = self._site
        yield _Case("cold", self._forget)
        yield _Case("nothing to do", site.change_nothing)
        yield _Case("one body edited", site.edit_body)
        yield _Case("one article published, sidebar inline", site.publish)
        yield _Case("new visitor numbers, sidebar inline", site.change_stats)
        yield _Case("base template changed", site.change_base)
        yield _Case("one article published, sidebar by client", site.publish, "client")
        yield _Case("new visitor numbers, sidebar by client", site.change_stats, "client")

    def _measure(self, case: _Case) -> Measure:
        """One run to warm up and to watch memory, then Hugo and ptnews by turns."""
        self._site.set_fragments(case.fragments)
        if case.change != self._forget:
            timed(self._ours, self._answer)  # the site as it stands, so that only the change is measured
        proof = case.change()
        memory = watched(self._ours, self._answer)
        self._check(case, proof)
        own, other = [], []
        for _ in range(self._runs):
            self._aside.take(self._hugo_site.out)
            other.append(timed(self._theirs, self._answer))
            proof = case.change()
            own.append(timed(self._ours, self._answer))
            self._check(case, proof)
        done = json.loads(self._answer.read_bytes())
        made = [len(done[key]) for key in ("rendered", "filled", "copied")]
        found = Measure(case.name, own, other, made[0], made[1], sum(made), memory)
        _tell(f"{table.thousands(self._count)} articles, {case.name}: {found.ratio:.2g} of Hugo's time")
        return found

    def _forget(self) -> Proof:
        """Neither output nor state: the next build is a cold one."""
        for folder in (self._site.out, self._site.state):
            self._aside.take(folder)
        return self._site.change_nothing()

    def _check(self, case: _Case, proof: Proof) -> None:
        """A build that does not show the change has not done the work."""
        for path, mark in proof.items():
            if mark not in (self._site.out / path).read_text(encoding="utf-8"):
                raise Broken(f"{case.name}: {path} does not show the change")


class _Aside:
    """Old outputs, renamed aside: deleting them is neither measured nor, while there is room, done between runs."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._taken, self._room = folder, 0, 0

    def take(self, output: Path) -> None:
        """Put a folder aside, if it is there."""
        if not output.exists():
            return
        self._folder.mkdir(exist_ok=True)
        free = shutil.disk_usage(self._folder).free
        self._room = self._room or free
        if self._room - free > min(KEEP_ASIDE, self._room // 2):
            shutil.rmtree(self._folder)
            self._folder.mkdir()
        self._taken += 1
        output.rename(self._folder / str(self._taken))


def _output(folder: Path, count: int) -> Output:
    """How much stands in an output folder. Raises Broken unless every article has its page."""
    found = sum(1 for category in words.CATEGORIES for _ in (folder / category).glob("*/index.html"))
    if found != count:
        raise Broken(f"{folder.name} has pages of {found} articles, not {count}")
    files = [Path(place, name) for place, _, names in os.walk(folder) for name in names]
    return Output(len(files), sum(file.stat().st_size for file in files))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
