"""Sources → outputs: plan, keep what stands, make what does not, publish. Knows the stages, and no stage's insides.

Must not know how sources are found or read, or whether there is anything to do: who calls it has found that out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from itertools import chain
from operator import attrgetter, itemgetter

import msgspec

from phanthiet_news import (
    digest,
    imaging,
    index,
    load,
    marker,
    publish,
    reading,
    render,
    routes,
    stale,
    state,
    theme,
    versions,
    work,
)
from phanthiet_news.config import parse_view
from phanthiet_news.locale import Locale
from phanthiet_news.model import Article, Derived, Fragment, Page, PageToCome, Parsed, Plan, Site
from phanthiet_news.parallel import Workers
from phanthiet_news.plan import Inventory, additions, newest, of_numbers, plan
from phanthiet_news.plan.additions import Scope
from phanthiet_news.plan.links import may_lead, names
from phanthiet_news.plan.pictures import ICON_FOLDER, Gallery
from phanthiet_news.plan.view import site_view
from phanthiet_news.problem import PASSING, Failure, Problem, fatal
from phanthiet_news.publish import NO_STAMP, Edition, meets
from phanthiet_news.request import Job, Report, report_as_before
from phanthiet_news.sources import Sources
from phanthiet_news.stale import Fills, reasons
from phanthiet_news.stamp import Look
from phanthiet_news.standing import Standing
from phanthiet_news.state import PICTURES, Filling, Making, Memo, Output, Pack, State
from phanthiet_news.text import escape_controls, folded
from phanthiet_news.work import Batch, Made, Task, Workshop

ORDER = {
    "copy": 0,
    "picture": 0,
    "fragment": 0,
    "article": 1,
    "redirect": 1,
    "list": 2,
    "index": 2,
    "other": 2,
}
LAST = 3
DRAWING, BITMAP = "favicon.svg", f"{ICON_FOLDER}/icon-192.png"


class Production:
    """Makes the outputs of one build. `inputs` is always the digest of all that it is made from."""

    def __init__(self, job: Job, state: State, found: Sources, edition: Edition, workers: Workers) -> None:
        self._job, self._state, self._found = job, state, found
        self._edition, self._workers = edition, workers
        self._locale = Locale(job.config.language, job.config.stats.grouping)
        self._routes = routes.of(job.config, self._locale)
        self._analysis = render.analysed(found.templates, state.facts)
        self._makings: dict[str, Making] = {}
        self._packs: list[Pack] = []
        self._fillings: dict[str, Filling] = {}
        self._rendered: list[str] = []
        self._filled: list[str] = []
        self._developed: list[str] = []
        self._icons: dict[str, str] = {}
        self._articles: Collection[Article] = ()
        self._spent: tuple[object, ...] = ()

    def get_ready(self) -> None:
        """Find out beforehand what has nothing to do with articles: while others parse them, say."""
        render.renderer(self._context).get_ready()
        self._frames, self._cores  # noqa: B018  # which are kept

    def everything(self, articles: Collection[Article], inputs: str, added: Collection[str] = ()) -> Report:
        """All that the site consists of.

        `added` are inputs; where they are given, nothing else is new since the last build, and its outputs stand: then
        only what they may have changed is planned.
        """
        job, self._articles = self._job, articles
        site = index.site(articles, job.as_of, drafts=job.request.drafts)
        content, static = self._found.content, self._found.static
        files = (*content.values(), *static.values())
        logo = static.get(job.config.logo)
        seen = imaging.looked_at(job, self._state, self._workers, files, site.articles, logo)
        gallery = Gallery(job.config, self._routes, content, static, seen)
        self._icons = {each.path: each.key for each in gallery.icons}
        planned, scope = self._plan(site, gallery, added)
        self._spent = (site, gallery, planned)  # see Kept.spent
        job.stop_on_fatal(render.check(self._analysis, static.keys() | self._icons.keys()))
        memo = Memo(inputs, site.since, site.next_due, left_out=site.left_out, given_ids=site.given_ids)
        return self._carried_out(planned, gallery, self._urls(self._icons), memo, in_part=scope is not None)

    def one_more(self, parsed: Parsed, files: Iterable[str], inputs: str) -> Report | None:
        """All that one more article changes which is newer than the others; None where more changed, or may have.

        `parsed` is what came of it. The other `files` are all that is new beside it.
        """
        memo, as_of, article = self._state.memo, self._job.as_of, parsed.article
        if article is None or not self._is_newest(article) or self._may_stand_for(files):
            return None
        job, content, static = self._job, self._found.content, self._found.static
        copies = (*content.values(), *static.values())
        seen = imaging.looked_at(job, self._state, self._workers, copies, [article], None, others_stay=True)
        gallery = Gallery(job.config, self._routes, content, static, seen)
        arrival, inventory = newest.Arrival(article, index.is_news(article, as_of)), Inventory(content, static)
        make = partial(newest.plan, job.config, self._locale, self._routes, arrival, self._last)
        found = make(memo.planned, inventory, gallery)
        if found is None:
            return None
        planned, problems = found[0], [*parsed.problems, *found[1]]
        is_wrong = fatal(problems, strict=job.request.strict) or self._clash(planned)
        if is_wrong or self._may_lead_to(planned, [article.source, *files]):
            return None
        job.problems[:] = dict.fromkeys([*job.problems, *memo.problems, *problems])
        since, until = index.lasting((memo.since, memo.until), article, as_of)
        memo = msgspec.structs.replace(memo, inputs=inputs, since=since, until=until)
        return self._carried_out(planned, gallery, self._last_icons, memo, in_part=True)

    def _is_newest(self, article: Article) -> bool:
        """Whether it is public and newer than all that are, and has an id of its own."""
        memo = self._state.memo
        is_public = index.absence(article, self._job.as_of, drafts=False) is None
        has_own_id = index.is_its_address(article) and article.feed_id not in memo.given_ids
        return is_public and has_own_id and newest.is_newest(article, memo.planned)

    def _may_stand_for(self, files: Iterable[str]) -> bool:
        """Whether something may have led to an output for want of one of these files."""
        ends = {file.rpartition("/")[2] for file in files}
        return bool(ends) and any(not ends.isdisjoint(names(path)) for path in self._state.outputs)

    def _may_lead_to(self, planned: Plan, files: Iterable[str]) -> bool:
        """Whether something that led nowhere may lead to what is planned now, or to one of these files."""
        outputs = self._state.outputs
        new = set().union(*(names(path) for path in (*files, *self._own(planned)) if path not in outputs))
        return may_lead(self._state.memo.problems, new, hinted=self._last.is_hinted)

    def _carried_out(
        self, planned: Plan, gallery: Gallery, icons: Mapping[str, bytes], memo: Memo, *, in_part: bool
    ) -> Report:
        """Make and publish what is planned; `in_part` where all else stays. `memo` is true but for what is made."""
        fragments = self._fragments(planned, icons)
        shop = self._workshop(fragments)
        if in_part:
            self._keep_others(self._own(planned), shop)
        self._pages(planned.pages, shop)
        self._files(planned, shop.fills)
        self._pictures(planned, gallery, prune=not in_part)
        self._job.problems.extend(filter(None, [self._edition.unknown()]))
        self._edition.publish(partial(self._job.progress, "write"))
        memo = self._memo(memo, planned, fragments, in_part=in_part)
        self._commit(memo, None if in_part else {each.body for each in self._articles})
        return self._report(planned, memo)

    # --- plan and make

    def _plan(self, site: Site, gallery: Gallery, added: Collection[str]) -> tuple[Plan, Scope | None]:
        inventory = Inventory(content=self._found.content, static=self._found.static)
        make = partial(plan, self._job.config, self._locale, self._routes, site, self._found.stats, inventory, gallery)
        scope = self._scope(site, added) if added else None
        planned, problems = make(scope)
        if scope and (fatal(problems, strict=False) or self._clash(planned)):
            scope = None  # only who sees everything can tell what is wrong
            planned, problems = make(scope)
        self._job.stop_on_fatal([*site.problems, *problems])
        return planned, scope

    def _scope(self, site: Site, added: Collection[str]) -> Scope:
        articles = [name for name in added if name in self._found.articles]
        files = [name for name in added if name not in self._found.articles]
        own = set(self._job.problems)  # those of articles by themselves were found again
        told = {problem.path for problem in self._state.memo.problems if problem not in own}
        pages = (path for path, each in self._state.outputs.items() if each.template)
        return additions.scope(site, articles, files, told, pages)

    def _clash(self, planned: Plan) -> bool:
        """Whether something that is new wants the place of something else, or one that some disk takes for the same."""
        outputs = self._state.outputs
        wanted = {page.path: (page.kind, page.source) for page in planned.pages}
        wanted |= {copy.path: ("copy", copy.source) for copy in planned.copies}
        wanted |= {each.path: ("picture", each.source) for each in planned.derived}
        if any(path in outputs and (outputs[path].kind, outputs[path].source) != own for path, own in wanted.items()):
            return True
        return meets(folded(wanted.keys() - outputs.keys()), folded(outputs))

    def _workshop(self, fragments: Mapping[str, bytes]) -> Workshop:
        last, cores = self._state.memo, self._cores
        reframed = frozenset(name for name, frame in self._frames.items() if last.frames.get(name) != frame)
        return Workshop(
            context=self._context,
            reframed=reframed,
            cores=frozenset(name for name in reframed & cores.keys() if cores[name] == last.cores.get(name)),
            fills=Fills({**self._assets(), **fragments, **render.bounds(self._analysis.cores)}, last.fillings),
            state=self._state.file,
            out=self._job.out,
            look=last.look,
            stage=self._edition.stage,
        )

    @cached_property
    def _frames(self) -> dict[str, str]:
        """By template, the digest of what its pages are framed with."""
        return render.frames(self._analysis.closures, self._salt)

    @cached_property
    def _cores(self) -> dict[str, str]:
        """By template, the digest of what the core of its pages is made from."""
        return render.core_frames(self._analysis.cores, self._salt)

    @cached_property
    def _salt(self) -> str:
        return render.salt(self._context, versions.of_everything())

    @cached_property
    def _context(self) -> render.Context:
        view = site_view(self._job.config, self._locale, self._routes, self._mark())
        config, known = self._job.config, self._analysis
        return render.context(self._found.templates, known, view, config.origin, config.stats.grouping)

    def _mark(self) -> str:
        """The static file that stands for the site: the drawing, unless that is the theme's and the logo is not."""
        drawing, logo = (self._found.static.get(name) for name in (DRAWING, self._job.config.logo))
        is_foreign = drawing is None or theme.holds(drawing.origin)
        return BITMAP if is_foreign and logo and not theme.holds(logo.origin) else DRAWING

    def _assets(self) -> dict[str, bytes]:
        """What goes into the holes for static files: their urls with their digests."""
        digests = {path: copy.digest for path, copy in self._found.static.items()}
        return self._urls(digests) | self._urls(self._icons)

    def _urls(self, digests: Mapping[str, str]) -> dict[str, bytes]:
        prefix = self._routes.home().url.removesuffix("/")
        return {render.ASSET + path: f"{prefix}/{path}?v={mark[:8]}".encode() for path, mark in digests.items()}

    def _fragments(self, planned: Plan, icons: Mapping[str, bytes]) -> dict[str, bytes]:
        """What goes into the holes for fragments, and for icons; by their paths, what is in fragments' own files."""
        fills = {**self._assets(), **icons}
        made = dict(icons)
        for fragment in planned.fragments:
            rendered = render.renderer(self._context).fragment(fragment)
            made[fragment.path] = publish.fill(fragment.path, rendered.pieces, rendered.holes, fills)[0]
            made[render.hole_of(fragment.name)] = self._include(fragment, made)
        return made

    def _include(self, fragment: Fragment, fills: Mapping[str, bytes]) -> bytes:
        """What stands in a page where a fragment goes."""
        mode = self._job.config.fragments
        if mode == "ssi":
            return f'<!--#include virtual="{fragment.url}" -->'.encode()
        if mode == "client":
            words = self._locale.word("sidebar.title")
            return f'<a class="fragment" href="{fragment.url}">{words}</a>'.encode()
        return fills[fragment.path]

    def _pages(self, pages: Iterable[Page | PageToCome], shop: Workshop) -> None:
        """Those that are planned."""
        self._make([self._task(page.path, page.source, page) for page in pages], shop)

    def _task(self, path: str, source: str, page: Page | PageToCome | None) -> Task:
        before = self._last.at_hand.get(path)
        return Task(path, source, page, self._edition.last(path), self._edition.standing(path), before)

    def _make(self, tasks: Sequence[Task], shop: Workshop) -> bool:
        """Keep what stands, fill again what only has other fillings, make the rest.

        Or do nothing and be false, where pages that were kept are lost.
        """
        batches = list(self._batches(tasks, shop))
        if any(batch.lost for batch in batches):
            return False
        bodiless = {path: bodies for batch in batches for path, bodies in batch.bodiless.items()}
        if bodiless:
            self._bring_back(set(chain.from_iterable(bodiless.values())))
            batches += work.page_chunk(shop, [task for task in tasks if task.path in bodiless])
        problems = (problem for batch in batches for problem in batch.problems)
        by_place = {(each.path, each.line, each.code): each for each in sorted(problems, reverse=True)}
        self._job.stop_on_fatal(by_place.values())  # of those at one place the first, whatever the order of pages
        self._tell_why([made for batch in batches for made in batch.rendered])
        for batch in batches:
            self._take_in(batch)
        return True

    def _batches(self, tasks: Sequence[Task], shop: Workshop) -> Iterator[Batch]:
        done = 0
        for batch in self._workers.map(partial(work.page_chunk, shop), tasks, attrgetter("subject")):
            done += batch.count
            self._job.progress("render", done, len(tasks))
            yield batch

    def _take_in(self, batch: Batch) -> None:
        for path in batch.kept:
            self._edition.keep(path)
        for made in (*batch.filled, *batch.rendered):
            self._put(made)
        self._filled += [made.path for made in batch.filled]
        self._rendered += [made.path for made in batch.rendered]
        if batch.pack:
            self._packs.append(batch.pack)

    def _refill(self, paths: Collection[str], shop: Workshop) -> list[str]:
        """From the bytes in the output folder, with no parse and no render; the paths where that can't be."""
        outputs = [(path, last) for path in paths if (last := self._edition.last(path))]
        made_of = self._workers.map(partial(work.refill_chunk, shop), outputs, itemgetter(0))
        for made in self._job.counted("fill", made_of, len(outputs)):
            self._put(made)
            self._filled.append(made.path)
        done = set(self._filled)
        return [path for path in paths if path not in done]

    def _tell_why(self, results: list[Made]) -> None:
        """Keep what was made of what, and why."""
        last = self._state.makings([made.path for made in results])
        instant = datetime.now(self._job.as_of.tzinfo).isoformat(timespec="seconds")
        closures = self._analysis.closures
        parts = {name: state.encoded_parts(render.parts(closure, self._salt)) for name, closure in closures.items()}
        for made in results:
            path, own = made.path, parts[made.record.template]
            known, intact = self._edition.last(path) is not None, self._edition.intact(path)
            why = reasons(made.changed, own, last.get(path), known=known, intact=intact)
            self._makings[path] = Making(own, instant, why)

    def _bring_back(self, lost: Collection[str]) -> None:
        """Parse again the sources of bodies that were kept and are damaged."""
        kept = (each.article for each in self._state.parsed.values())
        articles = self._articles or [article for article in kept if article]
        concerned = [article for article in articles if article.body in lost]
        files = ((each.source, self._found.articles.get(each.source)) for each in concerned)
        doubtful = [reading.Source(name, file) for name, file in files if file]
        bodies = [read.body for read in reading.parse_chunk(parse_view(self._job.config), doubtful) if read.body]
        found = {key for key, _ in bodies}
        self._job.stop_on_fatal(_changed_meanwhile(each.source) for each in concerned if each.body not in found)
        self._state.learn(self._state.learned, self._state.inputs, {}, {}, bodies)

    def _put(self, made: Made) -> None:
        self._fillings[made.record.fill] = made.filling
        self._edition.put(made.path, made.record, made.staged, ORDER.get(made.record.kind, LAST))

    def _keep_others(self, own: Collection[str], shop: Workshop) -> None:
        """All outputs but `own` stand, and are filled again where the fillings are others.

        Raises Failure where what stands there changed meanwhile.
        """
        apart = {marker.NAME, *own}
        kept = ((path, each) for path, each in self._state.outputs.items() if path not in apart)
        filled = [path for path, each in kept if not shop.fills.are_in(each)] if self._is_filling_new(shop) else []
        self._edition.keep_but({*apart, *filled})
        if spoilt := self._refill(filled, shop):
            raise Failure([_changed_meanwhile(each) for each in spoilt])

    def _is_filling_new(self, shop: Workshop) -> bool:
        """Whether a hole for a fragment has another filling than in the last build; others change with static files."""
        fills, last = shop.fills.by_name, self._state.memo.fragments
        return any(fills[name].decode() != last.get(name) for name in map(render.hole_of, render.FRAGMENTS))

    def _own(self, planned: Plan) -> set[str]:
        """The paths of all outputs that are planned."""
        outputs = chain(planned.pages, planned.copies, planned.derived, self._fetched(planned))
        return {each.path for each in outputs}

    # --- what is no page

    def _files(self, planned: Plan, fills: Fills) -> None:
        """Copies, and the fragments where readers' programs fetch them."""
        for fragment in self._fetched(planned):
            data = fills.by_name[fragment.path]
            self._put_bytes(fragment.path, "fragment", digest.of_bytes(data), partial(bytes, data))
        for copy in planned.copies:
            read = partial(load.read, copy.origin, copy.source)
            self._put_bytes(copy.path, "copy", copy.digest, read, copy.source)

    def _fetched(self, planned: Plan) -> tuple[Fragment, ...]:
        """The fragments that are files of their own."""
        return () if self._job.config.fragments == "inline" else planned.fragments

    def _pictures(self, planned: Plan, gallery: Gallery, *, prune: bool) -> None:
        """What is made of pictures: a file whose key is that of the last build is the same file."""
        wanted = []
        for each in planned.derived:
            last = self._edition.last(each.path)
            if last and last.fingerprint == each.key and self._edition.intact(each.path):
                self._edition.keep(each.path)
            else:
                wanted.append(each)
        if not wanted:
            return
        room = imaging.Darkroom(self._job.request.pictures or self._state.file.parent / PICTURES)
        with room.entered():
            self._develop(room, wanted, gallery)
        if prune and not self._job.request.pictures:
            room.prune(planned.derived)

    def _develop(self, room: imaging.Darkroom, wanted: Iterable[Derived], gallery: Gallery) -> None:
        """What is kept is taken; the rest is made, and what is kept of it damaged is made again."""
        missing = self._take(room, wanted)
        room.develop(self._job, self._workers, gallery, missing)
        lost = self._take(room, missing)
        message, hint = "it was made and is gone again", "build again"
        self._job.stop_on_fatal(Problem(each.path, code="picture-lost", message=message, hint=hint) for each in lost)
        self._developed = [each.path for each in missing]

    def _take(self, room: imaging.Darkroom, wanted: Iterable[Derived]) -> list[Derived]:
        """Put those of which there are bytes; the others."""
        missing = []
        for each in wanted:
            data = room.take(each)
            if data is None:
                missing.append(each)
                continue
            mark = digest.of_bytes(data)
            record = Output(fingerprint=each.key, stamp=NO_STAMP, digest=mark, kind="picture", source=each.source)
            staged = None if self._edition.standing(each.path) == mark else self._edition.stage.put(each.path, data)
            self._put(Made(each.path, record, staged))
        return missing

    def _put_bytes(self, path: str, kind: str, mark: str, read: Callable[[], bytes], source: str = "") -> None:
        record = Output(fingerprint=mark, stamp=NO_STAMP, digest=mark, kind=kind, source=source)
        staged = None if self._edition.standing(path) == mark else self._staged(path, mark, read())
        self._put(Made(path, record, staged))

    def _staged(self, path: str, mark: str, data: bytes) -> str:
        if digest.of_bytes(data) != mark:
            raise Failure.at(path, "file-changed", "its source changed during the build", "build again")
        return self._edition.stage.put(path, data)

    # --- the end

    def _memo(self, begun: Memo, planned: Plan, fragments: Mapping[str, bytes], *, in_part: bool) -> Memo:
        others = self._state.outputs if in_part else {}
        kinds = Counter(page.kind for page in planned.pages if page.path not in others)
        kinds.update(self._state.memo.kinds if in_part else {})
        return msgspec.structs.replace(
            begun,
            problems=_lasting(self._job.problems),
            kinds=dict(sorted(kinds.items())),
            templates=self._found.templates_mark,
            frames=self._frames,
            cores=self._cores,
            fragments=_kept(fragments),
            planned=planned.fragments,
            stats=self._found.stats,
        )

    def _commit(self, memo: Memo, bodies: Collection[str] | None = None) -> None:
        look = Look(self._edition.looked or self._job.began, self._edition.began)
        fillings = self._state.memo.fillings | self._fillings
        used = {each.fill for each in self._edition.outputs.values()} & fillings.keys()
        memo = msgspec.structs.replace(memo, look=look, fillings={fill: fillings[fill] for fill in sorted(used)})
        facts = self._analysis.facts | self._found.facts
        self._state.commit(memo, self._edition.outputs, self._makings, self._packs, facts, bodies)

    def _report(self, planned: Plan, memo: Memo) -> Report:
        done = self._edition.done
        written = set(done.written)
        return Report(
            rendered=self._rendered,
            filled=self._filled,
            copied=[copy.path for copy in planned.copies if copy.path in written],
            pictures=self._developed,
            restored=[each.path for each in planned.derived if each.path in written.difference(self._developed)],
            unchanged=len(done.unchanged),
            removed=done.removed,
            left_out=list(memo.left_out),
            problems=self._job.problems,
            next_due=memo.until,
            seconds=0.0,
            kinds=memo.kinds,
            out=escape_controls(str(self._job.out)),
        )

    # --- where nothing but visitor numbers, templates or bodies changed, the last plan stands

    def numbers_only(self, inputs: str) -> Report:
        """All that visitor numbers get into. Raises Failure where what stands there changed meanwhile."""
        planned = of_numbers(self._state.memo.planned, self._found.stats, self._routes)
        fragments = self._fragments(planned, self._last_icons)
        shop = self._workshop(fragments)
        self._pages(planned.pages, shop)
        self._keep_others(self._own(planned), shop)
        self._files(planned, shop.fills)
        return self._as_planned(inputs, fragments=_kept(fragments), planned=planned.fragments, stats=self._found.stats)

    def frames_only(self, inputs: str) -> Report | None:
        """All that templates make which are not what they were; None where only a plan can tell what that is."""
        memo, outputs = self._state.memo, self._state.outputs
        if render.check(self._analysis, self._last_assets):
            return None  # who sees everything tells everything
        told = list(self._job.problems)
        self._job.problems[:] = dict.fromkeys([*told, *memo.problems])
        planned = Plan(pages=(), fragments=memo.planned, copies=())
        fragments = self._fragments(planned, self._last_icons)
        shop = self._workshop(fragments)
        reframed = [path for path, each in outputs.items() if each.template in shop.reframed]
        tasks = [self._task(path, outputs[path].source, None) for path in state.neighbours(shop.state, reframed)]
        if not self._make(tasks, shop):
            self._job.problems[:] = told
            return None  # what was kept is damaged
        self._keep_others({*reframed, *self._own(planned)}, shop)
        self._files(planned, shop.fills)
        made_by = {"templates": self._found.templates_mark, "frames": self._frames, "cores": self._cores}
        return self._as_planned(inputs, fragments=_kept(fragments), **made_by)

    def bodies_only(self, before: Mapping[str, Parsed], after: Mapping[str, Parsed], inputs: str) -> Report | None:
        """All that shows a body which changed; None where more changed, or only a plan can tell.

        `before` and `after` are what comes of the sources that changed.
        """
        memo = self._state.memo
        renamed = stale.renamed_bodies(before, after)
        own = [problem for parsed in after.values() for problem in parsed.problems]
        is_wrong = renamed is None or fatal(own, strict=self._job.request.strict)
        others = None if is_wrong else stale.in_other_places(memo.problems, before, after)
        outputs = self._state.outputs
        shown = {path: each for path, each in outputs.items() if renamed and renamed.keys() & set(each.bodies)}
        if renamed is None or others is None or not {each.source for each in shown.values()} <= {"", *after}:
            return None  # more changed, or another article has the very same body
        self._last.fetch(shown)
        pages = list(filter(None, map(self._last.page, shown)))
        if len(pages) < len(shown):
            return None  # what was kept is damaged
        shop = self._workshop({name: text.encode() for name, text in memo.fragments.items()})
        self._pages([stale.with_other_bodies(page, renamed) for page in pages], shop)
        self._edition.keep_but({*shown, marker.NAME})
        self._job.problems.extend(own)
        return self._as_planned(inputs, problems=_lasting([*others, *own]))

    @cached_property
    def _last(self) -> Standing:
        return Standing(self._state, self._last_assets)

    @property
    def _last_assets(self) -> set[str]:
        """The paths of static files and icons, where both are what they were."""
        return {*self._found.static, *(name.removeprefix(render.ASSET) for name in self._last_icons)}

    @property
    def _last_icons(self) -> dict[str, bytes]:
        """What went into the holes for icons."""
        return {name: url.encode() for name, url in self._state.memo.fragments.items() if name.startswith(render.ASSET)}

    def _as_planned(self, inputs: str, **other: object) -> Report:
        """Publish by the last plan. What is `other` in the memo than it was."""
        self._edition.publish(partial(self._job.progress, "write"))
        memo = msgspec.structs.replace(self._state.memo, inputs=inputs, **other)
        self._commit(memo)
        return report_as_before(self._job, memo, self._rendered, self._filled)


def _lasting(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those that another build of the same would find again."""
    return tuple(dict.fromkeys(problem for problem in problems if problem.code not in PASSING))


def _changed_meanwhile(path: str) -> Problem:
    return Problem(path, code="file-changed", message="the file changed during the build", hint="build again")


def _kept(fragments: Mapping[str, bytes]) -> dict[str, str]:
    return {name: data.decode() for name, data in fragments.items()}
