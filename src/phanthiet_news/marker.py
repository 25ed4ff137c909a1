"""The file `.ptnews` in the output folder: which files there are ours, told by the folder itself.

A line of words for people, then a line an output, made of its path and its bytes; nothing but a function of the
outputs. Knows paths and digests; must not know where they come from.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import blake2b

NAME = ".ptnews"
WORDS = b"This folder is written by ptnews; what else lies in it is left alone. Its files, as it wrote them:\n"


def line(path: str, mark: str) -> bytes:
    """What stands for an output of this path whose bytes have the digest `mark`: 72 bits, as text."""
    return b64encode(blake2b(f"{path}\0{mark}".encode("utf-8", "surrogateescape"), digest_size=9).digest())


def text(outputs: Mapping[str, str]) -> bytes:
    """The file for these outputs, digests by path."""
    return _text(sorted(line(*output) for output in outputs.items()))


def changed(before: bytes, gone: Mapping[str, str], new: Mapping[str, str]) -> bytes:
    """The file as it is `before`, without some outputs and with others: `text` of them all, but sooner."""
    left = {line(*output) for output in gone.items()}
    kept = [each for each in before.split(b"\n")[1:-1] if each not in left]
    added = {line(*output) for output in new.items()}.difference(kept)
    return _text(sorted([*kept, *added]))


def lines(found: bytes) -> frozenset[bytes]:
    """What stands for outputs in a file that may be damaged, or somebody else's."""
    return frozenset(found.split(b"\n")[1:])


def _text(lines: Iterable[bytes]) -> bytes:
    return WORDS + b"".join(each + b"\n" for each in lines)
