"""The builder's process, as one sees it who asks it. Knows processes and lines of JSON; must not know what is built."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import msgspec

from phanthiet_news.serve.builder import Order, Outcome

LONGEST_ANSWER = 2**30


class Died(Exception):
    """The process ended instead of answering; says how."""


class Process:
    """The builder's process; started when it is asked for something and is not there."""

    def __init__(self, order: Order) -> None:
        self._order = msgspec.json.encode(order)
        self._process: asyncio.subprocess.Process | None = None

    async def build(self, touched: list[str] | None) -> Outcome:
        """Have it build. Raises Died; asked again, another process begins with what is on the disk."""
        self._process = process = self._process or await self._start()
        if process.stdin is None or process.stdout is None:
            raise AssertionError("it was started with pipes")
        process.stdin.write(_asked(touched) + b"\n")
        line = await process.stdout.readline()
        if line.endswith(b"\n"):
            return msgspec.json.decode(line, type=Outcome)
        self._process = None
        raise Died(_end(await process.wait()))

    async def end(self) -> None:
        """End it, whatever it does."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        """It waits to be asked. A signal to the terminal's group is not for it."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "phanthiet_news.serve.builder"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_ANSWER,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        if process.stdin:
            process.stdin.write(self._order + b"\n")
        return process


def _asked(touched: list[str] | None) -> bytes:
    try:
        return msgspec.json.encode(touched)
    except UnicodeEncodeError:  # a name that is no text
        return b"null"


def _end(status: int) -> str:
    return f"exit code {status}" if status >= 0 else signal.Signals(-status).name
