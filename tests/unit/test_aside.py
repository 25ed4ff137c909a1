"""What a copy of this process finds out; and that nothing is lost where there is no copy, or it is of no use."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import pytest

from phanthiet_news.aside import Aside

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="copies of a process are made on Linux only")


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_it_is_found_by_another_process() -> None:
    with Aside(os.getpid) as aside:
        found = aside.found
    assert found not in (None, os.getpid())
    assert is_gone(found or 0)


def test_it_is_found_once() -> None:
    with Aside(time.monotonic_ns) as aside:
        assert aside.found == aside.found is not None
    assert aside.found is not None, "it is still known afterwards"


def test_much_may_be_found() -> None:
    with Aside(lambda: "x" * 1_000_000) as aside:
        time.sleep(0.05)  # while the pipe is full
        assert len(aside.found or "") == 1_000_000


def fails() -> None:
    raise ValueError("on purpose")


def dies() -> None:
    os.kill(os.getpid(), 9)


def gives_what_cannot_be_sent() -> object:
    return lambda: None


@pytest.mark.parametrize("work", [fails, dies, gives_what_cannot_be_sent])
def test_a_copy_that_fails_has_found_nothing(work: Callable[[], object], capfd: pytest.CaptureFixture[str]) -> None:
    with Aside(work) as aside:
        assert aside.found is None
    assert capfd.readouterr() == ("", "")


def test_who_does_not_ask_does_not_wait() -> None:
    began = time.monotonic()
    with Aside(lambda: time.sleep(60)) as aside:
        process = aside._copy
        assert not is_gone(process)
    assert time.monotonic() - began < 10
    assert is_gone(process)


def test_beside_threads_no_copy_is_made() -> None:
    """It might be made while one of them holds a lock, which nobody would ever open again."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    with Aside(os.getpid) as aside:
        assert aside.found is None
    end.set()
    thread.join()


def test_where_it_is_not_worth_it_no_copy_is_made() -> None:
    with Aside(os.getpid, wanted=False) as aside:
        assert aside.found is None


def test_where_there_are_no_more_processes_no_copy_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refused)
    before = len(os.listdir("/proc/self/fd"))
    with Aside(os.getpid) as aside:
        assert aside.found is None
    assert len(os.listdir("/proc/self/fd")) == before, "no descriptor is left open"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_hears_no_signal(sent: signal.Signals) -> None:
    """Which are for its parent; an exception in the copy would go on in what its parent was about to do."""

    def work() -> int:
        os.kill(os.getpid(), sent)
        return os.getpid()

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with Aside(work) as aside:
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
        assert aside.found not in (None, os.getpid())
