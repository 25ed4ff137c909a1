"""Work on executors from outside: the same pages, to the byte, wherever they are made."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from phanthiet_news.build import Request, build
from phanthiet_news.problem import EXIT_CONFIG, Failure
from site_in_a_string import AS_OF, PICTURES, Site

ARTICLES = 250


def threads() -> Executor:
    return ThreadPoolExecutor(4, thread_name_prefix="elsewhere")


@pytest.fixture
def large(site: Site) -> Site:
    for number in range(ARTICLES):
        body = f"Đoạn **{number}**, xem [bài](bai-{(number + 1) % ARTICLES}.md).[^1]\n\n[^1]: Ghi chú {number}."
        site.article(f"content/tin/bai-{number}.md", body, title=f"Bài {number}", tags=f"[Thẻ {number % 9}]")
    site.build()
    return site


def built_elsewhere(site: Site, folder: Path, executor: str) -> dict[str, bytes]:
    out = folder / "out"
    build(Request(root=site.root, out=out, memory=folder / "memory", pictures=PICTURES, as_of=AS_OF, executor=executor))
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*") if file.is_file()}


def test_threads_make_the_same_pages(large: Site, tmp_path: Path) -> None:
    assert built_elsewhere(large, tmp_path, f"{__name__}:threads") == large.tree()
    assert not [each for each in threading.enumerate() if each.name.startswith("elsewhere")]


def test_processes_that_are_no_copies_of_this_one_make_the_same_pages(large: Site) -> None:
    """Beside a thread none may be copied: they begin afresh, and are sent what they work on."""
    expected, end = large.tree(), threading.Event()
    shutil.rmtree(large.root / "build")
    shutil.rmtree(large.root / ".ptnews")
    threading.Thread(target=end.wait, daemon=True).start()
    try:
        large.build(jobs=2)
    finally:
        end.set()
    assert large.tree() == expected


def test_a_dask_cluster_makes_the_same_pages(large: Site) -> None:
    pytest.importorskip("distributed")
    expected = large.tree()
    shutil.rmtree(large.root / "build")
    shutil.rmtree(large.root / ".ptnews")
    command = [sys.executable, "-m", "phanthiet_news", "build", "--as-of", AS_OF]
    done = subprocess.run(
        [*command, "--executor", "phanthiet_news.cluster:dask"], cwd=large.root, capture_output=True, text=True
    )
    assert (done.returncode, "error" in done.stderr) == (0, False), done.stderr
    assert large.tree() == expected


@pytest.mark.parametrize("name", ["khong.co:gi", "phanthiet_news.cluster:khong_co", "phanthiet_news.cluster", ""])
def test_an_executor_that_is_not_there_is_told(site: Site, name: str) -> None:
    with pytest.raises(Failure) as caught:
        build(Request(root=site.root, as_of=AS_OF, executor=name or ":"))
    [problem] = caught.value.problems
    assert (problem.path, problem.code, caught.value.exit_code) == ("--executor", "executor", EXIT_CONFIG)
