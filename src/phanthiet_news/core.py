"""Which part of a page stays as it is when only the outermost of its templates changes. Knows Jinja2's trees.

Templates extend one another; the last of them is the outermost, and what the others put into its blocks is the core of
the page. It need not be made again where nothing that it is made from changed. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec
from jinja2 import nodes

from phanthiet_news.templating import PARTS, named_in

_GIVING = (nodes.Import, nodes.FromImport, nodes.Macro)  # what blocks can use that stands outside of them
_USING = (nodes.Include, nodes.Import, nodes.FromImport)
_SETTING = (nodes.Assign, nodes.AssignBlock)


class Outline(msgspec.Struct, frozen=True):
    """What one template has to do with the blocks of others.

    `places` are those of its `blocks` that it shows at most once and does nothing with. What it `gives` blocks is told
    in its order, and by which templates. It `uses` some, and `shows` a body somewhere. It `is_plain` where blocks can't
    tell one another anything, and all that it gives them is there whatever the page.
    """

    extends: str = ""
    blocks: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    gives: tuple[str, ...] = ()
    gives_from: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    shows: bool = False
    is_plain: bool = False


class Core(msgspec.Struct, frozen=True):
    """The blocks that the core of a template's pages stands in, and all that it is made from besides a page.

    That are digests of templates by name (one that may be there and isn't, as absent), and what the outermost gives.
    """

    blocks: tuple[str, ...]
    closure: dict[str, str]
    gives: tuple[str, ...]


def outline(tree: nodes.Template, bodies: Collection[str]) -> Outline:
    """`bodies` are the names of functions that show bodies."""
    everything, outside = list(tree.find_all(nodes.Node)), list(_outside(tree))
    extends = [each for each in outside if isinstance(each, nodes.Extends)]
    giving = [each for each in outside if isinstance(each, _GIVING)]
    shown = list(_shown(tree.body))
    names = {each.name for each in everything if isinstance(each, nodes.Name)}
    return Outline(
        extends=next((name for each in extends for name in named_in(each) if name), ""),
        blocks=frozenset(each.name for each in everything if isinstance(each, nodes.Block)),
        places=frozenset(each.name for each in shown if isinstance(each, nodes.Block)),
        gives=tuple(each.name if isinstance(each, nodes.Block) else repr(each) for each in shown),
        gives_from=_named(each for each in giving if not isinstance(each, nodes.Macro)),
        uses=_named(each for each in everything if isinstance(each, _USING)),
        shows=not names.isdisjoint(bodies),
        is_plain=names.isdisjoint(PARTS)
        and not any(isinstance(each, _SETTING) for each in outside)
        and not any(isinstance(each, nodes.NSRef) for each in everything)
        and len(extends) < 2
        and all(each in tree.body for each in [*extends, *giving]),
    )


def _outside(node: nodes.Node) -> Iterator[nodes.Node]:
    """All that stands in no block, and the blocks."""
    for each in node.iter_child_nodes():
        yield each
        if not isinstance(each, nodes.Block):
            yield from _outside(each)


def _shown(body: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    """What is given to blocks, and the blocks around which nothing stands but a question."""
    for each in body:
        if isinstance(each, (nodes.Block, *_GIVING)):
            yield each
        elif isinstance(each, nodes.If):
            yield from _shown([*each.body, *each.elif_, *each.else_])


def _named(using: Iterable[nodes.Node]) -> tuple[str, ...]:
    return tuple(sorted({name for each in using for name in named_in(each) if name}))


def cores(outlines: Mapping[str, Outline], closures: Mapping[str, Mapping[str, str]]) -> dict[str, Core]:
    """The cores of those templates whose pages have one.

    `closures` are the digests of all templates that each is made from.
    """
    found = {name: _core(_chain(name, outlines), outlines, closures) for name in outlines}
    return {name: core for name, core in found.items() if core}


def _chain(name: str, outlines: Mapping[str, Outline]) -> list[str]:
    """A template, that which it extends, and so on; nothing where they go round in a circle, or one isn't there."""
    chain = [name]
    while above := outlines.get(chain[-1], Outline()).extends:
        if above in chain:
            return []
        chain.append(above)
    return chain if chain[-1] in outlines else []


def _core(chain: list[str], outlines: Mapping[str, Outline], closures: Mapping[str, Mapping[str, str]]) -> Core | None:
    if len(chain) < 2 or not all(outlines[name].is_plain for name in chain):
        return None
    *inner, outermost = (outlines[name] for name in chain)
    filled = {block for each in inner for block in each.blocks} & outermost.blocks
    shows = any(outlines[name].shows for name in closures[chain[-1]] if name in outlines)
    if shows or not filled or not filled <= outermost.places:
        return None
    digests = closures[chain[0]]
    used = {name for each in inner for name in each.uses}.union(outermost.gives_from)
    made_from = {*chain[:-1], *(deep for name in used for deep in closures.get(name, [name]))}
    gives = tuple(each for each in outermost.gives if each in filled or each not in outermost.places)
    return Core(tuple(sorted(filled)), {name: digests[name] for name in sorted(made_from)}, gives)
