"""What may be said on the command lines of benchmarks, refused at once rather than after an hour of measuring."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from bench import table


def count(text: str) -> int:
    """A number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of at least 1")
    return int(text)


def folder(text: str) -> Path:
    """A folder that is there."""
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return Path(text)


def page_with(marks: table.Marks) -> Callable[[str], Path]:
    """A page that has these marks."""

    def page(text: str) -> Path:
        try:
            table.put_into(Path(text).read_text(encoding="utf-8"), "", marks)
        except (OSError, ValueError) as error:
            raise argparse.ArgumentTypeError(f"can't write into {text}: {error}") from None
        return Path(text)

    return page
