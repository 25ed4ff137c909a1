"""`ptnews serve` as readers, editors, strangers and accidents meet it: section A of the promises, and F6 to F8."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis.strategies as st
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from previewing import Preview, previewed, within

from phanthiet_news.build import Request, build
from phanthiet_news.serve import pages
from site_in_a_string import PICTURES, Site

RUNS = int(os.environ.get("PTNEWS_RUNS", "50"))
SOAK = RUNS > 50
MOT = "content/tin/mot.md"
PAGE = "/tin/mot/"


@pytest.fixture
def preview(site: Site) -> Iterator[Preview]:
    site.article(MOT, "Đoạn một.")
    with previewed(site) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Preview]]:
    """One that only answers, for those who only ask."""
    site = Site(tmp_path_factory.mktemp("shared"))
    site.article(MOT, "Đoạn một.", aliases="[/cu/mot/]")
    site.write("static/hinh.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    with previewed(site, "--no-watch") as preview:
        yield site, preview


# --- what readers get


def test_pages_files_and_what_is_missing(shared: tuple[Site, Preview]) -> None:
    _, preview = shared
    status, headers, body = preview.ask(PAGE)
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "text/html; charset=utf-8", "no-store")
    assert b"reload.js" in body
    assert preview.ask("/hinh.svg")[1]["content-type"] == "image/svg+xml"
    assert preview.ask("/rss.xml")[1]["content-type"].startswith("application/rss+xml")
    status, _, body = preview.ask("/khong/co/")
    assert status == 404
    assert "Không tìm thấy".encode() in body or b"404" in body


def test_a_folder_without_its_slash_leads_to_it(shared: tuple[Site, Preview]) -> None:
    status, headers, _ = shared[1].ask("/tin/mot")
    assert (status, headers["location"]) == (301, PAGE)


def test_marks_and_ranges(shared: tuple[Site, Preview]) -> None:
    _, preview = shared
    _, headers, whole = preview.ask("/hinh.svg")
    assert preview.ask("/hinh.svg", If_None_Match=headers["etag"])[0] == 304
    status, part_headers, part = preview.ask("/hinh.svg", Range="bytes=1-4")
    assert (status, part, part_headers["content-range"]) == (206, whole[1:5], f"bytes 1-4/{len(whole)}")
    assert preview.ask("/hinh.svg", Range="bytes=-3")[2] == whole[-3:]
    assert preview.ask("/hinh.svg", Range="bytes=9999-")[0] == 416
    assert preview.ask("/hinh.svg", Range="lines=1-2")[2] == whole
    assert preview.ask("/hinh.svg", "HEAD")[2] == b""


def test_a_site_below_a_path_is_served_there(site: Site) -> None:
    site.edit("ptnews.yml", "https://bao.example", "https://bao.example/bao")
    site.article(MOT)
    with previewed(site, "--no-watch") as preview:
        assert preview.address.endswith("/bao")
        assert preview.ask("/")[1]["location"] == "/bao/"
        assert preview.ask("/bao" + PAGE)[0] == 200
        assert preview.ask(PAGE)[0] == 404


def test_drafts_are_shown_and_marked(site: Site) -> None:
    site.article(MOT, draft="true")
    site.article("content/tin/hai.md", date="2199-01-01")
    with previewed(site, "--no-watch") as preview:
        assert "Bản nháp" in preview.text(PAGE)
        assert "Chưa đến giờ đăng" in preview.text("/tin/hai/")
    with previewed(site, "--no-watch", "--no-drafts") as preview:
        assert preview.ask(PAGE)[0] == 404


def test_a_taken_port_is_told_and_the_next_one_used(site: Site) -> None:
    site.article(MOT)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with previewed(site, "--no-watch", "--port", str(port)) as preview:
            assert preview.port != port
            assert any(f"port {port} is taken" in line for line in preview.lines)


# --- what strangers get


def raw(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


PARTS = [
    "/", "..", ".", "%2e", "%252e", "%2f", "\\", "%5c", "%00", "//", "C:", "http://a/", "etc/passwd", "tin", "mot",
    "cu/mot", "index.html", "%", "%zz", "%c3", "%ff", "?", "#", ";", "\u0111", "~", "@", "[::1]", "%0d%0aX:1",
]  # fmt: skip
targets = st.one_of(st.lists(st.sampled_from(PARTS)).map("".join), st.text(max_size=30))


@settings(max_examples=RUNS * 6, deadline=None, suppress_health_check=list(HealthCheck))
@given(target=targets)
def test_a1_a2_a5_any_target_gets_an_output_or_nothing(shared: tuple[Site, Preview], target: str) -> None:
    site, preview = shared
    line = target.encode("utf-8", "replace").replace(b" ", b"%20").replace(b"\r", b"").replace(b"\n", b"") or b"/"
    answer = raw(preview.port, b"GET " + line + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert status in (200, 301, 302, 400, 404)
    assert str(site.root).encode() not in answer
    assert b"root:" not in answer
    if status == 200:
        out = site.root / ".ptnews/preview/site"
        planned = {file.read_bytes() for file in out.rglob("*") if file.is_file()}
        dressed = {ageless(pages.dressed(data, [], 0)) for data in planned}
        assert ageless(body) in planned | dressed | {pages.SCRIPT, pages.STYLE}
    if location := re.search(rb"(?im)^location: (.*)$", head):
        assert re.match(rb"/(?![/\\])", location[1].strip())


def test_a1_the_marker_and_the_state_are_no_outputs(shared: tuple[Site, Preview]) -> None:
    for path in ("/.ptnews", "/.ptnews/preview/state.sqlite", "/../state.sqlite", "/ptnews.yml"):
        assert shared[1].ask(path)[0] == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:1", 200),
        ("127.0.0.1", 200),
        ("[::1]:80", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("192.168.1.5", 403),
        ("", 403),
        ("[", 403),
    ],
)
def test_a3_only_the_names_of_this_machine(shared: tuple[Site, Preview], host: str, status: int) -> None:
    assert shared[1].ask("/", Host=host)[0] == status


def test_a3_it_listens_to_this_machine_only(shared: tuple[Site, Preview]) -> None:
    here = psutil.Process(shared[1].process.pid)
    listening = [each.laddr.ip for each in here.net_connections() if each.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]


def test_a4_the_channel_carries_a_counter_and_is_for_own_pages(shared: tuple[Site, Preview]) -> None:
    _, preview = shared
    own = f"http://localhost:{preview.port}"
    for origin, status in ((own, 200), ("null", 403), ("https://evil.example", 403)):
        with socket.create_connection(("127.0.0.1", preview.port), timeout=5) as connection:
            host = f"localhost:{preview.port}"
            connection.sendall(f"GET /_ptnews/events HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n\r\n".encode())
            time.sleep(0.2)
            answer = connection.recv(65536).decode()
            assert int(answer.split()[1]) == status
            assert "access-control" not in answer.lower()
            if status == 200:
                assert re.search(r"data: \d+\n\n", answer)
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert preview.ask("/", method)[0] == 405
        assert preview.ask("/_ptnews/events", method)[0] == 405


def test_a7_build_is_not_touched(shared: tuple[Site, Preview]) -> None:
    assert not shared[0].out.exists()


def test_a8_what_is_too_large_or_too_slow_is_not_waited_for(shared: tuple[Site, Preview]) -> None:
    _, preview = shared
    huge = raw(preview.port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000 + b"\r\n\r\n")
    assert huge.split()[1] in (b"400", b"431")
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", preview.port), timeout=20) as connection:
        connection.sendall(b"GET / HT")
        assert connection.recv(100) == b""
    assert time.monotonic() - started < 12


def test_a8_interrupted_it_ends_at_once_and_frees_the_port(preview: Preview) -> None:
    with socket.create_connection(("127.0.0.1", preview.port)) as reader:
        reader.sendall(b"GET /_ptnews/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        reader.recv(1000)
        children = psutil.Process(preview.process.pid).children(recursive=True)
        assert children
        assert preview.end() < 1.0
    assert preview.process.returncode == 130
    psutil.wait_procs(children, timeout=1)
    assert not [child for child in children if child.is_running()]
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", preview.port))


# --- what editors get


def test_a_saved_body_is_there(site: Site, preview: Preview) -> None:
    site.edit(MOT, "Đoạn một.", "Đoạn hai.")
    within(8, lambda: "Đoạn hai." in preview.text(PAGE))
    told = re.compile(r"content/tin/mot\.md.*: \d+ rendered.* \(\d+ ms\)")
    within(2, lambda: any(map(told.match, preview.lines)))


def test_a6_after_a_mistake_the_last_good_pages_stand_under_it(site: Site, preview: Preview) -> None:
    site.edit(MOT, "date: 2024", "date: <script>alert(1)</script>")
    within(8, lambda: "ptnews-problems" in preview.text(PAGE))
    page = preview.text(PAGE)
    assert "Đoạn một." in page
    assert "content/tin/mot.md:3:7" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    within(2, lambda: any("content/tin/mot.md:3:7: error" in line for line in preview.lines))
    site.edit(MOT, "date: <script>alert(1)</script>", "date: 2024")
    within(8, lambda: "ptnews-problems" not in preview.text(PAGE))


def test_a6_a_site_that_never_built_shows_why(site: Site) -> None:
    site.article(MOT, date="29/11")
    with previewed(site) as preview:
        status, _, body = preview.ask("/")
        assert status == 500
        assert b"date-unknown" in body
        site.edit(MOT, "29/11", "2024-11-29")
        within(8, lambda: preview.ask("/")[0] == 200)


def test_a6_every_answer_is_of_one_whole_build(site: Site, preview: Preview) -> None:
    wrong: list[str] = []
    asked = 0
    ended = threading.Event()

    def ask() -> None:
        nonlocal asked
        while not ended.is_set():
            status, _, body = preview.ask(PAGE)
            asked += 1
            numbers = set(re.findall(r"đời-(\d+)", body.decode()))
            if status != 200 or len(numbers) > 1 or not body.rstrip().endswith(b"</html>"):
                wrong.append(f"{status} {numbers} {body[-40:]!r}")

    readers = [threading.Thread(target=ask) for _ in range(64)]
    for reader in readers:
        reader.start()
    for turn in range(20):
        site.article(MOT, f"đời-{turn}\n\n" + "Dài ra. " * 2000 + f"\n\nđời-{turn}")
        time.sleep(1)
    ended.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert asked > 100
    within(8, lambda: "đời-19" in preview.text(PAGE))


# --- how programs save


def in_place(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def in_three_parts(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8") as target:
        for start in range(3):
            target.write(text[start * len(text) // 3 : (start + 1) * len(text) // 3])
            target.flush()
            time.sleep(0.01)


def write_and_rename(file: Path, text: str) -> None:
    beside = file.with_name(file.name + ".tmp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def as_vim_does(file: Path, text: str) -> None:
    probe = file.with_name("4913")
    probe.touch()
    probe.unlink()
    backup = file.with_name(file.name + "~")
    file.rename(backup)
    file.write_text(text, encoding="utf-8")
    backup.unlink()


def as_emacs_does(file: Path, text: str) -> None:
    link = file.with_name(f".#{file.name}")
    link.symlink_to("user@host.1234")
    file.write_text(text, encoding="utf-8")
    link.unlink()


def as_jetbrains_do(file: Path, text: str) -> None:
    fresh, old = (file.with_name(f"{file.name}___jb_{kind}___") for kind in ("tmp", "old"))
    fresh.write_text(text, encoding="utf-8")
    file.rename(old)
    fresh.rename(file)
    old.unlink()


SAVES: list[Callable[[Path, str], None]] = [
    in_place,
    in_three_parts,
    write_and_rename,
    as_vim_does,
    as_emacs_does,
    as_jetbrains_do,
]


@pytest.mark.parametrize("save", SAVES)
def test_f5_f8_however_it_is_saved(site: Site, preview: Preview, save: Callable[[Path, str], None]) -> None:
    file = site.root / MOT
    save(file, file.read_text(encoding="utf-8").replace("Đoạn một.", "Đã lưu."))
    within(8, lambda: "Đã lưu." in preview.text(PAGE))
    assert not any("error" in line for line in preview.lines)


def test_f8_folders_that_go_and_come_again(site: Site, preview: Preview) -> None:
    (site.root / "content/tin").rename(site.root / "content/the-thao")
    within(8, lambda: preview.ask("/the-thao/mot/")[0] == 200 and preview.ask(PAGE)[0] == 404)
    shutil.rmtree(site.root / "content")
    within(8, lambda: preview.ask("/the-thao/mot/")[0] == 404)
    site.article(MOT, "Trở lại.")
    within(20, lambda: "Trở lại." in preview.text(PAGE))
    site.edit(MOT, "Trở lại.", "Lần nữa.")
    within(8, lambda: "Lần nữa." in preview.text(PAGE))


def test_f8_templates_static_files_configuration_and_stats_count_too(site: Site, preview: Preview) -> None:
    site.write("templates/404.html", "{% extends 'base.html' %}{% block main %}<p>lạc rồi</p>{% endblock %}")
    within(20, lambda: "lạc rồi" in preview.text("/khong/"))
    site.write("static/css/site.css", "p { color: red }")
    within(20, lambda: preview.text("/css/site.css") == "p { color: red }")
    site.edit("ptnews.yml", "title: ", "title: Mới ")
    within(8, lambda: "<title>Mới " in preview.text("/") or "Mới " in preview.text("/"))
    site.write("content/stats.yml", "today: 4321\n")
    within(8, lambda: "4321" in preview.text("/") or "4.321" in preview.text("/"))


def ageless(page: bytes) -> bytes:
    """Without the number of the build that it comes from."""
    return re.sub(rb' data-generation="\d+"', b"", page)


def served_as_clean(site: Site, preview: Preview) -> bool:
    clean, memory = site.root.parent / "clean", site.root.parent / "memory"
    for folder in (clean, memory):
        shutil.rmtree(folder, ignore_errors=True)
    build(Request(root=site.root, out=clean, memory=memory, pictures=PICTURES, drafts=True, jobs=1))
    files = [file for file in clean.rglob("*") if file.is_file() and file.name != ".ptnews"]
    for file in files:
        data = file.read_bytes()
        wanted = ageless(pages.dressed(data, [], 0)) if file.suffix == ".html" else data
        path = "/" + file.relative_to(clean).as_posix().removesuffix("index.html")
        if path != "/404.html" and ageless(preview.ask(path)[2]) != wanted:
            return False
    return True


def test_f8_after_many_edits_what_is_served_is_a_clean_build(site: Site, preview: Preview) -> None:
    chance = random.Random(7)
    process = psutil.Process(preview.process.pid)
    files, threads = process.num_fds(), process.num_threads()
    for round_ in range(RUNS if SOAK else RUNS // 2):  # of twenty edits each
        for edit in range(20):
            name = f"content/tin/bai-{chance.randrange(8)}.md"
            if chance.random() < 0.2 and (site.root / name).exists():
                site.remove(name)
            elif (site.root / name).exists():
                text = f"---\ntitle: T{edit}\ndate: 2024-01-0{edit % 9 + 1}\n---\nĐoạn {round_}\n"
                chance.choice(SAVES)(site.root / name, text)
            else:
                site.article(name, f"Mới {edit}.", tags=f"[t{edit % 3}]")
            time.sleep(chance.choice([0, 0, 0.01, 0.1]))
        within(15, lambda: served_as_clean(site, preview))
    assert process.num_fds() <= files + 3
    assert process.num_threads() <= threads + 8


def test_f7_lost_events_are_made_up_for(site: Site, preview: Preview) -> None:
    os.kill(preview.process.pid, signal.SIGSTOP)
    for number in range(6500):
        (site.root / f"content/tin/qua-{number}.txt").write_bytes(b"")
    for number in range(6500):
        (site.root / f"content/tin/qua-{number}.txt").unlink()
    site.edit(MOT, "Đoạn một.", "Sau cơn mưa.")
    os.kill(preview.process.pid, signal.SIGCONT)
    within(20, lambda: "Sau cơn mưa." in preview.text(PAGE))


def test_f6_with_nothing_saved_nothing_is_built_and_hardly_anything_done(site: Site, preview: Preview) -> None:
    time.sleep(1.0)
    lines = list(preview.lines)
    everyone = [psutil.Process(preview.process.pid), *psutil.Process(preview.process.pid).children(recursive=True)]

    def used() -> float:
        return sum(sum(each.cpu_times()[:2]) for each in everyone)

    before = used()
    for file in site.root.rglob("*.md"):
        file.read_bytes()
    subprocess.run(["ls", "-lR", str(site.root)], capture_output=True, check=True)
    seconds = 60 if SOAK else 15
    time.sleep(seconds)
    assert preview.lines == lines
    assert used() - before < 0.02 * seconds
