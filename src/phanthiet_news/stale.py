"""Whether an output must be made again: a pure function of what is wanted and what was written.

Knows fingerprints and fills; must not know files, pages or templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from phanthiet_news import digest
from phanthiet_news.state import Making, Output


class Verdict(StrEnum):
    """What is to be done about an output."""

    KEEP = "keep"
    FILL = "fill"
    MAKE = "make"


class Fills:
    """What goes into holes, by name, with the digest of it."""

    def __init__(self, fills: Mapping[str, bytes]) -> None:
        self.by_name = fills
        self._digests = {name: digest.of_bytes(data) for name, data in fills.items()}
        self._known: dict[tuple[str, ...], str] = {}

    def digest(self, holes: tuple[str, ...]) -> str:
        """Digest of what would stand in these holes; a hole that nothing fills counts as absent."""
        if holes not in self._known:
            self._known[holes] = digest.of_value([(name, self._digests.get(name)) for name in holes]) if holes else ""
        return self._known[holes]


def verdict(fingerprint: str, last: Output | None, fills: Fills, *, intact: bool) -> Verdict:
    """`last` is the manifest's line; `intact` whether the file still has the bytes that it names."""
    if last is None or not intact or last.fingerprint != fingerprint:
        return Verdict.MAKE
    if last.fill != fills.digest(tuple(hole.name for hole in last.holes)):
        return Verdict.FILL
    return Verdict.KEEP


def reasons(parts: Mapping[str, str], last: Making | None, *, known: bool, intact: bool) -> tuple[str, ...]:
    """Why an output is made: which of its parts changed. `known` tells whether the manifest had it."""
    if not known:
        return ("it is new",)
    before = last.parts if last else parts
    changed = sorted(name for name in parts.keys() | before.keys() if parts.get(name) != before.get(name))
    if not intact:
        changed.append("the file in the output folder was gone or changed")
    return tuple(changed) or ("its record was lost",)
