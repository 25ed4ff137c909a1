"""Takes the notes out of an AVIF without moving a byte of it: what must go is overwritten in its place.

Knows the boxes of ISO base media files; must not know pixels. What may stay is listed. Raises ValueError where it can't
be told what a part is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

# What may lie in a file, in its film, in a track of that, among what is told of either. All else becomes free space.
_INSIDE = {
    b"": set(b"ftyp meta moov mdat".split()),
    b"moov": set(b"mvhd trak mvex meta iods".split()),
    b"trak": set(b"tkhd edts tref trgr mdia meta".split()),
    b"meta": set(b"hdlr pitm iloc iinf iref iprp idat dinf grpl".split()),
}
_VERSION = 4  # bytes in front of the boxes inside some boxes
_SHOWN = set(b"pict auxv vide".split())  # what tracks may be made of
_PIXELS = set(b"av01 grid iovl iden tmap".split())  # what items may be
_EXIF = b"\0\0\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"  # that says nothing; some readers refuse what does not begin so


class _Box(NamedTuple):
    """A part of the file: its kind, and where it begins, where what is in it does, where it ends."""

    kind: bytes
    start: int
    body: int
    end: int


def without_notes(data: bytes) -> bytes:
    """The same file with its notes overwritten. Raises ValueError if it is not made of boxes that are known."""
    out = bytearray(data)
    _clean(data, out, b"", 0, len(data))
    return bytes(out)


def _clean(data: bytes, out: bytearray, inside: bytes, start: int, end: int) -> None:
    for box in _boxes(data, start, end):
        if box.kind not in _INSIDE[inside]:
            out[box.start + 4 : box.start + 8] = b"free"
            out[box.body : box.end] = bytes(box.end - box.body)
        elif box.kind == b"meta":
            _clean(data, out, box.kind, box.body + _VERSION, box.end)
            _clean_items(data, out, box)
        elif box.kind in _INSIDE:
            _clean(data, out, box.kind, box.body, box.end)
        elif box.kind == b"mdia":
            _look_at_track(data, box)


def _boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    while start + 8 <= end:
        size, body = int.from_bytes(data[start : start + 4], "big"), start + 8
        if size == 1:
            size, body = int.from_bytes(data[start + 8 : start + 16], "big"), start + 16
        size = size or end - start
        if start + size > end or start + size < body:
            raise ValueError("a part of it has no end")
        yield _Box(data[start + 4 : start + 8], start, body, start + size)
        start += size


def _child(data: bytes, box: _Box, kind: bytes) -> _Box | None:
    start = box.body + (_VERSION if box.kind == b"meta" else 0)
    return next((each for each in _boxes(data, start, box.end) if each.kind == kind), None)


def _look_at_track(data: bytes, media: _Box) -> None:
    handler = _child(data, media, b"hdlr")
    if handler is None or data[handler.body + 8 : handler.body + 12] not in _SHOWN:
        raise ValueError("a track of it is no picture")


# --- items --------------------------------------------------------------------------------------------


class _Reader:
    """Takes numbers from bytes, one behind the other."""

    def __init__(self, data: bytes, box: _Box) -> None:
        self._data, self._place, self._end = data, box.body, box.end

    def number(self, size: int) -> int:
        """The next number of so many bytes."""
        self._place += size
        if self._place > self._end:
            raise ValueError("a part of it ends too early")
        return int.from_bytes(self._data[self._place - size : self._place], "big")


def _clean_items(data: bytes, out: bytearray, meta: _Box) -> None:
    """Overwrite all items that are not pixels."""
    names, places = _child(data, meta, b"iinf"), _child(data, meta, b"iloc")
    store = _child(data, meta, b"idat")
    kinds = _kinds(data, names) if names else {}
    for item, start, length in _extents(data, places, store.body if store else len(data)) if places else ():
        kind = kinds.get(item, b"")
        if kind in _PIXELS:
            continue
        if not length or start + length > len(data):
            raise ValueError("nobody can tell where its notes end")
        filling = _EXIF if kind == b"Exif" and length >= len(_EXIF) else b""
        out[start : start + length] = filling.ljust(length, b" " if kind == b"mime" else b"\0")


def _kinds(data: bytes, names: _Box) -> dict[int, bytes]:
    """What each item is, by its number."""
    count = 4 if data[names.body : names.body + 1] > b"\0" else 2
    entries = _boxes(data, names.body + _VERSION + count, names.end)
    return dict(_kind(_Reader(data, entry)) for entry in entries)


def _kind(entry: _Reader) -> tuple[int, bytes]:
    version, _ = entry.number(1), entry.number(3)
    if version not in (2, 3):
        raise ValueError("it tells of its parts in an unknown way")
    item, _ = entry.number(2 if version == 2 else 4), entry.number(2)
    return item, entry.number(4).to_bytes(4, "big")


def _extents(data: bytes, places: _Box, store: int) -> Iterator[tuple[int, int, int]]:
    """Item, start and length of each piece of an item; length 0 where it is not to be found in the file."""
    reader = _Reader(data, places)
    version, _ = reader.number(1), reader.number(3)
    sizes = reader.number(2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    if version > 2 or not offset + length:
        raise ValueError("it tells of its parts in an unknown way")
    wide = 4 if version == 2 else 2
    for _ in range(reader.number(wide)):
        item = reader.number(wide)
        method = reader.number(2) & 15 if version else 0
        elsewhere, start = reader.number(2), reader.number(base)
        for _ in range(reader.number(2)):
            reader.number(index if version else 0)
            place, size = start + reader.number(offset), reader.number(length)
            yield item, place + (store if method else 0), size if method < 2 and not elsewhere else 0
