"""What worker processes do with pictures. Plain values in, plain values out, and the bytes into the cache.

Knows files and the cache; must not know which article shows what.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import msgspec

from phanthiet_news import digest
from phanthiet_news.pictures.cache import Cache
from phanthiet_news.pictures.icons import Logo, icons
from phanthiet_news.pictures.info import Seen, inspect
from phanthiet_news.pictures.make import make_all
from phanthiet_news.pictures.social import Card, social
from phanthiet_news.pictures.variants import Variant
from phanthiet_news.problem import EXIT_SYSTEM, Failure

T = TypeVar("T")
P = ParamSpec("P")


class Look(msgspec.Struct, frozen=True):
    """A picture to inspect: its name on the site, and the file that it is."""

    name: str
    origin: str


class Job(msgspec.Struct, frozen=True):
    """Variants to make of one picture: its name, its file, and the digest that the file had when it was planned."""

    name: str
    origin: str
    digest: str
    variants: tuple[Variant, ...]


def inspect_chunk(looks: Sequence[Look]) -> list[Seen | Failure]:
    """What each picture is. All of it is decoded, so who asks should remember the answer by the file's digest."""
    return [_tried(_seen, look) for look in looks]


def make_chunk(folder: str, jobs: Sequence[Job]) -> list[tuple[str, ...] | Failure]:
    """Make what is missing of each job; the keys that are in the cache (at `folder`) afterwards."""
    return [_tried(_make, Cache(folder), job) for job in jobs]


def social_chunk(folder: str, cards: Sequence[Card]) -> list[tuple[str, ...] | Failure]:
    """Make what is missing of these; the key of each, which is in the cache (at `folder`) afterwards."""
    return [_tried(_social, Cache(folder), card) for card in cards]


def icon_chunk(folder: str, logos: Sequence[Logo]) -> list[tuple[str, ...] | Failure]:
    """Make all icons of these; the keys, which are in the cache (at `folder`) afterwards."""
    return [_tried(_icons, Cache(folder), logo) for logo in logos]


def _tried(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Failure:
    try:
        return work(*args, **kwargs)
    except Failure as failure:
        return failure


def _seen(look: Look) -> Seen:
    data = _read(look.origin, look.name)
    mark = digest.of_bytes(data)
    try:
        return Seen(mark, inspect(data, look.name))
    except Failure as failure:
        return Seen(mark, problems=tuple(failure.problems))


def _make(cache: Cache, job: Job) -> tuple[str, ...]:
    missing = [variant for variant in job.variants if cache.get(variant.key) is None]
    if missing:
        data = _as_planned(job)
        for variant, made in zip(missing, make_all(data, missing), strict=True):
            cache.put(variant.key, made)
    return tuple(variant.key for variant in job.variants)


def _social(cache: Cache, card: Card) -> tuple[str, ...]:
    if cache.get(card.key) is None:
        cache.put(card.key, social(card))
    return (card.key,)


def _icons(cache: Cache, logo: Logo) -> tuple[str, ...]:
    made = icons(_as_planned(logo), logo)
    for icon, data in made.items():
        cache.put(logo.key(icon), data)
    return tuple(map(logo.key, made))


def _as_planned(wanted: Job | Logo) -> bytes:
    data = _read(wanted.origin, wanted.name)
    if digest.of_bytes(data) != wanted.digest:
        raise Failure.at(wanted.name, "file-changed", "the picture changed while the build read it", "build again")
    return data


def _read(origin: str, name: str) -> bytes:
    try:
        with open(origin, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise Failure.at(name, "file-changed", "the picture went while the build read it", "build again") from None
    except OSError as error:
        message = f"can't be read: {(error.strerror or str(error)).lower()}"
        raise Failure.at(name, "read", message, exit_code=EXIT_SYSTEM) from None
