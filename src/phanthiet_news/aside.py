"""Processes that work for this one: how they live and die with it, and one that finds out one thing while this goes on.

Knows nothing of what it is. Nothing depends on the copy: where none can be made, or none answers, who wanted to know
finds it out for itself.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Generic, TypeVar

T = TypeVar("T")
PR_SET_PDEATHSIG = 1
ENDING = (signal.SIGINT, signal.SIGTERM)


class Aside(Generic[T]):
    """What `work` gives, found out without changing anything. Use as a context manager."""

    def __init__(self, work: Callable[[], T], *, wanted: bool = True) -> None:
        self._work, self._wanted = work, wanted
        self._copy = self._pipe = 0
        self._found: T | None = None

    def __enter__(self) -> Aside[T]:
        if self._wanted and sys.platform == "linux" and threading.active_count() == 1:
            with suppress(OSError):  # no more processes, or files
                self._begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._copy:
            os.kill(self._copy, signal.SIGKILL)
            self._end()

    @property
    def found(self) -> T | None:
        """What the copy found out, when it has; None where there is none, or if it failed."""
        if self._copy:
            with open(self._pipe, "rb", closefd=False) as pipe:
                data = pipe.read()
            self._end()
            self._found = pickle.loads(data) if data else None  # noqa: S301  # of our own making
        return self._found

    def _begin(self) -> None:
        self._pipe, write = os.pipe()
        parent, signals = os.getpid(), signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            self._copy = os.fork()
            if not self._copy:
                _answer(self._work, write, parent)
        finally:
            os.close(write)
            if not self._copy:
                os.close(self._pipe)
            signal.pthread_sigmask(signal.SIG_SETMASK, signals)

    def _end(self) -> None:
        os.close(self._pipe)
        os.waitpid(self._copy, 0)
        self._copy = 0


def _answer(work: Callable[[], Any], write: int, parent: int) -> None:
    """In the copy: give the result, or end without a word. It hears no signal, lest it goes on as its parent would."""
    try:
        live_with_parent(parent)
        with open(write, "wb") as answer:
            answer.write(pickle.dumps(work()))
    finally:
        os._exit(0)


def live_with_parent(parent: int) -> None:
    """In a process that works for another: signals are the parent's business, and its death is ours.

    A pool's workers outlive a parent that is killed, and go on. Linux can be told to end them at once;
    elsewhere a thread looks whether they have been adopted.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.3)
    os._exit(1)
