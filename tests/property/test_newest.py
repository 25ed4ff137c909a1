"""Article upon article is published, each planned from the pages before: the site is as if all had been planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import pytest
from both_ways import CONFIG, RUNS, compared, outcome, two_sites

from phanthiet_news import index, model, produce
from phanthiet_news.plan import links as links_of
from phanthiet_news.plan import newest
from phanthiet_news.problem import Failure
from phanthiet_news.produce import Production
from phanthiet_news.standing import Standing
from site_in_a_string import PNG

DAYS = ["2024-03-01", *(f"2023-05-0{day}" for day in range(1, 9))]
NOW = "2024-03-10T12:00"
MOMENT = "2024-03-10T00:00"
LONG_AGO = ["2023-12-31", "2024-01-01", "2024-02-01", "2024-03-01", "2024-03-08T10:00", "2024-03-08T14:00"]
BODIES = ["Một đoạn.", "![Ảnh](anh.png)", "![Ảnh](/anh-chung.png)", "[Tệp](tep.pdf)", "## Mục\n\nBa đoạn."]
OFTEN = ["", "", "", "featured: true\n", "author: nguoi-viet\n", "image: {src: /anh-chung.png, alt: Ảnh}\n"]
SELDOM = [
    "noindex: true\n",
    "expires: 2024-03-11\n",
    "updated: 2024-03-10T11:50\n",
    "draft: true\n",
    "aliases: [/cu/]\n",
]
OWN = "[Ở đây](/tin/moi-0/#muc) và [kia](moi-0.md#muc)"  # in the first that comes
TAGS = ["", "Biển", "Chợ", "Biển, Chợ", "Chợ, Biển", "biển"]
OTHER_ID = "id: https://example.vn/tin/moi-0/\n"

names = st.sampled_from("abcdef")
folders = st.sampled_from(["tin", "tin", "the-thao"])
alive = "/tin/xua-2023-05-01.md#muc /tin/xua-2023-05-02/#muc /tin/xua-2023-05-03/ /tin/trang/1/ /tu-khoa/bien/ /rss.xml"
dead = (
    "/tin/moi-0/ /tin/moi-1/?x moi-0.md /tin/trang/5/ /tin/a/#muc ../the-thao/anh.png %6doi-0/ ../moi-0/. /tin/khong.md"
)
alive_links, dead_links = (st.sampled_from(each.split()).map("[Xem]({})".format) for each in (alive, dead))
# Where a link may lead somewhere now, everything is planned: so there are few.
links = st.sampled_from(range(12)).flatmap(lambda one: alive_links if one else dead_links)


def articles(
    dates: list[str], tags: list[str], more: list[str], texts: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    return st.builds(
        "---\ntitle: {}\ndate: {}\ntags: [{}]\n{}---\n\n{}\n".format,
        st.sampled_from(["Một tựa", "Hai tựa"]),
        st.sampled_from(dates),
        st.sampled_from(tags),
        st.sampled_from(more),
        st.lists(texts, min_size=1, max_size=2).map("\n\n".join),
    )


plain = st.sampled_from([BODIES[0], BODIES[2], BODIES[4]])
old = articles([*LONG_AGO, "2024-03-20"], TAGS, [*OFTEN * 6, *SELDOM, OTHER_ID], plain | links)
contents = st.dictionaries(st.builds("content/{}/{}.md".format, folders, names), old, min_size=3, max_size=12)
fresh = articles(
    [MOMENT] * 6 + ["2024-02-15"] * 2,
    [*TAGS * 2, "Bien"],
    [*OFTEN * 3, *SELDOM, OTHER_ID],
    plain | st.sampled_from([*BODIES, OWN, OWN]) | links,
)
"""Of a later instant each; the instant itself is put in when their order is known."""
hours = st.sampled_from(["09:0{}", "10:0{}", "11:0{}", "11:3{}", "11:4{}", "13:0{}"])
files = st.sampled_from([{"anh.png", "tep.pdf"}, {"anh.png"}, {"../anh-chung.png"}, set()])
arrivals = st.lists(st.tuples(folders, fresh, files), min_size=1, max_size=4)
sites = st.tuples(
    contents,
    arrivals,
    hours,
    st.sampled_from(["", "", "", OTHER_ID, None]),
    st.integers(1, 3),
    st.sampled_from(["inline", "client"]),
    st.sampled_from(["", "", "/bao"]),
)


def published(
    before: dict[str, str],
    new: list[tuple[str, str, set[str]]],
    hour: str,
    archived: str | None,
    per_page: int,
    mode: str,
    prefix: str,
) -> int:
    """Build; add and build, time and again. How many articles were added to a site that could be built."""
    with two_sites() as (site, clean):
        archive = {
            f"content/tin/xua-{day}.md": ARCHIVED.format(day, archived if day == DAYS[0] else "") for day in DAYS
        }
        for each in (site, clean):
            each.write("ptnews.yml", CONFIG.format(prefix=prefix, per_page=per_page, mode=mode))
            each.write("static/anh-chung.png", PNG)
            for path, text in {**({} if archived is None else archive), **before}.items():
                each.write(path, text)
        was_built = outcome(site, NOW)[1] is not None
        for number, (category, text, beside) in enumerate(new):
            for each in (site, clean):
                moment = f"2024-03-10T{hour.format(number)}"
                each.write(f"content/{category}/moi-{number}.md", text.replace(MOMENT, moment))
                for name in beside:
                    each.write(f"content/{category}/{name}", PNG if name.endswith("png") else b"%PDF")
            built = outcome(site, NOW)
        assert built == outcome(clean, NOW)
        return len(new) if was_built else 0


ARCHIVED = "---\ntitle: Tin xưa\ndate: {}\ntags: [Biển, Chợ]\nauthor: nguoi-viet\n{}---\n\n## Mục\n\nXưa.\n"


def check(examples: int, told: Counter[str], *, shrink: bool = True) -> None:
    """Raises AssertionError where both ways differ."""
    compared(sites, lambda *drawn: told.update(published=published(*drawn)), examples, shrink=shrink)


@pytest.mark.long
def test_the_newest_is_planned_as_if_all_were(monkeypatch: pytest.MonkeyPatch) -> None:
    told: Counter[str] = Counter()
    original = newest.plan

    def watching(*arguments: Any) -> Any:
        planned = original(*arguments)
        told["planned from pages"] += planned is not None
        return planned

    monkeypatch.setattr(newest, "plan", watching)
    check(RUNS * 2, told)
    assert told["planned from pages"] > told["published"] // 5 > RUNS // 8


# --- the test of the test -------------------------------------------------------------------------


def with_what_is_older(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(newest, "is_newest", lambda article, fragments: True)


def with_what_is_not_public(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Production, "_is_newest", lambda self, article: newest.is_newest(article, self._state.memo.planned))


def without_a_look_at_what_led_nowhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(produce, "may_lead", lambda problems, names, hinted: False)


def without_other_hints(patch: pytest.MonkeyPatch) -> None:
    original = links_of.may_lead
    patch.setattr(produce, "may_lead", lambda problems, names, hinted: original(problems, names, hinted=False))


def without_the_names_of_files(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Production, "_may_stand_for", lambda self, files: False)


def without_the_next_older(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(newest._Planner, "_changed", _but_for_articles(newest._Planner._changed))


def _but_for_articles(original: Any) -> Any:
    def changed(self: Any, place: Any, kind: Any, change: Any) -> Any:
        return original(self, place, kind, (lambda data: {}) if kind is model.ArticleData else change)

    return changed


def without_a_lead_that_is_featured(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(newest._Planner, "_is_featured", lambda self, lead: False)


def without_numbered_pages(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Standing, "kind", lambda self, path: "")


def without_counting(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(newest._Planner, "_counted", lambda self, data: {"entries": data.entries})


def without_a_later_instant(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(newest._Planner, "_later", lambda self, entries, urls: entries)


def without_news(patch: pytest.MonkeyPatch) -> None:
    original = newest.Arrival
    patch.setattr(newest, "Arrival", lambda article, is_news: original(article, False))


def without_turns(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(index, "lasting", lambda before, article, as_of: before)


def without_the_spelling_of_others(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(newest, "fold", lambda text: "")


@pytest.mark.long
@pytest.mark.parametrize(
    "mutant",
    [
        with_what_is_older,
        with_what_is_not_public,
        without_a_look_at_what_led_nowhere,
        without_other_hints,
        without_the_names_of_files,
        without_the_next_older,
        without_a_lead_that_is_featured,
        without_numbered_pages,
        without_counting,
        without_a_later_instant,
        without_news,
        without_turns,
        without_the_spelling_of_others,
    ],
)
def test_a_mutant_is_caught(mutant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    mutant(monkeypatch)
    with pytest.raises((AssertionError, Failure)):
        check(300, Counter(), shrink=False)
