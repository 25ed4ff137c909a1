"""The output folder, and the stage beside the state where files wait for it: all that writes a site's files.

A file is written whole on the stage and then moved into its place, so that a reader meets the old one or the new
one, never half of one. Knows files and bytes; must not know pages, or which file belongs there.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import copy
from pathlib import Path
from stat import S_ISDIR, S_ISLNK

from phanthiet_news import digest, stamp
from phanthiet_news.problem import EXIT_REFUSED, EXIT_SYSTEM, Failure
from phanthiet_news.stamp import Look, Stamp

TEMPORARY = ".ptnews-tmp"
STAGE = "stage"


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
    def name(self) -> str:
        """As messages name it."""
        return os.path.basename(self._root)

    def stamp(self, path: str) -> Stamp | None:
        """The stamp of an output; None where there is no regular file."""
        return stamp.at(self.path(path))

    def is_one_file(self, path: str, other: str) -> bool:
        """Whether two paths lead to the same file, as on some disks names do that differ in case only."""
        one = self.stamp(path)
        return one is not None and one == self.stamp(other)

    def read(self, path: str) -> bytes | None:
        """An output's bytes; None where there is no regular file."""
        if self.stamp(path) is None:
            return None
        try:
            with open(self.path(path), "rb", buffering=0) as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unwritable(path, error, "read") from None

    def read_if(self, path: str, mark: str, stamped: Stamp, look: Look) -> bytes | None:
        """An output's bytes if they are those of the digest `mark`: worked out only where its stamp proves nothing."""
        try:
            with open(self.path(path), "rb", buffering=0) as file:
                is_proved = stamp.agrees(stamped, os.fstat(file.fileno())) and look.proves(stamped)
                data = file.read()
        except OSError:
            return None
        return data if is_proved or digest.of_bytes(data) == mark else None

    def untouched(self, stamps: Mapping[str, Stamp]) -> dict[str, Stamp | None]:
        """Those outputs that have these stamps. There may be thousands, so they are asked for nothing else."""
        found: dict[str, Stamp | None] = {}
        lstat, agrees, root = os.lstat, stamp.agrees, f"{self._root}/"
        for path, known in stamps.items():
            try:
                if agrees(known, lstat(root + path)):
                    found[path] = known
            except OSError:  # to enter such a block costs nothing, to call something for it does
                pass
        return found

    def holds(self, path: str, mark: str, stamped: Stamp, *, proves: bool) -> Stamp | None:
        """The present stamp, if the file still has the bytes of the digest `mark`.

        They are read only where the stamp is another one, or the same `proves` nothing.
        """
        now = self.stamp(path)
        if now is None or now.size != stamped.size:
            return None
        if now == stamped and proves:
            return now
        return now if self.digest(path) == mark else None

    def digest(self, path: str) -> str | None:
        """Digest of an output's bytes; None where there is no regular file."""
        data = self.read(path)
        return None if data is None else digest.of_bytes(data)

    def bring(self, path: str, staged: str) -> str:
        """Copy a staged file from another disk beside its place, into which it can then be moved in one step."""
        target = self.path(path)
        try:
            self._enter(os.path.dirname(target))
            return _copied(staged, target)
        except OSError as error:
            raise unwritable(path, error) from None

    def take(self, path: str, staged: str) -> Stamp:
        """Move a staged file to a path; its stamp there."""
        target = self.path(path)
        try:
            self._enter(os.path.dirname(target))
            _move(staged, target)
            return stamp.of(os.stat(target))
        except OSError as error:
            raise unwritable(path, error) from None

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that it leaves empty."""
        target = self.path(path)
        try:
            os.unlink(target)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise unwritable(path, error) from None
        self._remove_empty(os.path.dirname(target))

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all stands here, perhaps not even the folder."""
        try:
            return not os.listdir(self._root)
        except FileNotFoundError:
            return True
        except OSError:
            return False

    def take_all(self, tree: str) -> bool:
        """Move all that a folder holds to here, where nothing stands: whole folders, however much is in them.

        False where that can't be, for this is another disk after all; then nothing was moved.
        """
        for name in sorted(os.listdir(tree), key=lambda name: (os.path.isfile(os.path.join(tree, name)), name)):
            try:
                self._enter(self._root)
                os.replace(os.path.join(tree, name), self.path(name))
            except OSError as error:
                if error.errno == errno.EXDEV:
                    return False
                raise unwritable(name, error) from None
        return True

    def paths(self) -> set[str]:
        """Every file that stands here."""
        found = ((place, name) for place, _, names in os.walk(self._root) for name in names)
        return {os.path.relpath(os.path.join(place, name), self._root).replace(os.sep, "/") for place, name in found}

    def sweep(self, paths: Iterable[str]) -> None:
        """Remove what was brought beside these paths and never got there."""
        for path in paths:
            self.remove(path + TEMPORARY)

    def path(self, path: str) -> str:
        """Where an output lies in the file system."""
        return f"{self._root}/{path}"

    def known(self, folder: str) -> os.stat_result | None:
        """What stands at the path of a folder, if anything does. Raises Failure if it is a link that leads out."""
        full = self.path(folder)
        status = self._behind_link(full)
        if status and S_ISDIR(status.st_mode):
            self._entered.add(full)
        return status

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
        status = self._behind_link(folder)
        if status is None:
            os.mkdir(folder)
        elif not S_ISDIR(status.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)

    def _behind_link(self, folder: str) -> os.stat_result | None:
        status = there(folder)
        if status is None or not S_ISLNK(status.st_mode):
            return status
        if not os.path.realpath(folder).startswith(self._root + os.sep):
            raise _refused(Path(folder), "a symbolic link leads out of the output folder")
        return os.stat(folder) if os.path.exists(folder) else status


def there(full: str) -> os.stat_result | None:
    """What the system tells of a path itself, be it a link; None where nothing stands."""
    try:
        return os.lstat(full)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _move(staged: str, target: str) -> None:
    try:
        _replace(staged, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _replace(_copied(staged, target), target)  # another disk after all, that was mounted as the same


def _replace(file: str, target: str) -> None:
    try:
        os.replace(file, target)
    except IsADirectoryError:
        for folder, _, _ in os.walk(target, topdown=False):
            os.rmdir(folder)
        os.replace(file, target)


def _copied(staged: str, target: str) -> str:
    """Where the copy lies: beside the target. A copy that fails leaves nothing."""
    import shutil

    temporary = f"{target}{TEMPORARY}"
    try:
        shutil.copyfile(staged, temporary)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary


class Stage:
    """Where files wait until all is known. Processes may share it; each path has one file here.

    Each build has a stage of its own in `home`: what one that was cut off left at work somewhere can't mix with it.
    One that is a tree has them as they will lie at last, in the folder `tree`, so that folders can be moved as a whole.
    """

    def __init__(self, home: str) -> None:
        self._home = home
        self._folder = os.path.join(home, f"{os.getpid()}-{time.time_ns()}")
        self.tree = os.path.join(self._folder, "tree")
        self._is_tree = False
        self._made: set[str] = set()

    def as_tree(self) -> Stage:
        """A stage in the same place that is a tree."""
        found = copy(self)
        found._is_tree, found._made = True, set()
        return found

    @property
    def disk(self) -> int:
        """The number of the disk that it is on."""
        return os.stat(self._folder).st_dev

    @contextmanager
    def emptied(self) -> Iterator[None]:
        """Without whatever earlier builds left; afterwards without what this one left, as far as that can be done."""
        self._clear()
        try:
            yield
        finally:
            with suppress(Failure):
                self._clear()

    def _clear(self) -> None:
        try:
            if os.path.isdir(self._home) and not os.path.islink(self._home):
                import shutil

                shutil.rmtree(self._home)
            else:
                os.unlink(self._home)
        except FileNotFoundError:
            return
        except OSError as error:
            raise unwritable(STAGE, error, "cleared") from None

    def put(self, path: str, data: bytes) -> str:
        """Write what shall go to a path; where it waits."""
        own = f"{self._folder}/{os.getpid()}"  # who makes a file in a folder locks it
        staged = f"{self.tree}/{path}" if self._is_tree else f"{own}/{digest.of_bytes(path.encode())}"
        try:
            self._make_folder(os.path.dirname(staged))
            _write(staged, data)
        except OSError as error:
            raise unwritable(path, error) from None
        return staged

    def _make_folder(self, folder: str) -> None:
        """Unless this process did. Of thousands nearly all have their parent already."""
        if folder in self._made:
            return
        try:
            os.mkdir(folder)
        except FileExistsError:
            pass
        except FileNotFoundError:
            os.makedirs(folder, exist_ok=True)
        self._made.add(folder)


def _write(file: str, data: bytes) -> None:
    """All at once: a buffer would ask the system about the file first."""
    with open(file, "wb", buffering=0) as opened:
        written = opened.write(data)
        while written < len(data):
            written += opened.write(data[written:])


def _refused(out: Path, why: str) -> Failure:
    message = f"this folder can't take the site: {why}"
    return Failure.at(str(out), "output-folder", message, "choose another with `-o`", exit_code=EXIT_REFUSED)


def unwritable(path: str, error: OSError, verb: str = "written") -> Failure:
    """The system refused to write or read something."""
    reason = (error.strerror or str(error)).lower()
    return Failure.at(path, "write", f"can't be {verb}: {reason}", exit_code=EXIT_SYSTEM)
