"""Sample articles: the same ones on every machine and in every year. Says only what an article is.

Article `number` of `count` depends on the seed and on these two numbers, on nothing else. Number 0 is the newest;
the others lie behind it, evenly over the same years however many they are. Knows no generator of sites.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from bench import words
from phanthiet_news.text import slugify

SEED = 2024
ZONE = timezone(timedelta(hours=7))
NEWEST = datetime(2025, 6, 15, 17, tzinfo=ZONE)
YEARS = 6
PICTURES = 12
ONLINE, TODAY, WEEK, MONTH, TOTAL = 12, 2901, 37156, 146460, 3548942
_BYTES = (2_000, 8_000, 3_900)  # of a body before the last paragraph: least, most, most often
_CATEGORY_WEIGHTS = (20, 18, 14, 12, 12, 10, 8, 6)


@dataclass(frozen=True)
class Article:
    """One article, in words that every generator of sites knows."""

    slug: str
    category: str
    title: str
    date: datetime
    author: str
    tags: tuple[str, ...]
    summary: str
    picture: str
    caption: str
    featured: bool
    body: str

    @property
    def path(self) -> str:
        """Where its source stands below `content/`."""
        return f"{self.category}/{self.slug}.md"


def corpus(count: int, seed: int = SEED) -> Iterator[Article]:
    """All articles, the newest first."""
    return (article(number, count, seed) for number in range(count))


def article(number: int, count: int, seed: int = SEED) -> Article:
    """One article. A negative number is one that is published after all the others."""
    title, slug, category = _name(number, seed)
    pick = random.Random(f"{seed}:{number}:{count}")
    return Article(
        slug=slug,
        category=category,
        title=title,
        date=_date(number, count),
        author=pick.choice(list(words.AUTHORS)),
        tags=_tags(pick),
        summary=f"{_sentence(pick)} {_sentence(pick)}",
        picture=picture_path(pick.randrange(PICTURES)),
        caption=f"{_capital(pick.choice(words.THINGS))} ở {pick.choice(words.PLACES)}.",
        featured=pick.random() < 0.02,
        body=_Body(pick, number, count, seed).text(),
    )


def front_matter(values: dict[str, object]) -> str:
    """A block of YAML; every value is written as JSON, which YAML can read."""
    lines = (f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
    return f"---\n{''.join(lines)}---\n"


def picture_path(number: int) -> str:
    """Address of a picture on the site."""
    return f"/anh/{number:02}.svg"


def picture(number: int) -> str:
    """A tiny picture: sun, sea and sand in colours of its own."""
    hue = number * 360 // PICTURES
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9" width="640" height="360">'
        f'<rect width="16" height="9" fill="hsl({hue} 60% 80%)"/><circle cx="12" cy="3" r="1.4" fill="#fc6"/>'
        f'<rect y="5" width="16" height="4" fill="hsl({hue} 50% 45%)"/></svg>\n'
    )


def stats(raised_by: int = 0) -> dict[str, int]:
    """Visitor numbers, after so many more visits."""
    return {
        "online": ONLINE,
        "today": TODAY + raised_by,
        "week": WEEK + raised_by,
        "month": MONTH + raised_by,
        "total": TOTAL + raised_by,
    }


def _name(number: int, seed: int) -> tuple[str, str, str]:
    """Title, slug and category: all that another article's link has to know."""
    pick = random.Random(f"{seed}:{number}:name")
    title = f"{_capital(pick.choice(words.PEOPLE))} {pick.choice(words.DEEDS)} {pick.choice(words.THINGS)}"
    title += f" ở {pick.choice(words.PLACES)}"
    mark = f"{number}" if number >= 0 else f"moi-{-number}"
    return title, f"{slugify(title)[:70].strip('-')}-{mark}", pick.choices(list(words.CATEGORIES), _CATEGORY_WEIGHTS)[0]


def _date(number: int, count: int) -> datetime:
    if number < 0:
        return NEWEST + timedelta(hours=-number)
    span = timedelta(days=365 * YEARS)
    return (NEWEST - span * number / count).replace(second=0, microsecond=0)


def _tags(pick: random.Random) -> tuple[str, ...]:
    """Three to five; some are used far more often than others."""
    wanted, found = pick.randint(3, 5), dict[str, None]()
    while len(found) < wanted:
        found[words.TAGS[int(len(words.TAGS) * pick.random() ** 2)]] = None
    return tuple(found)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _sentence(pick: random.Random) -> str:
    who, deed, thing = pick.choice(words.PEOPLE), pick.choice(words.DEEDS), pick.choice(words.THINGS)
    when, place, end = pick.choice(words.TIMES), pick.choice(words.PLACES), pick.choice(words.ENDINGS)
    counted = pick.choice(words.COUNTED).format(pick.randint(7, 940))
    return pick.choice((
        f"{when}, {who} {deed} {thing} ở {place}, {end}.",
        f"Ở {place}, {who} {deed} {thing}.",
        f"{_capital(who)} {deed} {thing}, {end}.",
        f"{when}, sổ tay của {who} ghi: {counted}.",
        f"Có {counted} ở {place}, {end}.",
    ))


class _Body:
    """Writes one body: paragraphs, and between them what else a newsroom puts there."""

    def __init__(self, pick: random.Random, number: int, count: int, seed: int) -> None:
        self._pick, self._number, self._count, self._seed = pick, number, count, seed

    def text(self) -> str:
        """Markdown."""
        pick = self._pick
        wanted = pick.triangular(*_BYTES)
        extras = self._extras()
        blocks = [f"{self._paragraph()} {self._link_to_other()}".rstrip()]
        size = 0
        while size < wanted or extras:
            block = extras.pop() if extras and pick.random() < 0.4 else self._paragraph()
            blocks.append(block)
            size += len(block.encode())
        return "\n\n".join([*blocks, self._paragraph()]) + "\n"

    def _extras(self) -> list[str]:
        pick = self._pick
        likely: tuple[tuple[float, Callable[[], str]], ...] = (
            (0.8, self._figure),
            (0.6, self._quotation),
            (0.5, self._bullets),
            (0.15, self._steps),
            (0.2, self._table),
        )
        found = [make() for chance, make in likely if pick.random() < chance]
        titles = pick.sample(words.HEADINGS, pick.choice((0, 1, 2, 2, 3)))
        found += [f"{pick.choice(('##', '##', '###'))} {title}" for title in titles]
        pick.shuffle(found)
        return found

    def _paragraph(self) -> str:
        pick = self._pick
        sentences = [_sentence(pick) for _ in range(pick.randint(2, 5))]
        place, chance = pick.randrange(len(sentences)), pick.random()
        if chance < 0.15:
            sentences[place] = self._stressed(sentences[place], "**")
        elif chance < 0.25:
            sentences[place] = self._stressed(sentences[place], "*")
        elif chance < 0.35:
            link = f"[{pick.choice(words.THINGS)}](https://tu-lieu.example/{pick.randint(100, 9999)})"
            sentences[place] = f"{sentences[place][:-1]} (xem thêm: {link})."
        return " ".join(sentences)

    def _stressed(self, sentence: str, mark: str) -> str:
        """A few words of a sentence between two marks."""
        parts = sentence[:-1].split(" ")
        start = self._pick.randrange(max(1, len(parts) - 3))
        stressed = " ".join(parts[start : start + 3]).strip(",:")
        return sentence.replace(stressed, f"{mark}{stressed}{mark}", 1)

    def _link_to_other(self) -> str:
        """A link to the file of an older article, where there is one."""
        other = self._number + self._pick.randint(1, 60)
        if not 0 <= other < self._count or self._pick.random() < 0.4:
            return ""
        title, slug, category = _name(other, self._seed)
        return f"Đọc lại: [{title}](../{category}/{slug}.md)."

    def _figure(self) -> str:
        pick = self._pick
        shown = f"{_capital(pick.choice(words.THINGS))} ở {pick.choice(words.PLACES)}"
        return f'![Hình vẽ: {shown}]({picture_path(pick.randrange(PICTURES))} "{shown}.")'

    def _quotation(self) -> str:
        pick = self._pick
        return f"> {pick.choice(words.SAYINGS)}.\n>\n> Lời mẫu, ghi ở {pick.choice(words.PLACES)}"

    def _bullets(self) -> str:
        pick = self._pick
        chosen = pick.sample(words.THINGS, pick.randint(3, 6))
        return "\n".join(f"- {_capital(thing)}: {pick.choice(words.ENDINGS)};" for thing in chosen)

    def _steps(self) -> str:
        pick = self._pick
        chosen = pick.sample(words.DEEDS, pick.randint(3, 5))
        return "\n".join(f"{n}. {_capital(deed)} {pick.choice(words.THINGS)}." for n, deed in enumerate(chosen, 1))

    def _table(self) -> str:
        pick = self._pick
        places = pick.sample(words.PLACES, pick.randint(4, 7))
        rows = [f"| {_capital(place)} | {pick.randint(5, 99)} | {pick.randint(100, 999)} |" for place in places]
        return "\n".join(["| Nơi | Buổi | Lượt người |", "|---|--:|--:|", *rows])
