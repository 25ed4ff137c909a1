"""Every promise that is kept so far has a test that bears its id; the others are listed here, and shrink."""

from __future__ import annotations

import re
from pathlib import Path

PROMISES = {
    "a": 8,
    "b": 6,
    "c": 7,
    "d": 2,
    "e": 7,
    "f": 8,
    "g": 9,
    "h": 7,
    "s": 8,
}  # fmt: skip

NOT_YET = set(
    "s1 s2 s3 s4 s5 s6 s7 s8".split()  # visitor stats from logs and services
)


def ids_in_tests() -> set[str]:
    texts = (file.read_text(encoding="utf-8") for file in Path(__file__).parent.rglob("test_*.py"))
    names = (name for text in texts for name in re.findall(r"^\s*def test_((?:[a-z]\d_)+)", text, re.MULTILINE))
    return {each for name in names for each in name.rstrip("_").split("_")}


def test_every_promise_has_a_test_or_is_owned_up_to() -> None:
    promised = {f"{section}{number}" for section, count in PROMISES.items() for number in range(1, count + 1)}
    assert promised - ids_in_tests() <= NOT_YET
    assert promised >= NOT_YET
