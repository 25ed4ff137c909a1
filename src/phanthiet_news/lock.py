"""One build at a time in one site. Knows `flock`; must not know what a build is."""

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
    with _refusals_told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        with _refusals_told(folder):
            _take(descriptor, wait)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _refusals_told(folder: Path) -> Iterator[None]:
    """A full disk, no permission, or a file system that knows no locks."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message, hint = f"no lock can be taken: {reason}", "the disk must have room, and know locks (flock)"
        raise Failure.at(f"{folder.name}/lock", "write", message, hint, exit_code=EXIT_SYSTEM) from None


def _take(descriptor: int, wait: bool) -> None:
    patience = time.monotonic() + ORPHANS
    while fcntl:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait and (_is_alive(_holder(descriptor)) or time.monotonic() > patience):
                raise _held_by_another(descriptor) from None
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


def _held_by_another(descriptor: int) -> Failure:
    holder = _holder(descriptor)
    message = f"another build is running here (process {holder})"
    hint = "wait until it is done, or build with `--wait`"
    return Failure.at(".ptnews/lock", "locked", message, hint, exit_code=EXIT_REFUSED)
