"""What authors' links lead to: a source, an address of the site, a file beside the article; or nowhere.

Knows which articles, files and outputs exist; must not know pages or templates.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Protocol
from urllib.parse import quote, unquote

import msgspec

from phanthiet_news.model import Absence, Article, Reference, Site, Value
from phanthiet_news.problem import Problem
from phanthiet_news.routes import Routes
from phanthiet_news.text import did_you_mean, nfc

CONTENT = "content"
MANY = 5000
NOWHERE = frozenset({"link-dead", "picture-missing"})
_SAFE = "/-._~!$&'()*+,;=:@?#%"  # what a query or an anchor may hold, and what is escaped already


class Target(Value, frozen=True):
    """Where a reference leads: its url; the file under `content/` that must be copied for it, or the output, if any."""

    url: str
    file: str | None = None
    output: str | None = None
    problem: Problem | None = None


def is_hinted(count: int) -> bool:
    """Whether so many articles are looked through for what is like a source that is not there."""
    return count < MANY


class Catalogue(Protocol):
    """The articles of a site, as far as links ask for them."""

    def article(self, source: str) -> Article | None:
        """A public one."""

    def article_at(self, path: str) -> Article | None:
        """The one whose page is at this path."""

    def why_left_out(self, source: str) -> Absence | None:
        """Why an article is not public, if it is there and is not."""

    def like(self, source: str) -> str:
        """A hint that names an article whose source is much like this one; empty where there is none."""


class Articles:
    """All articles of a site."""

    def __init__(self, site: Site) -> None:
        self._all = site.articles
        self._by_source = {article.source: article for article in site.articles}
        self._left_out = {each.source: each.reason for each in site.left_out}

    @cached_property
    def _by_path(self) -> dict[str, Article]:
        return {article.path: article for article in self._all}

    def article(self, source: str) -> Article | None:
        """A public one."""
        return self._by_source.get(source)

    def article_at(self, path: str) -> Article | None:
        """The one whose page is at this path."""
        return self._by_path.get(path)

    def why_left_out(self, source: str) -> Absence | None:
        """Why an article is not public, if it is there and is not."""
        return self._left_out.get(source)

    def like(self, source: str) -> str:
        """A hint that names an article whose source is much like this one; to look through many takes too long."""
        near = did_you_mean(source, self._by_source) if is_hinted(len(self._by_source)) else ""
        return near if near.startswith("did") else ""


class Resolver:
    """Resolves references. `files` are paths under `content/`, `outputs` paths under `build/`."""

    def __init__(self, routes: Routes, articles: Catalogue, files: Collection[str], outputs: Collection[str]) -> None:
        self._routes, self._articles = routes, articles
        self._files, self._outputs = files, outputs
        self._found: dict[str, Target] = {}

    def resolve(self, article: Article, reference: Reference) -> Target:
        """Where a reference of an article leads; with a warning when that is nowhere.

        An address from the top leads to the same place whoever names it: the thousands that name one picture
        share one answer.
        """
        known = self._found.get(reference.target)
        if known:
            return known
        found = self._resolved(article, reference)
        if reference.target.startswith("/") and not found.problem:
            self._found[reference.target] = found
        return found

    def _resolved(self, article: Article, reference: Reference) -> Target:
        address, mark, anchor = reference.target.partition("#")
        address, question, query = address.partition("?")
        tail = quote(question + query + mark + anchor, safe=_SAFE)
        if not address:
            return self._anchored(article, reference, article, anchor, tail)
        path = nfc(unquote(address))
        source = _joined(posixpath.dirname(article.source), path)
        if path.endswith(".md"):
            return self._source(article, reference, source, anchor, tail)
        return self._file(source, tail) or self._page(article, reference, path, anchor, tail)

    def _source(self, article: Article, reference: Reference, source: str, anchor: str, tail: str) -> Target:
        found = self._articles.article(source)
        if found:
            return self._anchored(article, reference, found, anchor, found.url + tail)
        url = self._routes.at(posixpath.normpath("/" + source.removeprefix(f"{CONTENT}/"))).url + tail
        reason = self._articles.why_left_out(source)
        if reason:
            problem = _warning(
                article, reference, "link-unpublished", f"leads to an article that is left out ({reason})"
            )
            return Target(url=url, problem=problem)
        hint = self._articles.like(source) or "the path counts from this file's folder, or from content/ with `/`"
        return Target(url=url, problem=_warning(article, reference, "link-dead", "leads nowhere", hint))

    def _file(self, source: str, tail: str) -> Target | None:
        """A file under content/, beside the article or named from the top."""
        folder, _, name = source.partition("/")
        if folder != CONTENT or name not in self._files:
            return None
        return Target(url=self._routes.at(f"/{name}").url + tail, file=name)

    def _page(self, article: Article, reference: Reference, path: str, anchor: str, tail: str) -> Target:
        """An address of the site, as a reader's browser would understand it."""
        folder = article.path.removesuffix("index.html")
        address = posixpath.normpath(posixpath.join(f"/{folder}", path)).lstrip("/")
        address = "/" + ("" if address == "." else address) + ("/" if path.endswith("/") and address else "")
        target = self._routes.at(address)
        for candidate in (target.path, f"{target.path}/index.html"):
            if candidate in self._outputs:
                found = self._articles.article_at(candidate) if anchor else None
                if found:
                    return self._anchored(article, reference, found, anchor, target.url + tail)
                return Target(url=target.url + tail, output=candidate)
        code = "picture-missing" if reference.kind == "picture" else "link-dead"
        hint = "put the file beside the article, or into static/" if reference.kind != "link" else ""
        return Target(url=target.url + tail, problem=_warning(article, reference, code, "leads nowhere", hint))

    def _anchored(self, article: Article, reference: Reference, to: Article, anchor: str, url: str) -> Target:
        name = unquote(anchor)
        if not name or name in to.anchors:
            return Target(url=url)
        message = f"leads to a page that has no place `#{name}`"
        hint = did_you_mean(name, to.anchors) if to.anchors else ""
        return Target(url=url, problem=_warning(article, reference, "anchor-missing", message, hint))


def _joined(folder: str, path: str) -> str:
    """The path from the site's folder; `/x` counts from content/."""
    joined = posixpath.join(CONTENT, path.lstrip("/")) if path.startswith("/") else posixpath.join(folder, path)
    return posixpath.normpath(joined)


def may_lead(problems: Iterable[Problem], names: Collection[str], *, hinted: bool) -> bool:
    """Whether something that led nowhere may lead somewhere, or is told in another way, now that there is more.

    `names` are those of the new files and outputs: the last part of their paths. `hinted` is whether hints name what
    is like a source, see Articles.
    """
    text = nfc("\n".join(each.message for each in problems if each.code in NOWHERE))
    ends = "|".join(map(re.escape, names))
    led = re.search(f'%|[/"](?:{ends}|[.][.]?)/*["#?]', text)  # as the whole last part, or as who knows what
    return bool(led or (hinted and re.search(r'[.]md["#?]', text)))


def names(path: str) -> set[str]:
    """By which last parts of an address an output can be meant."""
    return {each.rpartition("/")[2] for each in (path, path.removesuffix("/index.html"))}


def file_name(target: str) -> str:
    """The name of the file that an address ends with."""
    return nfc(unquote(target.partition("#")[0].partition("?")[0])).rpartition("/")[2]


def problem_at(article: Article, reference: Reference, found: Problem) -> Problem:
    """A problem of what a reference leads to, told where it is named."""
    told = _warning(article, reference, found.code, found.message, found.hint)
    return msgspec.structs.replace(told, fatal=found.fatal)


def _warning(article: Article, reference: Reference, code: str, message: str, hint: str = "") -> Problem:
    return Problem(
        path=article.source,
        line=reference.line,
        column=reference.column,
        code=code,
        message=f'"{reference.target}" {message}',
        hint=hint,
        fatal=False,
        length=len(reference.target),
    )
