"""Everything that a build reads, found and identified by its bytes: the arguments of the pure function.

Knows which files make up a site; must not know what is made of them. Files whose stamp proves that they
are what they were are not opened.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from phanthiet_news import config as configuration
from phanthiet_news import digest, load, theme, versions
from phanthiet_news.config import Config
from phanthiet_news.dates import BadDate, parse_instant
from phanthiet_news.load import File, Listings, Walk
from phanthiet_news.model import Copy, Counter, Stats
from phanthiet_news.problem import EXIT_CONFIG, Failure, Problem
from phanthiet_news.schema import Reader
from phanthiet_news.source import SUFFIX, decode
from phanthiet_news.state import Input
from phanthiet_news.yamltext import BadYaml
from phanthiet_news.yamltext import parse as parse_yaml

CONTENT, TEMPLATES, STATIC, BUILD = "content", "templates", "static", "build"

T = TypeVar("T", bound=msgspec.Struct)


class Recall:
    """What came of texts: of those that were read before, from `known`, where it was kept by a key.

    It need not be worked out again, and what reads YAML need not be imported. `facts` are to be kept.
    """

    def __init__(self, known: Callable[[str], bytes | None] = lambda key: None) -> None:
        self._known = known
        self.facts: dict[str, bytes] = {}

    def of(self, kind: type[T], made_of: tuple[str, ...], read: Callable[[], T]) -> T:
        """What comes of reading what is `made_of` these texts alone."""
        key = digest.of_value((kind.__name__, made_of, versions.of_everything()))
        found = self._decoded(kind, self._known(key)) or read()
        self.facts[key] = digest.canonical(found)
        return found

    def _decoded(self, kind: type[T], data: bytes | None) -> T | None:
        with suppress(msgspec.MsgspecError):
            return msgspec.json.decode(data, type=kind) if data else None
        return None


class Sources(msgspec.Struct, frozen=True):
    """The site's files. `articles` are sources, `content` and `static` what may be copied, by output path.

    `facts` are what came of texts, see Recall.
    """

    articles: dict[str, File]
    content: dict[str, Copy]
    static: dict[str, Copy]
    templates: tuple[tuple[str, str], ...]
    stats: Stats
    inputs: dict[str, Input]
    problems: tuple[Problem, ...]
    facts: dict[str, bytes]

    @property
    def templates_mark(self) -> str:
        """Digest of all templates."""
        return digest.of_value(self.templates)


def scan(
    root: Path,
    config: Config,
    known: Mapping[str, Input],
    seen: int,
    listings: Listings | None = None,
    recall: Recall | None = None,
) -> Sources:
    """Find everything. `known` are the inputs as of the instant `seen` (nanoseconds). Raises Failure."""
    recall = recall or Recall()
    walk = Walk(root, follow_symlinks=config.follow_symlinks, listings=listings)
    files = {f"{CONTENT}/{file.name}": file for file in walk.files(root / CONTENT)}
    articles = {name: file for name, file in files.items() if name.endswith(SUFFIX)}
    stats_name = f"{CONTENT}/{configuration.STATS_FILE}"
    content = {name: file for name, file in files.items() if name not in articles and name != stats_name}
    static = {
        f"{STATIC}/{file.name}": file
        for folder in (theme.static(), root / STATIC)
        for file in walk.files(folder, public=True)
    }
    inputs = identified(content | static, known, seen)
    stats, problems = _stats(files.get(stats_name), stats_name, config, recall)
    return Sources(
        articles=articles,
        content=_copies(content, inputs),
        static=_copies(static, inputs),
        templates=load.templates(walk, [root / TEMPLATES, theme.templates()]),
        stats=stats,
        inputs=inputs,
        problems=(*walk.problems, *problems, *_misnamed(content)),
        facts=recall.facts,
    )


def _misnamed(content: Iterable[str]) -> Iterator[Problem]:
    """Files that somebody may take for articles."""
    for name in content:
        if name.lower().endswith((".md", ".markdown", ".mdown", ".mkd")):
            message, hint = "this is not read as an article", f"an article's name ends with `{SUFFIX}`"
            yield Problem(path=name, code="source-ending", message=message, hint=hint, fatal=False)


def unchanged(files: Mapping[str, File], known: Mapping[str, Input], seen: int) -> dict[str, Input]:
    """What is known of files, as far as their stamps prove that it still is so."""
    return {
        name: last
        for name, file in files.items()
        if (last := known.get(name)) and last.stamp == file.stamp and file.stamp.settled(seen)
    }


def identified(files: Mapping[str, File], known: Mapping[str, Input], seen: int) -> dict[str, Input]:
    """Files with their digests; read only on doubt."""
    last = unchanged(files, known, seen)
    return {name: last.get(name) or _read(name, file) for name, file in files.items()}


def _read(name: str, file: File) -> Input:
    data, stamp = load.read_stamped(file.origin, name)
    return Input(stamp, digest.of_bytes(data))


def _copies(files: Mapping[str, File], inputs: Mapping[str, Input]) -> dict[str, Copy]:
    return {
        file.name: Copy(
            path=file.name, origin=file.origin, source=name, size=inputs[name].stamp.size, digest=inputs[name].digest
        )
        for name, file in files.items()
    }


def _stats(file: File | None, shown: str, config: Config, recall: Recall) -> tuple[Stats, Iterable[Problem]]:
    if file is None:
        return Stats(), ()
    text = decode(load.read(file.origin, shown), shown)
    try:
        return recall.of(Stats, (text, config.timezone), partial(_read_stats, text, shown, config)), ()
    except Failure as failure:
        return Stats(), failure.problems


def _read_stats(text: str, shown: str, config: Config) -> Stats:
    reader = Reader(shown, text, config.zone)
    try:
        found = reader.struct(parse_yaml(text, shown), configuration.StatsFile)
    except BadYaml as bad:
        raise Failure([bad.problem]) from None
    if found is None:
        raise Failure(reader.problems)
    return _known(found)


def _known(found: configuration.StatsFile) -> Stats:
    names = ("online", "today", "week", "month", "total")
    counters = ((name, getattr(found, name)) for name in names)
    return Stats(
        counters=tuple(Counter(name=name, value=value) for name, value in counters if value is not None),
        as_of=found.as_of,
    )


def read_config(root: Path, recall: Recall | None = None) -> Config:
    """The configuration of the site in a folder. Raises Failure."""
    recall = recall or Recall()
    file = root / configuration.FILE
    if not file.is_file():
        message = f"there is no {configuration.FILE} in {root}"
        hint = "go into the site's folder, name it with `-C`, or make a site with `ptnews new site DIR`"
        raise Failure.at(configuration.FILE, "no-site", message, hint, exit_code=EXIT_CONFIG)
    try:
        text = decode(load.read(str(file), configuration.FILE), configuration.FILE)
        config = recall.of(Config, (text,), partial(configuration.read, text))
    except Failure as failure:
        raise Failure(failure.problems, max(failure.exit_code, EXIT_CONFIG)) from None
    if config.markdown.extensions:
        _refuse_unknown(config.markdown.extensions)
    return config


def _refuse_unknown(names: tuple[str, ...]) -> None:
    from phanthiet_news import extensions

    extensions.versions(names)  # before anything of them may be imported
    unknown = extensions.unknown(names)
    if unknown:
        message = f"the Markdown extension `{unknown[0]}` is not installed"
        raise Failure.at(configuration.FILE, "extension", message, "install it beside ptnews", exit_code=EXIT_CONFIG)


def versions_of(config: Config) -> tuple[object, ...]:
    """Of all that takes part in a build of this site besides its sources."""
    if not config.markdown.extensions:
        return versions.of_everything()
    from phanthiet_news import extensions

    return (*versions.of_everything(), *extensions.versions(config.markdown.extensions))


def instant(asked: str | None, config: Config) -> datetime:
    """The one clock: what was asked for, else SOURCE_DATE_EPOCH, else now; in the site's zone."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        if asked:
            return parse_instant(asked, config.zone)
        if epoch:
            return datetime.fromtimestamp(int(epoch), config.zone)
    except BadDate as bad:
        raise Failure.at("--as-of", bad.code, str(bad), bad.hint, exit_code=EXIT_CONFIG) from None
    except (ValueError, OverflowError, OSError):
        message = f'"{epoch}" is not a number of seconds'
        raise Failure.at("SOURCE_DATE_EPOCH", "epoch", message, exit_code=EXIT_CONFIG) from None
    return datetime.now(UTC).astimezone(config.zone)
