"""What a build is asked for, what it is while it goes on, and what it did. Knows nobody who does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from phanthiet_news.config import Config, FragmentMode
from phanthiet_news.folder import Stage
from phanthiet_news.model import LeftOut
from phanthiet_news.problem import Failure, Problem, fatal
from phanthiet_news.state import Memo
from phanthiet_news.text import escape_controls

T = TypeVar("T")
Progress = Callable[[str, int, int], None]


class Request(msgspec.Struct, frozen=True):
    """What a build is asked for.

    `root` is the site's folder; `out` defaults to `build/` in it, `memory` (where the state is kept) to `.ptnews/`.
    `pictures` is where what is made of pictures is kept, if others keep theirs there too; it defaults to a folder in
    `memory`. `jobs` are processes of this machine; `executor` names a function that gives others (`module:function`).
    `fragments` is how they get into pages, whatever the configuration says.
    """

    root: Path
    out: Path | None = None
    memory: Path | None = None
    pictures: Path | None = None
    as_of: str | None = None
    drafts: bool = False
    jobs: int | None = None
    executor: str | None = None
    strict: bool = False
    clean: bool = False
    force: bool = False
    wait: bool = False
    fragments: FragmentMode | None = None


class Report(msgspec.Struct, frozen=True):
    """What a build did. Paths are those under the output folder.

    `pictures` were made of pictures and headlines; `restored` were, too, but by an earlier build that kept them.
    """

    rendered: list[str]
    filled: list[str]
    copied: list[str]
    pictures: list[str]
    restored: list[str]
    unchanged: int
    removed: list[str]
    left_out: list[LeftOut]
    problems: list[Problem]
    next_due: datetime | None
    seconds: float
    kinds: dict[str, int]
    out: str

    @property
    def work_done(self) -> str:
        """How much was done, in a line for people."""
        lists = {"rendered": self.rendered, "filled": self.filled, "copied": self.copied}
        lists |= {"made of pictures": self.pictures, "pictures made before": self.restored, "removed": self.removed}
        return ", ".join(f"{len(paths)} {what}" for what, paths in lists.items() if paths) or "nothing to do"


class Job(msgspec.Struct, frozen=True):
    """A build that is under way. `problems` grows from stage to stage; new files wait on the `stage`.

    `began` is an instant (nanoseconds) before anything was looked at.
    """

    request: Request
    config: Config
    as_of: datetime
    out: Path
    stage: Stage
    progress: Progress
    problems: list[Problem]
    began: int

    def stop_on_fatal(self, problems: Iterable[Problem], *, strict: bool | None = None) -> None:
        """Add problems; raise Failure with all if one is fatal.

        Warnings count under `--strict`; not before the plan, which finds most of them.
        """
        self.problems.extend(problems)
        if fatal(self.problems, strict=self.request.strict if strict is None else strict):
            raise Failure(self.problems)

    def counted(self, stage: str, results: Iterable[T], total: int) -> Iterator[T]:
        """The results, with the progress of a stage told at each."""
        for done, result in enumerate(results, 1):
            self.progress(stage, done, total)
            yield result


def report_as_before(job: Job, memo: Memo, rendered: Sequence[str] = (), filled: Sequence[str] = ()) -> Report:
    """Of a build whose plan is that of the last one."""
    return Report(
        rendered=list(rendered),
        filled=list(filled),
        copied=[],
        pictures=[],
        restored=[],
        unchanged=memo.rows - len(rendered) - len(filled),
        removed=[],
        left_out=list(memo.left_out),
        problems=list(dict.fromkeys([*job.problems, *memo.problems])),  # some are found anew by each build
        next_due=memo.until,
        seconds=0.0,
        kinds=memo.kinds,
        out=escape_controls(str(job.out)),
    )
