"""Digests of bytes and of canonical encodings. Knows nothing of what they stand for."""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO

import msgspec

DIGITS = 32

canonical = msgspec.json.Encoder(order="deterministic").encode


def of_bytes(data: bytes) -> str:
    """128 bits of SHA-256, which today's processors work out by themselves, as 32 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:DIGITS]


def of_file(file: BinaryIO) -> str:
    """Digest of all that is left to read in a file, however large it is."""
    found = hashlib.sha256()
    while piece := file.read(2**20):
        found.update(piece)
    return found.hexdigest()[:DIGITS]


def of_value(value: Any) -> str:
    """Digest of a value's canonical encoding: equal values have equal digests in every process.

    A pickle would not do: equal values may pickle differently. Nor would MessagePack: it drops the offset
    of an instant, and pages show that.
    """
    return of_bytes(canonical(value))
