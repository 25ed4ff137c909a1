"""The versions of everything that an output may depend on besides its sources."""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from pathlib import Path

from phanthiet_news import __version__

PACKAGES = (
    "babel",
    "jinja2",
    "markdown",
    "markupsafe",
    "msgspec",
    "nh3",
    "pillow",
    "python-slugify",
    "pyyaml",
    "text-unidecode",
    "tzdata",
)


_INSTALLED = re.compile(r"(?P<name>[\w.]+)-(?P<version>[^-]+)\.dist-info")


@lru_cache(maxsize=1)
def of_everything() -> tuple[tuple[str, str], ...]:
    """By name: of ptnews, Python, and the libraries that take part in a build."""
    installed = _installed()
    found = [(name, installed.get(name.replace("-", "_")) or _version(name)) for name in PACKAGES]
    return (("ptnews", __version__), ("python", sys.version), ("source", _source()), *found)


def pillow() -> str:
    """The version of the library that makes pictures; told without importing it."""
    return dict(of_everything())["pillow"]


def of_looking() -> tuple[str, ...]:
    """Of what a look at a picture depends on besides its bytes."""
    known = dict(of_everything())
    return known["ptnews"], known["source"], known["pillow"]


def _installed() -> dict[str, str]:
    """As the names of the folders tell that installing a wheel leaves: reading the metadata takes thirty times as long.

    Of two on the path the first is the one that is imported.
    """
    folders = [folder for folder in reversed(sys.path) if os.path.isdir(folder)]
    names = (name for folder in folders for name in os.listdir(folder) if name.endswith(".dist-info"))
    matches = filter(None, map(_INSTALLED.fullmatch, names))
    return {found["name"].lower(): found["version"] for found in matches}


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

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
