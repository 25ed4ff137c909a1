"""Work over several processes, in order. Knows nothing of what the work is, nor whose the processes are."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from phanthiet_news.aside import Aside, live_with_parent
from phanthiet_news.problem import EXIT_CONFIG, EXIT_SYSTEM, Failure

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future
    from multiprocessing.context import BaseContext

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 64
AHEAD = 8  # chunks that are under way while the results of one are taken
AHEAD_ELSEWHERE = 64  # where an executor from outside may have many processes, and a long way to them
SERIAL_BELOW = 200
M_TRIM_THRESHOLD, M_TOP_PAD = -1, -2
KEPT = 2**26  # bytes that a worker may hold without using them


class Workers:
    """Runs chunks of work, in processes of their own where that pays. Use as a context manager.

    `executor` names a function that makes the executor, as `module:function`; the default is processes of this machine.
    These are made anew for each `map`, where they can be made as copies of this one: so they have all that they are to
    work on, and nothing need be sent to them. `ends_soon` tells that what this process imports is of no use afterwards.
    """

    def __init__(self, jobs: int | None = None, executor: str | None = None, *, ends_soon: bool = False) -> None:
        self._jobs, self._ends_soon = jobs or _processors(), ends_soon
        self._make = _factory(executor) if executor else None
        self._executor: Executor | None = None
        self._inherits = False

    @property
    def are_several(self) -> bool:
        """Whether more than one process may be at work on this machine."""
        return self._jobs > 1

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._executor and self._make:
            self._executor.shutdown(wait=error is None)
        else:
            self._drop()

    def map(
        self,
        work: Callable[[Sequence[T]], list[R]],
        items: Sequence[T],
        named: Callable[[T], str] = str,
        *,
        heavy: bool = False,
        meanwhile: Callable[[], object] | None = None,
    ) -> Iterator[R]:
        """`work` is called with chunks of the items; the results come one by one, in the items' order.

        Work goes on no further than a few chunks beyond the one whose results are taken. Raises Failure when a
        worker dies (out of memory, a crash in a library of C); `named` tells people which item it was at. An item
        that is `heavy` is worth a process by itself. What can be done `meanwhile` is done here when others are at work.
        """
        size = 1 if heavy else CHUNK
        serial = len(items) < (2 if heavy else SERIAL_BELOW)
        spans = (slice(start, start + size) for start in range(0, len(items), size))
        if serial or (self._jobs == 1 and not self._make):
            yield from self._little(lambda: chain.from_iterable(work(items[span]) for span in spans), meanwhile)
            return
        try:
            yield from self._shared_out(work, items, spans, named, meanwhile)
        finally:
            if self._inherits:  # what these have inherited is done
                self._drop()

    def _little(self, work: Callable[[], Iterable[R]], meanwhile: Callable[[], object] | None) -> Iterable[R]:
        """Work that is not worth many processes; but if there is something to do meanwhile, perhaps one."""
        if meanwhile is None:
            return work()
        with Aside(lambda: list(work()), wanted=self._ends_soon and self.are_several) as aside:
            meanwhile()
            found = aside.found
        return work() if found is None else found

    def _shared_out(
        self,
        work: Callable[[Sequence[T]], list[R]],
        items: Sequence[T],
        spans: Iterator[slice],
        named: Callable[[T], str],
        meanwhile: Callable[[], object] | None,
    ) -> Iterator[R]:
        from concurrent.futures import BrokenExecutor

        ahead = AHEAD_ELSEWHERE if self._make else AHEAD
        under_way = deque((span, self._submit(work, items, span)) for span in islice(spans, ahead))
        if meanwhile:
            meanwhile()
        while True:
            for span in islice(spans, ahead - len(under_way)):
                under_way.append((span, self._submit(work, items, span)))
            if not under_way:
                return
            try:
                found = under_way[0][1].result()
            except BrokenExecutor:
                found = self._one_by_one(work, items, [span for span, _ in under_way], named)
                under_way.clear()
            else:
                under_way.popleft()
            yield from found

    def _submit(self, work: Callable[[Sequence[T]], list[R]], items: Sequence[T], span: slice) -> Future[list[R]]:
        from concurrent.futures import BrokenExecutor, Future

        if self._executor is None:
            self._executor = self._make() if self._make else self._pool(work, items)
        try:
            return (
                self._executor.submit(_inherited, span) if self._inherits else self._executor.submit(work, items[span])
            )
        except BrokenExecutor as error:  # a worker died while nobody was waiting for it
            failed: Future[list[R]] = Future()
            failed.set_exception(error)
            return failed

    def _pool(self, work: Callable[[Sequence[T]], list[R]], items: Sequence[T]) -> Executor:
        from concurrent.futures import ProcessPoolExecutor

        context = _context()
        self._inherits = context.get_start_method() == "fork"
        if self._inherits:
            import ctypes  # noqa: F401  # which each of them needs first of all
        inheritance = (work, items) if self._inherits else None
        return ProcessPoolExecutor(self._jobs, context, initializer=_begin, initargs=(os.getpid(), inheritance))

    def _one_by_one(
        self,
        work: Callable[[Sequence[T]], list[R]],
        items: Sequence[T],
        spans: Sequence[slice],
        named: Callable[[T], str],
    ) -> list[R]:
        """After a worker died at one of these: it dies again at the one that is to blame, if it is to blame."""
        from concurrent.futures import BrokenExecutor

        self._drop()
        found = []
        for number in chain.from_iterable(range(*span.indices(len(items))) for span in spans):
            try:
                found += self._submit(work, items, slice(number, number + 1)).result()
            except BrokenExecutor:
                self._drop()
                message, hint = "the process that worked on this died", "perhaps the memory ran out; try `--jobs 1`"
                raise Failure.at(named(items[number]), "worker-died", message, hint, exit_code=EXIT_SYSTEM) from None
        return found

    def _drop(self) -> None:
        """Let go of an executor.

        What processes of this machine are at ends first, within moments: nothing of it may come after this. To kill one
        while it answers would leave this process waiting for the rest.
        """
        if self._executor and not self._make:
            with suppress(RuntimeError):  # a signal may have come before its thread was begun
                self._executor.shutdown(cancel_futures=True)
        self._executor, self._inherits = None, False


def _factory(name: str) -> Callable[[], Executor]:
    """What `module:function` names. Raises Failure."""
    from importlib import import_module

    module, _, function = name.partition(":")
    hint = "name it as `module:function`; the function takes nothing and gives a concurrent.futures.Executor"
    try:
        found: Callable[[], Executor] = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise Failure.at("--executor", "executor", f"{name}: {error}", hint, exit_code=EXIT_CONFIG) from None
    return found


_inheritance: tuple[Callable[[Sequence[Any]], list[Any]], Sequence[Any]] | None = None
"""In a worker that is a copy of its parent: its work, and what to work on. Set once, before it begins."""


def _begin(parent: int, inheritance: tuple[Callable[[Sequence[Any]], list[Any]], Sequence[Any]] | None) -> None:
    global _inheritance  # a pool's processes are handed nothing else that outlives a call
    _inheritance = inheritance
    live_with_parent(parent)
    _keep_memory()


def _keep_memory() -> None:
    """Not to give back to the system, after each chunk, what the next will need: it would come back page by page."""
    if sys.platform == "linux":
        import ctypes

        with suppress(AttributeError):  # not every C library can be told
            mallopt = ctypes.CDLL(None).mallopt
            mallopt(M_TRIM_THRESHOLD, KEPT)
            mallopt(M_TOP_PAD, KEPT // 16)


def _inherited(span: slice) -> list[Any]:
    """Work on a part of what this process has inherited."""
    if _inheritance is None:
        raise RuntimeError("this process inherited nothing")
    work, items = _inheritance
    return work(items[span])


def _context() -> BaseContext:
    """How processes are made; never by a server of forks, which would be the parent that they live and die with.

    A copy of this one has all that it needs at once; but where threads are about, a copy may find locks that nobody
    will ever let go of.
    """
    from multiprocessing import get_context

    return get_context("fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn")


def _processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
