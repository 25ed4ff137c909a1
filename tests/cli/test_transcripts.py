"""The command line as its users see it: each file in `transcripts/` is a site, commands, what they print.

After a wanted change: `pytest tests/cli --update-golden`, and read the diff.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "transcripts"
FILES = sorted(HERE.glob("*.txt"))

_FILE = re.compile(r"^-- (.+?) --\n", re.MULTILINE)
_COMMAND = re.compile(r"^\$ (.+)\n", re.MULTILINE)


def run(command: str, folder: Path) -> str:
    """What a command prints, standard output first, and its exit code."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1717200000", "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"}
    words = [sys.executable, "-m", "phanthiet_news", *_words(command)]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=60)
    text = (done.stdout + done.stderr).replace(str(folder), "FOLDER")
    text = re.sub(r"\d+\.\d\d s", "N s", text)
    text = re.sub(r"(?m)^(made: +|  \"made\": \")[-\dT:+]+", r"\1INSTANT", text)
    text = re.sub(r'"seconds": [\d.e-]+', '"seconds": N', text)
    return f"{text}? {done.returncode}\n"


def _words(command: str) -> list[str]:
    import shlex

    program, *rest = shlex.split(command)
    assert program == "ptnews"
    return rest


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_transcript(file: Path, tmp_path: Path, update_golden: bool) -> None:
    head, *turns = _COMMAND.split(file.read_text(encoding="utf-8"))
    parts = _FILE.split(head)
    for path, content in zip(parts[1::2], parts[2::2], strict=True):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content.removesuffix("\n"), encoding="utf-8")
    said = [(command, run(command, tmp_path)) for command in turns[::2]]
    text = head + "\n".join(f"$ {command}\n{output}" for command, output in said)
    if update_golden:
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_there_are_transcripts() -> None:
    assert FILES
