"""The last build as it stands: its pages and its articles, each read when somebody asks for it.

Knows the state; must not know what is asked for, or what becomes of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

from phanthiet_news import render, state
from phanthiet_news.model import Absence, Article, Page
from phanthiet_news.plan.articles import KIND
from phanthiet_news.plan.links import is_hinted
from phanthiet_news.plan.newest import Beyond
from phanthiet_news.state import Packs, State


class Standing:
    """What a plan may ask of the last build. `others` are paths that can be linked to, besides those of pages.

    `at_hand` are the pages that were read, by path.
    """

    def __init__(self, state: State, others: Collection[str]) -> None:
        self._state, self._others = state, others
        self._packs: Packs = {}
        self._left_out = {each.source: each.reason for each in state.memo.left_out}
        self.at_hand: dict[str, Page] = {}

    @cached_property
    def paths(self) -> set[str]:
        """All that can be linked to."""
        return {path for path, each in self._state.outputs.items() if each.template}.union(self._others)

    @property
    def is_hinted(self) -> bool:
        """Whether what is like a source that is not there was looked for."""
        return is_hinted(self._state.memo.kinds.get(KIND, 0))

    def kind(self, path: str) -> str:
        """Of the page at a path; empty where there is none."""
        output = self._state.outputs.get(path)
        return output.kind if output and output.template else ""

    def fetch(self, paths: Iterable[str]) -> None:
        """Read these pages at once, as far as they are kept: one by one they would take longer."""
        outputs = self._state.outputs
        found = state.encoded_pages(self._state.file, [path for path in paths if path in outputs], self._packs)
        whole = {path: data for path, data in found.items() if render.mark(data) == outputs[path].fingerprint}
        self.at_hand |= {path: state.decoded_page(data) for path, data in whole.items()}

    def page(self, path: str) -> Page | None:
        """A page as it was made; None where there is none, or what was kept of it is damaged."""
        if path not in self.at_hand:
            self.fetch([path])
        return self.at_hand.get(path)

    def article(self, source: str) -> Article | None:
        """A public one."""
        found = self._state.parsed_of([source]).get(source)
        return found.article if found and source not in self._left_out else None

    def why_left_out(self, source: str) -> Absence | None:
        """Why an article is not public, if it is there and is not."""
        return self._left_out.get(source)

    def like(self, source: str) -> str:
        """Nothing is named where there are too many to choose from. Raises Beyond where there are not."""
        if self.is_hinted:
            raise Beyond
        return ""

    def article_at(self, path: str) -> Article | None:
        """The article that has its page at this path."""
        output = self._state.outputs.get(path)
        return self.article(output.source) if output and output.kind == KIND else None
