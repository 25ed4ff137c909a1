"""Takes the notes out of a PNG or a WebP without touching its pixels: for animations, which are kept as they are.

Knows how these files are cut into chunks; must not know pixels.
"""

from __future__ import annotations

from collections.abc import Iterator

_PNG_START = 8
_PNG_NOTES = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
_WEBP_START = 12
_WEBP_NOTES = {b"EXIF", b"XMP "}
_WEBP_FLAGS_OF_NOTES = 0b1100


def without_notes(data: bytes, kind: str) -> bytes:
    """The same picture without EXIF, XMP and texts; a GIF or an AVIF as it is."""
    if kind == "png":
        kept = [chunk for name, chunk in _png_chunks(data) if name not in _PNG_NOTES]
        return data[:_PNG_START] + b"".join(kept)
    if kind == "webp":
        return _webp([_without_flags(name, chunk) for name, chunk in _webp_chunks(data) if name not in _WEBP_NOTES])
    return data


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk by name, with its length in front and its checksum behind."""
    start = _PNG_START
    while start + 12 <= len(data):
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        yield data[start + 4 : start + 8], data[start:end]
        start = end


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk by name, with its header, filled up to an even length."""
    start = _WEBP_START
    while start + 8 <= len(data):
        length = int.from_bytes(data[start + 4 : start + 8], "little")
        end = start + 8 + length + length % 2
        yield data[start : start + 4], data[start:end]
        start = end


def _without_flags(name: bytes, chunk: bytes) -> bytes:
    """The first chunk says which others there are."""
    if name != b"VP8X" or len(chunk) < 9:
        return chunk
    return chunk[:8] + bytes([chunk[8] & ~_WEBP_FLAGS_OF_NOTES]) + chunk[9:]


def _webp(chunks: list[bytes]) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body
