"""A tree of YAML nodes → a msgspec Struct, with every mistake told at its place; and its JSON Schema.

Knows types, not what the keys are for. All mistakes are collected: a reader who mends one must not
meet the next one only after another run.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from phanthiet_news.dates import BadDate, parse_instant
from phanthiet_news.problem import Problem
from phanthiet_news.text import SLUG, SLUG_BYTES, did_you_mean, nearest, path_mistake, quoted, slugify
from phanthiet_news.yamltree import Mapping, Node, Scalar, Sequence

T = TypeVar("T", bound=msgspec.Struct)

_CONSTRAINTS = ("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length", "tz")
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")

Text = Annotated[str, msgspec.Meta(min_length=1)]
Slug = Annotated[str, msgspec.Meta(pattern=SLUG, max_length=SLUG_BYTES)]
Instant = Annotated[
    datetime,
    msgspec.Meta(extra_json_schema={"type": "string", "format": "", "pattern": r"^\d{4}-\d{2}-\d{2}([T ].*)?$"}),
]


class _Bad(Exception):
    """A value that its type refuses: code, message, hint."""


class Reader:
    """Reads nodes of one file. `problems` grows with every mistake."""

    def __init__(self, path: str, text: str, zone: tzinfo) -> None:
        self._path, self._text, self._zone = path, text, zone
        self.problems: list[Problem] = []

    def struct(self, node: Node, kind: type[T], stopgaps: dict[str, Any] | None = None) -> T | None:
        """The value, or None when a problem was found in it.

        With `stopgaps` for the keys that are needed there is a value all the same, made of what could be
        read, so that whoever goes on with it finds the other problems too.
        """
        value = self._struct(node, kind, stopgaps)
        return value if isinstance(value, kind) else None

    def refuse(self, node: Node, code: str, message: str, hint: str = "", *, fatal: bool = True) -> None:
        """Note a mistake at a node."""
        lines = self._text.split("\n")
        length = len(node.text) + (0 if node.plain else 2) if isinstance(node, Scalar) else 1
        excerpt = lines[node.line - 1] if node.line <= len(lines) else ""
        self.problems.append(
            Problem(
                path=self._path,
                line=node.line,
                column=node.column,
                code=code,
                message=message,
                hint=hint,
                fatal=fatal,
                excerpt=excerpt,
                length=max(1, min(length, len(excerpt) - node.column + 1)),
            )
        )

    def _struct(self, node: Node, kind: type[msgspec.Struct], stopgaps: dict[str, Any] | None = None) -> Any:
        fields = _fields(kind)
        if not isinstance(node, Mapping):
            return self._shorthand(node, kind, fields)
        found = len(self.problems)
        values: dict[str, Any] = {}
        meant = set()
        for key, value in node.entries:
            field = fields.get(key.text)
            if field is None:
                self.refuse(key, "key-unknown", f"unknown key `{key.text[:60]}`", did_you_mean(key.text, fields))
                meant.add(nearest(key.text, fields))
            elif not (isinstance(value, Scalar) and value.empty):
                values[key.text] = self._value(value, field.shape, key.text)
        for name in _required(kind):
            if name not in values and name not in meant:
                self.refuse(node, "key-missing", f"the key `{name}` is missing", f"add a line `{name}: …`")
        if len(self.problems) == found:
            return kind(**values)
        read = {name: value for name, value in values.items() if _whole(value)}
        return None if stopgaps is None else kind(**(stopgaps | read))

    def _shorthand(self, node: Node, kind: type[msgspec.Struct], fields: dict[str, _Field]) -> Any:
        """One text where one key is needed: `image: a.jpg` is `image: {src: a.jpg}`."""
        needed = _required(kind)
        if isinstance(node, Scalar) and len(needed) == 1:
            value = self._value(node, fields[needed[0]].shape, needed[0])
            return None if value is None else kind(**{needed[0]: value})
        self.refuse(node, "type-mapping", f"here keys are wanted: {', '.join(fields)}", "write `key: value` lines")
        return None

    def _value(self, node: Node, shape: _Shape, name: str) -> Any:
        if shape.form == "scalar":
            return self._scalar(node, shape, name)
        if shape.form == "struct":
            return self._struct(node, shape.base)
        return (self._list if shape.form == "list" else self._dict)(node, shape.base, name)

    def _list(self, node: Node, item: _Shape, name: str) -> Any:
        if isinstance(node, Sequence):
            return tuple(self._value(each, item, name) for each in node.items)
        example = node.text if isinstance(node, Scalar) and len(node.text) < 60 else "…"
        self.refuse(node, "type-list", f"`{name}` is a list", f"write `{name}: [{example}]`")
        return None

    def _dict(self, node: Node, item: _Shape, name: str) -> Any:
        if isinstance(node, Mapping):
            return {key.text: self._value(value, item, key.text) for key, value in node.entries}
        self.refuse(node, "type-mapping", f"`{name}` holds names and their values", "write `name: value` lines")
        return None

    def _scalar(self, node: Node, shape: _Shape, name: str) -> Any:
        if not isinstance(node, Scalar):
            self.refuse(node, "type-text", f"`{name}` is one value, not a list and not keys", "write it in one line")
            return None
        try:
            return _read_scalar(node.text, shape, name, self._zone)
        except _Bad as bad:
            self.refuse(node, *bad.args)
        except BadDate as bad:
            self.refuse(node, bad.code, str(bad), bad.hint)
        return None


class _Shape(msgspec.Struct, frozen=True):
    """What a type hint wants, worked out once: `base` is the struct, the items' shape, or the scalar's type.

    `meta` are a scalar's constraints, `checked` the type that msgspec checks them with; where a text must only have so
    many characters it is not asked, but `least` is.
    """

    form: Literal["scalar", "struct", "list", "dict"]
    base: Any
    meta: tuple[msgspec.Meta, ...] = ()
    checked: Any = None
    least: int = 0
    is_slug: bool = False


class _Field(msgspec.Struct, frozen=True):
    shape: _Shape
    required: bool


@lru_cache(maxsize=64)
def _fields(kind: type[msgspec.Struct]) -> dict[str, _Field]:
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: _Field(_shape(hints[field.name]), field.required) for field in msgspec.structs.fields(kind)}


@lru_cache(maxsize=64)
def _required(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(name for name, field in _fields(kind).items() if field.required)


def _shape(hint: Any) -> _Shape:
    hint = _without_none(hint)
    if _is_struct(hint):
        return _Shape("struct", hint)
    if get_origin(hint) is tuple:
        return _Shape("list", _shape(get_args(hint)[0]))
    if get_origin(hint) is dict:
        return _Shape("dict", _shape(get_args(hint)[1]))
    base, meta = (get_args(hint)[0], get_args(hint)[1:]) if get_origin(hint) is Annotated else (hint, ())
    constraints = {name for each in meta for name in _CONSTRAINTS if getattr(each, name) is not None}
    checked = Annotated[base, *meta] if constraints - {"min_length"} else None
    least = max((each.min_length or 0 for each in meta), default=0)
    return _Shape("scalar", base, meta, checked, least, is_slug=any(each.pattern == SLUG for each in meta))


def _without_none(hint: Any) -> Any:
    """The type that is left of `X | None`, and of a `Struct | str` that allows a shorthand.

    Of `Annotated` the constraints are kept where a scalar is meant, for they are checked there.
    """
    bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if get_origin(bare) in (types.UnionType, Union):
        return _without_none(next(part for part in get_args(bare) if part is not types.NoneType))
    return hint if _is_scalar(bare) else bare


def _whole(value: Any) -> bool:
    """Whether nothing in a value was refused."""
    return value is not None and not (isinstance(value, tuple) and None in value)


def _is_scalar(bare: Any) -> bool:
    return get_origin(bare) not in (tuple, dict) and not _is_struct(bare)


def _is_struct(bare: Any) -> bool:
    return isinstance(bare, type) and issubclass(bare, msgspec.Struct)


def _read_scalar(text: str, shape: _Shape, name: str, zone: tzinfo) -> Any:
    base, meta = shape.base, shape.meta
    if base is datetime:
        return parse_instant(text, zone)
    if base not in _READ:
        return _read_literal(text, get_args(base), name)
    value = _READ[base](text, name)
    if shape.least and len(value) < shape.least:
        raise _explained(text, name, meta)
    if shape.checked is None:
        return value
    if shape.is_slug:
        return _read_slug(value, name)
    try:
        return msgspec.convert(value, shape.checked)
    except msgspec.ValidationError:
        raise _explained(text, name, meta) from None


def _explained(text: str, name: str, meta: Iterable[msgspec.Meta]) -> _Bad:
    if not text.strip():
        return _Bad("empty", f"`{name}` is empty", "write a text, or delete the line")
    examples = [f"it as in {each.examples[0]}" for each in meta if each.examples]
    least = [f"at least {each.ge}" for each in meta if each.ge is not None]
    most = [f"at most {each.le}" for each in meta if each.le is not None]
    hint = " and ".join([*examples, *least, *most])
    return _Bad("value", f"`{name}` can't be {quoted(text)}", f"write {hint}" if hint else "")


def _read_slug(text: str, name: str) -> str:
    if not re.fullmatch(SLUG, text):
        hint = f"write `{slugify(text)}`" if slugify(text) else ""
        raise _Bad("slug", f"`{name}` may hold a–z, 0–9 and single hyphens only, not {quoted(text)}", hint)
    if len(text) > SLUG_BYTES:
        message = f"`{name}` has {len(text)} characters, more than {SLUG_BYTES}"
        raise _Bad("slug", message, f"write `{slugify(text)}`")
    mistake = path_mistake(text)
    if mistake:
        raise _Bad("slug", mistake, f"choose another `{name}`")
    return text


def _read_literal(text: str, choices: tuple[str, ...], name: str) -> str:
    if text not in choices:
        raise _Bad("choice", f"`{name}` can't be {quoted(text)}", did_you_mean(text, choices))
    return text


def _read_text(text: str, name: str) -> str:
    return text.strip()


def _read_bool(text: str, name: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    hint = f"write `{name}: true` or `{name}: false`"
    raise _Bad("type-bool", f"`{name}` is true or false, not {quoted(text)}", hint)


def _read_int(text: str, name: str) -> int:
    digits = text.strip().removeprefix("-")
    if digits.isascii() and digits.isdecimal() and len(digits) <= 18:
        return int(text)
    raise _Bad("type-number", f"`{name}` is a whole number, not {quoted(text)}", "write digits only, as in 37156")


_READ: dict[Any, Callable[[str, str], Any]] = {str: _read_text, bool: _read_bool, int: _read_int}


def json_schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """JSON Schema (draft 7, which every editor's YAML plug-in knows) of a Struct, unknown keys forbidden."""
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", **msgspec.json.schema(kind)}
    _tighten(schema)
    schema["$defs"] = {name: _or_shorthand(definition) for name, definition in schema["$defs"].items()}
    return schema


def _tighten(schema: Any) -> None:
    """Forbid unknown keys, and drop the empty `format` that keeps msgspec's own date form out."""
    if isinstance(schema, list):
        for part in schema:
            _tighten(part)
    elif isinstance(schema, dict):
        if "properties" in schema:
            schema["additionalProperties"] = False
        if schema.get("format") == "":
            del schema["format"]
        for part in schema.values():
            _tighten(part)


def _or_shorthand(definition: dict[str, Any]) -> dict[str, Any]:
    """Where one text may stand for the one key that is needed, the schema says so too."""
    return {"anyOf": [definition, {"type": "string"}]} if len(definition.get("required", ())) == 1 else definition
