"""Templates → code that is quicker than what Jinja writes, and as right. Knows Jinja2's compiler; nothing of pages.

Quick code takes the usual for granted: that attributes are attributes. Where it stumbles, whatever the reason, the page
is made again by code as Jinja writes it, and what comes of that counts; so are all pages of that template from then on.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property, lru_cache
from keyword import iskeyword
from types import FunctionType, MethodType
from typing import Any, TypeGuard, TypeVar

import jinja2
import markupsafe
import msgspec
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.utils import internalcode
from markupsafe import Markup, escape

FOLDER = "templates"

escape_text: Callable[[str], str] = getattr(markupsafe, "_escape_inner", lambda text: str(escape(text)))
BlockFunction = Callable[[jinja2.runtime.Context], Iterator[str]]
_NO_BLOCKS: Mapping[str, BlockFunction] = {}
_PLAIN = frozenset({FunctionType, MethodType, type(lru_cache(str))})


class Templates:
    """The templates of a site, by name; `compiled` is their quick code, as far as it is at hand.

    `filters` and `names` are what templates may use; none of them may want to be handed Jinja's context.
    """

    def __init__(
        self,
        templates: Mapping[str, str],
        compiled: Mapping[str, bytes],
        filters: Mapping[str, Callable[..., Any]],
        names: Mapping[str, Any],
    ) -> None:
        self._templates, self._filters, self._names = templates, filters, names
        self._quick = _prepared(_Environment(**_options(templates)), filters, names)
        self._quick.compiled, self._quick.made = compiled, {}
        self._slow: set[str] = set()

    def get_ready(self) -> None:
        """Make those of which there is quick code at hand."""
        for name in self._quick.compiled:
            with suppress(Exception):  # whoever renders with it tells what is wrong
                self._quick.get_template(name)

    def render(self, name: str, names: Mapping[str, Any], blocks: Mapping[str, BlockFunction] = _NO_BLOCKS) -> str:
        """What a template makes of these names. Raises whatever Jinja raises.

        `blocks` are shown in the place of those that the templates define; `shown_block` is what would have been.
        """
        if name not in self._slow:
            try:
                return _rendered(self._quick.get_template(name), names, blocks)
            except Exception:  # whatever it was, Jinja's own code tells it, or has no trouble
                self._slow.add(name)
        return _rendered(self._careful.get_template(name), names, blocks)

    @cached_property
    def _careful(self) -> jinja2.Environment:
        options = _options(self._templates)
        return _prepared(jinja2.Environment(**options), self._filters, self._names)  # noqa: S701  # they name it


def _rendered(template: jinja2.Template, names: Mapping[str, Any], blocks: Mapping[str, BlockFunction]) -> str:
    context = template.new_context(dict(names))
    for name, function in blocks.items():
        context.blocks.setdefault(name, []).insert(0, function)
    try:
        return template.environment.concat(template.root_render_func(context))
    except Exception:  # with the lines of templates in it, as Jinja tells it elsewhere
        template.environment.handle_exception()


def shown_block(context: jinja2.runtime.Context, name: str) -> Iterator[str]:
    """What would be shown if nothing stood in its place."""
    return context.blocks[name][1](context)


def parsed(name: str, text: str, filters: Mapping[str, Callable[..., Any]]) -> nodes.Template:
    """A template's tree. Raises jinja2.TemplateSyntaxError."""
    return _prepared(_Environment(**_options({})), filters, {}).parse(text, name)


def quick_code(tree: nodes.Template, name: str, in_place: Collection[str] = ()) -> bytes:
    """The quick code of a template, the tree of which this changes. Raises jinja2.TemplateSyntaxError.

    `in_place` are names of functions that may have IN_PLACE.
    """
    _put_in_place(tree, in_place)
    environment: jinja2.Environment = tree.environment  # type: ignore[assignment]  # which it was parsed in
    return marshal.dumps(jinja2.Environment.compile(environment, tree, name, f"{FOLDER}/{name}"))


# --- what goes straight into the page

IN_PLACE = "in_place"
"""What is called of a function in its stead where what it gives goes straight into the page.

That may be a mark, which whoever knows the page puts something else for.
"""

_TAKING = (nodes.FilterBlock, nodes.AssignBlock, nodes.CallBlock, nodes.Macro)
PARTS = frozenset({"self", "super"})


class Parts(msgspec.Struct, frozen=True):
    """What a template does with what goes into pages.

    Whether it `puts` something there by a mark; `takes` are the templates that it includes in something else than the
    page; it is `at_work` where it may look at what others make before it is a part of the page.
    """

    puts: bool = False
    takes: tuple[str, ...] = ()
    at_work: bool = False


def parts(tree: nodes.Template, in_place: Collection[str]) -> Parts:
    """`in_place` are names of functions that may have IN_PLACE."""
    everything = list(tree.find_all(nodes.Node))
    loops = [each for each in everything if isinstance(each, nodes.For) and each.recursive]
    taking = [*(each for each in everything if isinstance(each, _TAKING)), *loops]
    taken = {name for each in taking for include in each.find_all(nodes.Include) for name in named_in(include)}
    imports = [each for each in everything if isinstance(each, (nodes.Import, nodes.FromImport))]
    named = [each for each in everything if isinstance(each, nodes.Name) and each.name in PARTS]
    straight = [each for each in map(_part, _straight(tree)) if each in PARTS]
    blocks = any(each.find(nodes.Block) for each in taking)
    return Parts(
        puts=any(_calls(each, in_place) for each in _straight(tree)),
        takes=tuple(sorted(filter(None, taken))),
        at_work=blocks or any(each.with_context for each in imports) or len(named) > len(straight),
    )


def named_in(node: nodes.Node) -> list[str | None]:
    """The templates that an include, an import or the like names; None where a name is computed."""
    template = getattr(node, "template")  # noqa: B009
    names = template.items if isinstance(template, (nodes.Tuple, nodes.List)) else [template]
    return [str(each.value) if isinstance(each, nodes.Const) else None for each in names]


def _put_in_place(tree: nodes.Template, names: Collection[str]) -> None:
    for each in _straight(tree):
        if _calls(each, names):
            each.node = nodes.Getattr(each.node, IN_PLACE, "load", lineno=each.lineno, environment=each.environment)


def _calls(node: nodes.Expr, names: Collection[str]) -> TypeGuard[nodes.Call]:
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in names


def _straight(node: nodes.Node) -> Iterator[nodes.Expr]:
    """All expressions in a template that go into the page as they are, and into nothing else before."""
    for each in node.iter_child_nodes():
        if isinstance(each, nodes.Output):
            yield from each.nodes
        elif not isinstance(each, _TAKING) and not (isinstance(each, nodes.For) and each.recursive):
            yield from _straight(each)


def _part(node: nodes.Expr) -> str:
    """Of `super()` or `self.x()`, the name that it begins with; of anything else, nothing."""
    called = node.node if isinstance(node, nodes.Call) else node
    inner = called.node if isinstance(called, nodes.Getattr) else called
    return inner.name if isinstance(inner, nodes.Name) else ""


# --- how it is compiled


def _options(templates: Mapping[str, str]) -> dict[str, Any]:
    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        return (templates[name], f"{FOLDER}/{name}", lambda: True) if name in templates else None

    return {
        "loader": jinja2.FunctionLoader(load),
        "autoescape": True,
        "undefined": jinja2.StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "keep_trailing_newline": True,
        "auto_reload": False,
    }


_E = TypeVar("_E", bound=jinja2.Environment)


def _prepared(environment: _E, filters: Mapping[str, Callable[..., Any]], names: Mapping[str, Any]) -> _E:
    """With what templates may use, and without what makes no page twice alike."""
    environment.filters |= filters
    environment.globals |= names
    del environment.globals["lipsum"]
    del environment.filters["random"]
    return environment


class _Code(CodeGenerator):
    """Writes what Jinja writes, but for what a page does hundreds of times.

    What a block makes is gathered and handed on as one text. An attribute is an attribute. A plain function is called
    without the question what it wants to be handed. A text that goes into the page is escaped in place, and stays a
    plain string: what is joined to a page need not be marked as safe, one by one.
    """

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("escape_text = environment.escape_text")
        self.writeline("plain = environment.plain")

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        if frame.buffer is not None:
            super().blockvisit(nodes, frame)
            return
        self.buffer(frame)
        super().blockvisit(nodes, frame)
        self.writeline(f"yield concat({frame.buffer})")
        frame.buffer = None

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        if not node.attr.isascii() or iskeyword(node.attr):
            super().visit_Getattr(node, frame)
            return
        self.write("(")
        self.visit(node.node, frame)
        self.write(f").{node.attr}")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802
        if forward_caller or not _is_simple(node):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        called = self.temporary_identifier()
        self.write(f"({called}(")
        for number, each in enumerate([*node.args, *node.kwargs]):
            self.write(", " if number else "")
            self.visit(each, frame)
        self.write(f") if type({called} := ")
        self.visit(node.node, frame)
        self.write(f") in plain else context.call({called}")
        self.signature(node, frame, _surroundings(frame))
        self.write("))")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        self._value = self.temporary_identifier()
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write(f"(escape_text({self._value}) if type({self._value} := ")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_post(node, frame, finalize)
        else:
            self.write(f") is str else environment.escaped({self._value}))")


def _is_simple(call: nodes.Call) -> bool:
    """Whether it can be written twice: what calls again in its arguments would be written four times, and so on."""
    inner = [*call.args, *call.kwargs]
    calls = any(isinstance(each, nodes.Call) or each.find(nodes.Call) for each in inner)
    return not (calls or call.dyn_args or call.dyn_kwargs or any(iskeyword(each.key) for each in call.kwargs))


def _surroundings(frame: Frame) -> dict[str, str] | None:
    """What Jinja hands on of loops and blocks, to a function that wants to know."""
    loop = {"_loop_vars": "_loop_vars"} if frame.loop_frame else {}
    return {**loop, **({"_block_vars": "_block_vars"} if frame.block_frame else {})} or None


class _Calls(jinja2.runtime.Context):
    """Calls a plain function or a macro at once, and nearly all that templates call is one of these.

    Jinja asks each time whether what is called wants to be handed the context, and what in it loops have set.
    """

    @internalcode
    def call(self, called: Any, *arguments: Any, **named: Any) -> Any:
        """As Jinja does it."""
        kind = type(called)
        if kind not in _PLAIN and kind is not jinja2.runtime.Macro:
            return super().call(called, *arguments, **named)
        if named:
            named.pop("_block_vars", None)
            named.pop("_loop_vars", None)
        if kind is jinja2.runtime.Macro:
            return called(self.eval_ctx, *arguments, **named)
        return called(*arguments, **named)


class _Environment(jinja2.Environment):
    """Takes the code of templates from where it was kept: compiling costs more than using it."""

    code_generator_class = _Code
    context_class = _Calls
    compiled: Mapping[str, bytes]
    made: dict[str, jinja2.Template]
    plain = _PLAIN
    escape_text = staticmethod(escape_text)

    @staticmethod
    def escaped(value: object) -> str:
        """A value that is no plain string as text in HTML; what says that it is HTML stays as it is."""
        return value if type(value) is Markup else escape(value)

    def get_template(self, name: Any, parent: Any = None, globals: Any = None) -> jinja2.Template:
        """As Jinja does, but without asking each time, under a lock, whether the text has changed."""
        found = self.made.get(name)
        if found is None:
            found = self.made[name] = super().get_template(name, parent, globals)
        return found

    def compile(self, source: Any, name: Any = None, filename: Any = None, *_: Any) -> Any:
        """From what is kept; see `parsed`."""
        return marshal.loads(self.compiled[name])  # noqa: S302  # what the state keeps carries a digest

    def make_globals(self, d: Any) -> Any:
        """In a plain dict: each page gets a copy, and a chain of dicts is slow to copy."""
        return {**self.globals, **(d or {})}
