"""The words that everything which happens to the newsroom is made of: few, so that things meet."""

from __future__ import annotations

import re
from typing import NamedTuple

import hypothesis.strategies as st
from PIL import Image
from samples import exif, flag, saved

CONFIG = """\
title: {title}
base_url: https://bao.example{prefix}
categories:
  - {{slug: tin, title: Tin tức}}
  - {{slug: the-thao, title: Thể thao}}
per_page: {per_page}
fragments: {fragments}
markdown: {{extensions: {extensions}}}
logo: l.png
"""
SETTINGS = [
    ("title", "Báo khác"),
    ("title", "Báo"),
    ("per_page", "1"),
    ("per_page", "2"),
    ("prefix", "/bao"),
    ("prefix", ""),
    ("fragments", "inline"),
    ("fragments", "ssi"),
    ("fragments", "client"),
    ("extensions", "[hoan_doi]"),
    ("extensions", "[]"),
]
DEFAULTS = {"title": "Báo", "prefix": "", "per_page": "2", "fragments": "inline", "extensions": "[]"}

INSTANTS = ["2024-01-01", "2024-01-02T08:00", "2024-02-01", "2024-02-01T00:01", "2024-03-01", "2024-05-01"]
TAGS = ["[]", "[Biển]", "[Biển, Chợ]", "[Chợ, Biển]", "[Tàu]"]
TWO_TAGS = re.compile(r"\[(\w+), (\w+)\]")
BODIES = [
    "Đoạn *một* lạ.",
    "Xem [bài](hai.md) và [bài nữa](../tin/ba.md#muc).",
    "## Mục\n\nCó [tệp](tep.pdf) và ![hình](/hinh.png).\n\n![Ảnh](/tin/anh.png)",
    "Dài hơn một chút.\n\n| a | b |\n| - | - |\n| 1 | 2 |",
]
EXTRAS = [
    "",
    "featured: true\n",
    "draft: true\n",
    "expires: 2024-02-15\n",
    "aliases: [/cu/{name}/]\n",
    "image: {src: /hinh.png}\n",
    "image: {src: ../tin/anh.png}\n",
    "attachments: [../tin/tep.pdf]\n",
    "author: Người viết\n",
    "slug: khac-{name}\n",
]
FRONT_LINES = [
    "tags: [Biển, Chợ]",
    "tags: [Chợ, Biển]",
    "date: 2024-01-15",
    "date: 2024-02-01T00:01",
    "title: Đổi tựa",
    "draft: true",
    "slug: dia-chi-moi",
    "expires: 2024-02-20",
    "image: {src: ../tin/anh.png}",
    "attachments: [../tin/tep.pdf]",
]
FRONT_KEYS = ["draft", "expires", "slug", "tags", "featured", "image", "summary", "attachments"]
STATS = ["today: 1\n", "today: 2\ntotal: 30\n", "total: 30\nas_of: 2024-01-01\n", ""]

EXTENSION = """\
from markdown import Extension
from markdown.postprocessors import Postprocessor


class Swap(Postprocessor):
    def run(self, text):
        return text.replace("</p>", {word!r} + "</p>")


class SwapExtension(Extension):
    def extendMarkdown(self, md):
        md.postprocessors.register(Swap(md), "swap", 1)


def makeExtension(**options):
    return SwapExtension(**options)
"""
PLACES = [None, "them", "them/tep.txt"]  # of a static file that comes and goes: what was a file may become a folder
LOGOS = [saved(Image.new("RGB", (512, 512), colour), "PNG") for colour in ("red", "blue")]
MAKERS = [saved(flag(30, 20), "PNG", exif=exif(artist=name)) for name in ("Một người", "Người khác")]
PICTURED = [
    {"static/hinh.png": b"\x89PNG1", "content/tin/anh.png": MAKERS[0], "static/l.png": LOGOS[0]},
    {"static/hinh.png": MAKERS[0], "content/tin/anh.png": MAKERS[1], "static/l.png": LOGOS[1]},
]

names = st.sampled_from(["mot", "hai", "ba", "bon", "nam", "sau"])
words = st.sampled_from(["Biển lặng", "Mưa & gió", "Chợ “sớm”", "Tàu <về>", "Đèn", "Lễ hội"])
instants = st.sampled_from(INSTANTS)
sections = st.sampled_from(["tin", "the-thao"])
bodies = st.one_of(st.sampled_from(BODIES), st.integers(1, 3).map("Đoạn số {}.".format))
numbers = st.integers(0, 99)
harms = st.sampled_from(["delete", "cut", "flip"])


class Draft(NamedTuple):
    """An article to write."""

    section: str
    name: str
    title: str
    date: str
    tags: str
    body: str
    summary: str
    extra: str

    @property
    def path(self) -> str:
        return f"content/{self.section}/{self.name}.md"

    @property
    def text(self) -> str:
        front = f"title: {self.title!r}\ndate: {self.date}\ntags: {self.tags}\nsummary: {self.summary!r}\n"
        return f"---\n{front}{self.extra.replace('{name}', self.name)}---\n{self.body}\n"


drafts = st.builds(
    Draft,
    section=sections,
    name=names,
    title=words,
    date=instants,
    tags=st.sampled_from(TAGS),
    body=bodies,
    summary=st.sampled_from(["", "Tóm tắt."]),
    extra=st.sampled_from(EXTRAS),
)
