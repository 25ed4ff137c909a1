"""Page → text with holes. Knows Jinja2 and what templates may use; must not know articles or files.

Pure but for the bodies that it is handed: a page sees its own data and what never changes within a build.
What changes often (fragments, digests of static files) leaves a hole, filled when the page is published.
"""

from __future__ import annotations

import json
import re
import traceback
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import chain
from typing import Any
from urllib.parse import quote

import jinja2
import msgspec
from jinja2 import meta, nodes
from jinja2.filters import do_urlencode
from markupsafe import Markup

from phanthiet_news import digest
from phanthiet_news.core import Core, Outline, cores, outline
from phanthiet_news.locale import Locale
from phanthiet_news.model import ArticleData, Body, FeedEntry, Fragment, Image, Page, Rendered, SiteView
from phanthiet_news.problem import Failure, Problem
from phanthiet_news.routes import absolute
from phanthiet_news.templating import (
    FOLDER,
    BlockFunction,
    Parts,
    Templates,
    escape_text,
    named_in,
    parsed,
    quick_code,
    shown_block,
)
from phanthiet_news.templating import parts as parts_of
from phanthiet_news.versions import of_everything

FRAGMENTS = ("sidebar",)
SHOWN = ("body",)  # functions that may put a mark into a page, see templating.IN_PLACE
BODY = "body:"  # before the number of a body in a page, in the name of a hole for it
ASSET = "asset:"  # before the path of a static file, in the name of a hole for its url
BEGIN, END = "block:", "end:"  # before the name of a block of the core, in those of holes where it begins and ends
KEPT = "kept:"  # the same, of a hole for the block as it stands
_REMEMBERED = 2**14  # of a kilobyte or less each
AS_WIDE_AS_THE_WINDOW = "100vw"

_OPEN, _CLOSE = "\x02", "\x03"  # characters that no content can hold
_PIXELS = re.compile("[0-9]{1,5}")
_HOLE = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}".encode())
_BODY = re.compile(f"{_OPEN}{BODY}([0-9]+){_CLOSE}".encode())
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
_encode_text: Callable[[str], str] = json.encoder.encode_basestring
_IN_URLS = [quote(bytes([each]), safe="/") for each in range(256)]
_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_SCRIPT_SAFE = [(character, f"\\u{ord(character):04x}") for character in "<>&\u2028\u2029"]


class Context(msgspec.Struct, frozen=True):
    """All that rendering depends on besides a page: name and text of every template, and the site's view.

    `compiled` is what templates compile to, by name, as far as it is at hand; `cores` are the blocks that the core of
    their pages stands in; `in_place` is whether what a template puts into a page goes there as it is, and no other
    template works on it before.
    """

    templates: tuple[tuple[str, str], ...]
    compiled: tuple[tuple[str, bytes], ...]
    cores: tuple[tuple[str, tuple[str, ...]], ...]
    site: SiteView
    origin: str
    grouping: str | None = None
    in_place: bool = False


class Renderer:
    """Renders pages of one context. Compiles a template when it is first used."""

    def __init__(self, context: Context) -> None:
        self._locale = locale = Locale(context.site.language, context.grouping)
        self._credit, self._in_place = locale.word("credit.prefix"), context.in_place
        names = {
            "site": context.site,
            "t": locale.word,
            "once": lru_cache(maxsize=_REMEMBERED)(_called),
            "asset": _asset,
            "fragment": _fragment,
            "picture": _picture,
        }
        filters = _filters(locale, context.origin)
        self._templates = Templates(dict(context.templates), dict(context.compiled), filters, names)
        self._bounded = {name: {each: _bounded(each) for each in blocks} for name, blocks in context.cores}
        self._kept = {name: {each: _kept(each) for each in blocks} for name, blocks in context.cores}

    def get_ready(self) -> None:
        """Do beforehand what takes its time when it is first wanted."""
        self._templates.get_ready()
        self._locale.get_ready()

    def page(self, page: Page, bodies: Mapping[str, Body]) -> Rendered:
        """Render a page. `bodies` by digest. Raises Failure with the template's line."""
        show = _Bodies(bodies, self._credit, in_place=self._in_place)
        blocks = self._bounded.get(page.template, {})
        text = self._text(page.path, page.template, {"page": page.data, "body": show}, blocks)
        return _cut(page.path, show.put_in(text))

    def page_around(self, core: Rendered, page: Page) -> Rendered | None:
        """Render a page around its core as it stands; None where some of that does not stand. Raises Failure."""
        names = {"page": page.data, "body": _Bodies({}, self._credit, in_place=False)}
        return _with_core(_cut(page.path, self._text(page.path, page.template, names, self._kept[page.template])), core)

    def fragment(self, fragment: Fragment) -> Rendered:
        """Render a fragment."""
        return _cut(fragment.name, self._text(fragment.name, fragment.template, {"data": fragment.data}, {}))

    def _text(self, path: str, template: str, names: dict[str, Any], blocks: Mapping[str, BlockFunction]) -> bytes:
        try:
            return self._templates.render(template, names, blocks).encode()
        except Exception as error:  # whatever a template's author wrote must come out as a problem
            raise Failure([_problem(error, template, path)]) from error


def _cut(path: str, page: bytes) -> Rendered:
    """A page that is cut at its holes."""
    parts = _HOLE.split(page)
    return Rendered(path=path, pieces=tuple(parts[::2]), holes=tuple([part.decode() for part in parts[1::2]]))


def _bounded(block: str) -> BlockFunction:
    """A block between two holes that nothing goes into, so that it can be cut out of the page."""

    def shown(context: jinja2.runtime.Context) -> Iterator[str]:
        yield _hole(BEGIN + block)
        yield from shown_block(context, block)
        yield _hole(END + block)

    return shown


def _kept(block: str) -> BlockFunction:
    """A hole for the block as it stands."""

    def shown(_: jinja2.runtime.Context) -> Iterator[str]:
        yield _hole(KEPT + block)

    return shown


def _with_core(page: Rendered, core: Rendered) -> Rendered | None:
    """A page, with blocks cut out of another in the holes for those that are kept; None where one isn't there."""
    pieces, holes = [page.pieces[0]], list[str]()
    for name, piece in zip(page.holes, page.pieces[1:], strict=True):
        if name.startswith(KEPT):
            block = name.removeprefix(KEPT)
            if BEGIN + block not in core.holes:
                return None
            begin, end = core.holes.index(BEGIN + block), core.holes.index(END + block)
            holes += core.holes[begin : end + 1]
            pieces += core.pieces[begin + 1 : end + 1]
        else:
            holes.append(name)
        pieces.append(piece)
    return Rendered(path=page.path, pieces=tuple(pieces), holes=tuple(holes))


@lru_cache(maxsize=2)
def renderer(context: Context) -> Renderer:
    """The renderer of a context; kept, because compiling templates costs more than using them."""
    return Renderer(context)


class Analysis(msgspec.Struct, frozen=True):
    """What can be told of templates before any page is rendered.

    `closures`: by template, the digests of all texts that it can reach by extends, include and import, itself
    first; one that is named and not there is in it as absent, so that adding it changes the closure.
    `assets`: the static files that are named, with template and line. `compiled`: what they compile to. `cores`: of
    those whose pages have one. `in_place`: see Context. `facts`: what was found out, packed, by a digest of what it was
    found out from.
    """

    closures: dict[str, dict[str, str]]
    assets: tuple[tuple[str, int, str], ...]
    problems: tuple[Problem, ...]
    compiled: tuple[tuple[str, bytes], ...]
    cores: dict[str, Core]
    in_place: bool
    facts: dict[str, bytes]


class _Facts(msgspec.Struct, frozen=True):
    """What one template names, what is wrong with it, what it compiles to, and what it does with parts of pages.

    And what it has to do with blocks.
    """

    needs: tuple[str, ...] = ()
    assets: tuple[tuple[int, str], ...] = ()
    problems: tuple[Problem, ...] = ()
    compiled: bytes = b""
    parts: Parts = Parts()
    outline: Outline = Outline()


def analysed(templates: tuple[tuple[str, str], ...], known: Mapping[str, bytes]) -> Analysis:
    """What is in the templates. `known` are the facts of an earlier analysis, perhaps of other templates."""
    keys = {name: digest.of_value((name, text, of_everything())) for name, text in templates}
    facts = {name: _known_facts(known.get(keys[name])) or _facts(name, text) for name, text in templates}
    assets = tuple((name, *found) for name, each in facts.items() for found in each.assets)
    problems = tuple(problem for each in facts.values() for problem in each.problems)
    compiled = tuple((name, each.compiled) for name, each in facts.items() if each.compiled)
    packed = {keys[name]: msgspec.msgpack.encode(each) for name, each in facts.items()}
    digests = {name: digest.of_bytes(text.encode()) for name, text in templates}
    closures = {name: {each: digests.get(each, "absent") for each in _reachable(name, facts)} for name in facts}
    found = cores({name: each.outline for name, each in facts.items()}, closures)
    return Analysis(closures, assets, problems, compiled, found, _is_in_place(facts), packed)


def context(
    templates: tuple[tuple[str, str], ...], known: Analysis, site: SiteView, origin: str, grouping: str | None = None
) -> Context:
    """What pages are rendered with; `known` is what is in the templates."""
    cores = tuple((name, core.blocks) for name, core in known.cores.items())
    return Context(templates, known.compiled, cores, site, origin, grouping, known.in_place)


def _known_facts(packed: bytes | None) -> _Facts | None:
    return msgspec.msgpack.decode(packed, type=_Facts) if packed else None


@lru_cache(maxsize=256)
def _facts(name: str, text: str) -> _Facts:
    """Of one template; kept, because most of them are the same in the next build of this process."""
    try:
        tree = parsed(name, text, _filters(Locale("vi"), ""))
        needs = tuple(sorted(filter(None, meta.find_referenced_templates(tree))))
        assets, problems, parts = tuple(_assets(tree)), tuple(_computed_names(name, tree)), parts_of(tree, SHOWN)
        own = outline(tree, SHOWN)  # before the code is made, which changes the tree
        return _Facts(needs, assets, problems, quick_code(tree, name, SHOWN), parts, own)
    except jinja2.TemplateSyntaxError as error:
        return _Facts(problems=(_problem(error, name, name),))


def check(analysis: Analysis, static: Collection[str]) -> list[Problem]:
    """What is wrong with templates; `static` are the files that they may name."""
    missing = (
        _at(name, line, "asset-missing", f'there is no static file "{asset}"', "put it into static/")
        for name, line, asset in analysis.assets
        if asset not in static
    )
    return [*analysis.problems, *missing]


def _computed_names(name: str, tree: nodes.Template) -> Iterator[Problem]:
    for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        if None in named_in(node):
            message = "the name of a template must be written out, not computed"
            yield _at(name, node.lineno, "template-dynamic", message, "use `{% if %}` around literal includes")


def _assets(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    for call in tree.find_all(nodes.Call):
        argument = call.args[0] if call.args else None
        is_asset = isinstance(call.node, nodes.Name) and call.node.name == "asset"
        if is_asset and isinstance(argument, nodes.Const):
            yield call.lineno, str(argument.value)


def _reachable(name: str, facts: Mapping[str, _Facts]) -> list[str]:
    found = [name]
    for each in found:
        found += (need for need in facts.get(each, _Facts()).needs if need not in found)
    return sorted(set(found))


def _is_in_place(facts: Mapping[str, _Facts]) -> bool:
    """Whether what a template puts into a page is what the page gets."""
    taken = {each for found in facts.values() for name in found.parts.takes for each in _reachable(name, facts)}
    return not any(found.parts.at_work or (found.parts.puts and name in taken) for name, found in facts.items())


def salt(context: Context, versions: tuple[tuple[str, str], ...]) -> str:
    """Digest of what every page depends on besides its own data and its templates."""
    return digest.of_value((versions, context.site, context.origin, context.grouping))


def frames(closures: Mapping[str, Mapping[str, str]], salt: str) -> dict[str, str]:
    """By template, the digest of all that its pages are made from besides themselves."""
    return {name: digest.of_value((salt, closure)) for name, closure in closures.items()}


def core_frames(cores: Mapping[str, Core], salt: str) -> dict[str, str]:
    """By template, the digest of all that the core of its pages is made from besides themselves."""
    return {name: digest.of_value((salt, core)) for name, core in cores.items()}


def bounds(cores: Mapping[str, Core]) -> dict[str, bytes]:
    """What goes into the holes where blocks of cores begin and end: nothing."""
    return {place + block: b"" for core in cores.values() for block in core.blocks for place in (BEGIN, END)}


def mark(encoded: bytes) -> str:
    """What tells a page from what it was before: the digest of the very value that is rendered."""
    return digest.of_bytes(encoded)


def parts(closure: Mapping[str, str], salt: str) -> dict[str, str]:
    """What a page is made from besides its data, in parts, so that one can tell people which of them changed."""
    return {"configuration or version": salt[:8]} | {f"{FOLDER}/{name}": text[:8] for name, text in closure.items()}


def _filters(locale: Locale, origin: str) -> dict[str, Callable[..., Any]]:
    return {
        "date": locale.date,
        "datetime": locale.datetime,
        "iso": lambda moment: moment.isoformat(timespec="seconds"),
        "isodate": lambda moment: moment.date().isoformat(),
        "rfc822": _rfc822,
        "number": locale.number,
        "size": locale.size,
        "absolute": partial(absolute, origin=origin),
        "json": _json,
        "urlencode": _urlencoded,
        "base64": lambda text: b64encode(text.encode()).decode(),
    }


def _rfc822(moment: datetime) -> str:
    """`Thu, 02 May 2024 08:00:00 +0700`, in English whatever the locale; as `email` has it, which is slow to load."""
    return f"{_DAYS[moment.weekday()]}, {moment:%d} {_MONTHS[moment.month - 1]} {moment.year:04} {moment:%H:%M:%S %z}"


def _json(value: Any) -> Markup:
    """JSON that no `</script>`, `<!--` or entity in a text can break out of."""
    text = _encode_text(value) if type(value) is str else _ENCODE(value)
    for character, written in _SCRIPT_SAFE:
        if character in text:
            text = text.replace(character, written)
    return _as_html(text)


def _as_html(text: str) -> Markup:
    """What is HTML already; without the question whether it is an object that can say what it is as HTML."""
    return str.__new__(Markup, text)


def _urlencoded(value: Any) -> str:
    """As Jinja does it; the texts, byte by byte out of a table."""
    return "".join(map(_IN_URLS.__getitem__, value.encode())) if type(value) is str else do_urlencode(value)


class _Bodies:
    """Shows bodies in one page. `credit` is what stands in front of those who made a picture.

    Where a body goes straight into the page, a mark stands for it there, and it is `put_in` when all else is done: so
    it need not be made a text, and bytes again. `in_place` is whether that is true wherever a template seems to do it.
    """

    def __init__(self, bodies: Mapping[str, Body], credit: str, *, in_place: bool) -> None:
        self._bodies, self._credit, self._in_place = bodies, credit, in_place
        self._placed: list[bytes] = []

    def __call__(self, owner: ArticleData | FeedEntry, sizes: str = AS_WIDE_AS_THE_WINDOW, wide: str = "") -> Markup:
        """The body as text."""
        return _as_html(self._shown(owner, sizes, wide).decode())

    def in_place(self, owner: ArticleData | FeedEntry, sizes: str = AS_WIDE_AS_THE_WINDOW, wide: str = "") -> Markup:
        """The mark of it."""
        if not self._in_place:
            return self(owner, sizes, wide)
        self._placed.append(self._shown(owner, sizes, wide))
        return _hole(f"{BODY}{len(self._placed) - 1}")

    def put_in(self, page: bytes) -> bytes:
        """The page with the bodies where their marks are."""
        return _BODY.sub(lambda mark: self._placed[int(mark[1])], page) if self._placed else page

    def _shown(self, owner: ArticleData | FeedEntry, sizes: str, wide: str) -> bytes:
        shown = self._bodies[owner.body]
        between = [escape_text(url) for url in owner.urls]
        pieces: Sequence[bytes] = shown.pieces
        if shown.pictures:
            known, images = {each.src: each for each in owner.pictures}, {}
            for tag in shown.pictures:
                url = owner.urls[tag.number]
                images[tag.number] = known.get(url) or Image(src=url)
                between[tag.number] = _element(
                    images[tag.number], (wide if tag.wide else "") or sizes, dict(tag.attributes)
                )
            pieces = _credited(shown, images, self._credit)
        between.append("")
        return b"".join(chain.from_iterable(zip(pieces, map(str.encode, between), strict=True)))


def _credited(body: Body, images: Mapping[int, Image], prefix: str) -> Sequence[bytes]:
    """The pieces, naming those who made the pictures wherever the pictures themselves know it."""
    pieces = list(body.pieces)
    for place in reversed(body.credits):  # from the end, so that the places in front stay where they are
        credit = images[place.number].credit
        if credit:
            words = f'<span class="credit">{escape_text(prefix + credit)}</span>'
            words = f" {words}" if place.captioned else f"<figcaption>{words}</figcaption>"
            piece = pieces[place.piece]
            pieces[place.piece] = piece[: place.offset] + words.encode() + piece[place.offset :]
    return pieces


def _picture(image: Image, sizes: str = AS_WIDE_AS_THE_WINDOW, **attributes: object) -> Markup:
    """The element of a picture, for templates. What is `none` is left out."""
    given = {name: str(value) for name, value in attributes.items() if value is not None}
    return _as_html(_element(image, sizes, given))


def _element(image: Image, sizes: str, given: Mapping[str, str]) -> str:
    """`given` are the attributes that somebody wrote; what is known of the picture is added.

    `sizes` tell how wide it will stand, `{}` being its own width in pixels.
    """
    sizes = sizes.replace("{}", f"{given.get('width') or image.width}px")
    own = {"src": image.src} | ({"srcset": image.srcset, "sizes": sizes} if image.srcset else {}) | _size(image, given)
    classes = " ".join(filter(None, (given.get("class"), image.tint)))
    element = f"<img{_attributes({**own, **given, **own, **({'class': classes} if classes else {})})}>"
    sources = "".join(
        f"<source{_attributes({'type': each.type, 'srcset': each.srcset, 'sizes': sizes})}>" for each in image.sources
    )
    return f"<picture>{sources}{element}</picture>" if sources else element


def _size(image: Image, given: Mapping[str, str]) -> dict[str, str]:
    """Width and height, so that nothing jumps; where one is given the other that belongs to it."""
    width, height = given.get("width", ""), given.get("height", "")
    if not image.width or (width and height):
        return {}
    if width:
        return {"height": _part(width, image.height, image.width)} if _PIXELS.fullmatch(width) else {}
    if height:
        return {"width": _part(height, image.width, image.height)} if _PIXELS.fullmatch(height) else {}
    return {"width": str(image.width), "height": str(image.height)}


def _part(given: str, part: int, whole: int) -> str:
    return str(max(1, round(int(given) * part / whole)))


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f' {name}="{escape_text(value)}"' for name, value in values.items())


def _called(macro: Callable[..., Markup], *arguments: object, **named: object) -> Markup:
    """What a macro makes of its arguments: remembered, for the same story stands on many lists."""
    return macro(*arguments, **named)


def _asset(name: str) -> Markup:
    return _hole(ASSET + name)


def _fragment(name: str) -> Markup:
    if name not in FRAGMENTS:
        raise LookupError(f'there is no fragment "{name}"; known: {", ".join(FRAGMENTS)}')
    return _hole(hole_of(name))


def hole_of(fragment: str) -> str:
    """The name of the holes that a fragment goes into."""
    return f"fragment:{fragment}"


def _hole(name: str) -> Markup:
    return _as_html(f"{_OPEN}{name}{_CLOSE}")


def _problem(error: Exception, template: str, path: str) -> Problem:
    if isinstance(error, jinja2.TemplateSyntaxError):
        return _at(error.name or template, error.lineno, "template-syntax", error.message or "a syntax error")
    if isinstance(error, jinja2.TemplateNotFound):
        name, line = _frame(error, template)
        return _at(name, line, "template-missing", f'there is no template "{error}"', "put it into templates/")
    name, line = _frame(error, template)
    kind = "" if isinstance(error, jinja2.TemplateError) else f"{type(error).__name__}: "
    hint = "docs/reference/templates.md lists what each template is given"
    return _at(name, line, "template-error", f"{kind}{error} (while making {path})", hint)


def _frame(error: Exception, template: str) -> tuple[str, int]:
    """The innermost place in a template that an exception passed through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(f"{FOLDER}/"):
            return frame.filename.removeprefix(f"{FOLDER}/"), frame.lineno or 0
    return template, 0


def _at(name: str, line: int, code: str, message: str, hint: str = "") -> Problem:
    return Problem(path=f"{FOLDER}/{name}", line=line, code=code, message=message, hint=hint)
