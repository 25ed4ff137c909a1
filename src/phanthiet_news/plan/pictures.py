"""Pictures → what pages show of them, and which files that takes. Pure.

Knows what is known of each picture, and what the site wants made of them; must not know articles, or how a picture is
made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from phanthiet_news.config import FILE, Colours, Config
from phanthiet_news.model import Copy, Derived, Image, Source, Value
from phanthiet_news.pictures import (
    ICONS,
    Card,
    Info,
    Job,
    Logo,
    Policy,
    Seen,
    Style,
    Variant,
    of_format,
    srcset,
    variants,
)
from phanthiet_news.pictures.icons import LEAST
from phanthiet_news.pictures.social import HEIGHT, WIDTH
from phanthiet_news.plan.links import Target
from phanthiet_news.problem import Problem
from phanthiet_news.routes import Routes
from phanthiet_news.text import slugify

HEADLINE_STEM = 60
ICON_FOLDER = "icons"
_DARK, _LIGHT, _GREY = 70, 225, 24  # of 255: means below, above, and channels no further apart than this
_TINTS = ("brick", "sand", "leaf", "sea", "sea", "brick")  # by sixths of the circle of hues, red first


class Shown(Value, frozen=True):
    """What pages show of one picture, without its words; the files that it takes; what is wrong with it."""

    image: Image
    derived: tuple[Derived, ...] = ()
    problems: tuple[Problem, ...] = ()


class Gallery:
    """The pictures of a site: those under `content/`, by their paths there, and those that are static, by output.

    `seen` are those that were looked at, by source.
    """

    def __init__(
        self,
        config: Config,
        routes: Routes,
        content: Mapping[str, Copy],
        static: Mapping[str, Copy],
        seen: Mapping[str, Seen],
    ) -> None:
        settings = config.pictures
        self._policy = Policy(**{name: getattr(settings, name) for name in Policy.__struct_fields__})
        self._draws_headlines, self._style = settings.social, style(settings.colours)
        self._routes, self._site, self._seen = routes, config.title, seen
        self._content, self._static = content, static
        self._known: dict[str, Shown | None] = {}
        self._jobs: dict[str, tuple[Copy, Variant]] = {}
        self._cards: dict[str, Card] = {}
        self._logo, self.mistakes = self._usable_logo(config.logo)

    def shown(self, target: Target) -> Shown | None:
        """What pages show of a picture; None where it was not looked at, or can't be shown: `trouble` tells why."""
        if target.file is None:
            return self._as_it_is(target)
        if target.file not in self._known:
            self._known[target.file] = self._made_of(target.file)
        return self._known[target.file]

    def _as_it_is(self, target: Target) -> Shown | None:
        """Of a static picture, which nobody makes anything of; its mistakes are its owner's."""
        copy = self._static.get(target.output or "")
        seen = self._seen.get(copy.source) if copy else None
        info = seen.info if seen else None
        if info is None:
            return None
        own = Image(target.url, credit=info.credit.line, width=info.width, height=info.height, tint=tint(info))
        return Shown(own)

    def trouble(self, name: str | None) -> tuple[Problem, ...]:
        """Why a picture can't be shown."""
        copy = self._content.get(name or "")
        seen = self._seen.get(copy.source) if copy else None
        return seen.problems if seen else ()

    def headline(self, title: str) -> Shown | None:
        """The picture that stands for an article without one."""
        if not self._draws_headlines:
            return None
        card = Card(title, self._site, self._style)
        stem = slugify(title)[:HEADLINE_STEM].strip("-") or "tin"
        place = self._routes.picture(f"{stem}-{card.key[:8]}.png")
        self._cards[card.key] = card
        return Shown(Image(place.url, title, width=WIDTH, height=HEIGHT), (Derived(place.path, card.key, ""),))

    @property
    def icons(self) -> tuple[Derived, ...]:
        """Those that are made of the logo: all that do not lie in `static/` themselves."""
        logo = self._logo
        places = {f"{ICON_FOLDER}/{icon.name}": icon for icon in ICONS if logo}
        return tuple(
            Derived(path, logo.key(icon), logo.name)
            for path, icon in places.items()
            if logo and path not in self._static
        )

    def logos(self, keys: Collection[str]) -> list[Logo]:
        """What is to be done that there are the icons among these keys."""
        return [self._logo] if self._logo and any(each.key in keys for each in self.icons) else []

    def jobs(self, keys: Collection[str]) -> list[Job]:
        """What is to be done that there are the files of these keys, picture by picture."""
        wanted: dict[str, tuple[Copy, list[Variant]]] = {}
        for key, (copy, variant) in self._jobs.items():
            if key in keys:
                wanted.setdefault(copy.source, (copy, []))[1].append(variant)
        return [Job(copy.source, copy.origin, copy.digest, tuple(made)) for copy, made in wanted.values()]

    def cards(self, keys: Collection[str]) -> list[Card]:
        """The headlines among these keys."""
        return [card for key, card in self._cards.items() if key in keys]

    def _usable_logo(self, name: str) -> tuple[Logo | None, tuple[Problem, ...]]:
        """The logo, or why there is none."""
        copy = self._static.get(name)
        if copy is None:
            return None, (_logo_problem(f'there is no static file "{name}"', "put it into static/"),)
        seen = self._seen.get(copy.source, Seen(""))
        if seen.info is None:
            return None, tuple(_logo_problem(f'"{name}" {each.message}', each.hint) for each in seen.problems)
        info = seen.info
        if info.format == "svg" or info.moving or max(info.width, info.height) < LEAST:
            kind = "an SVG" if info.format == "svg" else f"{info.width} × {info.height} pixels"
            hint = f"save it as a PNG of at least {LEAST} pixels that stands still"
            return None, (_logo_problem(f'no icons can be made of "{name}", which is {kind}', hint),)
        return Logo(copy.source, copy.origin, copy.digest, self._style.paper), ()

    def _made_of(self, name: str) -> Shown | None:
        copy = self._content.get(name)
        seen = self._seen.get(copy.source) if copy else None
        if copy is None or seen is None or seen.info is None:
            return None
        info, made = seen.info, variants(seen.info, self._policy)
        self._jobs |= {variant.key: (copy, variant) for variant in made}
        derived = tuple(Derived(self._place(each), each.key, copy.source) for each in made)
        return Shown(self._image(info, made), derived, info.problems)

    def _place(self, variant: Variant) -> str:
        return self._routes.picture(variant.name).path

    def _image(self, info: Info, made: tuple[Variant, ...]) -> Image:
        """The last format is the one that everybody knows; the biggest of it stands for the picture."""
        folder = self._routes.picture("").url
        kinds = list(dict.fromkeys(each.format for each in made))
        plain = of_format(made, kinds[-1])
        return Image(
            src=self._routes.picture(plain[-1].name).url,
            credit=info.credit.line,
            width=plain[-1].width,
            height=plain[-1].height,
            srcset=srcset(plain, folder) if len(plain) > 1 else "",
            sources=tuple(Source(f"image/{kind}", srcset(of_format(made, kind), folder)) for kind in kinds[:-1]),
            tint=tint(info),
        )


def _logo_problem(message: str, hint: str) -> Problem:
    return Problem(FILE, code="logo", message=f"`logo`: {message}", hint=hint)


def style(colours: Colours) -> Style:
    """Colours as pictures want them."""
    return Style(**{name: f"#{getattr(colours, name).removeprefix('#')}" for name in Style.__struct_fields__})


def with_words(shown: Image, words: Image) -> Image:
    """The picture with what an author says of it; a credit that stands in the file counts where none was written."""
    credit = words.credit or shown.credit
    return msgspec.structs.replace(shown, alt=words.alt, caption=words.caption, credit=credit)


def tint(info: Info) -> str:
    """The class of a picture's mean colour: `tint-sea`, say.

    Empty for none, for one near white, and for a picture that a colour behind it would shine through.
    """
    if not info.colour or info.see_through:
        return ""
    channels = [int(info.colour[start : start + 2], 16) for start in (1, 3, 5)]
    least, most = min(channels), max(channels)
    if most < _DARK:
        return "tint-dark"
    if least > _LIGHT:
        return ""
    return f"tint-{'stone' if most - least <= _GREY else _TINTS[_sixth(channels)]}"


def _sixth(channels: list[int]) -> int:
    """Which part of the circle of hues: red, yellow, green, cyan, blue, magenta."""
    least, most = min(channels), max(channels)
    top = channels.index(most)
    after, before = channels[(top + 1) % 3], channels[(top + 2) % 3]
    return round(2 * top + (after - before) / (most - least)) % 6
