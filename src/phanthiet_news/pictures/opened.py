"""Bytes of a picture → an opened picture of Pillow, its pixels as browsers want them, or a problem with its name.

Knows formats, and Pillow with all the ways in which it fails; must not know which sizes anybody wants.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from phanthiet_news.problem import Failure

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

MAX_PIXELS = 50_000_000
MAX_PIXELS_MOVING = 1_000_000_000  # of all frames of a moving picture together
MAX_SIDE = 65_000  # JPEG ends a little above

_FORMATS = {"jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "avif": "AVIF"}
_SIGNATURES = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF8", "gif"),
    (8, b"WEBP", "webp"),
    (4, b"ftypavif", "avif"),
    (4, b"ftypavis", "avif"),
)
_OF_NO_USE = (
    (4, b"ftyp", "a HEIC picture or a film"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"%PDF", "a PDF document"),
    (0, b"%!PS", "a PostScript document"),
    (0, b"\x1f\x8b", "a compressed file"),
    (0, b"PK\3\4", "a ZIP file"),
    (0, b"<!DOCTYPE html", "a web page"),
)
_ORIENTATION = 0x0112


def format_of(data: bytes) -> str:
    """`jpeg`, `png`, `gif`, `webp` or `avif`, by the first bytes; empty for anything else."""
    return _match(_SIGNATURES, data)


def unknown_format(data: bytes, name: str) -> Failure:
    """The failure that these bytes are no picture for the web."""
    what = _match(_OF_NO_USE, data)
    if not data:
        return broken(name, "the file is empty")
    if not what:
        return broken(name, "this is not a picture")
    message = f"this is {what}, which browsers don't show"
    return Failure.at(name, "picture-format", message, "save it as JPEG, PNG, WebP, AVIF, GIF or SVG")


def _match(signatures: tuple[tuple[int, bytes, str], ...], data: bytes) -> str:
    return next((what for start, mark, what in signatures if data[start : start + len(mark)] == mark), "")


def broken(name: str, why: str) -> Failure:
    """The failure that a picture can't be read."""
    return Failure.at(name, "picture-broken", f"can't be read: {why}", "save or copy the picture again")


@contextmanager
def opened(data: bytes, name: str) -> Iterator[ImageFile]:
    """The picture behind its header, not decoded yet. Whatever goes wrong inside becomes a Failure with its name."""
    kind = format_of(data)
    if not kind:
        raise unknown_format(data, name)
    from PIL import Image

    try:
        # What Pillow warns of is broken metadata, or pictures that are too big: both are dealt with here.
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=[_FORMATS[kind]]) as image:
            _keep_bounds(image, name)
            yield image
    except Failure:
        raise
    except Image.DecompressionBombError as error:
        raise _too_big(name, _told(error)) from None
    except MemoryError:
        raise _too_big(name, "it needs more memory than there is") from None
    except Exception as error:  # broken bytes make Pillow raise nearly everything, SyntaxError included
        raise broken(name, str(error) or type(error).__name__) from None


def _told(bomb: Exception) -> str:
    """Pillow looks before anybody else can, and says how many pixels it saw, but not of which sides."""
    found = re.search(r"\d+", str(bomb))
    size = f"{round(int(found[0]) / 1_000_000):,} million pixels" if found else "far too many pixels"
    return f"{size}, more than {MAX_PIXELS // 1_000_000} million"


def _keep_bounds(image: Image, name: str) -> None:
    width, height = image.size
    size = f"{width} × {height} pixels"
    if width * height > MAX_PIXELS:
        raise _too_big(name, f"{size}, more than {MAX_PIXELS // 1_000_000} million")
    if max(width, height) > MAX_SIDE:
        raise _too_big(name, f"{size}; no side may have more than {MAX_SIDE:,}")
    if is_moving(image) and width * height * frames(image) > MAX_PIXELS_MOVING:
        raise _too_big(name, f"{frames(image)} frames of {size}")


def _too_big(name: str, why: str) -> Failure:
    return Failure.at(name, "picture-too-big", f"the picture is too big: {why}", "save a smaller one")


def is_moving(image: Image) -> bool:
    """Whether it is an animation. A JPEG of several pictures (depth, preview) is not."""
    return image.format in ("GIF", "PNG", "WEBP", "AVIF") and bool(getattr(image, "is_animated", False))


def frames(image: Image) -> int:
    """How many pictures are in it."""
    return int(getattr(image, "n_frames", 1))


def orientation(image: Image) -> int:
    """1 to 8, as EXIF has it; 1 also where that is broken."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # as many kinds as metadata can be broken
        return 1
    return value if value in range(1, 9) else 1


def upright(image: Image, turn: int) -> Image:
    """The picture as an orientation of EXIF means it."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[turn]) if turn in turns else image


def plain(image: Image) -> Image:
    """Decoded, in one of four modes: L, RGB, RGBA, CMYK; RGBA only if something shines through."""
    image.load()
    if image.mode.startswith("I"):  # 16 bits of grey, which `convert` would clip
        return image.point(lambda level: level * (1 / 256)).convert("L")
    if image.has_transparency_data:
        full = image.convert("RGBA")
        return full if _shines_through(full) else full.convert("RGB")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _shines_through(image: Image) -> bool:
    lowest, _ = image.getchannel("A").getextrema()
    return isinstance(lowest, (int, float)) and lowest < 255


def srgb(image: Image, profile: bytes | None) -> Image:
    """Colours as browsers take them where no profile says otherwise; a profile that can't be used is passed over."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile and image.mode != "L":
        from PIL import ImageCms

        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
        except (ImportError, OSError, ValueError, TypeError, ImageCms.PyCMSError):
            turned = None
        if turned is not None:
            return turned
    return image.convert(mode) if image.mode == "CMYK" else image
