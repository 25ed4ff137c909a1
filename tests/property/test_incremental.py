"""The promise on which all rests: whatever happened before, a build equals a clean one, byte for byte.

And the test of that test: mutants of the machinery, each of which forgets one thing, must be caught.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test
from newsroom import Newsroom

from phanthiet_news import digest, extensions, produce, publish, render, stale, stamp, state, work
from phanthiet_news.model import Article, ArticleData, FeedData, FeedEntry
from phanthiet_news.plan import of_numbers
from phanthiet_news.produce import Production
from phanthiet_news.publish import Edition
from phanthiet_news.stale import Fills, Verdict, verdict
from phanthiet_news.stamp import Stamp
from phanthiet_news.state import Memo, Output, State

RUNS = int(os.environ.get("PTNEWS_RUNS", "50"))
STEPS = int(os.environ.get("PTNEWS_STEPS", "20"))
SERIES = 20  # runs that are drawn of one seed: some repeat much of another


def run(machine: type[Newsroom], seeds: Iterable[int], runs: int, steps: int) -> Counter[str]:
    """What happened in so many runs of so many steps: the same each time. Where some end early, there are more."""
    wanted = settings(
        max_examples=SERIES,
        stateful_step_count=steps,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
        derandomize=True,
    )
    told = machine.told = Counter()
    for number in seeds:
        run_state_machine_as_test(seed(number)(machine), settings=wanted)
        if told["steps"] >= runs * steps:
            break
    return told


@pytest.mark.parametrize("part", range(4))
def test_incremental_equals_clean(part: int) -> None:
    """Four parts with seeds of their own, so that they can run side by side; half of them keep what they know.

    They prove little unless the site could mostly be built, and builds were killed that had something to do.
    """
    machine = type(f"Newsroom{part}", (Newsroom,), {"keeps": part % 2 == 1})
    told = run(machine, count(part, 4), RUNS, STEPS)
    assert told["comparisons"] >= told["steps"] // 5
    assert told["kills of builds with something to do"] >= told["steps"] // 50
    assert told["comparisons after such a kill"] >= told["steps"] // 100
    assert told["refusals"] >= told["steps"] // 400


# --- the test of the test -------------------------------------------------------------------------


def without_closure(patch: pytest.MonkeyPatch) -> None:
    original = render.frames
    patch.setattr(render, "frames", lambda closures, salt: original({name: {} for name in closures}, salt))


def without_body(patch: pytest.MonkeyPatch) -> None:
    """Where nothing but bodies changed no fingerprint is asked: that way is closed here."""
    original = render.mark
    patch.setattr(Production, "bodies_only", lambda self, before, after, inputs: None)

    def bodiless(value: Any) -> Any:
        if isinstance(value, FeedData):
            return msgspec.structs.replace(value, entries=tuple(map(bodiless, value.entries)))
        return msgspec.structs.replace(value, body="") if isinstance(value, (ArticleData, FeedEntry)) else value

    def forgetful(encoded: bytes) -> str:
        page = state.decoded_page(encoded)
        page = msgspec.structs.replace(page, data=bodiless(page.data), bodies=())
        return original(state.encoded_page(page))

    patch.setattr(render, "mark", forgetful)


def without_order(patch: pytest.MonkeyPatch) -> None:
    def jumbled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: jumbled(part) for key, part in value.items()}
        return sorted(map(jumbled, value), key=repr) if isinstance(value, (list, tuple)) else value

    patch.setattr(render, "mark", lambda encoded: digest.of_value(jumbled(msgspec.json.decode(encoded))))


def without_salt(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(render, "salt", lambda context, versions: "")


def without_prune(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Edition, "_prune", lambda self, paths: None)


def without_filling_again(patch: pytest.MonkeyPatch) -> None:
    def lazy(mark: str, last: Output | None, fills: Fills, *, stands: bool) -> Verdict:
        decided = verdict(mark, last, fills, stands=stands)
        return Verdict.KEEP if decided is Verdict.FILL else decided

    patch.setattr(work, "verdict", lazy)


def without_clock(patch: pytest.MonkeyPatch) -> None:
    original = State.commit

    def timeless(self: State, memo: Memo, *rest: Any) -> None:
        original(self, msgspec.structs.replace(memo, since=None, until=None), *rest)

    patch.setattr(State, "commit", timeless)


def without_a_look_at_outputs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Edition, "intact", lambda self, path: path in self._last)


def without_change_times(patch: pytest.MonkeyPatch) -> None:
    def coarse(status: os.stat_result) -> Stamp:
        return Stamp(status.st_size, status.st_mtime_ns, 0, status.st_ino)

    patch.setattr(stamp, "of", coarse)
    patch.setattr(Stamp, "settled", lambda self, seen: True)


def without_journal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(State, "plan", lambda self, journal: None)


def without_the_rest_of_an_article(patch: pytest.MonkeyPatch) -> None:
    def all_alike(article: Article) -> Article:
        return Article("", "", "", "", datetime(2000, 1, 1, tzinfo=UTC), "")

    patch.setattr(stale, "_bodiless", all_alike)


def without_fresh_numbers(patch: pytest.MonkeyPatch) -> None:
    def lazy(last: Any, stats: Any, routes: Any) -> Any:
        return msgspec.structs.replace(of_numbers(last, stats, routes), fragments=tuple(last))

    patch.setattr(produce, "of_numbers", lazy)


def without_fresh_fragments(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Production, "_is_filling_new", lambda self, shop: False)


def without_new_frames(patch: pytest.MonkeyPatch) -> None:
    """Where nothing but templates changed."""

    def lazy(self: Production, inputs: str) -> Any:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Production, "_make", lambda self, tasks, shop: original(self, tasks[1:], shop))
            return frames_only(self, inputs)

    original, frames_only = Production._make, Production.frames_only
    patch.setattr(Production, "frames_only", lazy)


def without_cores(patch: pytest.MonkeyPatch) -> None:
    """They are kept whatever they are made from."""
    patch.setattr(render, "core_frames", lambda cores, salt: dict.fromkeys(cores, ""))


def without_the_marker(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publish, "adopted", lambda folder: {})


def without_the_code_of_extensions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(extensions, "_code", lru_cache(lambda package: ""))


MUTANTS = [
    without_the_marker,
    without_the_code_of_extensions,
    without_the_rest_of_an_article,
    without_fresh_numbers,
    without_fresh_fragments,
    without_new_frames,
    without_cores,
    without_closure,
    without_body,
    without_order,
    without_salt,
    without_prune,
    without_filling_again,
    without_clock,
    without_a_look_at_outputs,
    without_change_times,
    without_journal,
]


ONE_WAY = [(mutant, number % 2 == 1) for number, mutant in enumerate(MUTANTS)]
"""Whether what is known is kept from build to build, as in a preview."""

BOTH_WAYS = [*ONE_WAY, *((mutant, not keeps) for mutant, keeps in ONE_WAY)]


@pytest.mark.parametrize(
    ("mutant", "keeps"), BOTH_WAYS if RUNS > 50 else ONE_WAY, ids=lambda each: getattr(each, "__name__", None)
)
def test_a_mutant_is_caught(
    mutant: Callable[[pytest.MonkeyPatch], None], keeps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    machine = type(mutant.__name__, (Newsroom,), {"keeps": keeps, "checks": 0.7})
    with pytest.raises((AssertionError, Flaky)):  # what is drawn once is there the second time
        run(machine, count(1000 if keeps else 0), runs=100, steps=30)
