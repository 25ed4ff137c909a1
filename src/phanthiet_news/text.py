"""Plain functions over text: slugs, names of files, escapes, widths, guesses. Knows nothing of articles or files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
SLUG_BYTES = 100
MAX_PATH_BYTES = 240

_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\r"})
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³")}
_PLAIN = re.compile(r"[a-z0-9-]{5,}(\.html)?")  # longer than any that is reserved
_ILLEGAL = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f\ufffe\uffff]')


def nfc(text: str) -> str:
    """Composed form, so that the same word typed on two keyboards gives the same bytes."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The key under which names are compared that some file system may take for the same."""
    return text.lower() if text.isascii() else nfc(nfc(text).casefold())


def folded(texts: Iterable[str]) -> set[str]:
    """The keys of many names, none of them empty. They are folded as one text: nothing reaches across a NUL."""
    return set(fold("\0".join(texts)).split("\0")) - {""}


@lru_cache(maxsize=4096)
def slugify(text: str) -> str:
    """`Đường Nguyễn Tất Thành` → `duong-nguyen-tat-thanh`; ends at a word within 100 bytes; may be empty.

    Transliterated here, by the table that python-slugify itself depends on, and not once more by it
    (`allow_unicode`): it would prefer Unidecode where that is installed. Nor is text read as HTML.
    """
    from slugify import slugify as to_slug
    from text_unidecode import unidecode

    return to_slug(
        unidecode(nfc(text)),
        max_length=SLUG_BYTES,
        word_boundary=True,
        save_order=True,
        allow_unicode=True,
        entities=False,
        decimal=False,
        hexadecimal=False,
    )


def path_mistake(path: str) -> str | None:
    """Why no file should have this path under `build/`, if there is a reason."""
    if len(path.encode()) > MAX_PATH_BYTES:
        return f"the path would have {len(path.encode())} bytes, more than {MAX_PATH_BYTES}"
    return next((mistake for part in path.split("/") if (mistake := _name_mistake(part))), None)


@lru_cache(maxsize=65536)
def _name_mistake(name: str) -> str | None:
    if _PLAIN.fullmatch(name):
        return None
    if name in ("", ".", ".."):
        return "the path would lead out of the site"
    if name.endswith((".", " ")):
        return f"`{name}` ends with a dot or a space, which Windows can't store"
    if fold(name).partition(".")[0].rstrip(" ") in _RESERVED:
        return f"`{name}` is a name that Windows keeps for itself"
    if _ILLEGAL.search(name):
        return f"`{name}` has a character that Windows can't store"
    return None


def forbidden_character(text: str) -> int | None:
    """Index of the first character that XML 1.0 forbids (lone surrogates too), if any."""
    if text.isprintable():
        return None
    try:
        if is_plain(text.encode()):
            return None
    except UnicodeEncodeError:  # a lone surrogate
        pass
    found = _forbidden().search(text)
    return found.start() if found else None


def is_plain(data: bytes) -> bool:
    """Whether a text in UTF-8 holds nothing that XML 1.0 forbids, as nearly all do.

    Told in a fifth of the time of a search.
    """
    has_noncharacter = b"\xef" in data and any(each in data for each in _NONCHARACTERS)
    return not has_noncharacter and len(data.translate(None, _CONTROLS)) == len(data)


@lru_cache(maxsize=1)
def _forbidden() -> re.Pattern[str]:
    """Compiled when first needed: that takes as long as reading a hundred files."""
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape_controls(text: str) -> str:
    r"""Control, bidi and unpaired characters as `\u202e`, so that a terminal shows and does not obey them."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).replace("\t", " ")


def quoted(text: str, limit: int = 60) -> str:
    """The text in quotes, as a message shows it; a long one is cut."""
    return f'"{text}"' if len(text) <= limit else f'"{text[:limit]}…"'


def visible(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that was probably meant, or None when nothing is near."""
    from difflib import get_close_matches

    by_key = {fold(choice): choice for choice in choices}
    found = get_close_matches(fold(word), by_key, n=1, cutoff=0.6)
    return by_key[found[0]] if found else None


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A hint with the nearest choice, or with all of them when nothing is near."""
    known = list(choices)
    guess = nearest(word, known)
    if guess:
        return f"did you mean `{guess}`?"
    return f"known: {', '.join(known)}" if known else ""


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word, with an ellipsis where something was cut."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:.–-") + "…"
