"""Which files are made of a picture, and how a page offers them to a browser. Pure: nothing is opened here.

Knows widths, formats and names; must not know pixels.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

import msgspec

from phanthiet_news import digest
from phanthiet_news.pictures.info import Info
from phanthiet_news.text import slugify
from phanthiet_news.versions import pillow

RECIPE = 2  # to be raised whenever `make` gives other bytes for the same picture and variant

MAX_SIDE_WEBP = 16_383
MAX_SIDE_AVIF = 16_384
STEM_LENGTH = 60
_NEARLY = 1.1


class Policy(msgspec.Struct, frozen=True):
    """What a site wants made of its pictures: widths in pixels, qualities from 1 to 100.

    `formats` are offered in their order, to browsers that know them. The fallback (JPEG, or PNG where something
    shines through or is drawn) is for old browsers, feeds and social networks: at most these widths.
    """

    widths: tuple[int, ...] = (320, 640, 960, 1280, 1920)
    formats: tuple[str, ...] = ("webp",)
    fallback_widths: tuple[int, ...] = (640, 1280)
    webp_quality: int = 78
    avif_quality: int = 60
    jpeg_quality: int = 80

    def quality(self, kind: str) -> int:
        """Of a format; 0 for one that loses nothing."""
        return {"webp": self.webp_quality, "avif": self.avif_quality, "jpeg": self.jpeg_quality}.get(kind, 0)


class Variant(msgspec.Struct, frozen=True):
    """One file to be made: its name, its size in pixels, and how.

    `source` names the picture it is made of, for problems. `quality` 0 means that nothing is lost. `keep` means
    that the pixels are those of the source. `key` is the digest of all that its bytes depend on.
    """

    source: str
    name: str
    width: int
    height: int
    format: str
    quality: int
    keep: bool
    key: str


def variants(info: Info, policy: Policy) -> tuple[Variant, ...]:
    """Every file to be made, formats in the order of preference, widths from small to big."""
    if info.format == "svg" or info.moving:
        return (_variant(info, info.width, info.format, 0, keep=True),)
    widths = _widths(info.width, policy.widths)
    fallback = "png" if info.see_through or info.drawn else "jpeg"
    offered = [(kind, width) for kind in policy.formats if kind != fallback and _fits(info, kind) for width in widths]
    # Where no other format can hold the picture, the fallback is what everybody sees.
    behind = _nearest(widths, policy.fallback_widths) if offered else widths
    return tuple(
        _variant(info, width, kind, 0 if info.drawn else policy.quality(kind))
        for kind, width in [*offered, *((fallback, width) for width in behind)]
    )


def _widths(own: int, wanted: Iterable[int]) -> list[int]:
    """Never more than the picture has; none that is hardly smaller than the biggest."""
    sorted_ = sorted(set(wanted))
    top = min(own, *sorted_[-1:]) if sorted_ else own
    return [width for width in sorted_ if width * _NEARLY <= top] + [top]


def _nearest(widths: list[int], limits: Iterable[int]) -> list[int]:
    """For each limit the biggest width within it."""
    return sorted({max((width for width in widths if width <= limit), default=widths[0]) for limit in limits})


def _fits(info: Info, kind: str) -> bool:
    longest = {"webp": MAX_SIDE_WEBP, "avif": MAX_SIDE_AVIF}.get(kind)
    return longest is None or max(info.width, info.height) <= longest


def _variant(info: Info, width: int, kind: str, quality: int, *, keep: bool = False) -> Variant:
    height = max(1, round(info.height * width / info.width))
    key = digest.of_value([RECIPE, pillow(), info.digest, width, height, kind, quality, keep])
    stem = slugify(PurePosixPath(info.name).stem)[:STEM_LENGTH].strip("-") or "anh"
    ending = "jpg" if kind == "jpeg" else kind
    return Variant(info.name, f"{stem}-{width}-{key[:8]}.{ending}", width, height, kind, quality, keep, key)


def of_format(made: Iterable[Variant], kind: str) -> tuple[Variant, ...]:
    """Those of one format: a `source` of a `picture` each."""
    return tuple(variant for variant in made if variant.format == kind)


def srcset(made: Iterable[Variant], prefix: str) -> str:
    """The value of `srcset` for variants of one format; `prefix` is the url of the folder that they lie in."""
    # A comma ends a candidate and a blank its address.
    folder = prefix.replace(",", "%2C").replace(" ", "%20")
    return ", ".join(f"{folder}{variant.name} {variant.width}w" for variant in made)
