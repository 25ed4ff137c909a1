"""Whatever stands in a file: a site, or problems with their places. Never another exception."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from phanthiet_news.problem import EXIT_CONFIG, EXIT_CONTENT, Failure, Problem
from site_in_a_string import CONFIG, Site

MOT = "content/tin/mot.md"
GOOD = "---\ntitle: Một\ndate: 2024-01-02\n---\n"

WHOLE_FILE = {"encoding", "file-changed", "path", "path-twice", "term-twice", "extension", "video-host"}
"""Mistakes that concern a file, and no place in it."""

PIECES = [
    *["title: ", "date: ", "tags: ", "image: ", "draft: ", "slug: ", "aliases: ", "corrections: ", "expires: ", "id: "],
    *["category: ", "author: ", "authors: ", "summary: ", "toc: ", "attachments: ", "src: ", "text: ", "updated: "],
    *[
        "2024-01-02",
        "2024-02-30",
        "3/2/2024",
        "T25:00",
        "+07:00",
        "9999-12-31",
        "true",
        "No",
        "null",
        "~",
        "tin",
        "con",
    ],
    *["[", "]", "{", "}", ", ", ": ", "- ", "? ", "\n", "\n", "\n  ", "\n\t", "---\n", "...\n", "# ", "|\n", ">-\n"],
    *[
        "&a ",
        "*a",
        "!!set ",
        "!!python/name:os.system ",
        "<<: ",
        '"',
        "'",
        "\\ud800",
        "\\x00",
        "\\u202e",
        "%",
        "@",
        "`",
    ],
    *[
        "\x00",
        "\x1b",
        "\x85",
        "\u2028",
        "\ufeff",
        "\u202e",
        "é",
        "e\u0301",
        "日本",
        "😀",
        "\r\n",
        "\r",
        "/",
        "..",
        "//a/",
    ],
    *["9" * 40, "[" * 20, "{" * 20, "/a/", "a.png", "../mot.md", "#x", "javascript:alert(1)", "&#0;", "<b>", "{{7*7}}"],
]
FRAGMENTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=25).map("".join)

KEYS = ["title", "date", "updated", "author", "authors", "category", "tags", "summary", "image", "featured", "draft"]
KEYS += ["expires", "slug", "aliases", "source", "corrections", "noindex", "toc", "attachments", "id", "nonsense"]
LINES = st.dictionaries(st.sampled_from(KEYS), FRAGMENTS, max_size=8).map(
    lambda drawn: "".join(f"{key}: {value}\n" for key, value in ({"title": "A", "date": "2024-01-02"} | drawn).items())
)

CONFIG_KEYS = ["tagline", "language", "timezone", "per_page", "permalink", "authors", "menus", "login_url", "footer"]
CONFIG_KEYS += ["stats", "markdown", "follow_symlinks", "base_url", "categories", "nonsense"]
CONFIG_PIECES = [
    *[
        "https://",
        "http://[",
        "a.example",
        "{slug}",
        "{category}",
        "{",
        "}",
        "/",
        "Asia/Tokyo",
        "vi",
        "en",
        "slug: ",
        "a",
    ],
    *[
        "title: ",
        "name: ",
        "main: ",
        "order: ",
        "max_bytes: ",
        "smart_quotes: ",
        "extensions: ",
        "grouping: ",
        "1",
        "-1",
    ],
]
CONFIG_LINES = st.lists(
    st.tuples(
        st.sampled_from(CONFIG_KEYS),
        st.lists(st.sampled_from(CONFIG_PIECES + PIECES) | st.text(max_size=4), max_size=8).map("".join),
    ),
    max_size=6,
).map(lambda lines: "".join(f"{key}: {value}\n" for key, value in lines))

numbers = itertools.count()


@pytest.fixture
def fresh(tmp_path: Path) -> Site:
    """A site that every example writes anew."""
    return Site(tmp_path / str(next(numbers)))


def outcome(site: Site) -> tuple[int, list[Problem]]:
    """Exit code and problems; anything but a Failure goes through and fails the test."""
    try:
        return 0, site.build().problems
    except Failure as failure:
        return failure.exit_code, failure.problems


def check(site: Site, path: str, exit_code: int) -> None:
    """Built, or ended with the exit code, and every problem told at a place that the file has."""
    code, problems = outcome(site)
    assert code in (0, exit_code)
    assert bool(code) == any(problem.fatal for problem in problems)
    for problem in problems:
        assert problem.path == path or problem.path.startswith("ptnews.yml"), problem
        assert problem.code
        assert problem.message
        assert problem.line or problem.code in WHOLE_FILE, problem
        str(problem).encode()
        if problem.line:
            lines = (site.root / problem.path).read_bytes().count(b"\n") + (
                site.root / problem.path
            ).read_bytes().count(b"\r")
            assert problem.line <= lines + 1


@given(st.binary(max_size=400))
@example(b"---\ntitle: A\ndate: 2024-01-02\n---\n\xff")
@example("---\ntitle: A\n---\n".encode("utf-16-le"))
@example(b"---\r---")
@settings(max_examples=60)
def test_any_bytes_as_an_article(fresh: Site, data: bytes) -> None:
    fresh.write(MOT, data)
    check(fresh, MOT, EXIT_CONTENT)


@given(FRAGMENTS)
@example("[" * 30_000)
@example("{a: " * 10_000)
@example("title: " + "9" * 5000)
@example("date: " + "9" * 5000)
@settings(max_examples=80)
def test_any_front_matter(fresh: Site, front: str) -> None:
    fresh.write(MOT, f"---\n{front}\n---\nThân bài.\n".encode("utf-8", "surrogatepass"))
    check(fresh, MOT, EXIT_CONTENT)


@given(LINES)
@settings(max_examples=80)
def test_any_values_of_the_keys(fresh: Site, lines: str) -> None:
    fresh.write(MOT, f"---\n{lines}---\nThân bài.\n".encode("utf-8", "surrogatepass"))
    check(fresh, MOT, EXIT_CONTENT)


@given(FRAGMENTS)
@settings(max_examples=60)
def test_any_body(fresh: Site, body: str) -> None:
    fresh.write(MOT, (GOOD + body).encode("utf-8", "surrogatepass"))
    check(fresh, MOT, EXIT_CONTENT)


@given(st.binary(max_size=200) | FRAGMENTS.map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"[" * 30_000)
@settings(max_examples=80)
def test_any_bytes_as_the_configuration(fresh: Site, data: bytes) -> None:
    fresh.write("ptnews.yml", data)
    fresh.article(MOT)
    check(fresh, "ptnews.yml", EXIT_CONFIG)


@given(CONFIG_LINES)
@settings(max_examples=150)
def test_any_values_of_the_configuration(fresh: Site, lines: str) -> None:
    fresh.write(
        "ptnews.yml",
        f"title: A\n{'' if 'base_url' in lines else 'base_url: https://a.example'}\n{lines}".encode(
            "utf-8", "surrogatepass"
        ),
    )
    code, problems = outcome(fresh)
    assert code in (0, EXIT_CONTENT, EXIT_CONFIG)
    assert all(problem.path.startswith("ptnews.yml") for problem in problems), problems


@given(st.binary(max_size=200) | FRAGMENTS.map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"[" * 30_000)
@example(b"online: " + b"9" * 5000)
@settings(max_examples=60)
def test_any_bytes_as_the_numbers_of_visitors(fresh: Site, data: bytes) -> None:
    fresh.write("content/stats.yml", data)
    check(fresh, "content/stats.yml", EXIT_CONTENT)


NAMES = st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(NAMES.filter(lambda name: name not in (".", "..") and len(name.encode()) < 250))
@settings(max_examples=60)
def test_any_name_of_a_file(fresh: Site, name: str) -> None:
    for old in (fresh.root / "content/tin").glob("*"):
        old.unlink()
    fresh.write(f"content/tin/{name}.md", GOOD)
    code, problems = outcome(fresh)
    assert code in (0, EXIT_CONTENT)
    for problem in problems:
        assert problem.path.startswith("content/tin/")
        assert problem.code in ("slug-from-name", "path", "path-twice")


@pytest.mark.parametrize(
    ("path", "data", "exit_code"),
    [
        (MOT, GOOD.encode(), 0),
        (MOT, b"---\ntitle: " + b"[" * 30_000, 1),
        (MOT, b"---\ntitle: " + b"[" * 30_000 + b"\n---\n", 1),
        (MOT, b"---\ntitle: !!python/object/apply:os.system [id]\n---\n", 1),
        (MOT, b"---\na: &a [x]\nb: [*a, *a]\n---\n", 1),
        (MOT, "---\ntitle: A\n---\n".encode("utf-16"), 1),
        (MOT, os.urandom(5000), 1),
        (MOT, b"---\ntitle: A\ndate: 2024-02-30\n---\n", 1),
        ("ptnews.yml", b"\x00\xff", 2),
        ("ptnews.yml", CONFIG.replace("https://bao.example", "http://[").encode(), 2),
        ("ptnews.yml", b"[" * 30_000, 2),
        ("content/stats.yml", b"online: " + b"9" * 5000, 1),
        ("static/con.txt", b"x", 1),
    ],
)
def test_the_command_ends_with_its_exit_code_and_without_a_traceback(
    site: Site, path: str, data: bytes, exit_code: int
) -> None:
    site.write(path, data)
    command = [sys.executable, "-m", "phanthiet_news", "build", "-C", str(site.root), "--as-of", "2024-06-01"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == exit_code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert len(done.stderr) < 5000
    if exit_code:
        assert done.stderr.startswith(f"{path}:")
        assert done.stderr.endswith("error\n") or done.stderr.endswith("errors\n")
        assert not site.out.exists()


def test_the_console_script_says_the_same_as_the_module(site: Site) -> None:
    site.write(MOT, b"---\ntitle: A: b\n---\n")
    script = Path(sys.executable).parent / "ptnews"
    commands = [[sys.executable, "-m", "phanthiet_news"], *([[str(script)]] if script.exists() else [])]
    done = [
        subprocess.run([*command, "build"], cwd=site.root, capture_output=True, text=True, check=False, timeout=60)
        for command in commands
    ]
    assert {(each.returncode, each.stdout, each.stderr) for each in done} == {
        (
            1,
            "",
            "content/tin/mot.md:2:9: error[yaml-colon]: a second `: ` in one line\n"
            "    2 | title: A: b\n"
            "      |         ^\n"
            "    help: put the value in quotes: a colon and a space inside it start a new key\n"
            "1 error\n",
        )
    }
