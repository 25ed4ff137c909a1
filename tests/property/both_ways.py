"""A site that is built again and again beside one that is built once: both must be the same."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, settings
from newsroom import MEMORY_DISK, tree

from phanthiet_news.problem import Failure
from site_in_a_string import AS_OF, Site

RUNS = int(os.environ.get("PTNEWS_RUNS", "50"))
CONFIG = """\
title: Bản tin
base_url: https://example.vn{prefix}
per_page: {per_page}
fragments: {mode}
categories:
  - {{slug: tin, title: Tin tức}}
  - {{slug: the-thao, title: Thể thao}}
authors: {{nguoi-viet: {{name: Người viết, role: Phóng viên}}}}
"""


@contextmanager
def two_sites() -> Iterator[tuple[Site, Site]]:
    """In memory, where there is a disk for it."""
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as folder:
        yield Site(Path(folder, "site")), Site(Path(folder, "clean"))


def outcome(site: Site, as_of: str = AS_OF) -> tuple[list[str], dict[str, bytes] | None]:
    """What is told of the site, and what stands in the folder; nothing, where it can't be built."""
    try:
        found = site.build(as_of)
    except Failure as failure:
        return sorted(map(str, failure.problems)), None
    return sorted(map(str, (*found.problems, found.kinds, found.next_due, found.left_out))), tree(site.out)


def compared(
    drawn: st.SearchStrategy[Any], check: Callable[..., object], examples: int, *, shrink: bool = True
) -> None:
    """Call `check` with what is drawn. Raises what that raises."""
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if shrink else [])]

    @settings(
        max_examples=examples, deadline=None, database=None, phases=phases, suppress_health_check=list(HealthCheck)
    )
    @given(drawn)
    def both_ways(each: Any) -> None:
        check(*each)

    both_ways()
