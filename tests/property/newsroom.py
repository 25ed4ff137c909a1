"""A site to which everything happens: what editors, designers, clocks, disks and accidents do to it.

After each step it is built incrementally and from nothing, and the two trees must be the same.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from PIL import Image
from samples import exif, flag, saved

from killing import dies_at
from phanthiet_news import theme
from phanthiet_news.build import Kept, Request, build
from phanthiet_news.problem import PASSING, Failure, Problem
from site_in_a_string import PICTURES, Site

CONFIG = """\
title: {title}
base_url: https://bao.example{prefix}
categories:
  - {{slug: tin, title: Tin tức}}
  - {{slug: the-thao, title: Thể thao}}
per_page: {per_page}
fragments: {fragments}
logo: l.png
"""

INSTANTS = ["2024-01-01", "2024-01-02T08:00", "2024-02-01", "2024-02-01T00:01", "2024-03-01", "2024-05-01"]
MEMORY_DISK = Path("/dev/shm")  # thousands of small builds: no need to wear out a disk
TAGS = ["[]", "[Biển]", "[Biển, Chợ]", "[Chợ, Biển]", "[Tàu]"]
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
    "author: Người viết\n",
    "slug: khac-{name}\n",
]
FRONT_LINES = [
    "tags: [Biển, Chợ]",
    "tags: [Chợ, Biển]",
    "date: 2024-01-15",
    "title: Đổi tựa",
    "draft: true",
    "slug: dia-chi-moi",
]
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
]
LOGOS = [saved(Image.new("RGB", (512, 512), colour), "PNG") for colour in ("red", "blue")]
MAKERS = [saved(flag(30, 20), "PNG", exif=exif(artist=name)) for name in ("Một người", "Người khác")]
PICTURED = [
    {"static/hinh.png": b"\x89PNG1", "content/tin/anh.png": MAKERS[0], "static/l.png": LOGOS[0]},
    {"static/hinh.png": MAKERS[0], "content/tin/anh.png": MAKERS[1], "static/l.png": LOGOS[1]},
]
STATS = ["today: 1\n", "today: 2\ntotal: 30\n", "total: 30\nas_of: 2024-01-01\n", ""]

names = st.sampled_from(["mot", "hai", "ba", "bon", "nam", "sau"])
words = st.sampled_from(["Biển lặng", "Mưa & gió", "Chợ “sớm”", "Tàu <về>", "Đèn", "Lễ hội"])
instants = st.sampled_from(INSTANTS)
sections = st.sampled_from(["tin", "the-thao"])
bodies = st.one_of(st.sampled_from(BODIES), st.integers(1, 3).map("Đoạn số {}.".format))
numbers = st.integers(0, 99)


class Newsroom(RuleBasedStateMachine):
    """The machine. `incremental` and `clean` are what is compared; a mutant overrides nothing here.

    Where `keeps` is set, what one build knows stays in memory for the next, as in the preview.
    """

    keeps = False

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ptnews-", dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None))
        self.site = Site(self.folder)
        self.settings = {"title": "Báo", "prefix": "", "per_page": "2", "fragments": "inline"}
        self.as_of = INSTANTS[3]
        self.built = False
        self.kept = Kept()

    def teardown(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        self.site.write("static/hinh.png", b"\x89PNG")
        self.site.write("static/l.png", LOGOS[0])
        self.site.write("content/tin/anh.png", MAKERS[0])
        self.site.write("content/tin/tep.pdf", b"%PDF")
        self.site.write("build/CNAME", b"bao.example")
        self._configure()

    def _configure(self) -> None:
        self.site.write("ptnews.yml", CONFIG.format(**self.settings))

    def _source(self, number: int) -> Path | None:
        files = sorted((self.site.root / "content").rglob("*.md"))
        return files[number % len(files)] if files else None

    def _output(self, number: int) -> Path | None:
        files = sorted(file for file in self.site.out.rglob("*") if file.is_file() and file.name != "CNAME")
        return files[number % len(files)] if files else None

    # --- editors

    @rule(
        place=st.tuples(sections, names),
        title=words,
        date=instants,
        tags=st.sampled_from(TAGS),
        body=bodies,
        summary=st.sampled_from(["", "Tóm tắt."]),
        extra=st.sampled_from(EXTRAS),
    )
    def write_article(
        self, place: tuple[str, str], title: str, date: str, tags: str, body: str, summary: str, extra: str
    ) -> None:
        front = f"title: {title!r}\ndate: {date}\ntags: {tags}\nsummary: {summary!r}\n"
        front += extra.replace("{name}", place[1])
        self.site.write(f"content/{place[0]}/{place[1]}.md", f"---\n{front}---\n{body}\n")

    @rule(number=numbers, body=bodies)
    def edit_body(self, number: int, body: str) -> None:
        if file := self._source(number):
            head = file.read_text(encoding="utf-8").split("---\n")[1]
            file.write_text(f"---\n{head}---\n{body}\n", encoding="utf-8")

    @rule(number=numbers, line=st.sampled_from(FRONT_LINES))
    def edit_front(self, number: int, line: str) -> None:
        if file := self._source(number):
            _, head, body = file.read_text(encoding="utf-8").split("---\n", 2)
            key = line.split(":")[0]
            kept = [old for old in head.splitlines() if not old.startswith(f"{key}:")]
            file.write_text("---\n" + "\n".join([*kept, line]) + f"\n---\n{body}", encoding="utf-8")

    @rule(number=numbers)
    def reverse_the_tags(self, number: int) -> None:
        if file := self._source(number):
            text = file.read_text(encoding="utf-8")
            file.write_text(re.sub(r"\[(\w+), (\w+)\]", r"[\2, \1]", text, count=1), encoding="utf-8")

    @rule(number=numbers)
    def delete(self, number: int) -> None:
        if file := self._source(number):
            file.unlink()

    @rule(number=numbers, place=st.tuples(sections, names))
    def rename(self, number: int, place: tuple[str, str]) -> None:
        if file := self._source(number):
            target = self.site.root / "content" / place[0] / f"{place[1]}.md"
            target.parent.mkdir(parents=True, exist_ok=True)
            file.rename(target)

    @rule(number=numbers)
    def touch(self, number: int) -> None:
        if file := self._source(number):
            file.touch()

    @rule(number=numbers)
    def edit_with_the_same_size_and_time(self, number: int) -> None:
        if file := self._source(number):
            before = file.stat()
            text = file.read_text(encoding="utf-8")
            swapped = text.translate(str.maketrans("ạả", "ảạ"))
            file.write_text(swapped, encoding="utf-8")
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    # --- designers

    @rule(word=words)
    def edit_base(self, word: str) -> None:
        text = (theme.templates() / "base.html").read_text(encoding="utf-8")
        self.site.write("templates/base.html", text.replace("</body>", f"<p>{{{{ {word!r} }}}}</p></body>"))

    @rule(word=words)
    def edit_sidebar(self, word: str) -> None:
        text = (theme.templates() / "fragments/sidebar.html").read_text(encoding="utf-8")
        self.site.write("templates/fragments/sidebar.html", f"{text}<p>{{{{ {word!r} }}}}</p>\n")

    @rule()
    def include_what_may_be_missing(self) -> None:
        text = (theme.templates() / "article.html").read_text(encoding="utf-8")
        extra = '{% include "them.html" ignore missing %}{% endblock %}'
        self.site.write("templates/article.html", extra.join(text.rsplit("{% endblock %}", 1)))

    @rule(word=words)
    def add_what_was_missing(self, word: str) -> None:
        self.site.write("templates/them.html", f"<p>{{{{ {word!r} }}}}</p>\n")

    @rule()
    def go_back_to_the_theme(self) -> None:
        shutil.rmtree(self.site.root / "templates", ignore_errors=True)

    @rule(files=st.sampled_from(PICTURED))
    def edit_static(self, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            self.site.write(name, data)

    @rule(word=words)
    def edit_style_sheet(self, word: str) -> None:
        self.site.write("static/css/site.css", f"/* {word} */")

    @rule()
    def go_back_to_the_style_sheet_of_the_theme(self) -> None:
        (self.site.root / "static/css/site.css").unlink(missing_ok=True)

    # --- whoever runs the site

    @rule(setting=st.sampled_from(SETTINGS))
    def edit_config(self, setting: tuple[str, str]) -> None:
        self.settings[setting[0]] = setting[1]
        self._configure()

    @rule(text=st.sampled_from(STATS))
    def edit_stats(self, text: str) -> None:
        self.site.write("content/stats.yml", text)

    @rule(instant=instants)
    def move_the_clock(self, instant: str) -> None:
        self.as_of = instant

    # --- accidents

    @rule(number=numbers, how=st.sampled_from(["delete", "empty", "alter", "append"]))
    def harm_an_output(self, number: int, how: str) -> None:
        file = self._output(number)
        if file is None:
            return
        data = file.read_bytes()
        if how == "delete":
            file.unlink()
        else:
            file.write_bytes({"empty": b"", "alter": b"?" * len(data), "append": data + b"!"}[how])

    @precondition(lambda self: self.built)
    @rule(number=st.integers(0, 10**9), how=st.sampled_from(["delete", "cut", "flip"]))
    def harm_the_state(self, number: int, how: str) -> None:
        file = self.site.root / ".ptnews/state.sqlite"
        if not file.exists():
            return
        data = bytearray(file.read_bytes())
        if how == "delete":
            file.unlink()
            return
        if how == "cut":
            del data[number % len(data) :]
        for step in range(20 if how == "flip" else 0):
            data[(number + step * 7919) % len(data)] ^= 0x55
        file.write_bytes(data)

    @rule(operation=st.integers(1, 80))
    def kill_a_build(self, operation: int) -> None:
        dies_at(operation, self.incremental)

    @rule(operation=st.integers(1, 80), place=st.tuples(sections, names))
    def kill_a_build_of_what_is_taken_back(self, operation: int, place: tuple[str, str]) -> None:
        file = self.site.root / "content" / place[0] / f"{place[1]}.md"
        before = file.read_bytes() if file.exists() else None
        self.write_article(place, "Bài bị rút", INSTANTS[0], "[Rút]", "Đoạn rút.", "", "")
        dies_at(operation, self.incremental)
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)

    # --- the promise

    def incremental(self) -> list[Problem]:
        """Build upon what is there."""
        if not self.keeps:
            self.kept = Kept()
        return build(Request(root=self.site.root, pictures=PICTURES, as_of=self.as_of, jobs=1), kept=self.kept).problems

    def clean(self) -> list[Problem]:
        """Build from nothing, elsewhere."""
        for folder in ("clean", "memory"):
            shutil.rmtree(self.folder / folder, ignore_errors=True)
        out, memory = self.folder / "clean", self.folder / "memory"
        request = Request(root=self.site.root, out=out, memory=memory, pictures=PICTURES, as_of=self.as_of, jobs=1)
        return build(request).problems

    @invariant()
    def incremental_equals_clean(self) -> None:
        clean, incremental = outcome(self.clean), outcome(self.incremental)
        assert [each for each in incremental if each.code not in PASSING] == clean
        self.built = not any(problem.fatal for problem in clean)
        if self.built:
            made = tree(self.site.out)
            assert made.pop("CNAME") == b"bao.example"
            assert made == tree(self.folder / "clean")


def outcome(make: Callable[[], list[Problem]]) -> list[Problem]:
    """The problems of a build, whether or not it went through."""
    try:
        return make()
    except Failure as failure:
        return failure.problems


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
