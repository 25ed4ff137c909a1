"""What a picture is: size, colour, whose it is. All that a plan has to know of it.

Knows how to find out from the bytes; must not know which sizes anybody wants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from phanthiet_news import digest
from phanthiet_news.pictures import chunks, opened, svg
from phanthiet_news.pictures import credit as credits
from phanthiet_news.pictures.credit import Credit
from phanthiet_news.problem import Problem

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

FEW_COLOURS = 2048


class Info(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture as a plan knows it.

    `width` and `height` are pixels as shown, after any turning. `colour` is `#rrggbb`, the mean of all pixels, to
    stand in the picture's place while it loads; empty for an SVG. `see_through` if not all pixels are opaque,
    `drawn` if it has so few colours that it must be a chart or a screenshot, `moving` if it is an animation.
    `problems` are warnings.
    """

    name: str
    digest: str
    format: str
    width: int
    height: int
    colour: str = ""
    credit: Credit = Credit()
    see_through: bool = False
    drawn: bool = False
    moving: bool = False
    problems: tuple[Problem, ...] = ()


class Seen(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of looking at a picture: `info`, or why there is none. `digest` is that of its bytes."""

    digest: str
    info: Info | None = None
    problems: tuple[Problem, ...] = ()


def inspect(data: bytes, name: str) -> Info:
    """All that is to be known of a picture. Raises Failure, with `name`, if it can't or should not be shown."""
    if not opened.format_of(data) and svg.looks_like(data):
        return _drawing(data, name)
    with opened.opened(data, name) as image:
        return _photo(image, data, name)


def _drawing(data: bytes, name: str) -> Info:
    clean = svg.clean(data, name)
    return Info(name, digest.of_bytes(data), "svg", clean.width, clean.height, problems=clean.problems)


def _photo(image: ImageFile, data: bytes, name: str) -> Info:
    moving = opened.is_moving(image)
    if moving:
        chunks.without_notes(data, opened.format_of(data))  # raises where it could not be published
    turned = not moving and opened.orientation(image) > 4
    width, height = image.size[::-1] if turned else image.size
    credit = credits.read(image)
    profile = image.info.get("icc_profile")
    # A JPEG decodes at an eighth of its size for a fraction of the cost; other formats know no such thing.
    image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
    pixels = opened.plain(image)
    return Info(
        name=name,
        digest=digest.of_bytes(data),
        format=opened.format_of(data),
        width=width,
        height=height,
        colour=_mean(pixels, profile),
        credit=credit,
        see_through=pixels.mode == "RGBA",
        drawn=image.format != "JPEG" and pixels.mode != "CMYK" and pixels.getcolors(FEW_COLOURS) is not None,
        moving=moving,
    )


def _mean(pixels: Image, profile: bytes | None) -> str:
    from PIL.Image import Resampling

    one = opened.srgb(pixels.resize((1, 1), Resampling.BOX), profile).convert("RGBA")
    found = one.getpixel((0, 0))
    red, green, blue, solid = found if isinstance(found, tuple) else (0, 0, 0, 0)
    return f"#{red:02x}{green:02x}{blue:02x}" if solid else ""
