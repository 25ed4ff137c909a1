"""Tells that something in a site's folder may have changed. Knows events of the file system, and what they are worth.

Must not know what a build reads: an event means "look again", nothing more. Events get lost when there are too many
of them, so whoever listens looks again now and then without one.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from phanthiet_news.config import FILE
from phanthiet_news.load import is_passed_over
from phanthiet_news.sources import CONTENT, STATIC, TEMPLATES

WATCHED = (CONTENT, TEMPLATES, STATIC)
PASSING = ("opened", "closed_no_write")  # nothing was written
COME_OR_GONE = ("created", "deleted", "moved")


class Watcher:
    """Watches the folders of a site. `changed` is called with a path from its root, on a thread of the watcher's."""

    def __init__(self, root: Path, changed: Callable[[str], None]) -> None:
        self._root, self._changed = os.path.realpath(root), changed
        self._observer: Any = None
        self._watches: dict[str, Any] = {}
        self._complete, self._grown = True, True

    def start(self) -> None:
        """Begin to watch, as far as the system lets us."""
        from watchdog.observers import Observer

        logging.getLogger("watchdog").setLevel(logging.CRITICAL + 1)  # lost events are made up for, in silence
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")
        try:
            self._observer = Observer()
            self._observer.start()
            self._schedule("", recursive=False)
        except OSError:
            self._complete = False
            return
        for name in WATCHED:
            self._follow(name)

    def stop(self) -> None:
        """Stop watching."""
        if self._observer and self._observer.is_alive():
            self._observer.stop()
            self._observer.join(1)

    def sees_all(self) -> bool:
        """Whether every folder is watched. Where the system has no more watches to give, one must look often.

        watchdog says nothing of folders below others for which it got none: so we ask whether there is one to spare.
        """
        if self._complete and self._grown:
            self._grown = False
            self._complete = sys.platform != "linux" or self._is_one_to_spare()
        return self._complete

    def _is_one_to_spare(self) -> bool:
        from watchdog.events import FileSystemEventHandler

        try:
            self._observer.unschedule(self._observer.schedule(FileSystemEventHandler(), os.sep, recursive=False))
        except OSError:
            return False
        return True

    def _schedule(self, name: str, *, recursive: bool) -> Any:
        """Watch the folder of this name, wherever a link leads that stands there."""
        from watchdog.events import FileSystemEventHandler

        folder, handler = os.path.realpath(os.path.join(self._root, name)), FileSystemEventHandler()
        handler.on_any_event = partial(self._on_event, name, folder)  # type: ignore[method-assign]
        return self._observer.schedule(handler, folder, recursive=recursive)

    def _follow(self, name: str) -> None:
        """Watch a folder anew: it may be another one, and nothing tells it from the old, not even its inode."""
        if name in self._watches:
            self._observer.unschedule(self._watches.pop(name))
        try:
            if os.path.isdir(os.path.join(self._root, name)):
                self._watches[name] = self._schedule(name, recursive=True)
        except (FileNotFoundError, NotADirectoryError):  # gone again: the next event will tell
            return
        except OSError:
            self._complete = False

    def _on_event(self, name: str, folder: str, event: Any) -> None:
        if event.event_type in PASSING or (event.is_directory and event.event_type == "modified"):
            return  # a folder is modified when something in it is, which is told for itself
        for place in filter(None, (event.src_path, getattr(event, "dest_path", ""))):
            path = os.path.normpath(os.path.join(name, os.path.relpath(os.fsdecode(place), folder)))
            if not self._counts(path):
                continue
            if event.event_type in COME_OR_GONE:
                self._grown = self._grown or event.is_directory
                if path in WATCHED:
                    self._follow(path)
            self._changed(path)

    def _counts(self, path: str) -> bool:
        first, *rest = Path(path).parts or ("",)
        public = first == STATIC
        return path == FILE or (first in WATCHED and not any(is_passed_over(part, public=public) for part in rest))
