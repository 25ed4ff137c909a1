"""Every output path is claimed exactly once. Knows paths and their owners, not what is in them."""

from __future__ import annotations

from phanthiet_news.problem import Problem
from phanthiet_news.text import fold, path_mistake


class Claims:
    """Claims on paths under `build/`. `problems` grows with every path that two want."""

    def __init__(self) -> None:
        self._owners: dict[str, tuple[str, str]] = {}
        self._folders: dict[str, tuple[str, str]] = {}
        self.problems: list[Problem] = []

    @property
    def paths(self) -> frozenset[str]:
        """All that is claimed."""
        return frozenset(path for path, _ in self._owners.values())

    def claim(self, path: str, owner: str) -> None:
        """`owner` is the file that the output comes from, as a reader of the message knows it."""
        key = fold(path)  # some file systems take `A` for `a`
        folders = self._new_folders(key)
        mistake = path_mistake(path)
        if mistake:
            self.problems.append(Problem(path=owner, code="path", message=mistake, hint="choose a shorter, plain name"))
        rival = self._owners.get(key) or self._folders.get(key)
        rival = rival or next((self._owners[folder] for folder in folders if folder in self._owners), None)
        if rival:
            self.problems.append(_twice(path, owner, *rival))
            return
        self._owners[key] = (path, owner)
        for folder in folders:
            self._folders[folder] = (path, owner)

    def _new_folders(self, key: str) -> list[str]:
        """The folders above a path that nothing else lies in, from below."""
        found = []
        folder = key.rpartition("/")[0]
        while folder and folder not in self._folders:
            found.append(folder)
            folder = folder.rpartition("/")[0]
        return found


def _twice(path: str, owner: str, rival_path: str, rival: str) -> Problem:
    same = path == rival_path
    what = f"`{path}`" if same else f"`{path}`, which can't stand beside `{rival_path}`"
    return Problem(
        path=owner,
        code="path-twice",
        message=f"this would write {what}: {rival} does already" if same else f"this would write {what} of {rival}",
        hint="rename one of the two, or give one another `slug`",
    )
