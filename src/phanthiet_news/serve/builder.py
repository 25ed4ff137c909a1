"""A process that builds the preview whenever it is asked: a line of JSON on its input asks, another answers.

Knows how to build; must not know who asks or why. A build never holds up the server that answers readers meanwhile.
"""

from __future__ import annotations

import os
import re
import time
import traceback
from pathlib import Path
from typing import BinaryIO

import msgspec

from phanthiet_news.aside import live_with_parent
from phanthiet_news.build import PREVIEW, Kept, build
from phanthiet_news.problem import BUG_HINT, EXIT_SYSTEM, Failure, Problem
from phanthiet_news.request import Report, Request
from phanthiet_news.state import FOLDER, PICTURES

SITE = f"{PREVIEW}/site"


class Order(msgspec.Struct, frozen=True):
    """What is to be built, and for whom: `parent` is the number of the process that asks."""

    root: str
    parent: int
    drafts: bool = True
    jobs: int | None = None
    debug: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What came of a build. Without a `report` it failed, and what was built before still stands.

    `changed` are the digests of outputs that are not what they were, by path; `gone` are those that are no more. The
    first outcome of a process is `whole`: it knows of nothing before. `prefix` is the path of `base_url`; `cost` are
    the seconds that the processor was at it here.
    """

    problems: list[Problem]
    report: Report | None = None
    changed: dict[str, str] = {}
    gone: list[str] = []
    whole: bool = False
    prefix: str = ""
    cost: float = 0.0


class Builder:
    """Builds the preview of one site, again and again; what it knows stays in its memory."""

    def __init__(self, order: Order) -> None:
        self._root, self._debug = Path(order.root), order.debug
        self._request = Request(
            root=self._root,
            out=self._root / SITE,
            memory=self._root / PREVIEW,
            pictures=self._root / FOLDER / PICTURES,
            drafts=order.drafts,
            jobs=order.jobs,
            wait=True,
            fragments="inline",  # what a server or a script would put together, this one does not
        )
        self._kept = Kept()
        self._told: dict[str, str] | None = None

    def build(self, touched: list[str] | None = None) -> Outcome:
        """One build; every mistake is in the outcome. `touched` are the paths that may have changed, if it is known."""
        started = time.process_time()
        outcome = self._build(touched)
        problems = [self._without_root(problem) for problem in outcome.problems]
        return msgspec.structs.replace(outcome, problems=problems, cost=time.process_time() - started)

    def _build(self, touched: list[str] | None) -> Outcome:
        kept = self._kept
        kept.touched = None if touched is None else [str(self._root / path) for path in touched]
        try:
            return self._outcome(build(self._request, kept=kept), kept)
        except Failure as failure:
            if failure.exit_code >= EXIT_SYSTEM:
                self._kept = Kept()  # the disk may have it otherwise
            return Outcome(failure.problems)
        except Exception as error:  # a bug of ours, or of an extension: those who write must not lose the preview by it
            if self._debug:
                traceback.print_exc()
            self._kept = Kept()
            return Outcome([_bug(error)])

    def _outcome(self, report: Report, kept: Kept) -> Outcome:
        outputs = kept.state.outputs if kept.state else {}
        digests = {path: each.digest for path, each in outputs.items() if each.kind != "marker"}
        told, whole = self._told or {}, self._told is None
        self._told = digests
        return Outcome(
            problems=report.problems,
            report=report,
            changed={path: mark for path, mark in digests.items() if told.get(path) != mark},
            gone=sorted(told.keys() - digests.keys()),
            whole=whole,
            prefix=kept.config.prefix if kept.config else "",
        )

    def _without_root(self, problem: Problem) -> Problem:
        """Pages show it, and where on this machine the site lies is nobody's business."""
        root, sep = re.escape(str(self._root)), re.escape(os.sep)
        whole = re.compile(rf"(?<![\w./-]){root}(?:({sep})|(?![\w-]))")
        texts = {name: getattr(problem, name) for name in ("path", "message", "hint")}
        here = {name: whole.sub(lambda found: "" if found[1] else ".", text) for name, text in texts.items()}
        return msgspec.structs.replace(problem, **here)


def _bug(error: Exception) -> Problem:
    return Problem(path="ptnews", code="bug", message=f"ptnews has a bug: {type(error).__name__}", hint=BUG_HINT)


def main() -> None:
    """Read the order; then answer every line of paths that may have changed, or null, with what came of a build."""
    asks, answers = _channel()
    order = msgspec.json.decode(asks.readline(), type=Order)
    live_with_parent(order.parent)
    builder = Builder(order)
    for asked in asks:
        outcome = builder.build(msgspec.json.decode(asked, type=list[str] | None))
        answers.write(msgspec.json.encode(outcome) + b"\n")
        answers.flush()


def _channel() -> tuple[BinaryIO, BinaryIO]:
    """What is asked and what is answered, kept from all that runs here: an extension that prints does so to errors."""
    asks, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return asks, answers


if __name__ == "__main__":
    main()
