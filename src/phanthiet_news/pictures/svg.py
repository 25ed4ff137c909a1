"""An SVG that a stranger may have drawn → one that only draws, with its size.

Knows what an SVG can do besides drawing; must not know where it is shown. What may stay is listed; all else goes.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections import Counter
from math import isfinite
from typing import TYPE_CHECKING

import msgspec

from phanthiet_news.pictures import xmltree
from phanthiet_news.pictures.chunks import without_notes
from phanthiet_news.pictures.opened import format_of
from phanthiet_news.problem import Failure, Problem
from phanthiet_news.text import forbidden_character

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 4_000_000
MAX_DRAWN = 1_000_000  # elements, each counted as often as something shows it
MAX_CHAIN = 300
DEFAULT_SIZE = (300, 150)  # what CSS takes for a replaced element without a size

_SVG = "{http://www.w3.org/2000/svg}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}

_ELEMENTS = set(
    "a circle clipPath defs desc ellipse feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix"
    " feDiffuseLighting feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR"
    " feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile"
    " feTurbulence filter g image line linearGradient marker mask path pattern polygon polyline radialGradient rect"
    " stop style svg switch symbol text textPath title tspan use view".split()
)
# Programs write these for themselves; that they go is not worth a word.
_SILENT = {"metadata"}
_ATTRIBUTES = set(
    "id class style lang role tabindex aria-label aria-labelledby aria-describedby aria-hidden"
    " x y x1 y1 x2 y2 cx cy r rx ry fx fy fr d points width height viewBox preserveAspectRatio transform version"
    " dx dy rotate textLength lengthAdjust startOffset method spacing side pathLength href"
    " offset gradientUnits gradientTransform spreadMethod patternUnits patternContentUnits patternTransform"
    " clipPathUnits maskUnits maskContentUnits mask-type filterUnits primitiveUnits"
    " markerUnits markerWidth markerHeight refX refY orient"
    " in in2 result mode type values tableValues slope intercept amplitude exponent operator k1 k2 k3 k4 order"
    " kernelMatrix divisor bias targetX targetY edgeMode preserveAlpha surfaceScale diffuseConstant specularConstant"
    " specularExponent lighting-color scale xChannelSelector yChannelSelector stdDeviation flood-color flood-opacity"
    " radius azimuth elevation z pointsAtX pointsAtY pointsAtZ limitingConeAngle baseFrequency numOctaves seed"
    " stitchTiles systemLanguage media"
    " alignment-baseline baseline-shift clip-path clip-rule color color-interpolation color-interpolation-filters"
    " color-rendering direction display dominant-baseline fill fill-opacity fill-rule filter font-family font-size"
    " font-size-adjust font-stretch font-style font-variant font-weight image-rendering isolation kerning"
    " letter-spacing marker marker-end marker-mid marker-start mask mix-blend-mode opacity overflow paint-order"
    " pointer-events shape-rendering stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap"
    " stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor text-decoration text-rendering"
    " transform-origin unicode-bidi vector-effect visibility white-space word-spacing writing-mode"
    " xml:lang xml:space".split()
)
_INSIDE = re.compile(r"#[\w.:-]+")
_EMBEDDED = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]*")
_LOADS = re.compile(
    r"url\s*\(\s*(?![\"']?#)|image\s*\(|image-set\s*\(|src\s*\(|expression\s*\("
    r"|@(?!(?:media|supports|keyframes)\b)|\\|<|:\s*//",
    re.IGNORECASE,
)
_BINDS = re.compile(r"-moz-binding|behaviou?r\s*:|javascript\s*:|vbscript\s*:", re.IGNORECASE)
_REFERENCE = re.compile(r"url\s*\(\s*[\"']?#([^\"')]+)", re.IGNORECASE)
_LENGTH = re.compile(r"\s*\+?(\d*\.?\d+(?:e[+-]?\d{1,3})?)\s*([a-z]*)\s*", re.IGNORECASE)


class Clean(msgspec.Struct, frozen=True):
    """A drawing that only draws, its size in pixels, and warnings of what was taken out."""

    data: bytes
    width: int
    height: int
    problems: tuple[Problem, ...] = ()


def looks_like(data: bytes) -> bool:
    """Whether the bytes begin as XML does, in any encoding: it is a drawing or nothing."""
    start = data[:512].replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe \t\r\n")
    lower = start.lower()
    return lower.startswith((b"<?xml", b"<svg", b"<!--", b"<!doctype svg")) or b"<svg" in lower


def clean(data: bytes, name: str) -> Clean:
    """Raises Failure if it is no drawing, or one that can only be meant to do harm."""
    if len(data) > MAX_BYTES:
        raise _refused(name, f"it has more than {MAX_BYTES:,} bytes")
    try:
        root = xmltree.parse(data)
    except xmltree.Mistake as mistake:
        raise _refused(name, str(mistake)) if mistake.hostile else _broken(name, str(mistake)) from None
    if root.tag != f"{_SVG}svg":
        raise _broken(name, "its outermost element is not an `svg` of SVG's namespace")
    dropped: Counter[str] = Counter()
    drawing = _cleaned(root, dropped)
    if _drawn(drawing) > MAX_DRAWN:
        raise _refused(name, "its elements refer to each other in a circle or without bound")
    width, height = size(drawing)
    return Clean(_written(drawing), width, height, _told(dropped, name))


def _broken(name: str, why: str) -> Failure:
    return Failure.at(name, "svg-broken", f"this SVG can't be read: {why}", "export it again from the drawing program")


def _refused(name: str, why: str) -> Failure:
    return Failure.at(name, "svg-refused", f"this SVG is refused: {why}", "export it as plain SVG")


def _told(dropped: Counter[str], name: str) -> tuple[Problem, ...]:
    if not dropped:
        return ()
    what = ", ".join(f"`{each}`" for each in sorted(dropped))
    hint = "text as paths, pictures embedded and no scripts make an SVG that needs no cleaning"
    problem = Problem(name, code="svg-dropped", message=f"taken out of the SVG: {what}", hint=hint, fatal=False)
    return (problem,)


# --- cleaning -----------------------------------------------------------------------------------------


def _cleaned(element: Element, dropped: Counter[str]) -> Element:
    """A copy with what may stay, names without namespaces. `dropped` counts what does not."""
    from xml.etree.ElementTree import Element as New

    tag = _local(element.tag)
    copy = New(tag, _attributes(element, tag, dropped))
    copy.text = element.text
    for child in element:
        if _may_stay(child, dropped):
            below = _cleaned(child, dropped)
            below.tail = child.tail
            copy.append(below)
        elif len(copy):
            copy[-1].tail = (copy[-1].tail or "") + (child.tail or "")
        else:
            copy.text = (copy.text or "") + (child.tail or "")
    return copy


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _may_stay(element: Element, dropped: Counter[str]) -> bool:
    tag = _local(element.tag)
    if not element.tag.startswith(_SVG):
        return False  # drawing programs keep their own notes in namespaces of their own
    if tag not in _ELEMENTS:
        dropped.update([] if tag in _SILENT else [f"<{tag}>"])
        return False
    if tag == "style" and (len(element) or not _style_is_safe(element.text or "")):
        dropped[f"<{tag}>"] += 1
        return False
    return True


def _attributes(element: Element, tag: str, dropped: Counter[str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in element.items():
        short = _short(name)
        if short.startswith("{"):
            continue
        clean = _clean_value(tag, short, value) if short in _ATTRIBUTES else None
        if clean is None:
            dropped.update([] if short.startswith(("data-", "enable-background")) else [short])
        elif short not in kept or name != _XLINK_HREF:
            kept[short] = clean
    return kept


def _short(name: str) -> str:
    """As it is written; in braces still if it is of a namespace that nothing here is of."""
    of_xml = f"xml:{name.removeprefix(_XML)}"
    return "href" if name == _XLINK_HREF else of_xml if of_xml in _ATTRIBUTES else name


def _clean_value(tag: str, name: str, value: str) -> str | None:
    """The value as it may stay; None if it may not."""
    if forbidden_character(value) is not None:
        return None
    if name != "href":
        return value if name.startswith("aria-") or _style_is_safe(value) else None
    if tag == "image":
        return _embedded(value.strip())
    return value if tag != "a" and _INSIDE.fullmatch(value.strip()) else None


def _embedded(address: str) -> str | None:
    """A picture inside the drawing, without its notes; None if it is none."""
    if not _EMBEDDED.fullmatch(address):
        return None
    try:
        data = b64decode(address.partition(",")[2])
        kind = format_of(data)
        clean = without_notes(data, kind) if kind else b""
    except ValueError:
        return None
    return f"data:image/{kind};base64,{b64encode(clean).decode()}" if clean else None


def _style_is_safe(css: str) -> bool:
    """Without comments nothing that loads may be left; a comment may hide the name of a function."""
    bare = re.sub(r"/\*.*?(?:\*/|\Z)", "", css, flags=re.DOTALL)
    return not any(pattern.search(text) for pattern in (_LOADS, _BINDS) for text in (bare, css))


def _drawn(root: Element) -> int:
    """How many elements are shown, with all references followed; more than MAX_DRAWN if they turn in a circle."""
    named: dict[str, Element] = {}
    for element in root.iter():
        named.setdefault(element.get("id", ""), element)
    known: dict[Element, int] = {}
    above: set[Element] = set()

    def count(element: Element) -> int:
        if element in above or len(above) > MAX_CHAIN:
            return MAX_DRAWN + 1
        if element not in known:
            above.add(element)
            targets = (named[each] for each in _references(element) if each in named)
            known[element] = min(MAX_DRAWN + 1, 1 + sum(map(count, [*element, *targets])))
            above.discard(element)
        return known[element]

    return count(root)


def _references(element: Element) -> list[str]:
    """The ids of what an element shows besides its own children."""
    found = [each.strip() for value in element.attrib.values() for each in _REFERENCE.findall(value)]
    return found + [value.strip()[1:] for name, value in element.items() if name == "href" and value.strip()[:1] == "#"]


def _written(drawing: Element) -> bytes:
    from xml.etree.ElementTree import tostring

    drawing.set("xmlns", _SVG[1:-1])
    written: bytes = tostring(drawing, encoding="utf-8", xml_declaration=False)
    return written


# --- size ---------------------------------------------------------------------------------------------


def size(root: Element) -> tuple[int, int]:
    """Width and height in pixels, from what is said of them and from the view box for what is not."""
    box = _box(root.get("viewBox", ""))
    ratio = box[0] / box[1] if box else 0.0
    width, height = _length(root.get("width", "")), _length(root.get("height", ""))
    if width and ratio and not height:
        height = width / ratio
    elif height and ratio and not width:
        width = height * ratio
    elif box and not (width or height):
        width, height = box
    return _bounded(width, DEFAULT_SIZE[0]), _bounded(height, DEFAULT_SIZE[1])


def _bounded(pixels: float, default: int) -> int:
    return min(100_000, max(1, round(pixels))) if pixels else default


def _length(text: str) -> float:
    """In pixels; 0 for none, for a percentage, for units that depend on a font, and for what nobody can mean."""
    found = _LENGTH.fullmatch(text)
    pixels = float(found[1]) * _PIXELS.get(found[2].lower(), 0.0) if found else 0.0
    return min(pixels, 1e6) if isfinite(pixels) else 0.0


def _box(text: str) -> tuple[float, float] | None:
    parts = [_LENGTH.fullmatch(part) for part in text.replace(",", " ").split()[2:]]
    if len(parts) != 2 or not all(part and not part[2] and 0 < float(part[1]) < 1e9 for part in parts):
        return None
    width, height = (float(part[1]) for part in parts if part)
    return width, height
