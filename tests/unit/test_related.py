"""Related articles are what their definition says, however they are found."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from phanthiet_news.model import Article, Site, Term
from phanthiet_news.plan.articles import LOOK_BACK, RELATED, Relations

FIRST = datetime(2024, 1, 1, tzinfo=UTC)


def article(number: int, tags: frozenset[str]) -> Article:
    terms = tuple(Term(slug=tag, title=tag) for tag in sorted(tags))
    return Article(str(number), f"{number}.html", f"/{number}", "x", FIRST + timedelta(hours=number), "tin", tags=terms)


def by_definition(site: Site) -> dict[str, tuple[Article, ...]]:
    """The older ones with the most tags in common, the newest first; of each tag only the newest are looked at."""
    found = {}
    for place, each in enumerate(site.articles):
        older = site.articles[place + 1 :]
        common = Counter(other for tag in each.tags for other in [one for one in older if tag in one.tags][:LOOK_BACK])
        best = sorted(common, key=lambda other: (common[other], other.date), reverse=True)
        found[each.source] = tuple(best[:RELATED])
    return found


@given(st.lists(st.frozensets(st.sampled_from("abcd")), max_size=60))
def test_related_is_what_the_definition_says(tags: list[frozenset[str]]) -> None:
    site = Site(articles=tuple(article(number, each) for number, each in enumerate(tags))[::-1])
    tagged = {tag: [each for each in site.articles if tag in {own.slug for own in each.tags}] for tag in "abcd"}
    relations = Relations(site.articles, tagged)
    found = {each.source: relations.of(each.url, [tag.slug for tag in each.tags]) for each in site.articles}
    assert found == by_definition(site)
