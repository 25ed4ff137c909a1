"""What was saved, and when a burst of saves is over. Knows paths and clocks; must not know who tells or who builds."""

from __future__ import annotations

import asyncio
import os
import time

QUIET = 0.03  # seconds without a save until a burst is over
FEW, QUIET_OF_MANY = 8, 0.15  # more than a few files at once: a program is at it, and may take breath
AT_MOST = 2.0  # seconds that a burst is waited for


class Saves:
    """Paths that were saved since they were taken the last time, in their order."""

    def __init__(self) -> None:
        self._paths: dict[str, None] = {}
        self._saved = asyncio.Event()

    def note(self, path: str = "") -> None:
        """This was saved. Without a path: nobody saved, but somebody should look."""
        if path:
            self._paths[path] = None
        self._saved.set()

    async def wait(self, patience: float | None) -> None:
        """Wait for a save and the end of its burst; without one no longer than so many seconds (None: for ever)."""
        try:
            await asyncio.wait_for(self._saved.wait(), patience)
        except TimeoutError:
            return
        end = time.monotonic() + AT_MOST
        while self._saved.is_set() and time.monotonic() < end:
            self._saved.clear()
            await asyncio.sleep(QUIET if len(self._paths) <= FEW else QUIET_OF_MANY)
        self._saved.clear()

    def take(self) -> list[str]:
        """What was saved since the last time."""
        paths, self._paths = list(self._paths), {}
        return paths


def named(paths: list[str], most: int = 3) -> str:
    """Paths in words; without the folders of which something in them is named too."""
    above = {folder for path in paths for folder in _folders(path)}
    files = [path for path in paths if path not in above]
    return ", ".join(files[:most]) + (f" and {len(files) - most} more" if len(files) > most else "")


def _folders(path: str) -> list[str]:
    parts = path.split(os.sep)
    return [os.sep.join(parts[:depth]) for depth in range(1, len(parts))]
