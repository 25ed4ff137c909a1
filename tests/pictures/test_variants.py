"""Which files are made: never more than there is, each named by what it depends on, offered as browsers read it."""

from __future__ import annotations

import re
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phanthiet_news.pictures import Info, Policy, Variant, of_format, srcset, variants

PHOTO = Info("content/tin/Cầu mới (2).jpg", "d" * 32, "jpeg", 1600, 900)


def widths(made: tuple[Variant, ...], kind: str) -> list[int]:
    return [variant.width for variant in of_format(made, kind)]


def changed(**fields: object) -> Info:
    return msgspec.structs.replace(PHOTO, **fields)


def test_widths_end_at_the_pictures_own() -> None:
    made = variants(PHOTO, Policy())
    assert widths(made, "webp") == [320, 640, 960, 1280, 1600]
    assert widths(made, "jpeg") == [640, 1280]
    assert [variant.format for variant in made] == ["webp"] * 5 + ["jpeg"] * 2


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (4000, [320, 640, 960, 1280, 1920]),
        (1300, [320, 640, 960, 1300]),
        (640, [320, 640]),
        (650, [320, 650]),
        (100, [100]),
        (1, [1]),
    ],
)
def test_no_width_is_hardly_smaller_than_the_biggest(own: int, expected: list[int]) -> None:
    made = variants(changed(width=own, height=own), Policy())
    assert widths(made, "webp") == expected
    assert set(widths(made, "jpeg")) <= set(expected)
    assert widths(made, "jpeg")


def test_heights_keep_the_form() -> None:
    assert [(v.width, v.height) for v in variants(PHOTO, Policy())[:2]] == [(320, 180), (640, 360)]
    assert variants(changed(width=5000, height=1), Policy())[0].height == 1


def test_names_say_what_and_how_wide() -> None:
    for variant in variants(PHOTO, Policy()):
        ending = "jpg" if variant.format == "jpeg" else variant.format
        assert variant.name == f"cau-moi-2-{variant.width}-{variant.key[:8]}.{ending}"


@pytest.mark.parametrize("stem", ["ảnh" * 80, "   ", "图", ".hidden"])
def test_any_stem_makes_a_name(stem: str) -> None:
    name = variants(changed(name=f"content/{stem}.jpg"), Policy())[0].name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.webp", name)
    assert len(name) < 100


def test_names_change_with_all_that_the_bytes_depend_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def names(info: Info = PHOTO, policy: Policy = Policy()) -> dict[str, str]:  # noqa: B008
        return {f"{v.width} {v.format}": v.name for v in variants(info, policy)}

    before = names()
    assert names() == before
    assert not set(names(changed(digest="e" * 32)).values()) & set(before.values())
    other = names(policy=Policy(webp_quality=60))
    assert {size for size in before if other[size] == before[size]} == {"640 jpeg", "1280 jpeg"}
    # A width more is no reason to make the others again.
    assert names(policy=Policy(widths=(200, 320, 640, 960, 1280, 1920))).items() >= before.items()
    monkeypatch.setattr(sys.modules[Variant.__module__], "pillow", lambda: "0.0")
    assert not set(names().values()) & set(before.values())


def test_what_is_drawn_loses_nothing() -> None:
    made = variants(changed(format="png", drawn=True), Policy())
    assert {variant.format for variant in made} == {"webp", "png"}
    assert {variant.quality for variant in made} == {0}


def test_what_shines_through_does_so_in_old_browsers_too() -> None:
    made = variants(changed(format="png", see_through=True), Policy())
    assert {variant.format for variant in made} == {"webp", "png"}


@pytest.mark.parametrize("fields", [{"format": "svg"}, {"format": "gif", "moving": True}])
def test_drawings_and_animations_are_one_file(fields: dict[str, object]) -> None:
    (only,) = variants(changed(**fields), Policy())
    assert (only.keep, only.width, only.height, only.format) == (True, 1600, 900, fields["format"])


def test_a_picture_longer_than_webp_goes_is_offered_as_jpeg_in_all_widths() -> None:
    made = variants(changed(width=1000, height=20_000), Policy())
    assert widths(made, "webp") == []
    assert widths(made, "jpeg") == [320, 640, 1000]


def test_avif_stands_first_where_it_is_wished_for() -> None:
    made = variants(PHOTO, Policy(formats=("avif", "webp")))
    assert list(dict.fromkeys(variant.format for variant in made)) == ["avif", "webp", "jpeg"]


@given(
    st.integers(1, 65_000),
    st.integers(1, 65_000),
    st.lists(st.integers(16, 4000), min_size=1, unique=True),
    st.lists(st.integers(16, 4000), min_size=1),
    st.booleans(),
)
def test_any_picture_under_any_policy(
    width: int, height: int, wanted: list[int], behind: list[int], drawn: bool
) -> None:
    info = changed(width=width, height=height, drawn=drawn)
    policy = Policy(widths=tuple(wanted), fallback_widths=tuple(behind))
    made = variants(info, policy)
    assert len({variant.name for variant in made}) == len(made)
    assert all(1 <= variant.width <= min(width, max(wanted)) for variant in made)
    assert all(1 <= variant.height <= height for variant in made)
    assert all(abs(variant.height - height * variant.width / width) <= 1 for variant in made)
    assert of_format(made, "png" if drawn else "jpeg")
    assert variants(info, policy) == made


# --- what a page says ---------------------------------------------------------------------------------


def test_srcset() -> None:
    made = of_format(variants(changed(width=640, height=360), Policy()), "webp")
    assert srcset(made, "/tin/") == f"/tin/{made[0].name} 320w, /tin/{made[1].name} 640w"
    assert srcset([], "/tin/") == ""


def test_no_prefix_breaks_a_srcset() -> None:
    made = of_format(variants(PHOTO, Policy()), "webp")
    text = srcset(made, "/a, b/")
    assert [part.split(" ") for part in text.split(", ")] == [[f"/a%2C%20b/{v.name}", f"{v.width}w"] for v in made]
