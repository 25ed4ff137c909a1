"""A process that builds the preview whenever it is asked: a line of JSON on its input asks, another answers.

Knows how to build; must not know who asks or why. A build never holds up the server that answers readers meanwhile,
and this process ends with the one that started it, for its input ends then.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from phanthiet_news.build import PREVIEW, Kept, build
from phanthiet_news.problem import EXIT_SYSTEM, Failure, Problem
from phanthiet_news.request import Report, Request
from phanthiet_news.sources import read_config
from phanthiet_news.state import FOLDER, PICTURES


class Order(msgspec.Struct, frozen=True):
    """What is to be built."""

    root: str
    drafts: bool = True
    jobs: int | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What came of a build. Without a `report` it failed, and what was built before still stands.

    `changed` are the digests of outputs that are not what they were, by path; `gone` are those that are no more;
    `prefix` is the path of `base_url`.
    """

    problems: list[Problem]
    report: Report | None = None
    changed: dict[str, str] = {}
    gone: list[str] = []
    prefix: str = ""


class Builder:
    """Builds the preview of one site, again and again; what it knows stays in its memory."""

    def __init__(self, order: Order) -> None:
        self._root = Path(order.root)
        memory = self._root / PREVIEW
        folder = memory / "site"
        self._request = Request(
            root=self._root,
            out=folder,
            memory=memory,
            pictures=self._root / FOLDER / PICTURES,
            drafts=order.drafts,
            jobs=order.jobs,
            wait=True,
        )
        self._kept = Kept()
        self._told: dict[str, str] = {}

    def build(self, touched: list[str] | None = None) -> Outcome:
        """One build; every mistake is in the outcome. `touched` are the paths that may have changed, if it is known."""
        kept = self._kept
        kept.touched = None if touched is None else [str(self._root / path) for path in touched]
        try:
            report = build(self._request, kept=kept)
            prefix = read_config(self._root).prefix
        except Failure as failure:
            if failure.exit_code >= EXIT_SYSTEM:
                self._kept = Kept()  # the disk may have it otherwise
            return Outcome(failure.problems)
        outputs = kept.state.outputs if kept.state else {}
        digests = {path: each.digest for path, each in outputs.items() if each.kind != "marker"}
        told, self._told = self._told, digests
        changed = {path: mark for path, mark in digests.items() if told.get(path) != mark}
        return Outcome(report.problems, report, changed, sorted(told.keys() - digests.keys()), prefix)


def main() -> None:
    """Read the order; then answer every line of paths that may have changed, or null, with what came of a build."""
    builder = Builder(msgspec.json.decode(sys.stdin.readline(), type=Order))
    for asked in sys.stdin:
        touched = msgspec.json.decode(asked, type=list[str] | None)
        sys.stdout.write(msgspec.json.encode(builder.build(touched)).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
