"""Who may use a folder at a time: one alone, or several that leave each other in peace.

Knows `flock`; must not know what a build is, or what lies in the folder.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from phanthiet_news.problem import EXIT_REFUSED, EXIT_SYSTEM, Failure

try:
    import fcntl
except ImportError:  # Windows has no flock: there the lock is a courtesy that is left out
    fcntl = None  # type: ignore[assignment]

ORPHANS = 0.8  # seconds within which the workers of a build that was killed are gone, too: they hold the lock with it


@contextmanager
def held(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of a folder. Raises Failure when another process holds it and `wait` is not set.

    The system lets go of it when the process ends, however it ends.
    """
    descriptor = _opened(folder)
    try:
        _take(descriptor, wait)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """Use a folder beside others who do. Waits for one who has it alone; raises Failure if it can't be written."""
    descriptor = _opened(folder)
    try:
        if fcntl:
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
        yield _is_free(descriptor)
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


def _opened(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Failure.at(f"{folder.name}/", "write", f"can't be written: {reason}", exit_code=EXIT_SYSTEM) from None


def _take(descriptor: int, wait: bool) -> None:
    patience = time.monotonic() + ORPHANS
    while fcntl:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait and (_is_alive(_holder(descriptor)) or time.monotonic() > patience):
                raise _taken(descriptor) from None
            time.sleep(0.05)
        else:
            return


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 20, 0).decode("ascii", "replace") or "unknown"


def _is_alive(process: str) -> bool:
    """Whether there is such a process, as far as one can tell."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OverflowError, PermissionError):
        return True
    return True


def _taken(descriptor: int) -> Failure:
    holder = _holder(descriptor)
    message = f"another build is running here (process {holder})"
    hint = "wait until it is done, or build with `--wait`"
    return Failure.at(".ptnews/lock", "locked", message, hint, exit_code=EXIT_REFUSED)
