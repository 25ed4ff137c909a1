"""What pages say in a form that others lay down: instants in feeds, addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phanthiet_news import routes
from phanthiet_news.config import Config
from phanthiet_news.locale import Locale
from phanthiet_news.render import _rfc822

offsets = st.timedeltas(timedelta(hours=-14), timedelta(hours=14)).map(
    lambda each: timedelta(minutes=each.seconds // 60)
)
zones = st.just(UTC) | st.just(ZoneInfo("Asia/Ho_Chi_Minh")) | offsets.map(timezone)


@given(st.datetimes(timezones=zones))
def test_instants_in_feeds_are_what_mail_has(moment: datetime) -> None:
    assert _rfc822(moment) == format_datetime(moment)


@pytest.mark.parametrize("prefix", ["", "/bao", "/b%C3%A1o"])
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_behind_an_address_is_the_place_that_has_it(prefix: str, text: str) -> None:
    config = Config(title="Báo", base_url=f"https://bao.example{prefix}")
    place = routes.of(config, Locale("vi")).at(f"/{text.lstrip('/')}")
    assert routes.of(config, Locale("vi")).behind(place.url) == place
