"""Tells that something in a site's folder may have changed. Knows events of the file system, and what they are worth.

Must not know what a build reads: an event means "look again", nothing more. Events get lost when there are too many
of them, so whoever listens looks again now and then without one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from phanthiet_news.load import is_editors_file

WATCHED = ("content", "templates", "static")
FILES = ("ptnews.yml",)
PASSING = ("opened", "closed_no_write")  # nothing was written


class Watcher:
    """Watches the folders of a site. `changed` is called with a path from its root, on a thread of the watcher's."""

    def __init__(self, root: Path, changed: Callable[[str], None]) -> None:
        self._root, self._changed = os.path.realpath(root), changed
        self._observer: Any = None
        self._watches: dict[str, Any] = {}

    def start(self) -> bool:
        """Whether the system watches. Where it can't (it has no more watches to give), one must look often."""
        from watchdog.observers import Observer

        self._observer = Observer()
        try:
            self._observer.start()
            self._observer.schedule(self._handler(), self._root, recursive=False)
            return self._watch_folders()
        except OSError:
            self.stop()
            return False

    def stop(self) -> None:
        """Stop watching."""
        if self._observer and self._observer.is_alive():
            self._observer.stop()
            self._observer.join(1)

    def _handler(self) -> Any:
        from watchdog.events import FileSystemEventHandler

        handler = FileSystemEventHandler()
        handler.on_any_event = self._on_event  # type: ignore[method-assign]
        return handler

    def _watch_folders(self) -> bool:
        """Folders come and go while one works."""
        for name in WATCHED:
            folder = os.path.join(self._root, name)
            watched = self._watches.get(name)
            if watched and not (os.path.isdir(folder) and os.stat(folder).st_ino == watched[1]):
                self._observer.unschedule(watched[0])
                del self._watches[name]
            if name not in self._watches and os.path.isdir(folder):
                inode = os.stat(folder).st_ino
                self._watches[name] = (self._observer.schedule(self._handler(), folder, recursive=True), inode)
        return True

    def _on_event(self, event: Any) -> None:
        if event.event_type in PASSING:
            return
        for place in filter(None, (event.src_path, getattr(event, "dest_path", ""))):
            path = os.path.relpath(os.fsdecode(place), self._root)
            if self._counts(path):
                if path in WATCHED:
                    self._follow()
                self._changed(path)

    def _follow(self) -> None:
        try:
            self._watch_folders()
        except (OSError, KeyError):  # gone again: the next event or the next look will tell
            return

    def _counts(self, path: str) -> bool:
        parts = Path(path).parts
        inside = bool(parts) and (parts[0] in WATCHED or path in FILES)
        return inside and not any(is_editors_file(part) for part in parts[1:])
