"""A site to which everything happens: what editors, designers, clocks, disks and accidents do to it.

Now and then it is built incrementally and from nothing, and the two trees must be the same. In between things meet: an
edit, a killed build, a lost state, another edit.
"""

from __future__ import annotations

import errno
import importlib
import os
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from vocabulary import (
    CONFIG,
    DEFAULTS,
    EXTENSION,
    FRONT_KEYS,
    FRONT_LINES,
    INSTANTS,
    LOGOS,
    MAKERS,
    PICTURED,
    PLACES,
    SETTINGS,
    STATS,
    TWO_TAGS,
    Draft,
    bodies,
    drafts,
    harms,
    instants,
    names,
    numbers,
    sections,
    words,
)

from killing import dies_at
from phanthiet_news import extensions, folder, marker, markup, theme
from phanthiet_news.build import Kept, Report, Request, build
from phanthiet_news.folder import STAGE
from phanthiet_news.problem import PASSING, Failure
from site_in_a_string import PICTURES, Site

MEMORY_DISK = Path("/dev/shm")  # thousands of small builds: no need to wear out a disk
THEIRS = b"bao.example"  # what lies in `build/CNAME`, which is nobody's output
MOMENTS = 80  # at which a build is killed: at so many operations on files
MOVES = 20  # of files to their places, one of which a disk refuses


class Newsroom(RuleBasedStateMachine):
    """The machine. `incremental` and `clean` are what is compared; a mutant overrides nothing here.

    Where `keeps` is set, what one build knows stays in memory for the next, as in the preview. After a step, `checks`
    is how often what stands is compared, and `deaths` how often a build is cut off. `told` counts what happened in all
    runs.
    """

    keeps = False
    checks, deaths = 0.35, 0.1
    told: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ptnews-", dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None))
        self.site = Site(self.folder)
        self.settings = dict(DEFAULTS)
        self.as_of = INSTANTS[3]
        self.shows_drafts, self.forgets = False, False
        self._begin_anew()
        self.kept = Kept()
        self.is_sound = False
        self.library = self.folder / "lib"
        sys.path.insert(0, str(self.library))

    def _begin_anew(self) -> None:
        """What happened since the last good build: to outputs, to the state, to builds."""
        self.altered: dict[str, bytes] = {}
        self.is_upset, self.was_killed = False, False

    def teardown(self) -> None:
        """A last comparison, unless one has failed before; and leave nothing behind."""
        try:
            if self.is_sound:
                self.compare()
        finally:
            sys.path.remove(str(self.library))
            shutil.rmtree(self.folder)

    @initialize(
        seed=st.integers(0, 10**6),
        is_extended=st.booleans(),
        has_new_pictures=st.booleans(),
        articles=st.lists(drafts, min_size=2, max_size=5),
    )
    def begin(self, seed: int, is_extended: bool, has_new_pictures: bool, articles: list[Draft]) -> None:
        self.chance, self.has_new_pictures, self.is_sound = random.Random(seed), has_new_pictures, True
        self.settings["extensions"] = "[hoan_doi]" if is_extended else "[]"
        self.site.write("static/hinh.png", b"\x89PNG")
        self.site.write("static/l.png", LOGOS[0])
        self.site.write("content/tin/anh.png", MAKERS[0])
        self.site.write("content/tin/tep.pdf", b"%PDF")
        self.site.write("build/CNAME", THEIRS)
        self._configure()
        self.edit_the_extension("")
        for article in articles:
            self.write_article(article)

    def _configure(self) -> None:
        self.site.write("ptnews.yml", CONFIG.format(**self.settings))

    def _sources(self) -> list[Path]:
        return sorted((self.site.root / "content").rglob("*.md"))

    def _source(self, number: int) -> Path | None:
        files = self._sources()
        return files[number % len(files)] if files else None

    def _output(self, number: int) -> Path | None:
        files = sorted(file for file in self.site.out.rglob("*") if file.is_file() and file.name != "CNAME")
        return files[number % len(files)] if files else None

    # --- editors

    @rule(article=drafts)
    def write_article(self, article: Draft) -> None:
        self.site.write(article.path, article.text)

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

    @rule(number=numbers, key=st.sampled_from(FRONT_KEYS))
    def drop_from_the_front(self, number: int, key: str) -> None:
        if file := self._source(number):
            text = file.read_text(encoding="utf-8")
            file.write_text(re.sub(rf"(?m)^{key}:.*\n", "", text), encoding="utf-8")

    @rule(number=numbers)
    def reverse_the_tags(self, number: int) -> None:
        files = [file for file in self._sources() if TWO_TAGS.search(file.read_text(encoding="utf-8"))]
        if files:
            file = files[number % len(files)]
            reversed_tags = TWO_TAGS.sub(r"[\2, \1]", file.read_text(encoding="utf-8"), count=1)
            file.write_text(reversed_tags, encoding="utf-8")

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

    @rule(word=words, name=st.sampled_from(["fragments/sidebar.html", "partials/footer.html"]))
    def edit_what_is_included(self, word: str, name: str) -> None:
        text = (theme.templates() / name).read_text(encoding="utf-8")
        self.site.write(f"templates/{name}", f"{text}<p>{{{{ {word!r} }}}}</p>\n")

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

    @precondition(lambda self: self.has_new_pictures)
    @rule(files=st.sampled_from(PICTURED))
    def edit_pictures(self, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            self.site.write(name, data)

    @rule(place=st.sampled_from(PLACES))
    def put_a_static_file(self, place: str | None) -> None:
        static = self.site.root / "static"
        if (static / "them").is_dir():
            shutil.rmtree(static / "them")
        else:
            (static / "them").unlink(missing_ok=True)
        if place:
            self.site.write(f"static/{place}", f"thêm {place}")

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

    @rule(shown=st.booleans())
    def show_drafts(self, shown: bool) -> None:
        self.shows_drafts = shown

    @rule()
    def build_with_clean(self) -> None:
        self.forgets = True

    @rule(word=words)
    def edit_the_extension(self, word: str) -> None:
        """The next build is that of another process: one that runs has imported it for good."""
        self.site.write(f"{self.library}/hoan_doi.py", EXTENSION.format(word=escape(word)))
        shutil.rmtree(self.library / "__pycache__", ignore_errors=True)  # Python looks at whole seconds only
        sys.modules.pop("hoan_doi", None)
        importlib.invalidate_caches()
        for remembered in (extensions.versions, extensions._code, markup._converter):
            remembered.cache_clear()
        self.kept = Kept()

    # --- accidents

    @rule(number=numbers, how=st.sampled_from(["delete", "empty", "alter", "append"]))
    def harm_an_output(self, number: int, how: str) -> None:
        file = self._output(number)
        if file is None or (self.is_upset and file.name == marker.NAME):  # without both nobody knows what is ours
            return
        data = file.read_bytes()
        new = {"delete": b"", "empty": b"", "alter": b"?" * len(data), "append": data + b"!"}[how]
        self.altered[file.relative_to(self.site.out).as_posix()] = new
        if how == "delete":
            file.unlink()
        else:
            file.write_bytes(new)

    @rule(number=st.integers(0, 10**9), how=harms)
    def harm_the_state(self, number: int, how: str) -> None:
        file = self.site.root / ".ptnews/state.sqlite"
        if not file.exists() or marker.NAME in self.altered:
            return
        self.is_upset = True
        data = bytearray(file.read_bytes())
        if how == "delete" or not data:
            file.unlink()
            return
        if how == "cut":
            del data[number % len(data) :]
        for step in range(20 if how == "flip" else 0):
            data[(number + step * 7919) % len(data)] ^= 0x55
        file.write_bytes(data)

    @rule(number=st.integers(0, 10**9), how=harms, other=numbers, body=bodies)
    def harm_the_state_edit_and_fail(self, number: int, how: str, other: int, body: str) -> None:
        self.harm_the_state(number, how)
        self.edit_body(other, body)
        self.site.article("content/tin/sai.md", date="29/11")
        assert isinstance(outcome(self.incremental), Failure)
        self.site.remove("content/tin/sai.md")

    @rule(operation=st.integers(1, MOMENTS), article=drafts)
    def kill_a_build_of_what_is_taken_back(self, operation: int, article: Draft) -> None:
        file = self.site.root / article.path
        before = file.read_bytes() if file.exists() else None
        self.write_article(article._replace(date=INSTANTS[0], tags="[Rút]"))
        self.kill(operation)
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)

    # --- the promise

    def incremental(self) -> Report:
        """Build upon what is there."""
        if not self.keeps:
            self.kept = Kept()
        # Where the state was lost, an output that somebody altered is theirs.
        return build(self._request(clean=self.forgets, force=self.is_upset and bool(self.altered)), kept=self.kept)

    def clean(self) -> Report:
        """Build from nothing, elsewhere."""
        out, memory = self.folder / "clean", self.folder / "memory"
        for place in (out, memory):
            shutil.rmtree(place, ignore_errors=True)
        return build(self._request(out=out, memory=memory))

    def _request(self, **more: Any) -> Request:
        root, as_of, shown = self.site.root, self.as_of, self.shows_drafts
        return Request(root=root, pictures=PICTURES, as_of=as_of, drafts=shown, jobs=1, **more)

    @invariant()
    def built_now_and_then(self) -> None:
        self.told["steps"] += 1
        chance = self.chance.random()
        if chance < self.checks:
            self.compare()
        elif chance > 1 - self.deaths:
            self.cut_off()

    def cut_off(self) -> None:
        """A build is killed, or its disk refuses."""
        if self.chance.random() < 0.7:
            self.kill(self.chance.randint(1, MOMENTS))
        else:
            self.refuse(self.chance.randint(1, MOVES))

    def kill(self, operation: int) -> None:
        """What has files on the stage when it dies had something to do."""
        has_died = dies_at(operation, self.incremental)
        is_halfway = has_died and any((self.site.root / ".ptnews").glob(f"*{STAGE}/*"))
        self.is_upset = True  # it may have got as far as to forget what was altered
        self.was_killed = self.was_killed or is_halfway
        self.told["kills"] += has_died
        self.told["kills of builds with something to do"] += is_halfway

    def refuse(self, move: int) -> None:
        """A disk refuses to move a file to its place; the process goes on."""
        left = iter(range(1, move))
        plain = folder._replace

        def refusing(*paths: str) -> None:
            if next(left, None) is None:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            plain(*paths)

        with patch.object(folder, "_replace", refusing):
            found = outcome(self.incremental)
        self.is_upset = True
        self.told["refusals"] += isinstance(found, Failure) and found.problems[0].code == "write"

    def compare(self) -> None:
        self.is_sound = False  # until the end is reached
        clean, incremental = outcome(self.clean), outcome(self.incremental)
        assert [each for each in incremental.problems if each.code not in PASSING] == clean.problems
        if isinstance(clean, Report):
            made, expected = tree(self.site.out), tree(self.folder / "clean")
            assert made.pop("CNAME") == THEIRS
            self._move_what_is_theirs(made, expected)
            assert made == expected
            self.told["comparisons"] += 1
            self.told["comparisons after such a kill"] += self.was_killed
            self.forgets = False
            self._begin_anew()
        self.is_sound = True

    def _move_what_is_theirs(self, made: dict[str, bytes], expected: dict[str, bytes]) -> None:
        """An old output that somebody altered stays."""
        for path, data in self.altered.items():
            if path not in expected and made.get(path) == data:
                del made[path]
                (self.site.out / path).unlink()


def outcome(make: Callable[[], Report]) -> Report | Failure:
    """What comes of a build, whether or not it goes through."""
    try:
        return make()
    except Failure as failure:
        return failure


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
