"""A bound on the processor time of a piece of work. Knows clocks and signals; must not know what the work is."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import FrameType


class OverBudget(BaseException):
    """The time is up. No Exception, so that nobody who catches everything goes on."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise OverBudget when the work inside takes more processor time than that (in user mode).

    Where nothing can break in (on Windows; on any thread but a process's first), it is told when the work is done.
    """
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        _listen()
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return
    started = time.thread_time()
    yield
    if time.thread_time() - started > seconds:
        raise OverBudget


@lru_cache(maxsize=1)
def _listen() -> None:
    """Once a process: nobody else asks for this signal, and to change who hears it takes longer than a short text."""
    signal.signal(signal.SIGVTALRM, _raise)


def _raise(number: int, frame: FrameType | None) -> None:
    raise OverBudget
