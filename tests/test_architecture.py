"""Layers hold: a module imports only from lower ranks; no cycles; functions fit in a head."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "phanthiet_news"
PACKAGE = "phanthiet_news"

RANKS = [
    {
        "__init__",
        "aside",
        "digest",
        "marker",
        "messages",
        "packing",
        "signs",
        "serializer",
        "stamp",
        "text",
        "theme",
        "yamltree",
    },
    {"plainyaml", "straight", "templating"},
    {"core", "gates"},
    {"budget", "cluster", "dates", "extensions", "locale", "markup", "problem", "versions"},
    {"folder", "lock", "model", "parallel", "source", "yamltext"},
    {"survey"},
    {"pictures", "schema"},
    {"state"},
    {"config", "frontmatter", "history"},
    {"routes", "scaffold"},
    {"index", "load", "parse", "plan", "publish", "render", "stale"},
    {"reading", "request", "sources", "work"},
    {"imaging", "standing"},
    {"produce"},
    {"build"},
    {"serve"},
    {"cli"},
    {"__main__"},
]
RANK = {room: rank for rank, rooms in enumerate(RANKS) for room in rooms}

FILES = sorted(SOURCE.rglob("*.py"))


def room(module: str) -> str:
    """The room that a dotted module belongs to: `phanthiet_news.plan.links` → `plan`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def module_of(file: Path) -> str:
    parts = (PACKAGE, *file.relative_to(SOURCE).with_suffix("").parts)
    return ".".join(part for part in parts if part != "__init__")


def imports(file: Path) -> set[str]:
    """Dotted modules of the package that a file imports, wherever the import stands."""
    known = {module_of(each) for each in FILES}
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & known) or {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == PACKAGE}
    return found


def functions() -> list[tuple[str, int]]:
    return [
        (f"{file.name}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def test_every_room_has_a_rank() -> None:
    assert {room(module_of(file)) for file in FILES} == set(RANK)


@pytest.mark.parametrize("file", FILES, ids=lambda file: module_of(file))
def test_a_module_imports_only_from_lower_ranks(file: Path) -> None:
    own = room(module_of(file))
    for imported in imports(file):
        assert room(imported) == own or RANK[room(imported)] < RANK[own], f"{module_of(file)} imports {imported}"


def test_modules_of_one_room_have_no_cycle() -> None:
    left = {module_of(file): {name for name in imports(file) if room(name) == room(module_of(file))} for file in FILES}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    assert not left


def test_the_core_neither_prints_nor_writes() -> None:
    for file in FILES:
        if room(module_of(file)) in ("cli",):
            continue
        calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        assert not [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"], file


def test_functions_fit_in_a_head() -> None:
    found = functions()
    assert [name for name, length in found if length > 60] == []
    assert statistics.median(length for _, length in found) <= 10


@pytest.mark.parametrize("file", FILES, ids=lambda file: module_of(file))
def test_a_module_says_what_it_is_for_and_its_public_names_what_they_mean(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module opens with what it knows and what it must not know"
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
            methods = [each for each in getattr(node, "body", []) if isinstance(each, ast.FunctionDef)]
            for method in methods if isinstance(node, ast.ClassDef) else []:
                assert method.name.startswith("_") or ast.get_docstring(method), f"{node.name}.{method.name}"
