"""The reference is held to the code: whatever exists is described, and what is described exists."""

from __future__ import annotations

import ast
import re
import shlex
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import click
import msgspec
import pytest

from phanthiet_news import build, model, theme
from phanthiet_news.cli import cli
from phanthiet_news.config import Config, StatsFile
from phanthiet_news.frontmatter import FrontMatter
from phanthiet_news.model import (
    ArticleData,
    FeedData,
    HomeData,
    IndexData,
    ListData,
    NewsData,
    PageData,
    RedirectData,
    SidebarData,
    SitemapData,
    SiteView,
    StatsData,
)
from serving import POLICIES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
SOURCES = sorted((ROOT / "src" / "phanthiet_news").rglob("*.py"))

# What a template is given only to print the body with.
FOR_BODY = {"urls", "body"}


def page(name: str) -> str:
    return (DOCS / "reference" / f"{name}.md").read_text(encoding="utf-8")


def rows(text: str) -> dict[str, str]:
    """First cell of every table row, code words apart, and the row."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return {word: line for line in lines for word in re.findall(r"`([^`]+)`", line.split(" | ")[0])}


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next of its level or a higher one."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,2}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {heading}"
    level, rest = found[1], text[found.start(2) :]
    end = re.search(rf"^#{{1,{len(level)}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


# --- the command line ---------------------------------------------------------------------------------


def commands(group: click.Group, path: str = "ptnews") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict(commands(cli))


def heading_of(command: str) -> str:
    found = re.search(rf"^## (`{re.escape(command)}\b.*)$", page("cli"), re.MULTILINE)
    assert found, f"cli.md has no section for `{command}`"
    return found[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_in_its_table(command: str) -> None:
    described = rows(section(page("cli"), heading_of(command)))
    words = {word.split()[0] for word in described}
    options = [option for option in COMMANDS[command].params if isinstance(option, click.Option)]
    known = {name for option in options for name in (*option.opts, *option.secondary_opts)}
    missing = known - words
    assert not missing, f"cli.md does not describe {missing} of `{command}`"
    invented = {word for word in words if word.startswith("-")} - known
    assert not invented, f"`{command}` has no {invented}"


@pytest.mark.parametrize("command", COMMANDS)
def test_arguments_and_defaults_are_told(command: str) -> None:
    heading = heading_of(command)
    arguments = [each for each in COMMANDS[command].params if isinstance(each, click.Argument)]
    assert heading.count(" ", len(f"`{command}")) == len(arguments)
    for argument in arguments:
        if isinstance(argument.type, click.Choice):
            text = section(page("cli"), heading)
            assert all(f"`{choice}`" in text for choice in argument.type.choices)


def test_every_key_of_the_json_is_described() -> None:
    text = section(page("cli"), "The object of `--json`")
    described = set(re.findall(r"`(\w+)`", text))
    assert {field.name for field in msgspec.structs.fields(build.Report)} <= described
    assert {field.name for field in msgspec.structs.fields(model.LeftOut)} <= described
    assert {reason.value for reason in model.Absence} <= described


def test_every_key_of_a_problem_is_described() -> None:
    from phanthiet_news.problem import Problem

    described = set(re.findall(r"`(\w+)`", section(page("cli"), "The object of `--json`")))
    assert {field.name for field in msgspec.structs.fields(Problem)} <= described


def test_every_exit_code_is_told() -> None:
    from phanthiet_news import problem

    told = set(re.findall(r"^\| (\d+) \|", section(page("cli"), "Exit codes"), re.MULTILINE))
    codes = {str(value) for name, value in vars(problem).items() if name.startswith("EXIT_")}
    assert told == codes | {"130", "143"}


def shown_commands() -> list[tuple[str, str]]:
    found = []
    for file in [*PAGES, *ROOT.glob("README*.md")]:
        for block in re.findall(r"^```(?:console|cron|sh|yaml)\n(.*?)^```", file.read_text("utf-8"), re.M | re.S):
            found += [(file.name, line) for line in re.findall(r"\bptnews (?:build|new|schema)\b[^|&>\n#]*", block)]
    return found


@pytest.mark.parametrize(("file", "line"), shown_commands())
def test_commands_that_are_shown_exist(file: str, line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = cli
    while isinstance(command, click.Group):
        name = words.pop(0)
        assert name in command.commands, f"{file}: {line}"
        command = command.commands[name]
    command.make_parser(click.Context(command, info_name="ptnews")).parse_args(words)


def test_commands_are_found_in_the_docs() -> None:
    assert len(shown_commands()) > 20


# --- keys of YAML files -------------------------------------------------------------------------------


def structs_in(hint: Any) -> Iterator[type[msgspec.Struct]]:
    """Structs that a type mentions, below tuples, dicts, unions and annotations."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    elif get_origin(hint) is Annotated:
        yield from structs_in(get_args(hint)[0])
    elif get_origin(hint) in (tuple, dict, list, Union, types.UnionType):
        for part in get_args(hint):
            yield from structs_in(part)


def keys(kind: type[msgspec.Struct], under: str = "") -> Iterator[tuple[str, str]]:
    """Every key with the keys above it: ("markdown", "smart_quotes")."""
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        yield under, field.name
        for inner in structs_in(hints[field.name]):
            yield from keys(inner, field.name)


CONFIG_SECTIONS = {"": "The site", "main": "`menus`", "footer": "`footer`"}


@pytest.mark.parametrize(("under", "key"), sorted(set(keys(Config))))
def test_every_key_of_the_configuration_is_described(under: str, key: str) -> None:
    text = page("configuration")
    sections = {section(text, CONFIG_SECTIONS.get(under, f"`{under}`"))}
    if under == "footer" and key in ("title", "url"):
        sections = {section(text, "`menus`")}  # the menu of this name
    assert any(key in rows(each) for each in sections), f"configuration.md does not describe {under} {key}"


def test_no_key_of_the_configuration_is_invented() -> None:
    real = {key for _, key in keys(Config)} | {key for _, key in keys(StatsFile)}
    described = {word for word in rows(page("configuration")) if re.fullmatch(r"[a-z_]+", word)}
    assert described == real


def test_nested_keys_of_the_configuration_are_walked() -> None:
    found = set(keys(Config))
    assert {("markdown", "video_hosts"), ("authors", "role"), ("categories", "order"), ("main", "url")} <= found


def test_every_key_of_the_stats_file_is_described() -> None:
    described = rows(section(page("configuration"), "`content/stats.yml`"))
    assert {key for _, key in keys(StatsFile)} == set(described)


@pytest.mark.parametrize(("under", "key"), sorted(set(keys(FrontMatter))))
def test_every_key_of_front_matter_is_described(under: str, key: str) -> None:
    text = section(page("front-matter"), f"`{under}`" if under else "All keys")
    text = text.split("\n### ")[0] if not under else text
    assert key in rows(text), f"front-matter.md does not describe {under} {key}"


def test_no_key_of_front_matter_is_invented() -> None:
    described = {word for word in rows(section(page("front-matter"), "All keys")) if re.fullmatch(r"[a-z_]+", word)}
    assert described == {key for _, key in keys(FrontMatter)}


@pytest.mark.parametrize(("kind", "name"), [(Config, "configuration"), (FrontMatter, "front-matter")])
def test_needed_keys_and_plain_defaults_are_told(kind: type[msgspec.Struct], name: str) -> None:
    described = rows(page(name).split("\n### ")[0] if kind is FrontMatter else section(page(name), "The site"))
    for field in msgspec.structs.fields(kind):
        row = described[field.name]
        default = row.split(" | ")[2]
        if field.required:
            assert default == "needed", row
        elif isinstance(field.default, bool):
            assert default == f"`{str(field.default).lower()}`", row
        elif isinstance(field.default, int | str) and field.default:
            assert default.strip("`") == str(field.default), row
        else:
            assert "needed" not in default, row


# --- problems -----------------------------------------------------------------------------------------

CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*")
WITHOUT_INIT = {"_Bad": 0}  # exceptions that carry (code, message, hint) as plain arguments


class Signatures(ast.NodeVisitor):
    """Where the code of a problem stands among the arguments, by the name of what is called."""

    def __init__(self) -> None:
        self.positions: dict[str, int] = dict(WITHOUT_INIT)
        self._classes: list[str] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        fields = [
            each.target.id
            for each in node.body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        ]
        if "code" in fields:
            self.positions[node.name] = fields.index("code")
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        names = [each.arg for each in node.args.args]
        if names[:1] in (["self"], ["cls"]):
            names = names[1:]
        if "code" in names:
            name = self._classes[-1] if node.name == "__init__" else node.name
            self.positions[name] = names.index("code")
        self.generic_visit(node)


class Codes(ast.NodeVisitor):
    """The codes that one module gives to problems; `unread` are calls whose code can't be told from the source."""

    def __init__(self, here: dict[str, int], elsewhere: dict[str, int]) -> None:
        self._positions = elsewhere | here
        self._functions: list[ast.FunctionDef] = []
        self.found: set[str] = set()
        self.unread: list[str] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._functions.append(node)
        self.generic_visit(node)
        self._functions.pop()

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        position = self._positions.get(name, len(node.args))
        named = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        if not any(isinstance(each, ast.Starred) for each in node.args):
            named += node.args[position : position + 1]
        for value in named:
            self._read(value)

    def _read(self, value: ast.expr) -> None:
        """A literal; a choice of literals; a name that holds either, or that was handed in with its code."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            self.found.add(value.value)
        elif isinstance(value, ast.IfExp):
            self._read(value.body)
            self._read(value.orelse)
        elif isinstance(value, ast.Name) and self._functions:
            self._read_name(value.id, self._functions[-1])
        elif not (isinstance(value, ast.Attribute) and value.attr == "code"):
            self.unread.append(ast.unparse(value))

    def _read_name(self, name: str, function: ast.FunctionDef) -> None:
        if name in [each.arg for each in function.args.args]:
            return
        assigned = [
            each.value
            for each in ast.walk(function)
            if isinstance(each, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in each.targets)
        ]
        for each in assigned:
            self._read(each)
        if not assigned:
            self.unread.append(name)


@cache
def problem_codes() -> tuple[frozenset[str], tuple[str, ...]]:
    """Every code in the source, and the places that could not be read."""
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in SOURCES}
    signatures = {file: Signatures() for file in trees}
    for file, tree in trees.items():
        signatures[file].visit(tree)
    public = {
        name: position
        for each in signatures.values()
        for name, position in each.positions.items()
        if not name.startswith("_")
    }
    found: set[str] = set()
    unread: list[str] = []
    for file, tree in trees.items():
        reader = Codes(signatures[file].positions, public)
        reader.visit(tree)
        found |= reader.found
        unread += [f"{file.name}: {what}" for what in reader.unread]
    return frozenset(found), tuple(unread)


def test_codes_can_be_read_from_the_source() -> None:
    found, unread = problem_codes()
    assert not unread, "write the code as a literal, so that this test can hold the reference to it"
    assert all(CODE.fullmatch(code) for code in found), found
    # one of each way in which the source names a code
    ways = {"key-unknown", "choice", "date-impossible", "date-unknown", "picture-missing", "no-site", "yaml-colon"}
    assert ways | {"yaml-tag", "front-matter-open", "term-twice", "asset-missing", "html-dropped"} <= found


def test_codes_in_messages_are_among_those_found() -> None:
    """What the rest of the tests expect to see is a second witness: a code that they know and this file misses."""
    tested = {
        code
        for file in (ROOT / "tests").rglob("*.py")
        for code in re.findall(r"(?:error|warning)\[([a-z-]+)\]", file.read_text(encoding="utf-8"))
    }
    assert tested <= problem_codes()[0]


def test_every_problem_is_described() -> None:
    described = {word for word in rows(page("problems")) if CODE.fullmatch(word)}
    found = problem_codes()[0]
    assert not found - described, f"problems.md does not describe {sorted(found - described)}"
    assert not described - found, f"no problem has the code {sorted(described - found)}"


# --- templates ----------------------------------------------------------------------------------------

DATA: dict[str, type[msgspec.Struct]] = {
    "home.html": HomeData,
    "article.html": ArticleData,
    "list.html": ListData,
    "index.html": IndexData,
    "404.html": PageData,
    "redirect.html": RedirectData,
    "feed.rss": FeedData,
    "feed.atom": FeedData,
    "feed.json": FeedData,
    "sitemap.xml": SitemapData,
    "sitemap-index.xml": SitemapData,
    "news-sitemap.xml": NewsData,
    "manifest.webmanifest": PageData,
    "robots.txt": PageData,
    "stats.json": StatsData,
    "fragments/sidebar.html": SidebarData,
}


def data_of_model() -> set[type[msgspec.Struct]]:
    return {kind for kind in vars(model).values() if isinstance(kind, type) and issubclass(kind, PageData)}


def test_every_kind_of_page_is_held_to_the_reference() -> None:
    assert data_of_model() | {SidebarData} == set(DATA.values())


def test_every_template_of_the_theme_is_described_or_a_part_of_others() -> None:
    names = {file.relative_to(theme.templates()).as_posix() for file in theme.templates().rglob("*") if file.is_file()}
    parts = {name for name in names if name == "base.html" or name.startswith(("macros/", "partials/"))}
    assert names - parts == set(DATA)


@pytest.mark.parametrize("template", sorted(DATA))
def test_every_field_of_a_page_is_described(template: str) -> None:
    text = page("templates")
    row = rows(text)[template]
    common = {field.name for field in msgspec.structs.fields(PageData)}
    own = {field.name for field in msgspec.structs.fields(DATA[template])} - common - FOR_BODY
    described = {word.removeprefix("data.") for word in re.findall(r"`([\w.]+)`", row)}
    assert own <= described, f"templates.md: {template} has {own - described} too"


def test_what_every_page_has_is_described() -> None:
    found = re.search(r"^Every `page` has .*?\n\n", page("templates"), re.MULTILINE | re.DOTALL)
    assert found
    assert {field.name for field in msgspec.structs.fields(PageData)} <= set(re.findall(r"`(\w+)`", found[0]))


def test_the_view_of_the_site_is_described() -> None:
    found = re.search(r"^`site` has: .*?\n\n", page("templates"), re.MULTILINE | re.DOTALL)
    assert found
    assert {field.name for field in msgspec.structs.fields(SiteView)} <= set(re.findall(r"`(\w+)`", found[0]))


@pytest.mark.parametrize("kind", [model.Card, model.Image, model.Link, model.FeedEntry, model.Author, model.Attachment])
def test_values_inside_a_page_are_described(kind: type[msgspec.Struct]) -> None:
    described = set(re.findall(r"`(\w+)`", page("templates")))
    assert {field.name for field in msgspec.structs.fields(kind)} - FOR_BODY <= described


# --- links --------------------------------------------------------------------------------------------


def anchors(text: str) -> set[str]:
    """The names that code hosts give to headings."""
    plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", plain, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links() -> list[tuple[str, str]]:
    found = []
    for file in [*PAGES, *ROOT.glob("*.md")]:
        plain = re.sub(r"^```.*?^```|`[^`\n]*`", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        targets = re.findall(r"\]\(([^)\s]+)\)", plain)
        found += [(file.relative_to(ROOT).as_posix(), target) for target in targets if ":" not in target]
    return found


@pytest.mark.parametrize(("file", "target"), links())
def test_a_link_leads_somewhere(file: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    there = (ROOT / file).parent / path if path else ROOT / file
    assert there.exists(), f"{file}: {target}"
    if anchor:
        assert anchor in anchors(there.read_text(encoding="utf-8")), f"{file}: {target}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    ahead = {ROOT / "README.md"}
    while ahead:
        here = ahead.pop()
        reached.add(here)
        targets = [target.partition("#")[0] for file, target in links() if ROOT / file == here]
        ahead |= {(here.parent / each).resolve() for each in targets if each.endswith(".md")} - reached
    assert set(PAGES) <= reached


# --- headers, tests of the theme ------------------------------------------------------------------------


def test_one_policy_is_given_for_every_host_and_is_the_one_under_which_pages_are_tested() -> None:
    given = re.findall(r"default-src[^\"\n]*", (ROOT / "docs/how-to/headers.md").read_text(encoding="utf-8"))
    assert len(given) == 5
    assert set(given) == set(POLICIES)
    assert len(set(given)) == 1


def hosting() -> str:
    return "".join((ROOT / f"docs/how-to/{name}.md").read_text(encoding="utf-8") for name in ("deploy", "headers"))


def test_the_types_that_a_server_knows_are_added_to_and_not_replaced() -> None:
    (block,) = re.findall(r"^server \{$.*?^\}$", section(hosting().split("# Send")[1], "nginx"), re.M | re.S)
    assert re.search(r"^    include mime\.types;\n    types \{ [^}]* \}$", block, re.MULTILINE)


def test_all_text_of_a_site_is_compressed() -> None:
    (types,) = re.findall(r"gzip_types ([^;]*);", hosting())
    written = "text/css text/javascript application/javascript application/json application/manifest+json text/xml"
    assert {*written.split(), "image/svg+xml"} <= set(types.split())


@pytest.mark.parametrize("host", ["nginx", "Caddy", "Apache", "Netlify, Cloudflare Pages"])
def test_what_carries_a_digest_is_kept(host: str) -> None:
    text = section((ROOT / "docs/how-to/headers.md").read_text(encoding="utf-8"), host)
    assert "immutable" in text
    assert "/hinh-anh/" in text


@pytest.mark.parametrize("file", sorted(theme.templates().rglob("*.*")), ids=lambda file: file.name)
def test_every_template_opens_with_what_it_is_given(file: Path) -> None:
    comment = re.match(r"\{#(.*?)#\}", file.read_text(encoding="utf-8"), re.DOTALL)
    assert comment, "a template opens with a comment"
    assert re.search(r"Context: |[Aa]rguments", comment[1])
