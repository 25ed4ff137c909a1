"""What a build changes in the output folder, and the record of it. Holes are filled here.

Nothing is touched before everything is known: then the journal is written, the files one by one, and the
state. Killed anywhere, each file is wholly old or wholly new, and the next build knows which are ours.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import cached_property

import msgspec

from phanthiet_news import digest, marker
from phanthiet_news.folder import Folder, Stage
from phanthiet_news.problem import EXIT_REFUSED, Failure, Problem
from phanthiet_news.stamp import Stamp
from phanthiet_news.state import Filling, Output, Planned, State
from phanthiet_news.survey import Survey
from phanthiet_news.text import fold


def fill(
    path: str, pieces: Sequence[bytes], holes: Sequence[str], fills: Mapping[str, bytes]
) -> tuple[bytes, list[int]]:
    """The whole text, and where in it the holes begin. Raises Failure where nothing fills one: a static file's url."""
    parts, starts, position = [pieces[0]], [], len(pieces[0])
    for name, piece in zip(holes, pieces[1:], strict=True):
        filling = fills.get(name)
        if filling is None:
            raise Failure.at(path, "asset-missing", f'there is no static file "{name.partition(":")[2]}"')
        starts.append(position)
        position += len(filling) + len(piece)
        parts += (filling, piece)
    return b"".join(parts), starts


def cut(data: bytes, filling: Filling, starts: Sequence[int]) -> list[bytes]:
    """The pieces between the holes: the opposite of `fill`."""
    ends = [0, *(start + length for start, (_, length) in zip(starts, filling, strict=True))]
    return [data[end:start] for end, start in zip(ends, [*starts, len(data)], strict=True)]


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

    `untouched` tells that nobody else can have written into the folder: then no file is looked at. Where nothing stands
    there yet, the edition is `whole`. On the `stage` its files wait. `looked` is an instant before any file that stands
    there was looked at, where that is later than the beginning of the build.
    """

    def __init__(
        self, folder: Folder, state: State, stage: Stage, *, force: bool = False, untouched: bool = False
    ) -> None:
        self._folder, self._state, self._stage, self._force = folder, state, stage, force
        self._is_orphan = not state.has_last_build and folder.stamp(marker.NAME) is not None
        self._last = recovered(folder, adopted(folder) if self._is_orphan else state.outputs, state.journal)
        self._follows = state.has_last_build and not state.journal
        self.whole = folder.is_empty
        self.stage = stage.as_tree() if self.whole else stage
        self._doubtful: AbstractSet[str] = frozenset() if untouched or self._is_orphan else self._last.keys()
        self._intact: dict[str, Stamp | None] = {}
        self._found: dict[str, Stamp | None] = {}
        self._twins: dict[str, str] = {}
        self._new: dict[str, str] = {}
        self._changes: dict[str, Change] = {}
        self.outputs: dict[str, Output] = {}
        self.done = Done(written=[], unchanged=[], removed=[])
        self.began = self.looked = 0
        self._marked = b""

    def last(self, path: str) -> Output | None:
        """What the manifest says of a path."""
        return self._last.get(path)

    def intact(self, path: str) -> bool:
        """Whether the file still has the bytes that the manifest names."""
        return self._intact_stamp(path) is not None

    def _intact_stamp(self, path: str) -> Stamp | None:
        """The stamp of a file that has the bytes which the manifest names."""
        last = self._last.get(path)
        if last and path not in self._doubtful:
            return last.stamp
        if path not in self._intact:
            proves = last is not None and self._state.memo.look.proves(last.stamp)
            self._intact[path] = self._folder.holds(path, last.digest, last.stamp, proves=proves) if last else None
        return self._intact[path]

    def doubtful(self) -> list[str] | None:
        """The outputs of the last build of which stamps can't prove that they stand as they were written.

        None where one does not of which its stamp could.
        """
        proving = self._proving()
        if not self._follows or len(self._folder.untouched(proving)) < len(proving):
            return None
        return [path for path in self._last if path not in proving]

    def complete(self, doubtful: Collection[str] | None = None) -> bool:
        """Whether every output of the last build still stands as it was written. See `doubtful`."""
        if not self._follows:
            return False
        if doubtful is None:
            doubtful = self._doubtful - self._folder.untouched(self._proving()).keys()
        self._doubtful = set(doubtful)
        return all(map(self.intact, self._doubtful))

    @property
    def is_settled(self) -> bool:
        """Whether stamps alone proved what stands there."""
        return not self._doubtful

    def _proving(self) -> dict[str, Stamp]:
        """The stamps that prove something, of those outputs that were not looked at yet."""
        stamps = ((path, self._last[path].stamp) for path in self._doubtful if path not in self._intact)
        proves = self._state.memo.look.proves
        return {path: stamp for path, stamp in stamps if proves(stamp)}

    def keep(self, path: str) -> None:
        """This output stands as it should."""
        self.outputs[path] = self._stamped(path, self._last[path])
        self.done.unchanged.append(path)

    def keep_but(self, others: Container[str]) -> None:
        """All outputs of the last build but these stand as they should."""
        kept = {path: each for path, each in self._last.items() if path not in others}
        kept |= {path: self._stamped(path, kept[path]) for path in self._doubtful if path in kept}
        self.outputs |= kept
        self.done.unchanged.extend(kept)

    def standing(self, path: str) -> str | None:
        """Digest of the bytes that stand at a path, if they may stay there: who makes the same need not stage them."""
        last = self._last.get(path)
        if last:
            return last.digest if self.intact(path) else None
        if self.whole:
            return None
        self._found[path] = self._folder.stamp(path)  # before its bytes are read
        if self._found[path] is None or self._is_other_name(path):
            return None
        return self._folder.digest(path)

    def _is_other_name(self, path: str) -> bool:
        """Whether a disk to which upper and lower case are the same has one of the last outputs here."""
        twin = self._by_key.get(fold(path))
        if twin is None or not self._folder.is_one_file(path, twin):
            return False
        self._twins[path] = twin
        return True

    @cached_property
    def _by_key(self) -> dict[str, str]:
        return {fold(path): path for path in self._last}

    def put(self, path: str, record: Output, staged: str | None, order: int) -> None:
        """This output shall have the bytes of `record.digest`, which wait at `staged`; None if they stand there.

        Files of a lower order come first.
        """
        if path != marker.NAME:  # which names all but itself
            self._new[path] = record.digest
        if staged is None:
            self.outputs[path] = self._stamped(path, record)
            self.done.unchanged.append(path)
        else:
            self._changes[path] = Change(record, staged, order)

    def unknown(self) -> Problem | None:
        """A warning where the state was lost, and files stand here of which nobody can tell whose they are."""
        if not self._is_orphan:
            return None
        strangers = sorted(self._folder.paths() - self._last.keys() - self.outputs.keys() - self._changes.keys())
        if not strangers:
            return None
        named = ", ".join(map(_as_text, strangers[:3])) + (" …" if len(strangers) > 3 else "")
        message = f"the record of what earlier builds wrote was lost; it does not name {len(strangers)} files: {named}"
        return Problem(path=self._folder.name, code="outputs-unknown", message=message, hint=CLEAR, fatal=False)

    def publish(self, progress: Callable[[int, int], None]) -> None:
        """Journal, write, prune; the marker last. What was written is in `outputs` afterwards. Raises Failure."""
        gone = self._last.keys() - self.outputs.keys() - self._changes.keys() - {marker.NAME}
        self._mark(gone)
        removed = sorted(filter(self.intact, gone))  # what somebody changed since is theirs
        if not (removed or self._changes):
            return
        survey = Survey(self._folder, set(removed))
        self._refuse_what_blocks(survey, removed)
        self._state.plan({path: Planned(tuple(self._names(path))) for path in [*self._changes, *removed]})
        self.began = time.time_ns()
        try:
            self._move(survey, removed, progress)
        except BaseException:
            with suppress(Failure):
                self._folder.sweep(self._changes)
            raise

    # --- in the order in which it happens

    def _mark(self, gone: Collection[str]) -> None:
        """The marker is an output, too: it names all others."""
        replaced = {path: self._last[path].digest for path in [*gone, *self._new] if path in self._last}
        self._marked = self._marker()
        data = self._marked if replaced == self._new else marker.changed(self._marked, replaced, self._new)
        mark = digest.of_bytes(data)
        record = Output(fingerprint=mark, stamp=NO_STAMP, digest=mark, kind="marker")
        stands = self.standing(marker.NAME) == mark
        self.put(marker.NAME, record, None if stands else self._stage.put(marker.NAME, data), order=0)

    def _marker(self) -> bytes:
        """The marker that names what is ours so far."""
        stands = self._folder.read(marker.NAME) if self._follows else None
        if stands is not None and digest.of_bytes(stands) == self._last[marker.NAME].digest:
            return stands
        return marker.text({path: each.digest for path, each in self._last.items() if path != marker.NAME})

    def _refuse_what_blocks(self, survey: Survey, removed: Iterable[str]) -> None:
        found = {}
        for path in self._changes:
            stands = self.intact(path)
            ours = self._force or path in self._last or path in self._twins
            obstacle = survey.way_to(path) if stands else survey.obstacle(path, ours=ours)
            if obstacle:
                found[obstacle] = _foreign(obstacle, path)
        for path in removed:
            survey.way_to(path)
        if found:
            raise Failure(found.values(), EXIT_REFUSED)

    def _names(self, path: str) -> Iterator[str]:
        """The digests under which a path is ours while this goes on."""
        if path in self._changes:
            yield self._changes[path].record.digest
        if path in self._last:
            yield self._last[path].digest

    def _move(self, survey: Survey, removed: list[str], progress: Callable[[int, int], None]) -> None:
        ordered = sorted(self._changes.keys() - {marker.NAME}, key=lambda path: (self._changes[path].order, path))
        waiting = self._brought(survey, ordered)
        as_a_whole = self.whole and self._folder.is_empty and not survey.is_elsewhere(self._stage.disk, "")
        self._announce()
        last = self._brought(survey, self._changes.keys() & {marker.NAME})
        first = {*blocking(removed, self._changes), *self._twins.values()}
        self._prune(path for path in removed if path in first)
        if not (as_a_whole and ordered and self._take_whole(ordered)):
            for done, path in enumerate(ordered, 1):
                self._take(path, waiting[path])
                progress(done, len(ordered))
        self._prune(path for path in removed if path not in first)
        for path, file in last.items():
            self._take(path, file)

    def _announce(self) -> None:
        """While files are moved, the marker names the old ones and the new: should all else be lost, they are ours."""
        both = marker.changed(self._marked, {}, self._new)
        if both != self._marked:
            self._folder.take(marker.NAME, self._stage.put(f"{marker.NAME}, old and new", both))

    def _brought(self, survey: Survey, paths: Iterable[str]) -> dict[str, str]:
        """Where each file waits: on the stage, or, if that is on another disk, beside its place.

        From another disk nothing can be moved in one step, and one that is full shall tell before any file is replaced.
        """
        staged = {path: self._changes[path].staged for path in paths}
        disk = self._stage.disk if staged else 0
        return {
            path: self._folder.bring(path, file) if survey.is_elsewhere(disk, path) else file
            for path, file in staged.items()
        }

    def _take_whole(self, paths: Collection[str]) -> bool:
        """Folder by folder, if that can be.

        Nobody could write to these files before, so it is now that they are first looked at.
        """
        if not self._folder.take_all(self.stage.tree):
            return False
        self.looked = self.began
        for path in paths:
            record = self._changes[path].record
            self.outputs[path] = msgspec.structs.replace(record, stamp=self._folder.stamp(path) or NO_STAMP)
        self.done.written.extend(paths)
        return True

    def _take(self, path: str, waiting: str) -> None:
        record = self._changes[path].record
        self.outputs[path] = msgspec.structs.replace(record, stamp=self._folder.take(path, waiting))
        self.done.written.append(path)

    def _prune(self, paths: Iterable[str]) -> None:
        for path in paths:
            if self._folder.digest(path) == self._last[path].digest:
                self._folder.remove(path)
                self.done.removed.append(path)

    def _stamped(self, path: str, record: Output) -> Output:
        stamp = self._intact_stamp(path) or self._found.get(path)
        return record if stamp is None or stamp == record.stamp else msgspec.structs.replace(record, stamp=stamp)


def adopted(folder: Folder) -> dict[str, Output]:
    """The files that the marker in the folder names: they are ours, though the state was lost."""
    known = marker.lines(folder.read(marker.NAME) or b"")
    found = {}
    for path in folder.paths():
        now, mark = folder.stamp(path), folder.digest(path)
        if now and mark and (path == marker.NAME or marker.line(path, mark) in known):
            found[path] = Output(fingerprint="", stamp=now, digest=mark)
    return found


def recovered(folder: Folder, outputs: Mapping[str, Output], journal: Mapping[str, Planned]) -> dict[str, Output]:
    """The manifest after a build that was cut off: what that build had written already is ours too."""
    folder.sweep(journal)
    found = dict(outputs)
    for path, planned in journal.items():
        now, mark = folder.stamp(path), folder.digest(path)
        if now and mark in planned.digests and (path not in outputs or outputs[path].digest != mark):
            found[path] = Output(fingerprint="", stamp=now, digest=mark or "")
    return found


def blocking(removed: Iterable[str], written: Iterable[str]) -> list[str]:
    """Those paths to remove that stand in the way of one to write: `a` of `a/b`, or `a/b` of `a`."""
    removed, written = list(removed), set(written)
    if not removed:
        return []
    parents = {parent for path in written for parent in _parents(path)}
    return [path for path in removed if path in parents or written.intersection(_parents(path))]


def meets(few: Collection[str], many: Collection[str]) -> bool:
    """Whether one of a few paths is one of many, or stands in the way of one, or one of them in its way."""
    below = tuple(f"{path}/" for path in few)
    above = {parent for path in few for parent in (path, *_parents(path))}
    return not above.isdisjoint(many) or any(path.startswith(below) for path in many)


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _foreign(path: str, wanted: str) -> Problem:
    """Somebody else's file stands where an output belongs, or where its folder does."""
    if path == wanted:
        message, hint = "a file that ptnews did not write stands here", "move it away, or overwrite it with `--force`"
    else:
        message, hint = f"a file that ptnews did not write stands in the way of {wanted}", "move it away"
    return Problem(path=_as_text(path), code="foreign-file", message=message, hint=hint)


def _as_text(path: str) -> str:
    r"""A name that is no text, with its bytes as `\xe9`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
