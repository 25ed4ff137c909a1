"""Whose a picture is: read from what its maker's programs wrote into it, and written into what is made of it.

Knows IPTC, EXIF and XMP; must not know what else a picture says of itself (where it was taken, with what).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import msgspec

from phanthiet_news.pictures import xmltree
from phanthiet_news.text import nfc

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

LONGEST = 200
_SAYS_SO = re.compile(r"©|\(c\)|copyright|bản quyền", re.IGNORECASE)

_ARTIST, _COPYRIGHT = 0x013B, 0x8298
_IPTC = {"by": (2, 80), "agency": (2, 110), "rights": (2, 116)}
_MAX_PACKET = 1 << 20
_DC = "{http://purl.org/dc/elements/1.1/}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XMP = {"by": f"{_DC}creator", "agency": f"{_PHOTOSHOP}Credit", "rights": f"{_DC}rights"}
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffd-\uffff\ud800-\udfff]+")

_PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">{}</rdf:Description></rdf:RDF></x:xmpmeta>'
)
_PROPERTIES = {
    "by": "<dc:creator><rdf:Seq><rdf:li>{}</rdf:li></rdf:Seq></dc:creator>",
    "agency": "<photoshop:Credit>{}</photoshop:Credit>",
    "rights": '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:rights>',
}


class Credit(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who made the picture, through whom it came, and the words of its copyright; each may be empty."""

    by: str = ""
    agency: str = ""
    rights: str = ""

    @property
    def named(self) -> str:
        """Maker and agency: `Nguyễn Văn A/TTXVN`."""
        return "/".join(dict.fromkeys(part for part in (self.by, self.agency) if part))

    @property
    def line(self) -> str:
        """As a caption has it: those who are named; where nobody is, whose the picture is: `© Báo thử`."""
        rights = self.rights if not self.rights or _SAYS_SO.search(self.rights) else f"© {self.rights}"
        return self.named or rights


def read(image: ImageFile) -> Credit:
    """What an opened picture says; of each part the first answer of XMP, IPTC, EXIF. Broken notes say nothing."""
    found = [_quietly(reader, image) for reader in (_of_xmp, _of_iptc, _of_exif)]
    return Credit(**{part: next((each[part] for each in found if each.get(part)), "") for part in _PROPERTIES})


def metadata(credit: Credit) -> dict[str, bytes]:
    """EXIF and XMP that say this and nothing else, as Pillow takes them; empty for a picture of nobody."""
    known = {part: text for part, text in msgspec.structs.asdict(credit).items() if text}
    if not known:
        return {}
    properties = "".join(_PROPERTIES[part].format(escape(text, quote=False)) for part, text in known.items())
    return {"exif": _exif(credit), "xmp": _PACKET.format(properties).encode()}


def _exif(credit: Credit) -> bytes:
    from PIL.Image import Exif

    exif = Exif()
    for tag, text in ((_ARTIST, credit.named), (_COPYRIGHT, credit.rights)):
        if text:
            exif[tag] = text.encode()
    return exif.tobytes()


def _quietly(reader: Any, image: ImageFile) -> Mapping[str, str]:
    """Pillow's readers of metadata fail in as many ways as metadata can be broken; the picture is fine all the same."""
    with contextlib.suppress(Exception):
        return {part: _plain(text) for part, text in reader(image).items()}
    return {}


def _of_exif(image: ImageFile) -> dict[str, str]:
    exif = image.getexif()
    return {"by": _exif_text(exif.get(_ARTIST)), "rights": _exif_text(exif.get(_COPYRIGHT))}


def _exif_text(value: Any) -> str:
    """Pillow reads EXIF as Latin-1, as the standard has it; cameras and programs write UTF-8."""
    data = value if isinstance(value, bytes) else str(value or "").encode("latin-1", "replace")
    return _decoded(data.split(b"\0")[0])


def _of_iptc(image: ImageFile) -> dict[str, str]:
    from PIL.IptcImagePlugin import getiptcinfo

    records = getiptcinfo(image) or {}
    return {part: ", ".join(map(_decoded, _several(records.get(key)))) for part, key in _IPTC.items()}


def _several(value: bytes | list[bytes] | None) -> list[bytes]:
    return value if isinstance(value, list) else [value or b""]


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "ignore")


def _of_xmp(image: ImageFile) -> dict[str, str]:
    packet = image.info.get("xmp") or b""
    packet = packet.encode() if isinstance(packet, str) else packet
    if not packet or len(packet) > _MAX_PACKET:
        return {}
    tree = xmltree.parse(packet.strip(b"\0 \t\r\n"))
    descriptions = list(tree.iter(f"{_RDF}Description"))
    return {part: _property(name, descriptions) for part, name in _XMP.items()}


def _property(name: str, descriptions: Iterable[Any]) -> str:
    """The value of a property: an attribute, a text, or a list of texts."""
    for description in descriptions:
        element = description.find(name)
        if element is None:
            text: str = description.get(name, "")
        else:
            items = [item.text or "" for item in element.iter(f"{_RDF}li")]
            several = items if name.endswith("creator") else items[:1]
            text = ", ".join(several) if items else element.text or ""
        if text.strip():
            return text
    return ""


def _plain(text: str) -> str:
    """One line of printable text, bounded."""
    return " ".join(nfc(_NOT_TEXT.sub(" ", text)).split())[:LONGEST].strip()
