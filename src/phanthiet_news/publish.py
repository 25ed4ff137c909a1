"""The only writer into `build/`. Knows files and bytes; must not know pages or templates.

A file is written beside its place and moved into it, so that a reader meets the old one or the new one,
never half of one. Unchanged bytes are not written. What others put into the folder stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from phanthiet_news import digest
from phanthiet_news.model import Rendered
from phanthiet_news.problem import EXIT_REFUSED, EXIT_SYSTEM, Failure

TEMPORARY = ".ptnews-tmp"


class Published(msgspec.Struct):
    """What publishing did, by path."""

    written: list[str] = []
    unchanged: list[str] = []
    removed: list[str] = []
    digests: dict[str, str] = {}


def fill(rendered: Rendered, fills: Mapping[str, bytes]) -> bytes:
    """The page's bytes. Raises KeyError with the name of a hole that nothing fills."""
    if not rendered.holes:
        return rendered.pieces[0]
    parts = [rendered.pieces[0]]
    for hole, piece in zip(rendered.holes, rendered.pieces[1:], strict=True):
        parts += (fills[hole], piece)
    return b"".join(parts)


def refuse_folder(out: Path, root: Path, sources: Iterable[Path]) -> None:
    """Raise Failure when building into `out` could destroy what it is built from, or much else."""
    real = out.resolve()
    forbidden = [
        (Path.home().resolve(), "your home folder"),
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


class Publisher:
    """Writes one build into a folder. `before` is the manifest of the last one."""

    def __init__(self, out: Path, before: Mapping[str, str]) -> None:
        self._out, self._before = out, before
        self._root = os.path.realpath(out)
        self._folders: set[str] = set()
        self.done = Published(written=[], unchanged=[], removed=[], digests={})

    def write(self, path: str, data: bytes) -> None:
        """Bring one output up to date. Raises Failure."""
        target = os.path.join(self._root, path)
        try:
            self._enter(os.path.dirname(target))
            if _same(target, data):
                self.done.unchanged.append(path)
            else:
                _replace(target, data)
                self.done.written.append(path)
        except OSError as error:
            raise unwritable(path, error) from None
        self.done.digests[path] = digest.of_bytes(data)

    def prune(self) -> None:
        """Remove what the last build wrote and this one did not, if the bytes are still ours."""
        for path in sorted(self._before.keys() - self.done.digests.keys()):
            target = os.path.join(self._root, path)
            if not self._holds(os.path.dirname(target)):
                continue
            try:
                with open(target, "rb") as file:
                    ours = digest.of_bytes(file.read()) == self._before[path]
                if ours:
                    os.unlink(target)
                    self.done.removed.append(path)
                    self._remove_empty(os.path.dirname(target))
            except FileNotFoundError:
                continue
            except OSError as error:
                raise unwritable(path, error) from None

    def _remove_empty(self, folder: str) -> None:
        while folder != self._root:
            try:
                os.rmdir(folder)
            except OSError:
                return
            folder = os.path.dirname(folder)

    def _enter(self, folder: str) -> None:
        if folder in self._folders:
            return
        os.makedirs(folder, exist_ok=True)
        if not self._holds(folder):
            raise _refused(Path(folder), "a symbolic link leads out of the output folder")
        self._folders.add(folder)

    def _holds(self, folder: str) -> bool:
        real = os.path.realpath(folder)
        return real == self._root or real.startswith(self._root + os.sep)


def _same(target: str, data: bytes) -> bool:
    try:
        with open(target, "rb") as file:
            return os.fstat(file.fileno()).st_size == len(data) and file.read() == data
    except FileNotFoundError:
        return False


def _replace(target: str, data: bytes) -> None:
    temporary = f"{target}{TEMPORARY}"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, target)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def _refused(out: Path, why: str) -> Failure:
    message = f"this folder can't take the site: {why}"
    return Failure.at(str(out), "output-folder", message, "choose another with `-o`", exit_code=EXIT_REFUSED)


def unwritable(path: str, error: OSError) -> Failure:
    """The system refused to write something."""
    reason = (error.strerror or str(error)).lower()
    return Failure.at(path, "write", f"can't be written: {reason}", exit_code=EXIT_SYSTEM)
