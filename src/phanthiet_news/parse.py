"""Bytes of a source → an Article and its body, or problems. Pure.

Knows how a source file is built and what the configuration declares; must not know other articles, so
links stay as they were written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote

from phanthiet_news import digest, frontmatter, markup
from phanthiet_news.budget import OverBudget, limited
from phanthiet_news.config import Config
from phanthiet_news.frontmatter import FrontMatter, Matter
from phanthiet_news.markup import Converted
from phanthiet_news.model import (
    Article,
    Body,
    Correction,
    CreditPlace,
    Heading,
    Image,
    Parsed,
    PictureTag,
    Reference,
    Term,
)
from phanthiet_news.problem import Failure, Problem
from phanthiet_news.routes import Place, Routes
from phanthiet_news.schema import Reader
from phanthiet_news.source import SUFFIX, decode
from phanthiet_news.text import (
    SLUG,
    did_you_mean,
    fold,
    forbidden_character,
    nearest,
    nfc,
    path_mistake,
    quoted,
    slugify,
)

DEPTH_OF_CONTENTS = 3
LONG_HEADINGS, LONG_WORDS = 4, 1200  # words as they stand between spaces: in Vietnamese, syllables


class Parser:
    """Parses the sources of one site. The same bytes under the same name always give the same result."""

    def __init__(self, config: Config, options: markup.Options, routes: Routes) -> None:
        self._config, self._options, self._routes = config, options, routes

    def parse(self, files: Iterable[tuple[str, bytes]]) -> list[Parsed]:
        """Of sources: each its path from the site's folder, as in `content/xa-hoi/cau-moi.md`, and its bytes.

        They are taken through stage by stage, all of them: a processor does one thing sixty times in less time than
        sixty things once.
        """
        texts = [(name, _text(name, data)) for name, data in files]
        found = [text if isinstance(text, Parsed) else self._opened(name, text) for name, text in texts]
        sources = [each for each in found if isinstance(each, _Source)]
        for source in sources:
            source.understand(self._routes)
        for source in sources:
            source.convert(self._options)
        return [each.parsed(self._routes) if isinstance(each, _Source) else each for each in found]

    def _opened(self, name: str, text: str) -> _Source | Parsed:
        matter, reader = frontmatter.read(text, name, self._config.zone)
        if matter is None:
            return Parsed(source=name, problems=tuple(reader.problems))
        return _Source(name, text, matter, reader, self._config)


def _text(name: str, data: bytes) -> str | Parsed:
    try:
        return decode(data, name)
    except Failure as failure:
        return Parsed(source=name, problems=tuple(failure.problems))


class _Meaning(NamedTuple):
    """What front matter means on this site."""

    category: str | None = None
    place: Place | None = None
    authors: tuple[Term, ...] = ()
    tags: tuple[Term, ...] = ()
    aliases: tuple[str, ...] = ()


class _Source:
    """One source on its way to an article; collects problems as it goes."""

    def __init__(self, source: str, text: str, matter: Matter, reader: Reader, config: Config) -> None:
        self._source, self._text, self._matter, self._reader = source, text, matter, reader
        self._front: FrontMatter = matter.front
        self._config = config
        self._meaning = _Meaning()
        self._converted: Converted | None = None

    # --- its stages

    def understand(self, routes: Routes) -> None:
        """Find out what the front matter means."""
        category = self._category()
        place = self._place(category, self._slug(), routes)
        self._meaning = _Meaning(category, place, self._authors(), self._tags(), self._aliases(routes))

    def convert(self, options: markup.Options) -> None:
        """Make HTML of the body."""
        self._converted = self._convert(options)

    def parsed(self, routes: Routes) -> Parsed:
        """What came of it."""
        category, place, converted = self._meaning.category, self._meaning.place, self._converted
        article = body = None
        if converted and category and place and not any(problem.fatal for problem in self._reader.problems):
            body = _body(converted)
            article = self._article(place, category, converted, body, routes)
        return Parsed(source=self._source, article=article, body=body, problems=tuple(self._reader.problems))

    def _article(
        self,
        place: Place,
        category: str,
        converted: Converted,
        body: Body,
        routes: Routes,
    ) -> Article:
        front, aliases = self._front, self._meaning.aliases
        oldest = routes.at(aliases[0]) if aliases else place
        return Article(
            source=self._source,
            path=place.path,
            url=place.url,
            title=front.title,
            date=front.date,
            category=category,
            updated=self._updated(),
            authors=self._meaning.authors,
            tags=self._meaning.tags,
            summary=front.summary,
            excerpt="" if front.summary else converted.excerpt,
            image=self._image(),
            featured=front.featured,
            draft=front.draft,
            expires=front.expires,
            aliases=aliases,
            source_name=front.source,
            corrections=tuple(Correction(date=each.date, text=each.text) for each in front.corrections),
            noindex=front.noindex,
            feed_id=front.id or routes.identity(oldest),
            headings=self._headings(converted),
            anchors=converted.anchors,
            references=self._references(converted),
            picture=self._picture(),
            attachments=tuple(self._reference("attachments", target, "file") for target in front.attachments),
            body=digest.of_bytes(body.encoded()),
        )

    # --- what front matter means on this site

    def _category(self) -> str | None:
        named = self._front.category
        folders = self._source.split("/")[1:-1]
        found = self._config.category(named or (folders[0] if folders else ""))
        if found:
            return found.slug
        self._refuse_category(named, folders[0] if folders else None)
        return None

    def _refuse_category(self, named: str | None, folder: str | None) -> None:
        if any(problem.code.startswith("category") for problem in self._reader.problems):
            return
        known = [each.slug for each in self._config.categories]
        if named:
            titles = [each.title for each in self._config.categories]
            message = f'the category "{named}" is not declared in ptnews.yml'
            near = nearest(named, titles) or nearest(slugify(named), known)
            hint = f"did you mean `{near}`?" if near else did_you_mean(named, known)
            self._reader.refuse(self._matter.place("category"), "category-unknown", message, hint)
            return
        lies = f"its folder `{folder}` is none of those declared" if folder else "it lies in no category's folder"
        message = f"the article has no category, and {lies}"
        hint = f"add `category: …`; {did_you_mean(folder or '', known)}"
        self._reader.refuse(self._matter.keys, "category-missing", message, hint)

    def _slug(self) -> str | None:
        if self._front.slug:
            return self._front.slug
        *folders, file = self._source.split("/")
        stem = file.removesuffix(SUFFIX)
        name = folders[-1] if stem == "index" and len(folders) > 1 else stem
        if re.fullmatch(SLUG, name):
            return name
        if self._matter.place("slug") is not self._matter.keys:
            return None  # a slug was written, and refused
        message = f"the file's name gives the url, and `{name}` has more than a–z, 0–9 and single hyphens"
        hint = (
            f"name it `{slugify(name)}{SUFFIX}`, or add `slug: {slugify(name)}`" if slugify(name) else "add `slug: …`"
        )
        self._reader.refuse(self._matter.keys, "slug-from-name", message, hint)
        return None

    def _place(self, category: str | None, slug: str | None, routes: Routes) -> Place | None:
        if not (category and slug):
            return None
        date = self._front.date
        year, month, day = f"{date.year:04}", f"{date.month:02}", f"{date.day:02}"
        place = routes.article(category=category, slug=slug, year=year, month=month, day=day)
        mistake = path_mistake(place.path)
        if mistake:
            self._reader.refuse(self._matter.place("slug"), "path", mistake, "choose another `slug`")
        return place

    def _updated(self) -> datetime | None:
        """When it was changed; nothing is changed before it is there."""
        updated = self._front.updated
        if updated is None or updated >= self._front.date:
            return updated
        message, hint = "`updated` lies before `date`, so it is passed over", "delete the line, or mend one of the two"
        self._reader.refuse(self._matter.place("updated"), "updated-early", message, hint, fatal=False)
        return None

    def _authors(self) -> tuple[Term, ...]:
        front = self._front
        names = (*((front.author,) if front.author else ()), *front.authors)
        key = "author" if front.author else "authors"
        return tuple(dict.fromkeys(self._author(name, key) for name in names))

    def _author(self, name: str, key: str) -> Term:
        declared = self._config.authors
        for slug, author in declared.items():
            if name in (slug, author.name):
                return Term(slug=slug, title=author.name)
        if re.fullmatch(SLUG, name) and "-" in name:
            message = f"the author `{name}` is not declared in ptnews.yml"
            self._reader.refuse(self._matter.place(key, name), "author-unknown", message, did_you_mean(name, declared))
        return self._term(name, key)

    def _tags(self) -> tuple[Term, ...]:
        """Each tag once; two that differ by more than case are left to whoever finds one slug for both."""
        terms = [self._term(tag, "tags") for tag in self._front.tags]
        return tuple({(term.slug, fold(term.title)): term for term in terms[::-1]}.values())[::-1]

    def _term(self, title: str, key: str) -> Term:
        slug = slugify(title)
        mistake = path_mistake(slug) if slug else "it has no letter and no digit"
        if mistake:
            message = f"no url can be made of {quoted(title)}: {mistake}"
            self._reader.refuse(self._matter.place(key, title), "term", message, "use other words")
        return Term(slug=slug, title=title)

    def _aliases(self, routes: Routes) -> tuple[str, ...]:
        """Former addresses as a reader sees them: what a browser's address line escaped is read back."""
        found = {alias: nfc(unquote(alias)) for alias in self._front.aliases}
        for alias, address in found.items():
            mistake = path_mistake(routes.at(address).path)
            if mistake:
                self._reader.refuse(self._matter.place("aliases", alias), "path", mistake, "write a plain address")
        return tuple(dict.fromkeys(found.values()))

    def _image(self) -> Image | None:
        image = self._front.image
        if image and not (image.alt or image.caption):
            message, hint = "the lead picture says nothing to those who don't see it", "add `alt: what it shows`"
            self._reader.refuse(self._matter.place("image"), "picture-alt", message, hint, fatal=False)
        return Image(src=image.src, alt=image.alt, caption=image.caption, credit=image.credit) if image else None

    def _picture(self) -> Reference | None:
        image = self._front.image
        if image is None or markup.leads_out(image.src):
            return None
        return self._reference("image", image.src, "picture")

    # --- the body

    def _convert(self, options: markup.Options) -> Converted | None:
        body, limit = self._matter.body, self._config.markdown.max_bytes
        if len(body) * 4 > limit and len(body.encode()) > limit:
            self._refuse_body("body-too-long", f"the body has more than {limit} bytes", "split it, or raise max_bytes")
            return None
        seconds = self._config.markdown.max_seconds
        try:
            with limited(seconds):
                converted = markup.convert(body, options)
        except OverBudget:
            message = f"it takes more than {seconds} s to make HTML of this text"
            hint = "look for a long row of `[`, `<`, `*` or `_`; or raise `max_seconds` in ptnews.yml"
            self._refuse_body("render-timeout", message, hint)
            return None
        except RecursionError:
            self._refuse_body("markdown-too-deep", "lists or quotations are nested too deep", "make it flatter")
            return None
        self._warn_of_dropped(converted)
        self._warn_of_wordless(converted)
        if ("&" in body or options.extensions) and _holds_forbidden(converted):
            self._refuse_body("character-forbidden", "an entity stands for a control character", "delete it")
        return converted

    def _headings(self, converted: Converted) -> tuple[Heading, ...]:
        """The table of contents: where one is asked for, or by itself where the text is long."""
        upper = [each for each in converted.headings if each.level <= DEPTH_OF_CONTENTS]
        long = len(upper) >= LONG_HEADINGS and len(self._matter.body.split()) >= LONG_WORDS
        wanted = long if self._front.toc is None else self._front.toc
        return tuple(Heading(id=each.id, text=each.text, level=each.level) for each in upper) if wanted else ()

    def _warn_of_dropped(self, converted: Converted) -> None:
        for name in converted.dropped:
            line, column = self._find(name.rstrip(">"))
            hint = "write it in Markdown, or see which HTML may stand in an article"
            self._problem(line, column, "html-dropped", f"`{name}` was taken out", hint, len(name), fatal=False)

    def _warn_of_wordless(self, converted: Converted) -> None:
        seen = self._body_offset()
        for target in converted.wordless:
            start = self._text.find(f"![]({target}", seen)
            place = start + len("![](") if start >= 0 else self._text.find(target, seen)
            seen = place + 1 if place >= 0 else seen
            line, column = self._line_and_column(place)
            message = f'"{target}" says nothing to those who don\'t see it'
            hint = f"write what it shows into the brackets: `![…]({target})`"
            self._problem(line, column, "picture-alt", message, hint, len(target), fatal=False)

    def _references(self, converted: Converted) -> tuple[Reference, ...]:
        found = []
        seen: dict[str, int] = {}
        for link in converted.links:
            start = self._text.find(link.target, seen.get(link.target, self._body_offset()))
            seen[link.target] = start + 1 if start >= 0 else len(self._text)
            line, column = self._line_and_column(start)
            found.append(Reference(target=link.target, line=line, column=column, kind=link.kind))
        return tuple(found)

    def _reference(self, key: str, target: str, kind: str) -> Reference:
        node = self._matter.place(key)
        start = self._text.find(target, _offset_of_line(self._text, node.line))
        line, column = self._line_and_column(start) if start >= 0 else (node.line, node.column)
        return Reference(target=target, line=line, column=column, kind=kind)

    def _find(self, words: str) -> tuple[int, int]:
        return self._line_and_column(self._text.lower().find(words, self._body_offset()))

    def _body_offset(self) -> int:
        return len(self._text) - len(self._matter.body)

    def _line_and_column(self, offset: int) -> tuple[int, int]:
        if offset < 0:
            return self._matter.body_line, 1
        return self._text.count("\n", 0, offset) + 1, offset - self._text.rfind("\n", 0, offset)

    def _refuse_body(self, code: str, message: str, hint: str) -> None:
        self._problem(self._matter.body_line, 1, code, message, hint)

    def _problem(
        self, line: int, column: int, code: str, message: str, hint: str, length: int = 1, *, fatal: bool = True
    ) -> None:
        lines = self._text.split("\n")
        excerpt = lines[line - 1] if line <= len(lines) else ""
        self._reader.problems.append(Problem(self._source, line, column, code, message, hint, fatal, excerpt, length))


def _holds_forbidden(converted: Converted) -> bool:
    values = (value for picture in converted.pictures for pair in picture.attributes for value in pair)
    return forbidden_character("".join((*converted.pieces, *values))) is not None


def _body(converted: Converted) -> Body:
    pieces = converted.pieces
    return Body(
        pieces=tuple([piece.encode() for piece in pieces]),
        pictures=tuple([PictureTag(each.number, each.attributes, each.wide) for each in converted.pictures]),
        credits=tuple([
            CreditPlace(each.number, each.piece, len(pieces[each.piece][: each.offset].encode()), each.captioned)
            for each in converted.figures
        ]),
    )


def _offset_of_line(text: str, line: int) -> int:
    offset = 0
    for _ in range(line - 1):
        offset = text.find("\n", offset) + 1
    return offset
