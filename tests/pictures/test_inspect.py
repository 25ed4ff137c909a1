"""What a picture says of itself, and that no bytes whatever make more of it than a problem with the file's name."""

from __future__ import annotations

import io
import random
from base64 import b64encode
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from samples import (
    RED,
    animation,
    exif,
    flag,
    iptc,
    png_of,
    saved,
    scene,
    swapped_profile,
    text_chunk,
    with_segment,
    xmp,
)

from phanthiet_news.pictures import Credit, Info, Policy, inspect, make_all, variants
from phanthiet_news.problem import Failure

NAME = "content/tin/anh.jpg"


def problem(data: bytes) -> tuple[str, str]:
    with pytest.raises(Failure) as caught:
        inspect(data, NAME)
    (found,) = caught.value.problems
    assert found.path == NAME
    assert found.hint
    assert found.fatal
    return found.code, found.message


# --- size, format, colour -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_format_and_size_come_from_the_bytes(kind: str) -> None:
    info = inspect(saved(flag(), kind), "content/tin/anh.bin")
    assert (info.format, info.width, info.height, info.moving) == (kind.lower(), 96, 64, False)


@pytest.mark.parametrize("turn", range(1, 9))
def test_size_is_that_of_the_upright_picture(turn: int) -> None:
    info = inspect(saved(flag(), exif=exif(turn)), NAME)
    assert (info.width, info.height) == ((64, 96) if turn > 4 else (96, 64))


@pytest.mark.parametrize("turn", [0, 9, 77])
def test_an_orientation_that_does_not_exist_is_none(turn: int) -> None:
    assert inspect(saved(flag(), exif=exif(turn)), NAME).width == 96


def test_colour_is_the_mean() -> None:
    assert inspect(saved(Image.new("RGB", (50, 50), RED), "PNG"), NAME).colour == "#dc1e1e"
    half = Image.new("L", (10, 10))
    half.paste(200, (0, 0, 5, 10))
    assert inspect(saved(half, "PNG"), NAME).colour == "#646464"


def test_colour_is_that_of_what_is_not_transparent() -> None:
    image = Image.new("RGBA", (10, 10), (0, 0, 255, 0))
    assert inspect(saved(image, "PNG"), NAME).colour == ""
    image.paste((*RED, 255), (0, 0, 5, 10))
    colour = inspect(saved(image, "PNG"), NAME).colour
    found = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    assert all(abs(a - b) < 4 for a, b in zip(found, RED, strict=True)), colour


def test_colour_is_seen_through_the_profile() -> None:
    colour = inspect(saved(Image.new("RGB", (20, 20), RED), "PNG", icc_profile=swapped_profile()), NAME).colour
    assert int(colour[1:3], 16) < 60
    assert int(colour[5:7], 16) > 180


def test_transparency_counts_only_where_something_shines_through() -> None:
    assert not inspect(saved(flag(mode="RGBA"), "PNG"), NAME).see_through
    image = flag(mode="RGBA")
    image.putpixel((3, 3), (0, 0, 0, 128))
    assert inspect(saved(image, "PNG"), NAME).see_through
    palette = flag(mode="P")
    assert inspect(saved(palette, "PNG", transparency=palette.getpixel((0, 0))), NAME).see_through


def test_charts_are_told_from_photographs() -> None:
    assert inspect(saved(flag(), "PNG"), NAME).drawn
    assert not inspect(saved(scene(), "PNG"), NAME).drawn
    assert not inspect(saved(flag(), "JPEG"), NAME).drawn


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_animations_are_told(kind: str) -> None:
    info = inspect(animation(kind), NAME)
    assert info.moving
    assert (info.width, info.height) == (96, 64)


def test_a_jpeg_of_several_pictures_is_no_animation() -> None:
    out = io.BytesIO()
    flag().save(out, "MPO", save_all=True, append_images=[flag(48, 32)])
    info = inspect(out.getvalue(), NAME)
    assert (info.format, info.moving, info.width) == ("jpeg", False, 96)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "LA", "RGBA", "PA", "I;16"])
def test_every_mode(mode: str) -> None:
    kind = {"CMYK": "JPEG", "PA": "PNG"}.get(mode, "PNG")
    image = (
        Image.new("I;16", (30, 20), 40_000) if mode == "I;16" else flag(30, 20).convert("LA" if mode == "PA" else mode)
    )
    info = inspect(saved(image, kind), NAME)
    assert (info.width, info.height) == (30, 20)
    assert len(info.colour) == 7


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    assert inspect(saved(Image.new("I;16", (4, 4), 0x8000), "PNG"), NAME).colour == "#808080"


# --- whose it is --------------------------------------------------------------------------------------

PLAIN = saved(flag())


def test_credit_of_exif_in_utf_8() -> None:
    data = saved(flag(), exif=exif(artist="Trần Thị Bưởi", rights="© Báo thử"))
    assert inspect(data, NAME).credit == Credit(by="Trần Thị Bưởi", rights="© Báo thử")


def test_credit_of_exif_in_latin_1() -> None:
    notes = Image.Exif()
    notes[0x013B] = "José".encode("latin-1")
    assert inspect(saved(flag(), exif=notes), NAME).credit.by == "José"


def test_credit_of_iptc() -> None:
    data = with_segment(PLAIN, iptc(byline="Lê Văn Mít", credit="Hãng thử", copyright="© Hãng thử"))
    credit = inspect(data, NAME).credit
    assert credit == Credit("Lê Văn Mít", "Hãng thử", "© Hãng thử")
    assert credit.line == "Lê Văn Mít/Hãng thử"


def test_credit_of_xmp_in_lists_and_attributes() -> None:
    creators = "<dc:creator><rdf:Seq><rdf:li>Một</rdf:li><rdf:li>Hai</rdf:li></rdf:Seq></dc:creator>"
    data = saved(flag(), "WEBP", xmp=xmp(creators, 'photoshop:Credit="Hãng &amp; thử"'))
    assert inspect(data, NAME).credit == Credit("Một, Hai", "Hãng & thử", "")


def test_credit_of_xmp_in_a_png() -> None:
    packet = xmp("<dc:rights><rdf:Alt><rdf:li>Của báo</rdf:li><rdf:li>Ours</rdf:li></rdf:Alt></dc:rights>").decode()
    data = saved(flag(), "PNG", pnginfo=text_chunk("XML:com.adobe.xmp", packet))
    assert inspect(data, NAME).credit.rights == "Của báo"


def test_the_first_that_answers_is_believed_for_each_part() -> None:
    data = saved(flag(), exif=exif(artist="Theo EXIF", rights="© EXIF"), xmp=xmp("", 'photoshop:Credit="Theo XMP"'))
    assert inspect(with_segment(data, iptc(byline="Theo IPTC")), NAME).credit == Credit(
        "Theo IPTC", "Theo XMP", "© EXIF"
    )


@pytest.mark.parametrize(
    ("credit", "line"),
    [
        (Credit("Lê Văn Mít", "Hãng thử", "© Ai"), "Lê Văn Mít/Hãng thử"),
        (Credit(agency="Hãng thử", rights="Ai"), "Hãng thử"),
        (Credit(rights="Báo thử"), "© Báo thử"),
        (Credit(rights="(C) Báo thử"), "(C) Báo thử"),
        (Credit(rights="Bản quyền của Báo thử"), "Bản quyền của Báo thử"),
        (Credit(), ""),
    ],
)
def test_whose_it_is_is_said_where_nobody_is_named(credit: Credit, line: str) -> None:
    assert credit.line == line


def test_credits_are_one_line_of_printable_text() -> None:
    data = with_segment(PLAIN, iptc(byline="  Mai\x1b[31m\r\n\u202eAn  " + "a" * 500))
    by = inspect(data, NAME).credit.by
    assert by.startswith("Mai [31m An a")
    assert len(by) == 200


@pytest.mark.parametrize(
    "packet",
    [
        b"not XML",
        b'<!DOCTYPE a [<!ENTITY x "xxxxxxxx"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>',
        b"<a>" * 5000,
        b"<a xmlns='\xff'/>",
    ],
)
def test_broken_notes_say_nothing_and_the_picture_is_fine(packet: bytes) -> None:
    assert inspect(saved(flag(), xmp=packet), NAME).credit == Credit()


# --- what is no picture, or should not be shown -------------------------------------------------------


def test_an_empty_file() -> None:
    assert problem(b"") == ("picture-broken", "can't be read: the file is empty")


def test_something_else() -> None:
    assert problem(b"Xin ch\xc3\xa0o")[0] == "picture-broken"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"\0\0\0\x18ftypheic" + b"\0" * 50, "HEIC"),
        (saved(flag(), "TIFF"), "TIFF"),
        (saved(flag(), "BMP"), "BMP"),
        (b"8BPS" + b"\0" * 50, "Photoshop"),
        (b"%PDF-1.7", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
        (b"\x1f\x8b\x08" + b"\0" * 20, "compressed"),
    ],
)
def test_what_browsers_do_not_show_is_named(data: bytes, word: str) -> None:
    code, message = problem(data)
    assert code == "picture-format"
    assert word in message


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
@pytest.mark.parametrize("part", [0.02, 0.5])
def test_a_truncated_picture(kind: str, part: float) -> None:
    data = saved(scene(), kind)
    assert problem(data[: int(len(data) * part)])[0] == "picture-broken"


@pytest.mark.parametrize(
    ("width", "height"), [(10_000, 5_001), (100_000, 100_000), (2**31 - 1, 2**31 - 1), (70_000, 1)]
)
def test_a_bomb_is_refused_at_its_header(width: int, height: int) -> None:
    code, message = problem(png_of(width, height))
    assert code == "picture-too-big"
    size = f"{width} × {height} pixels" if width * height < 170e6 else f"{round(width * height / 1e6):,} million pixels"
    assert size in message
    assert ("more than 50 million" in message) is (height > 1)


def test_a_webp_bomb() -> None:
    still = bytearray(animation("WEBP"))
    assert still[12:16] == b"VP8X"
    still[24:30] = b"\xfe\x3f\0\xfe\x3f\0"
    assert problem(bytes(still))[0] == "picture-too-big"


def test_an_animation_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phanthiet_news.pictures.opened.MAX_PIXELS_MOVING", 96 * 64 * 2)
    code, message = problem(animation("GIF"))
    assert code == "picture-too-big"
    assert "3 frames" in message


# --- any bytes ----------------------------------------------------------------------------------------

SMALL = Policy(widths=(8, 16), formats=("webp", "avif"), fallback_widths=(8,))


def drawing_with(jpeg: bytes) -> bytes:
    address = f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"
    return f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{address}"/></svg>'.encode()


def survives(data: bytes) -> None:
    """Whatever the bytes are: they can be made of, or there is a problem with the file's name."""
    try:
        info = inspect(data, NAME)
        made = make_all(data, variants(info, SMALL))
    except Failure as failure:
        named = {each.path for each in failure.problems}
    else:
        named = {NAME} if isinstance(info, Info) and all(made) else set()
    assert named == {NAME}


STARTS = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x10\0\0\0WEBP", b"\0\0\0\x1cftypavif", b"<svg "]


@given(st.sampled_from(STARTS), st.binary(max_size=300))
@example(b"GIF89a", b"\x01\0\x01\0\0\0\0;")
def test_any_bytes(start: bytes, rest: bytes) -> None:
    survives(start + rest)


SEEDS: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: with_segment(
        saved(flag(24, 16), exif=exif(6, artist="A", gps=True), xmp=xmp("")), iptc(byline="B", credit="C")
    ),
    "progressive": lambda: saved(flag(24, 16), progressive=True, icc_profile=swapped_profile()),
    "cmyk": lambda: saved(flag(24, 16, "CMYK")),
    "png": lambda: saved(flag(24, 16), "PNG", exif=exif(3), icc_profile=swapped_profile()),
    "palette": lambda: saved(flag(24, 16, "P"), "PNG", transparency=1),
    "apng": lambda: animation("PNG"),
    "gif": lambda: animation("GIF"),
    "webp": lambda: saved(flag(24, 16), "WEBP", exif=exif(8)),
    "moving webp": lambda: animation("WEBP"),
    "avif": lambda: saved(flag(24, 16), "AVIF"),
    "moving avif": lambda: animation("AVIF", exif=exif(gps=True), xmp=xmp("a")),
    "drawing": lambda: drawing_with(saved(flag(24, 16), exif=exif(6, gps=True))),
}


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_real_pictures_with_bytes_changed(seed: str, chance: int) -> None:
    dice = random.Random(chance)
    data = bytearray(SEEDS[seed]())
    for _ in range(dice.choice([1, 1, 2, 5, 20])):
        place = dice.randrange(len(data))
        match dice.randrange(4):
            case 0:
                data[place] = dice.choice([0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)])
            case 1:
                del data[place : place + dice.randrange(1, 20)]
            case 2:
                data[place:place] = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 8)))
            case _:
                data[place : place + 4] = dice.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"])
        if not data:
            break
    survives(bytes(data))
