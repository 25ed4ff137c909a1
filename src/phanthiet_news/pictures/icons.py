"""The icons that telephones, browsers and search engines ask for, all made of one logo.

Knows pixels and what each system does to an icon; must not know where they are published.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import msgspec

from phanthiet_news import digest
from phanthiet_news.pictures import opened
from phanthiet_news.versions import pillow

if TYPE_CHECKING:
    from PIL.Image import Image

RECIPE = 1  # to be raised whenever `icons` gives other bytes for the same logo
LEAST = 512  # pixels of the logo's longer side

# Which part of an icon the logo takes. One that lets something through gets some room. Of an icon that is masked a
# system may leave a circle of four fifths only.
_FILLS, _STANDS = 1.0, 0.84
_FILLS_MASKED, _STANDS_MASKED = 0.8, 0.6


class Icon(msgspec.Struct, frozen=True):
    """One icon: the name of its file, its side in pixels, and whether systems may cut it to a form of theirs."""

    name: str
    side: int
    masked: bool = False


ICONS = (
    Icon("apple-touch-icon.png", 180),
    Icon("icon-192.png", 192),
    Icon("icon-512.png", 512),
    Icon("icon-512-maskable.png", 512, masked=True),
)


class Logo(msgspec.Struct, frozen=True):
    """A logo to make icons of: its name, its file, the digest that the file has, and the ground (`#rrggbb`).

    The ground is for what lets something through: icons are opaque, for some systems fill the rest with black.
    """

    name: str
    origin: str
    digest: str
    ground: str

    def key(self, icon: Icon) -> str:
        """The digest of all that an icon's bytes depend on."""
        return digest.of_value([RECIPE, pillow(), self.digest, self.ground, icon])


def icons(data: bytes, logo: Logo) -> dict[Icon, bytes]:
    """A PNG of each. Raises Failure if the logo can't be read."""
    with opened.opened(data, logo.name) as image:
        turn, profile = opened.orientation(image), image.info.get("icc_profile")
        drawn = opened.srgb(opened.upright(opened.plain(image), turn), profile).convert("RGBA")
    shape = drawn.getchannel("A")
    solid = shape.getextrema() == (255, 255)
    ground = _corner(drawn) if solid else logo.ground
    drawn = drawn if solid else drawn.crop(shape.getbbox())
    parts = (_FILLS, _FILLS_MASKED) if solid else (_STANDS, _STANDS_MASKED)
    return {icon: _placed(drawn, ground, icon.side, parts[icon.masked]) for icon in ICONS}


def _corner(image: Image) -> str:
    found = image.getpixel((0, 0))
    red, green, blue = found[:3] if isinstance(found, tuple) else (255, 255, 255)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _placed(drawn: Image, ground: str, side: int, part: float) -> bytes:
    """In the middle of a square."""
    from PIL import Image

    scale = side * part / max(drawn.size)
    width, height = (max(1, round(each * scale)) for each in drawn.size)
    small = drawn.resize((width, height), Image.Resampling.LANCZOS)
    icon = Image.new("RGB", (side, side), ground)
    icon.paste(small, ((side - width) // 2, (side - height) // 2), small)
    out = io.BytesIO()
    icon.save(out, "PNG")
    return out.getvalue()
