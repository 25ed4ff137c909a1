"""Builds by a process that goes on: what it was told of is looked at, and what comes of it equals a clean build."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from phanthiet_news.build import Kept, Request, build
from site_in_a_string import AS_OF, PICTURES, Site

FOLDERS = ("content/tin", "content/tin/sau", "content/the-thao", "content/tin/goi")


class Told:
    """A site, and a process that builds it; each change is told as a watcher of files would."""

    def __init__(self, site: Site) -> None:
        self.site, self.kept = site, Kept()
        self.build(None)

    def build(self, touched: list[str] | None) -> None:
        self.kept.touched = None if touched is None else [str(self.site.root / path) for path in touched]
        build(Request(root=self.site.root, pictures=PICTURES, as_of=AS_OF, jobs=1), kept=self.kept)

    def equals_clean(self, elsewhere: Path) -> bool:
        out, memory = elsewhere / "out", elsewhere / "memory"
        build(Request(root=self.site.root, out=out, memory=memory, pictures=PICTURES, as_of=AS_OF, jobs=1))
        files = (file for file in (elsewhere / "out").rglob("*") if file.is_file())
        return {file.relative_to(elsewhere / "out").as_posix(): file.read_bytes() for file in files} == self.site.tree()


def change(site: Site, pick: random.Random, number: int) -> list[str]:
    """One change as people make them; the paths of it."""
    there = sorted(str(file.relative_to(site.root)) for file in site.root.glob("content/**/*.md"))
    folder = pick.choice(FOLDERS)
    what = pick.choice(("write", "edit", "edit", "delete", "rename", "move folder", "delete folder", "static"))
    if what == "write" or not there:
        site.article(f"{folder}/bai-{number}.md", title=f"Bài {number}")
        return [f"{folder}/bai-{number}.md"]
    path = pick.choice(there)
    if what == "edit":
        site.write(path, (site.root / path).read_text(encoding="utf-8") + f"\nThêm {number}.\n")
        return [path]
    if what == "delete":
        site.remove(path)
        return [path]
    if what == "rename":
        site.rename(path, f"{folder}/doi-{number}.md")
        return [path, f"{folder}/doi-{number}.md"]
    if what == "static":
        site.write(f"static/so-{number % 3}.txt", f"{number}")
        return [f"static/so-{number % 3}.txt"]
    old = os.path.dirname(path)
    if what == "move folder" and old != "content/tin":
        site.rename(old, f"content/tin/cho-{number}")
        return [old, f"content/tin/cho-{number}"]
    site.remove(old)
    return [old]


@pytest.mark.parametrize("seed", range(4))
def test_f8_what_was_told_is_enough(site: Site, tmp_path: Path, seed: int) -> None:
    for number in range(6):
        site.article(f"{FOLDERS[number % 4]}/dau-{number}.md", title=f"Đầu {number}")
    told, pick = Told(site), random.Random(seed)
    for number in range(25):
        touched = [path for _ in range(pick.randint(1, 3)) for path in change(site, pick, number)]
        told.build(touched)
        assert told.equals_clean(tmp_path / str(number)), (number, touched)


def test_folders_that_were_not_told_of_are_not_listed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        site.article(f"content/tin/thang-{number}/bai-{number}.md")
    told = Told(site)
    listed: list[str] = []
    scandir = os.scandir

    def spying(folder: str) -> object:
        listed.append(str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", spying)
    site.edit("content/tin/thang-3/bai-3.md", "Thân bài.", "Thân đã sửa.")
    told.build(["content/tin/thang-3/bai-3.md"])
    assert [each for each in listed if "content" in each] == [str(site.root / "content/tin/thang-3")]
    assert "Thân đã sửa." in site.text("tin/bai-3/index.html")


def test_g2_a_look_at_everything_heals_what_was_not_told(site: Site) -> None:
    site.article("content/tin/mot.md", "Đoạn một.")
    told = Told(site)
    (site.out / "tin/mot/index.html").write_text("hỏng", encoding="utf-8")
    site.article("content/tin/hai.md")
    told.build(None)
    assert "Đoạn một." in site.text("tin/mot/index.html")
    assert (site.out / "tin/hai/index.html").exists()


def test_g6_what_another_process_built_meanwhile_is_looked_at(site: Site) -> None:
    site.article("content/tin/mot.md", "Đoạn một.")
    told = Told(site)
    site.edit("content/tin/mot.md", "Đoạn một.", "Đoạn hai.")
    site.build()
    site.edit("content/tin/mot.md", "Đoạn hai.", "Đoạn ba.")
    told.build([])
    assert "Đoạn ba." in site.text("tin/mot/index.html")
