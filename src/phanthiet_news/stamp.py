"""What the file system tells of a file without opening it, and when that can be believed.

Knows `stat`; must not know which files matter.
"""

from __future__ import annotations

import os
from stat import S_ISREG

from msgspec import Struct

SECOND = 1_000_000_000
FINE, COARSE = SECOND // 10, 2 * SECOND + SECOND // 10


class Stamp(Struct, frozen=True, array_like=True):
    """Size, and when and where the content was written (nanoseconds).

    A changed file has another stamp, unless it was changed in the very moment of an earlier one: see `settled`.

    The change time is in it because a program can set the modification time back, but not that one.
    """

    size: int
    modified: int
    changed: int
    inode: int

    def settled(self, seen: int) -> bool:
        """Whether a stamp taken at the instant `seen` (nanoseconds) proves that nothing was changed since.

        A write within the clock's granularity after the stamp leaves the same stamp. Whole seconds in
        both times are those of a file system that knows nothing finer (FAT: two seconds).
        """
        last = max(self.modified, self.changed)
        return last < seen - COARSE or last < seen - self._granularity

    def moved(self, since: int) -> bool:
        """Whether this proves that nobody wrote to the file, if it was moved to its place after the instant `since`.

        Moving changes the change time only. So a file that was written well before has an earlier modification time
        than any later write could give it.
        """
        return self.changed >= since and self.modified < since - self._granularity

    @property
    def _granularity(self) -> int:
        return COARSE if self.modified % SECOND == 0 and self.changed % SECOND == 0 else FINE


class Look(Struct, frozen=True, array_like=True):
    """When the stamps of a build's outputs were taken (nanoseconds).

    `looked` is an instant before any of them was looked at, `published` one before the first was moved to its place.
    """

    looked: int = 0
    published: int = 0

    def proves(self, stamp: Stamp) -> bool:
        """Whether an output that still has this stamp of the manifest still has its bytes."""
        return stamp.settled(self.looked) or stamp.moved(self.published)


def of(status: os.stat_result) -> Stamp:
    """The stamp in a `stat` result."""
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def agrees(known: Stamp, status: os.stat_result) -> bool:
    """Whether a `stat` result is that of a regular file with this stamp."""
    return (
        known.changed == status.st_ctime_ns
        and known.modified == status.st_mtime_ns
        and known.size == status.st_size
        and known.inode == status.st_ino
        and S_ISREG(status.st_mode)
    )


def at(path: str) -> Stamp | None:
    """The stamp of a regular file; None where there is none."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return of(status) if S_ISREG(status.st_mode) else None
