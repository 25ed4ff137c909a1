"""What is published is planned without the rest: the site is the same as if all had been planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from both_ways import CONFIG, RUNS, compared, outcome, two_sites

from phanthiet_news import model
from phanthiet_news.plan import additions, lists
from phanthiet_news.plan.additions import Scope
from phanthiet_news.produce import Production
from site_in_a_string import PNG, Site

DAYS = ["2023-12-31", "2024-01-01", "2024-01-01T07:00", "2024-02-01", "2024-02-02", "2030-01-01"]
NAMES = "abcdefgh"
TAGS = ["", "Biển", "Chợ", "Biển, Chợ", "Chợ, Biển", "biển", "Tàu, Biển, Chợ"]
BODIES = ["Một đoạn.", "Hai đoạn.", "![Ảnh](anh.png)", "![Ảnh](/anh-chung.png)", "[Tệp](tep.pdf)", "## Mục\n\nBa đoạn."]
MORE = ["", "", "featured: true\n", "author: nguoi-viet\n", "image: {src: anh.png, alt: Ảnh}\n", "draft: true\n"]
ALIAS, OLD_ALIAS = "aliases: [/tin/{}/]\n", "aliases: [/cu/]\n"

links = st.builds("[Xem]({}{}.md{})".format, st.sampled_from(["", "../tin/", "../the-thao/"]), st.sampled_from(NAMES),
                  st.sampled_from(["", "#muc"]))  # fmt: skip
pages = st.sampled_from(["/tu-khoa/bien/", "/luu-tru/2024/01/", "/tin/trang/1/", "/tin/trang/2/"]).map(
    "[Xem]({})".format
)
addresses = st.builds("[Xem](/{}/{}/)".format, st.sampled_from(["tin", "the-thao"]), st.sampled_from(NAMES))
texts = st.lists(st.sampled_from(BODIES) | links | addresses | pages, min_size=1, max_size=3).map("\n\n".join)


def articles(aliases: list[str]) -> st.SearchStrategy[str]:
    return st.builds(
        "---\ntitle: {}\ndate: {}\ntags: [{}]\n{}{}---\n\n{}\n".format,
        st.sampled_from(["Một tựa", "Hai tựa"]),
        st.sampled_from(DAYS),
        st.sampled_from(TAGS),
        st.sampled_from(MORE),
        st.builds(str.format, st.sampled_from(aliases), st.sampled_from(NAMES)),
        texts,
    )


places = st.builds("content/{}/{}.md".format, st.sampled_from(["tin", "tin", "the-thao"]), st.sampled_from(NAMES))
files = st.sampled_from(["content/tin/anh.png", "content/the-thao/anh.png", "content/tin/tep.pdf"])
contents = st.dictionaries(places, articles([""] * 8 + [ALIAS, OLD_ALIAS]), min_size=4, max_size=10)


def put(site: Site, sources: dict[str, str], added: set[str]) -> None:
    for path, text in sources.items():
        site.write(path, text)
    for path in added:
        site.write(path, PNG if path.endswith("png") else b"%PDF")


def published(
    before: dict[str, str], there: set[str], new: dict[str, str], added: set[str], per_page: int, mode: str
) -> bool:
    """Build, add, build; both ways are the same. Whether there was anything to add to a site that could be built."""
    with two_sites() as (site, clean):
        for each in (site, clean):
            each.write("ptnews.yml", CONFIG.format(prefix="", per_page=per_page, mode=mode))
            each.write("static/anh-chung.png", PNG)
            put(each, before, there)
        built = outcome(site)[1] is not None
        new = {path: text for path, text in new.items() if path not in before}
        for each in (site, clean):
            put(each, new, added - there)
        assert outcome(site) == outcome(clean)
        return built and bool(new)


sites = st.tuples(
    contents,
    st.sets(files, max_size=1),
    st.dictionaries(places, articles(["", "", ALIAS, OLD_ALIAS]), min_size=1, max_size=2),
    st.sets(files, max_size=1),
    st.integers(1, 3),
    st.sampled_from(["inline", "client"]),
)


def check(examples: int, told: Counter[str], *, shrink: bool = True) -> None:
    """Raises AssertionError where both ways differ."""
    compared(sites, lambda *drawn: told.update(additions=published(*drawn)), examples, shrink=shrink)


def test_what_is_published_is_planned_as_if_all_were(monkeypatch: pytest.MonkeyPatch) -> None:
    told: Counter[str] = Counter()
    original = additions.scope

    def watching(site: model.Site, *added: Any) -> Scope:
        told["planned in part"] += 1
        return original(site, *added)

    monkeypatch.setattr(additions, "scope", watching)
    check(RUNS * 4, told)
    assert told["planned in part"] > told["additions"] // 2 > RUNS // 2


# --- the test of the test -------------------------------------------------------------------------


def without_the_next_older(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(additions, "_next_older", lambda articles, added: [])


def without_those_that_are_newer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(additions, "_not_older", lambda articles, added: [each for each in added if each])


def without_namesakes_of_files(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(additions, "_naming", lambda articles, names: frozenset())


def without_what_led_nowhere(patch: pytest.MonkeyPatch) -> None:
    original = additions.scope
    patch.setattr(
        additions, "scope", lambda site, articles, names, told, pages: original(site, articles, names, (), pages)
    )


def without_the_page_that_links_back(patch: pytest.MonkeyPatch) -> None:
    original = lists._touched
    patch.setattr(lists, "_touched", lambda *arguments: original(*arguments) - 1)


def without_pages_that_there_were_not(patch: pytest.MonkeyPatch) -> None:
    original, changed = lists._touched, msgspec.structs.replace
    patch.setattr(lists, "_touched", lambda spec, *sizes: original(changed(spec, new=0), *sizes))


def without_the_pages_that_there_were(patch: pytest.MonkeyPatch) -> None:
    original = additions.scope
    patch.setattr(
        additions, "scope", lambda site, articles, names, told, pages: original(site, articles, names, told, ())
    )


def without_a_look_for_clashes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Production, "_clash", lambda self, planned: False)


@pytest.mark.parametrize(
    "mutant",
    [
        without_the_next_older,
        without_those_that_are_newer,
        without_namesakes_of_files,
        without_what_led_nowhere,
        without_the_page_that_links_back,
        without_pages_that_there_were_not,
        without_the_pages_that_there_were,
        without_a_look_for_clashes,
    ],
)
def test_a_mutant_is_caught(mutant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    mutant(monkeypatch)
    with pytest.raises(AssertionError):
        check(1000, Counter(), shrink=False)
