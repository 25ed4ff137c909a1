"""Requests → responses, from the outputs of one whole build. Knows HTTP; must not know sources or how to build.

A request's target is looked up among the known outputs and never made a path of this machine. What is read must have
the digest that the build names: a file that is just being replaced is waited for.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes, urlsplit

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from phanthiet_news import digest
from phanthiet_news.problem import Problem
from phanthiet_news.serve import pages

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PATIENCE = 5.0  # seconds until a build that is being published must be known
HEARTBEAT = 15.0
LARGEST_HEAD = 16 * 1024
TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "xml": "application/xml",
    "txt": "text/plain; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "ico": "image/x-icon",
    "pdf": "application/pdf",
    "webmanifest": "application/manifest+json",
    "woff2": "font/woff2",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
}
FEEDS = {"rss.xml": "application/rss+xml", "atom.xml": "application/atom+xml", "feed.json": "application/feed+json"}
ALWAYS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class Snapshot(msgspec.Struct, frozen=True):
    """What is served: digests of the outputs of one build by path, and the problems that came up since."""

    generation: int = 0
    outputs: Mapping[str, str] = {}
    prefix: str = ""
    problems: Sequence[Problem] = ()


class Preview:
    """The snapshot of the moment, and those who wait for the next one."""

    def __init__(self, folder: Path, hosts: frozenset[str] = LOOPBACK, *, any_address: bool = False) -> None:
        self._folder = folder
        self.hosts, self.any_address = hosts, any_address
        self.snapshot = Snapshot()
        self._changed = asyncio.Condition()

    async def show(self, snapshot: Snapshot) -> None:
        """From now on this is served."""
        async with self._changed:
            self.snapshot = snapshot
            self._changed.notify_all()

    async def next(self, after: int, seconds: float) -> Snapshot:
        """The snapshot, as soon as it is newer than a generation; the present one when that takes too long."""
        async with self._changed:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait_for(lambda: self.snapshot.generation != after), seconds)
            return self.snapshot

    async def read(self, path: str) -> tuple[Snapshot, bytes] | None:
        """An output's bytes, and the snapshot that it is of; None where there is no such output."""
        snapshot = self.snapshot
        while path in snapshot.outputs:
            data = await asyncio.to_thread(self._bytes, path)
            if data is not None and digest.of_bytes(data) == snapshot.outputs[path]:
                return snapshot, data
            newer = await self.next(snapshot.generation, PATIENCE)
            if newer.generation == snapshot.generation:
                return None
            snapshot = newer
        return None

    def _bytes(self, path: str) -> bytes | None:
        try:
            return (self._folder / path).read_bytes()
        except OSError:
            return None


def application(preview: Preview) -> Starlette:
    """The preview as an ASGI application."""

    async def answer(request: Request) -> Response:
        return _refused(request, preview) or await _page(request, preview)

    async def events(request: Request) -> Response:
        refused = _refused(request, preview) or _foreign(request)
        return refused or StreamingResponse(_events(preview), media_type="text/event-stream", headers=ALWAYS)

    async def script(request: Request) -> Response:
        return _refused(request, preview) or _sent(request, pages.SCRIPT, TYPES["js"])

    async def style(request: Request) -> Response:
        return _refused(request, preview) or _sent(request, pages.STYLE, TYPES["css"])

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
    own = {"events": events, "reload.js": script, "panel.css": style}
    routes = [Route(pages.OWN + name, endpoint, methods=methods) for name, endpoint in own.items()]
    served = Starlette(routes=[*routes, Route("/{path:path}", answer, methods=methods)])
    served.router.redirect_slashes = False  # where addresses lead is said here alone
    return served


async def _events(preview: Preview) -> AsyncIterator[bytes]:
    """A counter, whenever there is something new; and a comment now and then, so that a dead line is noticed."""
    generation = preview.snapshot.generation
    yield f"data: {generation}\n\n".encode()
    while True:
        snapshot = await preview.next(generation, HEARTBEAT)
        yield f"data: {snapshot.generation}\n\n".encode() if snapshot.generation != generation else b":\n\n"
        generation = snapshot.generation


# --- who may ask


def _refused(request: Request, preview: Preview) -> Response | None:
    if not _is_host(request.headers.get("host", ""), preview):
        return _plain(403, "this preview does not go by that name; see `ptnews serve --host`")
    if sum(len(name) + len(value) for name, value in request.headers.raw) > LARGEST_HEAD:
        return _plain(431, "the head of this request is too large")
    if request.method not in ("GET", "HEAD"):
        return _plain(405, "only GET and HEAD", allow="GET, HEAD")
    return None


def _is_host(header: str, preview: Preview) -> bool:
    """Names of others are refused: a page of theirs may have had its name pointed here."""
    try:
        name = urlsplit(f"//{header}").hostname or ""
        return name in preview.hosts or (preview.any_address and bool(ipaddress.ip_address(name)))
    except ValueError:
        return False


def _foreign(request: Request) -> Response | None:
    origin = request.headers.get("origin")
    if origin is None or origin == f"{request.url.scheme}://{request.headers['host']}":
        return None
    return _plain(403, "this channel is for the preview's own pages")


# --- what they get


async def _page(request: Request, preview: Preview) -> Response:
    address = _address(request)
    if address is None:
        return _plain(400, "this is not an address")
    snapshot = preview.snapshot
    inside = _inside(address, snapshot.prefix)
    if inside is None:
        home = snapshot.prefix + "/"
        return (
            _plain(302, "the site begins elsewhere", location=home)
            if address == "/"
            else await _missing(request, preview)
        )
    for path in (inside, f"{inside}index.html" if inside.endswith("/") or not inside else inside):
        if path in snapshot.outputs and not path.endswith("/"):
            return await _output(request, preview, path)
    if f"{inside}/index.html" in snapshot.outputs:
        return _plain(301, "a folder", location=f"{snapshot.prefix}/{quote(inside)}/")
    return await _missing(request, preview)


def _address(request: Request) -> str | None:
    """The path that was asked for, decoded once; None where it is none."""
    raw = request.scope.get("raw_path") or b""
    try:
        address = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return address if address.startswith("/") and "\0" not in address and "\\" not in address else None


def _inside(address: str, prefix: str) -> str | None:
    """The path below the site's own; None where it lies outside."""
    return address[len(prefix) + 1 :] if address.startswith(prefix + "/") else None


async def _output(request: Request, preview: Preview, path: str, status: int = 200) -> Response:
    found = await preview.read(path)
    if found is None:
        return _plain(503, "this page is just being replaced; try again")
    snapshot, data = found
    name = path.rpartition("/")[2]
    media = FEEDS.get(name) or TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    if path.endswith(".html"):
        data = pages.dressed(data, snapshot.problems, snapshot.generation)
    return _sent(request, data, media, status)


async def _missing(request: Request, preview: Preview) -> Response:
    if "404.html" in preview.snapshot.outputs:
        return await _output(request, preview, "404.html", 404)
    data = pages.only_problems(preview.snapshot.problems, preview.snapshot.generation)
    return _sent(request, data, TYPES["html"], 404 if preview.snapshot.outputs else 500)


def _sent(request: Request, data: bytes, media: str, status: int = 200) -> Response:
    """The bytes, or the part that is asked for, or word that the reader has them."""
    mark = f'"{digest.of_bytes(data)}"'
    headers = {**ALWAYS, "etag": mark, "accept-ranges": "bytes"}
    if status == 200 and mark in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    part = _part(request.headers.get("range", ""), len(data)) if status == 200 else None
    if part is not None:
        first, last = part
        if first >= len(data):
            return Response(status_code=416, headers={**headers, "content-range": f"bytes */{len(data)}"})
        headers["content-range"] = f"bytes {first}-{last}/{len(data)}"
        data, status = data[first : last + 1], 206
    headers["content-length"] = str(len(data))
    return Response(b"" if request.method == "HEAD" else data, status, headers, media_type=media)


def _part(header: str, length: int) -> tuple[int, int] | None:
    """First and last byte of the one range that is asked for; None where all is to be sent."""
    unit, _, span = header.partition("=")
    first, dash, last = span.strip().partition("-")
    if (
        unit.strip() != "bytes"
        or not dash
        or not all(each.isascii() and each.isdigit() for each in (first, last) if each)
    ):
        return None
    if first:
        end = min(int(last), length - 1) if last else length - 1
        return (int(first), end) if int(first) <= end or int(first) >= length else None
    return (max(0, length - int(last)), length - 1) if last and int(last) else None


def _plain(status: int, words: str, **headers: str) -> Response:
    return Response(words + "\n", status, {**ALWAYS, **headers}, media_type="text/plain; charset=utf-8")
