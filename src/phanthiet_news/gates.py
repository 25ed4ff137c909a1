"""Spares Python-Markdown the searches that can't find anything. The output is the same to the byte.

Knows regular expressions and Python-Markdown's processors; must not know ptnews' own syntax or options. A gate is
derived from the pattern itself: a literal that every match must hold. Where the text holds none, nothing can match.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.toc import TocTreeprocessor
from markdown.inlinepatterns import InlineProcessor as InlinePattern
from markdown.inlinepatterns import Pattern
from markdown.treeprocessors import InlineProcessor
from markdown.util import AtomicString, Processor

_APPLY = "_InlineProcessor__applyPattern"
_HANDLE = "_InlineProcessor__handleInline"
_TRUSTED = ("markdown", "phanthiet_news")


def gate(md: Markdown) -> None:
    """Put gates before the inline patterns that come with Python-Markdown or ptnews.

    Those of other extensions are asked always: they may do more than match. A Python-Markdown in which the loop over
    the patterns is not what it was stays without gates.
    """
    if not (hasattr(InlineProcessor, _APPLY) and hasattr(InlineProcessor, _HANDLE)):
        return
    for processor in md.treeprocessors:
        if type(processor) is InlineProcessor:
            processor.__class__ = _Gated  # in its place: extensions may hold on to it
        if type(processor) is TocTreeprocessor:
            _gate_marker(processor, md)
    for each in (*md.treeprocessors, *md.parser.blockprocessors):
        if _is_trusted(type(each)):
            _gate_searches(each)


def _is_trusted(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in _TRUSTED


def _gate_searches(processor: Processor) -> None:
    """Put gates before the regular expressions that a processor looks for."""
    for name in dir(processor):
        value = getattr(processor, name)
        needles = needles_of(value) if isinstance(value, re.Pattern) else ()
        if needles:
            setattr(processor, name, _Search(value, needles))


def _gate_marker(contents: TocTreeprocessor, md: Markdown) -> None:
    """Look for the place of a table of contents only in a text that names one."""
    replace = contents.replace_marker

    def replace_marker(root: Element, elem: Element) -> None:
        lines: list[str] = md.lines  # type: ignore[attr-defined]
        if any(contents.marker in line for line in lines):
            replace(root, elem)

    contents.replace_marker = replace_marker  # type: ignore[method-assign]


class _Search:
    """A regular expression that is asked only where it can match."""

    def __init__(self, compiled: re.Pattern[str], needles: tuple[str, ...]) -> None:
        self._compiled, self._needles = compiled, needles
        self.match = compiled.match  # bound to a line's beginning, it fails at once

    def search(self, text: str, *bounds: int) -> re.Match[str] | None:
        """The first match, if any."""
        for needle in self._needles:
            if needle in text:
                return self._compiled.search(text, *bounds)
        return None

    def sub(self, replacement: Callable[[re.Match[str]], str] | str, text: str, count: int = 0) -> str:
        """The text with all matches replaced."""
        for needle in self._needles:
            if needle in text:
                return self._compiled.sub(replacement, text, count)
        return text

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiled, name)


class _Gated(InlineProcessor):
    """Applies inline patterns, but for those that can't match."""

    def run(self, tree: Element, ancestors: list[str] | None = None) -> Element:
        """Patterns may have been added since the last run."""
        patterns: list[Any] = list(self.inlinePatterns)
        if patterns != getattr(self, "_patterns", None):
            self._sort(patterns)
        return super().run(tree, ancestors)

    def _sort(self, patterns: list[Any]) -> None:
        """Sort the patterns by what they need."""
        self._patterns = patterns
        self._by_needle: dict[str, list[int]] = defaultdict(list)
        self._always: list[int] = []
        for index, needles in enumerate(map(_needles, self._patterns)):
            for each in needles:
                self._by_needle[each].append(index)
            if not needles:
                self._always.append(index)

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # noqa: N802, N803
        """Replace what patterns match by placeholders, as the method does in whose place this one stands."""
        if isinstance(data, AtomicString):
            return data
        apply = getattr(self, _APPLY)
        index, start = patternIndex, 0
        able = self._able(data, index)
        while able:
            index, start = able[0], start if able[0] == index else 0
            data, matched, start = apply(self._patterns[index], data, index, start)
            able = self._able(data, index) if matched else able[1:]
        return data

    def _able(self, data: str, first: int) -> list[int]:
        """The patterns from `first` on that may match, in order."""
        found = [index for needle, indexes in self._by_needle.items() if needle in data for index in indexes]
        return sorted({index for index in (*found, *self._always) if index >= first}) if found or self._always else []


def _needles(pattern: Pattern) -> tuple[str, ...]:
    """Texts of which every match holds one; none where that can't be told."""
    kind = type(pattern)
    if (
        not (_is_trusted(kind) and isinstance(pattern, InlinePattern))
        or kind.getCompiledRegExp is not Pattern.getCompiledRegExp
    ):
        return ()
    return needles_of(pattern.compiled_re)


@lru_cache(maxsize=512)
def needles_of(compiled: re.Pattern[str]) -> tuple[str, ...]:
    """Texts of which every match of a regular expression holds at least one; none where that can't be told."""
    if compiled.flags & (re.IGNORECASE | re.VERBOSE):
        return ()
    return tuple(sorted(_of_sequence(parser.parse(compiled.pattern, compiled.flags)) or ()))


def _of_sequence(items: Iterable[Any]) -> frozenset[str] | None:
    """The best of what the parts of a sequence need: all of them must be there."""
    found = [each for each in map(frozenset, _needs(items)) if each]
    return min(found, key=_cost, default=None)


def _needs(items: Iterable[Any]) -> Iterator[Iterable[str]]:
    run = ""
    for operation, argument in items:
        if operation is ops.LITERAL:
            run += chr(argument)
            continue
        if run:
            yield [run]
            run = ""
        yield _of_part(operation, argument) or ()
    if run:
        yield [run]


def _of_part(operation: Any, argument: Any) -> frozenset[str] | None:
    if operation is ops.IN:
        return _of_set(argument)
    if operation is ops.BRANCH:
        branches = [_of_sequence(branch) for branch in argument[1]]
        return None if None in branches else frozenset().union(*(each for each in branches if each))
    if operation is ops.SUBPATTERN:
        return _of_sequence(argument[3]) if not argument[1] and not argument[2] else None
    if operation is ops.ATOMIC_GROUP:
        return _of_sequence(argument)
    if operation is ops.ASSERT and argument[0] > 0:
        return _of_sequence(argument[1])
    if operation in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
        return _of_repeat(*argument)
    return None


def _of_set(members: Sequence[Any]) -> frozenset[str] | None:
    """A short list of characters; ranges and classes are too common to be looked for."""
    if len(members) > 4 or any(operation is not ops.LITERAL for operation, _ in members):
        return None
    return frozenset(chr(character) for _, character in members)


def _of_repeat(least: int, most: int, items: Any) -> frozenset[str] | None:
    if least == 0:
        return None
    parts = list(items)
    if len(parts) == 1 and parts[0][0] is ops.LITERAL:
        return frozenset([chr(parts[0][1]) * least])
    return _of_sequence(parts)


def _cost(needles: frozenset[str]) -> int:
    """How often such needles will be met in vain: letters and spaces are everywhere, long needles are rare."""
    return sum(20 if needle.isalnum() or len(needle.strip()) == 0 else 4 - min(len(needle), 3) for needle in needles)
