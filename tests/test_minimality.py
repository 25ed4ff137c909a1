"""How little is done again, as sets of paths."""

from __future__ import annotations

import builtins
import subprocess
import sys
import time
from typing import Any

import pytest

from phanthiet_news import load, produce, render
from phanthiet_news.parse import Parser
from phanthiet_news.problem import Failure
from site_in_a_string import AS_OF, Site

CONFIG = """\
title: Báo lớn
base_url: https://bao.example
categories:
{categories}
per_page: 20
"""
CATEGORIES = [f"muc-{number}" for number in range(6)]


def newsroom(site: Site, articles: int) -> Site:
    lines = "\n".join(f"  - {{slug: {slug}, title: Mục {slug}}}" for slug in CATEGORIES)
    site.write("ptnews.yml", CONFIG.format(categories=lines))
    for number in range(articles):
        site.article(
            f"content/{CATEGORIES[number % 6]}/bai-{number}.md",
            body=f"Đoạn **{number}**.",
            title=f"Bài số {number}",
            date=f"2023-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}T{number // 336:02}:00",
            tags=f"[Thẻ {number % 7}, Thẻ {number % 11}]",
            summary=f"Tóm tắt {number}.",
            author="Người viết",
        )
    return site


@pytest.fixture
def large(site: Site) -> Site:
    newsroom(site, 1000).build()
    return site


def shows(site: Site, words: str) -> set[str]:
    return {path for path, data in site.tree().items() if words.encode() in data}


def test_e6_g5_nothing_to_do_opens_no_article(large: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    time.sleep(0.3)  # until the stamps prove something
    large.build()
    opened: list[str] = []
    plain = builtins.open

    def spying(file: Any, *rest: Any, **more: Any) -> Any:
        opened.append(str(file))
        return plain(file, *rest, **more)

    monkeypatch.setattr(builtins, "open", spying)
    report = large.build()
    assert (report.rendered, report.filled, report.copied, report.removed) == ([], [], [], [])
    assert [name for name in opened if name.endswith(".md")] == []
    assert [name for name in opened if "/build/" in name] == []


def test_a_touched_file_renders_nothing(large: Site) -> None:
    for file in (large.root / "content").rglob("*.md"):
        file.touch()
    report = large.build()
    assert (report.rendered, report.filled) == ([], [])


def test_a_changed_body_renders_its_page_and_the_feeds_that_hold_it(large: Site) -> None:
    large.edit("content/muc-4/bai-400.md", "Đoạn", "Khúc")
    assert large.build().rendered == ["muc-4/bai-400/index.html"]


def test_a_changed_title_renders_exactly_the_pages_that_show_it(large: Site) -> None:
    showing = shows(large, "Bài số 400<") | shows(large, "Bài số 400 ") | shows(large, 'Bài số 400"')
    large.edit("content/muc-4/bai-400.md", "Bài số 400", "Tựa mới")
    report = large.build()
    assert set(report.rendered) == showing == shows(large, "Tựa mới")
    assert report.filled == []


def test_a_new_article_renders_at_most_twenty_pages(large: Site) -> None:
    large.article(
        "content/muc-1/moi.md",
        title="Tin mới",
        date="2024-05-01",
        tags="[Thẻ 1, Thẻ 2]",
        summary="Mới.",
        author="Người viết",
    )
    report = large.build()
    assert len(report.rendered) <= 20 + len([path for path in report.rendered if "/2024/" in path or "2024-05" in path])
    assert "index.html" in report.rendered


def test_changed_stats_render_no_page_but_their_own_file(large: Site) -> None:
    large.write("content/stats.yml", "today: 5\n")
    report = large.build()
    assert report.rendered == ["stats.json"]
    assert "muc-4/bai-400/index.html" in report.filled


@pytest.mark.parametrize("mode", ["ssi", "client"])
def test_changed_stats_change_one_small_file_where_pages_only_point_at_it(site: Site, mode: str) -> None:
    newsroom(site, 30)
    site.write("ptnews.yml", (site.root / "ptnews.yml").read_text(encoding="utf-8") + f"fragments: {mode}\n")
    site.write("content/stats.yml", "today: 5\n")
    site.build()
    before = site.tree()
    site.write("content/stats.yml", "today: 6\n")
    report = site.build()
    after = site.tree()
    assert (report.rendered, report.filled) == (["stats.json"], [])
    assert {path for path in after if after[path] != before[path]} == {
        "stats.json",
        "fragments/sidebar.html",
        ".ptnews",
    }


def test_a_changed_style_sheet_fills_pages_and_renders_none(site: Site) -> None:
    newsroom(site, 12).build()
    old = site.text("index.html")
    site.write("static/css/site.css", "body { color: #123 }")
    report = site.build()
    assert report.rendered == []
    assert "index.html" in report.filled
    assert report.copied == ["css/site.css"]
    assert site.text("index.html") != old


def test_f4_templates_are_read_once_a_build(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom(site, 3)
    read: list[str] = []
    plain = load.read

    def counting(origin: str, shown: str) -> bytes:
        read.append(shown)
        return plain(origin, shown)

    monkeypatch.setattr(load, "read", counting)
    site.build()
    templates = [name for name in read if name.startswith("templates/")]
    assert templates
    assert len(templates) == len(set(templates))


# --- what a build may do at all, so that it stays quick: counted, not timed

ROOMS = set(
    "build cli config dates digest folder load lock marker model packing parallel problem publish request schema "
    "source sources stamp state survey text theme versions yamltext".split()
)

HEAVY = {
    "asyncio",
    "babel",
    "concurrent.futures.process",
    "html.parser",
    "jinja2",
    "markdown",
    "nh3",
    "rich",
    "slugify",
}


@pytest.mark.parametrize("extensions", ["", "markdown: {extensions: [pymdownx.tilde]}\n"])
def test_with_nothing_to_do_nothing_is_imported_that_makes_pages(site: Site, extensions: str) -> None:
    site.edit("ptnews.yml", "per_page: 5\n", f"per_page: 5\n{extensions}")
    site.article("content/tin/mot.md")
    site.build()
    time.sleep(0.3)  # until the stamps prove something
    site.build()
    code = (
        "import sys; from phanthiet_news.cli import cli;"
        f"cli.main(['build', '-q', '-C', {str(site.root)!r}, '--as-of', {AS_OF!r}], standalone_mode=False);"
        "print('\\n'.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    rooms = {name.removeprefix("phanthiet_news.") for name in imported if name.startswith("phanthiet_news.")}
    assert rooms == ROOMS | ({"extensions"} if extensions else set())
    assert imported & HEAVY == set()


def test_changed_numbers_need_no_plan(large: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(produce, "plan", None)
    large.write("content/stats.yml", "today: 123\n")
    report = large.build()
    assert report.rendered == ["stats.json"]
    assert "123" in large.text("index.html")
    assert "123" in large.text("stats.json")


def test_a_changed_body_needs_no_plan(large: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(produce, "plan", None)
    large.edit("content/muc-4/bai-400.md", "Đoạn", "Khúc")
    report = large.build()
    assert report.rendered == ["muc-4/bai-400/index.html"]
    assert report.unchanged > 1000
    assert large.text("muc-4/bai-400/index.html").count("Khúc") == 1


def test_a_twin_of_a_changed_body_keeps_its_own(site: Site) -> None:
    """Where two bodies are the same, their digest does not tell whose page shows it."""
    for name in ("mot", "hai"):
        site.article(f"content/tin/{name}.md", "Như nhau.", summary="Tóm tắt.")
    site.build()
    site.edit("content/tin/mot.md", "Như nhau.", "Khác rồi.")
    site.build()
    assert "Khác rồi." in site.text("tin/mot/index.html")
    assert "Như nhau." in site.text("tin/hai/index.html")
    site.edit("content/tin/hai.md", "Như nhau.", "Cũng khác.")
    site.build()
    assert "Khác rồi." in site.text("tin/mot/index.html")
    assert "Cũng khác." in site.text("tin/hai/index.html")


def test_after_a_mistake_nothing_is_parsed_twice(large: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    large.article("content/muc-1/sai.md", title="Sai", date="29/11")
    large.edit("content/muc-4/bai-400.md", "Đoạn", "Khúc")
    with pytest.raises(Failure):
        large.build()
    large.remove("content/muc-1/sai.md")
    monkeypatch.setattr(Parser, "parse", None)
    assert large.build().rendered == ["muc-4/bai-400/index.html"]


def test_what_templates_compile_to_is_kept(large: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    render._facts.cache_clear()
    monkeypatch.setattr(render, "_facts", None)
    large.edit("content/muc-4/bai-400.md", "title: Bài", "title: Tựa")
    large.build()
    assert "Tựa số 400" in large.text("muc-4/bai-400/index.html")
