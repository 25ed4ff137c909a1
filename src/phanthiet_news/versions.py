"""The versions of everything that an output may depend on besides its sources."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from phanthiet_news import __version__

PACKAGES = (
    "babel",
    "jinja2",
    "markdown",
    "markupsafe",
    "msgspec",
    "nh3",
    "python-slugify",
    "pyyaml",
    "text-unidecode",
    "tzdata",
)


@lru_cache(maxsize=1)
def of_everything() -> tuple[tuple[str, str], ...]:
    """By name: of ptnews, Python, and the libraries that take part in a build."""
    found = [(name, _version(name)) for name in PACKAGES]
    return (("ptnews", __version__), ("python", sys.version), ("source", _source()), *found)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _source() -> str:
    """While ptnews itself is being changed, its version doesn't tell: its files' stamps do."""
    package = Path(__file__).parent
    if (package / "theme").is_dir():
        return ""
    files = sorted(package.rglob("*.py"))
    return ";".join(
        f"{file.name}:{status.st_size}:{status.st_mtime_ns}" for file in files for status in [os.stat(file)]
    )
