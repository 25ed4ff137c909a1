"""Finds the files of a site and reads them. Knows folders, names and links of the file system.

Must not know what is in the files. Symbolic links are passed over unless configured, and then followed
inside the site only; pipes, devices and what editors leave lying about are passed over always.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from fnmatch import translate
from operator import itemgetter
from pathlib import Path
from stat import S_ISREG

import msgspec

from phanthiet_news import stamp
from phanthiet_news.problem import EXIT_SYSTEM, Failure, Problem
from phanthiet_news.source import SUFFIX, decode
from phanthiet_news.stamp import Stamp
from phanthiet_news.text import nfc

EDITORS_FILES = (".*", "*~", "#*#", "*.sw?", "4913", "*.tmp", "*___jb_*___", ".subl*", ".goutputstream-*")
_EDITORS_FILE = re.compile("|".join(map(translate, EDITORS_FILES)))
PUBLIC_DOT_FILES = (".well-known", ".htaccess", ".nojekyll")


class File(msgspec.Struct, frozen=True):
    """A regular file: its path below the folder that was walked (NFC), where it is, and its stamp."""

    name: str
    origin: str
    stamp: Stamp


class Listing(msgspec.Struct, frozen=True):
    """What a folder held when it was listed, in the order of the names.

    `identity` tells it from others, by whichever links it was reached; `folders` are paths and names.
    """

    identity: tuple[int, int]
    files: tuple[File, ...]
    folders: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


class Listings:
    """Folders as they were last listed, for one who is told of changes in them and passes that on."""

    FEW = 50  # paths; to look for more of them among all folders takes longer than to list all again

    def __init__(self) -> None:
        self.by_path: dict[str, Listing] = {}

    def forget(self, touched: Collection[str] | None) -> None:
        """These paths may not be what they were; None stands for all."""
        if touched is None or len(touched) > self.FEW:
            self.by_path.clear()
            return
        near = {place for path in touched for place in (path, self._listed_above(path))}
        below = tuple(path + os.sep for path in touched)
        for place in [place for place in self.by_path if place in near or place.startswith(below)]:
            del self.by_path[place]

    def _listed_above(self, path: str) -> str:
        """The folder that holds it; or, if that is new, the one above which is not."""
        place = os.path.dirname(path)
        while place not in self.by_path and place != os.path.dirname(place):
            place = os.path.dirname(place)
        return place


class Walk:
    """Walks folders of one site. `problems` grows with names that can't be published.

    Folders that `listings` knows are not listed again; what a link leads to, nobody is told of, so they always are
    where links are followed.
    """

    def __init__(self, root: Path, *, follow_symlinks: bool = False, listings: Listings | None = None) -> None:
        self._root, self._real = os.path.abspath(root), os.path.realpath(root)
        self._follow = follow_symlinks
        self._known = listings.by_path if listings and not follow_symlinks else {}
        self.problems: list[Problem] = []

    def files(self, folder: Path, *, public: bool = False) -> Iterator[File]:
        """All files below a folder; none if it isn't there. `public` keeps `.well-known` and its like.

        The order is that of the names, whatever the file system's. The folders that are still to be walked
        wait on a list: however deep they lie, the stack does not grow.
        """
        waiting: list[tuple[str, str, frozenset[tuple[int, int]]]] = [(str(folder), "", frozenset())]
        while waiting:
            place, prefix, above = waiting.pop()
            listing = self._known.get(place) or self._known.setdefault(place, self._listing(place, prefix, public))
            if listing.identity in above:
                continue
            self.problems.extend(listing.problems)
            yield from listing.files
            inside = above | {listing.identity}
            waiting += [(path, name, inside) for path, name in reversed(listing.folders)]

    def _listing(self, place: str, prefix: str, public: bool) -> Listing:
        identity = self._identity(place)
        entries, problems = self._wanted(place, public)
        files = [file for name, entry in entries if not entry.is_dir() and (file := self._file(entry, prefix + name))]
        folders = [(entry.path, f"{prefix}{name}/") for name, entry in entries if entry.is_dir()]
        return Listing(identity, tuple(files), tuple(folders), tuple(problems))

    def _identity(self, folder: str) -> tuple[int, int]:
        """What tells a folder from others, by whichever links it was reached."""
        try:
            status = os.stat(folder)
        except FileNotFoundError:
            return 0, 0
        except OSError as error:
            raise unreadable(self._shown(folder), error) from None
        return status.st_dev, status.st_ino

    def _file(self, entry: os.DirEntry[str], name: str) -> File | None:
        """The file, if it is a regular one and still there."""
        try:
            status = entry.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(self._shown(entry.path), error) from None
        return File(name, entry.path, stamp.of(status)) if S_ISREG(status.st_mode) else None

    def _entries(self, folder: str) -> list[tuple[str, str, os.DirEntry[str]]]:
        """By name: composed, and as it is."""
        try:
            with os.scandir(folder) as entries:
                return sorted([(nfc(entry.name), entry.name, entry) for entry in entries], key=itemgetter(0, 1))
        except FileNotFoundError:
            if os.path.islink(folder):  # a disk that is not there must not look like a site without articles
                raise self._no_folder(folder, "this link leads nowhere") from None
            return []
        except NotADirectoryError:
            raise self._no_folder(folder, "this must be a folder") from None
        except OSError as error:
            raise unreadable(self._shown(folder), error) from None

    def _wanted(self, folder: str, public: bool) -> tuple[list[tuple[str, os.DirEntry[str]]], list[Problem]]:
        """What belongs to the site, by name; with one name in two spellings, and names that are no text, told."""
        wanted, problems, last = [], [], None
        for name, written, entry in self._entries(folder):
            if not self._of_the_site(entry, public):
                continue
            if not _is_text(written):
                problems.append(self._refused(entry.path, "name-encoding", "the file's name is not UTF-8"))
            elif name == last:
                message = "another file beside it has the same name, with its accents stored in another way"
                problems.append(self._refused(entry.path, "name-twice", message))
            else:
                last = name
                wanted.append((name, entry))
        return wanted, problems

    def _of_the_site(self, entry: os.DirEntry[str], public: bool) -> bool:
        if is_passed_over(entry.name, public=public):
            return False
        return not entry.is_symlink() or (self._follow and self._lies_inside(entry.path))

    def _lies_inside(self, path: str) -> bool:
        target = os.path.realpath(path)
        return os.path.exists(target) and target.startswith(self._real + os.sep)

    def _no_folder(self, path: str, message: str) -> Failure:
        return Failure.at(self._shown(path), "not-a-folder", message, "put a folder in its place")

    def _refused(self, path: str, code: str, message: str) -> Problem:
        return Problem(path=self._shown(path), code=code, message=message, hint="rename it")

    def _shown(self, path: str) -> str:
        r"""The path from the site's folder; bytes that are no text as `\xe9`, for a problem must be one."""
        return os.fsencode(os.path.relpath(path, self._root)).decode("utf-8", "backslashreplace")


def is_passed_over(name: str, *, public: bool = False) -> bool:
    """Whether a file or folder of this name is none of the site's: editors and systems leave such things about.

    `public` keeps `.well-known` and its like.
    """
    if name.endswith(SUFFIX) and not name.startswith("."):
        return False  # as nearly all: nothing that is left about ends so
    return _EDITORS_FILE.match(name) is not None and not (public and name in PUBLIC_DOT_FILES)


def _is_text(name: str) -> bool:
    try:
        return bool(name.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def read(origin: str, shown: str) -> bytes:
    """A file's bytes, all of one state of it. Raises Failure."""
    return read_stamped(origin, shown)[0]


def read_stamped(origin: str, shown: str) -> tuple[bytes, Stamp]:
    """A file's bytes, all of one state of it, and the stamp of that state.

    Read again once when it changed meanwhile. Raises Failure.
    """
    for _ in range(2):
        try:
            with open(origin, "rb", buffering=0) as file:
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
