"""The output folder, and the stage beside the state where files wait for it: all that writes a site's files.

A file is written whole on the stage and then moved into its place, so that a reader meets the old one or the new
one, never half of one. Knows files and bytes; must not know pages, or which file belongs there.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISDIR, S_ISLNK
from typing import BinaryIO

from phanthiet_news import digest, stamp
from phanthiet_news.problem import EXIT_REFUSED, EXIT_SYSTEM, Failure
from phanthiet_news.stamp import Stamp

TEMPORARY = ".ptnews-tmp"
STAGE = "stage"
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

    def take(self, path: str, staged: str) -> Stamp:
        """Move a staged file to a path; its stamp there."""
        target = self._path(path)
        try:
            self._enter(os.path.dirname(target))
            _move(staged, target)
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
        """Remove the half files that a build may have left which was cut off while it came from another disk."""
        for path in journal:
            try:
                os.unlink(self._path(path) + TEMPORARY)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise unwritable(path, error) from None

    def _path(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _remove_empty(self, folder: str) -> None:
        while folder != self._root:
            try:
                os.rmdir(folder)
            except OSError:
                return
            self._entered.discard(folder)
            folder = os.path.dirname(folder)

    def _enter(self, folder: str) -> None:
        """Make a folder, and those above it, unless a link among them leads out."""
        if folder in self._entered:
            return
        if folder == self._root:
            os.makedirs(folder, exist_ok=True)
        else:
            self._enter(os.path.dirname(folder))
            self._make(folder)
        self._entered.add(folder)

    def _make(self, folder: str) -> None:
        try:
            mode = os.lstat(folder).st_mode
        except FileNotFoundError:
            os.mkdir(folder)
            return
        if S_ISLNK(mode) and not os.path.realpath(folder).startswith(self._root + os.sep):
            raise _refused(Path(folder), "a symbolic link leads out of the output folder")
        if not (S_ISDIR(mode) or os.path.isdir(folder)):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)


def _move(staged: str, target: str) -> None:
    try:
        os.replace(staged, target)
    except IsADirectoryError:
        os.rmdir(target)
        os.replace(staged, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _bring(staged, target)


def _bring(staged: str, target: str) -> None:
    """From another disk, from which a file can't be moved in one step."""
    temporary = f"{target}{TEMPORARY}"
    try:
        shutil.copyfile(staged, temporary)
        if os.path.isdir(target) and not os.path.islink(target):
            os.rmdir(target)
        os.replace(temporary, target)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


class Stage:
    """Where files wait until all is known. Processes may share it; each path has one file here."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def clear(self) -> None:
        """Forget whatever lies here."""
        try:
            shutil.rmtree(self._folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise unwritable(STAGE, error, "cleared") from None

    def put(self, path: str, data: bytes) -> str:
        """Write what shall go to a path; where it waits."""
        staged = os.path.join(self._folder, digest.of_bytes(path.encode()))
        try:
            with _created(staged) as file:
                file.write(data)
        except OSError as error:
            raise unwritable(path, error) from None
        return staged


def _created(file: str) -> BinaryIO:
    try:
        return open(file, "wb")
    except FileNotFoundError:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        return open(file, "wb")


def _refused(out: Path, why: str) -> Failure:
    message = f"this folder can't take the site: {why}"
    return Failure.at(str(out), "output-folder", message, "choose another with `-o`", exit_code=EXIT_REFUSED)


def unwritable(path: str, error: OSError, verb: str = "written") -> Failure:
    """The system refused to write or read something."""
    reason = (error.strerror or str(error)).lower()
    return Failure.at(path, "write", f"can't be {verb}: {reason}", exit_code=EXIT_SYSTEM)
