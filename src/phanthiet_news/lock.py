"""Who may use a folder at a time: one alone, or several that leave each other in peace.

Knows `flock`; must not know what a build or a preview is, or what lies in the folder.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from phanthiet_news.problem import EXIT_REFUSED, EXIT_SYSTEM, Failure

try:
    import fcntl
except ImportError:  # Windows has no flock: there the lock is a courtesy that is left out
    fcntl = None  # type: ignore[assignment]

ORPHANS = 0.8  # seconds within which the workers of a build that was killed are gone, too: they hold the lock with it


@contextmanager
def held(
    folder: Path, *, wait: bool = False, name: str = "lock", taken: Callable[[str], Failure] | None = None
) -> Iterator[Callable[[str], None]]:
    """Hold the lock of a folder. Raises Failure when another process holds it and `wait` is not set.

    The system lets go of it when the process ends, however it ends. The lock is a file of that `name`; `taken` makes
    the failure of what the holder tells: its number, and the words that it may add with the function that is given.
    """
    descriptor = _opened(folder, name)
    try:
        with _refusals_told(folder, name):
            _take(descriptor, wait, taken or _other_build)
            _tell(descriptor)
        yield lambda words: _tell(descriptor, words)
    finally:
        os.close(descriptor)


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """Use a folder beside others who do. Waits for one who has it alone; raises Failure if it can't be written."""
    descriptor = _opened(folder)
    try:
        if fcntl:
            with _refusals_told(folder):
                fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        _let_go(descriptor)


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else uses a folder; if so, nobody does until the end. Does not wait."""
    if not folder.is_dir():
        yield False
        return
    descriptor = _opened(folder)
    try:
        with _refusals_told(folder):
            free = _is_free(descriptor)
        yield free
    finally:
        _let_go(descriptor)


def _is_free(descriptor: int) -> bool:
    try:
        if fcntl:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _let_go(descriptor: int) -> None:
    """Also for processes that were forked meanwhile: they have the descriptor too, and live on for a while."""
    if fcntl:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _opened(folder: Path, name: str = "lock") -> int:
    with _refusals_told(folder, name):
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o644)


@contextmanager
def _refusals_told(folder: Path, name: str = "lock") -> Iterator[None]:
    """A full disk, no permission, or a file system that knows no locks."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message, hint = f"no lock can be taken: {reason}", "the disk must have room, and know locks (flock)"
        raise Failure.at(f"{folder.name}/{name}", "write", message, hint, exit_code=EXIT_SYSTEM) from None


def _tell(descriptor: int, *words: str) -> None:
    """Say who holds it."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, " ".join([str(os.getpid()), *words]).encode(), 0)


def _take(descriptor: int, wait: bool, taken: Callable[[str], Failure]) -> None:
    patience = time.monotonic() + ORPHANS
    while fcntl:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(descriptor)
            if not wait and (_is_alive(holder.partition(" ")[0]) or time.monotonic() > patience):
                raise taken(holder) from None
            time.sleep(0.05)
        else:
            return


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 200, 0).decode("utf-8", "replace") or "unknown"


def _is_alive(process: str) -> bool:
    """Whether there is such a process, as far as one can tell."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OverflowError, PermissionError):
        return True
    return True


def _other_build(holder: str) -> Failure:
    message = f"another build is running here (process {holder})"
    hint = "wait until it is done, or build with `--wait`"
    return Failure.at(".ptnews/lock", "locked", message, hint, exit_code=EXIT_REFUSED)
