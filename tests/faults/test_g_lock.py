"""One build at a time: promise G6, and what may be wrong with the lock itself."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from accidents import COMMAND, newsroom, own
from phanthiet_news import lock
from phanthiet_news.problem import Failure
from site_in_a_string import Site


def test_g6_a_second_build_says_within_a_second_who_holds_the_lock(site: Site) -> None:
    newsroom(site, 1)
    with lock.held(site.root / ".ptnews"):
        began = time.monotonic()
        with pytest.raises(Failure, match=f"process {os.getpid()}") as caught:
            site.build()
        assert time.monotonic() - began < 1
    assert caught.value.exit_code == 4
    site.build()


def test_g6_a_second_process_exits_with_4(site: Site) -> None:
    newsroom(site, 1)
    with lock.held(site.root / ".ptnews"):
        done = subprocess.run([*COMMAND, "-C", str(site.root)], capture_output=True, text=True, check=False, timeout=10)
    assert done.returncode == 4
    assert f"process {os.getpid()}" in done.stderr


def test_g6_wait_waits(site: Site) -> None:
    newsroom(site, 1)
    with lock.held(site.root / ".ptnews"):
        process = subprocess.Popen([*COMMAND, "-C", str(site.root), "-q", "--wait"])
        time.sleep(1.0)
        assert process.poll() is None
    assert process.wait(timeout=20) == 0


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"9" * 40, b"-1", b"khong phai so"])
def test_g4_g6_whatever_stands_in_the_lock_it_can_be_taken(site: Site, content: bytes) -> None:
    site.article("content/tin/mot.md")
    site.write(".ptnews/lock", content)
    site.build()


FAULTS = {
    "full": ("ftruncate", errno.ENOSPC),
    "over quota": ("pwrite", errno.EDQUOT),
    "broken": ("pwrite", errno.EIO),
    "without locks": ("flock", errno.ENOLCK),
}


@pytest.mark.parametrize(("name", "number"), FAULTS.values(), ids=FAULTS.keys())
def test_g7_a_disk_that_takes_no_lock_is_told(
    site: Site, name: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom(site, 2).build()
    before = own(site)
    fired = []

    def refusing(*_: Any) -> None:
        fired.append(name)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl if name == "flock" else os, name, refusing)
    with pytest.raises(Failure, match=os.strerror(number).lower()) as caught:
        site.build()
    assert fired
    assert caught.value.exit_code == 3
    assert caught.value.problems[0].path == ".ptnews/lock"
    assert own(site) == before


def test_g7_a_folder_in_the_place_of_the_lock_is_told(site: Site) -> None:
    site.article("content/tin/mot.md")
    Path(site.root, ".ptnews/lock").mkdir(parents=True)
    with pytest.raises(Failure, match="no lock can be taken") as caught:
        site.build()
    assert caught.value.exit_code == 3
