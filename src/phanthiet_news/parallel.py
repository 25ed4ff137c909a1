"""Work over several processes, in order. Knows nothing of what the work is."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from phanthiet_news.problem import EXIT_SYSTEM, Failure

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 64
AHEAD = 6  # chunks that are under way while the results of one are taken
SERIAL_BELOW = 200
PR_SET_PDEATHSIG = 1


class Workers:
    """Runs chunks of work, in processes of their own where that pays. Use as a context manager."""

    def __init__(self, jobs: int | None = None) -> None:
        self._jobs = jobs or _processors()
        self._executor: Executor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._executor:
            self._executor.shutdown(wait=error is None, cancel_futures=True)

    def map(self, work: Callable[[Sequence[T]], list[R]], items: Sequence[T]) -> Iterator[R]:
        """`work` is called with chunks of the items; the results come one by one, in the items' order.

        Work goes on no further than a few chunks beyond the one whose results are taken. Raises Failure when a
        worker dies (out of memory, a crash in a library of C).
        """
        size = CHUNK if len(items) >= SERIAL_BELOW else 1
        chunks = [items[start : start + size] for start in range(0, len(items), size)]
        if self._jobs == 1 or size == 1:
            for chunk in chunks:
                yield from work(chunk)
            return
        from concurrent.futures.process import BrokenProcessPool

        self._executor = self._executor or _pool(self._jobs)
        waiting = iter(chunks)
        futures: deque[Future[list[R]]] = deque()
        try:
            while True:
                futures += (self._executor.submit(work, chunk) for chunk in islice(waiting, AHEAD - len(futures)))
                if not futures:
                    return
                yield from futures.popleft().result()
        except BrokenProcessPool:
            message, hint = "a worker process died", "perhaps the memory ran out; try `--jobs 1`"
            raise Failure.at("ptnews", "worker-died", message, hint, exit_code=EXIT_SYSTEM) from None


def _pool(jobs: int) -> Executor:
    from concurrent.futures import ProcessPoolExecutor

    return ProcessPoolExecutor(jobs, initializer=_live_with_parent, initargs=(os.getpid(),))


def _processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _live_with_parent(parent: int) -> None:
    """In a worker: signals are the parent's business, and its death is ours.

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
