"""How little is done again, as sets of paths."""

from __future__ import annotations

import builtins
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import pytest

from phanthiet_news import config as configuration
from phanthiet_news import index, load, produce, render, sources, state, theme
from phanthiet_news.build import Request, build
from phanthiet_news.model import Parsed
from phanthiet_news.parse import Parser
from phanthiet_news.problem import Failure
from phanthiet_news.render import Renderer
from phanthiet_news.standing import Standing
from phanthiet_news.templating import Templates
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


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The articles that are parsed from now on, by source."""
    names: list[str] = []
    plain = Parser.parse

    def watching(parser: Parser, files: Iterable[tuple[str, bytes]]) -> list[Parsed]:
        named = list(files)
        names.extend(name for name, _ in named)
        return plain(parser, named)

    monkeypatch.setattr(Parser, "parse", watching)
    return names


def watched(patch: pytest.MonkeyPatch, owner: Any, name: str, told: Callable[..., str]) -> list[str]:
    """What a function is called for from now on, as `told` makes it of the arguments."""
    calls: list[str] = []
    plain = getattr(owner, name)

    def watching(*rest: Any, **more: Any) -> Any:
        calls.append(told(*rest, **more))
        return plain(*rest, **more)

    patch.setattr(owner, name, watching)
    return calls


def unwanted(*_: object) -> None:
    pytest.fail("this was done again")


def shows(site: Site, words: str) -> set[str]:
    return {path for path, data in site.tree().items() if words.encode() in data}


def test_e6_g5_nothing_to_do_opens_no_article_and_no_output(large: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but what says what the site is, and how its pages look; the state is SQLite's to open."""
    templates = {str(file) for file in theme.templates().rglob("*.*") if file.is_file()}
    time.sleep(0.3)  # until the stamps prove something
    large.build()
    opened = watched(monkeypatch, builtins, "open", lambda file, *rest, **more: str(file))
    report = large.build()
    assert (report.rendered, report.filled, report.copied, report.removed) == ([], [], [], [])
    assert {name for name in opened if not name.endswith("/ptnews.yml")} == templates


def test_where_nothing_stands_folders_are_moved_as_a_whole(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        site.article(f"content/tin/bai-{number}.md", f"Bài {number}.")
    moved = watched(monkeypatch, os, "replace", lambda source, target: str(target))
    report = site.build()
    assert len(report.rendered) > 50
    build = site.root / "build"
    assert {name for name in moved if name.startswith(str(build))} == {str(each) for each in build.iterdir()}


def test_a_touched_file_renders_nothing(large: Site, parsed: list[str]) -> None:
    for file in (large.root / "content").rglob("*.md"):
        file.touch()
    report = large.build()
    assert (report.rendered, report.filled) == ([], [])
    assert parsed == []


@pytest.mark.parametrize("keeps_outputs", [True, False])
def test_in_a_copy_of_a_site_nothing_is_parsed_again(
    large: Site, parsed: list[str], tmp_path_factory: pytest.TempPathFactory, keeps_outputs: bool
) -> None:
    """As on a machine that is new each time, and was left what the last one made."""
    copy = Site(tmp_path_factory.mktemp("copy") / "site")
    shutil.copytree(large.root, copy.root, dirs_exist_ok=True)
    if not keeps_outputs:
        shutil.rmtree(copy.out)
    report = copy.build()
    assert parsed == []
    assert (report.rendered == []) is keeps_outputs
    assert copy.tree() == large.tree()


def test_a_changed_body_renders_its_page(large: Site, parsed: list[str]) -> None:
    large.edit("content/muc-4/bai-400.md", "Đoạn", "Khúc")
    report = large.build()
    assert set(report.rendered) == {"muc-4/bai-400/index.html"}
    assert parsed == ["content/muc-4/bai-400.md"]


def test_a_changed_body_of_the_newest_article_renders_the_feeds_that_hold_it_too(large: Site) -> None:
    large.edit("content/muc-3/bai-999.md", "Đoạn", "Khúc")
    report = large.build()
    feeds = {f"{place}{file}" for place in ("", "muc-3/") for file in ("rss.xml", "atom.xml", "feed.json")}
    assert set(report.rendered) == {"muc-3/bai-999/index.html"} | feeds == shows(large, "Khúc")


def test_a_link_that_leads_nowhere_is_told_where_it_stands_now_and_nothing_is_planned(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom(site, 30)
    site.article("content/muc-1/moi.md", "Xem [một](/khong/) và [hai](/khong/).\n\n![](/khong.png)", summary="Gọn.")
    known = site.problems()
    site.edit("content/muc-1/moi.md", "Xem [một]", "Thêm một dòng.\n\nVà xem [một]")
    with monkeypatch.context() as patch:
        patch.setattr(index, "site", unwanted)
        told = site.problems()
    moves = [(new.code, new.line - old.line, new.column - old.column) for old, new in zip(known, told, strict=True)]
    assert moves == [("link-dead", 2, 3), ("link-dead", 2, 3), ("picture-alt", 2, 0), ("picture-missing", 2, 0)]
    for folder in (site.out, site.root / ".ptnews"):
        shutil.rmtree(folder)
    assert told == site.problems()


def test_a_changed_title_renders_exactly_the_pages_that_show_it(large: Site, parsed: list[str]) -> None:
    showing = shows(large, "Bài số 400<") | shows(large, "Bài số 400 ") | shows(large, 'Bài số 400"')
    large.edit("content/muc-4/bai-400.md", "Bài số 400", "Tựa mới")
    report = large.build()
    assert set(report.rendered) == showing == shows(large, "Tựa mới")
    assert report.filled == []
    assert parsed == ["content/muc-4/bai-400.md"]


def test_a_new_article_renders_at_most_twenty_pages(large: Site, parsed: list[str]) -> None:
    front = {"title": "Tin mới", "tags": "[Thẻ 1, Thẻ 2]", "summary": "Mới.", "author": "Người viết"}
    large.article("content/muc-1/moi.md", date="2024-05-01", **front)
    report = large.build()
    assert len(report.rendered) <= 20
    assert {"index.html", "muc-1/moi/index.html", "muc-1/index.html"} <= set(report.rendered)
    assert parsed == ["content/muc-1/moi.md"]


@pytest.mark.parametrize("date", ["2023-12-29", "2023-12-28T01:30"])
def test_for_a_new_article_hardly_more_is_planned_than_made(
    large: Site, monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    asked = watched(monkeypatch, produce.Production, "_task", lambda production, path, *_: path)
    large.article("content/muc-1/moi.md", date=date, title="Tin mới", tags="[Thẻ 1, Thẻ 2]")
    report = large.build()
    assert set(report.rendered) <= set(asked)
    assert len(asked) < 100


def test_for_the_newest_article_no_other_is_looked_at_but_where_it_links_to(
    large: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "site", unwanted)
    monkeypatch.setattr(state.State, "parsed", property(unwanted))
    asked = watched(monkeypatch, Standing, "article", lambda last, source: source)
    large.article(
        "content/muc-1/moi.md", "[Xem](/muc-4/bai-400.md)", date="2023-12-29", title="Tin mới", tags="[Thẻ 1]"
    )
    report = large.build()
    assert {"index.html", "muc-1/moi/index.html", "muc-1/index.html", "sitemap-lists.xml"} <= set(report.rendered)
    leads = "content/muc-5/bai-671.md"  # because it is featured, or because it was the newest?
    assert asked == ["content/muc-4/bai-400.md", leads]


def test_a_changed_base_parses_nothing_and_renders_every_page(large: Site, parsed: list[str]) -> None:
    base = (theme.templates() / "base.html").read_text(encoding="utf-8")
    large.write("templates/base.html", base.replace("</body>", "<p>mới</p></body>"))
    report = large.build()
    pages = {path for path in large.tree() if path.endswith(".html")}
    assert set(report.rendered) == pages == shows(large, "<p>mới</p></body>")
    assert parsed == []


def test_in_a_changed_base_no_core_is_made_again(large: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """No story is shown again, and no body read."""
    shown = watched(monkeypatch, render, "_called", lambda macro, *_: str(macro.name))
    read = watched(monkeypatch, state, "bodies", lambda file, digests: "".join(digests))
    base = (theme.templates() / "base.html").read_text(encoding="utf-8")
    large.write("templates/base.html", base.replace("</body>", "<p>mới</p></body>"))
    (large.out / "muc-4/bai-400/index.html").unlink()
    (large.out / "muc-4/bai-394/index.html").write_text("Ai đó đã viết.", encoding="utf-8")
    report = large.build()
    assert len(report.rendered) > 1000
    assert set(shown) <= {"steps", "line", "people"}
    assert len(shown) < 50
    assert sum(map(len, read)) == 2 * 32
    assert large.text("muc-4/bai-400/index.html").count("<p>mới</p>") == 1
    assert large.text("muc-4/bai-394/index.html").count("<p>mới</p>") == 1


def test_no_page_of_the_theme_needs_more_than_quick_code(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither as a whole nor around its core: else nothing would be seen but the time it takes."""
    monkeypatch.setattr(Templates, "_careful", property(unwanted))
    newsroom(site, 50).article(
        "content/muc-1/co-hinh.md", "## Đầu mục\n\n![Hình](/h.png)", image="/h.png", aliases="[/cu/]"
    )
    site.write("static/h.png", b"\x89PNG")
    site.build()
    base = (theme.templates() / "base.html").read_text(encoding="utf-8")
    site.write("templates/base.html", base.replace("</body>", "<p>mới</p></body>"))
    assert len(site.build().rendered) > 50


def test_changed_stats_render_a_fragment_and_no_page(large: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    fragments = watched(monkeypatch, Renderer, "fragment", lambda renderer, fragment: fragment.path)
    pages = {path for path in large.tree() if path.endswith(".html")}
    large.write("content/stats.yml", "today: 5\n")
    report = large.build()
    assert set(report.rendered) == {"stats.json"}
    assert fragments == ["fragments/sidebar.html"]
    assert set(report.filled) == pages


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


def test_what_came_of_a_text_is_worked_out_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom(site, 3).write("content/stats.yml", "today: 5\n")
    site.build()
    with monkeypatch.context() as patch:
        patch.setattr(configuration, "read", unwanted)
        patch.setattr(sources, "_read_stats", unwanted)
        site.edit("content/muc-1/bai-1.md", "title: Bài", "title: Tựa")
        assert "muc-1/bai-1/index.html" in site.build().rendered
    site.edit("ptnews.yml", "Báo lớn", "Báo khác")
    site.write("content/stats.yml", "today: x\n")
    assert site.problem().code == "type-number"
    site.write("content/stats.yml", "today: 6\n")
    site.build()
    assert "Báo khác" in site.text("index.html")
    assert '"today": 6' in site.text("stats.json")


@pytest.mark.parametrize("harm", ["update facts set data = x'00'", "drop table facts", "pragma user_version = 1"])
def test_where_what_came_of_a_text_is_lost_it_is_worked_out_again(site: Site, harm: str) -> None:
    newsroom(site, 3).build()
    with closing(sqlite3.connect(site.root / ".ptnews/state.sqlite")) as database, database:
        database.execute(harm)
    assert site.build().seconds >= 0
    assert "Báo lớn" in site.text("index.html")


def test_f4_templates_are_read_once_a_build(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom(site, 3)
    read = watched(monkeypatch, load, "read", lambda origin, shown: shown)
    site.build()
    templates = [name for name in read if name.startswith("templates/")]
    assert templates
    assert len(templates) == len(set(templates))


# --- what a build may do at all, so that it stays quick: counted, not timed

ROOMS = set(
    "aside build cli config dates digest folder load lock marker model packing parallel problem publish request schema "
    "plainyaml source sources stamp state survey text theme versions yamltext yamltree".split()
)

HEAVY = {
    "asyncio",
    "babel",
    "backports.zstd",
    "concurrent.futures.process",
    "html.parser",
    "jinja2",
    "markdown",
    "nh3",
    "rich",
    "slugify",
    "yaml",
}


@pytest.mark.parametrize("extensions", ["", "markdown: {extensions: [pymdownx.tilde]}\n"])
def test_with_nothing_to_do_nothing_is_imported_that_makes_pages(site: Site, extensions: str) -> None:
    site.edit("ptnews.yml", "per_page: 5\n", f"per_page: 5\n{extensions}")
    site.edit("ptnews.yml", "tagline: Một trang", "tagline: >\n  Một trang\n ")
    site.write("content/stats.yml", '{"today": 5, "as_of": "2023-01-01T00:00:00+07:00"}\n')
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


LOOKING = """\
import sys
from phanthiet_news.cli import cli
from phanthiet_news.folder import Folder

looks, plain = [], Folder.untouched
Folder.untouched = lambda folder, stamps: (looks.append(folder), plain(folder, stamps))[1]
cli.main(sys.argv[1:], standalone_mode=False)
print(len(looks))
"""


@pytest.mark.skipif(sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="there is nobody else to look")
def test_outputs_are_looked_at_by_a_copy_of_the_process(large: Site) -> None:
    """And if one is damaged, by the process itself."""

    def looks() -> int:
        command = [sys.executable, "-c", LOOKING, "build", "-q", "-C", str(large.root), "--as-of", AS_OF]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    time.sleep(0.3)  # until the stamps prove something
    looks()
    assert looks() == 0
    page = large.root / "build" / "muc-4" / "bai-400" / "index.html"
    intact = page.read_bytes()
    page.write_bytes(intact[:-1] + b"?")
    assert looks() == 1
    assert page.read_bytes() == intact


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


@pytest.mark.parametrize(
    ("template", "place", "rendered"),
    [
        ("base.html", "</body>", 1000),
        ("article.html", '<div class="prose">', 1000),
        ("fragments/sidebar.html", "</section>", 0),
    ],
)
def test_changed_templates_need_no_plan(
    large: Site, monkeypatch: pytest.MonkeyPatch, template: str, place: str, rendered: int
) -> None:
    monkeypatch.setattr(produce, "plan", None)
    text = (theme.templates() / template).read_text(encoding="utf-8")
    large.write(f"templates/{template}", text.replace(place, f"<!-- khung mới -->{place}"))
    assert len(large.build().rendered) >= rendered
    assert "<!-- khung mới -->" in large.text("muc-4/bai-400/index.html")
    assert ("<!-- khung mới -->" in large.text("muc-4/index.html")) is (template != "article.html")
    large.remove(f"templates/{template}")
    large.build()
    assert "<!-- khung mới -->" not in large.text("muc-4/bai-400/index.html")


@pytest.mark.parametrize(
    "mistake", ["{% broken", "{{ absent.title }}", "{{ asset('khong-co.css') }}", "{{ page.absent }}"]
)
@pytest.mark.parametrize("template", ["article.html", "base.html"])
def test_a_template_with_a_mistake_is_told_as_ever(site: Site, template: str, mistake: str) -> None:
    """With all else that is told of the site."""
    newsroom(site, 3).edit("content/muc-1/bai-1.md", "Đoạn", "[Đoạn](khong-co.md)")
    site.build()
    text = (theme.templates() / template).read_text(encoding="utf-8")
    site.write(f"templates/{template}", text.replace("{% block head %}", f"{mistake}{{% block head %}}{mistake}"))
    with pytest.raises(Failure) as caught:
        site.build()
    with pytest.raises(Failure) as clean:
        build(Request(root=site.root, out=site.root / "other", memory=site.root / "memory", as_of=AS_OF))
    assert caught.value.problems == clean.value.problems


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


def test_where_kept_pages_are_damaged_everything_is_planned(site: Site) -> None:
    newsroom(site, 3).edit("content/muc-1/bai-1.md", "Đoạn", "[Đoạn](khong-co.md)")
    before = site.build().problems
    with closing(sqlite3.connect(site.root / ".ptnews/state.sqlite")) as database, database:
        database.execute("update packs set data = x'00'")
    site.write("templates/them.html", "")
    site.write("templates/article.html", '{% include "them.html" %}{{ page.title }}')
    report = site.build()
    assert site.text("muc-1/bai-1/index.html") == "Bài số 1"
    assert report.problems == before
