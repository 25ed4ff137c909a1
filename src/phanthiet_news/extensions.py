"""Markdown extensions of others, as they are installed: whether they are there, and what they are.

Knows entry points and modules; must not know Markdown, which takes a while to import.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from phanthiet_news import digest

GROUP = "markdown.extensions"


def unknown(names: tuple[str, ...]) -> list[str]:
    """Those that Python-Markdown could not load, neither by entry point nor as a module."""
    known = _entries()
    return [name for name in names if name not in known and not _is_module(name)]


@lru_cache(maxsize=8)  # what this process has imported does not change any more, whatever becomes of the files
def versions(names: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """Of each its name, the version of what it was installed with, and a digest of its code.

    The version of a package that is being worked on stays the same; and a module of the site's own has none.
    """
    entries = _entries() if names else {}
    return tuple(_version(name, entries.get(name)) for name in names)


def _version(name: str, entry: EntryPoint | None) -> tuple[str, str, str]:
    module = entry.module if entry else name.partition(":")[0]
    installed = f"{entry.dist.name} {entry.dist.version}" if entry and entry.dist else ""
    return name, installed, _code(module.partition(".")[0])


def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _is_module(name: str) -> bool:
    try:
        return find_spec(name.partition(":")[0]) is not None
    except (ImportError, ValueError):
        return False


@lru_cache(maxsize=32)
def _code(package: str) -> str:
    """Digest of the files of a package or module."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return ""
    folders = [Path(place) for place in spec.submodule_search_locations or ()]
    files = [(file.relative_to(folder), file) for folder in folders for file in folder.rglob("*.py")]
    if not folders and spec.origin:
        files = [(Path(package), Path(spec.origin))]
    found = [(str(name), digest.of_bytes(file.read_bytes())) for name, file in sorted(files) if file.is_file()]
    return digest.of_value(found)
