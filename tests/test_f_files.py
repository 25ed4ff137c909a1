"""Bytes on disk: encodings, line ends, files that are empty, that change, or that editors leave lying about."""

from __future__ import annotations

import os
import threading
import time
import unicodedata
from pathlib import Path

import pytest

from phanthiet_news import load
from phanthiet_news.build import Request, build
from phanthiet_news.parallel import CHUNK
from phanthiet_news.problem import EXIT_CONFIG, EXIT_CONTENT, Failure
from phanthiet_news.stamp import Stamp
from site_in_a_string import AS_OF, CONFIG, PNG, Site

BOM = b"\xef\xbb\xbf"
MOT = "content/tin/mot.md"
ARTICLE = """\
---
title: Ấm thực
date: 2024-01-02
summary: |
  Dòng một
  dòng hai
tags:
  - biển
---

## Mục

Một đoạn
hai dòng.

    mã

- a
- b

| x | y |
|---|---|
| 1 | 2 |
"""


def tree_with(folder: Path, article: bytes, config: bytes = CONFIG.encode(), stats: bytes = b"online: 5\n") -> object:
    site = Site(folder)
    site.write(MOT, article)
    site.write("ptnews.yml", config)
    site.write("content/stats.yml", stats)
    assert site.build().problems == []
    return site.tree()


# --- F1: encodings and line ends


@pytest.mark.parametrize("ends", [b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", BOM])
def test_f1_a_bom_and_any_line_ends_give_the_same_bytes(tmp_path: Path, ends: bytes, mark: bytes) -> None:
    plain = tree_with(tmp_path / "a", ARTICLE.encode())
    changed = [
        mark + text.encode().replace(b"\n", ends)
        for text in (ARTICLE, CONFIG, "online: 5\n")
    ]  # fmt: skip
    assert tree_with(tmp_path / "b", *changed) == plain


def test_f1_nfd_text_gives_the_same_bytes(tmp_path: Path) -> None:
    decomposed = [unicodedata.normalize("NFD", text).encode() for text in (ARTICLE, CONFIG)]
    assert decomposed[0] != ARTICLE.encode()
    assert tree_with(tmp_path / "b", *decomposed) == tree_with(tmp_path / "a", ARTICLE.encode())


def test_f1_a_template_may_have_crlf_and_a_bom(site: Site) -> None:
    site.article(MOT)
    site.write("templates/404.html", BOM + b"Kh\xc3\xb4ng\r\nc\xc3\xb3\r\n")
    site.build()
    assert site.text("404.html").split() == ["Không", "có"]


@pytest.mark.parametrize(
    ("data", "line", "column", "byte", "excerpt"),
    [
        (b"---\ntitle: Caf\xe9 \xe1\xbb\x9f\n---\n", 2, 11, "0xE9", "title: Caf\\xe9 ở"),
        (b"---\r\ntitle: A\r\n---\r\nth\xe2n\r\n", 4, 3, "0xE2", "th\\xe2n"),
        (BOM + b"\xff", 1, 1, "0xFF", "\\xff"),
        (b"---\ntitle: A\n---\n\xc3", 4, 1, "0xC3", "\\xc3"),
        (b"\xed\xa0\x80", 1, 1, "0xED", "\\xed\\xa0\\x80"),
        (b"\xc0\xaf", 1, 1, "0xC0", "\\xc0\\xaf"),
        (b"\xf4\x90\x80\x80", 1, 1, "0xF4", "\\xf4\\x90\\x80\\x80"),
    ],
)  # fmt: skip
def test_f1_invalid_utf8_is_told_with_line_column_and_byte(
    site: Site, data: bytes, line: int, column: int, byte: str, excerpt: str
) -> None:
    site.write(MOT, data)
    problem = site.problem()
    assert (problem.path, problem.line, problem.column, problem.code) == (MOT, line, column, "encoding")
    assert problem.message == f"byte {byte} is not UTF-8"
    assert problem.excerpt == excerpt
    assert problem.hint == "save the file as UTF-8"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16 without"),
        ("utf-16-be", "UTF-16 without"),
        ("utf-32", "UTF-32"),
    ],
)
@pytest.mark.parametrize("text", [ARTICLE, "---\n", "---\ntitle: Đường ở Ấm\n---\n"])
@pytest.mark.parametrize("path", [MOT, "content/stats.yml", "ptnews.yml", "templates/404.html"])
def test_f1_utf16_is_named_as_such(site: Site, encoding: str, name: str, text: str, path: str) -> None:
    site.write(path, text.encode(encoding))
    with pytest.raises(Failure) as caught:
        site.build()
    (problem,) = caught.value.problems
    assert (problem.path, problem.code) == (path, "encoding")
    assert f"the file is {name}" in problem.message
    assert caught.value.exit_code == (EXIT_CONFIG if path == "ptnews.yml" else EXIT_CONTENT)


def test_f1_a_few_nul_bytes_are_not_taken_for_utf16(site: Site) -> None:
    site.write(MOT, b"---\ntitle: A\0\n---\n")
    problem = site.problem()
    assert (problem.line, problem.column, problem.code) == (2, 9, "character-forbidden")


# --- F2: nothing, or not enough


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "file-empty"),
        (" \n\t\r\n", "file-empty"),
        ("\ufeff", "file-empty"),
        ("Chỉ có thân bài.\n", "front-matter-missing"),
        ("\n---\ntitle: A\n---\n", "front-matter-missing"),
        ("+++\ntitle = 'A'\n+++\n", "front-matter-missing"),
        ("----\ntitle: A\n----\n", "front-matter-missing"),
        ("---", "front-matter-open"),
        ("---\ntitle: A\n", "front-matter-open"),
        ("---\ntitle: A\n--- \u00a0\n", "front-matter-open"),
    ],
)
def test_f2_empty_without_and_unclosed_are_three_messages(site: Site, text: str, code: str) -> None:
    site.write(MOT, text)
    problem = site.problem()
    assert (problem.path, problem.line, problem.column, problem.code) == (MOT, 1, 1, code)
    assert problem.hint
    assert not site.out.exists()


@pytest.mark.parametrize("content", [None, "content/.gitkeep", "content/tin/anh.png", "content/stats.yml"])
def test_f2_a_site_without_articles_builds_and_its_feeds_are_valid(site: Site, content: str | None) -> None:
    import feedparser
    from lxml import etree

    if content:
        site.write(content, b"")
    report = site.build()
    assert report.problems == []
    for name in ("rss.xml", "atom.xml", "tin/rss.xml", "tin/atom.xml"):
        feed = feedparser.parse((site.out / name).read_bytes())
        assert not feed.bozo, feed.get("bozo_exception")
        assert feed.feed.title
        assert feed.entries == []
    for path, data in site.tree().items():
        if path.endswith(".xml"):
            etree.fromstring(data)


def test_f2_an_article_may_have_no_body(site: Site) -> None:
    site.write(MOT, "---\ntitle: A\ndate: 2024-01-02\n---")
    site.build()
    assert "<h1" in site.text("tin/mot/index.html")


# --- F3: files that change meanwhile


def build_and(site: Site, at: str, change: object) -> None:
    """Build; `change` is called once, when the first step of a stage is done."""
    done: list[str] = []

    def watch(stage: str, step: int, total: int) -> None:
        if stage == at and not done:
            done.append(stage)
            change()  # type: ignore[operator]

    build(Request(root=site.root, as_of=AS_OF, jobs=1), watch)


def read_in_two_goes(site: Site) -> None:
    """MOT in the second."""
    for number in range(CHUNK):
        site.article(f"content/tin/bai-{number}.md")
    site.article(MOT)


def test_f3_a_source_that_goes_during_the_build_ends_it_and_no_page_of_it_is_made(site: Site) -> None:
    read_in_two_goes(site)
    with pytest.raises(Failure) as caught:
        build_and(site, "parse", lambda: site.remove(MOT))
    (problem,) = caught.value.problems
    assert (problem.path, problem.code) == (MOT, "file-changed")
    assert "changed during the build" in problem.message
    assert not site.out.exists()


def test_f3_the_next_build_is_fine_again(site: Site) -> None:
    read_in_two_goes(site)
    with pytest.raises(Failure):
        build_and(site, "parse", lambda: site.remove(MOT))
    assert "tin/mot/index.html" not in site.build().rendered


def test_f3_a_picture_that_goes_during_the_build_is_told(site: Site) -> None:
    site.article(MOT, "![x](a.png)")
    site.write("content/tin/a.png", PNG)
    with pytest.raises(Failure) as caught:
        build_and(site, "parse", lambda: site.remove("content/tin/a.png"))
    assert [(each.path, each.code) for each in caught.value.problems] == [("content/tin/a.png", "file-changed")]


def test_f3_a_file_that_grows_before_it_is_read_is_told_as_it_was_read(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.article(MOT, attachments="[a.pdf]")
    file = site.write("content/tin/a.pdf", b"%PDF" * 1000)
    plain = load.read_stamped

    def late(origin: str, shown: str) -> tuple[bytes, Stamp]:
        if shown.endswith("a.pdf"):
            file.write_bytes(b"%PDF" * 200_000)
        return plain(origin, shown)

    monkeypatch.setattr(load, "read_stamped", late)
    site.build()
    before = site.tree()
    assert len(before["tin/a.pdf"]) == 800_000
    monkeypatch.undo()
    site.build()
    build(Request(root=site.root, out=site.root / "sach", memory=site.root / "nho", as_of=AS_OF, jobs=1))
    clean = site.root / "sach"
    assert before == site.tree()
    assert before == {
        file.relative_to(clean).as_posix(): file.read_bytes() for file in clean.rglob("*") if file.is_file()
    }


def test_f4_a_template_that_is_edited_during_a_build_is_the_next_builds(site: Site) -> None:
    for name in ("mot", "hai"):
        site.article(f"content/tin/{name}.md")
    for old, new in (("trước", "giữa"), ("giữa", "sau")):
        site.write("templates/partials/menu.html", f"<nav>{old}</nav>")
        build_and(
            site,
            "render" if old == "giữa" else "parse",
            lambda new=new: site.write("templates/partials/menu.html", f"<nav>{new}</nav>"),
        )
        pages = [data.decode() for path, data in site.tree().items() if path.endswith(".html")]
        assert any(f"<nav>{old}</nav>" in page for page in pages)
        assert not any(f"<nav>{new}</nav>" in page for page in pages)
    site.build()
    assert "<nav>sau</nav>" in site.text("tin/mot/index.html")


def test_a_warning_is_told_once_by_each_build(site: Site) -> None:
    site.article(MOT)
    site.write("content/tin/hai.markdown", "?")
    for _ in range(3):
        assert [problem.code for problem in site.build().problems] == ["source-ending"]
    site.edit(MOT, "Thân bài.", "Thân khác.")
    assert [problem.code for problem in site.build().problems] == ["source-ending"]


def test_f3_a_file_whose_size_is_not_what_was_read_is_never_taken() -> None:
    # the kernel gives such files a size of 0, so they look as if they grew while they were read
    with pytest.raises(Failure) as caught:
        load.read("/proc/self/status", "content/tin/mot.md")
    (problem,) = caught.value.problems
    assert (problem.path, problem.code) == ("content/tin/mot.md", "file-changed")


def test_f3_while_it_is_replaced_again_and_again_a_file_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    target, versions = tmp_path / "a.md", (b"a" * 300_000, b"b" * 200_000)
    target.write_bytes(versions[0])
    stop = threading.Event()

    def replace() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            (tmp_path / "new").write_bytes(versions[number % 2])
            os.replace(tmp_path / "new", target)

    writer = threading.Thread(target=replace)
    writer.start()
    read, codes = [], set()
    try:
        until = time.monotonic() + 1
        while time.monotonic() < until:
            try:
                read.append(load.read(str(target), "a.md"))
            except Failure as failure:
                codes |= {each.code for each in failure.problems}
    finally:
        stop.set()
        writer.join()
    assert set(read) <= set(versions)
    assert codes <= {"file-changed"}
    assert load.read(str(target), "a.md") in versions


# --- F5: what editors leave behind

LEFTOVERS = (
    ".mot.md.swp",
    ".#mot.md",
    "mot.md~",
    "#mot.md#",
    "mot.md.swo",
    "mot.swx",
    "4913",
    "mot.tmp",
    "mot.md___jb_tmp___",
    "___jb_old___",
    ".subl1a2.tmp",
    ".goutputstream-X1Y2Z3",
    ".DS_Store",
)


@pytest.mark.parametrize("folder", ["content/tin", "static", "templates"])
@pytest.mark.parametrize("name", LEFTOVERS)
def test_f5_what_editors_leave_behind_is_ignored(site: Site, folder: str, name: str) -> None:
    site.article(MOT)
    site.build()
    before = site.tree()
    site.write(f"{folder}/{name}", b"\xff{% broken")
    site.write(f"{folder}/.git/x.md", b"\xff{% broken")
    report = site.build()
    assert report.problems == []
    assert site.tree() == before


@pytest.mark.parametrize("name", ["mot.md~", ".mot.md", "4913", "a.tmp"])
def test_f5_such_a_name_is_no_reference_either(site: Site, name: str) -> None:
    site.article("content/tin/hai.md", f"[x]({name})")
    site.write(f"content/tin/{name}", "x")
    problem = site.problem()
    assert (problem.code, problem.fatal) == ("link-dead", False)
    assert not (site.out / "tin" / name).exists()


def test_f5_public_dot_files_of_the_owner_are_kept(site: Site) -> None:
    site.write("static/.well-known/security.txt", "x")
    site.write("static/.nojekyll", "")
    site.write("static/.htaccess", "x")
    site.write("static/.secret", "x")
    site.build()
    tree = site.tree()
    assert {".well-known/security.txt", ".nojekyll", ".htaccess"} <= tree.keys()
    assert ".secret" not in tree
