"""What the watcher tells of: every save, nothing else, and whether it sees everything."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from previewing import Preview, previewed, within

from phanthiet_news.serve.session import LOOK_AT_LEAST_EVERY, LOOK_EVERY, POLL_EVERY, pause
from phanthiet_news.serve.watch import WATCHED, Watcher
from site_in_a_string import Site

MOT = "content/tin/mot.md"
PAGE = "/tin/mot/"


class Told:
    """What a watcher told of."""

    def __init__(self, root: Path) -> None:
        self._lock, self._paths = threading.Lock(), set[str]()
        self.watcher = Watcher(root, self._note)
        self.watcher.start()

    def _note(self, path: str) -> None:
        with self._lock:
            self._paths.add(path)

    def paths(self) -> set[str]:
        """Since it was asked the last time."""
        with self._lock:
            paths, self._paths = self._paths, set()
            return paths

    def hears_of(self, *paths: str, seconds: float = 3.0) -> None:
        """Of one of these, at least."""
        within(seconds, lambda: self.paths() & set(paths))

    def is_quiet(self) -> None:
        """Wait until nothing more is told."""
        time.sleep(0.1)
        while self.paths():
            time.sleep(0.1)


@pytest.fixture
def told(site: Site) -> Iterator[Told]:
    site.article(MOT)
    site.write("static/css/site.css", "")
    found = Told(site.root)
    yield found
    found.watcher.stop()


@pytest.mark.parametrize(
    "path",
    [
        MOT,
        "ptnews.yml",
        "content/stats.yml",
        "templates/base.html",
        "static/css/site.css",
        "static/.well-known/security.txt",
        "static/.htaccess",
        "static/.nojekyll",
        "content/moi/sau/hon/bai.md",
    ],
)
def test_f7_what_a_build_reads_is_told_of(site: Site, told: Told, path: str) -> None:
    site.write(path, "mới")
    told.hears_of(path, *map(str, Path(path).parents))  # of a new folder it is enough to hear


def test_f5_f6_what_no_build_reads_is_not(site: Site, told: Told) -> None:
    for path in (".ptnews/preview/x", "build/index.html", "README.md", "content/.git/x", "content/.htaccess"):
        site.write(path, "")
    for name in ("4913", "mot.md~", ".mot.md.swp", "#mot.md#", ".#mot.md", "mot.md.tmp", "mot.md___jb_tmp___"):
        site.write(f"content/tin/{name}", "").unlink()
        site.write(f"static/{name}", "").unlink()
    (site.root / MOT).read_bytes()
    list((site.root / "content").rglob("*"))
    site.write("content/tin/cuoi.md", "")
    time.sleep(0.3)
    assert told.paths() == {"content/tin/cuoi.md"}


def test_f7_a_folder_made_again_at_once_is_watched_again(site: Site, told: Told) -> None:
    """Its inode may be that of the one before."""
    with warnings.catch_warnings(record=True) as warned:
        for turn in range(24):
            name = WATCHED[turn % 3]
            shutil.rmtree(site.root / name, ignore_errors=True)
            (site.root / name).mkdir()
            time.sleep(0.002 * (turn % 4))
            site.write(f"{name}/mot-{turn}.md", "")
            told.hears_of(f"{name}/mot-{turn}.md", name)
            told.is_quiet()
            site.write(f"{name}/sau/hai-{turn}.md", "")
            told.hears_of(f"{name}/sau/hai-{turn}.md")
    assert not warned


def test_f7_a_folder_that_is_put_away_and_brought_back_is_watched_again(site: Site, told: Told) -> None:
    for turn in range(10):
        (site.root / "content").rename(site.root / "aside")
        told.hears_of("content")
        (site.root / "aside").rename(site.root / "content")
        told.hears_of("content")
        site.write(MOT, str(turn))
        told.hears_of(MOT)


def test_f7_a_folder_that_is_a_link_is_watched_where_it_leads(site: Site, tmp_path: Path) -> None:
    (tmp_path / "elsewhere/tin").mkdir(parents=True)
    (site.root / "content").symlink_to(tmp_path / "elsewhere")
    told = Told(site.root)
    site.write(MOT, "")
    told.hears_of(MOT)
    site.write("content/hai.md", "")
    told.hears_of("content/hai.md")
    told.watcher.stop()


# --- where the system has no more watches to give


def few(what: str, number: int) -> list[str]:
    """A command that gives those that it starts a world with few of something."""
    return [
        "unshare",
        "--user",
        "--map-root-user",
        "sh",
        "-c",
        f'echo {number} >/proc/sys/user/{what}; exec "$@"',
        "sh",
    ]


def can_be_few() -> bool:
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    command = [*few("max_inotify_watches", 1), "cat", "/proc/sys/user/max_inotify_watches"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout == "1\n"


limited = pytest.mark.skipif(not can_be_few(), reason="no world of one's own to be had here")


def said_once(preview: Preview) -> bool:
    return len([line for line in preview.complained if "no more watches" in line]) == 1


@limited
@pytest.mark.parametrize(("what", "number"), [("max_inotify_instances", 0), ("max_inotify_watches", 12)])
def test_f7_where_watches_run_out_it_looks_and_says_so(site: Site, what: str, number: int) -> None:
    for folder in range(30):
        site.article(f"content/muc-{folder}/bai-{folder}.md", "Đoạn một.", category="tin")
    with previewed(site, around=few(what, number)) as preview:
        within(5, lambda: said_once(preview))
        for folder in (0, 15, 29):
            site.edit(f"content/muc-{folder}/bai-{folder}.md", "Đoạn một.", "Đoạn hai.")
            within(4, lambda folder=folder: "Đoạn hai." in preview.text(f"/tin/bai-{folder}/"))  # type: ignore[misc]
        assert said_once(preview)
        assert len(preview.complained) == 1


@limited
def test_f7_where_watches_run_out_later_that_is_noticed(site: Site) -> None:
    site.article(MOT, "Đoạn một.")
    with previewed(site, around=few("max_inotify_watches", 40)) as preview:
        site.edit(MOT, "Đoạn một.", "Đoạn hai.")
        within(4, lambda: "Đoạn hai." in preview.text(PAGE))
        time.sleep(2)
        assert not preview.complained
        for folder in range(60):
            site.article(f"content/muc-{folder}/bai-{folder}.md", "Đoạn một.", category="tin")
        within(8, lambda: said_once(preview))
        site.edit("content/muc-59/bai-59.md", "Đoạn một.", "Đoạn hai.")
        within(4, lambda: "Đoạn hai." in preview.text("/tin/bai-59/"))


def test_f6_f7_looks_without_an_event_are_neither_too_many_nor_too_few() -> None:
    assert pause(0.01, sees_all=True) == LOOK_EVERY
    assert pause(0.2, sees_all=True) == pytest.approx(30.0), "less than a hundredth of the time"
    assert pause(1000.0, sees_all=True) == LOOK_AT_LEAST_EVERY <= 60
    assert pause(0.01, sees_all=False) == POLL_EVERY == 1
    assert pause(0.5, sees_all=False) == pytest.approx(5.0)
    assert pause(1000.0, sees_all=False) == LOOK_AT_LEAST_EVERY
