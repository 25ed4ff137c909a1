"""Instants as people write them. Knows zones and forms; must not know the clock or who asks."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from phanthiet_news.text import quoted

FIRST_YEAR, LAST_YEAR = 1000, 9998
FORMS = "write 2022-11-29 or 2022-11-29T14:00"

_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})"  # day
    r"(?:(?:[Tt]| +)(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"  # time
    r" ?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?",  # offset
    re.ASCII,
)
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")


class BadDate(ValueError):
    """Text that names no instant. `code` says which kind of mistake, `hint` how to mend it."""

    def __init__(self, code: str, message: str, hint: str = FORMS) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


@lru_cache(maxsize=16)
def zone(name: str) -> ZoneInfo:
    """A time zone as the package tzdata knows it: what the machine has may be of another year.

    Raises KeyError or ValueError where there is none of this name.
    """
    if not _ZONE.fullmatch(name):
        raise ValueError(name)
    import tzdata

    try:
        with open(os.path.join(os.path.dirname(tzdata.__file__), "zoneinfo", name), "rb") as file:
            return ZoneInfo.from_file(file, key=name)
    except OSError:
        raise KeyError(name) from None


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """Read `2022-11-29`, `2022-11-29T14:00`, with seconds and an offset where wanted.

    Without an offset the time is that of `zone`; without a time it is 00:00. The result is in `zone`, as
    a fixed offset of whole minutes: feeds can't say seconds, which local mean time before 1911 has. What
    was typed stays: it is the offset that is rounded, never the day and the time.

    Raises BadDate for anything else, and for a local time that a change of clocks skips or repeats.
    """
    found = _INSTANT.fullmatch(text.strip())
    if not found:
        raise _unknown_form(text)
    try:
        day, time, offset = found.groups()
        moment = datetime.fromisoformat(f"{day}T{time or '00:00'}{_offset(offset)}")
        return _in_range(_fixed(_placed(_in_range(moment), zone, text), zone))
    except BadDate:
        raise
    except (ValueError, OverflowError) as error:
        raise BadDate("date-impossible", f"{quoted(text)} is not a real date: {error}") from None


def _in_range(moment: datetime) -> datetime:
    """Years of four digits, and none at the end of what can be counted."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return moment


def _unknown_form(text: str) -> BadDate:
    days = _readings(text)
    if len(days) > 1:
        return BadDate("date-ambiguous", f"{quoted(text)} can be read in two ways", f"write {' or '.join(days)}")
    if days:
        return BadDate("date-unknown", f"{quoted(text)} is not written as dates are here", f"write {days[0]}")
    if re.fullmatch(r"\d{1,2}[/.-]\d{1,2}", text.strip(), re.ASCII):
        return BadDate("date-unknown", f"{quoted(text)} is not a date with a year")
    return BadDate("date-unknown", f"{quoted(text)} is not a date")


def _readings(text: str) -> list[str]:
    """The days that a date in another form may mean, the day before the month first."""
    parts = re.match(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})(?!\d)", text.strip(), re.ASCII)
    if not parts:
        return []
    first, second, last = parts.groups()
    orders = [(first, second, last)] if len(first) == 4 else [(last, second, first), (last, first, second)]
    days = ("-".join((year, month.zfill(2), day.zfill(2))) for year, month, day in orders if len(year) == 4)
    return list(dict.fromkeys(day for day in days if _is_day(day)))


def _is_day(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def _offset(zone: str | None) -> str:
    if not zone:
        return ""
    if zone in "Zz":
        return "+00:00"
    hours, minutes = zone[:3], zone[3:].lstrip(":") or "00"
    if int(hours[1:]) > 14 or int(minutes) > 59:
        raise ValueError(f"no place on earth has the offset {zone}")
    return f"{hours}:{minutes}"


def _placed(moment: datetime, zone: tzinfo, text: str) -> datetime:
    if moment.tzinfo:
        return moment
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    hint = f"add the offset, as in {_fixed(first, zone).isoformat(timespec='minutes')}"
    when = quoted(text) if ":" in text else f"{quoted(text)}, at 00:00,"
    back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    if back != moment:
        raise BadDate("date-skipped", f"{when} does not exist in {zone}: the clocks were put forward", hint)
    raise BadDate("date-repeated", f"{when} exists twice in {zone}: the clocks were put back", hint)


def _fixed(moment: datetime, zone: tzinfo) -> datetime:
    local = moment.astimezone(zone)
    return local.replace(tzinfo=_whole_minutes(local.utcoffset() or timedelta(0)))


@lru_cache(maxsize=64)
def _whole_minutes(offset: timedelta) -> timezone:
    return timezone(timedelta(minutes=round(offset.total_seconds() / 60)))
