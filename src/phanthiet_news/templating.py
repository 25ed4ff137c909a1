"""Templates → code that is quicker than what Jinja writes, and as right. Knows Jinja2's compiler; nothing of pages.

Quick code takes the usual for granted: that attributes are attributes. Where it stumbles, whatever the reason, the page
is made again by code as Jinja writes it, and what comes of that counts; so are all pages of that template from then on.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from keyword import iskeyword
from types import FunctionType, MethodType
from typing import Any, TypeVar

import jinja2
import markupsafe
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.utils import internalcode
from markupsafe import Markup, escape

FOLDER = "templates"

escape_text: Callable[[str], str] = getattr(markupsafe, "_escape_inner", lambda text: str(escape(text)))
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

    def render(self, name: str, names: Mapping[str, Any]) -> str:
        """What a template makes of these names. Raises whatever Jinja raises."""
        if name not in self._slow:
            try:
                return self._quick.get_template(name).render(names)
            except Exception:  # whatever it was, Jinja's own code tells it, or has no trouble
                self._slow.add(name)
        return self._careful.get_template(name).render(names)

    @cached_property
    def _careful(self) -> jinja2.Environment:
        options = _options(self._templates)
        return _prepared(jinja2.Environment(**options), self._filters, self._names)  # noqa: S701  # they name it


def parsed(name: str, text: str, filters: Mapping[str, Callable[..., Any]]) -> tuple[nodes.Template, bytes]:
    """A template's tree, and the quick code of it. Raises jinja2.TemplateSyntaxError."""
    environment = _prepared(_Environment(**_options({})), filters, {})
    tree = environment.parse(text, name)
    code = jinja2.Environment.compile(environment, tree, name, f"{FOLDER}/{name}")
    return tree, marshal.dumps(code)


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
