"""Whether an output must be made again: a pure function of what is wanted and what was written.

Knows fingerprints, fills and digests of bodies; must not know files or templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache

import msgspec

from phanthiet_news import digest
from phanthiet_news.model import Article, Page, Parsed, Reference
from phanthiet_news.problem import Problem
from phanthiet_news.state import Filling, Making, Output, decoded_parts


class Verdict(StrEnum):
    """What is to be done about an output."""

    KEEP = "keep"
    FILL = "fill"
    MAKE = "make"


class Fills:
    """What goes into holes, by name, with the digest of it. `last` is what went into them, by digest."""

    def __init__(self, fills: Mapping[str, bytes], last: Mapping[str, Filling]) -> None:
        self.by_name = fills
        self._last = {"": (), **last}
        self._digests = {name: digest.of_bytes(data) for name, data in fills.items()}
        self._known: dict[tuple[str, ...], str] = {}
        self._fillings: dict[tuple[str, ...], Filling] = {}
        self._now: dict[str, str] = {}

    def digest(self, holes: tuple[str, ...]) -> str:
        """Digest of what would stand in these holes; a hole that nothing fills counts as absent."""
        if holes not in self._known:
            self._known[holes] = digest.of_value([(name, self._digests.get(name)) for name in holes]) if holes else ""
        return self._known[holes]

    def filling(self, holes: tuple[str, ...]) -> Filling:
        """What goes into these holes: one value for all outputs that have them, so that it is sent but once."""
        if holes not in self._fillings:
            self._fillings[holes] = tuple([(name, len(self.by_name[name])) for name in holes])
        return self._fillings[holes]

    def last(self, output: Output) -> Filling | None:
        """What stands in an output's holes; None where that is not known."""
        return self._last.get(output.fill)

    def are_in(self, output: Output) -> bool:
        """Whether they are what stands in an output's holes."""
        now = self._now.get(output.fill)
        if now is None:
            now = self._now[output.fill] = self.digest(tuple([name for name, _ in self._last.get(output.fill, ())]))
        return now == output.fill


def verdict(mark: str, last: Output | None, fills: Fills, *, stands: bool) -> Verdict:
    """`mark` is that of the page, `last` the manifest's line.

    `stands` is whether the file still has the bytes that the manifest names, and would be framed now as it was then.
    """
    if last is None or not stands or last.fingerprint != mark or fills.last(last) is None:
        return Verdict.MAKE
    return Verdict.KEEP if fills.are_in(last) else Verdict.FILL


def reasons(
    fields: Iterable[str], parts: msgspec.Raw, last: Making | None, *, known: bool, intact: bool
) -> tuple[str, ...]:
    """Why an output is made: `fields` of its data that changed, and which of its other `parts`, encoded.

    `known` tells whether the manifest had it.
    """
    if not known:
        return ("it is new",)
    changed = _differing(bytes(last.encoded_parts), bytes(parts)) if last else ()
    gone = () if intact else ("the file in the output folder was gone or changed",)
    return (*fields, *changed, *gone) or ("its record was lost",)


@lru_cache(maxsize=256)
def _differing(before: bytes, now: bytes) -> tuple[str, ...]:
    """The names of the parts that differ: a pair of them is that of thousands of pages."""
    old, new = decoded_parts(before), decoded_parts(now)
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


# --- where nothing but bodies changed


def renamed_bodies(before: Mapping[str, Parsed], after: Mapping[str, Parsed]) -> dict[str, str] | None:
    """Old digests of bodies and the new ones, where nothing else changed that any page could show; or None."""
    pairs = [_other_body(before.get(name), parsed) for name, parsed in after.items()]
    renamed = {pair[0]: pair[1] for pair in pairs if pair}
    if None in pairs or len(renamed) < len(pairs) or renamed.keys() & set(renamed.values()):
        return None
    return renamed


def _other_body(before: Parsed | None, after: Parsed) -> tuple[str, str] | None:
    old, new = before.article if before else None, after.article
    return (old.body, new.body) if old and new and _bodiless(old) == _bodiless(new) else None


def _bodiless(article: Article) -> Article:
    """Without the body, and wherever in the file the links stand: that is told with problems only."""
    return msgspec.structs.replace(
        article,
        body="",
        references=tuple(map(_unplaced, article.references)),
        attachments=tuple(map(_unplaced, article.attachments)),
        picture=article.picture and _unplaced(article.picture),
    )


def in_other_places(
    problems: Iterable[Problem], before: Mapping[str, Parsed], after: Mapping[str, Parsed]
) -> tuple[Problem, ...] | None:
    """All problems but those of these sources by themselves: of links where the links stand now.

    The links themselves are what they were, see `renamed_bodies`. None where it is not clear which stands where.
    """
    own = {problem for name in after for problem in before[name].problems}
    places: dict[tuple[str, int, int], tuple[int, int]] = {}
    for name, parsed in after.items():
        for old, new in zip(_references(before[name]), _references(parsed), strict=True):
            place = (new.line, new.column)
            if places.setdefault((name, old.line, old.column), place) != place:
                return None
    others = [problem for problem in problems if problem not in own]
    return tuple([_in_other_place(each, places.get((each.path, each.line, each.column))) for each in others])


def _in_other_place(problem: Problem, place: tuple[int, int] | None) -> Problem:
    return msgspec.structs.replace(problem, line=place[0], column=place[1]) if place else problem


def _references(parsed: Parsed) -> list[Reference]:
    article = parsed.article
    return [*article.references, *article.attachments, *filter(None, [article.picture])] if article else []


def _unplaced(reference: Reference) -> Reference:
    return msgspec.structs.replace(reference, line=0, column=0)


def with_other_bodies(page: Page, renamed: Mapping[str, str]) -> Page:
    """The page with other digests of bodies.

    A plan passes these digests on and never looks into a body. So when nothing else changed, the plan would be the
    same, with the new digests in the place of the old.
    """
    data = digest.canonical(page)
    for old, new in renamed.items():
        data = data.replace(old.encode(), new.encode())
    return msgspec.json.decode(data, type=Page)
