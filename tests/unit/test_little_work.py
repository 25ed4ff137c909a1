"""Work that is not worth many processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import pytest

from phanthiet_news.parallel import Workers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="copies of a process are made on Linux only")

HERE = os.getpid()


def places(items: Sequence[int]) -> list[tuple[int, int]]:
    return [(each, os.getpid()) for each in items]


def fails_elsewhere(items: Sequence[int]) -> list[tuple[int, int]]:
    if os.getpid() != HERE:
        raise ValueError("on purpose")
    return places(items)


def test_it_is_done_by_another_while_there_is_something_to_do() -> None:
    done: list[str] = []
    with Workers(2, ends_soon=True) as workers:
        found = list(workers.map(places, range(100), meanwhile=lambda: done.append("here")))
    assert [each for each, _ in found] == list(range(100))
    assert os.getpid() not in {place for _, place in found}
    assert done == ["here"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_it_is_done_here_where_the_next_time_is_near(jobs: int) -> None:
    """Then what is imported for it is of use again."""
    with Workers(jobs, ends_soon=jobs == 1) as workers:
        found = workers.map(places, range(3), meanwhile=lambda: None)
        assert list(found) == [(each, os.getpid()) for each in range(3)]


def test_it_is_done_here_where_nothing_else_is_to_do() -> None:
    with Workers(2, ends_soon=True) as workers:
        assert list(workers.map(places, [7])) == [(7, os.getpid())]


def test_it_is_done_here_where_the_other_fails() -> None:
    with Workers(2, ends_soon=True) as workers:
        assert list(workers.map(fails_elsewhere, [7], meanwhile=lambda: None)) == [(7, os.getpid())]
