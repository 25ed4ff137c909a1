"""A mistake in what the user wrote, as a value.

Knows how a problem looks in text and which exit code it asks for. Must not know who found it or print it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from phanthiet_news.text import escape_controls, visible

SHOWN_AT_MOST = 50
EXCERPT = 120
BEFORE_THE_MARK = 60

PASSING = ("state-lost", "outputs-unknown")  # what befell one build: the next has it no more, nobody can mend it
REFUSED = ("read", "write")  # what the disk or the system would not let be done

EXIT_FINE = 0
EXIT_CONTENT = 1
EXIT_CONFIG = 2
EXIT_SYSTEM = 3
EXIT_REFUSED = 4
EXIT_BUG = 70
BUG_HINT = "run it again with --debug and report what it prints"


class Problem(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """One mistake: where it is, what is wrong and how to mend it.

    `line` and `column` count from 1; 0 means "the whole file". `excerpt` is the source line that the
    column points into, `length` how many of its characters are meant.
    """

    path: str
    line: int = 0
    column: int = 0
    code: str = ""
    message: str = ""
    hint: str = ""
    fatal: bool = True
    excerpt: str = ""
    length: int = 1

    def __str__(self) -> str:
        return "\n".join([self._headline(), *self._picture(), *self._help()])

    def _headline(self) -> str:
        place = [self.path, *(str(n) for n in (self.line, self.column) if n)]
        kind = "error" if self.fatal else "warning"
        return escape_controls(f"{':'.join(place)}: {kind}[{self.code}]: {self.message}")

    def _picture(self) -> list[str]:
        if not (self.line and self.excerpt):
            return []
        excerpt, start = self._window()
        line = f"{self.line:>5} | {escape_controls(excerpt)}".rstrip()
        if not self.column:
            return [line]
        before = visible(escape_controls(excerpt[:start]))
        marked = visible(escape_controls(excerpt[start:][: self.length]))
        return [line, f"{' ' * 5} | {' ' * before}{'^' * max(1, marked)}"]

    def _window(self) -> tuple[str, int]:
        """What is shown of the line (a paragraph is often one line), and where in it the mark begins."""
        start = max(0, self.column - 1)
        if len(self.excerpt) <= EXCERPT:
            return self.excerpt, start
        first = max(0, min(start - BEFORE_THE_MARK, len(self.excerpt) - EXCERPT))
        left, right = "…" if first else "", "…" if first + EXCERPT < len(self.excerpt) else ""
        return left + self.excerpt[first : first + EXCERPT] + right, start - first + len(left)

    def _help(self) -> list[str]:
        return [f"    help: {escape_controls(self.hint)}"] if self.hint else []


class Failure(Exception):
    """A stage can't go on: carries its problems and the exit code that they ask for."""

    def __init__(self, problems: Iterable[Problem], exit_code: int | None = None) -> None:
        self.problems = sorted(problems)
        refused = any(problem.code in REFUSED for problem in self.problems)
        self.exit_code = exit_code if exit_code is not None else EXIT_SYSTEM if refused else EXIT_CONTENT
        super().__init__("\n".join(map(str, self.problems)))

    @classmethod
    def at(cls, path: str, code: str, message: str, hint: str = "", *, exit_code: int | None = None) -> Failure:
        """A failure of one problem that concerns a whole file or folder."""
        return cls([Problem(path=path, code=code, message=message, hint=hint)], exit_code)

    def __reduce__(self) -> tuple[type[Failure], tuple[list[Problem], int]]:
        return Failure, (self.problems, self.exit_code)


def fatal(problems: Iterable[Problem], *, strict: bool = False) -> list[Problem]:
    """Those that must stop a build; under `strict` the warnings too, but for those that pass by themselves."""
    return [problem for problem in problems if problem.fatal or (strict and problem.code not in PASSING)]


def shown(problems: Iterable[Problem]) -> list[Problem]:
    """Those that are told one by one: at most 50, errors before warnings, each kind by place."""
    return sorted(problems, key=lambda problem: (not problem.fatal, problem))[:SHOWN_AT_MOST]


def report(problems: Sequence[Problem]) -> str:
    """The problems as text, and a count of those that are not shown."""
    told = shown(problems)
    left = len(problems) - len(told)
    return "\n".join([*map(str, told), *([f"({left} more not shown)"] if left else [])])
