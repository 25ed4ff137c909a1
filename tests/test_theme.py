"""The theme's files: colours and type in one place, no rule that nothing needs, one bar for every page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import html5lib
import pytest

from phanthiet_news import theme
from phanthiet_news.config import MarkdownConfig
from phanthiet_news.markup import frames
from serving import POLICIES
from site_in_a_string import CONFIG, Site

ROOT = Path(__file__).parents[1]
STYLE = (theme.static() / "css/site.css").read_text(encoding="utf-8")
NAMED, REST = (re.sub(r"/\*.*?\*/", "", part, flags=re.DOTALL) for part in STYLE.split("/* --- ground", 1))
TEMPLATES = "\n".join(file.read_text(encoding="utf-8") for file in sorted(theme.templates().rglob("*.html")))
COLOUR = (
    r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch|lab|color|light-dark)a?\(|[ (](?:black|white|red|gr[ae]y|blue|green)\b(?!-)"
)
FAMILY = r"\"[A-Z]|\b(?:serif|sans-serif|monospace|system-ui)\b(?!\))"

# Classes that stand in no template as they are written here.
OF_BODIES = {"wide", "embed", "table", "align-right", "align-center", "footnote"}
OF_TINTS = {f"tint-{name}" for name in ("sea", "leaf", "sand", "brick", "stone", "dark")}
OF_DATA = {"total", "level-3"}


def page(site: Site, path: str) -> Any:
    return html5lib.parse(site.text(path), namespaceHTMLElements=False)


# --- the style sheet


@pytest.mark.parametrize("pattern", [COLOUR, FAMILY])
def test_colours_and_families_are_named_in_one_place(pattern: str) -> None:
    assert re.search(pattern, NAMED)
    assert re.findall(pattern, REST) == []


def test_every_name_of_the_style_sheet_is_used_and_every_one_used_is_there() -> None:
    named = set(re.findall(r"^ *(--[a-z-]+):|; (--[a-z-]+):", NAMED, re.MULTILINE))
    named = {each for pair in named for each in pair if each}
    used = set(re.findall(r"var\((--[a-z-]+)", STYLE))
    assert used - named == {"--zoom"}  # the script's
    assert named - used == set()


def test_the_guide_shows_the_colours_and_sizes_that_are_there() -> None:
    guide = (ROOT / "docs/how-to/theme.md").read_text(encoding="utf-8")
    (shown, _) = re.findall(r"```css\n:root \{\n(.*?)\}\n```", guide, re.DOTALL)
    declarations = re.findall(r"^  (--.*?;)", shown, re.MULTILINE)
    assert len(declarations) > 5
    assert [each for each in declarations if each not in NAMED] == []


def test_every_class_of_the_style_sheet_is_one_of_the_theme() -> None:
    known = set(re.findall(r"[\w-]+", TEMPLATES))
    styled = set(re.findall(r"\.([a-z][a-z-]*\d?)\b(?![^{}]*;)", re.sub(r"\{[^{}]*\}", "{}", NAMED + REST)))
    assert styled - known == (OF_BODIES | OF_TINTS | OF_DATA) - known


def test_where_colours_come_in_pairs_old_browsers_know_them_too() -> None:
    """One of two switches is on, by any of the ways in which it may be set; nothing else decides on a colour."""
    settings = re.findall(r"--day: ?(initial)?; --night: ?(initial)?;", STYLE)
    assert settings == [("initial", ""), ("", "initial"), ("", "initial")]


# --- players and the policy of hosts


def test_players_of_the_hosts_that_a_site_allows_may_open_under_the_policy() -> None:
    (named,) = re.findall(r"frame-src ([^;]*);", POLICIES[0])
    for host in MarkdownConfig().video_hosts:
        link = frames.as_links(f'<iframe src="https://{host}/embed/x"></iframe>', MarkdownConfig().video_hosts, "{}")
        (player,) = re.findall(r'data-player="(https://[^/]*)', link)
        assert player in named.split()


# --- the bar


def marked(site: Site, path: str) -> list[tuple[str, str]]:
    (bar,) = (each for each in page(site, path).iter("nav") if each.get("class") == "bar")
    return [(each.get("aria-current"), each.get("href")) for each in bar.iter("a") if each.get("aria-current")]


def test_the_bar_marks_where_a_page_belongs(site: Site) -> None:
    menus = "menus: {main: [{title: Về trang, url: /tin/ve/}, {title: Từ khóa, url: /tu-khoa/}]}\n"
    site.write("ptnews.yml", f"{CONFIG}{menus}")
    for number in range(12):
        site.article(f"content/tin/bai-{number}.md", tags="[Biển]")
    site.article("content/tin/ve.md")
    site.build()
    assert {path: marked(site, path) for path in (
        "index.html", "tin/index.html", "tin/trang/1/index.html", "tin/bai-1/index.html", "tin/ve/index.html",
        "tu-khoa/index.html", "tu-khoa/bien/index.html", "404.html",
    )} == {
        "index.html": [("page", "/")],
        "tin/index.html": [("page", "/tin/")],
        "tin/trang/1/index.html": [("true", "/tin/")],
        "tin/bai-1/index.html": [("true", "/tin/")],
        "tin/ve/index.html": [("page", "/tin/ve/")],
        "tu-khoa/index.html": [("page", "/tu-khoa/")],
        "tu-khoa/bien/index.html": [],
        "404.html": [],
    }  # fmt: skip


# --- an article


def test_above_a_title_stands_the_category(site: Site) -> None:
    site.article("content/tin/mot.md", title="Một tựa")
    site.build()
    (story,) = page(site, "tin/mot/index.html").iter("article")
    kicker, _, title, *_ = story.find("header")
    assert (kicker.get("class"), kicker[0].get("href"), kicker[0].text) == ("kicker rubric", "/tin/", "Tin tức")
    assert title.text == "Một tựa"


def test_the_missing_page_leads_on(site: Site) -> None:
    site.build()
    (ways,) = (each for each in page(site, "404.html").iter("ul") if each.get("class") == "ways")
    assert [each.get("href") for each in ways.iter("a")] == ["/", "/tin/", "/the-thao/", "/luu-tru/"]
