"""Words, dates and numbers in the language of the site.

Knows the catalogue and CLDR (through Babel); must not know pages, or which words stand where.
"""

from __future__ import annotations

import datetime as clock
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from phanthiet_news.messages import MESSAGES

if TYPE_CHECKING:
    import babel

MONDAY = clock.date(2024, 1, 1)
SEPARATORS = {"none": "", "space": "\u00a0", "dot": ".", "narrow": "\u202f"}


class Locale:
    """Speaks one language. `grouping` overrides how that language groups digits."""

    def __init__(self, language: str, grouping: str | None = None) -> None:
        self.language = language
        self._grouping = grouping
        self._spelled = lru_cache(maxsize=8192)(self._by_pattern)
        self.datetime = lru_cache(maxsize=8192)(self._datetime)

    def word(self, key: str, /, count: int | None = None, **values: object) -> str:
        """A message of the catalogue; `count` picks the plural. Raises KeyError for an unknown key."""
        message = MESSAGES[key][self.language]
        if isinstance(message, dict):
            form = self._babel().plural_form(count) if count is not None else "other"
            message = message.get(form, message["other"])
        if count is not None:
            values["count"] = self.number(count)
        return message.format(**values) if values else message

    def get_ready(self) -> None:
        """Load what dates are spelled by."""
        self._spelled(MONDAY, "EEEE")

    def date(self, moment: datetime) -> str:
        """The day as readers know it."""
        return self._spelled(moment.date(), self.word("date.pattern"))

    def _datetime(self, moment: datetime) -> str:
        """With the day of the week, and the offset as people say it: (GMT+7).

        In parts, for days and weekdays come again and again, and CLDR takes its time.
        """
        return self.word(
            "datetime",
            weekday=self._spelled(MONDAY + clock.timedelta(days=moment.weekday()), "EEEE"),
            day=self._spelled(moment.date(), self.word("date.long.pattern")),
            time=f"{moment:%H:%M}",
            zone=_gmt(moment),
        )

    def _by_pattern(self, day: clock.date, pattern: str) -> str:
        from babel.dates import format_date

        return format_date(day, pattern, self._babel())

    def number(self, value: int) -> str:
        """A whole number with its digits grouped in threes."""
        if self._grouping is None:
            return str(self._babel_number(value))
        return f"{value:,}".replace(",", SEPARATORS[self._grouping])

    def size(self, octets: int) -> str:
        """A file's size in the unit that people would use, powers of 1,000 as the SI has them."""
        from babel.numbers import format_decimal

        for unit, scale in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
            if octets >= scale:
                return f"{format_decimal(octets / scale, '#,##0.#', self._babel())} {unit}"
        return f"{octets} B"

    def _babel_number(self, value: int) -> str:
        from babel.numbers import format_decimal

        return format_decimal(value, locale=self._babel())

    def _babel(self) -> babel.Locale:
        from babel import Locale as Babel

        return Babel.parse(self.language)


def _gmt(moment: datetime) -> str:
    offset = moment.utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset else 0
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return "GMT" + (f"{sign}{hours}" if minutes else "") + (f":{rest:02}" if rest else "")
