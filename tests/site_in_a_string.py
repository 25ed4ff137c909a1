"""A whole site in one text, for tests: write it, edit it, build it, look at what came out.

    site = Site(tmp_path, '''
    -- content/tin/mot.md --
    ---
    title: Một
    date: 2024-01-02
    ---
    Thân bài.
    ''')
    site.build()
    assert "Thân bài" in site.text("tin/mot/index.html")

A site without a `ptnews.yml` of its own gets a small one with the categories `tin` and `the-thao`.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
import textwrap
from base64 import b64decode
from pathlib import Path

from phanthiet_news.build import Report, Request, build
from phanthiet_news.problem import Failure, Problem

CONFIG = """\
title: Báo thử
tagline: Một trang để thử
base_url: https://bao.example
categories:
  - {slug: tin, title: Tin tức}
  - {slug: the-thao, title: Thể thao}
per_page: 5
"""

AS_OF = "2024-06-01T12:00"

# A picture of one pixel.
PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNQSCgAAAGUAPF9Q5fzAAAAAElFTkSuQmCC")

# What one test has drawn the next need not draw again.
PICTURES = Path(tempfile.mkdtemp(prefix="ptnews-pictures-"))
atexit.register(shutil.rmtree, PICTURES, ignore_errors=True)

_FILE = re.compile(r"^-- (.+?) --\n", re.MULTILINE)


class Site:
    """A site in a folder of its own."""

    def __init__(self, folder: Path, text: str = "", config: str = CONFIG) -> None:
        self.pictures: Path | None = PICTURES
        self.root = folder / "site"
        self.root.mkdir(parents=True, exist_ok=True)
        self.out = self.root / "build"
        self.write("ptnews.yml", config)
        self.files(text)

    def files(self, text: str) -> None:
        """Write every file of a text: `-- path --` lines, each followed by the file."""
        parts = _FILE.split(textwrap.dedent(text))
        for path, content in zip(parts[1::2], parts[2::2], strict=True):
            self.write(path, content)

    def write(self, path: str, content: str | bytes) -> Path:
        """Write one file."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return target

    def article(self, path: str, body: str = "Thân bài.", **front: str) -> Path:
        """Write an article; title and date are filled in."""
        keys = {"title": "Một tựa đề", "date": "2024-01-02T08:00", **front}
        lines = "".join(f"{key}: {value}\n" for key, value in keys.items())
        return self.write(path, f"---\n{lines}---\n{body}\n")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {path}"
        self.write(path, text.replace(old, new))

    def remove(self, path: str) -> None:
        """Delete a file or a folder."""
        target = self.root / path
        shutil.rmtree(target) if target.is_dir() else target.unlink()

    def rename(self, old: str, new: str) -> None:
        """Move a file."""
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        (self.root / old).rename(self.root / new)

    def build(self, as_of: str | None = AS_OF, *, drafts: bool = False, strict: bool = False, jobs: int = 1) -> Report:
        """Build into `build/`; raises Failure as `build()` does."""
        request = Request(root=self.root, as_of=as_of, drafts=drafts, strict=strict, jobs=jobs, pictures=self.pictures)
        return build(request)

    def problems(self, as_of: str | None = AS_OF, *, strict: bool = False) -> list[Problem]:
        """All problems of a build, whether or not it went through."""
        try:
            return self.build(as_of, strict=strict).problems
        except Failure as failure:
            return failure.problems

    def problem(self, as_of: str | None = AS_OF) -> Problem:
        """The one problem of a build."""
        found = self.problems(as_of)
        assert len(found) == 1, found
        return found[0]

    def text(self, path: str) -> str:
        """An output as text."""
        return (self.out / path).read_text(encoding="utf-8")

    def tree(self) -> dict[str, bytes]:
        """Every output by path."""
        files = (file for file in sorted(self.out.rglob("*")) if file.is_file())
        return {file.relative_to(self.out).as_posix(): file.read_bytes() for file in files}
