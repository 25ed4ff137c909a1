"""Who asks while a build is under way waits for it, however long it takes; and what changed is told from then on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from phanthiet_news import digest
from phanthiet_news.problem import Problem
from phanthiet_news.serve.app import Application, Hosts
from phanthiet_news.serve.preview import Preview

OLD, NEW = b"<!doctype html><body>old</body>", b"<!doctype html><body>new</body>"
PATIENCE = 0.2


class Room:
    """A preview of a folder, those who build into it and one who asks."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.looks = folder, 0
        self.looked = asyncio.Event()
        self.preview = Preview(folder, self._look, PATIENCE)
        self.bugs: list[Exception] = []
        application = Application(self.preview, Hosts(), self.bugs.append)
        transport = httpx.ASGITransport(application)
        self.reader = httpx.AsyncClient(transport=transport, base_url="http://localhost", follow_redirects=False)

    def _look(self) -> None:
        self.looks += 1
        self.looked.set()

    def write(self, **files: bytes) -> dict[str, str]:
        """Files `<name>.html`, and their digests."""
        for name, data in files.items():
            (self.folder / f"{name}.html").write_bytes(data)
        return {f"{name}.html": digest.of_bytes(data) for name, data in files.items()}

    async def show(
        self, outputs: dict[str, str], gone: tuple[str, ...] = (), problems: tuple[Problem, ...] = ()
    ) -> None:
        await self.preview.show(outputs, gone, "", problems)

    async def status(self, path: str) -> tuple[int, bytes]:
        answer = await self.reader.get(path)
        return answer.status_code, answer.content[:30]

    async def changed(self, since: int, page: str) -> dict[str, Any]:
        found: dict[str, Any] = (
            await self.reader.get("/_ptnews/changed", params={"since": since, "page": page})
        ).json()
        return found


Scene = Callable[[Room], Coroutine[Any, Any, None]]


@pytest.fixture
def act(tmp_path: Path) -> Callable[[Scene], None]:
    """Play a scene."""

    async def play(scene: Scene) -> None:
        room = Room(tmp_path)
        await scene(room)
        assert not room.bugs

    def run(scene: Scene) -> None:
        with ThreadPoolExecutor(1) as thread:  # in this one another loop may run already
            thread.submit(asyncio.run, play(scene)).result()

    return run


def test_a6_who_asks_for_what_is_being_replaced_waits_for_the_end_of_the_build(act: Callable[[Scene], None]) -> None:
    async def scene(room: Room) -> None:
        await room.show(room.write(a=OLD, b=OLD))
        async with room.preview.building():
            new = room.write(a=NEW)
            asking = asyncio.create_task(room.status("/a.html"))
            await asyncio.sleep(PATIENCE * 4)
            assert not asking.done()
            assert (await room.status("/b.html"))[0] == 200
            await room.show(new)
        status, body = await asking
        assert (status, b"new" in body) == (200, True)
        assert room.looks == 0

    act(scene)


def test_a6_who_asks_for_what_is_being_removed_is_told_that_it_is_not_there(act: Callable[[Scene], None]) -> None:
    async def scene(room: Room) -> None:
        await room.show(room.write(a=OLD, b=OLD))
        async with room.preview.building():
            (room.folder / "a.html").unlink()
            asking = asyncio.create_task(room.status("/a.html"))
            await asyncio.sleep(PATIENCE * 2)
            await room.show({}, gone=("a.html",))
        assert (await asking)[0] == 404

    act(scene)


def test_a6_what_is_not_as_it_should_be_is_looked_at_and_made_again(act: Callable[[Scene], None]) -> None:
    async def scene(room: Room) -> None:
        await room.show(room.write(a=OLD))
        room.write(a=b"spoilt")
        asking = asyncio.create_task(room.status("/a.html"))
        await room.looked.wait()
        async with room.preview.building():
            room.write(a=OLD)
        assert (await asking)[0] == 200

    act(scene)


def test_a6_what_nobody_makes_again_is_told_with_a_page_that_asks_again(act: Callable[[Scene], None]) -> None:
    async def scene(room: Room) -> None:
        problem = Problem(path="ptnews.yml", code="no-site", message="nơi <khác>")
        await room.show(room.write(a=OLD), problems=(problem,))
        room.write(a=b"spoilt")
        answer = await room.reader.get("/a.html")
        assert answer.status_code == 503
        assert 'data-generation="0"' in answer.text
        assert "nơi &lt;khác&gt;" in answer.text
        assert (await room.changed(0, "/a.html"))["files"] is None

    act(scene)


def test_what_changed_is_told_since_each_generation(act: Callable[[Scene], None]) -> None:
    async def scene(room: Room) -> None:
        await room.show(room.write(a=OLD, b=OLD) | {"css/x.css": "1", "404.html": "1"})
        first = room.preview.snapshot.generation
        assert await room.changed(first, "/a.html") == {"generation": first, "page": False, "files": []}
        await room.show(room.write(a=NEW) | {"css/x.css": "2"})
        assert await room.changed(first, "/a.html") == {"generation": first + 1, "page": True, "files": ["/css/x.css"]}
        assert (await room.changed(first, "/b.html"))["page"] is False
        assert await room.changed(first + 1, "/a.html") == {"generation": first + 1, "page": False, "files": []}
        await room.show({}, gone=("b.html", "css/x.css"))
        assert (await room.changed(first + 1, "/b.html"))["page"] is True
        assert (await room.changed(first + 1, "/a.html"))["page"] is False
        await room.show({}, problems=(Problem(path="a"),))
        assert (await room.changed(first + 2, "/a.html"))["page"] is True
        for unknown in (0, 1, first - 2, first + 99):
            assert (await room.changed(unknown, "/a.html"))["files"] is None

    act(scene)


def test_a_page_that_comes_or_goes_concerns_whoever_asked_for_it(act: Callable[[Scene], None]) -> None:
    async def scene(room: Room) -> None:
        await room.show({"404.html": "1"})
        first = room.preview.snapshot.generation
        await room.show({"tin/mot/index.html": "1"})
        for page, changed in (("/tin/mot/", True), ("/tin/mot/index.html", True), ("/tin/hai/", False)):
            assert (await room.changed(first, page))["page"] is changed, page
        await room.show({"404.html": "2"})
        assert (await room.changed(first + 1, "/tin/hai/"))["page"] is True
        assert (await room.changed(first + 1, "/tin/mot/"))["page"] is False

    act(scene)


def test_nothing_new_is_no_new_generation(act: Callable[[Scene], None]) -> None:
    async def scene(room: Room) -> None:
        outputs = room.write(a=OLD)
        assert await room.preview.show(outputs, (), "", ())
        before = room.preview.snapshot
        assert not await room.preview.show(outputs, ("never.html",), "", ())
        assert room.preview.snapshot is before

    act(scene)


def test_a_later_server_counts_from_a_later_number(tmp_path: Path) -> None:
    first = Preview(tmp_path, print).snapshot.generation
    time.sleep(0.01)
    assert Preview(tmp_path, print).snapshot.generation > first
