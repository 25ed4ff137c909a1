"""Processes of a build: they die with it, however it ends, and with them what they were at. Promise G3."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from accidents import COMMAND, clean_tree, newsroom, own, wait_until
from killing import living_in_session
from phanthiet_news.build import Request, build
from phanthiet_news.parallel import Workers
from phanthiet_news.problem import Failure
from site_in_a_string import AS_OF, Site

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")


@contextmanager
def building(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """A build that has workers. What it says is kept beside the site."""
    command = [*COMMAND, "-C", str(site.root), "-q", "--jobs", "2"]
    with open(site.root.parent / "said", "wb") as said:
        process = subprocess.Popen(command, start_new_session=True, stderr=said)
    assert wait_until(lambda: len(living_in_session(process.pid)) >= 3, 20), "no worker was seen"
    yield process
    process.wait(timeout=10)


def test_g3_workers_die_with_their_parent(site: Site) -> None:
    newsroom(site, 600)
    with building(site) as process:
        process.kill()
    assert wait_until(lambda: not living_in_session(process.pid), 1)


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_g3_a_build_that_is_told_to_end_ends_with_all_that_it_began(
    site: Site, sent: signal.Signals, code: int, turn: int
) -> None:
    """While it reads, and while its workers write on the stage."""
    newsroom(site, 400)
    stage = site.root / ".ptnews/state-stage"
    with building(site) as process:
        time.sleep(0.1)  # Python loses what comes while it forks
        assert not turn or wait_until(lambda: any(file.is_file() for file in stage.rglob("*")), 20)
        process.send_signal(sent)
    assert process.returncode == code, (site.root.parent / "said").read_text()
    assert not living_in_session(process.pid)
    assert own(site) == {}
    assert not stage.exists()


def test_g3_a_stage_that_can_not_be_cleared_hides_no_mistake(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom(site, 3)
    site.write("templates/article.html", "{{ khong_co }}")
    refused = []

    def refusing(folder: str) -> None:
        refused.append(folder)
        raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))

    def when_rendering(stage: str, done: int, total: int) -> None:
        monkeypatch.setattr(shutil, "rmtree", refusing)

    with pytest.raises(Failure) as caught:
        build(Request(root=site.root, as_of=AS_OF, jobs=1), when_rendering)
    assert refused
    assert caught.value.exit_code == 1


SLOW_PARENT = """
    import os, sys, threading, time
    from phanthiet_news.parallel import Workers

    def work(numbers):
        time.sleep(60)

    if __name__ == "__main__":
        if "threads" in sys.argv:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        if "server" in sys.argv:
            import multiprocessing
            multiprocessing.set_start_method("forkserver")
        with Workers(2) as workers:
            list(workers.map(work, range(1000)))
"""


@pytest.mark.parametrize("about", ["", "threads", "server"])
def test_g3_they_die_however_they_were_made(tmp_path: Path, about: str) -> None:
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(SLOW_PARENT), encoding="utf-8")
    process = subprocess.Popen([sys.executable, str(script), about], start_new_session=True)
    assert wait_until(lambda: len(living_in_session(process.pid)) >= 3 or process.poll() is not None, 20)
    time.sleep(0.5)
    assert len(living_in_session(process.pid)) >= 3, "no worker lives"
    process.kill()
    process.wait()
    assert wait_until(lambda: not living_in_session(process.pid), 1)


def doubled(numbers: Sequence[int]) -> list[int]:
    return [number * 2 for number in numbers]


def test_where_threads_are_about_the_work_is_the_same() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    with Workers(2) as workers:
        assert list(workers.map(doubled, range(1000))) == [number * 2 for number in range(1000)]
    done.set()
    thread.join()


def test_a_build_works_whatever_way_of_making_processes_is_usual(site: Site) -> None:
    """From Python 3.14 on it is a server of forks."""
    newsroom(site, 250)
    code = (
        "import multiprocessing, sys; from phanthiet_news.cli import main;"
        "multiprocessing.set_start_method('forkserver'); sys.argv[1:] = sys.argv[2:]; main()"
    )
    command = [sys.executable, "-c", code, *COMMAND[2:], "-C", str(site.root), "-q", "--jobs", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert own(site) == clean_tree(site)
