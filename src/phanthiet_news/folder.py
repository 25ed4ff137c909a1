"""The output folder: the only place where files of a site are written or removed.

A file is written beside its place and moved into it, so that a reader meets the old one or the new one,
never half of one. Knows files and bytes; must not know pages, or which file belongs there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from phanthiet_news import digest, stamp
from phanthiet_news.problem import EXIT_REFUSED, EXIT_SYSTEM, Failure
from phanthiet_news.stamp import Stamp

TEMPORARY = ".ptnews-tmp"
MARKER = ".ptnews"


def refuse_folder(out: Path, root: Path, sources: Iterable[Path]) -> None:
    """Raise Failure when building into `out` could destroy what it is built from, or much else."""
    real = out.resolve()
    forbidden = [
        *((home.resolve(), "your home folder") for home in _home()),
        (Path(real.anchor), "the whole disk"),
        (root.resolve(), "the site's own folder"),
    ]
    for place, what in forbidden:
        if real == place or real in place.parents:
            raise _refused(out, f"it is or holds {what}")
    for source in sources:
        there = source.resolve()
        if real == there or real in there.parents or there in real.parents:
            raise _refused(out, f"`{source.name}/` is, holds or lies in it")
    if out.exists() and not out.is_dir():
        raise _refused(out, "it is a file")


def _home() -> list[Path]:
    """The user's home folder, if there is one: a container may know none."""
    try:
        return [Path.home()]
    except RuntimeError:
        return []


class Folder:
    """The output folder. Every OSError becomes a Failure with the path and the cause."""

    def __init__(self, out: Path) -> None:
        self._root = os.path.realpath(out)
        self._entered: set[str] = set()

    @property
    def has_marker(self) -> bool:
        """Whether ptnews has written here before."""
        return os.path.exists(self._path(MARKER))

    @property
    def name(self) -> str:
        """As messages name it."""
        return os.path.basename(self._root)

    def stamp(self, path: str) -> Stamp | None:
        """The stamp of an output; None where there is no regular file."""
        return stamp.at(self._path(path))

    def exists(self, path: str) -> bool:
        """Whether anything but a folder stands at a path."""
        full = self._path(path)
        return os.path.lexists(full) and not (os.path.isdir(full) and not os.path.islink(full))

    def read(self, path: str) -> bytes | None:
        """An output's bytes; None where there is no regular file."""
        if self.stamp(path) is None:
            return None
        try:
            with open(self._path(path), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unwritable(path, error, "read") from None

    def holds(self, path: str, mark: str, stamped: Stamp, seen: int) -> Stamp | None:
        """The present stamp, if the file still has the bytes of the digest `mark`.

        They are read only where the stamp that was taken before the instant `seen` does not prove it.
        """
        now = self.stamp(path)
        if now is None or now.size != stamped.size:
            return None
        if now == stamped and now.settled(seen):
            return now
        return now if self.digest(path) == mark else None

    def digest(self, path: str) -> str | None:
        """Digest of an output's bytes; None where there is no regular file."""
        data = self.read(path)
        return None if data is None else digest.of_bytes(data)

    def write(self, path: str, data: bytes) -> Stamp:
        """Put bytes at a path, wholly or not at all."""
        target = self._path(path)
        try:
            self._enter(os.path.dirname(target))
            _replace(target, data)
            return stamp.of(os.stat(target))
        except OSError as error:
            raise unwritable(path, error) from None

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that it leaves empty."""
        target = self._path(path)
        try:
            os.unlink(target)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise unwritable(path, error) from None
        self._remove_empty(os.path.dirname(target))

    def paths(self) -> set[str]:
        """Every file that stands here."""
        found = ((place, name) for place, _, names in os.walk(self._root) for name in names)
        return {os.path.relpath(os.path.join(place, name), self._root).replace(os.sep, "/") for place, name in found}

    def sweep(self, journal: Iterable[str]) -> None:
        """Remove the temporary files that a build which was cut off may have left."""
        for path in journal:
            try:
                os.unlink(self._path(path) + TEMPORARY)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise unwritable(path, error) from None

    def _path(self, path: str) -> str:
        return os.path.join(self._root, path)

    def _remove_empty(self, folder: str) -> None:
        while folder != self._root:
            try:
                os.rmdir(folder)
            except OSError:
                return
            self._entered.discard(folder)
            folder = os.path.dirname(folder)

    def _enter(self, folder: str) -> None:
        if folder in self._entered:
            return
        real = os.path.realpath(folder)
        if real != self._root and not real.startswith(self._root + os.sep):
            raise _refused(Path(folder), "a symbolic link leads out of the output folder")
        os.makedirs(folder, exist_ok=True)
        self._entered.add(folder)


def _replace(target: str, data: bytes) -> None:
    temporary = f"{target}{TEMPORARY}"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        if os.path.isdir(target) and not os.path.islink(target):
            os.rmdir(target)
        os.replace(temporary, target)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def _refused(out: Path, why: str) -> Failure:
    message = f"this folder can't take the site: {why}"
    return Failure.at(str(out), "output-folder", message, "choose another with `-o`", exit_code=EXIT_REFUSED)


def unwritable(path: str, error: OSError, verb: str = "written") -> Failure:
    """The system refused to write or read something."""
    reason = (error.strerror or str(error)).lower()
    return Failure.at(path, "write", f"can't be {verb}: {reason}", exit_code=EXIT_SYSTEM)
