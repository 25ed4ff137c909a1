"""What the last build wrote, in `.ptnews/`. Knows SQLite; must not know what the outputs are.

Never precious: whatever is wrong with it, the worst that happens is that a build can't tell its own old
files from others' and leaves them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

FOLDER = ".ptnews"
VERSION = 1


class Manifest:
    """The outputs of the last build: path → digest of the bytes."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "state.sqlite"

    def load(self) -> dict[str, str]:
        """Empty when there is none, or when it can't be read."""
        if not self._file.exists():
            return {}
        try:
            with closing(sqlite3.connect(self._file)) as database:
                if database.execute("pragma user_version").fetchone()[0] != VERSION:
                    return {}
                rows = database.execute("select path, digest from outputs").fetchall()
        except sqlite3.Error:
            return {}
        return {path: digest for path, digest in rows if isinstance(path, str) and isinstance(digest, str)}

    def save(self, outputs: Mapping[str, str]) -> None:
        """Replace the manifest. Raises OSError."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._write(outputs)
        except sqlite3.DatabaseError:
            self._file.unlink(missing_ok=True)
            self._write(outputs)

    def _write(self, outputs: Mapping[str, str]) -> None:
        with closing(sqlite3.connect(self._file)) as database, database:
            database.execute("drop table if exists outputs")
            database.execute("create table outputs (path text primary key, digest text not null) without rowid")
            database.executemany("insert into outputs values (?, ?)", sorted(outputs.items()))
            database.execute(f"pragma user_version = {VERSION}")
