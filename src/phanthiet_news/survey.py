"""Whether files can come to their places: found out before anything is touched.

Knows the file system; must not know which files belong there, or why.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection
from stat import S_ISDIR

import msgspec

from phanthiet_news.folder import Folder, there, unwritable
from phanthiet_news.problem import Failure


class _Place(msgspec.Struct, frozen=True):
    """A folder: whether it is there, on which disk it is or will be, and what stands where it must be made.

    It is `ready` unless a file that leaves is still in its place.
    """

    is_there: bool
    disk: int
    obstacle: str = ""
    ready: bool = True


class Survey:
    """A look at the ground. The files at paths that are `leaving` count as gone.

    Raises Failure where the system would refuse, as far as it can be foreseen, or where a link leads out.
    """

    def __init__(self, folder: Folder, leaving: Collection[str]) -> None:
        self._folder, self._leaving = folder, leaving
        self._places: dict[str, _Place] = {}
        self._writable: set[str] = set()

    def way_to(self, path: str) -> str:
        """What stands in the place of a folder above this path; empty if nothing does."""
        parent = path.rpartition("/")[0]
        place = self._place(parent)
        if place.is_there:
            self._want_writable(parent, path)
        return place.obstacle

    def obstacle(self, path: str, *, ours: bool) -> str:
        """What stands in the way of a file at this path; empty if nothing does, or if it is `ours` and no folder."""
        above = self.way_to(path)
        if above or not self._place(path.rpartition("/")[0]).is_there:
            return above
        status = there(self._folder.path(path))
        if status and S_ISDIR(status.st_mode):
            return self._inside(path)
        return "" if ours or not status or path in self._leaving else path

    def is_elsewhere(self, disk: int, path: str) -> bool:
        """Whether the folder of this path is on another disk than that of this number, and something can come there."""
        place = self._place(path.rpartition("/")[0])
        return place.ready and place.disk != disk

    def _place(self, folder: str) -> _Place:
        if folder not in self._places:
            self._places[folder] = self._look_at(folder) if folder else self._look_at_root()
        return self._places[folder]

    def _look_at_root(self) -> _Place:
        root = self._folder.path("").rstrip("/")
        nearest = root
        while not os.path.isdir(nearest) and nearest != os.path.dirname(nearest):
            nearest = os.path.dirname(nearest)
        if nearest != root and not os.access(nearest, os.W_OK | os.X_OK):
            raise _locked(nearest, root)
        return _Place(nearest == root, os.stat(nearest).st_dev)

    def _look_at(self, folder: str) -> _Place:
        parent = folder.rpartition("/")[0]
        above = self._place(parent)
        if above.obstacle or not above.is_there:
            return above
        status = self._folder.known(folder)
        if status and S_ISDIR(status.st_mode):
            return _Place(True, status.st_dev)
        if status and folder not in self._leaving:
            return _Place(False, above.disk, folder)
        self._want_writable(parent, folder)
        return _Place(False, above.disk, ready=status is None)

    def _want_writable(self, folder: str, path: str) -> None:
        """For a path directly in it."""
        if folder not in self._writable:
            full = self._folder.path(folder)
            if not os.access(full, os.W_OK | os.X_OK):
                raise _locked(full, path)
            self._writable.add(folder)

    def _inside(self, path: str) -> str:
        """What lies in a folder that stands where a file shall be, and does not leave."""
        full = self._folder.path(path)
        files = (os.path.join(place, name) for place, _, names in os.walk(full) for name in names)
        inside = (f"{path}/{os.path.relpath(file, full).replace(os.sep, '/')}" for file in files)
        return next((file for file in inside if file not in self._leaving), "")


def _locked(folder: str, path: str) -> Failure:
    """The system would not let anything be made in a folder."""
    read_only = hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY
    number = errno.EROFS if read_only else errno.EACCES
    return unwritable(path, OSError(number, os.strerror(number)))
