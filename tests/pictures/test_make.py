"""What is made of a picture: upright, as wide as wished, the right colours, its maker named and its place forgotten."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageStat
from PIL.IptcImagePlugin import getiptcinfo
from samples import (
    BLUE,
    GPS,
    RED,
    animation,
    corners,
    exif,
    flag,
    iptc,
    loaded,
    saved,
    scene,
    swapped_profile,
    text_chunk,
    with_segment,
    xmp,
)

from phanthiet_news import digest
from phanthiet_news.parallel import Workers
from phanthiet_news.pictures import (
    Cache,
    Card,
    Credit,
    Job,
    Look,
    Policy,
    Seen,
    Style,
    Variant,
    chunks,
    inspect,
    inspect_chunk,
    make,
    make_all,
    make_chunk,
    social_chunk,
    variants,
)
from phanthiet_news.problem import Failure

NAME = "content/tin/anh.jpg"
ALL = Policy(widths=(48, 96), formats=("webp", "avif"), fallback_widths=(48, 96))


def made(data: bytes, policy: Policy = ALL) -> list[tuple[Variant, bytes]]:
    wanted = variants(inspect(data, NAME), policy)
    return list(zip(wanted, make_all(data, wanted), strict=True))


def by_format(data: bytes, policy: Policy = ALL) -> dict[str, Image.Image]:
    """The biggest of each format, decoded."""
    return {variant.format: loaded(out) for variant, out in made(data, policy)}


def mean(image: Image.Image) -> list[float]:
    return ImageStat.Stat(image.convert("RGB")).mean


def close(found: list[float], expected: tuple[int, ...] | list[float], by: float = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, expected, strict=True))


def test_each_variant_has_the_size_and_the_format_that_it_names() -> None:
    found = made(saved(scene(100, 80)))
    assert len(found) == 6
    for variant, data in found:
        image = loaded(data)
        assert (image.width, image.height, image.format) == (variant.width, variant.height, variant.format.upper())


# --- orientation --------------------------------------------------------------------------------------

UPRIGHT = {1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR", 8: "GWRB"}


@pytest.mark.parametrize("turn", UPRIGHT)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_orientation_is_turned_upright(turn: int, kind: str) -> None:
    for image in by_format(saved(flag(), kind, exif=exif(turn))).values():
        assert "".join(corners(image)) == UPRIGHT[turn]
        assert image.size == ((64, 96) if turn > 4 else (96, 64))
        assert image.getexif().get(0x0112, 1) == 1


# --- what is forgotten, what is kept ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_place_and_camera_are_gone_and_credit_is_kept(kind: str) -> None:
    notes = exif(1, artist="Trần Thị Bưởi", rights="© Báo thử", gps=True)
    data = saved(scene(100, 80), kind, exif=notes)
    assert loaded(data).getexif().get_ifd(GPS)
    for variant, out in made(data):
        found = loaded(out).getexif()
        assert set(found) == {0x013B, 0x8298}, variant
        assert not found.get_ifd(GPS)
        assert inspect(out, NAME).credit == Credit(by="Trần Thị Bưởi", rights="© Báo thử")
        assert b"ay \xe1\xba" not in out
        assert "Máy ảnh".encode() not in out


def test_place_and_editing_in_other_notes_are_gone_too() -> None:
    packet = xmp("<dc:creator>Ai đó</dc:creator>", 'exif:GPSLatitude="10,55.7N"')
    jpeg = saved(scene(100, 80), comment=b"SECRET comment", xmp=packet, icc_profile=swapped_profile())
    for data in (
        with_segment(jpeg, iptc(byline="Ai đó", copyright="©")),
        saved(scene(100, 80), "PNG", pnginfo=text_chunk("Comment", "SECRET comment")),
    ):
        for _, out in made(data):
            assert b"GPS" not in out
            assert b"SECRET" not in out
            assert getiptcinfo(loaded(out)) is None if out[:2] == b"\xff\xd8" else True  # type: ignore[arg-type]
            assert "icc_profile" not in loaded(out).info
            assert "comment" not in loaded(out).info


def test_all_three_parts_of_a_credit_survive() -> None:
    credit = {"byline": "Lê Văn <Mít> & con", "credit": "Hãng thử", "copyright": "© Hãng “thử”"}
    for _, out in made(with_segment(saved(scene(100, 80)), iptc(**credit))):
        assert inspect(out, NAME).credit == Credit(*credit.values())


def test_a_picture_of_nobody_says_nothing() -> None:
    for _, out in made(saved(scene(100, 80))):
        image = loaded(out)
        assert not dict(image.getexif())
        assert "xmp" not in image.info


def test_notes_do_not_weigh_much() -> None:
    bare = make_all(data := saved(scene(100, 80)), wanted := variants(inspect(data, NAME), ALL))
    noted = with_segment(data, iptc(byline="Lê Văn Mít", credit="Hãng thử", copyright="© Hãng thử"))
    assert all(len(b) - len(a) < 900 for a, b in zip(bare, make_all(noted, wanted), strict=True))


# --- colours ------------------------------------------------------------------------------------------


def test_a_profile_is_worked_in() -> None:
    data = saved(Image.new("RGB", (96, 64), RED), icc_profile=swapped_profile(), quality=95)
    for image in by_format(data).values():
        assert close(mean(image), BLUE, 40), mean(image)


def test_srgb_stays_as_it_is() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for image in by_format(saved(Image.new("RGB", (96, 64), RED), icc_profile=profile, quality=95)).values():
        assert close(mean(image), RED, 6)


def test_a_broken_profile_is_passed_over() -> None:
    for image in by_format(saved(Image.new("RGB", (96, 64), RED), icc_profile=b"\0" * 200, quality=95)).values():
        assert close(mean(image), RED, 6)


def test_alpha_goes_through_a_profile() -> None:
    picture = Image.new("RGBA", (96, 64), (*RED, 100))
    for image in by_format(saved(picture, "PNG", icc_profile=swapped_profile())).values():
        red, _, blue, solid = image.convert("RGBA").getpixel((40, 30))  # type: ignore[misc]
        assert blue > red + 80
        assert abs(solid - 100) < 3


def test_cmyk() -> None:
    data = saved(Image.new("CMYK", (96, 64), (0, 255, 255, 0)), quality=95)
    assert loaded(data).mode == "CMYK"
    for image in by_format(data).values():
        assert close(mean(image), (255, 0, 0), 30)
        assert image.mode == "RGB"


def test_sixteen_bits() -> None:
    for image in by_format(saved(Image.new("I;16", (96, 64), 0x4000), "PNG")).values():
        assert close(mean(image), (64, 64, 64), 2)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "RGB"])
def test_modes_keep_what_they_show(mode: str) -> None:
    picture = flag(96, 64).convert(mode)
    expected = mean(picture)
    for image in by_format(saved(picture, "PNG")).values():
        assert close(mean(image), expected, 6)
        assert not image.has_transparency_data


def test_what_shines_through_is_kept() -> None:
    picture = scene(96, 64).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize((96, 64)))
    found = by_format(saved(picture, "PNG"))
    assert set(found) == {"webp", "avif", "png"}
    for image in found.values():
        assert image.getchannel("A").getextrema()[0] < 5  # type: ignore[operator]
        assert image.getchannel("A").getextrema()[1] > 250  # type: ignore[operator]


def test_transparent_pixels_do_not_bleed_into_edges() -> None:
    picture = Image.new("RGBA", (96, 64), (0, 255, 0, 0))
    picture.paste((*RED, 255), (32, 0, 64, 64))
    image = by_format(saved(picture, "PNG"), Policy(widths=(30,), fallback_widths=(30,)))["png"].convert("RGBA")
    assert all(g < 60 for r, g, b, a in (image.getpixel((x, 10)) for x in range(30)) if a > 30)  # type: ignore[misc]


def test_a_palette_with_a_transparent_colour() -> None:
    picture = flag(mode="RGB").quantize(4)
    hole = picture.getpixel((2, 2))
    found = by_format(saved(picture, "PNG", transparency=hole))["png"].convert("RGBA")
    assert found.getpixel((2, 2))[3] == 0  # type: ignore[index]
    assert found.getpixel((90, 2))[3] == 255  # type: ignore[index]


# --- forms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1), (3, 2)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_odd_sizes(size: tuple[int, int], kind: str) -> None:
    data = saved(Image.new("RGB", size, RED), kind)
    found = made(data, Policy())
    assert found
    for variant, out in found:
        assert loaded(out).size == (variant.width, variant.height)
        assert close(mean(loaded(out)), RED, 6)


def test_what_is_drawn_keeps_every_pixel() -> None:
    picture = flag()
    for image in by_format(saved(picture, "PNG"), Policy(widths=(96,), fallback_widths=(96,))).values():
        assert image.convert("RGB").tobytes() == picture.tobytes()


def test_jpegs_are_progressive_and_photographs_small() -> None:
    data = saved(scene(1280, 853), quality=95)
    for variant, out in made(data, Policy()):
        assert len(out) < len(data) / 2
        if variant.format == "jpeg":
            assert loaded(out).info.get("progressive")


def test_the_second_picture_of_a_jpeg_is_gone() -> None:
    out = io.BytesIO()
    scene(96, 64).save(out, "MPO", save_all=True, append_images=[scene(96, 64)])
    for _, data in made(out.getvalue()):
        assert getattr(loaded(data), "n_frames", 1) == 1


# --- animations ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_animations_keep_their_pixels(kind: str) -> None:
    data = animation(kind)
    ((variant, out),) = made(data)
    assert variant.keep
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(out))
    assert after.n_frames == before.n_frames == 3  # type: ignore[attr-defined]
    for frame in range(3):
        before.seek(frame)
        after.seek(frame)
        assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_animations_forget_their_place(kind: str) -> None:
    packet = {} if kind == "PNG" else {"xmp": xmp("<dc:creator>Ai đó</dc:creator>", 'exif:GPSLatitude="10,55.7N"')}
    data = animation(kind, exif=exif(gps=True), **packet)
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(GPS)
    ((_, out),) = made(data)
    assert not dict(Image.open(io.BytesIO(out)).getexif())
    assert "Máy ảnh".encode() not in out
    assert b"GPS" not in out


def chunk(name: bytes, body: bytes = b"GPS 10.9, 108.1") -> bytes:
    return struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))


def with_secrets(kind: str) -> bytes:
    """An animation with a place in every part that programs may put one into."""
    data = animation(kind)
    if kind == "PNG":
        return data[:33] + chunk(b"eXIf") + chunk(b"teXt") + chunk(b"prVt") + data[33:] + b"GPS behind the end"
    if kind == "GIF":
        # A packet ends in bytes by which those who count blocks come to its end, wherever they are.
        packet = b"\x21\xff\x0bXMP DataXMP<GPS/>\x01" + bytes(range(255, -1, -1)) + b"\0"
        notes = b"\x21\xfe\x0fGPS 10.9, 108.1\0", packet, b"\x21\x01\x03GPS\0"
        start = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
        return data[:start] + b"".join(notes) + data[start:] + b"GPS behind the end"
    parts = b"".join(name + struct.pack("<L", 4) + b"GPS " for name in (b"EXIF", b"XMP ", b"PLAC"))
    frame = data.index(b"ANMF")
    length = struct.unpack("<L", data[frame + 4 : frame + 8])[0]
    inner = data[frame + 8 : frame + 8 + length] + b"NOTEGPS "[:4] + struct.pack("<L", 4) + b"GPS "
    frames = b"ANMF" + struct.pack("<L", len(inner)) + inner + data[frame + 8 + length :] + parts
    body = data[8:frame] + frames
    return b"RIFF" + struct.pack("<L", len(body)) + body + b"GPS behind the end"


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animations_keep_only_what_draws(kind: str) -> None:
    data = with_secrets(kind)
    assert data.count(b"GPS") >= 4
    ((_, out),) = made(data)
    assert b"GPS" not in out
    assert chunks.without_notes(out, kind.lower()) == out
    before, after = Image.open(io.BytesIO(animation(kind))), Image.open(io.BytesIO(out))
    assert after.n_frames == 3  # type: ignore[attr-defined]
    assert (after.info.get("loop"), after.info.get("duration")) == (
        before.info.get("loop"),
        before.info.get("duration"),
    )
    for frame in range(3):
        before.seek(frame)
        after.seek(frame)
        assert before.convert("RGBA").tobytes() == after.convert("RGBA").tobytes()


def test_an_avif_forgets_what_stands_beside_its_items() -> None:
    data = animation("AVIF", exif=exif(gps=True))
    film = data.index(b"moov") - 4
    secret = b"".join(struct.pack(">L", 8 + 16) + kind + b"GPS 10.9, 108.10" for kind in (b"udta", b"uuid"))
    # Behind everything, so that no place in the file moves.
    ((_, out),) = made(data + secret)
    assert film > 0
    assert (b"GPS" in data + secret, b"GPS" in out, len(out)) == (True, False, len(data + secret))
    assert Image.open(io.BytesIO(out)).n_frames == 3  # type: ignore[attr-defined]


def test_an_animation_that_is_cut_in_an_unknown_way_is_refused() -> None:
    data = animation("AVIF", exif=exif(gps=True))
    place = data.index(b"iloc") + 4
    other = data[:place] + b"\3" + data[place + 1 :]
    with pytest.raises(ValueError, match="unknown way"):
        chunks.without_notes(other, "avif")
    with pytest.raises(Failure):
        inspect(other, NAME)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_jpeg_forgets_all_but_how_it_is_turned(turn: int) -> None:
    out = io.BytesIO()
    notes = exif(turn, artist="Ai", gps=True)
    scene(96, 64).save(
        out, "MPO", save_all=True, append_images=[scene(96, 64)], exif=notes, comment=b"GPS", progressive=True
    )
    data = with_segment(out.getvalue(), iptc(byline="GPS"))
    clean = chunks.without_notes(data, "jpeg")
    assert not [secret for secret in (b"GPS", b"Photoshop", "Máy ảnh".encode()) if secret in clean]
    found = dict(loaded(clean).getexif())
    assert found == ({0x0112: turn} if turn > 1 else {})
    assert loaded(clean).tobytes() == loaded(data).tobytes()
    assert (loaded(clean).format, len(clean) < len(data)) == ("JPEG", True)
    assert chunks.without_notes(clean, "jpeg") == clean


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "webp", "avif"])
@given(st.binary(max_size=200))
def test_any_bytes_are_cut_or_refused(kind: str, rest: bytes) -> None:
    start = {"jpeg": b"\xff\xd8", "webp": b"RIFF\xff\0\0\0WEBP", "avif": b"\0\0\0\x0cftypavif"}.get(kind, b"")
    try:
        out = chunks.without_notes(start + rest, kind)
    except ValueError:
        out = start
    assert len(out) <= len(start + rest) + 45  # an end, and how to turn it


# --- the same bytes -----------------------------------------------------------------------------------

SCRIPT = """
import sys
from phanthiet_news import digest
from phanthiet_news.pictures import *
data = open(sys.argv[1], "rb").read()
info = inspect(data, "content/tin/anh.jpg")
wanted = variants(info, Policy(widths=(48, 96), formats=("webp", "avif"), fallback_widths=(48, 96)))
print(digest.of_value(info), *(digest.of_bytes(each) for each in make_all(data, wanted)), digest.of_bytes(
    social(Card("Ngày hội đua thuyền trên sông", "Báo thử", Style(*["#123456"] * 5)))))
"""


def test_processes_make_the_same_bytes(tmp_path: Path) -> None:
    notes = exif(6, artist="Trần Thị Bưởi", rights="©", gps=True)
    (tmp_path / "a.jpg").write_bytes(saved(scene(200, 150), exif=notes, icc_profile=swapped_profile()))
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / "a.jpg")],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("0", "UTC"), ("4711", "Asia/Ho_Chi_Minh"))
    }
    assert len(found) == 1
    assert len(found.pop().split()) == 8


def test_one_is_made_as_among_many() -> None:
    data = saved(scene(200, 150), exif=exif(6))
    for variant, out in made(data):
        assert make(data, variant) == out


# --- chunks of work -----------------------------------------------------------------------------------


def job(folder: Path, name: str, data: bytes) -> Job:
    (folder / name).write_bytes(data)
    return Job(name, str(folder / name), digest.of_bytes(data), variants(inspect(data, name), ALL))


def missing(cache: Cache, keys: list[str]) -> list[str]:
    return [key for key in keys if cache.get(key) is None]


def test_chunks_fill_the_cache_once(tmp_path: Path) -> None:
    jobs = [job(tmp_path, f"{n}.jpg", saved(scene(100, 80 + n))) for n in range(3)]
    keys = [variant.key for each in jobs for variant in each.variants]
    cache = Cache(tmp_path / "cache")
    assert missing(cache, keys) == keys
    with Workers(1) as workers:
        found = list(workers.map(partial(make_chunk, str(tmp_path / "cache")), jobs))
    assert found == [tuple(variant.key for variant in each.variants) for each in jobs]
    assert missing(cache, keys) == []
    assert cache.get(keys[0]) == make((tmp_path / "0.jpg").read_bytes(), jobs[0].variants[0])
    for each in jobs:
        os.unlink(each.origin)  # nothing is missing, so nothing is read
    assert make_chunk(str(tmp_path / "cache"), jobs) == found


def test_chunks_run_in_other_processes(tmp_path: Path) -> None:
    jobs = [job(tmp_path, f"{n}.png", saved(Image.new("L", (4, 4), n), "PNG")) for n in range(210)]
    with Workers(2) as workers:
        found = list(workers.map(partial(make_chunk, str(tmp_path / "cache")), jobs))
    assert found == [tuple(variant.key for variant in each.variants) for each in jobs]
    keys = [key for each in found if not isinstance(each, Failure) for key in each]
    assert missing(Cache(tmp_path / "cache"), keys) == []


def test_what_fails_in_a_chunk_is_told_and_the_rest_made(tmp_path: Path) -> None:
    good, changed, gone = (job(tmp_path, f"{n}.png", saved(flag(90 + n), "PNG")) for n in range(3))
    (tmp_path / "1.png").write_bytes(b"other")
    (tmp_path / "2.png").unlink()
    found = make_chunk(str(tmp_path / "cache"), [changed, good, gone])
    codes = [each.problems[0].code if isinstance(each, Failure) else "" for each in found]
    assert codes == ["file-changed", "", "file-changed"]


def test_pictures_are_inspected_in_chunks(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(data := saved(flag()))
    (tmp_path / "b").write_bytes(b"nothing")
    good, bad, none = inspect_chunk([Look("x.jpg", str(tmp_path / n)) for n in "abc"])
    assert isinstance(good, Seen)
    assert isinstance(bad, Seen)
    assert isinstance(none, Failure)
    assert (good.info, bad.info) == (inspect(data, "x.jpg"), None)
    assert (bad.problems[0].code, none.problems[0].code) == ("picture-broken", "file-changed")


def test_social_pictures_are_made_in_chunks(tmp_path: Path) -> None:
    cards = [Card(f"Tít {n}", "Báo thử", Style(*["#123456"] * 5)) for n in range(3)]
    found = social_chunk(str(tmp_path), cards)
    assert found == [(card.key,) for card in cards]
    assert len({card.key for card in cards}) == 3
    assert missing(Cache(tmp_path), [card.key for card in cards]) == []
