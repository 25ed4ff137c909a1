"""A folder over HTTP as a careful host serves it: with the headers that docs/how-to/headers.md gives."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs/how-to/headers.md"
POLICIES = re.findall(r"default-src[^\"\n]*", DOCS.read_text(encoding="utf-8"))


class CarefulHandler(http.server.SimpleHTTPRequestHandler):
    """Says nothing, and lets pages use only what is theirs."""

    def end_headers(self) -> None:
        """Add the policy."""
        self.send_header("Content-Security-Policy", POLICIES[0])
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@contextmanager
def served(out: Path) -> Iterator[str]:
    """The address of a folder while it is served."""
    handler = functools.partial(CarefulHandler, directory=str(out))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
