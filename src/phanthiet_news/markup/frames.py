"""Frames of other hosts → links that lead there, for nobody else may hear of a reader before a click.

Knows players of videos; must not know Markdown, or which hosts a site allows. The theme's script puts the frame
(`data-player`) in the place of a link that is followed.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from phanthiet_news.markup.tags import attributes, changed

# Nothing that browsers read in another way than this: no user, no backslash, no other port.
_ADDRESS = re.compile(r"https://([a-z0-9.-]+)(?::443)?(?:[/?#]|\Z)", re.IGNORECASE)
_TITLES_OF_PLAYERS = {"youtube video player", "vimeo-player", "vimeo"}  # say nothing of the video


class _Player(NamedTuple):
    """`link` and `frame` find a video in the address of its page and of its player; the rest makes such addresses."""

    name: str
    link: re.Pattern[str]
    frame: re.Pattern[str]
    source: str
    page: str


_PLAYERS = (
    _Player(
        "YouTube",
        re.compile(
            r"<?https?://(?:(?:www\.|m\.)?youtube\.com/(?:watch\?v=|shorts/|live/)|youtu\.be/)([\w-]{6,20})\S*",
            re.ASCII,
        ),
        re.compile(r"https://www\.youtube(?:-nocookie)?\.com/embed/(?!videoseries)([\w-]{6,20})(?![\w-])", re.ASCII),
        "https://www.youtube-nocookie.com/embed/{}",
        "https://www.youtube.com/watch?v={}",
    ),
    _Player(
        "Vimeo",
        re.compile(r"<?https?://(?:www\.)?vimeo\.com/(\d{4,12})\S*", re.ASCII),
        re.compile(r"https://player\.vimeo\.com/video/(\d{4,12})(?!\d)", re.ASCII),
        "https://player.vimeo.com/video/{}",
        "https://vimeo.com/{}",
    ),
)


def host(source: str) -> str | None:
    """The host of a frame's address; None where it may not stand in an article, whatever the host."""
    found = _ADDRESS.match(source)
    return found[1].lower() if found else None


def player(link: str) -> str | None:
    """The address of the player, for the address of a video's page."""
    matches = ((each, each.link.fullmatch(link)) for each in _PLAYERS)
    return next((each.source.format(found[1]) for each, found in matches if found), None)


def as_links(text: str, hosts: tuple[str, ...], words: str) -> str:
    """HTML in which a figure with a link stands for each frame of these hosts.

    The link has the words of the frame's title; `words` where it has none, with the host's name in the place of `{}`.
    """

    def change(name: str, values: str, tag: str) -> str:
        given = attributes(values) if name == "iframe" else {}
        source = given.get("src", "").strip()
        return _link(_quiet(source, hosts), given.get("title", "").strip(), words) if host(source) in hosts else tag

    return changed(text, change)


def _quiet(source: str, hosts: tuple[str, ...]) -> str:
    """The same player without cookies, where there is one and the site allows it."""
    quiet = re.sub(r"^https://www\.youtube\.com/", "https://www.youtube-nocookie.com/", source)
    return quiet if host(quiet) in hosts else source


def _link(source: str, title: str, words: str) -> str:
    name, page = _whose(source)
    shown = words.format(name) if title.lower() in {"", *_TITLES_OF_PLAYERS} else title
    escaped = (html.escape(each) for each in (page, source, shown))
    return '<figure class="embed"><a href="{}" data-player="{}">{}</a></figure>'.format(*escaped)


def _whose(source: str) -> tuple[str, str]:
    """Who shows a frame, and the page that leads to the same; the frame itself where no other is known."""
    matches = ((each, each.frame.match(source)) for each in _PLAYERS)
    known = ((each.name, each.page.format(found[1])) for each, found in matches if found)
    return next(known, (host(source) or "", source))
