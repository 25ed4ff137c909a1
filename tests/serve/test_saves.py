"""`ptnews serve` as editors and their programs meet it: A6, and F5 to F8."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from previewing import RUNS, SITE, SOAK, Clean, Preview, previewed, within

from phanthiet_news.serve.saves import named
from site_in_a_string import PNG, Site

MOT = "content/tin/mot.md"
PAGE = "/tin/mot/"
EVENTS = Path("/proc/sys/fs/inotify/max_queued_events")


@pytest.fixture
def site(site: Site) -> Site:
    """One whose articles' headlines are not drawn, which would take most of the time."""
    site.edit("ptnews.yml", "per_page: 5", "per_page: 5\npictures: {social: false}")
    return site


@pytest.fixture
def preview(site: Site) -> Iterator[Preview]:
    site.article(MOT, "Đoạn một.")
    with previewed(site) as running:
        yield running


# --- what editors get


def test_a_saved_body_is_there(site: Site, preview: Preview) -> None:
    site.edit(MOT, "Đoạn một.", "Đoạn hai.")
    within(8, lambda: "Đoạn hai." in preview.text(PAGE))
    within(2, lambda: len(preview.builds()) == 2)
    assert re.fullmatch(r"content/tin/mot\.md: \d+ rendered \(\d+ ms\)", preview.builds()[1])
    assert not preview.complained


def test_a_save_that_changes_nothing_has_its_line_too(site: Site, preview: Preview) -> None:
    site.write(MOT, (site.root / MOT).read_bytes())
    within(8, lambda: len(preview.builds()) == 2)
    assert re.fullmatch(r"content/tin/mot\.md: nothing to do \(\d+ ms\)", preview.builds()[1])
    time.sleep(1.5)  # the look at everything that follows has none
    assert len(preview.builds()) == 2


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["content/tin", "content/tin/mot.md"], "content/tin/mot.md"),
        (["content/tin/mot.md", "content", "content/tin"], "content/tin/mot.md"),
        (["content/tin"], "content/tin"),
        (["a/1", "a/2", "a/3", "a/4", "a"], "a/1, a/2, a/3 and 1 more"),
        ([], ""),
    ],
)
def test_a_line_names_files_and_not_the_folders_that_they_are_in(paths: list[str], words: str) -> None:
    assert named(paths) == words


def test_a_new_file_in_a_new_folder_is_named_alone(site: Site, preview: Preview) -> None:
    site.article("content/the-thao/moi/hai.md")
    within(8, lambda: preview.ask("/the-thao/hai/")[0] == 200)
    within(2, lambda: len(preview.builds()) > 1)
    assert preview.builds()[-1].startswith("content/the-thao/moi/hai.md: ")


def test_a6_after_a_mistake_the_last_good_pages_stand_under_it(site: Site, preview: Preview) -> None:
    site.edit(MOT, "date: 2024", "date: <script>alert(1)</script>")
    within(8, lambda: "ptnews-problems" in preview.text(PAGE))
    page = preview.text(PAGE)
    assert "Đoạn một." in page
    assert "content/tin/mot.md:3:7: error[date-unknown]" in page
    assert "<script>alert" not in page
    assert "    3 | date: &lt;script&gt;alert(1)&lt;/script&gt;-01-02T08:00\n      |       ^^^" in page
    assert "help: write 2022-11-29" in page
    within(2, lambda: any("content/tin/mot.md:3:7: error" in line for line in preview.complained))
    assert any("not built" in line for line in preview.builds())
    site.edit(MOT, "date: <script>alert(1)</script>", "date: 2024")
    within(8, lambda: "ptnews-problems" not in preview.text(PAGE))


def test_a6_a_site_that_never_built_shows_why(site: Site) -> None:
    site.article(MOT, date="29/11")
    with previewed(site) as preview:
        status, _, body = preview.ask("/")
        assert status == 500
        assert b"date-unknown" in body
        site.edit(MOT, "29/11", "2024-11-29")
        within(8, lambda: preview.ask("/")[0] == 200)


def test_a6_a_page_that_is_being_removed_is_there_or_is_not(site: Site, preview: Preview) -> None:
    site.article("content/tin/hai.md")
    within(8, lambda: preview.ask("/tin/hai/")[0] == 200)
    seen: set[int] = set()
    for turn in range(10):
        old, new = ("hai", "ba") if turn % 2 == 0 else ("ba", "hai")
        site.rename(f"content/tin/{old}.md", f"content/tin/{new}.md")
        end = time.monotonic() + 8
        while (status := preview.ask(f"/tin/{old}/")[0]) != 404:
            seen.add(status)
            assert time.monotonic() < end
        within(8, lambda new=new: preview.ask(f"/tin/{new}/")[0] == 200)  # type: ignore[misc]
    assert seen <= {200}


# --- how programs save


def in_place(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def in_three_parts(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8") as target:
        for start in range(3):
            target.write(text[start * len(text) // 3 : (start + 1) * len(text) // 3])
            target.flush()
            time.sleep(0.01)


def write_and_rename(file: Path, text: str) -> None:
    beside = file.with_name(file.name + ".tmp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def as_vim_does(file: Path, text: str) -> None:
    probe = file.with_name("4913")
    probe.touch()
    probe.unlink()
    backup = file.with_name(file.name + "~")
    file.rename(backup)
    file.write_text(text, encoding="utf-8")
    backup.unlink()


def as_emacs_does(file: Path, text: str) -> None:
    link = file.with_name(f".#{file.name}")
    link.symlink_to("user@host.1234")
    file.write_text(text, encoding="utf-8")
    link.unlink()


def as_jetbrains_do(file: Path, text: str) -> None:
    fresh, old = (file.with_name(f"{file.name}___jb_{kind}___") for kind in ("tmp", "old"))
    fresh.write_text(text, encoding="utf-8")
    file.rename(old)
    fresh.rename(file)
    old.unlink()


SAVES: list[Callable[[Path, str], None]] = [
    in_place,
    in_three_parts,
    write_and_rename,
    as_vim_does,
    as_emacs_does,
    as_jetbrains_do,
]


def test_f5_f8_however_it_is_saved(site: Site, preview: Preview) -> None:
    file = site.root / MOT
    for turn, save in enumerate(SAVES * 2):
        save(file, re.sub(r"Đoạn .*\.", f"Đoạn thứ {turn}.", file.read_text(encoding="utf-8")))
        within(8, lambda turn=turn: f"Đoạn thứ {turn}." in preview.text(PAGE))  # type: ignore[misc]
    assert not preview.complained
    assert {line.partition(": ")[0] for line in preview.builds()[1:]} == {MOT}


def test_f5_what_editors_leave_about_starts_no_build(site: Site, preview: Preview) -> None:
    folder = site.root / "content/tin"
    for turn in range(20):
        for name in (".mot.md.swp", "4913", "mot.md~", "#mot.md#", ".#mot.md", "mot.md.tmp", ".goutputstream-X"):
            (folder / name).write_text(str(turn), encoding="utf-8")
        for name in (".mot.md.swp", "4913", "mot.md~", "#mot.md#", ".#mot.md", "mot.md.tmp", ".goutputstream-X"):
            (folder / name).unlink()
    time.sleep(2)
    assert len(preview.builds()) == 1


def git(site: Site, *arguments: str) -> None:
    identity = ("-c", "user.name=Thử", "-c", "user.email=thu@bao.example", "-c", "gc.auto=0")
    subprocess.run(["git", *identity, *arguments], cwd=site.root, check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_f8_a_checkout_of_500_files_is_one_build(site: Site) -> None:
    site.article(MOT, "Đoạn một.")
    site.write(".gitignore", ".ptnews/\n")
    git(site, "init", "-q", "-b", "chinh")
    git(site, "add", "-A")
    git(site, "commit", "-qm", "một")
    git(site, "checkout", "-qb", "nhiều")
    for number in range(500):
        site.article(f"content/{('tin', 'the-thao')[number % 2]}/bai-{number}.md", f"Bài {number}.", date="2024-02-03")
    site.edit(MOT, "Đoạn một.", "Đoạn khác.")
    git(site, "add", "-A")
    git(site, "commit", "-qm", "nhiều")
    git(site, "checkout", "-q", "chinh")
    clean = Clean(site)
    with previewed(site) as preview:
        for branch, text in (("nhiều", "Đoạn khác."), ("chinh", "Đoạn một.")):
            before = len(preview.builds())
            git(site, "checkout", "-q", branch)
            within(30, lambda text=text: text in preview.text(PAGE))  # type: ignore[misc]
            clean.must_be_served(preview, 10)
            assert len(preview.builds()) == before + 1, preview.builds()


def test_f7_f8_a_burst_of_saves_is_one_build(site: Site, preview: Preview) -> None:
    for number in range(500):
        site.article(f"content/tin/bai-{number}.md", f"Bài {number}.")
    within(30, lambda: preview.ask("/tin/bai-499/")[0] == 200)
    Clean(site).must_be_served(preview, 5)
    within(2, lambda: len(preview.builds()) == 2)
    assert " and 497 more: " in preview.builds()[1]


def test_f8_folders_that_go_and_come_again(site: Site, preview: Preview) -> None:
    (site.root / "content/tin").rename(site.root / "content/the-thao")
    within(8, lambda: preview.ask("/the-thao/mot/")[0] == 200 and preview.ask(PAGE)[0] == 404)
    shutil.rmtree(site.root / "content")
    within(8, lambda: preview.ask("/the-thao/mot/")[0] == 404)
    site.article(MOT, "Trở lại.")
    within(20, lambda: "Trở lại." in preview.text(PAGE))
    site.edit(MOT, "Trở lại.", "Lần nữa.")
    within(3, lambda: "Lần nữa." in preview.text(PAGE))
    assert not preview.complained


def test_f8_templates_static_files_configuration_and_stats_count_too(site: Site, preview: Preview) -> None:
    site.write("templates/404.html", "{% extends 'base.html' %}{% block main %}<p>lạc rồi</p>{% endblock %}")
    within(20, lambda: "lạc rồi" in preview.text("/khong/"))
    site.write("static/css/site.css", "p { color: red }")
    within(20, lambda: preview.text("/css/site.css") == "p { color: red }")
    site.edit("ptnews.yml", "title: Báo thử", "title: Mới toanh")
    within(8, lambda: "<title>Mới toanh" in preview.text("/"))
    site.write("content/stats.yml", "today: 4321\n")
    within(8, lambda: "4321" in preview.text("/") or "4.321" in preview.text("/"))


def test_f8_what_the_next_test_looks_for_it_would_find(site: Site, preview: Preview) -> None:
    """A page that should be gone, a file that is of no build, a page that is missing."""
    clean = Clean(site)
    site.article("content/tin/hai.md")
    clean.must_be_served(preview, 8)
    wanted = clean.outputs()
    stray = site.root / SITE / "la.html"
    stray.write_text("lạ", encoding="utf-8")
    assert not clean.is_served(preview, wanted)
    stray.unlink()
    assert clean.is_served(preview, wanted)
    gone = {path: data for path, data in wanted.items() if path != "tin/hai/index.html"}
    assert not clean.is_served(preview, gone)
    assert not clean.is_served(preview, {**wanted, "tin/ba/index.html": b""})
    assert not clean.is_served(preview, {**wanted, "rss.xml": b""})


# --- hundreds of edits


class Desk:
    """A newsroom at work: each edit is one of the things that people and their programs do to a site."""

    FOLDERS = ("tin", "tin/sau", "the-thao", "the-thao/2024")

    def __init__(self, site: Site, seed: int) -> None:
        self.site, self.chance = site, random.Random(seed)
        self.number = 0

    def edit(self) -> None:
        """Something is done."""
        self.number += 1
        edits = [self._write] * 12 + [self._remove, self._draft, self._rename, self._move_folder] * 2
        edits += [self._template, self._style, self._picture, self._config, self._stats, self._mistake]
        self.chance.choice(edits)()
        time.sleep(self.chance.choice([0, 0, 0.01, 0.05]))

    def mend(self) -> None:
        """Whatever is wrong is put right."""
        for file in (self.site.root / "content").rglob("*.md"):
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace("title: 'hở", "title: T"), encoding="utf-8")
        self.site.write("templates/404.html", "{% extends 'base.html' %}{% block main %}lạc{% endblock %}")

    def _some(self) -> Path:
        files = sorted((self.site.root / "content").rglob("*.md"))
        return self.chance.choice(files) if files else self._write()

    def _write(self) -> Path:
        slug = f"bai-{self.chance.randrange(12)}"
        file = self.site.root / f"content/{self.chance.choice(self.FOLDERS)}/{slug}.md"
        twins = [each for each in (self.site.root / "content").rglob(file.name) if each != file]
        for twin in twins:  # two articles may not have one address
            twin.unlink()
        text = f"---\ntitle: T{self.number}\ndate: 2024-01-0{self.number % 9 + 1}\ntags: [t{self.number % 3}]\n---\n"
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch()
        self.chance.choice(SAVES)(file, f"{text}Đoạn {self.number}, [bài](bai-0.md)\n")
        return file

    def _remove(self) -> None:
        self._some().unlink()

    def _draft(self) -> None:
        file = self._some()
        text = file.read_text(encoding="utf-8")
        in_place(
            file,
            text.replace("draft: true\n", "") if "draft" in text else text.replace("---\n", "---\ndraft: true\n", 1),
        )

    def _rename(self) -> None:
        file = self._some()
        file.rename(file.with_name(f"doi-{self.number}.md"))

    def _move_folder(self) -> None:
        old, new = (self.site.root / "content" / each for each in self.chance.sample(("tin/sau", "tin/moi"), 2))
        if old.is_dir():
            shutil.rmtree(new, ignore_errors=True)
            old.rename(new)

    def _template(self) -> None:
        self.site.write(
            "templates/404.html", f"{{% extends 'base.html' %}}{{% block main %}}lạc {self.number}{{% endblock %}}"
        )

    def _style(self) -> None:
        self.site.write(f"static/css/own-{self.number % 3}.css", f"p {{ margin: {self.number}px }}")

    def _picture(self) -> None:
        self.site.write("static/.well-known/hinh.png", PNG + str(self.number).encode())

    def _config(self) -> None:
        file = self.site.root / "ptnews.yml"
        text = re.sub(r"(?m)^title: .*$", f"title: Báo {self.number}", file.read_text(encoding="utf-8"), count=1)
        write_and_rename(file, text)

    def _stats(self) -> None:
        self.site.write("content/stats.yml", f"total: {1000 + self.number}\n")

    def _mistake(self) -> None:
        if self.chance.random() < 0.3:
            self.site.write("templates/404.html", "{% block %}")
            return
        file = self._some()
        in_place(file, file.read_text(encoding="utf-8").replace("title: T", "title: 'hở", 1))


def test_f8_after_many_edits_what_is_served_is_a_clean_build(site: Site, preview: Preview) -> None:
    desk, clean = Desk(site, 7), Clean(site)
    everyone = preview.family()
    desk.mend()
    clean.must_be_served(preview, 15)
    before: list[tuple[int, int, int]] = []
    for round_ in range(RUNS if SOAK else RUNS // 2):  # of twenty edits each
        for turn in range(20):
            desk.edit()
            if turn % 5 == 0:  # a tab is opened and closed
                with socket.create_connection(("127.0.0.1", preview.port)) as tab:
                    tab.sendall(b"GET /_ptnews/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    tab.recv(1000)
        if round_ % 4 == 0:
            fails = clean.fails()
            within(15, lambda fails=fails: ("ptnews-problems" in preview.text("/")) == fails)  # type: ignore[misc]
        desk.mend()
        clean.must_be_served(preview, 15)
        before = before or _held(everyone)
    assert preview.family() == everyone
    for (files, threads, memory), (files_now, threads_now, memory_now) in zip(before, _held(everyone), strict=True):
        assert files_now <= files + 4
        assert threads_now <= threads + 8
        assert memory_now <= memory + 32 * 2**20


def _held(everyone: list[psutil.Process]) -> list[tuple[int, int, int]]:
    """Open files, threads, bytes of each."""
    return [(each.num_fds(), each.num_threads(), each.memory_info().rss) for each in everyone]


@pytest.mark.skipif(not EVENTS.exists(), reason="no inotify here")
def test_f7_lost_events_are_made_up_for(site: Site, preview: Preview) -> None:
    limit = int(EVENTS.read_text(encoding="ascii"))
    if limit > 100_000:
        pytest.skip("this system's queue is too long to be filled")
    os.kill(preview.process.pid, signal.SIGSTOP)
    for number in range(limit // 4 + 500):  # create, open, close, delete
        file = site.root / f"content/tin/qua-{number}.txt"
        file.write_bytes(b"")
        file.unlink()
    site.edit(MOT, "Đoạn một.", "Sau cơn mưa.")
    os.kill(preview.process.pid, signal.SIGCONT)
    within(20, lambda: "Sau cơn mưa." in preview.text(PAGE))
    site.edit(MOT, "Sau cơn mưa.", "Trời lại sáng.")
    within(3, lambda: "Trời lại sáng." in preview.text(PAGE))
    assert not preview.complained


@pytest.mark.long
def test_f6_with_nothing_saved_nothing_is_built_and_hardly_anything_done(site: Site, preview: Preview) -> None:
    time.sleep(2.0)
    lines = list(preview.lines)
    everyone = preview.family()

    def used() -> float:
        return sum(sum(each.cpu_times()[:2]) for each in everyone)

    before = used()
    for file in site.root.rglob("*.md"):
        file.read_bytes()
    subprocess.run(["ls", "-lR", str(site.root)], capture_output=True, check=True)
    time.sleep(60)
    assert preview.lines == lines
    assert used() - before < 0.01 * 60
