"""The picture of a headline: all Vietnamese letters, inside its margins, in the site's colours, the same each time."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageColor, ImageFont
from samples import loaded

from phanthiet_news import theme
from phanthiet_news.config import Colours, PicturesConfig
from phanthiet_news.pictures import Card, Style
from phanthiet_news.pictures import social as draw
from phanthiet_news.pictures.social import FONT, SIZE, _font, _lines
from phanthiet_news.plan.pictures import style

BASES = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
TONES = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
LETTERS = [unicodedata.normalize("NFC", base + tone) for base in BASES for tone in TONES] + list("đĐ₫–—…“”‘’«»°½²")
MARGIN = 70


THEME = style(PicturesConfig().colours)


def social(title: str, site: str, colours: Style = THEME) -> bytes:
    return draw(Card(title, site, colours))


def drawn(title: str, site: str = "Báo thử", colours: Style = THEME) -> Image.Image:
    data = social(title, site, colours)
    assert len(data) <= 100_000
    return loaded(data).convert("RGB")


def ink(image: Image.Image, box: tuple[int, int, int, int]) -> tuple[int, int, int, int] | None:
    """Where something is drawn in a part of the picture that is paper or band otherwise."""
    part = image.crop(box)
    ground = Image.new("RGB", part.size, part.getpixel((0, 0)))
    return ImageChops.difference(part, ground).getbbox()


HEADLINE = (0, 0, 1200, 519)
FOOT = (0, 540, 1200, 630)


def test_every_vietnamese_letter_has_a_shape_of_its_own() -> None:
    font = ImageFont.truetype(str(FONT), 64)
    box = bytes(font.getmask("\U0010fffd"))
    shapes = {letter: bytes(font.getmask(letter)) for letter in LETTERS}
    assert [letter for letter, shape in shapes.items() if shape == box] == []
    assert len(set(shapes.values())) == len(shapes) == 12 * 12 + len("đĐ₫–—…“”‘’«»°½²")


def test_letters_typed_in_pieces_look_the_same() -> None:
    composed = "Ế ẩm ữ Ỗ ằ"
    assert social(unicodedata.normalize("NFD", composed), "x") == social(composed, "x")


def test_size_and_colours() -> None:
    image = drawn("Một tít")
    assert image.size == SIZE
    assert image.getpixel((5, 5)) == ImageColor.getrgb(THEME.paper)
    assert image.getpixel((5, 600)) == ImageColor.getrgb(THEME.band)
    assert image.getpixel((5, 525)) == ImageColor.getrgb(THEME.stripe)
    colours = {colour for _, colour in image.getcolors(256) or []}
    assert {ImageColor.getrgb(each) for each in (THEME.ink, THEME.on_band)} <= colours


def test_a_style_of_ones_own() -> None:
    image = drawn("Một tít", colours=style(Colours("111111", "#EEEEEE", "222222", "dddddd", "#ff0000")))
    assert [image.getpixel(place) for place in ((5, 5), (5, 600), (5, 525))] == [
        (17, 17, 17),
        (34, 34, 34),
        (255, 0, 0),
    ]


LONG = (
    "Phường ven biển mở lớp dạy bơi miễn phí cho học sinh tiểu học trong suốt ba tháng hè, phụ huynh đăng ký tại trường"
)


@pytest.mark.parametrize(
    "title", ["Ngắn", "Hai chữ", LONG, LONG * 4, LONG.upper(), "w" * 400, "W" * 30 + " a", "ỆỘỰ " * 90]
)
def test_headlines_stay_inside_their_margins(title: str) -> None:
    found = ink(drawn(title), HEADLINE)
    assert found
    left, top, right, bottom = found
    assert left >= MARGIN
    assert right <= 1200 - MARGIN
    assert top >= 20
    assert bottom <= 505


def test_short_headlines_are_bigger() -> None:
    def tall(title: str) -> int:
        _, top, _, bottom = ink(drawn(title), HEADLINE) or (0, 0, 0, 0)
        return bottom - top

    assert tall("Hè") > 60
    assert tall(LONG) > 3 * tall("Hè")


def test_a_headline_that_is_cut_ends_in_an_ellipsis() -> None:
    # What is behind the cut does not matter any more.
    assert social(LONG * 3 + " một", "x") == social(LONG * 3 + " hai", "x")
    assert social(LONG + " một", "x") != social(LONG + " hai", "x")


def test_the_name_of_the_site_stays_on_its_band() -> None:
    for site in ("B", "Trang tin của phường ven biển và các xã lân cận", "Ỷ Ỵ " * 100):
        found = ink(drawn("Tít", site), FOOT)
        assert found
        assert found[0] >= MARGIN
        assert found[2] <= 1200 - MARGIN
        assert 5 < found[1] < found[3] < 88


def test_what_the_font_does_not_have_leaves_no_box_and_no_hole() -> None:
    assert social("Mưa \U0001f327\ufe0f lớn 大雨 ở\u200d biển\u202e", "x") == social("Mưa lớn ở biển", "x")
    assert social("大雨", "x") == social("", "x")


def test_blanks_that_hold_together_do() -> None:
    font = _font(60)
    assert _lines("Giá vé 250\u00a0000\u00a0000", font, 420)[-1] == "250\u00a0000\u00a0000"
    assert _lines("Giá vé 250 000 000", font, 420)[-1] == "000 000"


@settings(max_examples=40)
@given(st.text(max_size=120), st.text(max_size=40))
def test_any_words(title: str, site: str) -> None:
    data = social(title, site)
    assert loaded(data).size == SIZE
    assert len(data) <= 100_000
    assert social(title, site) == data


def test_colours_are_those_of_the_theme_by_day() -> None:
    sheet = (theme.static() / "css/site.css").read_text(encoding="utf-8")
    named = {"paper": "paper", "ink": "ink", "band": "deep", "on_band": "foam", "stripe": "sail"}
    for key, name in named.items():
        found = re.search(rf"--{name}: (?:var\(--day, )?(#[0-9a-f]{{6}})", sheet)
        assert found
        assert getattr(THEME, key) == found[1], key


def test_the_key_depends_on_all_that_is_drawn() -> None:
    base = Card("Tít", "Báo", THEME)
    others = [
        Card("Tí", "Báo", THEME),
        Card("Tít", "Bá", THEME),
        Card("Tít", "Báo", style(Colours(ink="000000"))),
    ]
    assert len({base.key, *(other.key for other in others)}) == 4
    assert base.key == Card("Tít", "Báo", THEME).key


def test_the_font_comes_with_its_licence_and_is_small() -> None:
    assert FONT.stat().st_size < 150_000
    licence = (FONT.parent / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE" in licence
    assert "Copyright 2015 Google LLC" in licence
