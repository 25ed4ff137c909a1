"""The same bytes whoever builds, wherever and in whatever surroundings. The real command, each time from nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE

import pytest

from site_in_a_string import AS_OF, PNG, Site

POOL = 240  # articles; so many that pages are rendered by a pool

CONFIG = """\
title: Báo thử
base_url: https://bao.example/tin
timezone: Europe/Berlin
categories:
  - {slug: tin, title: Tin tức}
  - {slug: the-thao, title: Thể thao}
authors: {an: {name: An, role: Phóng viên}}
per_page: 4
"""


def newsroom(site: Site, count: int) -> Site:
    """Articles with all that might hang on order, clock or place: ties, tags, footnotes, links, mistakes."""
    site.write("ptnews.yml", CONFIG)
    site.write("content/stats.yml", "online: 37\ntotal: 3548942\nas_of: 2024-05-31T23:59\n")
    site.write("content/tin/ảnh bìa.png", PNG)
    site.write("content/tin/bieu-mau.pdf", "pdf")
    for number in range(count):
        category = ("tin", "the-thao")[number % 2]
        site.article(
            f"content/{category}/bai-{number}.md",
            f'## Mục\n\nMột[^{number}] "hai" *[HTML]: x\n\n[kia](bai-{number + 2}.md#muc) <b onclick=x id=y>z</b>\n\n'
            f"![ảnh](</tin/ảnh bìa.png>)\n\n[mẫu](/tin/bieu-mau.pdf)\n\n[^{number}]: Chú thích.\n",
            title=f"Bài {number % 9}",
            date=f"2024-0{1 + number % 5}-1{number % 3}",
            tags=f"[Biển, Tag {number % 7}, Tag {number % 4}]",
            authors="[an, Bình, Hồng Tú]",
            featured="yes" if number % 5 == 0 else "no",
            toc="yes",
        )
    site.article("content/tin/mua-he.md", date="2024-10-27T02:30+01:00", expires="2030-01-01")
    return site


def built(
    root: Path,
    out: Path,
    *arguments: str,
    cwd: Path | None = None,
    umask: int = 0o022,
    names: Mapping[str, str] | None = None,
) -> Path:
    """Build with the real command and no state. The surroundings are plain but for `names`."""
    plain = {
        "PATH": os.environ["PATH"],
        "HOME": str(root.parent),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
    }
    command = [sys.executable, "-m", "phanthiet_news", "build", "-C", str(root), "-o", str(out), "--as-of", AS_OF]
    done = subprocess.run(
        [*command, *arguments],
        cwd=cwd or root,
        env=plain | dict(names or {}),
        umask=umask,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return out


def tree(out: Path) -> dict[str, bytes]:
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()}


def assert_same(first: Mapping[str, bytes], second: Mapping[str, bytes]) -> None:
    assert list(first) == list(second)
    assert [path for path in first if first[path] != second[path]] == []


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small newsroom; its drafts of a state are thrown away, so that every build is a first one."""
    return newsroom(Site(tmp_path_factory.mktemp("room")), 24).root


@pytest.fixture(scope="module")
def expected(room: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    found = tree(built(room, tmp_path_factory.mktemp("expected") / "out"))
    assert "tin/bai-0/index.html" in found
    assert "tin/trang/1/index.html" in found
    return found


@pytest.mark.parametrize(
    "names",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "4294967295"},
        {"TZ": "America/Los_Angeles"},
        {"TZ": "Pacific/Kiritimati", "LANG": "tr_TR.UTF-8", "LC_ALL": ""},
        {"LC_ALL": "C"},
        {"LC_ALL": "vi_VN.UTF-8", "LANGUAGE": "vi"},
        {"SOURCE_DATE_EPOCH": "86400", "COLUMNS": "20", "NO_COLOR": "1", "USER": "ai", "HOSTNAME": "máy"},
        {"PYTHONOPTIMIZE": "2"},
    ],
    ids=lambda names: ",".join(names),
)
def test_h7_surroundings_change_no_byte(
    room: Path, expected: dict[str, bytes], tmp_path: Path, names: dict[str, str]
) -> None:
    assert_same(expected, tree(built(room, tmp_path / "out", names=names)))


def test_h7_neither_the_folder_one_stands_in_nor_the_place_of_the_site_changes_a_byte(
    room: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    assert_same(expected, tree(built(room, tmp_path / "out", cwd=Path("/"))))
    moved = tmp_path / "một nơi khác" / "sâu hơn"
    shutil.copytree(room, moved, ignore=shutil.ignore_patterns(".ptnews"))
    assert_same(expected, tree(built(moved, tmp_path / "out-2", cwd=tmp_path)))
    assert str(tmp_path).encode() not in b"".join(tree(tmp_path / "out-2").values())


def test_h7_the_order_in_which_files_were_made_changes_no_byte(
    room: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    files = sorted((file for file in room.rglob("*") if file.is_file() and ".ptnews" not in file.parts), reverse=True)
    for file in files:
        copy = tmp_path / "site" / file.relative_to(room)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
        os.utime(copy, (0, 0))
    assert_same(expected, tree(built(tmp_path / "site", tmp_path / "out")))


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_h7_the_umask_changes_neither_bytes_nor_who_may_read_them(
    room: Path, expected: dict[str, bytes], tmp_path: Path, umask: int
) -> None:
    out = built(room, tmp_path / "out", umask=umask)
    assert_same(expected, tree(out))
    for file in out.rglob("*"):
        assert S_IMODE(file.stat().st_mode) & 0o444 & ~umask == 0o444 & ~umask


def test_h7_a_second_build_writes_the_same_and_writes_nothing(room: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(room, site, ignore=shutil.ignore_patterns(".ptnews"))
    first = tree(built(site, site / "build"))
    times = {file: file.stat().st_mtime_ns for file in (site / "build").rglob("*")}
    assert_same(first, tree(built(site, site / "build")))
    assert_same(first, tree(built(site, site / "build", "--clean")))
    assert {file: file.stat().st_mtime_ns for file in (site / "build").rglob("*")} == times


def test_h7_one_process_and_several_write_the_same_bytes(tmp_path: Path) -> None:
    site = newsroom(Site(tmp_path), POOL)
    copies = [tmp_path / name for name in ("one", "two", "four")]
    for copy in copies:
        shutil.copytree(site.root, copy)
    jobs = zip(copies, ("1", "2", "4"), strict=True)
    with ThreadPoolExecutor() as runs:
        one, *others = runs.map(lambda job: tree(built(job[0], job[0] / "build", "--jobs", job[1])), jobs)
    assert len([path for path in one if path.endswith("index.html")]) > POOL
    for other in others:
        assert_same(one, other)
