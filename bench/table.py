"""What was measured, and the Markdown that tells it. Pure; knows nothing of how it was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

Marks = tuple[str, str]  # between which lines of a page a result stands
MEASURED: Marks = "<!-- measured: begin -->", "<!-- measured: end -->"
SERVED: Marks = "<!-- served: begin -->", "<!-- served: end -->"


@dataclass(frozen=True)
class Output:
    """What stands in an output folder."""

    files: int
    size: int


@dataclass(frozen=True)
class Measure:
    """One case: seconds of ptnews, and of Hugo's full build just before each; the pages of one run; peak bytes."""

    case: str
    seconds: Sequence[float]
    hugo_seconds: Sequence[float]
    rendered: int
    filled: int
    written: int
    memory: int

    @property
    def ratio(self) -> float:
        """The median of what ptnews took as a part of what Hugo took in the same round."""
        return median(own / other for own, other in zip(self.seconds, self.hugo_seconds, strict=True))


@dataclass(frozen=True)
class Size:
    """All cases for one number of articles."""

    articles: int
    cases: Sequence[Measure]
    output: Output
    hugo_output: Output
    hugo_memory: int

    @property
    def hugo_seconds(self) -> list[float]:
        """Every build of Hugo's."""
        return [seconds for case in self.cases for seconds in case.hugo_seconds]


@dataclass(frozen=True)
class Served:
    """Seconds from a save until the page shows it, of ptnews, and of Hugo's server just before each."""

    articles: int
    seconds: Sequence[float]
    hugo_seconds: Sequence[float]


def report(setting: str, sizes: Sequence[Size]) -> str:
    """The whole block: a line that says with what and on what it was measured, a table a size, and the growth."""
    parts = [setting, *map(_of_size, sizes)]
    if len(sizes) > 1:
        parts.append(_growth(sizes))
    return "\n\n".join(parts)


def report_served(setting: str, rows: Sequence[Served]) -> str:
    """A line that says with what and on what it was measured, and a row a size."""
    heads = ["articles", "ptnews, median", "95 of 100", "`hugo server`, median", "95 of 100", "ratio"]
    return f"{setting}\n\n{_table(heads, map(_of_served, rows))}"


def _of_served(row: Served) -> list[str]:
    ratio = median(own / other for own, other in zip(row.seconds, row.hugo_seconds, strict=True))
    times = [_milliseconds(part(each)) for each in (row.seconds, row.hugo_seconds) for part in (median, _most)]
    return [thousands(row.articles), *times, f"{ratio:.2g}"]


def _most(seconds: Sequence[float]) -> float:
    """Within which 95 of 100 are."""
    return sorted(seconds)[math.ceil(0.95 * len(seconds)) - 1]


def _milliseconds(seconds: float) -> str:
    return f"{thousands(round(seconds * 1000))} ms"


def put_into(page: str, block: str, marks: Marks = MEASURED) -> str:
    """A page with the block between its two marks. Raises ValueError where it has not exactly these two."""
    first, last = marks
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end) or first in rest or last in before + after:
        raise ValueError(f"it needs one line `{first}` and below it one line `{last}`")
    return f"{before}{first}\n\n{block}\n\n{last}{after}"


def thousands(number: int) -> str:
    """`12345` → `12,345`."""
    return f"{number:,}"


def _of_size(size: Size) -> str:
    heads = ["", "ptnews", "Hugo, full build", "ratio", "rendered", "filled", "files written", "memory"]
    rows = [_of_case(case) for case in size.cases]
    rows.append(["Hugo, full build", "", _seconds(size.hugo_seconds), "1", "", "", "", _mib(size.hugo_memory)])
    outputs = (("ptnews", size.output), ("Hugo", size.hugo_output))
    told = "; ".join(f"{name} {thousands(each.files)} files, {_mib(each.size)}" for name, each in outputs)
    return f"### {thousands(size.articles)} articles\n\n{_table(heads, rows)}\n\nOutput: {told}."


def _of_case(case: Measure) -> list[str]:
    counts = map(thousands, (case.rendered, case.filled, case.written))
    times = [_seconds(case.seconds), _seconds(case.hugo_seconds), f"{case.ratio:.2g}"]
    return [case.case, *times, *counts, _mib(case.memory)]


def _growth(sizes: Sequence[Size]) -> str:
    """Median seconds by size, and how many times the smallest the largest is."""
    least, most = (pick(sizes, key=lambda size: size.articles) for pick in (min, max))
    heads = ["", *(thousands(size.articles) for size in sizes), f"{most.articles / least.articles:.3g} × the articles"]
    rows = []
    for place, case in enumerate(sizes[0].cases):
        rows.append([case.case, *_growing(sizes, [each.cases[place].seconds for each in sizes])])
    rows.append(["Hugo, full build", *_growing(sizes, [each.hugo_seconds for each in sizes])])
    return f"### How cost grows\n\n{_table(heads, rows)}"


def _growing(sizes: Sequence[Size], seconds: Sequence[Sequence[float]]) -> list[str]:
    medians = [median(each) for each in seconds]
    by_size = sorted(zip([size.articles for size in sizes], medians, strict=True))
    return [*(f"{each:.2f} s" for each in medians), f"{by_size[-1][1] / by_size[0][1]:.2g} × the time"]


def _seconds(seconds: Sequence[float]) -> str:
    """Median, least and most."""
    return f"{median(seconds):.2f} s ({min(seconds):.2f}–{max(seconds):.2f})"


def _mib(size: int) -> str:
    return f"{thousands(round(size / 2**20))} MiB"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["--:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows))
