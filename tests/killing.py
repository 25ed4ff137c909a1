"""A build that dies, as if killed, at the n-th operation on files. Used where crash safety is tested."""

from __future__ import annotations

import builtins
import io
import os
import pickle
import shutil
from collections.abc import Callable
from typing import Any

from phanthiet_news.problem import Failure
from phanthiet_news.state import State

DIED = 9


def dies_at(operation: int, make: Callable[[], object]) -> bool:
    """Call `make` in a process of its own, which ends without any clean-up at the n-th operation.

    Operations are writes and copies (one that is died at leaves half of its bytes), changes of names and folders, and
    before, in and after each transaction of the state. Whether the process got that far.
    """
    child = os.fork()
    if child == 0:
        _die(operation, make)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == DIED


def in_a_child(make: Callable[[], object]) -> Failure | None:
    """Call `make` in a process of its own, which may do to itself what can't be undone. What it raised."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with open(writer, "wb") as answer:
            try:
                make()
                pickle.dump(None, answer)
            except BaseException as error:
                pickle.dump(error, answer)
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as answer:
        found = pickle.load(answer)
    os.waitpid(child, 0)
    assert found is None or isinstance(found, Failure), repr(found)
    return found


def living_in_session(session: int) -> list[int]:
    """The processes that live in a session: one that was begun there, and all that it began."""
    return [process for process in map(int, filter(str.isdigit, os.listdir("/proc"))) if _lives_in(process, session)]


def _lives_in(process: int, session: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            state, _, _, found = file.read().rpartition(")")[2].split()[:4]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return int(found) == session and state not in "ZX"


def _die(operation: int, make: Callable[[], object]) -> None:
    _Countdown(operation).watch_all()
    try:
        make()
    finally:
        os._exit(0)


class _Countdown:
    """Ends the process at the n-th operation that it is told of."""

    def __init__(self, operations: int) -> None:
        self._left = operations

    def step(self, half: Callable[[], object] = lambda: None) -> None:
        """One operation; the last one is done `half`."""
        self._left -= 1
        if self._left == 0:
            half()
            os._exit(DIED)

    def watch_all(self) -> None:
        """For good: the process is to die."""
        builtins.open = self._opening(builtins.open)
        for name in ("replace", "unlink", "rmdir", "mkdir", "makedirs"):
            setattr(os, name, self._counting(getattr(os, name)))
        setattr(shutil, "copyfile", self._copying(shutil.copyfile))  # noqa: B010
        setattr(State, "_transact", self._transacting(State._transact))  # noqa: B010

    def _counting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            self.step()
            return function(*arguments, **keywords)

        return call

    def _opening(self, function: Callable[..., Any]) -> Callable[..., Any]:
        step = self.step

        class Torn(io.FileIO):
            def write(self, data: Any) -> int:
                step(lambda: super(Torn, self).write(bytes(data)[: len(data) // 2]))
                return super().write(data)

        def opened(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
            return Torn(file, "wb") if mode == "wb" else function(file, mode, *rest, **more)

        return opened

    def _copying(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def copying(source: str, target: str) -> Any:
            def half() -> None:
                function(source, target)
                os.truncate(target, os.stat(target).st_size // 2)

            self.step(half)
            return function(source, target)

        return copying

    def _transacting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def transacting(state: State, change: Callable[[Any], object]) -> None:
            def watched(database: Any) -> None:
                change(database)
                self.step()

            self.step()
            function(state, watched)
            self.step()

        return transacting
