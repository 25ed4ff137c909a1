"""A folder over HTTP as a careful host serves it: with the headers that docs/how-to/headers.md gives, and compressed.

`python tests/serving.py FOLDER PORT` does so until it is stopped.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

DOCS = Path(__file__).parents[1] / "docs/how-to/headers.md"
POLICIES = re.findall(r"default-src[^\"\n]*", DOCS.read_text(encoding="utf-8"))
COMPRESSED = {".html", ".css", ".js", ".svg", ".xml", ".json", ".webmanifest"}
KEPT = re.compile(r"\?v=|^/hinh-anh/")


class CarefulHandler(http.server.SimpleHTTPRequestHandler):
    """Says nothing, lets pages use only what is theirs, and has what carries a digest kept."""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Compressed where the other side can read it."""
        file = Path(self.translate_path(self.path))
        file = file / "index.html" if self.path.partition("?")[0].endswith("/") else file
        if file.suffix not in COMPRESSED or not file.is_file() or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return super().send_head()
        data = gzip.compress(file.read_bytes(), mtime=0)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(file))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        return BytesIO(data)

    def end_headers(self) -> None:
        """Add what the documentation gives."""
        self.send_header("Content-Security-Policy", POLICIES[0])
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "strict-origin-when-cross-origin")
        kept = KEPT.search(self.path)
        self.send_header("Cache-Control", "public, max-age=31536000, immutable" if kept else "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


CarefulHandler.extensions_map[".webmanifest"] = "application/manifest+json"


def server(out: Path, port: int = 0) -> http.server.ThreadingHTTPServer:
    """A server of a folder on this machine; on any free port where none is named."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(CarefulHandler, directory=str(out)))


@contextmanager
def served(out: Path) -> Iterator[str]:
    """The address of a folder while it is served."""
    with server(out) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


if __name__ == "__main__":
    with server(Path(sys.argv[1]), int(sys.argv[2])) as forever:
        forever.serve_forever()
