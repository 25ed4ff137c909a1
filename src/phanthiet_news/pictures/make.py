"""Makes the files of a picture: turned upright, resized, in sRGB, without a word of where it was taken.

Knows pixels and encoders; must not know which sizes anybody wants. The same picture gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from phanthiet_news.pictures import chunks, opened, svg
from phanthiet_news.pictures import credit as credits
from phanthiet_news.pictures.credit import Credit
from phanthiet_news.pictures.variants import Variant

if TYPE_CHECKING:
    from PIL.Image import Image


def make(data: bytes, variant: Variant) -> bytes:
    """The bytes of one variant. Raises Failure if the picture can't be read."""
    return make_all(data, [variant])[0]


def make_all(data: bytes, wanted: Sequence[Variant]) -> list[bytes]:
    """The bytes of variants of one picture, which is decoded once. Raises Failure if it can't be read."""
    if not wanted or wanted[0].keep:
        return [_kept(data, variant) for variant in wanted]
    with opened.opened(data, wanted[0].source) as image:
        credit, turn, profile = credits.read(image), opened.orientation(image), image.info.get("icc_profile")
        pixels = opened.plain(image)
        return [_encoded(_sized(pixels, variant, turn, profile), variant, credit) for variant in wanted]


def _kept(data: bytes, variant: Variant) -> bytes:
    if variant.format == "svg":
        return svg.clean(data, variant.source).data
    return chunks.without_notes(data, variant.format)


def _sized(pixels: Image, variant: Variant, turn: int, profile: bytes | None) -> Image:
    """Resized first: to turn and to colour a small picture costs less."""
    from PIL.Image import Resampling

    size = (variant.height, variant.width) if turn > 4 else (variant.width, variant.height)
    small = pixels if size == pixels.size else pixels.resize(size, Resampling.LANCZOS)
    return opened.srgb(opened.upright(small, turn), profile)


def _encoded(pixels: Image, variant: Variant, credit: Credit) -> bytes:
    image = pixels.copy()
    image.info = {}  # encoders write what they find here: the comment, the profile, the place
    if variant.format == "jpeg" and image.mode != "L":
        image = image.convert("RGB")
    out = io.BytesIO()
    image.save(out, variant.format.upper(), **_options(variant), **_notes(variant.format, credit))
    return out.getvalue()


def _options(variant: Variant) -> dict[str, Any]:
    if variant.format == "jpeg":
        return {"quality": variant.quality or 95, "progressive": True, "optimize": True}
    if variant.format == "webp":
        return {"quality": variant.quality or 80, "lossless": not variant.quality, "method": 4}
    if variant.format == "avif":
        # What several threads make may differ from what one makes.
        return {"quality": variant.quality or 100, "speed": 6, "max_threads": 1}
    return {"optimize": True}


def _notes(kind: str, credit: Credit) -> dict[str, Any]:
    notes: dict[str, Any] = credits.metadata(credit)
    if kind == "png" and notes:
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", notes["xmp"].decode())
        return {"exif": notes["exif"], "pnginfo": info}
    return notes
