"""The same articles as a site for ptnews and as a site for Hugo, and the changes whose cost is measured.

Knows what either generator wants to find in its folder; must not know how builds are run or timed. A change
answers with what must stand in which output after the next build: a quick build that shows old pages is no build.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import corpus, words
from bench.corpus import Article
from phanthiet_news import theme

HUGO_SITE = Path(__file__).parent / "hugo"
PER_PAGE = 20
Proof = Mapping[str, str]  # path of an output → a text that must be in it


@dataclass(frozen=True)
class Edit:
    """A change of one article that is still to be saved; the output that will show it, and by which text."""

    path: str
    mark: str
    save: Callable[[], None]


class PtnewsSite:
    """A site for ptnews."""

    def __init__(self, root: Path, count: int) -> None:
        self.root, self.count = root, count
        self.out, self.state = root / "build", root / ".ptnews"
        self._turns = itertools.count(1)  # no change is made twice

    def write(self) -> None:
        """All of it. `templates/base.html` is the theme's, as the site's own so that it can be changed."""
        for article in corpus.corpus(self.count):
            self._write_article(article)
        self.set_fragments("inline")
        self._write_stats(corpus.stats())
        _write_pictures(self.root / "static")
        _write(self.root / "templates" / "base.html", self._base())

    def set_fragments(self, mode: str) -> None:
        """How the sidebar gets into pages."""
        _write(self.root / "ptnews.yml", _as_yaml({**_CONFIG, "fragments": mode}))

    def change_nothing(self) -> Proof:
        """Leave all as it is."""
        return {"index.html": words.SITE_TITLE}

    def edit(self) -> Edit:
        """One more sentence in one article in the middle of the archive."""
        return _edit(next(self._turns), self.count, self._write_article)

    def edit_body(self) -> Proof:
        """The same, saved."""
        edit = self.edit()
        edit.save()
        return {edit.path: edit.mark}

    def publish(self) -> Proof:
        """One more article, newer than all others: on the front page, in its lists, and in the sidebar."""
        article = corpus.article(-next(self._turns), self.count)
        self._write_article(article)
        return {_output(article): article.title, "index.html": article.slug, self._sidebar(): article.slug}

    def change_stats(self) -> Proof:
        """New visitor numbers."""
        raised = corpus.stats(next(self._turns))
        self._write_stats(raised)
        return {self._sidebar(): str(raised["total"])}

    def change_base(self) -> Proof:
        """Another line in the template that every page is framed with."""
        mark = f"<!-- khung số {next(self._turns)} -->"
        _write(self.root / "templates" / "base.html", self._base().replace("</body>", f"{mark}\n</body>"))
        return {"index.html": mark, _output(self._oldest()): mark}

    def _sidebar(self) -> str:
        """Where the sidebar can be seen: inline it stands on the page of the oldest article too."""
        inline = '"inline"' in (self.root / "ptnews.yml").read_text(encoding="utf-8")
        return _output(self._oldest()) if inline else "fragments/sidebar.html"

    def _oldest(self) -> Article:
        return corpus.article(self.count - 1, self.count)

    def _base(self) -> str:
        return (theme.templates() / "base.html").read_text(encoding="utf-8")

    def _write_article(self, article: Article, more: str = "") -> None:
        front = {
            "title": article.title,
            "date": article.date.isoformat(),
            "author": article.author,
            "category": article.category,
            "tags": article.tags,
            "summary": article.summary,
            "image": {"src": article.picture, "alt": article.caption, "caption": article.caption},
            "featured": article.featured,
        }
        _write(self.root / "content" / article.path, corpus.front_matter(front) + article.body + more)

    def _write_stats(self, stats: Mapping[str, int]) -> None:
        _write(self.root / "content" / "stats.yml", _as_yaml(stats))


class HugoSite:
    """A site for Hugo: the same pages, the same bodies byte for byte, the same style sheet."""

    def __init__(self, root: Path, count: int) -> None:
        self.root, self.count = root, count
        self.out = root / "public"
        self._turns = itertools.count(1)

    def write(self) -> None:
        """All of it."""
        shutil.copytree(HUGO_SITE, self.root, dirs_exist_ok=True)
        shutil.copytree(theme.static(), self.root / "assets", dirs_exist_ok=True)
        for article in corpus.corpus(self.count):
            self._write_article(article)
        for weight, (slug, title) in enumerate(words.CATEGORIES.items(), 1):
            front = corpus.front_matter({"title": title, "weight": weight, "description": _description(title)})
            _write(self.root / "content" / slug / "_index.md", front)
        for slug, title in _INDEXES.items():
            _write(self.root / "content" / slug / "_index.md", corpus.front_matter({"title": title}))
        _write(self.root / "data" / "stats.yml", _as_yaml(corpus.stats()))
        _write_pictures(self.root / "static")

    def edit(self) -> Edit:
        """One more sentence in one article in the middle of the archive."""
        return _edit(next(self._turns), self.count, self._write_article)

    def _write_article(self, article: Article, more: str = "") -> None:
        front = {
            "title": article.title,
            "date": article.date.isoformat(),
            "authors": [words.AUTHORS[article.author]],
            "tags": article.tags,
            "months": [f"{article.date:%Y-%m}"],
            "description": article.summary,
            "image": {"src": article.picture, "alt": article.caption, "caption": article.caption},
            "featured": article.featured,
        }
        _write(self.root / "content" / article.path, corpus.front_matter(front) + article.body + more)


def _edit(turn: int, count: int, write: Callable[[Article, str], None]) -> Edit:
    article, mark = corpus.article((count // 2 + 37 * turn) % count, count), f"Câu thêm số {turn}."
    return Edit(_output(article), mark, partial(write, article, f"\n{mark}\n"))


def _description(title: str) -> str:
    return f"Bài mẫu trong chuyên mục {title}."


_INDEXES = {"tags": "Từ khóa", "authors": "Tác giả", "months": "Lưu trữ"}
_CONFIG = {
    "title": words.SITE_TITLE,
    "tagline": words.TAGLINE,
    "base_url": words.BASE_URL,
    "per_page": PER_PAGE,
    "categories": [
        {"slug": slug, "title": title, "description": _description(title)} for slug, title in words.CATEGORIES.items()
    ],
    "authors": {slug: {"name": name} for slug, name in words.AUTHORS.items()},
    "stats": {"grouping": "none"},
    "pictures": {"social": False},  # Hugo draws no headlines either
}


def _output(article: Article) -> str:
    return f"{article.category}/{article.slug}/index.html"


def _as_yaml(values: Mapping[str, object]) -> str:
    """JSON is YAML."""
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"


def _write_pictures(static: Path) -> None:
    for number in range(corpus.PICTURES):
        _write(static / corpus.picture_path(number).lstrip("/"), corpus.picture(number))


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
