"""What was made once, by the digest of all that it was made from; so that it is not made again.

Knows keys and bytes; must not know what they are. Losing it costs time and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from phanthiet_news import digest, lock
from phanthiet_news.folder import unwritable

_MARK = 32  # hexadecimal digits of the digest in front of the bytes
_TEMPORARY = ".tmp"


class Cache:
    """A folder of entries. Processes and threads may share it: an entry is there wholly or not at all."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = os.fspath(folder)

    def in_use(self) -> AbstractContextManager[None]:
        """While this is held nobody throws anything away; any number of builds may hold it. Raises Failure."""
        return lock.shared(Path(self._folder))

    def get(self, key: str) -> bytes | None:
        """What was put; None where there is nothing, or nothing whole."""
        try:
            with open(self._path(key), "rb") as file:
                mark, data = file.read(_MARK), file.read()
        except OSError:
            return None
        return data if mark == digest.of_bytes(data).encode() else None

    def put(self, key: str, data: bytes) -> None:
        """Keep bytes. Raises Failure if the system does not let it."""
        path = self._path(key)
        temporary = f"{path}.{os.urandom(8).hex()}{_TEMPORARY}"  # writers may be on several machines
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(temporary, "wb") as file:
                file.write(digest.of_bytes(data).encode() + data)
            os.replace(temporary, path)
        except OSError as error:
            with suppress(OSError):
                os.unlink(temporary)
            raise unwritable(path, error) from None

    def prune(self, used: Collection[str]) -> int:
        """Remove all that is not used, and what writers left that were cut off; how many there were.

        Nothing is removed while somebody uses the cache: another build may be about to take just that.
        """
        with lock.alone(Path(self._folder)) as alone:
            left = [entry for entry in self._entries() if entry.name not in used] if alone else []
            for entry in left:
                with suppress(OSError):
                    os.unlink(entry.path)
        return len(left)

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        with suppress(FileNotFoundError, NotADirectoryError):
            for shelf in sorted(os.scandir(self._folder), key=lambda each: each.name):
                if shelf.is_dir(follow_symlinks=False):
                    yield from list(os.scandir(shelf.path))

    def _path(self, key: str) -> str:
        return os.path.join(self._folder, key[:2], key)
