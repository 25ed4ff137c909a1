"""The picture that a social network shows for an article: its headline, set in the site's colours.

Knows type and layout; must not know articles. The same words give the same bytes.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from phanthiet_news import digest
from phanthiet_news.problem import EXIT_CONFIG, Failure
from phanthiet_news.text import nfc
from phanthiet_news.versions import pillow

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

RECIPE = 1  # to be raised whenever `social` gives other bytes for the same words
SIZE = (1200, 630)
FONT = Path(__file__).parents[1] / "fonts" / "NotoSerif-Bold.ttf"
STEPS = 8  # of 256 levels of ink that become one: eyes see no difference, and the file is a third
LONGEST_TITLE = 300

# Parts of the picture's height.
_MARGIN = 0.12
_BAND = 0.175
_STRIPE = 0.02
_BIGGEST, _SMALLEST, _STEP = 0.15, 0.062, 0.004
_SITE = 0.062
_LEADING = 1.3  # Vietnamese stacks two marks on a capital
_NO_SUCH_LETTER = "\U0010fffd"
_SELECTORS = {chr(code) for code in range(0xFE00, 0xFE10)}  # of how a sign before them looks


class Style(msgspec.Struct, frozen=True):
    """Colours as `#rrggbb`: the ground and the headline on it, the band with the site's name, the stripe above it."""

    paper: str = "#fdfaf4"
    ink: str = "#1d2729"
    band: str = "#0b4550"
    on_band: str = "#f6eddc"
    stripe: str = "#9b3a20"


class Card(msgspec.Struct, frozen=True):
    """All that such a picture is made from. `font` is the path of a font file; that of ptnews if empty."""

    title: str
    site: str
    style: Style = Style()
    size: tuple[int, int] = SIZE
    font: str = ""

    @property
    def key(self) -> str:
        """The digest of all that its bytes depend on. Raises Failure if the font can't be read."""
        return digest.of_value([RECIPE, pillow(), self, _font_mark(self.font)])


def social(card: Card) -> bytes:
    """A PNG of less than 100 KB. Raises Failure if the font can't be used.

    What the font has no letter for is left out: a headline without an emoji is better than one with a box. A
    headline that does not fit in the smallest size is cut at a word.
    """
    from PIL import Image, ImageDraw

    ink = Image.new("L", card.size)  # how much of it: colours come last, from a palette
    draw = ImageDraw.Draw(ink)
    _headline(draw, card)
    _site(draw, card)
    return _png(_coloured(ink, card))


def _band(card: Card) -> tuple[int, int]:
    """Where the stripe begins, and where the band does."""
    height = card.size[1]
    top = height - round(height * _BAND)
    return top, top + round(height * _STRIPE)


def _coloured(ink: Image, card: Card) -> Image:
    """Two rows of colours, from paper to ink and from band to letter, and the stripe's."""
    shades = 256 // STEPS
    top, below = _band(card)
    width, height = card.size
    image = ink.point([level // STEPS for level in range(256)])
    foot = (0, below, width, height)
    image.paste(ink.crop(foot).point([shades + level // STEPS for level in range(256)]), foot)
    image.paste(2 * shades, (0, top, width, below))
    image.putpalette(_palette(card.style, shades))
    return image


def _palette(style: Style, shades: int) -> list[int]:
    """Red, green and blue of each colour."""
    from PIL.ImageColor import getrgb

    def between(one: str, other: str) -> list[int]:
        pairs = list(zip(getrgb(one)[:3], getrgb(other)[:3], strict=True))
        return [round(a + (b - a) * step / (shades - 1)) for step in range(shades) for a, b in pairs]

    return [*between(style.paper, style.ink), *between(style.band, style.on_band), *getrgb(style.stripe)[:3]]


def _png(image: Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _site(draw: ImageDraw, card: Card) -> None:
    """The name of the site in one line, on the band."""
    width, height = card.size
    margin = round(height * _MARGIN)
    words = _drawable(card.site, card.font)
    for pixels in _falling(height, _SITE):
        font = _font(card.font, pixels)
        if font.getlength(words) <= width - 2 * margin:
            break
    else:
        words = _cut(words, font, width - 2 * margin)
    draw.text((margin, (_band(card)[1] + height) / 2), words, fill=255, font=font, anchor="lm")


def _headline(draw: ImageDraw, card: Card) -> None:
    """As big as it fits, its lines about equally long, in the middle between the top and the band."""
    width, height = card.size
    margin = round(height * _MARGIN)
    room = (width - 2 * margin, height - round(height * _BAND) - round(1.4 * margin))
    font, lines = _fitted(_drawable(card.title, card.font), card.font, room, height)
    leading = font.size * _LEADING
    top = (height * (1 - _BAND) - leading * len(lines)) / 2
    for number, line in enumerate(lines):
        baseline = top + leading * number + leading * 0.74
        draw.text((margin, baseline), line, fill=255, font=font, anchor="ls")


def _falling(height: int, start: float) -> Iterator[int]:
    """Sizes of type in pixels, from a part of the height down to the smallest."""
    size = start
    while size >= min(start, _SMALLEST) / (1 if start > _SMALLEST else 2):
        yield max(1, round(height * size))
        size -= _STEP


def _fitted(text: str, path: str, room: tuple[int, int], height: int) -> tuple[FreeTypeFont, list[str]]:
    """The biggest type in which the text fits, and its lines; in the smallest the lines that fit."""
    for pixels in _falling(height, _BIGGEST):
        font = _font(path, pixels)
        lines = _lines(text, font, room[0])
        if len(lines) * pixels * _LEADING <= room[1] and all(font.getlength(line) <= room[0] for line in lines):
            return font, _balanced(text, font, room[0], len(lines))
    most = max(1, int(room[1] / (font.size * _LEADING)))
    lines = [piece for word in lines for piece in _lines(_broken(word, font, room[0]), font, room[0])]
    last = _cut(" ".join(lines[most - 1 :]), font, room[0])
    return font, [*lines[: most - 1], last] if len(lines) > most else lines


def _words(text: str) -> list[str]:
    """Cut at blanks, but not at those that hold together."""
    return [word for word in re.split(r"[ \t\n]+", text) if word]


def _lines(text: str, font: FreeTypeFont, width: float) -> list[str]:
    """Each line takes as many words as fit; a word that is too long has one alone."""
    lines: list[str] = []
    for word in _words(text):
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _balanced(text: str, font: FreeTypeFont, width: int, count: int) -> list[str]:
    """As many lines, in the narrowest column that needs no more of them."""
    low, high = max((font.getlength(word) for word in _words(text)), default=0.0), float(width)
    while high - low > 1:
        middle = (low + high) / 2
        low, high = (low, middle) if len(_lines(text, font, middle)) <= count else (middle, high)
    return _lines(text, font, high)


def _broken(word: str, font: FreeTypeFont, width: float) -> str:
    """A word with blanks where it has to break, because it is wider than the column."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and font.getlength(pieces[-1] + letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return " ".join(pieces)


def _cut(text: str, font: FreeTypeFont, width: float) -> str:
    """The beginning that fits, with an ellipsis; ends at a word if there is one."""
    while text and font.getlength(f"{text}…") > width:
        text = text.rpartition(" ")[0] or text[:-1]
    return f"{text.rstrip(' ,;:.–-')}…"


# --- fonts --------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _font_bytes(path: str) -> bytes:
    try:
        return Path(path or FONT).read_bytes()
    except OSError as error:
        raise _font_broken(path, (error.strerror or str(error)).lower()) from None


@lru_cache(maxsize=4)
def _font_mark(path: str) -> str:
    return digest.of_bytes(_font_bytes(path))


def _font_broken(path: str, why: str) -> Failure:
    hint = "name a TrueType or OpenType font file"
    return Failure.at(path, "font", f"the font can't be used: {why}", hint, exit_code=EXIT_CONFIG)


@lru_cache(maxsize=64)
def _font(path: str, pixels: int) -> FreeTypeFont:
    from PIL import ImageFont

    try:
        return ImageFont.truetype(io.BytesIO(_font_bytes(path)), pixels)
    except (OSError, ValueError) as error:
        raise _font_broken(path, str(error)) from None


def _drawable(text: str, path: str) -> str:
    """In one line, composed, without what the font has no letter for."""
    text = nfc(re.sub(r"[ \t\r\n]+", " ", text)).strip()[:LONGEST_TITLE]
    return re.sub(" +", " ", "".join(letter for letter in text if _has(path, letter))).strip(" ")


@lru_cache(maxsize=4096)
def _has(path: str, letter: str) -> bool:
    """Whether the font has a letter: one that it has not looks like any other that it has not."""
    if unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") or letter in _SELECTORS:
        return False
    if letter.isspace():
        return True
    font = _font(path, 32)
    return _shape(font, letter) != _shape(font, _NO_SUCH_LETTER)


def _shape(font: FreeTypeFont, letter: str) -> tuple[bytes, tuple[int, int], float]:
    mask = font.getmask(letter)
    return bytes(mask), mask.size, font.getlength(letter)
