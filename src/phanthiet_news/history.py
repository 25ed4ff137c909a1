"""What the last build can tell: when the next change falls due, and why an output was made.

Knows the state; must not know how a build is done.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from phanthiet_news.problem import EXIT_CONFIG, EXIT_REFUSED, Failure
from phanthiet_news.state import Making, State
from phanthiet_news.text import did_you_mean


class Origin(msgspec.Struct, frozen=True):
    """Where an output comes from. `templates` begins with its own; `why` says what made it anew the last time."""

    path: str
    kind: str
    source: str
    templates: tuple[str, ...]
    made: str
    why: tuple[str, ...]


def next_due(file: Path) -> datetime | None:
    """The next instant at which the site changes by itself, as the last build saw it. Raises Failure."""
    return _last(file).memo.until


def origin(file: Path, url: str, prefix: str = "") -> Origin:
    """Of the output that a url or a path names. Raises Failure if there is none. `prefix` is the path of `base_url`."""
    state = _last(file)
    outputs = state.outputs
    paths = _paths(url, prefix)
    for path in paths:
        for candidate in (path, f"{path}index.html", f"{path}/index.html"):
            if candidate in outputs:
                return _origin(candidate, state)
    path = paths[0]
    tails = [each for each in outputs if path and each.endswith(f"/{path.rstrip('/')}/index.html")]
    if len(tails) == 1:
        return _origin(tails[0], state)
    pages = [f"/{each.removesuffix('index.html')}" for each in outputs if each.endswith("index.html")]
    hint = did_you_mean(f"/{path}", pages) if len(pages) < 5000 else ""
    message = "the last build made no such output"
    raise Failure.at(url, "no-output", message, hint if hint.startswith("did") else "", exit_code=EXIT_CONFIG)


def _paths(url: str, prefix: str) -> list[str]:
    """What an address may mean: readers' addresses have the prefix, paths of outputs have not."""
    try:
        whole = unquote(urlsplit(url).path)
    except ValueError:  # half an address of IPv6
        whole = url
    inside = whole.removeprefix(prefix) if whole.startswith(f"{prefix}/") else whole
    return [inside.lstrip("/"), whole.lstrip("/")]


def _origin(path: str, state: State) -> Origin:
    output = state.outputs[path]
    making = state.makings([path]).get(path, Making(msgspec.Raw(b"{}"), "", ()))
    others = [name for name in making.parts if name.startswith("templates/") and name != f"templates/{output.template}"]
    templates = (f"templates/{output.template}", *others) if output.template else ()
    return Origin(path, output.kind, output.source, templates, making.made, making.why)


def _last(file: Path) -> State:
    try:
        state = State(file)
    except Failure as failure:  # but not with the code that tells that a change is due
        raise Failure(failure.problems, EXIT_REFUSED) from None
    if not state.has_last_build:
        message, hint = "nothing is known of an earlier build", "run `ptnews build` first"
        raise Failure.at(str(file), "no-state", message, hint, exit_code=EXIT_CONFIG)
    return state
