"""Takes the notes out of a picture without touching its pixels: for those that are published as they are.

Knows how these files are cut into parts, and which parts a browser draws with; must not know pixels. What may stay is
listed; all else goes, for what nobody knows may say where a picture was taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from phanthiet_news.pictures import boxes

_PNG_START = 8
_PNG_PARTS = set(
    b"IHDR PLTE IDAT IEND tRNS bKGD cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI hIST pHYs sPLT acTL fcTL fdAT".split()
)
_WEBP_START = 12
_WEBP_PARTS = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_WEBP_FRAME = 8 + 16  # in front of the parts that a frame consists of
_WEBP_FLAGS_OF_NOTES = 0b1100

_GIF_END, _GIF_EXTENSION, _GIF_PICTURE = b";", b"!", b","
_GIF_TIMING, _GIF_PROGRAM = 0xF9, 0xFF
_GIF_LOOPS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")

_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}  # without a length behind them
_JPEG_SCAN, _JPEG_COMMENT, _JPEG_EXIF = 0xDA, 0xFE, 0xE1
_JPEG_PROGRAMS = range(0xE0, 0xF0)
_JPEG_PARTS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ORIENTATION = 0x0112


def without_notes(data: bytes, kind: str) -> bytes:
    """The same picture without EXIF, XMP, texts, and whatever else is not needed to draw it.

    How a JPEG is to be turned is kept. Raises ValueError if the file is not cut as its kind is.
    """
    if kind == "png":
        return data[:_PNG_START] + b"".join(chunk for name, chunk in _png_chunks(data) if name in _PNG_PARTS)
    if kind == "webp":
        return _webp(b"".join(_webp_parts(data[: _riff_end(data)], _WEBP_START)))
    if kind == "avif":
        return boxes.without_notes(data)
    return _gif(data) if kind == "gif" else _jpeg(data)


# --- PNG ----------------------------------------------------------------------------------------------


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk by name, with its length in front and its checksum behind, up to the end that the file names."""
    start, name = _PNG_START, b""
    while start + 12 <= len(data) and name != b"IEND":
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        name = data[start + 4 : start + 8]
        yield name, data[start:end]
        start = end


# --- WebP ---------------------------------------------------------------------------------------------


def _riff_end(data: bytes) -> int:
    return 8 + int.from_bytes(data[4:8], "little")


def _webp_parts(data: bytes, start: int) -> Iterator[bytes]:
    """The chunks to keep, each with its header, filled up to an even length; of a frame those inside it."""
    while start + 8 <= len(data):
        name, length = data[start : start + 4], int.from_bytes(data[start + 4 : start + 8], "little")
        end = start + 8 + length + length % 2
        if name == b"ANMF":
            inside = b"".join(_webp_parts(data[:end], start + _WEBP_FRAME))
            header = name + (_WEBP_FRAME - 8 + len(inside)).to_bytes(4, "little")
            yield header + data[start + 8 : start + _WEBP_FRAME] + inside
        elif name in _WEBP_PARTS:
            yield _without_flags(name, data[start:end])
        start = end


def _without_flags(name: bytes, chunk: bytes) -> bytes:
    """The first chunk says which others there are."""
    if name != b"VP8X" or len(chunk) < 9:
        return chunk
    return chunk[:8] + bytes([chunk[8] & ~_WEBP_FLAGS_OF_NOTES]) + chunk[9:]


def _webp(chunks: bytes) -> bytes:
    body = b"WEBP" + chunks
    return b"RIFF" + len(body).to_bytes(4, "little") + body


# --- GIF ----------------------------------------------------------------------------------------------


def _gif(data: bytes) -> bytes:
    start = 13 + _colours(data, 10)
    kept = [data[:start]]
    while start < len(data) and data[start : start + 1] != _GIF_END:
        kind = data[start : start + 1]
        if kind == _GIF_EXTENSION:
            end = _after_blocks(data, start + 2)
            kept += [data[start:end]] if _draws(data[start + 1 : start + 14]) else []
        elif kind == _GIF_PICTURE:
            end = _after_blocks(data, start + 10 + _colours(data, start + 9) + 1)
            kept.append(data[start:end])
        else:
            end = start + 1  # a stray byte, which readers pass over
        start = end
    return b"".join(kept) + _GIF_END


def _colours(data: bytes, place: int) -> int:
    """How long the table of colours is that the flags at a place announce."""
    flags = int.from_bytes(data[place : place + 1], "big")
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, start: int) -> int:
    """Behind a row of blocks, each with its length in front, that ends with an empty one."""
    while length := int.from_bytes(data[start : start + 1], "big"):
        start += 1 + length
    return start + 1


def _draws(extension: bytes) -> bool:
    """Whether an extension says how long a frame stays, or how often all is shown again."""
    label = int.from_bytes(extension[:1], "big")
    return label == _GIF_TIMING or (label == _GIF_PROGRAM and extension[1:13] in _GIF_LOOPS)


# --- JPEG ---------------------------------------------------------------------------------------------


def _jpeg(data: bytes) -> bytes:
    """Up to the end of the first picture: a second one, as telephones append it, has notes of its own."""
    kept, turn = [], 1
    for mark, segment in _segments(data):
        if mark == _JPEG_EXIF and turn == 1:
            turn = _turn(segment[4:])
        if mark not in (_JPEG_COMMENT, *_JPEG_PROGRAMS) or segment[4:].startswith(_JPEG_PARTS.get(mark, b"\xff\xff")):
            kept.append(segment)
    return b"".join([_JPEG_START, *([_turned(turn)] if turn > 1 else []), *kept, _JPEG_END])


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each part with its marker; of a scan with the pixels behind it."""
    start = len(_JPEG_START)
    while start + 4 <= len(data):
        if data[start] != 0xFF:
            raise ValueError("its parts don't follow one another")
        mark = data[start + 1]
        if mark == _JPEG_END[1]:
            return
        if mark == 0xFF:
            start += 1
            continue
        end = start + 2 + (0 if mark in _JPEG_ALONE else int.from_bytes(data[start + 2 : start + 4], "big"))
        if mark == _JPEG_SCAN:
            found = _JPEG_MARKER.search(data, end)
            end = found.start() if found else len(data)
        yield mark, data[start:end]
        start = end


def _turn(notes: bytes) -> int:
    """The orientation that EXIF names, 2 to 8; 1 for none."""
    from PIL.Image import Exif

    exif, value = Exif(), 1
    with suppress(Exception):  # as many kinds as metadata can be broken
        exif.load(notes)
        value = exif.get(_ORIENTATION, 1)
    return value if value in range(2, 9) else 1


def _turned(turn: int) -> bytes:
    """EXIF that says how to turn the picture, and nothing else."""
    entry = _ORIENTATION.to_bytes(2, "big") + b"\0\3\0\0\0\1" + turn.to_bytes(2, "big") + b"\0\0"
    notes = b"Exif\0\0MM\0*\0\0\0\x08\0\1" + entry + b"\0\0\0\0"
    return b"\xff\xe1" + (2 + len(notes)).to_bytes(2, "big") + notes
