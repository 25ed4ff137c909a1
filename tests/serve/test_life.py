"""How a preview begins, what it outlives, and how it ends."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from previewing import SITE, Preview, previewed, within

from phanthiet_news import lock
from phanthiet_news.problem import Failure
from phanthiet_news.serve.builder import Builder, Order
from phanthiet_news.state import Memo, State
from site_in_a_string import Site

MOT = "content/tin/mot.md"
PAGE = "/tin/mot/"


@pytest.fixture
def preview(site: Site) -> Iterator[Preview]:
    site.article(MOT, "Đoạn một.")
    with previewed(site) as running:
        yield running


def ended(site: Site, *options: str) -> subprocess.CompletedProcess[str]:
    """A preview that ends by itself."""
    command = [sys.executable, "-m", "phanthiet_news", "serve", "-C", str(site.root), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


# --- it begins


def test_a_taken_port_is_told_and_the_next_one_used(site: Site) -> None:
    site.article(MOT)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with previewed(site, "--no-watch", "--port", str(port)) as preview:
            assert preview.port != port
            assert preview.complained == [f"port {port} is taken; this is {preview.port}"]


def test_where_no_port_is_left_that_is_said(site: Site) -> None:
    with socket.socket() as taken:
        try:
            taken.bind(("127.0.0.1", 65535))
        except OSError:
            pytest.skip("somebody else has the last port")
        taken.listen()
        done = ended(site, "--port", "65535")
    assert done.returncode == 4
    assert "error[port]: can't listen at 127.0.0.1:65535: address already in use" in done.stderr


@pytest.mark.parametrize("host", ["khong-co.invalid", "a..b", "203.0.113.77"])
def test_an_address_that_is_none_of_this_machine_is_refused(site: Site, host: str) -> None:
    done = ended(site, "--host", host)
    assert done.returncode == 4
    assert "error[port]: can't listen at" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_opens_a_browser_when_asked_to(site: Site, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "bin/xdg-open"
    browser.parent.mkdir()
    browser.write_text(f'#!/bin/sh\necho "$1" >{opened}\n', encoding="utf-8")
    browser.chmod(0o755)
    path = f"{browser.parent}:{os.environ['PATH']}"
    with previewed(site, "--no-watch", "--open", environment={"PATH": path}) as preview:
        within(5, opened.exists)
        within(5, lambda: opened.read_text(encoding="utf-8").strip() == f"{preview.address}/")


@pytest.mark.parametrize("options", [(), ("--no-drafts",)])
def test_a_second_preview_of_a_site_says_where_the_first_is(
    site: Site, preview: Preview, options: tuple[str, ...]
) -> None:
    started = time.monotonic()
    done = ended(site, *options)
    assert done.returncode == 4
    assert time.monotonic() - started < 5
    told = f"this site has a preview already, at {preview.address}/ (process {preview.process.pid})"
    assert f".ptnews/preview/serving: error[locked]: {told}" in done.stderr
    site.edit(MOT, "Đoạn một.", "Đoạn hai.")
    within(8, lambda: "Đoạn hai." in preview.text(PAGE))


def test_a_preview_that_was_killed_is_in_nobodys_way(site: Site, preview: Preview) -> None:
    everyone = preview.family()
    preview.close()
    psutil.wait_procs(everyone, timeout=1)
    assert not [each for each in everyone if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    with previewed(site) as next_one:
        assert "Đoạn một." in next_one.text(PAGE)


def test_one_builds_and_previews_a_site_at_once(site: Site, preview: Preview) -> None:
    site.build()
    assert preview.ask(PAGE)[0] == 200


# --- it ends


def reading(preview: Preview) -> list[socket.socket]:
    """Those whom a preview meets: tabs that wait for news, one that reads slowly, one that says nothing."""
    asks = [b"GET /_ptnews/events HTTP/1.1\r\nHost: localhost\r\n\r\n"] * 5
    asks += [
        b"GET /lon.bin HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HT",
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ]
    connections = [socket.create_connection(("127.0.0.1", preview.port)) for _ in asks]
    for connection, ask in zip(connections, asks, strict=True):
        connection.sendall(ask)
        if ask.endswith(b"\r\n\r\n"):
            connection.recv(1000)
    return connections


@pytest.mark.parametrize("tabs", [True, False], ids=["with tabs", "without"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a8_interrupted_it_ends_at_once_in_silence_and_frees_the_port(
    site: Site, tabs: bool, number: int, code: int
) -> None:
    site.article(MOT)
    with site.write("static/lon.bin", b"").open("wb") as large:
        large.truncate(64 * 2**20)
    with previewed(site) as preview:
        connections = reading(preview) if tabs else []
        everyone = preview.family()
        assert len(everyone) > 1
        lines = list(preview.lines)
        assert preview.end(number) < 1.0
        assert preview.process.returncode == code
        assert preview.lines == lines
        for connection in connections:
            connection.close()
        psutil.wait_procs(everyone, timeout=1)
        assert not [each for each in everyone if each.is_running()]
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", preview.port))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a8_interrupted_while_it_builds_it_ends_at_once_too(site: Site, number: int, code: int) -> None:
    for each in range(150):
        site.article(f"content/tin/bai-{each}.md", "Đoạn. " * 500, title=f"Bài {each}")
    command = [sys.executable, "-m", "phanthiet_news", "serve", "-C", str(site.root), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    within(10, lambda: list((site.root / ".ptnews/preview").glob("*.sqlite")))
    started = time.monotonic()
    process.send_signal(number)
    told, _ = process.communicate(timeout=10)
    assert time.monotonic() - started < 1.0
    assert (process.returncode, told) == (code, "")


# --- what it outlives


def test_a_builder_that_was_killed_is_started_again(site: Site, preview: Preview) -> None:
    for turn in range(3):
        builder = preview.builder()
        builder.kill()
        builder.wait()
        site.article(MOT, f"Lần {turn}.")
        within(8, lambda turn=turn: f"Lần {turn}." in preview.text(PAGE))  # type: ignore[misc]
        assert preview.builder() != builder
    told = ["the process that builds the preview died (SIGKILL); another takes its place"] * 3
    assert preview.complained == told


def test_what_went_while_no_builder_was_there_is_gone(site: Site, preview: Preview) -> None:
    site.article("content/tin/hai.md")
    within(8, lambda: preview.ask("/tin/hai/")[0] == 200)
    os.kill(preview.builder().pid, signal.SIGKILL)
    site.remove("content/tin/hai.md")
    within(8, lambda: preview.ask("/tin/hai/")[0] == 404)
    assert preview.ask(PAGE)[0] == 200


EXTENSION = """\
import os, sys
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

class Loud(Preprocessor):
    def run(self, lines):
        print("đây là một dòng", lines[:1], flush=True)
        os.write(1, b"and some bytes\\n")
        assert sys.stdin.read() == ""
        if "chết" in lines:
            os.abort()
        if "lỗi" in lines:
            raise LookupError("/nơi/nào/đó")
        return lines

class LoudExtension(Extension):
    def extendMarkdown(self, md):
        md.preprocessors.register(Loud(md), "loud", 50)

def makeExtension(**options):
    return LoudExtension(**options)
"""


@pytest.fixture
def loud(site: Site, tmp_path: Path) -> dict[str, str]:
    """A site whose Markdown extension prints, reads, dies and fails; and the environment that has it."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/loud_extension.py").write_text(EXTENSION, encoding="utf-8")
    site.edit("ptnews.yml", "per_page: 5", "per_page: 5\nmarkdown: {extensions: [loud_extension]}")
    site.article(MOT, "Đoạn một.")
    return {"PYTHONPATH": f"{tmp_path / 'modules'}:{os.environ.get('PYTHONPATH', '')}"}


def test_an_extension_that_prints_spoils_nothing(site: Site, loud: dict[str, str]) -> None:
    with previewed(site, environment=loud) as preview:
        site.edit(MOT, "Đoạn một.", "Đoạn hai.")
        within(8, lambda: "Đoạn hai." in preview.text(PAGE))
        assert "and some bytes" in preview.complained
        assert not [line for line in preview.said if "bytes" in line or "dòng" in line]


def test_an_article_at_which_the_builder_dies_is_outlived(site: Site, loud: dict[str, str]) -> None:
    with previewed(site, "--jobs", "1", environment=loud) as preview:
        site.edit(MOT, "Đoạn một.", "chết")
        within(8, lambda: "error[builder-died]" in preview.text(PAGE))
        assert "Đoạn một." in preview.text(PAGE)
        told = list(preview.lines)
        time.sleep(3)
        assert preview.lines == told, "it is not tried again and again"
        site.edit(MOT, "chết", "Đoạn ba.")
        within(8, lambda: "Đoạn ba." in preview.text(PAGE))
        assert "builder-died" not in preview.text(PAGE)


def test_a_builder_that_dies_from_the_beginning_ends_it_with_a_message(site: Site, loud: dict[str, str]) -> None:
    site.edit(MOT, "Đoạn một.", "chết")
    command = [sys.executable, "-m", "phanthiet_news", "serve", "-C", str(site.root), "--port", "0", "--jobs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, env={**os.environ, **loud})
    assert done.returncode == 70
    assert "error[builder-died]: the process that builds the preview died twice (SIGABRT)" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("debug", [False, True])
def test_a_fault_of_an_extension_is_shown_and_traced_only_when_asked(
    site: Site, loud: dict[str, str], debug: bool
) -> None:
    with previewed(site, *(["--debug"] if debug else []), environment=loud) as preview:
        site.edit(MOT, "Đoạn một.", "lỗi")
        within(8, lambda: "ptnews-problems" in preview.text(PAGE))
        assert "Đoạn một." in preview.text(PAGE)
        assert "/nơi/nào" not in preview.text(PAGE)
        assert any("Traceback" in line for line in preview.complained) == debug
        site.edit(MOT, "lỗi", "Đoạn hai.")
        within(8, lambda: "Đoạn hai." in preview.text(PAGE))
        assert "ptnews-problems" not in preview.text(PAGE)


def test_a_terminal_without_vietnamese_is_no_hindrance(site: Site) -> None:
    site.article(MOT, "Đoạn một.", title="Tựa tiếng Việt")
    with previewed(site, environment={"PYTHONIOENCODING": "ascii", "LANG": "C"}) as preview:
        site.edit(MOT, "Tựa", "'Hở")
        within(8, lambda: "ptnews-problems" in preview.text(PAGE))
        within(2, lambda: any("error[yaml-quote-open]" in line for line in preview.complained))
        site.edit(MOT, "'Hở", "Tựa")
        site.article("content/tin/Bài có dấu.md", "Đoạn hai.", slug="hai")
        within(8, lambda: "Đoạn hai." in preview.text("/tin/hai/"))


# --- what it tells, and where


def test_a2_no_absolute_path_is_in_any_answer_whatever_goes_wrong(site: Site, preview: Preview) -> None:
    here = str(site.root)
    config = site.root / "ptnews.yml"

    def shows(code: str) -> bool:
        answers = [preview.ask(path)[2].decode() for path in (PAGE, "/khong/co/", "/rss.xml")]
        assert not any(here in answer for answer in answers)
        return any(f"error[{code}]" in answer for answer in answers)

    config.rename(site.root / "aside.yml")
    within(8, lambda: shows("no-site"))
    assert "there is no ptnews.yml in ." in preview.text(PAGE)
    (site.root / "aside.yml").rename(config)
    within(8, lambda: not shows("no-site"))
    shutil.rmtree(site.root / SITE)
    (site.root / SITE).write_text("", encoding="utf-8")
    site.edit(MOT, "Đoạn một.", "Đoạn hai.")
    within(8, lambda: shows("output-folder"))
    (site.root / SITE).unlink()
    site.edit(MOT, "Đoạn hai.", "Đoạn ba.")
    within(8, lambda: "Đoạn ba." in preview.text(PAGE))
    assert here not in "".join(preview.lines)


def test_a2_a_state_that_cannot_be_written_names_no_absolute_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Failure) as caught:
        State(tmp_path / "file/state.sqlite").commit(Memo(), {}, {}, {})
    assert str(tmp_path) not in str(caught.value)
    assert "can't be written" in str(caught.value)


def test_a_configuration_that_breaks_during_a_build_hides_nothing_of_it(site: Site) -> None:
    for number in range(120):
        site.article(f"content/tin/bai-{number}.md", "Đoạn. " * 300, title=f"Bài {number}")
    builder = Builder(Order(str(site.root), os.getpid(), jobs=1))
    states = site.root / ".ptnews/preview"

    def breaks() -> None:
        within(10, lambda: list(states.glob("*.sqlite")))
        site.write("ptnews.yml", "title: [")

    breaking = threading.Thread(target=breaks)
    breaking.start()
    outcome = builder.build()
    breaking.join()
    assert outcome.report
    assert "tin/bai-119/index.html" in outcome.changed
    assert [problem.code for problem in builder.build().problems] == ["yaml-syntax"]


def test_what_was_saved_while_the_configuration_was_broken_is_not_forgotten(site: Site) -> None:
    site.article(MOT)
    builder = Builder(Order(str(site.root), os.getpid()))
    assert builder.build().report
    text = (site.root / "ptnews.yml").read_text(encoding="utf-8")
    site.write("ptnews.yml", "title: [")
    site.article("content/tin/hai.md")
    assert not builder.build(["ptnews.yml", "content/tin/hai.md"]).report
    site.write("ptnews.yml", text)
    assert "tin/hai/index.html" in builder.build(["ptnews.yml"]).changed


def test_f6_waiting_is_no_work(site: Site) -> None:
    site.article(MOT)
    builder = Builder(Order(str(site.root), os.getpid()))
    builder.build()

    def hold() -> None:
        with lock.held(site.root / ".ptnews/preview"):
            held.set()
            time.sleep(1.5)

    held = threading.Event()
    holding = threading.Thread(target=hold)
    holding.start()
    held.wait()
    started = time.monotonic()
    outcome = builder.build()
    assert time.monotonic() - started > 1.0
    assert outcome.cost < 0.5
    holding.join()


def test_what_is_lost_from_the_preview_is_made_again(site: Site) -> None:
    site.article(MOT, "Đoạn một.")
    for options in ((), ("--no-watch",)):
        with previewed(site, *options) as preview:
            (site.root / SITE / "tin/mot/index.html").unlink()
            (site.root / SITE / "rss.xml").write_bytes(b"")
            for path in (PAGE, "/rss.xml"):
                started = time.monotonic()
                assert preview.ask(path)[0] == 200
                assert "Đoạn một." in preview.text(PAGE)
                assert time.monotonic() - started < 4


def test_problems_go_to_standard_error_and_the_rest_to_standard_output(site: Site, preview: Preview) -> None:
    site.edit(MOT, "title: ", "titel: ")
    within(8, lambda: len(preview.builds()) == 2)
    site.edit(MOT, "titel: ", "title: ")
    within(8, lambda: len(preview.builds()) == 3)
    assert len(preview.said) == 4
    assert not [line for line in preview.said if "error" in line]
    assert [line for line in preview.complained if re.match(r"content/tin/mot\.md:2:1: error\[key-unknown\]", line)]
