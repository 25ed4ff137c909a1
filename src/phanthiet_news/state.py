"""What earlier builds knew, in `.ptnews/`: input stamps, parsed articles, the manifest of outputs.

Knows SQLite; must not know what a stage does with any of it. Never precious: all that is read back carries a
digest of itself, so whatever is wrong with the file, the worst that happens is a cold build and a warning.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar
from urllib.parse import quote

import msgspec

from phanthiet_news import digest, stamp
from phanthiet_news.model import Body, Fragment, LeftOut, Page, Parsed, Stats
from phanthiet_news.packing import Damaged, packed, unpacked
from phanthiet_news.problem import EXIT_SYSTEM, Failure, Problem
from phanthiet_news.stamp import Look, Stamp

FOLDER = ".ptnews"
PICTURES = "pictures"  # where beside the state files made of pictures are kept
VERSION = 16
SHEETS = 256
FEW_SHEETS = 64
PACK = 64  # pages that are kept as one
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)  # the second where a text is none
PATIENCE = 5.0  # seconds for which another process that reads or writes the file is waited for

T = TypeVar("T")


Filling = tuple[tuple[str, int], ...]
"""The holes of an output, in their order: the name of each, and how many bytes went into it. Thousands share one."""

Packs = dict[int, dict[str, msgspec.Raw]]
"""Packs of pages that were opened, by number: by path, each page as it is encoded."""


class Input(msgspec.Struct, frozen=True, array_like=True):
    """A file of the site as it was last read."""

    stamp: Stamp
    digest: str


class Output(msgspec.Struct, frozen=True, array_like=True):
    """A line of the manifest: what was written, and of what it was made.

    `fingerprint` is the digest of all that it was made of, empty where that is not known: of a page its mark, for what
    frames it is the same for all pages of a template and stands in the memo. `fill` is the digest of what stands in the
    holes, see Filling; where they begin, in bytes, few builds ask, so it stays encoded. `bodies` are the digests of the
    bodies that it shows.
    """

    fingerprint: str
    stamp: Stamp
    digest: str
    fill: str = ""
    encoded_starts: str = ""
    kind: str = ""
    source: str = ""
    template: str = ""
    bodies: tuple[str, ...] = ()

    @property
    def starts(self) -> list[int]:
        """Where in it something was filled in."""
        return [int(each) for each in self.encoded_starts.split()]


class Making(msgspec.Struct, frozen=True, array_like=True):
    """Why an output was made the last time, for people.

    `made` is the instant at which it was made, by the clock on the wall. What it was made with besides its data is the
    same for thousands, and seldom asked for, so it stays encoded.
    """

    encoded_parts: msgspec.Raw
    made: str
    why: tuple[str, ...]

    @property
    def parts(self) -> dict[str, str]:
        """Digests of what it was made with besides its data, by name."""
        return decoded_parts(self.encoded_parts)


class Memo(msgspec.Struct, frozen=True):
    """The last build as a whole: the digest of all its inputs, and between which instants it stays true.

    `left_out` and `given_ids` are those of the site. `look` tells when outputs were looked at; `rows` is how many
    outputs the manifest has, `journalled` how many lines the journal of a build that may have been cut off since;
    `templates` is the digest of all templates, `frames` are those of what pages are framed with, by template, and
    `cores` of what their cores are made from; `fillings` are those of all outputs, by their digests; `fragments` is
    what went into holes, `planned` what it was made of.
    """

    inputs: str = ""
    since: datetime | None = None
    until: datetime | None = None
    look: Look = Look()
    rows: int = 0
    journalled: int = 0
    left_out: tuple[LeftOut, ...] = ()
    given_ids: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    kinds: dict[str, int] = {}
    templates: str = ""
    frames: dict[str, str] = {}
    cores: dict[str, str] = {}
    fillings: dict[str, Filling] = {}
    fragments: dict[str, str] = {}
    planned: tuple[Fragment, ...] = ()
    stats: Stats = Stats()


class Learned(msgspec.Struct, frozen=True):
    """What is parsed as a whole: of what besides the sources, and the instant (nanoseconds) after which they were read.

    It may be newer than the last build: one that failed has parsed all the same.
    """

    salt: str = ""
    seen: int = 0


class Pack(msgspec.Struct, frozen=True):
    """Pages as they are kept: neighbours show the same headlines, so many together take little room."""

    paths: tuple[str, ...]
    data: bytes


class Planned(msgspec.Struct, frozen=True):
    """A line of the journal: the digests under which a path is ours, that which it is about to get and the last."""

    digests: tuple[str, ...]


class State:
    """The state beside one output folder. What every build needs is read when it is opened, the rest when asked for.

    `has_last_build` tells whether a build ended here and its manifest can be believed; what sources were read may be
    known without one. `problems` are what was wrong. Whoever only reads changes nothing: a file that can't be used is
    put away when the next is begun, by a build, which holds the lock. Raises Failure where the system refuses to read
    it: that is no damage.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._empty()
        if os.path.lexists(file):
            self._load()
        self._seen = stamp.at(str(file))

    @property
    def is_current(self) -> bool:
        """Whether the file is as it was last read or written here: then this can serve the next build too."""
        return self.has_last_build and self._seen is not None and stamp.at(str(self.file)) == self._seen

    def _empty(self) -> None:
        self.has_last_build, self._is_usable = False, False
        self.memo, self.learned = Memo(), Learned()
        self.inputs: dict[str, Input] = {}
        self.outputs: dict[str, Output] = {}
        self.journal: dict[str, Planned] = {}
        self._parsed: dict[str, Parsed] | None = None
        self._stored: tuple[Mapping[str, Input], Mapping[str, Output]] = ({}, {})

    def _load(self) -> None:
        try:
            with closing(_connect(self.file)) as database:
                self._take(database)
        except (sqlite3.Error, *_UNREADABLE) as error:
            if not (_is_damage(error) or self._is_blocked()):
                self._refuse(error, "read")
            self._lose("it is damaged")

    def _take(self, database: sqlite3.Connection) -> None:
        database.execute("begin")  # all that follows is of one moment
        version = database.execute("pragma user_version").fetchone()[0]
        if version != VERSION:
            if version:  # without one nothing was ever written to it
                self._lose("it was written by another version")
            return
        memo = _MEMO.read(database).get("")
        self.has_last_build, self._is_usable = memo is not None, True
        self.memo, self.learned = memo or Memo(), _LEARNED.read(database).get("", Learned())
        self.inputs, self.outputs = _INPUTS.read(database), _OUTPUTS.read(database)
        self.journal = _JOURNAL.read(database)
        self._stored = (self.inputs, self.outputs)
        found = (len(self.outputs), len(self.journal) if memo else 0)
        if found != (self.memo.rows, self.memo.journalled) or (memo is None and not _MEMO.is_empty(database)):
            self._lose("some of it is missing")

    @property
    def facts(self) -> dict[str, bytes]:
        """What was found out about templates, the configuration and the like, by what it was found out from."""
        return self._read(lambda database: _FACTS.read(database)) or {}

    @property
    def pictures(self) -> dict[str, bytes]:
        """What came of looking at pictures, packed."""
        return self._read(lambda database: _PICTURES.read(database)) or {}

    @property
    def parsed(self) -> dict[str, Parsed]:
        """What came of the sources, without the bodies. Where it is damaged, less."""
        if self._parsed is None:
            self._parsed = self._read(lambda database: _PARSED.read(database)) or {}
        return self._parsed

    def parsed_of(self, names: Collection[str]) -> dict[str, Parsed]:
        """What came of these sources (and perhaps of some others)."""
        if self._parsed is not None:
            return self._parsed
        return (self._read(lambda database: _PARSED.read(database, _sheets(names))) if names else None) or {}

    def makings(self, paths: Collection[str]) -> dict[str, Making]:
        """Why these outputs were made the last time, as far as it is known."""
        return self._read(lambda database: _MAKINGS.read(database, _sheets(paths))) or {}

    def _read(self, read: Callable[[sqlite3.Connection], T]) -> T | None:
        if not self._is_usable:
            return None
        try:
            with closing(_connect(self.file)) as database:
                return read(database)
        except (sqlite3.Error, *_UNREADABLE) as error:
            if not _is_damage(error):
                self._refuse(error, "read")
            return None

    def forget_work(self) -> None:
        """Forget all but which files are ours."""
        self.memo = Memo(rows=self.memo.rows, look=self.memo.look)
        self.learned, self.inputs, self._parsed = Learned(), {}, {}
        self.outputs = {path: msgspec.structs.replace(each, fingerprint="") for path, each in self.outputs.items()}

    def _lose(self, why: str) -> None:
        """Know nothing any more. The file itself is left to the next who writes."""
        self.problems.append(
            Problem(
                path=self._shown,
                code="state-lost",
                message=f"what earlier builds left can't be used: {why}",
                hint="nothing to mend: everything is built anew",
                fatal=False,
            )
        )
        self._empty()

    @property
    def _shown(self) -> str:
        return f"{FOLDER}/{self.file.name}"

    # --- writing: what was learned of the sources, what is about to be published, what was

    def learn(
        self,
        learned: Learned,
        inputs: Mapping[str, Input],
        parsed: Mapping[str, Parsed],
        encoded: Mapping[str, bytes],
        bodies: Iterable[tuple[str, bytes]],
    ) -> None:
        """Keep what came of the sources, whatever becomes of this build.

        `inputs` are all; `parsed`, `encoded` (the same), `bodies` (packed) are those that may be new. Raises Failure.
        """

        def keep(database: sqlite3.Connection) -> None:
            before = self._stored[0]
            _INPUTS.update(database, before, inputs)
            raw = {name: msgspec.Raw(encoded[name]) for name in parsed}
            _PARSED.merge(database, raw, before.keys() - inputs.keys())
            database.executemany("insert or replace into bodies values (?, ?)", bodies)
            _LEARNED.update(database, {}, {"": learned})

        self._write(keep)
        self.learned, self.inputs = learned, dict(inputs)
        self._stored = (self.inputs, self._stored[1])
        if self._parsed is not None:
            self._parsed = {name: each for name, each in (self._parsed | dict(parsed)).items() if name in inputs}

    def look(self, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
        """Keep what came of looking at pictures, whatever becomes of this build. Raises Failure."""
        if before != after:
            self._write(lambda database: _PICTURES.update(database, before, after))

    def plan(self, journal: Mapping[str, Planned]) -> None:
        """Write the journal: after this, whatever happens, the next build knows which files are ours.

        Raises Failure.
        """
        journal = {**self.journal, **journal}

        def keep(database: sqlite3.Connection) -> None:
            _JOURNAL.update(database, self.journal, journal)
            if self.has_last_build:
                _MEMO.update(database, {}, {"": msgspec.structs.replace(self.memo, journalled=len(journal))})

        self._write(keep)
        self.journal = journal

    def commit(
        self,
        memo: Memo,
        outputs: Mapping[str, Output],
        makings: Mapping[str, Making],
        packs: Iterable[Pack],
        facts: Mapping[str, bytes] | None = None,
        bodies: Collection[str] | None = None,
    ) -> None:
        """Make a finished build the last one. `makings` and `packs` are of what was just made. Raises Failure.

        All `bodies` but these are dropped, and what no page is in any more.
        """
        memo = msgspec.structs.replace(memo, rows=len(outputs), journalled=0)

        def keep(database: sqlite3.Connection) -> None:
            before = self._stored[1]
            gone = before.keys() - outputs.keys()
            _OUTPUTS.update(database, before, outputs)
            _MAKINGS.merge(database, makings, gone)
            database.executemany("delete from pages where key = ?", ((path,) for path in gone))
            _keep_pages(database, packs)
            _JOURNAL.clear(database)
            if facts is not None and facts.keys() != _FACTS.read(database).keys():
                _FACTS.clear(database)
                _FACTS.update(database, {}, facts)
            if bodies is not None:
                _drop_unused(database, bodies)
            _MEMO.update(database, {}, {"": memo})

        self._write(keep)
        self.has_last_build, self.problems, self.journal = True, [], {}
        self.memo, self.outputs = memo, dict(outputs)
        self._stored = (self.inputs, self.outputs)

    def _write(self, change: Callable[[sqlite3.Connection], object]) -> None:
        """In one transaction. A file that turns out to be damaged is begun anew. Raises Failure."""
        try:
            try:
                self._transact(change)
            except sqlite3.Error as error:
                if not _is_damage(error):
                    raise
                self._lose("it is damaged")
                self._transact(change)
        except (sqlite3.Error, OSError) as error:
            self._refuse(error, "write")

    def _transact(self, change: Callable[[sqlite3.Connection], object]) -> None:
        if not self._is_usable:
            self._put_away()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with closing(_connect(self.file, "rwc")) as database:
            _prepare(database)
            change(database)
            database.execute("commit")
        self._is_usable = True
        self._seen = stamp.at(str(self.file))

    def _put_away(self) -> None:
        """Whatever stands where the file is to be made. Only who holds the lock of the site comes here."""
        for part in self._parts():
            if part.is_dir() and not part.is_symlink():
                import shutil

                shutil.rmtree(part)
            else:
                part.unlink(missing_ok=True)

    def _is_blocked(self) -> bool:
        """Whether a folder stands in the place of one of its files."""
        return any(part.is_dir() for part in self._parts())

    def _parts(self) -> list[Path]:
        return [self.file.with_name(self.file.name + suffix) for suffix in ("", "-journal", "-wal", "-shm")]

    def _refuse(self, error: Exception, what: str) -> NoReturn:
        """What the disk or the system refuses, or another process that does not let go."""
        reason = getattr(error, "strerror", None) or str(error)  # without the path of an OSError
        message = f"can't be {'read' if what == 'read' else 'written'}: {reason}"
        hint = "look at permissions and space, and at who else is at work here"
        raise Failure.at(self._shown, what, message, hint, exit_code=EXIT_SYSTEM) from None


_REFUSALS = {
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}


def _is_damage(error: Exception) -> bool:
    """Whether it is the file's fault, and not that of the system, the disk or another process."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF not in _REFUSALS


class _Table(Generic[T]):
    """Values by name, gathered in sheets by a checksum of the name. Each sheet carries a digest of itself.

    Thousands of small rows would cost more to read than what is in them.
    """

    def __init__(self, name: str, kind: type[T], *, packed: bool = False) -> None:
        self.name, self._packed = name, packed
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(dict[str, kind]).decode  # type: ignore[valid-type]

    def read(self, database: sqlite3.Connection, sheets: Collection[int] | None = None) -> dict[str, T]:
        """What is in these sheets, or in all; a sheet that is damaged is as if it weren't there."""
        found: dict[str, T] = {}
        for data in self._whole(database, sheets):
            found |= self._decode(data)
        return found

    def _whole(self, database: sqlite3.Connection, sheets: Collection[int] | None) -> Iterator[bytes]:
        """Those of these sheets, or of all, that are not damaged."""
        for number, mark, data in self._rows(database, sheets):
            if isinstance(number, int) and isinstance(data, bytes) and mark == self._mark(number, data):
                yield unpacked(data) if self._packed else data

    def _rows(self, database: sqlite3.Connection, sheets: Collection[int] | None) -> Iterator[Any]:
        select = f"select sheet, mark, data from {self.name}"  # noqa: S608
        if sheets is None:
            yield from database.execute(select)
        for number in sheets or ():
            yield from database.execute(f"{select} where sheet = ?", (number,))

    def update(self, database: sqlite3.Connection, before: Mapping[str, T], after: Mapping[str, T]) -> None:
        """Write the sheets in which anything differs; `before` is what they hold."""
        changed = {name for name, value in after.items() if (old := before.get(name)) is not value and old != value}
        sheets = _sheets(changed | (before.keys() - after.keys()))
        if len(sheets) < FEW_SHEETS:  # to ask them for their names takes less time than all names for their sheets
            whole = list(self._whole(database, sheets))
            if len(whole) == len(sheets):
                names = changed.union(*map(_decode_raw, whole))
                after = {name: after[name] for name in names if name in after}
        self._write(database, after, sheets)

    def merge(self, database: sqlite3.Connection, new: Mapping[str, T | msgspec.Raw], gone: Collection[str]) -> None:
        """Put and drop values where the others are not at hand. The new may be encoded already."""
        sheets = _sheets([*new, *gone])
        values = {name: value for name, value in self.read(database, sheets).items() if name not in gone}
        self._write(database, {**values, **new}, sheets)

    def is_empty(self, database: sqlite3.Connection) -> bool:
        """Whether nothing was ever put here, not even something that is damaged."""
        return database.execute(f"select 1 from {self.name}").fetchone() is None  # noqa: S608

    def clear(self, database: sqlite3.Connection) -> None:
        """Drop everything."""
        database.execute(f"delete from {self.name}")  # noqa: S608

    def _write(
        self, database: sqlite3.Connection, values: Mapping[str, T | msgspec.Raw], sheets: Collection[int]
    ) -> None:
        written: dict[int, dict[str, T | msgspec.Raw]] = {number: {} for number in sheets}
        for name, value in values.items() if sheets else ():
            sheet = written.get(_sheet(name))
            if sheet is not None:
                sheet[name] = value
        encoded = ((number, self._encode(sheet)) for number, sheet in written.items())
        if self._packed:
            encoded = ((number, packed(data)) for number, data in encoded)
        database.executemany(
            f"insert or replace into {self.name} values (?, ?, ?)",  # noqa: S608
            ((number, self._mark(number, data), data) for number, data in encoded),
        )

    def _mark(self, number: int, data: bytes) -> str:
        return digest.of_bytes(b"%s %d\0" % (self.name.encode(), number) + data)


_INPUTS = _Table("inputs", Input)
_PARSED = _Table("parsed", Parsed, packed=True)
_OUTPUTS = _Table("outputs", Output)
_MAKINGS = _Table("makings", Making, packed=True)
_MEMO = _Table("memo", Memo)
_LEARNED = _Table("learned", Learned)
_FACTS = _Table("facts", bytes)
_PICTURES = _Table("pictures", bytes)
_JOURNAL = _Table("journal", Planned)


@lru_cache(maxsize=2**18)  # a preview asks for all of them at each save
def _sheet(name: str) -> int:
    return zlib.crc32(name.encode()) % SHEETS


def _sheets(names: Iterable[str]) -> set[int]:
    return set(map(_sheet, names))


def fact(file: Path, key: str) -> bytes | None:
    """One of the facts in the state's file; None, too, where it can't be had at once."""
    try:
        with closing(_connect(file, patience=0)) as database:
            is_ours = database.execute("pragma user_version").fetchone()[0] == VERSION
            return _FACTS.read(database, _sheets([key])).get(key) if is_ours else None
    except (sqlite3.Error, *_UNREADABLE):
        return None


def encoded_starts(starts: Iterable[int]) -> str:
    """As an output has them."""
    return " ".join(map(str, starts))


def encoded_parts(parts: Mapping[str, str]) -> msgspec.Raw:
    """As a making has them."""
    return msgspec.Raw(digest.canonical(parts))


def decoded_parts(data: bytes | msgspec.Raw) -> dict[str, str]:
    """The opposite of `encoded_parts`."""
    return _decode_parts(data)


def encoded_parsed(parsed: Parsed) -> bytes:
    """What came of a source as it is kept, and as it is sent by who parsed it."""
    return _ENCODE(parsed)


def decoded_parsed(data: bytes) -> Parsed:
    """The opposite of `encoded_parsed`."""
    return _decode_parsed(data)


# --- what workers read for themselves, packed: bodies, each in a row of its own, and pages


def packed_body(body: Body) -> bytes:
    """A body as it is kept."""
    return packed(body.encoded())


def bodies(file: Path, digests: Iterable[str]) -> dict[str, Body]:
    """Those bodies that are kept in the state's file and whole."""
    found = _unpacked(file, "select key, data from bodies where key = ?", digests)
    return {key: _decode_body(data) for key, data in found if digest.of_bytes(data) == key}


def pages(file: Path, paths: Iterable[str]) -> dict[str, Page]:
    """Those pages that are kept, as they were when they were made.

    Damage is not always noticed here: whether it is the page that was made, its fingerprint tells.
    """
    found: dict[str, Page] = {}
    with suppress(*_UNREADABLE):
        found.update((path, _decode_page(data)) for path, data in encoded_pages(file, paths).items())
    return found


def neighbours(file: Path, paths: Iterable[str]) -> list[str]:
    """The same paths, those together whose pages are kept together: so each pack is opened once."""
    places = _places(_rows(file, "select key, pack from pages"))
    return sorted(paths, key=lambda path: (places.get(path, 0), path))


def encoded_pages(file: Path, paths: Iterable[str], opened: Packs | None = None) -> dict[str, msgspec.Raw]:
    """The same, encoded. Who asks more than once keeps what was `opened`."""
    opened = {} if opened is None else opened
    places: dict[str, int] = {}
    with suppress(*_UNREADABLE):
        places = _places(_rows(file, "select key, pack from pages where key = ?", paths))
        closed = set(places.values()) - opened.keys()
        for pack, data in _unpacked(file, "select id, data from packs where id = ?", closed):
            opened[pack] = _decode_raw(data)
    return {path: opened[pack][path] for path, pack in places.items() if path in opened.get(pack, ())}


def encoded_page(page: Page) -> bytes:
    """A page as it is kept, and as it is sent to other processes."""
    return digest.canonical(page)


def decoded_page(data: bytes) -> Page:
    """The opposite of `encoded_page`. Raises msgspec.MsgspecError."""
    return _decode_page(data)


def pack_of(pages: Mapping[str, bytes]) -> Pack:
    """Encoded pages, by path, as they are kept."""
    return Pack(tuple(pages), packed(digest.canonical({path: msgspec.Raw(page) for path, page in pages.items()})))


def _keep_pages(database: sqlite3.Connection, packs: Iterable[Pack]) -> None:
    for pack in _filled(packs):
        added = database.execute("insert into packs (data) values (?)", (pack.data,))
        places = ((path, added.lastrowid) for path in pack.paths)
        database.executemany("insert or replace into pages values (?, ?)", places)


def _filled(packs: Iterable[Pack]) -> Iterator[Pack]:
    """The same pages, those of small packs brought together."""
    few: dict[str, bytes] = {}
    for pack in packs:
        if len(pack.paths) == PACK:
            yield pack
        else:
            few |= {path: bytes(page) for path, page in _decode_raw(unpacked(pack.data)).items()}
    waiting = iter(few.items())
    while pages := dict(islice(waiting, PACK)):
        yield pack_of(pages)


def _drop_unused(database: sqlite3.Connection, bodies: Collection[str]) -> None:
    gone = {key for (key,) in database.execute("select key from bodies")}.difference(bodies)
    database.executemany("delete from bodies where key = ?", ((key,) for key in gone))
    database.execute("delete from packs where id not in (select pack from pages)")


def _places(rows: Iterable[tuple[str, Any]]) -> dict[str, int]:
    """The packs that pages are in."""
    return {path: pack for path, pack in rows if isinstance(pack, int)}


def _unpacked(file: Path, select: str, keys: Iterable[T]) -> Iterator[tuple[T, bytes]]:
    for key, data in _rows(file, select, keys):
        with suppress(Damaged, TypeError):
            yield key, unpacked(data)


def _rows(file: Path, select: str, keys: Iterable[T] | None = None) -> Iterator[tuple[T, Any]]:
    """The pairs that a query finds, asked once or, where it asks for one key, for each of these."""
    queries: list[tuple[T, ...]] = [()] if keys is None else [(key,) for key in keys]
    if not queries:
        return
    try:
        with closing(_connect(file)) as database:
            database.execute("begin")  # else the file is locked and let go for each key
            for query in queries:
                yield from database.execute(select, query)
    except sqlite3.Error:
        return


_ENCODE = msgspec.json.Encoder().encode
_decode_parts = msgspec.json.Decoder(dict[str, str]).decode
_decode_parsed = msgspec.json.Decoder(Parsed).decode
_decode_body = msgspec.msgpack.Decoder(Body).decode
_decode_page = msgspec.json.Decoder(Page).decode
_decode_raw = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _connect(file: Path, mode: str = "rw", patience: float = PATIENCE) -> sqlite3.Connection:
    """Every transaction is begun and ended in so many words. A reader may have to put right what a crash left."""
    return sqlite3.connect(f"file:{quote(os.fsencode(file))}?mode={mode}", patience, isolation_level=None, uri=True)


def _prepare(database: sqlite3.Connection) -> None:
    """Begin to write. Nothing is waited for until it is on the disk: what a failing power leaves, the digests tell."""
    # A body takes a little more than half of the usual 4,096, and the rest would stay empty.
    database.execute("pragma page_size = 16384")
    database.execute("pragma synchronous = off")
    database.execute("begin immediate")
    for table in (_INPUTS, _PARSED, _OUTPUTS, _MAKINGS, _MEMO, _LEARNED, _FACTS, _PICTURES, _JOURNAL):
        database.execute(f"create table if not exists {table.name} (sheet integer primary key, mark text, data blob)")
    database.execute("create table if not exists bodies (key text primary key, data blob)")
    database.execute("create table if not exists packs (id integer primary key, data blob)")
    database.execute("create table if not exists pages (key text primary key, pack integer)")
    database.execute(f"pragma user_version = {VERSION}")
