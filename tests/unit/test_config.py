"""The configuration as its owner gets it wrong."""

from __future__ import annotations

import pytest

from phanthiet_news.config import read
from phanthiet_news.problem import EXIT_CONFIG, Failure, Problem
from site_in_a_string import CONFIG


def refused(text: str) -> list[Problem]:
    with pytest.raises(Failure) as caught:
        read(text)
    assert caught.value.exit_code == EXIT_CONFIG
    assert {each.path for each in caught.value.problems} == {"ptnews.yml"}
    return caught.value.problems


def only(text: str) -> Problem:
    (problem,) = refused(text)
    return problem


def test_the_smallest_configuration() -> None:
    config = read("title: A\nbase_url: https://a.example/\n")
    assert (config.language, config.timezone, config.per_page) == ("vi", "Asia/Ho_Chi_Minh", 20)
    assert (config.origin, config.host, config.prefix) == ("https://a.example", "a.example", "")


def test_several_mistakes_are_told_at_once() -> None:
    text = "titel: A\nbase_url: a\nper_page: many\nlanguage: fr\ncategories: [{slug: A}]\n"
    assert [(each.line, each.column, each.code) for each in refused(text)] == [
        (1, 1, "key-unknown"),
        (3, 11, "type-number"),
        (4, 11, "choice"),
        (5, 14, "key-missing"),
        (5, 21, "slug"),
    ]


@pytest.mark.parametrize(
    ("text", "codes"), [("", ["key-missing"] * 2), ("- a", ["type-mapping"]), ("x", ["type-mapping"])]
)
def test_nothing_a_list_or_a_text(text: str, codes: list[str]) -> None:
    assert [each.code for each in refused(text)] == codes


@pytest.mark.parametrize(
    "url",
    [
        "bao.example",
        "//bao.example",
        "ftp://bao.example",
        "javascript:alert(1)",
        "https://",
        "https://:80",
        "http://[",
        "https://[::1",
        "https://bao.example:99999",
        "https://bao.example:x",
        "https://bao.example?a=1",
        "https://bao.example/#a",
        "https://u:p@bao.example",
        "https://bao example",
        'https://bao.example/"><script>',
        "https://bao.example/a//b",
        "https://bao.example/../b",
        "https://bao.example/a/./b",
        "https://bao.example\\b",
    ],
)
def test_what_is_no_address_of_a_site(url: str) -> None:
    problem = only(CONFIG.replace("https://bao.example", f"'{url}'"))
    assert (problem.line, problem.column, problem.code) == (3, 11, "base-url")
    assert "https://example.vn" in problem.hint


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\\tscript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "https:bao.example",
        "https:///x",
        "tin-tuc/",
        "#top",
    ],
)
@pytest.mark.parametrize("place", ["login_url: {}", "menus: {{main: [{{title: A, url: {}}}]}}"])
def test_what_no_page_may_link_to(place: str, url: str) -> None:
    problem = only(CONFIG + place.format(f'"{url}"') + "\n")
    assert (problem.code, problem.column) == ("link", place.index("{}") + 1 - place.count("{{", 0, place.index("{}")))
    assert "mailto:" in problem.hint


@pytest.mark.parametrize(
    "url", ["/", "/vao/?a=1#b", "//b.example/", "https://b.example", "mailto:a@b.example", "tel:1"]
)
def test_what_pages_may_link_to(url: str) -> None:
    menus = f"menus: {{main: [{{title: A, url: '{url}'}}], footer: [{{title: A, url: '{url}'}}]}}\n"
    config = read(f"{CONFIG}login_url: '{url}'\n{menus}")
    assert config.login_url == config.menus.main[0].url == config.menus.footer[0].url == url


@pytest.mark.parametrize(
    ("url", "origin", "prefix"),
    [
        ("https://bao.example/", "https://bao.example", ""),
        ("http://localhost:8000", "http://localhost:8000", ""),
        ("https://bao.example/tin/moi/", "https://bao.example", "/tin/moi"),
        ("http://[::1]:8000/", "http://[::1]:8000", ""),
    ],
)
def test_addresses_of_a_site(url: str, origin: str, prefix: str) -> None:
    config = read(CONFIG.replace("https://bao.example", url))
    assert (config.origin, config.prefix) == (origin, prefix)


def test_a_host_with_accents_is_shown_as_it_must_be_written() -> None:
    assert only(CONFIG.replace("bao.example", "báo.example")).hint == "write https://xn--bo-mia.example"


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Asia/Saigonn", "did you mean `Asia/Saigon`?"),
        ("asia/tokio", "did you mean `Asia/Tokyo`?"),
        ("../../etc/passwd", "write Asia/Ho_Chi_Minh"),
        ("/etc/localtime", "write Asia/Ho_Chi_Minh"),
        ("localtime", "write Asia/Ho_Chi_Minh"),
        ("tzdata.zi", "write Asia/Ho_Chi_Minh"),
        ("+07:00", "write Asia/Ho_Chi_Minh"),
        ("x" * 3000, "write Asia/Ho_Chi_Minh"),
    ],
)
def test_what_is_no_zone(zone: str, hint: str) -> None:
    problem = only(f"{CONFIG}timezone: '{zone}'\n")
    assert (problem.line, problem.column, problem.code, problem.hint) == (8, 11, "timezone", hint)


@pytest.mark.parametrize(
    "pattern",
    [
        "/{slug}",
        "{slug}/",
        "/{category}/",
        "/../{slug}/",
        "/./{slug}/",
        "//{slug}/",
        "/a./{slug}/",
        "/con/{slug}/",
        "/{slug}/{",
        "/{{slug}}/",
        "/{slug}?/",
        "/bài/{slug}/",
        "/{slug}/a b/",
    ],
)
def test_what_is_no_pattern_of_an_address(pattern: str) -> None:
    problem = only(f"{CONFIG}permalink: '{pattern}'\n")
    assert (problem.line, problem.column, problem.code) == (8, 12, "permalink")


@pytest.mark.parametrize("field", ["tag", "slug.__class__", "slug!r", "slug:>9999999999", "0", ""])
def test_fields_that_a_pattern_does_not_know(field: str) -> None:
    problems = refused(f"{CONFIG}permalink: '/{{slug}}/{{{field}}}/'\n")
    assert problems
    assert f"`{{{field}}}` is not known" in {each.message for each in problems}


def test_two_categories_of_one_slug_or_title() -> None:
    assert only(CONFIG.replace("slug: the-thao", "slug: tin")).code == "category-twice"
    assert only(CONFIG.replace("Thể thao", "Tin tức")).code == "category-twice"


def test_categories_with_an_order_come_first() -> None:
    config = read(CONFIG.replace("title: Thể thao", "title: Thể thao, order: 1"))
    assert [each.slug for each in config.categories] == ["the-thao", "tin"]


@pytest.mark.parametrize(
    ("key", "hint"), [("Hồng Tú", "write `hong-tu`"), ("a_b", "write `a-b`"), ("con", "choose another key"), ("?", "")]
)
def test_keys_of_authors_are_slugs_and_are_pointed_at(key: str, hint: str) -> None:
    problem = only(f"{CONFIG}authors:\n  an: {{name: An}}\n  '{key}': {{name: B}}\n")
    assert (problem.line, problem.column, problem.code, problem.hint) == (10, 3, "slug", hint)


@pytest.mark.parametrize(
    ("value", "code", "hint"),
    [
        ("0", "value", "write at least 1 and at most 1000"),
        ("1001", "value", "write at least 1 and at most 1000"),
        ("-1", "value", "write at least 1 and at most 1000"),
        ("1.5", "type-number", "write digits only, as in 37156"),
        ("1_000", "type-number", "write digits only, as in 37156"),
        ("٣", "type-number", "write digits only, as in 37156"),
        ("1e3", "type-number", "write digits only, as in 37156"),
        ("9" * 5000, "type-number", "write digits only, as in 37156"),
    ],
)
def test_numbers(value: str, code: str, hint: str) -> None:
    problem = only(CONFIG.replace("per_page: 5", f"per_page: {value}"))
    assert (problem.line, problem.column, problem.code, problem.hint) == (7, 11, code, hint)
    assert len(str(problem)) < 500
