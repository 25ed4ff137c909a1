"""`ptnews serve` as readers and strangers meet it: section A of the promises."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import hypothesis.strategies as st
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from previewing import RUNS, SITE, Preview, ageless, asked, previewed, within

from phanthiet_news.serve import pages
from phanthiet_news.serve.app import Hosts
from phanthiet_news.serve.media import media_type
from site_in_a_string import PNG, Site

MOT = "content/tin/mot.md"
PAGE = "/tin/mot/"
LARGE = 64 * 2**20


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Preview]]:
    """One that only answers, for those who only ask."""
    site = Site(tmp_path_factory.mktemp("shared"))
    site.article(MOT, "Đoạn một.", aliases="[/cu/mot/]")
    site.write("static/hinh.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    site.write("static/manh.html", "<p>chỉ một mảnh</p>")
    site.write("static/lon.bin", b"")
    with (site.root / "static/lon.bin").open("wb") as large:
        large.truncate(LARGE)
    with previewed(site, "--no-watch") as preview:
        yield site, preview


# --- what readers get


def test_pages_files_and_what_is_missing(shared: tuple[Site, Preview]) -> None:
    _, preview = shared
    status, headers, body = preview.ask(PAGE)
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "text/html; charset=utf-8", "no-store")
    assert b"reload.js" in body
    assert preview.ask("/hinh.svg")[1]["content-type"] == "image/svg+xml"
    assert preview.ask("/rss.xml")[1]["content-type"] == "application/rss+xml"
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
    assert preview.ask("/hinh.svg", Range="bytes=3-")[2] == whole[3:]
    assert preview.ask("/hinh.svg", Range="bytes=9999-")[:1] == (416,)
    assert preview.ask("/hinh.svg", Range="bytes=-0")[0] == 416
    status, headers, body = preview.ask("/hinh.svg", "HEAD")
    assert (status, body, headers["content-length"]) == (200, b"", str(len(whole)))


@pytest.mark.parametrize("asked", ["lines=1-2", "bytes=", "bytes=-", "bytes=4-1", "bytes=1-2,4-5", "bytes=a-b"])
def test_what_is_no_range_gets_all(shared: tuple[Site, Preview], asked: str) -> None:
    status, _, body = shared[1].ask("/hinh.svg", Range=asked)
    assert (status, body[:4]) == (200, b"<svg")


def test_a_range_of_five_thousand_digits_is_no_fault(shared: tuple[Site, Preview]) -> None:
    preview = shared[1]
    assert preview.ask("/hinh.svg", Range=f"bytes={'9' * 5000}-")[0] in (200, 416)
    assert preview.ask("/hinh.svg", Range=f"bytes=0-{'9' * 18}")[0] == 206
    assert not preview.complained


def test_a_part_of_another_state_than_the_reader_has_is_not_sent(shared: tuple[Site, Preview]) -> None:
    preview = shared[1]
    mark = preview.ask("/hinh.svg")[1]["etag"]
    assert preview.ask("/hinh.svg", Range="bytes=1-2", If_Range=mark)[0] == 206
    assert preview.ask("/hinh.svg", Range="bytes=1-2", If_Range='"khac"')[0] == 200
    assert preview.ask("/hinh.svg", Range="bytes=1-2", If_Range="Mon, 01 Jan 2024 00:00:00 GMT")[0] == 200


def test_answers_on_one_line_follow_one_another_without_delay(shared: tuple[Site, Preview]) -> None:
    started = time.monotonic()
    with shared[1].connected() as connection:
        for _ in range(50):
            assert asked(connection, PAGE)[0] == 200
    assert time.monotonic() - started < 1.0, "40 ms each is what a delayed acknowledgement costs"


def test_a_large_file_is_not_held_in_memory_and_holds_up_nobody(shared: tuple[Site, Preview]) -> None:
    _, preview = shared
    assert preview.ask("/lon.bin", "HEAD")[1]["content-length"] == str(LARGE)
    server = psutil.Process(preview.process.pid)
    before = server.memory_info().rss
    with preview.connected() as slow, preview.connected() as other:
        slow.request("GET", "/lon.bin", headers={"Range": "bytes=5-"})
        answer = slow.getresponse()
        assert (answer.status, answer.headers["content-length"]) == (206, str(LARGE - 5))
        assert asked(other, PAGE)[0] == 200
        assert server.memory_info().rss - before < LARGE / 3
        assert len(answer.read()) == LARGE - 5
    assert server.memory_info().rss - before < LARGE / 3


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.htm", "text/html; charset=utf-8"),
        ("a.CSS", "text/css; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("a.wasm", "application/wasm"),
        ("a.vtt", "text/vtt; charset=utf-8"),
        ("a.csv", "text/csv; charset=utf-8"),
        ("a.webm", "video/webm"),
        ("a.mp4", "video/mp4"),
        ("a.mp3", "audio/mpeg"),
        ("a.woff", "font/woff"),
        ("a.woff2", "font/woff2"),
        ("a.ttf", "font/ttf"),
        ("a.otf", "font/otf"),
        ("a.js.map", "application/json"),
        ("a.xsl", "application/xslt+xml"),
        ("sitemap.xml", "application/xml"),
        ("tin/rss.xml", "application/rss+xml"),
        ("feed.json", "application/feed+json"),
        ("a.svg", "image/svg+xml"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.jpeg", "image/jpeg"),
        ("a.pdf", "application/pdf"),
        ("manifest.webmanifest", "application/manifest+json"),
        ("robots.txt", "text/plain; charset=utf-8"),
        ("CNAME", "application/octet-stream"),
    ],
)
def test_a_file_has_the_type_that_browsers_want(name: str, expected: str) -> None:
    assert media_type(name) == expected


def test_types_are_not_those_of_the_machine() -> None:
    program = (
        "import mimetypes; mimetypes.init(); mimetypes.add_type('x/y', '.css'); mimetypes.add_type('x/y', '.bao')\n"
        "from phanthiet_news.serve.media import media_type; print(media_type('a.css'), media_type('a.bao'))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["text/css;", "charset=utf-8", "application/octet-stream"]


def test_only_whole_pages_are_given_the_script(shared: tuple[Site, Preview]) -> None:
    assert shared[1].text("/manh.html") == "<p>chỉ một mảnh</p>"


@pytest.mark.parametrize("mode", ["ssi", "client"])
def test_the_sidebar_is_in_the_pages_however_the_build_puts_it_there(site: Site, mode: str) -> None:
    site.edit("ptnews.yml", "per_page: 5", f"per_page: 5\nfragments: {mode}")
    site.write("content/stats.yml", "total: 987\n")
    site.article(MOT)
    with previewed(site, "--no-watch") as preview:
        page = preview.text(PAGE)
        assert "987" in page
        assert "#include" not in page
        assert preview.ask("/fragments/sidebar.html")[0] == 404


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


# --- what strangers get

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
    answer = preview.raw(b"GET " + line + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert status in (200, 301, 302, 400, 404)
    assert status == 400 or b"cache-control: no-store" in head
    assert str(site.root).encode() not in answer
    assert b"root:" not in answer
    if status == 200:
        files = (file for file in (site.root / SITE).rglob("*") if file.is_file() and file.name != "lon.bin")
        planned = {file.read_bytes() for file in files}
        dressed = {ageless(pages.dressed(data, [], 0)) for data in planned}
        assert ageless(body) in planned | dressed | {pages.SCRIPT, pages.WORKER, pages.STYLE}
    if location := re.search(rb"(?im)^location: (.*)$", head):
        assert re.match(rb"/(?![/\\])", location[1].strip())


def test_a1_the_marker_and_the_state_are_no_outputs(shared: tuple[Site, Preview]) -> None:
    for path in ("/.ptnews", "/.ptnews/preview/state.sqlite", "/../state.sqlite", "/ptnews.yml"):
        assert shared[1].ask(path)[0] == 404


HOSTS = [
    ("localhost:1", 200),
    ("LocalHost", 200),
    ("127.0.0.1", 200),
    ("[::1]:80", 200),
    ("evil.example", 403),
    ("localhost.evil.example", 403),
    ("192.168.1.5", 403),
    ("mybox", 403),
    ("", 403),
    ("[", 403),
]


@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_a3_only_the_names_of_this_machine(shared: tuple[Site, Preview], host: str, status: int) -> None:
    assert shared[1].ask("/", Host=host)[0] == status


@pytest.mark.parametrize(
    "line", ["PROPFIND / HTTP/1.1", "GET /a%0ab HTTP/1.1", "GET /_ptnews/x HTTP/1.1", "PUT / HTTP/1.1"]
)
def test_a3_a4_every_request_passes_one_gate(shared: tuple[Site, Preview], line: str) -> None:
    preview = shared[1]
    stranger = preview.raw(f"{line}\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode())
    assert stranger.split()[1] == b"403"
    friend = preview.raw(f"{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert friend.split()[1] == (b"404" if line.startswith("GET") else b"405")
    for answer in (stranger, friend):
        assert b"\r\ncache-control: no-store\r\n" in answer
        assert b"\r\nx-content-type-options: nosniff\r\n" in answer
    if friend.split()[1] == b"405":
        assert b"\r\nallow: GET, HEAD\r\n" in friend


def test_a3_a_configured_name_however_it_is_spelt() -> None:
    hosts = Hosts(["MyBox", "Báo.local"], any_address=True)
    for name in ("mybox", "MYBOX:8000", "xn--bo-mia.local", "192.168.1.5:80", "[fe80::1]", "localhost"):
        assert hosts.know(name), name
    for name in ("box", "mybox.evil.example", "", "[", "mybox@evil.example"):
        assert not hosts.know(name), name


def test_a3_another_bind_warns_and_goes_by_the_names_that_it_is_given(site: Site) -> None:
    site.article(MOT)
    names = ("--allow-host", "MyBox", "--allow-host", "bao.local")
    with previewed(site, "--no-watch", "--host", "0.0.0.0", *names) as preview:
        assert preview.complained[0].startswith("warning: others on the network can read this preview at 0.0.0.0")
        assert preview.address == f"http://127.0.0.1:{preview.port}"
        for host, status in (("mybox:80", 200), ("BAO.LOCAL", 200), ("10.1.2.3", 200), ("evil.example", 403)):
            assert preview.ask("/", Host=host)[0] == status, host


@pytest.mark.parametrize("name", ["mybox:8000", "http://mybox", "a b", ""])
def test_a3_what_is_no_name_is_refused(site: Site, name: str) -> None:
    command = [sys.executable, "-m", "phanthiet_news", "serve", "-C", str(site.root), "--allow-host", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 2
    assert "is not the name of a machine" in done.stderr


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
                assert re.fullmatch(r"(?:[0-9a-f]+\r\n)?data: \d+\n\n(?:\r\n)?", answer.partition("\r\n\r\n")[2])
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert preview.ask("/", method)[0] == 405
        assert preview.ask("/_ptnews/events", method)[0] == 405


def test_a4_who_asks_for_the_head_of_the_channel_gets_that_alone(shared: tuple[Site, Preview]) -> None:
    status, headers, body = shared[1].ask("/_ptnews/events", "HEAD")
    assert (status, headers["content-type"], body) == (200, "text/event-stream; charset=utf-8", b"")


def test_a4_what_changed_is_told_to_own_pages_and_names_no_place_of_the_machine(shared: tuple[Site, Preview]) -> None:
    site, preview = shared
    asks = f"/_ptnews/changed?since=1&page={PAGE}"
    assert preview.ask(asks, Origin="null")[0] == 403
    status, headers, body = preview.ask(asks)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert "access-control-allow-origin" not in headers
    assert str(site.root).encode() not in body
    for query in ("", "?since=1", f"?page={PAGE}", "?since=x&page=/", f"?since={'9' * 5000}&page=/", "?since=1&page=x"):
        assert preview.ask(f"/_ptnews/changed{query}")[0] == 400, query


def test_a7_build_is_not_touched(shared: tuple[Site, Preview]) -> None:
    assert not shared[0].out.exists()


def test_a8_what_is_too_large_or_too_slow_is_not_waited_for(shared: tuple[Site, Preview]) -> None:
    _, preview = shared
    huge = preview.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000 + b"\r\n\r\n")
    assert huge.split()[1] in (b"400", b"431")
    many = preview.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + b"X: 1\r\n" * 5000 + b"\r\n")
    assert many.split()[1] in (b"400", b"431")

    def slow(begins: bytes) -> Iterator[socket.socket]:
        connection = socket.create_connection(("127.0.0.1", preview.port), timeout=20)
        connection.sendall(begins)
        yield connection

    beginnings = [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\nx",
    ]
    started = time.monotonic()
    waiting = [connection for begins in beginnings * 20 for connection in slow(begins)]
    assert preview.ask(PAGE)[0] == 200, "others are not held up"
    for connection in waiting:
        with connection:
            while connection.recv(65536):
                pass
    assert time.monotonic() - started < 12


def test_a6_every_answer_is_of_one_whole_build(site: Site) -> None:
    """Each page names the build that it shows twice; and no answer is older than one before on the same line."""
    site.write("templates/404.html", "<!doctype html><html><body>lạc đời-0 đời-0</body></html>")
    site.article(MOT, "đời-0 đời-0")
    wrong: list[str] = []
    asked_for: dict[str, int] = {}
    ended = threading.Event()
    statuses = {"/": 200, "/rss.xml": 200, PAGE: 200, "/khong/co": 404, "/tin/": 200}

    def ask(preview: Preview, path: str) -> None:
        newest = 0
        with preview.connected() as connection:
            while not ended.is_set():
                status, _, body = asked(connection, path)
                asked_for[path] = asked_for.get(path, 0) + 1
                numbers = {int(each) for each in re.findall(r"đời-(\d+)", body.decode())}
                if status != statuses[path] or len(numbers) != 1 or min(numbers) < newest:
                    wrong.append(f"{path}: {status} {numbers} after {newest}")
                newest = max(newest, *numbers)

    with previewed(site) as preview:
        readers = [threading.Thread(target=ask, args=(preview, list(statuses)[turn % 5])) for turn in range(64)]
        site.article(MOT, "đời-1 đời-1", title="đời-1", summary="đời-1")
        site.write("templates/404.html", "<!doctype html><html><body>lạc đời-1 đời-1</body></html>")
        within(8, lambda: all("đời-1" in preview.text(path) for path in statuses))
        for reader in readers:
            reader.start()
        for turn in range(2, 22):
            site.article(
                MOT,
                f"đời-{turn}\n\n" + "Dài ra. " * 2000 + f"\n\nđời-{turn}",
                title=f"đời-{turn}",
                summary=f"đời-{turn}",
            )
            site.write("templates/404.html", f"<!doctype html><html><body>lạc đời-{turn} đời-{turn}</body></html>")
            time.sleep(1)
        ended.set()
        for reader in readers:
            reader.join()
        assert not wrong
        assert asked_for.keys() == statuses.keys()
        assert min(asked_for.values()) > 100
        within(8, lambda: all("đời-21" in preview.text(path) for path in statuses))


def test_a_picture_of_an_article_is_served(site: Site) -> None:
    site.write("content/tin/hinh.png", PNG)
    site.article(MOT, "![Hình](hinh.png)")
    with previewed(site, "--no-watch") as preview:
        source = re.search(r'<img[^>]*src="([^"]+)"', preview.text(PAGE))
        assert source
        assert preview.ask(source[1])[1]["content-type"].startswith("image/")
