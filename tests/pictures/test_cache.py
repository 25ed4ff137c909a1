"""What was made once is not made again, unless what is kept of it is not what was put."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phanthiet_news import digest
from phanthiet_news.pictures import Cache
from phanthiet_news.problem import Failure

KEYS = [digest.of_bytes(str(n).encode()) for n in range(5)]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def entries(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and file.name != "lock"]


def test_what_is_put_is_got(cache: Cache, tmp_path: Path) -> None:
    assert cache.get(KEYS[0]) is None
    cache.put(KEYS[0], b"one")
    cache.put(KEYS[1], b"")
    assert (cache.get(KEYS[0]), cache.get(KEYS[1])) == (b"one", b"")
    cache.put(KEYS[0], b"two")
    assert Cache(str(tmp_path / "cache")).get(KEYS[0]) == b"two"
    assert len(entries(tmp_path)) == 2


@given(st.binary(max_size=200), st.data())
def test_any_damage_is_noticed(tmp_path_factory: pytest.TempPathFactory, data: bytes, draw: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("damage")
    Cache(folder).put(KEYS[0], data)
    (entry,) = entries(folder)
    whole = entry.read_bytes()
    place = draw.draw(st.integers(0, len(whole) - 1))
    kind = draw.draw(st.sampled_from(["cut", "flip", "grow"]))
    if kind == "cut":
        entry.write_bytes(whole[:place])
    elif kind == "flip":
        entry.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    else:
        entry.write_bytes(whole + b"\0")
    assert Cache(folder).get(KEYS[0]) is None
    Cache(folder).put(KEYS[0], data)
    assert Cache(folder).get(KEYS[0]) == data


def test_prune_removes_what_is_not_used_and_what_was_cut_off(cache: Cache, tmp_path: Path) -> None:
    assert cache.prune(set()) == 0
    for key in KEYS:
        cache.put(key, b"x")
    (entries(tmp_path)[0].parent / f"{KEYS[0]}.99.tmp").write_bytes(b"half")
    assert cache.prune(set(KEYS[:2])) == 4
    assert [key for key in KEYS if cache.get(key) is None] == KEYS[2:]
    assert len(entries(tmp_path)) == 2


def test_nothing_is_thrown_away_while_somebody_is_there(cache: Cache, tmp_path: Path) -> None:
    cache.put(KEYS[0], b"x")
    (entries(tmp_path)[0].parent / f"{KEYS[0]}.99.tmp").write_bytes(b"being written")
    other = Cache(tmp_path / "cache")
    with cache.in_use(), other.in_use():
        assert Cache(tmp_path / "cache").prune(set()) == 0
    assert cache.prune(set()) == 2


def test_processes_that_live_on_hinder_nobody(cache: Cache) -> None:
    with cache.in_use():
        cache.put(KEYS[0], b"x")
        child = os.fork()
        if not child:
            time.sleep(30)
            os._exit(0)
    try:
        assert cache.prune(set()) == 1
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_writers_that_meet_leave_one_whole_entry(cache: Cache, tmp_path: Path) -> None:
    bodies = [bytes([n]) * 50_000 for n in range(4)]
    seen: list[bytes | None] = []

    def write(body: bytes) -> None:
        for _ in range(30):
            cache.put(KEYS[0], body)
            seen.append(cache.get(KEYS[0]))

    threads = [threading.Thread(target=write, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 120
    assert set(seen) <= set(bodies)
    assert len(entries(tmp_path)) == 1


def test_a_folder_that_can_not_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"a file")
    cache = Cache(tmp_path / "cache")
    with pytest.raises(Failure) as caught:
        cache.put(KEYS[0], b"x")
    assert caught.value.problems[0].code == "write"
    assert cache.get(KEYS[0]) is None
    assert cache.prune(set()) == 0
    with pytest.raises(Failure, match="no lock can be taken"), cache.in_use():
        pass
