"""Work over several processes, in order. Knows nothing of what the work is."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import TypeVar

from phanthiet_news.problem import EXIT_SYSTEM, Failure

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 64
SERIAL_BELOW = 200


class Workers:
    """Runs chunks of work, in processes of their own where that pays. Use as a context manager."""

    def __init__(self, jobs: int | None = None) -> None:
        self._jobs = jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else jobs or 1
        self._executor: Executor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._executor:
            self._executor.shutdown(wait=error is None, cancel_futures=True)

    def map(self, work: Callable[[Sequence[T]], list[R]], items: Sequence[T]) -> Iterator[R]:
        """`work` is called with chunks of the items; the results come one by one, in the items' order.

        Raises Failure when a worker dies (out of memory, a crash in a library of C).
        """
        if self._jobs == 1 or len(items) < SERIAL_BELOW:
            for item in items:
                yield from work([item])
            return
        self._executor = self._executor or ProcessPoolExecutor(self._jobs, initializer=_leave_signals_to_parent)
        chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
        futures: list[Future[list[R]]] = [self._executor.submit(work, chunk) for chunk in chunks]
        futures.reverse()
        try:
            while futures:
                yield from futures.pop().result()
        except BrokenProcessPool:
            message, hint = "a worker process died", "perhaps the memory ran out; try `--jobs 1`"
            raise Failure.at("ptnews", "worker-died", message, hint, exit_code=EXIT_SYSTEM) from None


def _leave_signals_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
