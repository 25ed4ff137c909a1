"""What earlier builds knew, in `.ptnews/`: input stamps, parsed articles, the manifest of outputs.

Knows SQLite; must not know what a stage does with any of it. Never precious: every row carries a digest of
itself, so whatever is wrong with the file, the worst that happens is a cold build and a warning.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from phanthiet_news import digest
from phanthiet_news.model import Body, LeftOut, Parsed
from phanthiet_news.problem import EXIT_SYSTEM, Failure, Problem
from phanthiet_news.stamp import Stamp

FOLDER = ".ptnews"
VERSION = 3

T = TypeVar("T")


class Input(msgspec.Struct, frozen=True, array_like=True):
    """A file of the site as it was last read."""

    stamp: Stamp
    digest: str


class Hole(msgspec.Struct, frozen=True, array_like=True):
    """Where a fragment or a digest url stands in an output, in bytes."""

    name: str
    start: int
    length: int


class Output(msgspec.Struct, frozen=True, array_like=True):
    """A line of the manifest: what was written, of what it was made, and why it was made the last time.

    `fill` is the digest of what stands in the holes; `parts` are digests of the fields of its data and of
    the templates that it was made with, by name; `made` is the `as_of` of the build that made it.
    """

    fingerprint: str
    stamp: Stamp
    digest: str
    fill: str = ""
    holes: tuple[Hole, ...] = ()
    kind: str = ""
    source: str = ""
    template: str = ""
    parts: dict[str, str] = {}
    made: str = ""
    why: tuple[str, ...] = ()


class Memo(msgspec.Struct, frozen=True):
    """The last build as a whole: the digest of all its inputs, and between which instants it stays true.

    `seen` is the instant (nanoseconds) after which its inputs were read, `published` that before which its
    outputs were written; `rows` is how many outputs the manifest has.
    """

    inputs: str = ""
    parse_salt: str = ""
    since: datetime | None = None
    until: datetime | None = None
    seen: int = 0
    published: int = 0
    rows: int = 0
    left_out: tuple[LeftOut, ...] = ()
    problems: tuple[Problem, ...] = ()
    kinds: dict[str, int] = {}


class Planned(msgspec.Struct, frozen=True):
    """A line of the journal: the digests under which a path is ours, that which it is about to get and the last."""

    digests: tuple[str, ...]


class State:
    """The state beside one output folder. All of it but the bodies is read when it is opened.

    `known` tells whether there was one that could be believed; `problems` what was wrong with it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.problems: list[Problem] = []
        self.memo = Memo()
        self.inputs: dict[str, Input] = {}
        self.parsed: dict[str, Parsed] = {}
        self.outputs: dict[str, Output] = {}
        self.journal: dict[str, Planned] = {}
        self._stored: tuple[dict[str, Input], dict[str, Parsed], dict[str, Output]] = ({}, {}, {})
        self.known = file.exists()
        if self.known:
            self._load()
        self._stored = (self.inputs, self.parsed, self.outputs)

    def _load(self) -> None:
        try:
            with closing(_connect(self._file)) as database:
                if database.execute("pragma user_version").fetchone()[0] != VERSION:
                    self._forget("it was written by another version")
                    return
                self.memo = dict(_MEMO.rows(database)).get("", Memo())
                self.inputs = dict(_INPUTS.rows(database))
                self.parsed = dict(_PARSED.rows(database))
                self.outputs = dict(_OUTPUTS.rows(database))
                self.journal = dict(_JOURNAL.rows(database))
        except (sqlite3.Error, msgspec.MsgspecError, OSError):
            self._forget("it is damaged")
        if self.known and len(self.outputs) != self.memo.rows:
            self._forget("some of it is missing")

    def forget_work(self) -> None:
        """Forget all but which files are ours."""
        self.memo = Memo(rows=self.memo.rows, published=self.memo.published)
        self.inputs, self.parsed = {}, {}
        self.outputs = {path: msgspec.structs.replace(each, fingerprint="") for path, each in self.outputs.items()}

    def _forget(self, why: str) -> None:
        self.problems.append(
            Problem(
                path=f"{FOLDER}/{self._file.name}",
                code="state-lost",
                message=f"what earlier builds left can't be used: {why}",
                hint="nothing to mend: everything is built anew",
                fatal=False,
            )
        )
        self.known = False
        self.memo, self.inputs, self.parsed, self.outputs, self.journal = Memo(), {}, {}, {}, {}
        self._stored = ({}, {}, {})
        for suffix in ("", "-journal", "-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)

    def bodies(self, digests: Iterable[str]) -> dict[str, Body]:
        """Those bodies that are there and whole."""
        wanted = sorted(set(digests))
        if not (wanted and self.known):
            return {}
        try:
            with closing(_connect(self._file)) as database:
                return dict(_BODIES.rows(database, wanted))
        except sqlite3.Error:
            return {}

    def plan(self, journal: Mapping[str, Planned]) -> None:
        """Write the journal: after this, whatever happens, the next build knows which files are ours.

        Raises Failure.
        """
        with self._told(), closing(self._writable()) as database, database:
            _JOURNAL.put(database, journal)

    def commit(
        self,
        memo: Memo,
        inputs: Mapping[str, Input],
        parsed: Mapping[str, Parsed],
        bodies: Mapping[str, Body],
        outputs: Mapping[str, Output],
    ) -> None:
        """Make a finished build the last one. `bodies` are those that may be new. Raises Failure."""
        with self._told():
            try:
                self._commit(memo, inputs, parsed, bodies, outputs)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                self._forget("it is damaged")
                self._commit(memo, inputs, {}, {}, outputs)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the disk or the system refuses becomes a Failure."""
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            path = f"{FOLDER}/{self._file.name}"
            raise Failure.at(path, "write", f"can't be written: {error}", exit_code=EXIT_SYSTEM) from None

    def _commit(
        self,
        memo: Memo,
        inputs: Mapping[str, Input],
        parsed: Mapping[str, Parsed],
        bodies: Mapping[str, Body],
        outputs: Mapping[str, Output],
    ) -> None:
        with closing(self._writable()) as database, database:
            stored_inputs, stored_parsed, stored_outputs = self._stored
            _INPUTS.update(database, stored_inputs, inputs)
            _PARSED.update(database, stored_parsed, parsed)
            _OUTPUTS.update(database, stored_outputs, outputs)
            _BODIES.put(database, bodies)
            kept = {each.article.body for each in parsed.values() if each.article}
            _BODIES.keep_only(database, kept)
            _JOURNAL.keep_only(database, set())
            _MEMO.put(database, {"": msgspec.structs.replace(memo, rows=len(outputs))})

    def _writable(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._prepared()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self._forget("it is damaged")
            return self._prepared()

    def _prepared(self) -> sqlite3.Connection:
        database = _connect(self._file)
        for table in (_INPUTS, _PARSED, _OUTPUTS, _BODIES, _JOURNAL, _MEMO):
            table.make(database)
        database.execute(f"pragma user_version = {VERSION}")
        return database


class _Table(Generic[T]):
    """One table of rows that each carry a digest of themselves."""

    def __init__(self, name: str, kind: type[T]) -> None:
        self._name = name
        self._encode = msgspec.json.Encoder(order="deterministic").encode
        self._decode = msgspec.json.Decoder(kind).decode

    def make(self, database: sqlite3.Connection) -> None:
        database.execute(
            f"create table if not exists {self._name} (key text primary key, mark text, value blob) without rowid"
        )

    def rows(self, database: sqlite3.Connection, keys: list[str] | None = None) -> Iterator[tuple[str, T]]:
        """Whole rows only: one that is damaged is as if it weren't there."""
        for key, mark, value in self._found(database, keys):
            if isinstance(key, str) and isinstance(value, bytes) and mark == _mark(key, value):
                yield key, self._decode(value)

    def _found(self, database: sqlite3.Connection, keys: list[str] | None) -> Iterator[Any]:
        select = f"select key, mark, value from {self._name}"  # noqa: S608
        if keys is None:
            yield from database.execute(select)
            return
        for key in keys:
            yield from database.execute(f"{select} where key = ?", (key,))

    def put(self, database: sqlite3.Connection, rows: Mapping[str, T]) -> None:
        encoded = ((key, self._encode(value)) for key, value in rows.items())
        database.executemany(
            f"insert or replace into {self._name} values (?, ?, ?)",  # noqa: S608
            ((key, _mark(key, value), value) for key, value in encoded),
        )

    def update(self, database: sqlite3.Connection, before: Mapping[str, T], after: Mapping[str, T]) -> None:
        """Write the difference."""
        self._drop(database, before.keys() - after.keys())
        self.put(database, {key: value for key, value in after.items() if before.get(key) != value})

    def keep_only(self, database: sqlite3.Connection, kept: set[str]) -> None:
        there = {key for (key,) in database.execute(f"select key from {self._name}")}  # noqa: S608
        self._drop(database, there - kept)

    def _drop(self, database: sqlite3.Connection, keys: Iterable[str]) -> None:
        database.executemany(f"delete from {self._name} where key = ?", ((key,) for key in keys))  # noqa: S608


_INPUTS = _Table("inputs", Input)
_PARSED = _Table("parsed", Parsed)
_OUTPUTS = _Table("outputs", Output)
_BODIES = _Table("bodies", Body)
_JOURNAL = _Table("journal", Planned)
_MEMO = _Table("memo", Memo)


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=5, isolation_level="DEFERRED")


def _mark(key: str, value: bytes) -> str:
    return digest.of_bytes(key.encode() + b"\0" + value)
