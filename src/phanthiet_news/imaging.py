"""Has pictures looked at and made: only those that articles name, and none twice.

Knows where pictures are found and where what is made of them is kept; must not know pages, or what becomes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

import msgspec

from phanthiet_news import digest
from phanthiet_news.model import Article, Copy, Derived
from phanthiet_news.parallel import Workers
from phanthiet_news.pictures import Cache, Look, Seen, icon_chunk, inspect_chunk, make_chunk, social_chunk
from phanthiet_news.plan.links import file_name
from phanthiet_news.plan.pictures import Gallery
from phanthiet_news.problem import Failure
from phanthiet_news.request import Job
from phanthiet_news.state import State
from phanthiet_news.versions import of_looking

T = TypeVar("T")
_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(Seen).decode


def looked_at(
    job: Job,
    state: State,
    workers: Workers,
    files: Iterable[Copy],
    articles: Iterable[Article],
    logo: Copy | None,
    *,
    others_stay: bool = False,
) -> dict[str, Seen]:
    """By source: what is known of the logo, and of those files that articles may mean as pictures.

    Those that are new are looked at. What is known of others is forgotten, unless they stay.
    """
    named = set(map(file_name, set(_targets(articles))))
    wanted = _keys(copy for copy in files if copy is logo or copy.path.rpartition("/")[2] in named)
    packed = state.pictures if wanted else {}
    known = {key: _DECODE(packed[key]) for key in wanted.keys() & packed.keys()}
    seen = {key: each for key, each in known.items() if each.digest == wanted[key].digest}
    looks = [Look(copy.source, copy.origin) for key, copy in wanted.items() if key not in seen]
    found = job.counted("look", workers.map(inspect_chunk, looks, attrgetter("name"), heavy=True), len(looks))
    fresh = {look.name: each for look, each in zip(looks, _stopped(job, found), strict=True)}
    after = {key: seen.get(key) or fresh[copy.source] for key, copy in wanted.items()}
    if wanted:
        encoded = {key: _ENCODE(each) for key, each in after.items()}
        state.look(packed, {**packed, **encoded} if others_stay else encoded)
    return {copy.source: after[key] for key, copy in wanted.items()}


def _stopped(job: Job, results: Iterable[T | Failure]) -> list[T]:
    """The results, if there is no failure among them."""
    everything = list(results)
    failed = (problem for each in everything if isinstance(each, Failure) for problem in each.problems)
    job.stop_on_fatal(failed, strict=False)
    return [each for each in everything if not isinstance(each, Failure)]


def _targets(articles: Iterable[Article]) -> Iterator[str]:
    for article in articles:
        if article.picture:
            yield article.picture.target
        for reference in article.references:
            if reference.kind == "picture":
                yield reference.target


def _keys(copies: Iterable[Copy]) -> dict[str, Copy]:
    """Under which they are remembered: another version of ptnews or of the library may see them in another way."""
    eye = digest.of_value(of_looking())[:8]
    return {f"{eye} {copy.source}": copy for copy in copies}


class Darkroom:
    """Where files are made of pictures, and kept: `folder` may be shared by builds of one site."""

    def __init__(self, folder: Path) -> None:
        self._cache = Cache(folder)
        self._folder = str(folder)

    def entered(self) -> AbstractContextManager[None]:
        """While this is held nobody throws away what is kept. Raises Failure."""
        return self._cache.in_use()

    def develop(self, job: Job, workers: Workers, gallery: Gallery, wanted: Iterable[Derived]) -> None:
        """Make these, which are not kept. Raises Failure with what could not be made."""
        keys = {each.key for each in wanted}
        if not keys:
            return
        jobs, cards, logos = gallery.jobs(keys), gallery.cards(keys), gallery.logos(keys)
        make, draw, cut = (partial(chunk, self._folder) for chunk in (make_chunk, social_chunk, icon_chunk))
        made = workers.map(make, jobs, attrgetter("name"), heavy=True)
        drawn = workers.map(draw, cards, attrgetter("title"))
        done = [*job.counted("picture", made, len(jobs)), *job.counted("draw", drawn, len(cards))]
        _stopped(job, [*done, *workers.map(cut, logos, attrgetter("name"))])

    def take(self, each: Derived) -> bytes | None:
        """The bytes of a file that was made; None where there are none, or they are damaged."""
        return self._cache.get(each.key)

    def prune(self, used: Iterable[Derived]) -> None:
        """Throw away what is not used, unless somebody else is here."""
        self._cache.prune({each.key for each in used})
