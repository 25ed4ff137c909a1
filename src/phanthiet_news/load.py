"""Finds the files of a site and reads them. Knows folders, names and links of the file system.

Must not know what is in the files. Symbolic links are passed over unless configured, and then followed
inside the site only; pipes, devices and what editors leave lying about are passed over always.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from stat import S_ISREG

import msgspec

from phanthiet_news import stamp
from phanthiet_news.problem import EXIT_SYSTEM, Failure, Problem
from phanthiet_news.source import decode
from phanthiet_news.stamp import Stamp
from phanthiet_news.text import nfc

EDITORS_FILES = (".*", "*~", "#*#", "*.sw?", "4913", "*.tmp", "___jb_*___", ".subl*", ".goutputstream-*")
PUBLIC_DOT_FILES = (".well-known", ".htaccess", ".nojekyll")


class File(msgspec.Struct, frozen=True):
    """A regular file: its path below the folder that was walked (NFC), where it is, and its stamp."""

    name: str
    origin: str
    stamp: Stamp


class Walk:
    """Walks folders of one site. `problems` grows with names that can't be published."""

    def __init__(self, root: Path, *, follow_symlinks: bool = False) -> None:
        self._root = os.path.realpath(root)
        self._follow = follow_symlinks
        self.problems: list[Problem] = []

    def files(self, folder: Path, *, public: bool = False) -> Iterator[File]:
        """All files below a folder, by name; none if it isn't there. `public` keeps `.well-known` and its like."""
        yield from self._files(str(folder), "", public, frozenset())

    def _files(self, folder: str, prefix: str, public: bool, above: frozenset[str]) -> Iterator[File]:
        real = os.path.realpath(folder)
        if real in above:
            return
        for entry in self._entries(folder):
            if not self._wanted(entry, public):
                continue
            name = prefix + entry.name
            if entry.is_dir():
                yield from self._files(entry.path, name + "/", public, above | {real})
                continue
            status = os.stat(entry.path)
            if S_ISREG(status.st_mode):
                yield File(nfc(name), entry.path, stamp.of(status))

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: nfc(entry.name))
        except FileNotFoundError:
            return []
        except NotADirectoryError:
            raise Failure.at(folder, "not-a-folder", "this must be a folder") from None
        except OSError as error:
            raise unreadable(folder, error) from None

    def _wanted(self, entry: os.DirEntry[str], public: bool) -> bool:
        if any(fnmatchcase(entry.name, pattern) for pattern in EDITORS_FILES):
            return public and entry.name in PUBLIC_DOT_FILES
        try:
            entry.name.encode("utf-8")
        except UnicodeEncodeError:
            message, hint = "the file's name is not UTF-8", "rename it"
            self.problems.append(
                Problem(path=self._shown(entry.path), code="name-encoding", message=message, hint=hint)
            )
            return False
        return not entry.is_symlink() or (self._follow and self._lies_inside(entry.path))

    def _lies_inside(self, path: str) -> bool:
        target = os.path.realpath(path)
        return os.path.exists(target) and target.startswith(self._root + os.sep)

    def _shown(self, path: str) -> str:
        return os.path.relpath(path, self._root)


def read(origin: str, shown: str) -> bytes:
    """A file's bytes, all of one state of it. Raises Failure."""
    return read_stamped(origin, shown)[0]


def read_stamped(origin: str, shown: str) -> tuple[bytes, Stamp]:
    """A file's bytes, all of one state of it, and the stamp of that state.

    Read again once when it changed meanwhile. Raises Failure.
    """
    for _ in range(2):
        try:
            with open(origin, "rb") as file:
                before = stamp.of(os.fstat(file.fileno()))
                data = file.read()
            after = stamp.of(os.stat(origin))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise unreadable(shown, error) from None
        if before == after and len(data) == after.size:
            return data, after
    message, hint = "the file changed during the build", "build again"
    raise Failure.at(shown, "file-changed", message, hint)


def templates(walk: Walk, folders: list[Path]) -> tuple[tuple[str, str], ...]:
    """Name and text of every template, read once. Folders that come first shadow later ones, file by file."""
    found: dict[str, File] = {}
    for folder in reversed(folders):
        found.update({file.name: file for file in walk.files(folder)})
    return tuple(
        (name, decode(read(file.origin, f"templates/{name}"), f"templates/{name}"))
        for name, file in sorted(found.items())
    )


def unreadable(path: str, error: OSError) -> Failure:
    """The system refused to read something."""
    reason = (error.strerror or str(error)).lower()
    return Failure.at(path, "read", f"can't be read: {reason}", exit_code=EXIT_SYSTEM)
