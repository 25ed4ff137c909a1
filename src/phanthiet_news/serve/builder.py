"""A process that builds the preview whenever it is asked: a line on its input asks, a line of JSON answers.

Knows how to build; must not know who asks or why. A build never holds up the server that answers readers meanwhile,
and this process ends with the one that started it, for its input ends then.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from phanthiet_news.build import PREVIEW, build, state_file
from phanthiet_news.problem import Failure, Problem
from phanthiet_news.request import Report, Request
from phanthiet_news.sources import read_config
from phanthiet_news.state import State


class Order(msgspec.Struct, frozen=True):
    """What is to be built."""

    root: str
    drafts: bool = True
    jobs: int | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What came of a build. Without a `report` it failed, and what was built before still stands.

    `outputs` are the digests by path, where they are not what they were; `prefix` is the path of `base_url`.
    """

    problems: list[Problem]
    report: Report | None = None
    outputs: dict[str, str] | None = None
    prefix: str = ""


class Builder:
    """Builds the preview of one site, again and again."""

    def __init__(self, order: Order) -> None:
        self._root = Path(order.root)
        self._memory = self._root / PREVIEW
        self._request = Request(
            root=self._root, out=self.folder, memory=self._memory, drafts=order.drafts, jobs=order.jobs, wait=True
        )
        self._known = False

    @property
    def folder(self) -> Path:
        """Where the preview is."""
        return self._memory / "site"

    def build(self) -> Outcome:
        """One build; every mistake is in the outcome."""
        try:
            report = build(self._request)
            prefix = read_config(self._root).prefix
        except Failure as failure:
            return Outcome(failure.problems)
        outputs = None
        if not self._known or report.rendered or report.filled or report.copied or report.removed:
            state = State(state_file(self._memory, self._root, self.folder))
            outputs = {path: output.digest for path, output in state.outputs.items() if output.kind != "marker"}
            self._known = True
        return Outcome(report.problems, report, outputs, prefix)


def main() -> None:
    """Read the order, then answer every further line with the outcome of a build."""
    builder = Builder(msgspec.json.decode(sys.stdin.readline(), type=Order))
    for _ in sys.stdin:
        sys.stdout.write(msgspec.json.encode(builder.build()).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
