"""What is served: the outputs of one whole build by path and digest, and since when each is as it is.

Knows files and their digests; must not know HTTP, or how anything is built.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from phanthiet_news import digest, stamp
from phanthiet_news.problem import Problem
from phanthiet_news.stamp import Stamp

PATIENCE = 5.0  # seconds within which a build that was asked for must be known to have ended


class Snapshot(msgspec.Struct, frozen=True):
    """Digests of the outputs of one build by path, and the problems that came up since.

    The `generation` is another for each; `prefix` is the path of the site's address.
    """

    generation: int
    outputs: Mapping[str, str] = {}
    prefix: str = ""
    problems: Sequence[Problem] = ()


class Preview:
    """The snapshot of the moment, and those who wait for the next one.

    `look` is called when a file is not what it should be: somebody should look, and make it again.
    """

    def __init__(self, folder: Path, look: Callable[[], None], patience: float = PATIENCE) -> None:
        self._folder, self._look, self._patience = folder, look, patience
        # By the clock, so that no page of an earlier server's has a number that this one gives too.
        self._first = time.time_ns() // 1_000_000
        self.snapshot = Snapshot(self._first)
        self._since: dict[str, int] = {}
        self._problems_since = self._first
        self._proved: dict[str, tuple[str, Stamp]] = {}
        self._news = asyncio.Condition()
        self._builds, self._building, self.closed = 0, False, False

    # --- what those tell who build

    @asynccontextmanager
    async def building(self) -> AsyncIterator[None]:
        """While a build is under way, those who ask for what it replaces wait for its end."""
        self._building = True
        try:
            yield
        finally:
            self._building = False
            self._builds += 1
            await self._notify()

    async def show(
        self, changed: Mapping[str, str], gone: Collection[str], prefix: str, problems: Sequence[Problem]
    ) -> bool:
        """From now on these outputs are others, or gone; whether that, or anything else, is new."""
        before = self.snapshot
        news = {path for path, mark in changed.items() if before.outputs.get(path) != mark}
        news |= before.outputs.keys() & set(gone)
        if not news and (prefix, problems) == (before.prefix, before.problems):
            return False
        generation = before.generation + 1
        outputs = {path: mark for path, mark in {**before.outputs, **changed}.items() if path not in gone}
        self._since |= dict.fromkeys(news, generation)
        if problems != before.problems:
            self._problems_since = generation
        if prefix != before.prefix:
            self._first = generation  # every address is another
        self.snapshot = Snapshot(generation, outputs, prefix, problems)
        await self._notify()
        return True

    async def close(self) -> None:
        """Nobody shall wait any more."""
        self.closed = True
        await self._notify()

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()

    # --- what those ask who serve

    def changed_since(self, generation: int) -> set[str] | None:
        """The outputs that came, changed or went since a generation; None where that is not known."""
        if not self._first <= generation <= self.snapshot.generation:
            return None
        return {path for path, since in self._since.items() if since > generation}

    def problems_changed_since(self, generation: int) -> bool:
        """Whether other problems are shown now than at a generation."""
        return self._problems_since > generation

    async def next(self, after: int, seconds: float) -> Snapshot:
        """The snapshot as soon as it is of another generation; the present one when that takes too long."""
        await self._until(lambda: self.snapshot.generation != after, seconds)
        return self.snapshot

    def opened(self, path: str, mark: str) -> BinaryIO | None:
        """An output's file, if its bytes are those of the digest; None when it is just being replaced.

        What is open stays as it is, for files are replaced and never written again.
        """
        try:
            file = open(self._folder / path, "rb")  # noqa: SIM115 - whoever asked closes it
        except OSError:
            return None
        now = stamp.of(os.fstat(file.fileno()))
        if self._proved.get(path) != (mark, now):
            if digest.of_file(file) != mark:
                file.close()
                return None
            self._proved[path] = mark, now
            file.seek(0)
        return file

    async def later(self, seen: Snapshot) -> bool:
        """Wait until a file that was not what a snapshot says may be so: for the end of the build that is under way.

        Where there is none, one is asked for. Whether it is worth trying again.
        """
        builds = self._builds
        if not self._building and self.snapshot is seen:
            self._look()

        def over() -> bool:
            return self.snapshot is not seen or self._builds != builds

        while not await self._until(over, self._patience):
            if not self._building:
                return False
        return not self.closed

    async def _until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Whether something came to hold (or all is over) within so many seconds."""
        async with self._news:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait_for(lambda: holds() or self.closed), seconds)
            return holds() or self.closed
