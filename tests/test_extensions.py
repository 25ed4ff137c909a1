"""Extensions of others take part in a build: a change in one is a change of the site."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from phanthiet_news import extensions
from site_in_a_string import AS_OF, CONFIG, Site

EXTENSION = """\
from markdown import Extension
from markdown.postprocessors import Postprocessor

{import_line}


class Shout(Postprocessor):
    def run(self, text):
        return text.replace("Thân", {word})


class ShoutExtension(Extension):
    def extendMarkdown(self, md):
        md.postprocessors.register(Shout(md), "shout", 1)


def makeExtension(**options):
    return ShoutExtension(**options)
"""


def ptnews(site: Site, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": f"{site.root}/lib{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, "-m", "phanthiet_news", *arguments, "-C", str(site.root), "--as-of", AS_OF]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def write_module(site: Site, word: str) -> None:
    site.write("lib/shout.py", EXTENSION.format(import_line="", word=repr(word)))


def write_package(site: Site, word: str) -> None:
    """The word stands in another module than the extension."""
    site.write("lib/shout/__init__.py", EXTENSION.format(import_line="from shout.words import WORD", word="WORD"))
    site.write("lib/shout/words.py", f"WORD = {word!r}\n")


@pytest.mark.parametrize("write", [write_module, write_package])
def test_an_extension_that_is_edited_makes_its_pages_anew(site: Site, write: Callable[[Site, str], None]) -> None:
    site.write("ptnews.yml", f"{CONFIG}markdown: {{extensions: [shout]}}\n")
    site.article("content/tin/mot.md")
    write(site, "Kèn")
    ptnews(site, "build")
    assert "Kèn bài." in site.text("tin/mot/index.html")
    assert "nothing to do" in ptnews(site, "build")
    write(site, "Hét")
    ptnews(site, "build", "--verify")
    assert "Hét bài." in site.text("tin/mot/index.html")


def test_an_extension_that_is_installed_anew_is_another(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(site.root / "lib")
    write_module(site, "Kèn")
    site.write("lib/loud-1.0.dist-info/entry_points.txt", "[markdown.extensions]\nloud = shout:ShoutExtension\n")
    found = set()
    for version in ("1.0", "1.1"):
        site.write("lib/loud-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: loud\nVersion: {version}\n")
        extensions.versions.cache_clear()
        found.add(extensions.versions(("loud",)))
    assert sorted(installed for ((_, installed, _),) in found) == ["loud 1.0", "loud 1.1"]


def test_h7_the_zones_of_the_machine_do_not_show(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of which year a machine's own data are, nobody knows."""
    import tzdata

    site.article("content/tin/mot.md", date="2024-01-02T08:00")
    utc = os.path.join(os.path.dirname(tzdata.__file__ or ""), "zoneinfo", "UTC")
    with open(utc, "rb") as file:
        site.write("zones/Asia/Ho_Chi_Minh", file.read())
    monkeypatch.setenv("PYTHONTZPATH", str(site.root / "zones"))
    ptnews(site, "build")
    assert "2024-01-02T08:00:00+07:00" in site.text("tin/mot/index.html")
