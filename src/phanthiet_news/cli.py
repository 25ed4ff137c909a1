"""The command line: arguments, printing, progress, exit codes. The only room that prints.

Knows what the other rooms offer; must not know how they do it.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click
import msgspec

from phanthiet_news import __version__
from phanthiet_news.problem import BUG_HINT, EXIT_BUG, EXIT_CONFIG, EXIT_FINE, Failure, Problem, report
from phanthiet_news.text import escape_controls

SHOW_PROGRESS_AFTER = 1.0
REFRESH_AFTER = 0.1
EXIT_DUE = 3
INTERRUPTED = 130


def main() -> NoReturn:
    """Entry point of the `ptnews` command. Every way out has its exit code; none is a traceback."""
    signal.signal(signal.SIGTERM, _terminated)
    _print_whatever_the_locale()
    debug = "--debug" in sys.argv
    spent: list[object] = []
    try:
        told = cli.main(prog_name="ptnews", standalone_mode=False, obj=spent)
        status = told if isinstance(told, int) else EXIT_FINE
        if spent:
            _end_at_once(status)
        sys.exit(status)
    except Failure as failure:
        _explain(failure.problems)
        if not any(problem.fatal for problem in failure.problems):
            click.echo("nothing was written: with --strict a warning is an error", err=True)
        code = failure.exit_code
    except click.exceptions.Exit as left:
        code = left.exit_code
    except click.ClickException as error:
        error.show()
        code = EXIT_CONFIG
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        code = EXIT_FINE
    except Exception as error:  # a bug of ours: say so kindly
        if debug:
            import traceback

            traceback.print_exc()
        click.echo(escape_controls(f"ptnews has a bug: {type(error).__name__}: {error}"), err=True)
        click.echo(f"    help: {BUG_HINT}", err=True)
        code = EXIT_BUG
    sys.exit(code)


def _end_at_once(status: int) -> NoReturn:
    """Without taking apart what a build worked with: to the system it is one piece. All files are closed by now."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


def _print_whatever_the_locale() -> None:
    """A terminal without UTF-8 gets escapes, never a crash."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


def _explain(problems: list[Problem]) -> None:
    if problems:
        click.echo(report(problems), err=True)
    fatal = sum(problem.fatal for problem in problems)
    warnings = len(problems) - fatal
    counts = [f"{n} {word}{'s' if n > 1 else ''}" for n, word in ((fatal, "error"), (warnings, "warning")) if n]
    if counts:
        click.echo(", ".join(counts), err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ptnews")
def cli() -> None:
    """A static news site from a folder of Markdown."""


_folder = click.option(
    "-C",
    "root",
    metavar="DIR",
    default=".",
    type=click.Path(path_type=Path),
    help="The site's folder (default: here).",
)
_debug = click.option("--debug", is_flag=True, help="Show the traceback when ptnews itself fails.")


@cli.command()
@_folder
@click.option("-o", "out", metavar="DIR", type=click.Path(path_type=Path), help="Where to build (default: build/).")
@click.option("--as-of", metavar="INSTANT", help="Build as if it were this instant (default: now).")
@click.option("--drafts", is_flag=True, help="Show drafts, and articles that are not due yet.")
@click.option("--jobs", metavar="N", type=click.IntRange(min=1), help="Processes to use (default: one a core).")
@click.option("--executor", metavar="MODULE:FUNCTION", help="Work on processes that this function gives.")
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option("--clean", is_flag=True, help="Forget what earlier builds knew.")
@click.option("--verify", is_flag=True, help="Build from nothing too, elsewhere, and compare byte by byte.")
@click.option("--force", is_flag=True, help="Overwrite files of others that stand where an output belongs.")
@click.option("--wait", is_flag=True, help="Wait for another build of this site to end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="Print problems only.")
@click.option("-v", "--verbose", is_flag=True, help="Name every file made, filled, copied or removed.")
@_debug
@click.pass_obj
def build(
    spent: list[object] | None,
    root: Path,
    out: Path | None,
    as_of: str | None,
    drafts: bool,
    jobs: int | None,
    executor: str | None,
    strict: bool,
    clean: bool,
    verify: bool,
    force: bool,
    wait: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    debug: bool,
) -> int:
    """Build the site."""
    from phanthiet_news.build import Kept, Request, verified
    from phanthiet_news.build import build as run

    if executor:
        sys.path.insert(0, "")  # a function of one's own is looked for here, too
    request = Request(
        root=root,
        out=out and out.absolute(),
        as_of=as_of,
        drafts=drafts,
        jobs=jobs,
        executor=executor,
        strict=strict,
        clean=clean,
        force=force,
        wait=wait,
    )
    try:
        with _Progress(shown=not (as_json or quiet) and sys.stderr.isatty()) as progress:
            ends_soon = None if executor else spent  # which may want to let go of its processes
            result = verified(request, progress) if verify else run(request, progress, Kept(ends_soon))
    except Failure as failure:
        if not as_json:
            raise
        click.echo(_as_json(_nothing_done(failure)))
        return failure.exit_code
    if as_json:
        click.echo(_as_json(msgspec.to_builtins(result)))
        return EXIT_FINE
    _explain(result.problems)
    if verbose:
        _list_files(result)
    if not quiet:
        click.echo("\n".join(_summary(result)))
    return EXIT_FINE


def _host_names(context: click.Context, option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not name or set(name) & set(":/@ "):
            raise click.BadParameter(f"{name!r} is not the name of a machine; leave out what is no part of it")
    return names


@cli.command()
@_folder
@click.option("--port", default=8000, metavar="N", type=click.IntRange(0, 65535), help="Port (default: 8000).")
@click.option("--host", default="127.0.0.1", metavar="H", help="Address to listen at (default: this machine only).")
@click.option(
    "--allow-host",
    "names",
    metavar="NAME",
    multiple=True,
    callback=_host_names,
    help="A name under which it may be asked for, too (may be given several times).",
)
@click.option("--watch/--no-watch", default=True, help="Build again whenever something is saved (default).")
@click.option("--drafts/--no-drafts", default=True, help="Show what is not public yet, marked as such (default).")
@click.option("--open", "open_browser", is_flag=True, help="Open it in the browser.")
@click.option("--jobs", metavar="N", type=click.IntRange(min=1), help="Processes to use (default: one a core).")
@_debug
def serve(
    root: Path,
    port: int,
    host: str,
    names: tuple[str, ...],
    watch: bool,
    drafts: bool,
    open_browser: bool,
    jobs: int | None,
    debug: bool,
) -> int:
    """Show the site while you write: save, and the page is there."""
    import asyncio

    from phanthiet_news.serve.server import is_loopback
    from phanthiet_news.serve.session import Options, Session
    from phanthiet_news.sources import read_config

    read_config(root)
    if not is_loopback(host):
        click.echo(f"warning: others on the network can read this preview at {host}, drafts too", err=True)

    def say(line: str, *, err: bool = False) -> None:
        click.echo(_printable(line), err=err)

    def ready(address: str) -> None:
        say(f"{address}  (Ctrl-C ends it)")
        if open_browser:
            click.launch(address)

    options = Options(root, host, port, names, watch, drafts, jobs, debug)
    try:
        asyncio.run(Session(options, say, partial(say, err=True)).run(ready))
    except KeyboardInterrupt:  # the usual end, of which nothing is to be said
        return INTERRUPTED
    return EXIT_FINE


def _printable(text: str) -> str:
    return "\n".join(map(escape_controls, text.split("\n")))


_built = click.option(
    "-o", "out", metavar="DIR", type=click.Path(path_type=Path), help="Where it was built (default: build/)."
)


@cli.command("next")
@_folder
@_built
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@_debug
def next_change(root: Path, out: Path | None, as_json: bool, debug: bool) -> int:
    """Tell when the site will change by itself: an article falls due, or expires.

    As the last build saw it. Exits with 3 when that instant has come.
    """
    from phanthiet_news.build import usual_state
    from phanthiet_news.history import next_due
    from phanthiet_news.sources import instant, read_config

    due = next_due(usual_state(root, out))
    is_due = due is not None and due <= instant(None, read_config(root))
    if as_json:
        click.echo(_as_json({"next_due": due, "is_due": is_due}))
    else:
        click.echo(due.isoformat(timespec="minutes") if due else "nothing is scheduled")
    return EXIT_DUE if is_due else EXIT_FINE


@cli.command()
@click.argument("url")
@_folder
@_built
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@_debug
def why(url: str, root: Path, out: Path | None, as_json: bool, debug: bool) -> int:
    """Tell where a page comes from, and what made it render the last time."""
    from phanthiet_news.build import usual_state
    from phanthiet_news.history import origin
    from phanthiet_news.sources import read_config

    found = origin(usual_state(root, out), url, read_config(root).prefix)
    if as_json:
        click.echo(_as_json(found))
        return EXIT_FINE
    lines = [
        ("output", found.path),
        ("kind", found.kind),
        ("source", found.source),
        ("templates", ", ".join(found.templates)),
        ("made", found.made),
        ("because", ", ".join(found.why)),
    ]
    for name, value in lines:
        if value:
            click.echo(escape_controls(f"{name + ':':<11}{value}"))
    return EXIT_FINE


@cli.group()
def new() -> None:
    """Make a new site or article."""


@new.command("site")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@_debug
def new_site(folder: Path, debug: bool) -> int:
    """Make a small site that builds at once."""
    from phanthiet_news.scaffold import make_site

    for path in make_site(folder):
        click.echo(f"made {path}")
    click.echo(f"now:  ptnews build -C {folder}")
    return EXIT_FINE


@new.command("article")
@click.argument("title")
@_folder
@click.option("--category", metavar="C", help="Slug or title of a category (default: the first one).")
@_debug
def new_article(title: str, root: Path, category: str | None, debug: bool) -> int:
    """Make an article, a draft, in its category's folder."""
    from phanthiet_news.scaffold import make_article
    from phanthiet_news.sources import instant, read_config

    config = read_config(root)
    click.echo(f"made {make_article(root, config, title, category, instant(None, config))}")
    return EXIT_FINE


@cli.command()
@click.argument("name", type=click.Choice(["article", "config", "stats"]), default="article")
@_debug
def schema(name: str, debug: bool) -> int:
    """Print a JSON Schema for an editor's YAML plug-in: of front matter, ptnews.yml or stats.yml."""
    from phanthiet_news.config import Config, StatsFile
    from phanthiet_news.frontmatter import FrontMatter
    from phanthiet_news.schema import json_schema

    kinds: dict[str, type[msgspec.Struct]] = {"article": FrontMatter, "config": Config, "stats": StatsFile}
    click.echo(_as_json(json_schema(kinds[name])))
    return EXIT_FINE


def _nothing_done(failure: Failure) -> dict[str, object]:
    """The object that `--json` prints for a build that stopped: the same keys, with nothing done."""
    names = ("rendered", "filled", "copied", "pictures", "restored", "removed", "left_out")
    lists: dict[str, object] = {key: [] for key in names}
    rest: dict[str, object] = {"unchanged": 0, "next_due": None, "seconds": None, "kinds": {}, "out": None}
    return lists | rest | {"problems": failure.problems}


def _as_json(value: object) -> str:
    """Characters that a terminal would obey are written as JSON's own escapes."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return "\n".join(map(escape_controls, text.split("\n")))


def _list_files(result: Any) -> None:
    pages = (("made", result.rendered), ("filled", result.filled), ("copied", result.copied))
    pictures = (("made", result.pictures), ("restored", result.restored))
    for verb, paths in (*pages, *pictures, ("removed", result.removed)):
        for path in paths:
            click.echo(f"{verb} {escape_controls(path)}")


_PLURALS = {"index": "indexes"}


def _summary(result: Any) -> list[str]:
    kinds = ", ".join(f"{count} {_plural(kind, count)}" for kind, count in result.kinds.items())
    lines = [f"{sum(result.kinds.values())} pages ({kinds})", result.work_done]
    lines += [f"left out: {line}" for line in _left_out(result.left_out)]
    if result.next_due:
        lines.append(f"next change by itself: {result.next_due.isoformat(timespec='minutes')}")
    lines.append(f"{result.out}: built in {result.seconds:.2f} s")
    return [escape_controls(line) for line in lines]


def _plural(kind: str, count: int) -> str:
    return kind if count == 1 else _PLURALS.get(kind, f"{kind}s")


def _left_out(articles: list[Any], most: int = 10) -> list[str]:
    words = {"draft": "a draft", "future": "due", "expired": "expired"}
    lines = [
        f"{each.source} ({words[each.reason]}"
        + ("" if each.reason == "draft" else f" {each.instant.isoformat(timespec='minutes')}")
        + ")"
        for each in articles[:most]
    ]
    if len(articles) > most:
        counts = Counter(str(each.reason) for each in articles)
        lines.append(f"{len(articles)} in all ({', '.join(f'{n} {reason}' for reason, n in sorted(counts.items()))})")
    return lines


class _Progress:
    """A bar on a terminal, for work that takes longer than a second."""

    def __init__(self, *, shown: bool) -> None:
        self._shown, self._started = shown, time.monotonic()
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}
        self._shown_at = 0.0

    def __enter__(self) -> Callable[[str, int, int], None]:
        return self._step

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def _step(self, stage: str, done: int, total: int) -> None:
        if not self._shown or time.monotonic() - self._started < SHOW_PROGRESS_AFTER:
            return
        if self._bar is None:
            self._bar = self._new_bar()
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(stage, total=total)
        self._bar.update(self._tasks[stage], completed=done)
        if done == total or time.monotonic() - self._shown_at > REFRESH_AFTER:
            self._bar.refresh()
            self._shown_at = time.monotonic()

    def _new_bar(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = TextColumn("{task.description:>7}"), BarColumn(), MofNCompleteColumn()
        # no thread of its own: processes can then be made as copies of this one
        bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
        bar.start()
        return bar
