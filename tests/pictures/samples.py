"""Pictures made for tests: each says in its name what is special about it."""

from __future__ import annotations

import io
import struct
from typing import Any

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (250, 250, 250)
CORNERS = [RED, GREEN, BLUE, WHITE]  # top left, top right, bottom left, bottom right
GPS = 0x8825


def flag(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """Four fields of four colours, so that every way to turn it looks different."""
    image = Image.new("RGB", (2, 2))
    image.putdata(CORNERS)
    return image.resize((width, height), Image.Resampling.NEAREST).convert(mode)


def scene(width: int = 640, height: int = 480) -> Image.Image:
    """Something like a photograph: gradients, and a grain that is always the same."""
    across = Image.linear_gradient("L").resize((width, height))
    around = Image.radial_gradient("L").resize((width, height))
    grain = Image.frombytes("L", (64, 64), bytes((i * i * 31 + i * 7) % 251 for i in range(4096))).resize((
        width,
        height,
    ))
    return Image.merge("RGB", (Image.blend(across, grain, 0.2), around, Image.blend(around, across, 0.5)))


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def loaded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def corners(image: Image.Image) -> list[str]:
    """Which of the four colours each corner is nearest to."""
    names = dict(zip(CORNERS, "RGBW", strict=True))
    width, height = image.size
    near = [(2, 2), (width - 3, 2), (2, height - 3), (width - 3, height - 3)]
    pixels = [image.convert("RGB").getpixel(place) for place in near]
    return [names[min(names, key=lambda c: sum((a - b) ** 2 for a, b in zip(c, p, strict=True)))] for p in pixels]  # type: ignore[arg-type, misc]


def exif(orientation: int = 1, *, artist: str = "", rights: str = "", gps: bool = False) -> Image.Exif:
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010F] = "Máy ảnh".encode()
    if artist:
        notes[0x013B] = artist.encode()
    if rights:
        notes[0x8298] = rights.encode()
    if gps:
        notes.get_ifd(GPS).update({1: "N", 2: (10.0, 55.0, 42.0), 3: "E", 4: (108.0, 6.0, 7.0)})
    return notes


def iptc(**records: str) -> bytes:
    """A block of Photoshop with records of IPTC: byline, credit, copyright."""
    numbers = {"byline": 80, "credit": 110, "copyright": 116}
    texts = {numbers[name]: text.encode() for name, text in records.items()}
    body = b"".join(
        b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(text)) + text for number, text in texts.items()
    )
    block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">L", len(body)) + body + b"\0" * (len(body) % 2)
    return b"\xff\xed" + struct.pack(">H", len(block) + 2) + block


def with_segment(jpeg: bytes, segment: bytes) -> bytes:
    return jpeg[:2] + segment + jpeg[2:]


def xmp(inner: str, attributes: str = "") -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
        f' xmlns:exif="http://ns.adobe.com/exif/1.0/" {attributes}>{inner}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def animation(kind: str = "GIF", **options: Any) -> bytes:
    frames = [flag(mode="RGB").rotate(angle) for angle in (0, 90, 180)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **options)


def png_of(width: int, height: int) -> bytes:
    """A header that promises so many pixels, with none behind it."""
    import zlib

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))

    header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def swapped_profile() -> bytes:
    """A profile that browsers would show other colours by: sRGB seen through a PhotoPro-like table of its own."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    swapped = bytearray(profile)
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(swapped)


def text_chunk(key: str, value: str) -> PngInfo:
    info = PngInfo()
    info.add_itxt(key, value)
    return info
