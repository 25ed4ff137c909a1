"""Disks that are full, over quota, broken, read-only, or somebody else's: promise G7."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from newsroom import tree

from accidents import change_much, clean_tree, newsroom, theirs_removed
from killing import in_a_child
from phanthiet_news import folder
from phanthiet_news.build import Kept, Request, build
from phanthiet_news.folder import TEMPORARY
from phanthiet_news.problem import Failure
from phanthiet_news.publish import Edition
from phanthiet_news.state import State
from site_in_a_string import AS_OF, Site

NOBODY = 65534


def fill(disk: Path, room: int) -> Path:
    """Leave so many bytes free."""
    filler = disk / "day"
    left = os.statvfs(disk)
    filler.write_bytes(bytes(left.f_bavail * left.f_bsize - room))
    return filler


class Press:
    """A site whose output and memory may lie anywhere; it was built once, and much has changed since."""

    def __init__(self, site: Site, out: Path, memory: Path) -> None:
        self.site, self.out = site, out
        self.request = Request(root=site.root, out=out, memory=memory, as_of=AS_OF, jobs=1)
        newsroom(site, 5)
        build(self.request)
        self.before = tree(out)
        change_much(site)

    def build(self) -> None:
        build(self.request)

    def assert_the_old_site_stands(self) -> None:
        assert tree(self.out) == self.before

    def assert_all_is_well_again(self) -> None:
        build(self.request)
        assert tree(self.out) == clean_tree(self.site)

    def assert_only_time_was_lost(self) -> None:
        """The old site stands with nothing half made in it, and the next build goes through."""
        self.assert_the_old_site_stands()
        self.assert_all_is_well_again()


# --- full


@pytest.mark.parametrize("room", [0, 8_000, 60_000])
@pytest.mark.parametrize("what", ["out", "memory"])
def test_g7_no_space_left(site: Site, disk: Path, tmp_path: Path, what: str, room: int) -> None:
    places = {"out": tmp_path / "out", "memory": tmp_path / "memory"} | {what: disk / "ptnews"}
    press = Press(site, **places)
    filler = fill(disk, room)
    with pytest.raises(Failure, match=r"no space left|disk is full") as caught:
        press.build()
    assert caught.value.exit_code == 3
    press.assert_the_old_site_stands()
    assert not list(tmp_path.rglob(f"*{TEMPORARY}"))
    filler.unlink()
    press.assert_all_is_well_again()


def limit_files_after(monkeypatch: pytest.MonkeyPatch, kind: type, name: str) -> None:
    """From the end of this step on no file may be longer than a page is."""
    plain = getattr(kind, name)

    def limiting(*rest: Any, **more: Any) -> Any:
        found = plain(*rest, **more)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        return found

    monkeypatch.setattr(kind, name, limiting)


@pytest.mark.parametrize(("kind", "name"), [(State, "learn"), (State, "plan")], ids=["staging", "publishing"])
def test_g7_files_that_may_not_grow(
    site: Site, other_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type, name: str
) -> None:
    press = Press(site, other_disk / "out", tmp_path / "memory")
    with monkeypatch.context() as patch:
        limit_files_after(patch, kind, name)
        failure = in_a_child(press.build)
    assert failure
    assert failure.exit_code == 3
    assert "file too large" in str(failure)
    press.assert_only_time_was_lost()


def test_g7_a_state_that_may_not_grow_when_all_is_published(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = Press(site, tmp_path / "out", tmp_path / "memory")
    with monkeypatch.context() as patch:
        limit_files_after(patch, Edition, "publish")
        failure = in_a_child(press.build)
    assert failure
    assert (failure.exit_code, failure.problems[0].path) == (3, ".ptnews/state-" + press_state(tmp_path))
    assert tree(press.out) == clean_tree(site)
    press.assert_all_is_well_again()


def press_state(tmp_path: Path) -> str:
    """The end of the name of the state's file."""
    [file] = (tmp_path / "memory").glob("state-*.sqlite")
    return file.name.removeprefix("state-")


# --- broken, over quota


def refused_at(number: int, function: Callable[..., Any], error: int, fired: list[int]) -> Callable[..., Any]:
    """The function, but that its n-th call is refused."""

    def call(*rest: Any, **more: Any) -> Any:
        fired.append(error)
        if len(fired) == number:
            raise OSError(error, os.strerror(error))
        return function(*rest, **more)

    return call


@pytest.mark.parametrize("error", [errno.EIO, errno.EDQUOT], ids=["broken", "over quota"])
@pytest.mark.parametrize("number", [1, 7])
def test_g7_a_disk_that_refuses_to_write_leaves_the_old_site(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, number: int
) -> None:
    press = Press(site, tmp_path / "out", tmp_path / "memory")
    fired: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(folder, "_write", refused_at(number, folder._write, error, fired))
        with pytest.raises(Failure, match=os.strerror(error).lower()) as caught:
            press.build()
    assert caught.value.exit_code == 3
    assert len(fired) >= number
    press.assert_only_time_was_lost()


@pytest.mark.parametrize("is_new", [True, False], ids=["empty folder", "old site"])
def test_g7_a_disk_that_is_mounted_as_the_same_one_gets_the_site(
    site: Site, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    """As containers do it: both have one number, but nothing can be moved from one to the other."""
    newsroom(site, 5)
    if is_new:
        shutil.rmtree(site.out)
        site.out.mkdir()
    else:
        site.build()
        change_much(site)
    moved = os.replace

    def apart(source: str, target: str) -> None:
        if f"-{folder.STAGE}{os.sep}" in str(source) and str(target).startswith(str(site.out)):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), source)
        moved(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", apart)
        site.build()
    assert (tree(site.out) if is_new else theirs_removed(tree(site.out))) == clean_tree(site)
    assert site.build().rendered == []


@pytest.mark.parametrize("number", [1, 7])
def test_g7_another_disk_that_refuses_leaves_the_old_site(
    site: Site, other_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    press = Press(site, other_disk / "out", tmp_path / "memory")
    fired: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", refused_at(number, shutil.copyfile, errno.EIO, fired))
        with pytest.raises(Failure, match=os.strerror(errno.EIO).lower()) as caught:
            press.build()
    assert (caught.value.exit_code, len(fired)) == (3, number)
    press.assert_only_time_was_lost()


def test_g7_a_disk_that_breaks_while_files_are_moved_leaves_whole_files(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = Press(site, tmp_path / "out", tmp_path / "memory")
    after = clean_tree(site)
    fired: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(folder, "_replace", refused_at(9, folder._replace, errno.EIO, fired))
        with pytest.raises(Failure, match=os.strerror(errno.EIO).lower()) as caught:
            press.build()
    assert (caught.value.exit_code, len(fired)) == (3, 9)
    made = tree(press.out)
    assert made != press.before
    assert all(data in (press.before.get(path), after.get(path)) for path, data in made.items() if path != ".ptnews")
    press.assert_all_is_well_again()


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_g7_a_process_that_goes_on_knows_what_it_had_moved_when_the_disk_broke(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_taken_back: bool
) -> None:
    press, kept = Press(site, tmp_path / "out", tmp_path / "memory"), Kept()
    build(press.request, kept=kept)
    new = site.article("content/tin/moi.md", date="2024-03-01")
    with monkeypatch.context() as patch:
        patch.setattr(folder, "_replace", refused_at(9, folder._replace, errno.EIO, []))
        with pytest.raises(Failure, match=os.strerror(errno.EIO).lower()):
            build(press.request, kept=kept)
    assert (press.out / "tin/moi/index.html").exists()
    if is_taken_back:
        new.unlink()
    else:
        site.edit("content/tin/moi.md", "Thân", "Khúc")
    build(press.request, kept=kept)
    assert tree(press.out) == clean_tree(site)


# --- not ours to write


@pytest.mark.parametrize("what", ["out", "memory"])
def test_g7_a_read_only_disk(site: Site, disk: Path, tmp_path: Path, what: str) -> None:
    places = {"out": tmp_path / "out", "memory": tmp_path / "memory"} | {what: disk / "ptnews"}
    press = Press(site, **places)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(Failure, match="read-only") as caught:
        press.build()
    assert caught.value.exit_code == 3
    press.assert_the_old_site_stands()
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    press.assert_all_is_well_again()


def as_nobody(make: Callable[[], object]) -> Callable[[], object]:
    """With no more rights than anybody has, should this be root."""

    def call() -> object:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        return make()

    return call


LOCKED = {
    "the output": ("out", 0o555),
    "a folder in it": ("out/tin", 0o555),
    "the folder of a page": ("out/tin/bai-1", 0o555),
    "the memory": ("memory", 0o555),
    "the state": ("memory/state.sqlite", 0o000),
    "an article": ("site/content/tin/bai-1.md", 0o000),
    "the configuration": ("site/ptnews.yml", 0o000),
    "a static file": ("site/static/moi.txt", 0o000),
    "the articles": ("site/content/tin", 0o000),
}


@pytest.mark.parametrize(("locked", "mode"), LOCKED.values(), ids=LOCKED.keys())
def test_g7_no_permission(locked: str, mode: int) -> None:
    place = Path(tempfile.mkdtemp(prefix="ptnews-"))
    try:
        press = Press(Site(place), place / "out", place / "memory")
        (place / "memory/lock").unlink()
        name = locked
        if locked.endswith("state.sqlite"):
            [file] = (place / "memory").glob("*.sqlite")
            name = f"memory/{file.name}"
        for file in [place, *place.rglob("*")]:
            if os.geteuid() == 0:
                os.chown(file, NOBODY, NOBODY)
        (place / name).chmod(mode)
        failure = in_a_child(as_nobody(press.build))
        assert failure
        assert failure.exit_code == 3
        assert "permission denied" in str(failure) or "unable to open" in str(failure)
        press.assert_the_old_site_stands()
        (place / name).chmod(0o755)
        assert in_a_child(as_nobody(press.build)) is None
        assert tree(press.out) == clean_tree(press.site)
    finally:
        shutil.rmtree(place)
