"""Which files are none of the site's."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from phanthiet_news.load import EDITORS_FILES, is_passed_over

PIECES = [".", "#", "~", ".md", ".sw", "p", "4913", ".tmp", "___jb_", "tmp___", ".subl", ".goutputstream-", "bài", "\n"]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join))
def test_what_editors_leave_about_is_what_the_patterns_say(name: str) -> None:
    assert is_passed_over(name) is any(fnmatchcase(name, pattern) for pattern in EDITORS_FILES)
