"""Requests → responses, from the outputs of one whole build. Knows HTTP; must not know sources or how to build.

Every request passes one gate. Its target is looked up among the known outputs and never made a path of this machine.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from io import BytesIO
from typing import BinaryIO
from urllib.parse import parse_qs, quote, unquote_to_bytes, urlsplit

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from phanthiet_news import digest
from phanthiet_news.serve import pages
from phanthiet_news.serve.media import media_type
from phanthiet_news.serve.preview import Preview, Snapshot

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
HEARTBEAT = 15.0
LARGEST_HEAD = 16 * 1024
PIECE = 2**18  # bytes of a file that are read at once
TRIES = 5  # builds that a request waits for
HTML, MISSING = "text/html; charset=utf-8", "404.html"
ALWAYS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})-(\d{0,18})\s*")
_MOVED = (301, 302)


class Hosts:
    """The names that a preview goes by. Those of others are refused: a page of theirs may point its name here.

    With `any_address` it answers to every address too, for no name can be pointed at another than one's own.
    """

    def __init__(self, names: Iterable[str] = (), *, any_address: bool = False) -> None:
        self._names = LOOPBACK | set(map(_on_the_wire, names))
        self._any_address = any_address

    def know(self, header: str) -> bool:
        """Whether a `Host` header names this preview."""
        try:
            name = urlsplit(f"//{header}").hostname or ""
            return name in self._names or (self._any_address and bool(ipaddress.ip_address(name)))
        except ValueError:
            return False


def _on_the_wire(name: str) -> str:
    """A host's name as browsers send it."""
    try:
        return name.encode("idna").decode().lower()
    except UnicodeError:
        return name.lower()


class Application:
    """The preview as an ASGI application. `bug` is given what should not have happened."""

    def __init__(self, preview: Preview, hosts: Hosts, bug: Callable[[Exception], None]) -> None:
        self._preview, self._hosts, self._bug = preview, hosts, bug
        self._own: dict[str, Callable[[Request], Awaitable[Response]]] = {
            f"{pages.OWN}events": self._events,
            f"{pages.OWN}changed": self._changed,
            f"{pages.OWN}events.js": partial(_in_memory, data=pages.WORKER, media=media_type(".js")),
            f"{pages.OWN}reload.js": partial(_in_memory, data=pages.SCRIPT, media=media_type(".js")),
            f"{pages.OWN}panel.css": partial(_in_memory, data=pages.STYLE, media=media_type(".css")),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = self._refusal(request) or await self._answer(request)
        except Exception as error:
            self._bug(error)
            response = _plain(500, "ptnews has a bug; the terminal tells more")
        await response(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        if not self._hosts.know(request.headers.get("host", "")):
            return _plain(403, "this preview does not go by that name; see `ptnews serve --allow-host`")
        if sum(len(name) + len(value) + 4 for name, value in request.headers.raw) > LARGEST_HEAD:
            return _plain(431, "the head of this request is too large")
        if request.method not in ("GET", "HEAD"):
            return _plain(405, "only GET and HEAD", allow="GET, HEAD")
        return None

    async def _answer(self, request: Request) -> Response:
        address = _address(request.scope.get("raw_path") or b"")
        if address is None:
            return _plain(400, "this is not an address")
        own = self._own.get(address)
        return await own(request) if own else await self._page(request, address)

    # --- the site

    async def _page(self, request: Request, address: str) -> Response:
        for _ in range(TRIES):
            snapshot = self._preview.snapshot
            status, target = _place(snapshot, address)
            if status in _MOVED:
                return _plain(status, "it is over there", location=target)
            if target not in snapshot.outputs:
                return await _problems_only(request, snapshot, 404 if snapshot.outputs else 500)
            file = await asyncio.to_thread(self._preview.opened, target, snapshot.outputs[target])
            if file:
                return await _output(request, snapshot, target, file, status)
            if not await self._preview.later(snapshot):
                break
        return await _problems_only(request, self._preview.snapshot, 503)

    # --- what pages ask for, so that they are reloaded

    async def _events(self, request: Request) -> Response:
        """The counter, whenever there is something new."""
        refused = _foreign(request)
        if refused or request.method == "HEAD":
            return refused or Response(headers=ALWAYS, media_type="text/event-stream")
        return StreamingResponse(_counted(self._preview), media_type="text/event-stream", headers=ALWAYS)

    async def _changed(self, request: Request) -> Response:
        """What came, changed or went since a generation: the page that asks, and files by their addresses.

        `files` is null where that is not known. Other pages are left out: they ask for themselves.
        """
        query = parse_qs(request.scope["query_string"].decode("ascii", "replace"))
        since, page = query.get("since", [""])[-1], _address(query.get("page", [""])[-1].encode())
        if not re.fullmatch(r"[0-9]{1,18}", since) or page is None:
            return _foreign(request) or _plain(400, "ask with `since` and `page`")
        return _foreign(request) or await _in_memory(
            request, msgspec.json.encode(self._news(int(since), page)), media_type(".json")
        )

    def _news(self, since: int, page: str) -> dict[str, object]:
        snapshot, news = self._preview.snapshot, self._preview.changed_since(since)
        inside = _inside(page, snapshot.prefix) or ""
        places = {inside, f"{inside}index.html", _place(snapshot, page)[1]}
        files = None if news is None else sorted(path for path in news if not _is_page(path))
        return {
            "generation": snapshot.generation,
            "page": news is None or bool(places & news) or self._preview.problems_changed_since(since),
            "files": None if files is None else [f"{snapshot.prefix}/{path}" for path in files],
        }


async def _counted(preview: Preview) -> AsyncIterator[bytes]:
    """A number each time that there is something new; and a comment now and then, so that a dead line is noticed."""
    generation = preview.snapshot.generation
    yield f"data: {generation}\n\n".encode()
    while not preview.closed:
        snapshot = await preview.next(generation, HEARTBEAT)
        yield f"data: {snapshot.generation}\n\n".encode() if snapshot.generation != generation else b":\n\n"
        generation = snapshot.generation


def _foreign(request: Request) -> Response | None:
    origin = request.headers.get("origin")
    if origin is None or origin == f"{request.url.scheme}://{request.headers['host']}":
        return None
    return _plain(403, "this is for the preview's own pages")


# --- where an address leads


def _address(raw: bytes) -> str | None:
    """An address as it was asked for, decoded once; None where it is none."""
    try:
        address = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return address if address.startswith("/") and "\0" not in address and "\\" not in address else None


def _place(snapshot: Snapshot, address: str) -> tuple[int, str]:
    """A status, and the output that is to be sent with it; or the address that is to be asked for instead."""
    inside = _inside(address, snapshot.prefix)
    if inside is None:
        return (302, f"{snapshot.prefix}/") if address == "/" else (404, MISSING)
    path = f"{inside}index.html" if not inside or inside.endswith("/") else inside
    if path in snapshot.outputs:
        return 200, path
    if f"{inside}/index.html" in snapshot.outputs:
        return 301, f"{snapshot.prefix}/{quote(inside)}/"
    return 404, MISSING


def _inside(address: str, prefix: str) -> str | None:
    """The path below the site's own; None where it lies outside."""
    return address[len(prefix) + 1 :] if address.startswith(prefix + "/") else None


# --- what is sent


async def _output(request: Request, snapshot: Snapshot, path: str, file: BinaryIO, status: int) -> Response:
    if not _is_page(path):
        return await _sent(request, file, snapshot.outputs[path], media_type(path), status)
    page = await asyncio.to_thread(_all, file)
    return await _in_memory(request, pages.dressed(page, snapshot.problems, snapshot.generation), HTML, status)


def _is_page(path: str) -> bool:
    return path.endswith((".html", ".htm"))


async def _problems_only(request: Request, snapshot: Snapshot, status: int) -> Response:
    """A page with nothing but what is wrong, if anything is. One that is to be asked for again is of no build."""
    generation = 0 if status == 503 else snapshot.generation
    return await _in_memory(request, pages.only_problems(snapshot.problems, generation), HTML, status)


async def _in_memory(request: Request, data: bytes, media: str, status: int = 200) -> Response:
    return await _sent(request, BytesIO(data), digest.of_bytes(data), media, status)


async def _sent(request: Request, file: BinaryIO, mark: str, media: str, status: int = 200) -> Response:
    """A file of this digest; or the part of it that is asked for, or word that the reader has it."""
    length, etag = file.seek(0, 2), f'"{mark}"'
    headers = {**ALWAYS, "etag": etag, "accept-ranges": "bytes"}
    status, first, count = _wanted(request.headers, etag, length) if status == 200 else (status, 0, length)
    if status == 206:
        headers["content-range"] = f"bytes {first}-{first + count - 1}/{length}"
    if status == 416:
        headers["content-range"] = f"bytes */{length}"
    if status != 304:
        headers["content-length"] = str(count)
    if request.method == "HEAD" or not count:
        file.close()
        return Response(status_code=status, headers=headers, media_type=media)
    if count > PIECE:
        return StreamingResponse(_pieces(file, first, count), status, headers, media)
    return Response(await asyncio.to_thread(_all, file, first, count), status, headers, media)


def _all(file: BinaryIO, first: int = 0, count: int = -1) -> bytes:
    with file:
        file.seek(first)
        return file.read(count)


async def _pieces(file: BinaryIO, first: int, count: int) -> AsyncIterator[bytes]:
    with file:
        file.seek(first)
        while count and (piece := await asyncio.to_thread(file.read, min(count, PIECE))):
            count -= len(piece)
            yield piece


def _wanted(headers: Headers, etag: str, length: int) -> tuple[int, int, int]:
    """Status, first byte and number of bytes."""
    if etag in headers.get("if-none-match", ""):
        return 304, 0, 0
    asked = _RANGE.fullmatch(headers.get("range", ""))
    if not (asked and any(asked.groups())) or headers.get("if-range", etag) != etag:
        return 200, 0, length
    first, last = asked[1], asked[2]
    start, end = (int(first), int(last or length)) if first else (max(0, length - int(last)), length)
    if first and last and end < start:
        return 200, 0, length  # that is no range
    count = min(end + 1, length) - start
    return (206, start, count) if count > 0 else (416, 0, 0)


def _plain(status: int, words: str, **headers: str) -> Response:
    return Response(words + "\n", status, {**ALWAYS, **headers}, media_type="text/plain; charset=utf-8")
