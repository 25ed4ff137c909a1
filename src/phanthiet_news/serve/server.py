"""The HTTP server around the application: where it listens, whom it waits for, how it ends. Knows uvicorn."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from phanthiet_news.problem import EXIT_REFUSED, Failure
from phanthiet_news.serve.app import LARGEST_HEAD, Application
from phanthiet_news.serve.preview import Preview

REQUEST_WITHIN = 10.0
PORTS, LAST_PORT = 20, 65535
SILENT = logging.CRITICAL + 1  # what readers and the terminal need to know is said elsewhere
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class Server(uvicorn.Server):
    """Serves a preview until it is interrupted; those who wait for news of it don't hold up its end.

    `ready` is called once it answers, and a signal is its to deal with.
    """

    def __init__(self, application: Application, preview: Preview, ready: Callable[[], None]) -> None:
        self._preview, self._ready = preview, ready
        super().__init__(
            uvicorn.Config(
                application,
                http=_Patient,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level=SILENT,
                access_log=False,
                server_header=False,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=0,
                h11_max_incomplete_event_size=LARGEST_HEAD,
            )
        )

    def stop(self) -> None:
        """Let it come to its end."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End all connections."""
        await self._preview.close()
        await super().shutdown(sockets)


class _Patient(H11Protocol):
    """Waits a while for a request, and not for ever."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._expect()

    def _expect(self) -> None:
        seen = self.cycle
        asyncio.get_running_loop().call_later(REQUEST_WITHIN, self._give_up, seen)

    def _give_up(self, seen: Any) -> None:
        if self.cycle is seen and (seen is None or seen.response_complete):
            self.transport.close()


def bound(host: str, port: int, complain: Callable[[str], None]) -> socket.socket:
    """A socket at the port, or at the next that is free; any that is free for 0. Raises Failure."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for each in range(port, min(port + PORTS, LAST_PORT + 1)) if port else [0]:
        # asyncio sends answers without delay only where it is told that this is TCP
        found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, each))
            found.listen(128)
        except (OSError, UnicodeError) as error:
            found.close()
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            continue
        if each != port and port:
            complain(f"port {port} is taken; this is {each}")
        return found
    message = f"can't listen at {host}:{port}: {reason}"
    raise Failure.at("--port", "port", message, "name another with `--port`", exit_code=EXIT_REFUSED)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def address(found: socket.socket, prefix: str = "") -> str:
    """Where a browser on this machine finds what listens there."""
    name, port = found.getsockname()[:2]
    name = _ANY.get(name, name)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}{prefix}/"
