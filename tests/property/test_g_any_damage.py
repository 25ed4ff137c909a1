"""Whatever becomes of the files in `.ptnews/`: the next build is right, and has at worst a warning."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from newsroom import MEMORY_DISK, tree

from phanthiet_news.build import Request, build
from phanthiet_news.history import next_due
from phanthiet_news.problem import PASSING, Failure
from site_in_a_string import AS_OF, PICTURES, PNG, Site

EXAMPLES = int(os.environ.get("PTNEWS_RUNS", "50")) * 6

EDITS: dict[str, Callable[[Site], object]] = {
    "nothing": lambda site: None,
    "a body": lambda site: site.edit("content/tin/bai-1.md", "Thân bài.", "Thân khác."),
    "a title": lambda site: site.edit("content/tin/bai-1.md", "Bài 1", "Bài một"),
    "a retraction": lambda site: site.remove("content/tin/bai-1.md"),
    "a setting": lambda site: site.edit("ptnews.yml", "per_page: 5", "per_page: 2"),
}


class Accident:
    """A site that was built; any number of times as good as new, with stamps that prove what they should."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder)
        for number in range(7):
            date = f"2024-01-0{number + 1}"
            self.site.article(f"content/tin/bai-{number}.md", title=f"Bài {number}", date=date, tags="[Biển]")
        self.site.write("content/tin/a.png", PNG)
        self.site.article("content/tin/anh.md", date="2024-01-09", image="{src: a.png, alt: Một hình}")
        self.site.write("build/CNAME", "bao.example")
        self.incremental()
        time.sleep(0.3)
        self.incremental()
        self._spare = tree(self.site.root)
        self.clean = {name: self._clean(edit) for name, edit in EDITS.items()}

    def incremental(self) -> list[str]:
        return [each.code for each in build(Request(root=self.site.root, as_of=AS_OF, jobs=1)).problems]

    def asked(self) -> str:
        """What becomes of a question to the state."""
        try:
            next_due(self.site.root / ".ptnews/state.sqlite")
        except Failure as failure:
            return failure.problems[0].code
        return "told"

    def restore(self) -> None:
        """Whatever is not as it was. What is keeps its stamp."""
        now = tree(self.site.root)
        for path in now.keys() - self._spare.keys():
            (self.site.root / path).unlink()
        for path, data in self._spare.items():
            if now.get(path) != data:
                self.site.write(path, data)

    def _clean(self, edit: Callable[[Site], object]) -> dict[str, bytes]:
        edit(self.site)
        out, memory = self.site.root.parent / "clean", self.site.root.parent / "memory"
        build(Request(root=self.site.root, out=out, memory=memory, pictures=PICTURES, as_of=AS_OF, jobs=1))
        found = tree(out)
        for folder in (out, memory):
            shutil.rmtree(folder)
        self.restore()
        return found


@pytest.fixture(scope="module")
def accident() -> Iterator[Accident]:
    folder = Path(tempfile.mkdtemp(prefix="ptnews-", dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None))
    yield Accident(folder)
    shutil.rmtree(folder)


def harmed(data: bytes, how: str, start: float, length: int, filling: bytes) -> bytes:
    """A file's bytes after something befell them."""
    at = int(start * len(data))
    if how == "cut":
        return data[:at]
    if how == "lengthen":
        return data[:at] + filling * length + data[at:]
    new = bytes(each ^ filling[0] for each in data[at : at + length]) if how == "flip" else filling * length
    return data[:at] + new[: len(data) - at] + data[at + length :]


@settings(max_examples=EXAMPLES)
@given(
    number=st.integers(0, 10**6),
    how=st.sampled_from(["flip", "overwrite", "cut", "lengthen", "delete"]),
    start=st.floats(0, 1, exclude_max=True),
    length=st.sampled_from([1, 2, 40, 500, 20_000]),
    filling=st.sampled_from([b"\xff", b"\x01", b"\x00", b"a", b"\x80"]),
    edit=st.sampled_from(sorted(EDITS)),
    touched=st.integers(0, 6),
)
def test_g4_any_byte_of_the_state_may_be_changed_cut_or_deleted(
    accident: Accident, number: int, how: str, start: float, length: int, filling: bytes, edit: str, touched: int
) -> None:
    accident.restore()
    site = accident.site
    # Most of them are pictures; it is the state that must be met.
    files = sorted((site.root / ".ptnews").rglob("*"), key=lambda file: (file.parent.name != ".ptnews", file))
    files = [file for file in files if file.is_file()]
    file = files[0] if number % 2 and files[0].name != "lock" else files[number % len(files)]
    if how == "delete":
        file.unlink()
    else:
        file.write_bytes(harmed(file.read_bytes(), how, start, length, filling))
    next((site.root / "content").rglob(f"bai-{touched}.md")).touch()
    EDITS[edit](site)
    assert accident.asked() in ("told", "no-state")
    assert {*accident.incremental()} <= {*PASSING}
    made = tree(site.out)
    assert made.pop("CNAME") == b"bao.example"
    assert made == accident.clean[edit]
    assert accident.incremental() == []
