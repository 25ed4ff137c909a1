"""A build that dies, as if killed, at the n-th operation on files. Used where crash safety is tested."""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Callable
from typing import Any

DIED = 9


def dies_at(operation: int, make: Callable[[], object]) -> bool:
    """Call `make` in a process of its own, which ends without any clean-up at the n-th operation.

    Operations are writes (one that is died at leaves half of its bytes), and changes of names and folders.
    Whether the process got that far.
    """
    child = os.fork()
    if child == 0:
        _die(operation, make)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == DIED


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
    left = operation

    def last() -> bool:
        nonlocal left
        left -= 1
        return left == 0

    def counting(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            if last():
                os._exit(DIED)
            return function(*arguments, **keywords)

        return call

    class Torn(io.FileIO):
        def write(self, data: Any) -> int:
            if last():
                super().write(bytes(data)[: len(data) // 2])
                os._exit(DIED)
            return super().write(data)

    plain = builtins.open

    def opened(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        return Torn(file, "wb") if mode == "wb" else plain(file, mode, *rest, **more)

    builtins.open = opened
    for name in ("replace", "unlink", "rmdir", "mkdir", "makedirs"):
        setattr(os, name, counting(getattr(os, name)))
    try:
        make()
    finally:
        os._exit(0)
