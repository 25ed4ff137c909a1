"""Whether a text holds one of several signs: asked very often, so asked in the quickest way that Python has.

To look for one character takes a fraction of what it takes to look for two, so of each sign its rarest character is
looked for first.
"""

from __future__ import annotations

from collections.abc import Iterable

_COMMON = "\n .-"  # in any text; letters and digits are, too

Signs = tuple[tuple[str, str], ...]
"""Each sign, behind its rarest character."""


def signs(texts: Iterable[str]) -> Signs:
    """Of texts that are to be looked for, the fewest that tell as much; an empty one is in any text."""
    every = set(texts)
    fewest = sorted(each for each in every if not any(other in each for other in every - {each}))
    return tuple((min(text, key=_commonness, default=""), text) for text in fewest)


def _commonness(character: str) -> int:
    return 2 if character.isalnum() else int(character in _COMMON)


def holds(text: str, any_of: Signs) -> bool:
    """Whether one of the signs is in the text."""
    for rarest, sign in any_of:  # noqa: SIM110 - ten times as fast as any()
        if rarest in text and sign in text:
            return True
    return False
