"""A drawing only draws: whatever else an SVG can do is taken out and told, or the file is refused."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import GPS, exif, flag, loaded, saved

from phanthiet_news.pictures import Policy, inspect, make, variants
from phanthiet_news.pictures import svg as room
from phanthiet_news.problem import Failure, Problem

NAME = "content/tin/ban-do.svg"
OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="10" height="10"'


def drawing(inner: str, attributes: str = "") -> bytes:
    return f"{OPEN} {attributes}>{inner}</svg>".encode()


def cleaned(data: bytes) -> str:
    info = inspect(data, NAME)
    (variant,) = variants(info, Policy())
    return make(data, variant).decode()


def refusal(data: bytes) -> Problem:
    with pytest.raises(Failure) as caught:
        inspect(data, NAME)
    (problem,) = caught.value.problems
    assert problem.path == NAME
    assert problem.hint
    return problem


def harmless(text: str) -> None:
    """Read as strictly as can be: a second opinion, that shares nothing with the cleaner."""
    root = ElementTree.fromstring(text)
    for element in root.iter():
        tag = element.tag.rpartition("}")[2].lower()
        assert element.tag.startswith("{http://www.w3.org/2000/svg}")
        assert tag not in {
            "script",
            "foreignobject",
            "iframe",
            "animate",
            "set",
            "animatetransform",
            "handler",
            "audio",
        }
        for name, value in element.items():
            bare = name.rpartition("}")[2].lower()
            assert not bare.startswith("on")
            assert bare != "base"
            low = re.sub(r"[\s\x00-\x1f]", "", value.lower())
            if bare in {"href", "src"}:
                assert low.startswith("#") or (
                    tag == "image" and re.match(r"data:image/(png|jpeg|gif|webp|avif);", low)
                )
            assert "javascript:" not in low
            assert not re.search(r"url\((?!['\"]?#)", low)
        if tag == "style":
            assert not re.search(r"@import|url\(\s*(?!['\"]?#)|expression|\\", element.text or "", re.IGNORECASE)
    assert "<!" not in text
    assert "<?" not in text


# --- what draws stays ---------------------------------------------------------------------------------

MAP = """
<title>Bản đồ phường</title><desc>Sông và cầu</desc>
<defs><linearGradient id="g"><stop offset="0" stop-color="#0d5661"/></linearGradient>
<clipPath id="c"><rect width="5" height="5"/></clipPath><symbol id="s"><circle r="2"/></symbol></defs>
<style>.a { fill: url(#g) } @media (prefers-color-scheme: dark) { .a { fill: white } }</style>
<g transform="translate(1 2)" style="fill: red; stroke-width: 2px" clip-path="url('#c')">
<path d="M0 0L5 5z" class="a"/></g>
<use xlink:href="#s" x="3"/><use href="#s" x="5"/><text x="1" y="2" font-family="serif">Cà <tspan>Ty</tspan> ơi</text>
<image width="2" height="2" href="data:image/png;base64,iVBORw0KGgo="/>
"""


def test_a_plain_drawing_is_untouched() -> None:
    info = inspect(drawing(MAP, 'viewBox="0 0 10 10"'), NAME)
    assert info.problems == ()
    text = cleaned(drawing(MAP, 'viewBox="0 0 10 10"'))
    harmless(text)
    before, after = ElementTree.fromstring(drawing(MAP)), ElementTree.fromstring(text)
    assert [e.tag for e in after.iter()] == [e.tag for e in before.iter()]
    assert "".join(after.itertext()) == "".join(before.itertext())
    assert text.count('href="#s"') == 2
    assert "xlink" not in text


def test_cleaning_twice_is_cleaning_once() -> None:
    once = cleaned(drawing(MAP))
    assert cleaned(once.encode()) == once


def test_notes_of_drawing_programs_go_without_a_word() -> None:
    data = drawing(
        '<metadata><a xmlns="urn:x"/></metadata><i:pgf xmlns:i="http://ns.adobe.com/i/">x</i:pgf>'
        '<g inkscape:label="Lớp" xmlns:inkscape="urn:ink"><path d="M0 0"/></g>'
    )
    assert inspect(data, NAME).problems == ()
    assert "urn:" not in cleaned(data)


def test_a_document_type_that_only_names_itself_is_passed_over() -> None:
    doctype = b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x/svg11.dtd">'
    harmless(cleaned(doctype + drawing("<path d='M0 0'/>")))


def test_blanks_and_languages_of_texts_are_kept() -> None:
    data = drawing('<text xml:space="preserve" xml:lang="vi">a  b</text>', 'xml:base="https://evil.example/"')
    assert inspect(data, NAME).problems == ()
    text = cleaned(data)
    assert '<text xml:space="preserve" xml:lang="vi">a  b</text>' in text
    assert "evil" not in text
    assert cleaned(text.encode()) == text


def embedded(text: str) -> bytes:
    found = re.search(r"data:image/[a-z]+;base64,([^\"]*)", text)
    assert found
    return b64decode(found[1])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_pictures_inside_forget_their_place(kind: str) -> None:
    data = saved(flag(), kind, exif=exif(6, artist="Ai", gps=True))
    address = f"data:image/jpeg;base64,{b64encode(data).decode()}"  # whatever it says that it is
    source = drawing(f'<image width="2" height="2" xlink:href="{address}"/>')
    assert inspect(source, NAME).problems == ()
    text = cleaned(source)
    out = embedded(text)
    assert f"data:image/{kind.lower()};" in text
    assert loaded(out).convert("RGB").tobytes() == loaded(data).convert("RGB").tobytes()
    assert loaded(out).getexif().get_ifd(GPS) == {}
    assert "Máy ảnh".encode() not in out
    assert cleaned(text.encode()) == text


@pytest.mark.parametrize("inside", ["AAAA", "", "=", "iVBORw0KGg"])
def test_what_is_no_picture_inside_goes(inside: str) -> None:
    source = drawing(f'<image href="data:image/jpeg;base64,{inside}"/>')
    assert [each.code for each in inspect(source, NAME).problems] == ["svg-dropped"]
    assert "data:" not in cleaned(source)


# --- what does more goes ------------------------------------------------------------------------------

ATTACKS = {
    "script": "<script>alert(1)</script>",
    "script with href": '<script xlink:href="https://evil.example/x.js"/>',
    "script in CDATA": "<script><![CDATA[alert(1)]]></script>",
    "onload": '<g onload="alert(1)"/>',
    "onclick in capitals": '<g onClick="alert(1)" ONLOAD="alert(1)"/>',
    "onbegin": '<rect onbegin="alert(1)" width="1"/>',
    "javascript in href": '<a xlink:href="javascript:alert(1)"><path d="M0 0"/></a>',
    "javascript in plain href": '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
    "javascript with tabs": '<a href="java&#9;script:alert(1)"><path d="M0 0"/></a>',
    "data in a link": '<a href="data:text/html,&lt;script>alert(1)&lt;/script>"><path d="M0 0"/></a>',
    "external use": '<use xlink:href="https://evil.example/x.svg#a"/>',
    "use of data": '<use href="data:image/svg+xml;base64,PHN2Zy8+#x"/>',
    "external image": '<image href="https://evil.example/pixel.png"/>',
    "image of another scheme": '<image href="//evil.example/pixel.png"/>',
    "image of a file": '<image href="file:///etc/passwd"/>',
    "svg in an image": '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>',
    "feImage": '<filter id="f"><feImage href="https://evil.example/p.png"/></filter>',
    "import": "<style>@import 'https://evil.example/x.css';</style>",
    "import by url": "<style>@import url(https://evil.example/x.css);</style>",
    "font": "<style>@font-face { font-family: x; src: url(https://evil.example/x.woff) }</style>",
    "url in a style sheet": "<style>path { fill: url( 'https://evil.example/x#a' ) }</style>",
    "escaped url": r"<style>path { background: u\72l(https://evil.example/x) }</style>",
    "commented url": "<style>path { background: u/**/rl(//evil.example/x); b: url(/*#*/evil.png) }</style>",
    "style of elements": "<style><b xmlns='urn:x'>@import 'x'</b>@import 'y';</style>",
    "image-set": "<style>g { background: image-set('https://evil.example/x' 1x) }</style>",
    "url in an attribute": '<path fill="url(https://evil.example/x#a)" d="M0 0"/>',
    "url in style": '<path style="fill:url(//evil.example/x#a)" d="M0 0"/>',
    "cursor": '<path cursor="url(https://evil.example/x.cur)" d="M0 0"/>',
    "binding": '<path style="-moz-binding:url(#x)" d="M0 0"/>',
    "expression": '<path style="width:expression(alert(1))" d="M0 0"/>',
    "foreignObject": '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml" onload="x()"/></foreignObject>',
    "html inside": '<iframe xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example"/>',
    "html script inside": '<g><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script></g>',
    "animated href": '<a><animate attributeName="href" to="javascript:alert(1)"/><path d="M0 0"/></a>',
    "set href": '<use><set attributeName="xlink:href" to="https://evil.example/x#a"/></use>',
    "animated values": '<image><animate attributeName="href" values="x;//evil.example" /></image>',
    "handler": '<handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">alert(1)</handler>',
    "base": '<g xml:base="https://evil.example/"><use href="#x"/></g>',
    "audio": '<audio xmlns="http://www.w3.org/1999/xhtml" src="x" onerror="alert(1)"/>',
    "svg in svg": '<svg onload="alert(1)"><script>alert(1)</script></svg>',
    "link": '<link xmlns="http://www.w3.org/1999/xhtml" rel="stylesheet" href="https://evil.example/x.css"/>',
    "unknown": '<unknown onload="x()"/><path d="M0 0" unknown="1"/>',
}
SILENT = {"html inside", "html script inside", "audio", "link", "base"}  # elements and attributes of other namespaces


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_not_drawing_is_taken_out_and_told(attack: str) -> None:
    data = drawing(ATTACKS[attack] + '<circle id="still" r="3"/>')
    text = cleaned(data)
    harmless(text)
    assert "evil" not in text
    assert "alert" not in text
    assert 'id="still"' in text
    problems = inspect(data, NAME).problems
    assert [(each.code, each.fatal) for each in problems] == ([] if attack in SILENT else [("svg-dropped", False)])


def test_the_root_is_cleaned_too() -> None:
    data = drawing("", 'onload="alert(1)" style="background:url(//evil.example)"')
    assert "alert" not in cleaned(data)
    assert inspect(data, NAME).problems[0].message == "taken out of the SVG: `onload`, `style`"


@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY a "b">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % p SYSTEM "https://evil.example/x.dtd"> %p;',
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">',
        '<!ATTLIST svg onload CDATA "alert(1)">',
        "<!ELEMENT svg ANY>",
    ],
)
def test_declarations_are_refused(entities: str) -> None:
    data = f"<!DOCTYPE svg [{entities}]>".encode() + drawing("<text>&a;</text>")
    assert refusal(data).code == "svg-refused"


def test_stylesheets_by_instruction_are_gone() -> None:
    data = b'<?xml-stylesheet href="https://evil.example/x.css"?>' + drawing("<?php evil ?><!-- <script> -->")
    harmless(cleaned(data))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_any_encoding_is_read_and_utf_8_written(encoding: str) -> None:
    declared = "" if encoding.startswith("utf") else f'<?xml version="1.0" encoding="{encoding}"?>'
    text = cleaned((declared + drawing("<text>café</text><script>alert(1)</script>").decode()).encode(encoding))
    harmless(text)
    assert "café" in text
    assert "alert" not in text


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0" encoding="utf-7"?>' + drawing("+ADw-script+AD4-alert(1)+ADw-/script+AD4-"),
        b'<?xml version="1.0" encoding="no-such"?>' + drawing(""),
        b'<?xml version="1.0" encoding="utf-16"?>' + drawing(""),
        drawing("<g>"),
        drawing("&unknown;"),
        b"<svg>without its namespace</svg>",
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>',
        b"<svg \xff\xfe",
        b"<svg",
    ],
)
def test_what_is_no_drawing_is_broken(data: bytes) -> None:
    assert refusal(data).code == "svg-broken"


def test_utf_7_stays_text_where_it_is_read_as_something_else() -> None:
    text = cleaned(drawing("<text>+ADw-script+AD4-alert(1)+ADw-/script+AD4-</text>"))
    harmless(text)


# --- what would never end -----------------------------------------------------------------------------


def test_use_of_use_of_use() -> None:
    levels = "".join(f'<g id="g{n}">' + f'<use href="#g{n - 1}"/>' * 10 + "</g>" for n in range(1, 12))
    assert refusal(drawing(f'<g id="g0"><path d="M0 0"/></g>{levels}')).code == "svg-refused"


def test_patterns_of_patterns() -> None:
    levels = "".join(
        f'<pattern id="p{n}">' + f'<rect fill="url(#p{n - 1})"/>' * 10 + "</pattern>" for n in range(1, 12)
    )
    assert refusal(drawing(levels)).code == "svg-refused"


@pytest.mark.parametrize(
    "circle",
    [
        '<use id="a" href="#a"/>',
        '<g id="a"><use xlink:href="#b"/></g><g id="b"><use href="#a"/></g>',
        '<mask id="m"><rect style="mask: url(#m)"/></mask>',
        "".join(f'<g id="g{n}"><use href="#g{n + 1}"/></g>' for n in range(5000)),
        '<g id="a"><use href="#a"/></g><g id="a"/>',
    ],
)
def test_circles_and_long_chains_are_refused(circle: str) -> None:
    assert refusal(drawing(circle)).code == "svg-refused"


def test_depth_number_and_bytes_are_bounded() -> None:
    assert refusal(drawing("<g>" * 300 + "</g>" * 300)).code == "svg-refused"
    assert refusal(drawing("<g/>" * 100_001)).code == "svg-refused"
    assert refusal(drawing("<!--" + "a" * room.MAX_BYTES + "-->")).code == "svg-refused"
    cleaned(drawing("<g>" * 150 + "</g>" * 150))


# --- size ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="120" height="80"', (120, 80)),
        ('width="120px" height="1in"', (120, 96)),
        ('width="30pt" height="10mm"', (40, 38)),
        ('viewBox="0 0 640 480"', (640, 480)),
        ('viewBox="0,0,640,480" width="320"', (320, 240)),
        ('viewBox="0 0 640 480" height="240"', (320, 240)),
        ('viewBox="0 0 640 480" width="100%" height="100%"', (640, 480)),
        ('viewBox="-5 -5 0.5 0.25"', (1, 1)),
        ("", (300, 150)),
        ('width="5em"', (300, 150)),
        ('viewBox="0 0 0 0"', (300, 150)),
        ('viewBox="0 0 nan inf" width="-5" height="1e999"', (300, 150)),
        ('width="1e300" height="99999999"', (100_000, 100_000)),
        ('viewBox="0 0 1e-300 1e300" width="10"', (10, 150)),
    ],
)
def test_size(attributes: str, size: tuple[int, int]) -> None:
    info = inspect(f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}/>'.encode(), NAME)
    assert (info.width, info.height) == size
    assert (info.format, info.colour) == ("svg", "")


# --- any drawing --------------------------------------------------------------------------------------

WORDS = st.sampled_from([*ATTACKS.values(), MAP, "<g>", "</g>", "&#x6a;avascript:", "<![CDATA[", "]]>", "url(", "<!--"])


@given(st.lists(WORDS, max_size=6).map("".join))
def test_pieces_of_attacks_in_any_order(inner: str) -> None:
    data = drawing(inner)
    try:
        harmless(cleaned(data))
        named = {NAME}
    except Failure as failure:
        named = {each.path for each in failure.problems}
    assert named == {NAME}


@given(
    st.sampled_from(["fill", "style", "href", "xlink:href", "class", "d", "filter", "values", "mask", "onload", "id"]),
    st.text(st.sampled_from("url(#a)javscript:/\\*@imp'\"; \t\n&lt;data"), max_size=30),
)
def test_any_value(name: str, value: str) -> None:
    quoted = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    harmless(cleaned(drawing(f'<path {name}="{quoted}"/><image {name}="{quoted}"/>')))


def test_a_picture_that_calls_itself_a_drawing_is_what_its_bytes_are() -> None:
    assert inspect(saved(flag(), "GIF"), NAME).format == "gif"


def test_a_picture_whose_notes_look_like_a_drawing() -> None:
    assert inspect(saved(flag(), comment=b"<svg onload=alert(1)>"), NAME).format == "jpeg"
