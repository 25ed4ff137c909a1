"""Instants as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phanthiet_news.dates import BadDate, parse_instant

SAIGON, BERLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Berlin")


def refused(text: str, zone: ZoneInfo = SAIGON) -> BadDate:
    with pytest.raises(BadDate) as caught:
        parse_instant(text, zone)
    return caught.value


def read(text: str, zone: ZoneInfo) -> datetime | BadDate:
    """What comes of a text, either way."""
    try:
        return parse_instant(text, zone)
    except BadDate as bad:
        return bad


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-02",
        "2024-01-02T00:00",
        "2024-01-02 00:00:00",
        "2024-01-02t00:00:00.000",
        "2024-01-01T17:00Z",
        "  2024-01-02  ",
        "2024-01-02   00:00",
        "2024-01-02T00:00+07",
        "2024-01-02T00:00 +0700",
        "2024-01-01T17:00z",
    ],
)
def test_forms_of_one_instant(text: str) -> None:
    assert parse_instant(text, SAIGON) == datetime(2024, 1, 1, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "2024",
        "2024-01",
        "20240102",
        "2024-01-02T",
        "2024-01-02TT08:00",
        "2024-01-02T 08:00",
        "2024-01-02T8:00",
        "2024-01-02T08",
        "2024-01-02T08:00:00.1234567",
        "2024-W01-2",
        "2024-01-02Z",
        "2024-01-02T08:00 Asia/Tokyo",
        "２０２４-01-02",
        "2024–01–02",
        "2024-01-02\x00",
        "+2024-01-02",
        "12024-01-02",
        "2024-01-02T08:00+7",
    ],
)
def test_other_forms_are_no_date(text: str) -> None:
    assert refused(text).code == "date-unknown"


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30",
        "2023-02-29",
        "2024-13-01",
        "2024-00-01",
        "2024-01-32",
        "2024-01-02T25:00",
        "2024-01-02T08:60",
        "2024-01-02T08:00:60",
        "2024-01-02T08:00+15:00",
        "2024-01-02T08:00+07:60",
        "0000-01-01",
        "0999-12-31",
        "9999-01-01",
        "9998-12-31T23:59-12:00",
        "1000-01-01T00:00+14:00",
        "0001-01-01T00:00+14:00",
    ],
)
def test_what_no_calendar_and_no_clock_shows(text: str) -> None:
    bad = refused(text)
    assert bad.code == "date-impossible"
    assert text in str(bad)
    assert bad.hint


def test_the_years_at_both_ends_are_fine() -> None:
    assert parse_instant("1000-01-01", SAIGON).year == 1000
    assert parse_instant("9998-12-31T23:59:59.999999", SAIGON).year == 9998


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("3/2/2024", ["2024-02-03", "2024-03-02"]),
        ("12-11-2024", ["2024-11-12", "2024-12-11"]),
        ("13/2/2024", ["2024-02-13"]),
        ("2/13/2024", ["2024-02-13"]),
        ("4.4.2024", ["2024-04-04"]),
        ("2024.4.5", ["2024-04-05"]),
        ("29/2/2023", []),
        ("1/2/24", []),
        ("31/31/2024", []),
    ],
)
def test_only_real_dates_are_suggested(text: str, forms: list[str]) -> None:
    bad = refused(text)
    assert bad.code == ("date-ambiguous" if len(forms) > 1 else "date-unknown")
    assert bad.hint == f"write {' or '.join(forms) if forms else '2022-11-29 or 2022-11-29T14:00'}"


def test_a_day_and_a_month_lack_the_year() -> None:
    assert str(refused("29/11")) == '"29/11" is not a date with a year'


def test_a_long_text_is_shown_in_part() -> None:
    assert len(str(refused("9" * 5000))) < 100


@given(
    st.datetimes(datetime(1912, 1, 2), datetime(9998, 1, 1)),
    st.integers(-14 * 60 + 1, 14 * 60 - 1).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_what_isoformat_writes_is_read_back_as_the_same_instant(moment: datetime, offset: timezone) -> None:
    written = moment.replace(tzinfo=offset)
    found = parse_instant(written.isoformat(), BERLIN)
    assert found == written
    assert found.utcoffset() == written.astimezone(BERLIN).utcoffset()


@given(st.datetimes(datetime(1000, 1, 1), datetime(9998, 12, 30)), st.sampled_from([SAIGON, BERLIN]))
def test_day_and_time_stay_as_typed_and_the_offset_has_whole_minutes(moment: datetime, zone: ZoneInfo) -> None:
    found = read(moment.isoformat(), zone)
    if isinstance(found, BadDate):
        assert found.code in ("date-skipped", "date-repeated")
        return
    assert found.replace(tzinfo=None) == moment
    offset = found.utcoffset()
    assert offset is not None
    assert offset.total_seconds() % 60 == 0


@given(st.text(st.sampled_from("0123456789-/.:TZ+ "), max_size=30) | st.text(max_size=30))
def test_any_text_is_an_instant_or_a_bad_date(text: str) -> None:
    found = read(text, BERLIN)
    if isinstance(found, BadDate):
        assert found.code.startswith("date-")
        assert found.hint
    else:
        assert found.tzinfo is not None
