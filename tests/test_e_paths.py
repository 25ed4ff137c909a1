"""Names and places of files: what may be written where, and what is refused before anything is."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from phanthiet_news.build import Request, build
from phanthiet_news.problem import EXIT_REFUSED, EXIT_SYSTEM, Failure, Problem
from phanthiet_news.text import MAX_PATH_BYTES
from site_in_a_string import AS_OF, CONFIG, PNG, Site

NFC, NFD = (unicodedata.normalize(form, "Ảnh Đường Ấm.png") for form in ("NFC", "NFD"))


def codes(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(each.path, each.code) for each in problems]


# --- E1: slugs


@pytest.mark.parametrize("slug", ["a", "0", "a-b", "am-thuc-2024", "a" * 100])
def test_e1_a_slug_of_small_letters_digits_and_single_hyphens_is_the_address(site: Site, slug: str) -> None:
    site.article("content/tin/mot.md", slug=slug)
    site.build()
    assert (site.out / "tin" / slug / "index.html").is_file()


@pytest.mark.parametrize(
    ("slug", "hint"),
    [
        ("Ấm Thực", "write `am-thuc`"),
        ("A", "write `a`"),
        ("-a", "write `a`"),
        ("a-", "write `a`"),
        ("a--b", "write `a-b`"),
        ("a_b", "write `a-b`"),
        ("a.b", "write `a-b`"),
        ("a/b", "write `a-b`"),
        ("../../etc/passwd", "write `etc-passwd`"),
        ("/etc", "write `etc`"),
        ('"a\\n"', ""),
        ("a%2fb", "write `a-2fb`"),
        ("đ", "write `d`"),
        ("...", ""),
        ("а", "write `a`"),  # Cyrillic
        ("a" * 101, f"write `{'a' * 100}`"),
        ("con", "choose another `slug`"),
    ],
)
def test_e1_any_other_slug_is_an_error_and_never_repaired(site: Site, slug: str, hint: str) -> None:
    site.article("content/tin/mot.md", slug=slug)
    if slug == '"a\\n"':  # white space around a value was not meant
        site.build()
        assert (site.out / "tin/a/index.html").is_file()
        return
    problem = site.problem()
    assert (problem.line, problem.column, problem.code, problem.hint) == (4, 7, "slug", hint)
    assert not site.out.exists()


@pytest.mark.parametrize(
    ("name", "mend"), [("Ấm thực", "am-thuc"), ("a_b", "a-b"), ("A", "a"), ("mot--hai", "mot-hai"), ("%2e%2e", "2e-2e")]
)
def test_e1_a_file_name_that_is_no_slug_is_an_error_with_the_name_to_give(site: Site, name: str, mend: str) -> None:
    site.article(f"content/tin/{name}.md")
    problem = site.problem()
    assert (problem.path, problem.code) == (f"content/tin/{name}.md", "slug-from-name")
    assert problem.hint == f"name it `{mend}.md`, or add `slug: {mend}`"


@pytest.mark.parametrize(
    ("alias", "code"),
    [
        ("cu/mot", "value"),
        ("//xau.example/", "value"),
        ("/a//b/", "value"),
        ("/a\\b", "value"),
        ("/a?b=1", "value"),
        ("/a b/", "value"),
        ("https://xau.example/", "value"),
        ("/../../etc/passwd", "path"),
        ("/a/../../b", "path"),
        ("/./a/", "path"),
        ("/%2e%2e/%2e%2e/b", "path"),
        ("/%2Fxau.example/", "path"),
        ("/a%5Cb", "path"),
        ("/a%00b/", "path"),
        ("/a%0Ab/", "path"),
        ("/a:b/", "path"),
        ("/con/", "path"),
        ("/a./", "path"),
    ],
)
def test_e1_a_former_address_that_leads_elsewhere_is_refused_where_it_stands(site: Site, alias: str, code: str) -> None:
    site.article("content/tin/mot.md", aliases=f"[/cu/, '{alias}']")
    problem = site.problem()
    assert (problem.line, problem.column, problem.code) == (4, 17, code)
    assert problem.hint
    assert not site.out.exists()


@pytest.mark.parametrize("alias", ["/bài/cũ/", "/b%C3%A0i/c%C5%A9/"])
def test_e1_a_former_address_may_be_written_as_readers_or_as_browsers_see_it(site: Site, alias: str) -> None:
    site.article("content/tin/mot.md", aliases=f"['{alias}']")
    site.build()
    assert "/tin/mot/" in site.text("bài/cũ/index.html")


# --- E2: one output, two sources


def test_e2_two_articles_one_url(site: Site) -> None:
    site.article("content/tin/mot.md")
    site.article("content/tin/sau/hai.md", slug="mot")
    problem = site.problem()
    assert problem.code == "path-twice"
    assert "content/tin/mot.md" in str(problem)
    assert "content/tin/sau/hai.md" in str(problem)
    assert "tin/mot/index.html" in problem.message
    assert "slug" in problem.hint
    assert not site.out.exists()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("content/tin/mot.md", "content/tin/mot/index.md"),
        ("content/tin/mot.md", "static/tin/mot/index.html"),
        ("content/tin/mot.md", "static/TIN/Mot/INDEX.html"),
        ("content/tin/mot.md", "static/tin/mot"),
        ("content/tin/mot.md", "static/tin/mot/index.html/a.txt"),
        ("content/tin/trang.md", "static/tin/TRANG"),
        ("static/a.txt", "static/A.txt"),
        ("static/straße.txt", "static/STRASSE.txt"),
        ("static/a", "static/A/b.txt"),
    ],
)
def test_e2_two_files_for_one_output_are_both_named(site: Site, first: str, second: str) -> None:
    for path in (first, second):
        site.article(path) if path.endswith(".md") else site.write(path, "x")
    problem = site.problem()
    assert problem.code == "path-twice"
    assert first in str(problem)
    assert second in str(problem)
    assert not site.out.exists()


@pytest.mark.parametrize(
    "path", ["static/index.html", "static/RSS.xml", "static/tin/index.html", "static/404.html", "static/tin"]
)
def test_e2_a_static_file_against_a_page_of_the_site(site: Site, path: str) -> None:
    site.write(path, "x")
    problems = site.problems()
    assert all(each.code == "path-twice" for each in problems)
    assert any(path in str(each) and "ptnews.yml" in str(each) for each in problems)
    assert not site.out.exists()


def test_e2_an_article_against_a_numbered_page_of_its_list(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}permalink: /{{category}}/trang/{{slug}}/\n")
    site.article("content/tin/1.md")
    for number in range(2, 13):
        site.article(f"content/tin/bai-{number}.md")
    problems = site.problems()
    assert problems
    assert {each.code for each in problems} == {"path-twice"}
    assert any("content/tin/1.md" in str(each) and "ptnews.yml" in str(each) for each in problems)


def test_e2_a_former_address_against_an_article(site: Site) -> None:
    site.article("content/tin/mot.md")
    site.article("content/tin/hai.md", aliases="[/tin/mot/]")
    problem = site.problem()
    assert problem.code == "path-twice"
    assert "content/tin/mot.md" in str(problem)
    assert "content/tin/hai.md" in str(problem)


def test_e2_a_file_and_a_folder_of_one_name_against_each_other(site: Site) -> None:
    site.article("content/tin/mot.md", aliases="[/cu]")
    site.article("content/tin/hai.md", aliases="[/CU/hai]")
    problem = site.problem()
    assert problem.code == "path-twice"
    assert "`cu`" in str(problem).lower()


def test_e2_tags_that_share_a_slug_name_both_articles_and_both_tags(site: Site) -> None:
    site.article("content/tin/mot.md", tags="[C++]", date="2024-01-01")
    site.article("content/tin/hai.md", tags='["C#"]', date="2024-01-02")
    problem = site.problem()
    assert (problem.path, problem.code) == ("content/tin/hai.md", "term-twice")
    for words in ('"C#"', '"C++"', "content/tin/mot.md", "`c`"):
        assert words in problem.message


def test_e2_one_tag_in_two_spellings_of_case_or_unicode_is_one(site: Site) -> None:
    site.article("content/tin/mot.md", tags="[Biển]")
    site.article("content/tin/hai.md", tags=f"[{unicodedata.normalize('NFD', 'biển')}]")
    assert site.build().problems == []


def test_e2_two_files_whose_names_differ_in_unicode_only_are_an_error(site: Site) -> None:
    folder = site.root / "content/tin"
    site.article(f"content/tin/{NFC}.md", slug="mot")
    if NFD in os.listdir(folder):
        pytest.skip("this file system takes both for one")
    site.article(f"content/tin/{NFD}.md", slug="hai")
    problem = site.problem()
    assert (problem.path.startswith("content/tin/"), problem.code) == (True, "name-twice")


# --- E3: one text, one slug


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_e3_a_slug_is_the_same_for_both_unicode_forms(site: Site, form: Literal["NFC", "NFD"]) -> None:
    tags = unicodedata.normalize(form, "[Đường Nguyễn Tất Thành, Ấm thực, ưu đãi, Ỷ lại]")
    site.article("content/tin/mot.md", tags=tags)
    site.build()
    made = {path.name for path in (site.out / "tu-khoa").iterdir() if path.is_dir()}
    assert made >= {"duong-nguyen-tat-thanh", "am-thuc", "uu-dai", "y-lai"}


def test_e3_a_site_in_nfd_equals_one_in_nfc_byte_for_byte(tmp_path: Path) -> None:
    trees = []
    for form in ("NFC", "NFD"):
        site = Site(tmp_path / form, config=unicodedata.normalize(form, CONFIG))
        picture = unicodedata.normalize(form, "ảnh đẹp ở biển.png")
        text = f"""\
---
title: Ấm thực ở Phan Thiết
date: 2024-01-02
tags: [Đường biển, Ỷ lại]
author: Nguyễn Thị Ấm
category: Tin tức
summary: Một câu ngắn ở đầu.
slug: mot
image: {{src: {picture}, alt: Ảnh}}
aliases: [/bài-cũ/]
---
## Mục đầu ở đây

Thân bài với [chữ](#muc-dau-o-day) và ![Ảnh](<{picture}>)
"""
        site.write(f"content/tin/{unicodedata.normalize(form, 'bài-ở-đây')}.md", unicodedata.normalize(form, text))
        site.write(f"content/tin/{picture}", PNG)
        assert site.build().problems == []
        trees.append(site.tree())
    assert trees[0] == trees[1]
    assert any(path.startswith("hinh-anh/anh-dep-o-bien-") for path in trees[0])


_SLUGS = """
import sys
sys.path.insert(0, sys.argv[1])
import unidecode
assert unidecode.unidecode("x") == "zzz"
from phanthiet_news.text import slugify
print(slugify("Đường Nguyễn Tất Thành"), slugify("北京 Москва"), slugify("plain"), slugify("C&amp;A &#272;"))
"""


def test_e3_slugs_do_not_depend_on_an_installed_unidecode(tmp_path: Path) -> None:
    (tmp_path / "unidecode.py").write_text("def unidecode(text, *a, **k):\n    return 'zzz'\n")
    command = [sys.executable, "-c", _SLUGS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    assert done.stdout.split() == ["duong-nguyen-tat-thanh", "bei-jing-moskva", "plain", "c-amp-a-272"]


# --- E4: what Windows can't store


@pytest.mark.parametrize("name", ["con", "nul", "aux", "prn", "com1", "lpt9"])
def test_e4_a_reserved_name_is_refused_for_an_article(site: Site, name: str) -> None:
    site.article(f"content/tin/{name}.md")
    problem = site.problem()
    assert (problem.path, problem.code) == (f"content/tin/{name}.md", "path")
    assert "Windows" in problem.message
    assert "slug" in problem.hint


@pytest.mark.parametrize(
    "name",
    ["NUL.txt", "con.tar.gz", "Com¹.txt", "nul .txt", "a.", "a ", "a:b", "a?b", 'a"b', "a|b", "a<b", "a\\b", "a\x01b"],
)
def test_e4_a_static_file_that_windows_can_not_store_is_refused(site: Site, name: str) -> None:
    site.write(f"static/tep/{name}", "x")
    problem = site.problem()
    assert (problem.path, problem.code) == (f"static/tep/{name}", "path")
    assert "Windows" in problem.message
    assert not site.out.exists()


@pytest.mark.parametrize("name", ["console.txt", "nulls.txt", "a b.txt", "a..b", "com10.txt", "ảnh.txt", "aux-1.txt"])
def test_e4_names_that_only_look_like_them_are_taken(site: Site, name: str) -> None:
    site.write(f"static/tep/{name}", "x")
    site.build()
    assert site.text(f"tep/{name}") == "x"


def test_e4_reserved_names_of_tags_authors_and_categories_are_told_where_they_stand(site: Site) -> None:
    site.article("content/tin/mot.md", tags="[biển, Con]", author="Nul")
    assert [(each.line, each.column, each.code) for each in site.problems()] == [(4, 14, "term"), (5, 9, "term")]
    site.write("ptnews.yml", CONFIG.replace("slug: the-thao", "slug: con"))
    assert [(each.line, each.column, each.code) for each in site.problems()] == [(6, 12, "slug")]


# --- E5: lengths


def test_e5_a_slug_made_from_a_title_ends_at_a_word_within_100_bytes(site: Site) -> None:
    title = "Đường " * 40
    site.article("content/tin/mot.md", tags=f"[{title}]")
    site.build()
    made = [path.name for path in (site.out / "tu-khoa").iterdir() if path.is_dir() and path.name != "trang"]
    assert made == ["-".join(["duong"] * 16)]
    assert len(made[0]) == 95  # one word more would be 101


def test_e5_a_path_of_240_bytes_is_written_and_one_of_241_refused(site: Site) -> None:
    folder = "/".join(["t" * 50] * 4)
    fits = f"{folder}/{'a' * (MAX_PATH_BYTES - len(folder) - 1)}"
    site.write(f"static/{fits}", "x")
    site.build()
    assert site.text(fits) == "x"
    site.rename(f"static/{fits}", f"static/{fits}a")
    problem = site.problem()
    assert (problem.path, problem.code) == (f"static/{fits}a", "path")
    assert "241 bytes" in problem.message
    assert "240" in problem.message


def test_e5_the_limit_counts_bytes_and_not_letters(site: Site) -> None:
    site.write(f"static/{'đ' * 60}/{'đ' * 61}", "x")
    problem = site.problem()
    assert problem.code == "path"
    assert "243 bytes" in problem.message


def test_e5_an_article_whose_address_grows_too_long_is_told_at_its_slug(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}permalink: /{{slug}}/{{slug}}/{{slug}}/\n")
    site.article("content/tin/mot.md", slug="a" * 90)
    problem = site.problem()
    assert (problem.line, problem.column, problem.code) == (4, 7, "path")


# --- E6: links, pipes, devices, and where to build


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that is no part of the site, with an article and a secret in it."""
    Site(tmp_path / "other").article("content/tin/la.md")
    (tmp_path / "other/site/content/tin/bi-mat.txt").write_text("secret")
    return tmp_path / "other/site/content/tin"


def sources(site: Site) -> set[str]:
    return {path for path in site.build().rendered if path.startswith("tin/") and path.count("/") == 2}


def test_e6_symbolic_links_are_passed_over(site: Site, outside: Path) -> None:
    site.article("content/tin/mot.md")
    (site.root / "content/tin/la.md").symlink_to(outside / "la.md")
    (site.root / "content/tin/hai.md").symlink_to(site.root / "content/tin/mot.md")
    (site.root / "content/tin/sau").symlink_to(outside)
    (site.root / "static").mkdir()
    (site.root / "static/bi-mat.txt").symlink_to(outside / "bi-mat.txt")
    (site.root / "static/.well-known").symlink_to(outside)
    assert sources(site) == {"tin/mot/index.html"}
    assert not [path for path in site.tree() if "bi-mat" in path]


def test_e6_links_are_followed_inside_the_site_only_when_configured(site: Site, outside: Path) -> None:
    site.write("ptnews.yml", f"{CONFIG}follow_symlinks: true\n")
    site.article("content/tin/mot.md")
    site.article("kho/ba.md")
    (site.root / "content/tin/kho").symlink_to(site.root / "kho")
    (site.root / "content/tin/la.md").symlink_to(outside / "la.md")
    (site.root / "content/tin/sau").symlink_to(outside)
    (site.root / "content/tin/cut.md").symlink_to(site.root / "nowhere.md")
    assert sources(site) == {"tin/mot/index.html", "tin/ba/index.html"}


def test_e6_a_folder_that_only_begins_like_the_site_is_outside_of_it(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}follow_symlinks: true\n")
    sibling = site.root.parent / f"{site.root.name}-2"
    sibling.mkdir()
    (sibling / "a.txt").write_text("secret")
    (site.root / "static").mkdir()
    (site.root / "static/a.txt").symlink_to(sibling / "a.txt")
    site.build()
    assert not (site.out / "a.txt").exists()


@pytest.mark.parametrize("follow", ["true", "false"])
def test_e6_loops_of_links_end(site: Site, follow: str) -> None:
    site.write("ptnews.yml", f"{CONFIG}follow_symlinks: {follow}\n")
    site.article("content/tin/mot.md")
    tin = site.root / "content/tin"
    (tin / "len").symlink_to(site.root / "content")
    (tin / "day").symlink_to(tin)
    (tin / "minh.md").symlink_to(tin / "minh.md")
    (tin / "a.md").symlink_to(tin / "b.md")
    (tin / "b.md").symlink_to(tin / "a.md")
    assert sources(site) == {"tin/mot/index.html"}


def test_e6_pipes_sockets_and_devices_are_skipped(site: Site) -> None:
    site.article("content/tin/mot.md")
    os.mkfifo(site.root / "content/tin/ong.md")
    os.mkfifo(site.root / "content/stats.yml")
    (site.root / "static").mkdir()
    os.mkfifo(site.root / "static/ong.txt")
    try:
        os.mknod(site.root / "static/null", 0o20666, os.makedev(1, 3))
    except PermissionError:
        (site.root / "static/null").symlink_to("/dev/null")
    report = site.build()
    assert report.problems == []
    assert not {"ong.txt", "null"} & set(report.copied)


def test_e6_a_pipe_in_place_of_the_configuration_is_no_configuration(site: Site) -> None:
    site.remove("ptnews.yml")
    os.mkfifo(site.root / "ptnews.yml")
    with pytest.raises(Failure) as caught:
        site.build()
    assert [each.code for each in caught.value.problems] == ["no-site"]


@pytest.fixture
def deep(site: Site) -> Iterator[Path]:
    """A folder deeper than Python's stack. Removed by hand: pytest's own way of doing it is not up to it."""
    top = site.root / "content/tin"
    top.mkdir(parents=True)
    here = os.open(top, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    yield top.joinpath(*["d"] * 1200)
    subprocess.run(["rm", "-rf", str(top)], check=True)


def test_e6_a_very_deep_folder_is_walked(site: Site, deep: Path) -> None:
    site.article(f"{deep.relative_to(site.root)}/mot.md")
    assert sources(site) == {"tin/mot/index.html"}


@pytest.mark.parametrize("name", ["content", "static", "templates", "content/tin", "content/moi", ".ptnews", ".", ".."])
def test_e6_building_over_or_into_sources_is_refused_before_any_write(site: Site, name: str) -> None:
    site.article("content/tin/mot.md")
    before = sorted(site.root.rglob("*"))
    with pytest.raises(Failure) as caught:
        build(Request(root=site.root, out=site.root / name, as_of=AS_OF))
    assert caught.value.exit_code == EXIT_REFUSED
    (problem,) = caught.value.problems
    assert (problem.path, problem.code) == (str(site.root / name), "output-folder")
    assert "-o" in problem.hint
    assert sorted(site.root.rglob("*")) == before


@pytest.mark.parametrize("target", ["content", "static", "content/tin"])
def test_e6_a_build_folder_that_is_a_link_to_sources_is_refused(site: Site, target: str) -> None:
    site.article("content/tin/mot.md")
    (site.root / "static").mkdir()
    site.out.symlink_to(site.root / target)
    with pytest.raises(Failure) as caught:
        site.build()
    assert caught.value.exit_code == EXIT_REFUSED


@pytest.mark.parametrize("out", ["/", "/home", "~", "~/..", "//"])
def test_e6_the_disk_and_the_home_folder_are_refused(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    home = tmp_path / "home" / "an"
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    if out == "/home":
        out = str(home.parent)
    with pytest.raises(Failure) as caught:
        build(Request(root=site.root, out=Path(out.replace("~", str(home))), as_of=AS_OF))
    assert caught.value.exit_code == EXIT_REFUSED
    assert list(home.iterdir()) == []


def test_e6_a_file_in_place_of_the_build_folder_is_refused(site: Site) -> None:
    site.write("build", "mine")
    with pytest.raises(Failure) as caught:
        site.build()
    assert caught.value.exit_code == EXIT_REFUSED
    assert (site.root / "build").read_text() == "mine"


def test_e6_a_link_inside_build_that_leads_out_is_not_written_through(site: Site, outside: Path) -> None:
    site.article("content/tin/mot.md")
    site.out.mkdir()
    (site.out / "tin").symlink_to(outside)
    with pytest.raises(Failure) as caught:
        site.build()
    assert caught.value.exit_code == EXIT_REFUSED
    assert not list(outside.rglob("*.html"))


@pytest.mark.parametrize("name", ["content", "static", "templates"])
def test_e6_a_file_in_place_of_a_folder_is_told_by_its_name(site: Site, name: str) -> None:
    site.write(name, "x")
    problem = site.problem()
    assert (problem.path, problem.code) == (name, "not-a-folder")


def test_e6_a_content_folder_that_is_not_mounted_does_not_empty_the_site(site: Site, tmp_path: Path) -> None:
    site.article("content/tin/mot.md")
    (site.root / "content").rename(tmp_path / "disk")
    (site.root / "content").symlink_to(tmp_path / "disk")
    site.build()
    before = site.tree()
    (tmp_path / "disk").rename(tmp_path / "gone")
    problem = site.problem()
    assert (problem.path, problem.code) == ("content", "not-a-folder")
    assert site.tree() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_e6_a_folder_that_may_not_be_read_is_told_by_its_name(site: Site) -> None:
    site.article("content/tin/mot.md")
    (site.root / "content/tin").chmod(0)
    try:
        with pytest.raises(Failure) as caught:
            site.build()
    finally:
        (site.root / "content/tin").chmod(0o755)
    assert caught.value.exit_code == EXIT_SYSTEM
    assert codes(caught.value.problems) == [("content/tin", "read")]


# --- E7: names that are no text


@pytest.mark.parametrize("folder", ["content/tin", "static", "templates"])
def test_e7_a_name_that_is_not_utf8_is_an_error_with_the_name_escaped(site: Site, folder: str) -> None:
    (site.root / folder).mkdir(parents=True)
    Path(os.fsdecode(os.fsencode(site.root / folder) + b"/caf\xe9.md")).write_bytes(b"x")
    problem = site.problem()
    assert (problem.path, problem.code, problem.hint) == (rf"{folder}/caf\xe9.md", "name-encoding", "rename it")
    assert str(problem).encode()


def test_e7_a_folder_whose_name_is_not_utf8_is_told_once(site: Site) -> None:
    folder = os.fsdecode(os.fsencode(site.root) + b"/content/\xff\xfe")
    os.makedirs(folder)
    for name in ("a.md", "b.md"):
        Path(folder, name).write_bytes(b"x")
    problem = site.problem()
    assert (problem.path, problem.code) == (r"content/\xff\xfe", "name-encoding")


def test_e7_paths_are_shown_from_the_site_though_it_is_reached_by_a_link(site: Site, tmp_path: Path) -> None:
    (site.root / "content").mkdir()
    Path(os.fsdecode(os.fsencode(site.root) + b"/content/\xff.md")).write_bytes(b"x")
    link = tmp_path / "link"
    link.symlink_to(site.root)
    with pytest.raises(Failure) as caught:
        build(Request(root=link, as_of=AS_OF))
    assert codes(caught.value.problems) == [(r"content/\xff.md", "name-encoding")]


def test_e6_a_link_in_the_output_folder_leads_nowhere_else(site: Site, outside: Path) -> None:
    site.article("content/tin/mot.md")
    site.out.mkdir()
    (site.out / "tin").symlink_to(outside)
    before = sorted(outside.rglob("*"))
    with pytest.raises(Failure) as caught:
        site.build()
    assert caught.value.exit_code == 4
    assert sorted(outside.rglob("*")) == before
