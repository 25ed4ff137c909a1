"""What a build changes in the output folder, and the record of it. Holes are filled here.

Nothing is touched before everything is known: then the journal is written, the files one by one, and the
state. Killed anywhere, each file is wholly old or wholly new, and the next build knows which are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence

import msgspec

from phanthiet_news.folder import Folder
from phanthiet_news.problem import EXIT_REFUSED, Failure, Problem
from phanthiet_news.stamp import Stamp
from phanthiet_news.state import Hole, Output, Planned, State

MARKER_TEXT = b"This folder is written by ptnews; what else lies in it is left alone.\n"


def fill(
    path: str, pieces: Sequence[bytes], holes: Sequence[str], fills: Mapping[str, bytes]
) -> tuple[bytes, tuple[Hole, ...]]:
    """The whole text, and where its holes are. Raises Failure where nothing fills one: they are static files' urls."""
    parts, found, position = [pieces[0]], [], len(pieces[0])
    for name, piece in zip(holes, pieces[1:], strict=True):
        filling = fills.get(name)
        if filling is None:
            raise Failure.at(path, "asset-missing", f'there is no static file "{name.partition(":")[2]}"')
        found.append(Hole(name, position, len(filling)))
        position += len(filling) + len(piece)
        parts += (filling, piece)
    return b"".join(parts), tuple(found)


def cut(data: bytes, holes: Sequence[Hole]) -> list[bytes]:
    """The pieces between the holes: the opposite of `fill`."""
    ends = [0, *(hole.start + hole.length for hole in holes)]
    starts = [*(hole.start for hole in holes), len(data)]
    return [data[end:start] for end, start in zip(ends, starts, strict=True)]


class Change(msgspec.Struct, frozen=True):
    """An output to be written: its record but for the stamp, and where its bytes wait."""

    record: Output
    staged: str
    order: int


class Done(msgspec.Struct):
    """What was done, by path."""

    written: list[str] = []
    unchanged: list[str] = []
    removed: list[str] = []


CLEAR = "delete those that are old pages, or empty the folder and build again"
NO_STAMP = Stamp(0, 0, 0, 0)


class Edition:
    """One build's outputs, beside those of the last. Collect them with `keep` and `put`; then `publish`.

    `untouched` tells that nobody else can have written into the folder: then no file is looked at.
    """

    def __init__(self, folder: Folder, state: State, *, force: bool = False, untouched: bool = False) -> None:
        self._folder, self._state = folder, state
        self._last = recovered(folder, state.outputs, state.journal)
        self._may_overwrite = force or (not state.known and folder.has_marker)
        self._intact: dict[str, Stamp | None] = {}
        if untouched:
            self._intact |= {path: each.stamp for path, each in self._last.items()}
        self._changes: dict[str, Change] = {}
        self.outputs: dict[str, Output] = {}
        self.done = Done(written=[], unchanged=[], removed=[])

    def last(self, path: str) -> Output | None:
        """What the manifest says of a path."""
        return self._last.get(path)

    def intact(self, path: str) -> bool:
        """Whether the file still has the bytes that the manifest names."""
        if path not in self._intact:
            last = self._last.get(path)
            seen = self._state.memo.published
            self._intact[path] = self._folder.holds(path, last.digest, last.stamp, seen) if last else None
        return self._intact[path] is not None

    def complete(self) -> bool:
        """Whether every output of the last build still stands as it was written."""
        return not self._state.journal and all(map(self.intact, self._last))

    def keep(self, path: str) -> None:
        """This output stands as it should."""
        self.outputs[path] = self._stamped(path, self._last[path])
        self.done.unchanged.append(path)

    def keep_but(self, others: Container[str]) -> None:
        """All outputs of the last build but these stand as they should."""
        for path in self._last:
            if path not in others:
                self.keep(path)

    def standing(self, path: str) -> str:
        """Digest of the bytes that stand at a path, if they may stay there: who makes the same need not stage them."""
        last = self._last.get(path)
        if last:
            return last.digest if self.intact(path) else ""
        return self._folder.digest(path) or ""

    def put(self, path: str, record: Output, staged: str, order: int) -> None:
        """This output shall have the bytes of `record.digest`, which wait at `staged`, or stand there already.

        Files of a lower order come first.
        """
        last = self._last.get(path)
        if not staged:
            self.outputs[path] = self._stamped(path, record)
            self.done.unchanged.append(path)
        elif last is None and self._folder.exists(path) and not self._may_overwrite:
            raise _foreign(path)
        else:
            self._changes[path] = Change(record, staged, order)

    def unknown(self) -> Problem | None:
        """A warning where the state was lost, and files stand here of which nobody can tell whose they are."""
        if self._state.known or not self._folder.has_marker:
            return None
        strangers = sorted(self._folder.paths() - self.outputs.keys() - self._changes.keys())
        if not strangers:
            return None
        named = ", ".join(strangers[:3]) + (" …" if len(strangers) > 3 else "")
        message = (
            f"what earlier builds wrote is not known any more; {len(strangers)} files are not of this build: {named}"
        )
        return Problem(path=self._folder.name, code="outputs-unknown", message=message, hint=CLEAR, fatal=False)

    def publish(self, progress: Callable[[int, int], None]) -> None:
        """Journal, write, prune. What was written is in `outputs` afterwards."""
        removed = sorted(self._last.keys() - self.outputs.keys() - self._changes.keys())
        if not (removed or self._changes):
            return
        planned = {path: (change.record.digest, *self._known(path)) for path, change in self._changes.items()}
        planned |= {path: self._known(path) for path in removed}
        self._state.plan({path: Planned(digests) for path, digests in planned.items()})
        first = blocking(removed, self._changes)
        self._prune(first)
        self._write(progress)
        self._prune(path for path in removed if path not in first)

    def _known(self, path: str) -> tuple[str, ...]:
        last = self._last.get(path)
        return (last.digest,) if last else ()

    def _write(self, progress: Callable[[int, int], None]) -> None:
        ordered = sorted(self._changes.items(), key=lambda item: (item[1].order, item[0]))
        for done, (path, change) in enumerate(ordered, 1):
            stamp = self._folder.take(path, change.staged)
            self.outputs[path] = msgspec.structs.replace(change.record, stamp=stamp)
            self.done.written.append(path)
            progress(done, len(ordered))

    def _prune(self, paths: Iterable[str]) -> None:
        """Only what is still ours: a file that somebody changed since is theirs."""
        for path in paths:
            if self._folder.digest(path) == self._last[path].digest:
                self._folder.remove(path)
                self.done.removed.append(path)

    def _stamped(self, path: str, record: Output) -> Output:
        stamp = self._intact.get(path) or (None if path in self._last else self._folder.stamp(path))
        return record if stamp is None or stamp == record.stamp else msgspec.structs.replace(record, stamp=stamp)


def recovered(folder: Folder, outputs: Mapping[str, Output], journal: Mapping[str, Planned]) -> dict[str, Output]:
    """The manifest after a build that was cut off: what that build had written already is ours too."""
    folder.sweep(journal)
    found = dict(outputs)
    for path, planned in journal.items():
        now = folder.stamp(path)
        mark = folder.digest(path)
        if now and mark in planned.digests and (path not in outputs or outputs[path].digest != mark):
            found[path] = Output(fingerprint="", stamp=now, digest=mark or "")
    return found


def blocking(removed: Iterable[str], written: Iterable[str]) -> list[str]:
    """Those paths to remove that stand in the way of one to write: `a` of `a/b`, or `a/b` of `a`."""
    written = set(written)
    parents = {parent for path in written for parent in _parents(path)}
    return [path for path in removed if path in parents or written.intersection(_parents(path))]


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _foreign(path: str) -> Failure:
    """Somebody else's file stands where an output belongs."""
    message, hint = "a file that ptnews did not write stands here", "move it away, or overwrite it with `--force`"
    return Failure.at(path, "foreign-file", message, hint, exit_code=EXIT_REFUSED)
