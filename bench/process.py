"""Running a command: how long it takes, and how much memory it and its processes hold.

Knows processes, not what they build.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_EVERY = 0.02  # seconds between two looks at memory
_HOME = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""The environment as it is at an editor's: Python keeps what it compiled, as it does unless it is told otherwise."""


class Broken(Exception):
    """A command that failed, with what it said."""


def timed(command: Sequence[str], answer: Path) -> float:
    """Seconds from start to end of a whole process; what it prints is in the file `answer`.

    All that was written before is on the disk when the clock starts. Raises Broken.
    """
    os.sync()
    with answer.open("wb") as file:
        started = time.perf_counter()
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE, check=False, env=_HOME
        )
        seconds = time.perf_counter() - started
    _must_be_fine(command, done.returncode, done.stderr)
    return seconds


def watched(command: Sequence[str], answer: Path) -> int:
    """The most bytes that a process and all processes below it held at one instant.

    Looking costs time, so a run is either timed or watched. Memory that processes share is counted once. Where
    there is no /proc it is the peak of the largest of them. Raises Broken.
    """
    errors = answer.with_suffix(".errors")
    with answer.open("wb") as file, errors.open("wb") as error_file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=error_file, start_new_session=True, env=_HOME
        )
        peak = 0
        while True:
            found, status, usage = os.wait4(process.pid, os.WNOHANG)
            if found:
                break
            peak = max(peak, _memory_of_session(process.pid))
            time.sleep(_EVERY)
    process.returncode = os.waitstatus_to_exitcode(status)
    _must_be_fine(command, process.returncode, errors.read_bytes())
    return peak or usage.ru_maxrss * 1024


@contextmanager
def running(command: Sequence[str], answer: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that goes on until the block ends; what it prints is in the file `answer`."""
    with answer.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, env=_HOME)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def used(process: int) -> float:
    """Seconds that the processor was at a process and all below it, as far as they still live; needs /proc."""
    parents = {number: fields for number in _numbers() if (fields := _fields(number))}
    family, grown = {str(process)}, True
    while grown:
        born = {number for number, fields in parents.items() if fields[1] in family} - family
        family, grown = family | born, bool(born)
    ticks = sum(int(parents[number][11]) + int(parents[number][12]) for number in family if number in parents)
    return ticks / os.sysconf("SC_CLK_TCK")


def _must_be_fine(command: Sequence[str], code: int, errors: bytes) -> None:
    if code:
        raise Broken(f"{' '.join(command)}\nended with {code}\n{errors.decode(errors='replace')}")


def _memory_of_session(leader: int) -> int:
    """Bytes of all processes that descend from a session's leader."""
    return sum(_memory(number) for number in _numbers() if _session(number) == leader)


def _numbers() -> list[str]:
    """Of all processes; none where there is no /proc."""
    try:
        return [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def _session(number: str) -> int:
    fields = _fields(number)
    return int(fields[3]) if fields else 0


def _fields(number: str) -> list[str]:
    """What the system tells of a process, from its state on; nothing if it has ended meanwhile."""
    try:
        text = Path("/proc", number, "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _memory(number: str) -> int:
    """Bytes of one process; its share of what it shares with others."""
    try:
        lines = Path("/proc", number, "smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
