"""Bytes of a text file that a person wrote → text, or a problem with its place.

Knows encodings and line ends; must not know what the text means.
"""

from __future__ import annotations

import codecs
import re

from phanthiet_news.problem import Failure, Problem
from phanthiet_news.text import forbidden_character, is_plain, nfc

_WIDE = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
SUFFIX = ".md"
_SAVE = "save the file as UTF-8"


def decode(data: bytes, path: str) -> str:
    """The text in NFC, with LF line ends and without a byte order mark. Raises Failure."""
    wide = _wide(data)
    if wide:
        raise Failure.at(path, "encoding", f"the file is {wide}", _SAVE)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(data, error.start, path) from None
    if b"\r" in data:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = nfc(text)
    if not is_plain(data) and (bad := forbidden_character(text)) is not None:
        raise _forbidden(text, bad, path)
    return text


def _wide(data: bytes) -> str | None:
    """The name of an encoding with several bytes a character, by its mark; without one by its many zeros."""
    marked = next((name for mark, name in _WIDE if data.startswith(mark)), None)
    if marked or b"\0" not in data[:64]:
        return marked
    even, odd = data[:64:2].count(0), data[1:64:2].count(0)
    return "UTF-16 without a byte order mark" if max(even, odd) > 4 * min(even, odd) + 3 else None


def _not_utf8(data: bytes, start: int, path: str) -> Failure:
    before = data[:start].decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    rest = re.split(b"[\r\n]", data[start:], maxsplit=1)[0].decode("utf-8", "backslashreplace")
    return _failure(before, path, "encoding", f"byte 0x{data[start]:02X} is not UTF-8", _SAVE, rest)


def _forbidden(text: str, index: int, path: str) -> Failure:
    message = f"the character U+{ord(text[index]):04X} is not allowed in a text"
    lines = text[index:].split("\n", 1)[0]
    return _failure(text[:index], path, "character-forbidden", message, "delete it", lines)


def _failure(before: str, path: str, code: str, message: str, hint: str, rest: str = "") -> Failure:
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    excerpt = before[before.rfind("\n") + 1 :] + rest
    return Failure([Problem(path, line, column, code, message, hint, excerpt=excerpt)])
