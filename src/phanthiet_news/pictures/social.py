"""The picture that a social network shows for an article: its headline, set in the site's colours.

Knows type and layout; must not know articles. The same words give the same bytes.
"""

from __future__ import annotations

import io
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from phanthiet_news import digest
from phanthiet_news.text import nfc
from phanthiet_news.versions import pillow

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

RECIPE = 2  # to be raised whenever `social` gives other bytes for the same words
SIZE = WIDTH, HEIGHT = 1200, 630
FONT = Path(__file__).parents[1] / "fonts" / "NotoSerif-Bold.ttf"
STEPS = 8  # of 256 levels of ink that become one: eyes see no difference, and the file is a third
LONGEST_TITLE = 300

_MARGIN = 76
_STRIPE = 520  # where it begins; below it lies the band
_BAND = 533
_BIGGEST, _SMALLEST, _STEP = 94, 39, 2  # sizes of type
_SITE = 39
_LEADING = 1.3  # Vietnamese stacks two marks on a capital
_NO_SUCH_LETTER = "\U0010fffd"
_SELECTORS = {chr(code) for code in range(0xFE00, 0xFE10)}  # of how a sign before them looks


class Style(msgspec.Struct, frozen=True):
    """Colours as `#rrggbb`: the ground and the headline on it, the band with the site's name, the stripe above it."""

    paper: str
    ink: str
    band: str
    on_band: str
    stripe: str


class Card(msgspec.Struct, frozen=True):
    """All that such a picture is made from."""

    title: str
    site: str
    style: Style

    @property
    def key(self) -> str:
        """The digest of all that its bytes depend on."""
        return digest.of_value([RECIPE, pillow(), self, _font_mark()])


def social(card: Card) -> bytes:
    """A PNG of less than 100 KB.

    What the font has no letter for is left out: a headline without an emoji is better than one with a box. A
    headline that does not fit in the smallest size is cut at a word.
    """
    from PIL import Image, ImageDraw

    ink = Image.new("L", SIZE)  # how much of it: colours come last, from a palette
    draw = ImageDraw.Draw(ink)
    _headline(draw, _drawable(card.title))
    _site(draw, _drawable(card.site))
    return _png(_coloured(ink, card.style))


def _coloured(ink: Image, style: Style) -> Image:
    """Two rows of colours, from paper to ink and from band to letter, and the stripe's."""
    shades = 256 // STEPS
    image = ink.point([level // STEPS for level in range(256)])
    foot = (0, _BAND, WIDTH, HEIGHT)
    image.paste(ink.crop(foot).point([shades + level // STEPS for level in range(256)]), foot)
    image.paste(2 * shades, (0, _STRIPE, WIDTH, _BAND))
    image.putpalette(_palette(style, shades))
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


def _site(draw: ImageDraw, words: str) -> None:
    """The name of the site in one line, on the band."""
    room = WIDTH - 2 * _MARGIN
    for pixels in range(_SITE, _SITE // 2, -_STEP):
        font = _font(pixels)
        if font.getlength(words) <= room:
            break
    else:
        words = _cut(words, font, room)
    draw.text((_MARGIN, (_BAND + HEIGHT) / 2), words, fill=255, font=font, anchor="lm")


def _headline(draw: ImageDraw, words: str) -> None:
    """As big as it fits, its lines about equally long, in the middle between the top and the band."""
    font, lines = _fitted(words, WIDTH - 2 * _MARGIN, _STRIPE - round(1.4 * _MARGIN))
    leading = font.size * _LEADING
    top = (_STRIPE - leading * len(lines)) / 2
    for number, line in enumerate(lines):
        baseline = top + leading * number + leading * 0.74
        draw.text((_MARGIN, baseline), line, fill=255, font=font, anchor="ls")


def _fitted(text: str, width: int, height: int) -> tuple[FreeTypeFont, list[str]]:
    """The biggest type in which the text fits, and its lines; in the smallest the lines that fit."""
    for pixels in range(_BIGGEST, _SMALLEST - 1, -_STEP):
        font = _font(pixels)
        lines = _lines(text, font, width)
        if len(lines) * pixels * _LEADING <= height and all(font.getlength(line) <= width for line in lines):
            return font, _balanced(text, font, width, len(lines))
    most = max(1, int(height / (font.size * _LEADING)))
    lines = [piece for word in lines for piece in _lines(_broken(word, font, width), font, width)]
    last = _cut(" ".join(lines[most - 1 :]), font, width)
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


# --- the font -----------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _font_mark() -> str:
    return digest.of_bytes(FONT.read_bytes())


@lru_cache(maxsize=64)
def _font(pixels: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(FONT), pixels)


def _drawable(text: str) -> str:
    """In one line, composed, without what the font has no letter for."""
    text = nfc(re.sub(r"[ \t\r\n]+", " ", text)).strip()[:LONGEST_TITLE]
    return re.sub(" +", " ", "".join(letter for letter in text if _has(letter))).strip(" ")


@lru_cache(maxsize=4096)
def _has(letter: str) -> bool:
    """Whether the font has a letter: one that it has not looks like any other that it has not."""
    if unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") or letter in _SELECTORS:
        return False
    if letter.isspace():
        return True
    return _shape(letter) != _shape(_NO_SUCH_LETTER)


def _shape(letter: str) -> tuple[bytes, tuple[int, int], float]:
    font = _font(32)
    mask = font.getmask(letter)
    return bytes(mask), mask.size, font.getlength(letter)
