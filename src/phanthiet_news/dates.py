"""Instants as people write them. Knows zones and forms; must not know the clock or who asks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

FORMS = "write 2022-11-29 or 2022-11-29T14:00"

_INSTANT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ]+(?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"
    r" ?(?P<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)


class BadDate(ValueError):
    """Text that names no instant. `code` says which kind of mistake, `hint` how to mend it."""

    def __init__(self, code: str, message: str, hint: str = FORMS) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """Read `2022-11-29`, `2022-11-29T14:00`, with seconds and an offset where wanted.

    Without an offset the time is that of `zone`; without a time it is 00:00. The result is in `zone`, as
    a fixed offset of whole minutes (feeds can't say seconds, which local mean time before 1911 has).

    Raises BadDate for anything else, and for a local time that a change of clocks skips or repeats.
    """
    found = _INSTANT.fullmatch(text.strip())
    if not found:
        raise _unknown_form(text)
    try:
        moment = datetime.fromisoformat(f"{found['date']}T{found['time'] or '00:00'}{_offset(found['zone'])}")
        if not 1000 <= moment.year <= 9998:
            raise ValueError("the year must lie between 1000 and 9998")
        return _fixed(_placed(moment, zone, text), zone)
    except BadDate:
        raise
    except (ValueError, OverflowError) as error:
        raise BadDate("date-impossible", f'"{text}" is not a real date: {error}') from None


def _unknown_form(text: str) -> BadDate:
    slashed = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(.*)", text.strip(), re.ASCII)
    if slashed:
        day, month, year = (int(part) for part in slashed.groups()[:3])
        forms = " or ".join(dict.fromkeys([f"{year}-{month:02}-{day:02}", f"{year}-{day:02}-{month:02}"]))
        return BadDate("date-ambiguous", f'"{text}" can be read in two ways', f"write {forms}")
    if re.fullmatch(r"\d{1,2}[/.-]\d{1,2}", text.strip(), re.ASCII):
        return BadDate("date-unknown", f'"{text}" is not a date with a year')
    return BadDate("date-unknown", f'"{text}" is not a date')


def _offset(zone: str | None) -> str:
    if not zone:
        return ""
    digits = zone.replace(":", "")
    return "+00:00" if digits in "Zz" else f"{digits[:3]}:{digits[3:] or '00'}"


def _placed(moment: datetime, zone: tzinfo, text: str) -> datetime:
    if moment.tzinfo:
        return moment
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    hint = f"add the offset, as in {moment:%Y-%m-%dT%H:%M}{first:%z}"
    back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    if back != moment:
        raise BadDate("date-skipped", f'"{text}" does not exist in {zone}: the clocks were put forward', hint)
    raise BadDate("date-repeated", f'"{text}" exists twice in {zone}: the clocks were put back', hint)


def _fixed(moment: datetime, zone: tzinfo) -> datetime:
    local = moment.astimezone(zone)
    offset = local.utcoffset() or timedelta(0)
    return local.astimezone(timezone(timedelta(minutes=round(offset.total_seconds() / 60))))
