"""A small site and its expected files.

After a wanted change: `pytest tests/golden --update-golden`, and read the diff.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from phanthiet_news.build import Request, build

HERE = Path(__file__).parent
EXPECTED = HERE / "expected"
MADE = ("hinh-anh", "icons")  # what encoders make is theirs; the pages name all of it


def tree(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file() and not {*MADE} & {*file.parts})
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_the_golden_site_is_what_it_was(tmp_path: Path, update_golden: bool) -> None:
    shutil.copytree(HERE / "site", tmp_path / "site")
    report = build(Request(root=tmp_path / "site", out=tmp_path / "out", as_of="2024-06-01"))
    assert report.problems == []
    if update_golden:
        shutil.rmtree(EXPECTED, ignore_errors=True)
        shutil.copytree(tmp_path / "out", EXPECTED, ignore=shutil.ignore_patterns(*MADE))
    made, expected = tree(tmp_path / "out"), tree(EXPECTED)
    assert sorted(made) == sorted(expected)
    assert [path for path in made if made[path] != expected[path]] == []
