"""A newsroom to which accidents happen: what tests of faults share."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable

from newsroom import tree

from phanthiet_news import marker
from phanthiet_news.build import Request, build
from phanthiet_news.folder import TEMPORARY
from site_in_a_string import AS_OF, PICTURES, Site

COMMAND = [sys.executable, "-m", "phanthiet_news", "build", "--as-of", AS_OF]


def newsroom(site: Site, articles: int) -> Site:
    for number in range(articles):
        date = f"2024-01-{number % 28 + 1:02}"
        site.article(f"content/tin/bai-{number}.md", title=f"Bài {number}", date=date, tags=f"[t{number % 4}]")
    site.write("build/CNAME", "bao.example")
    site.write("build/.well-known/security.txt", "Contact: mailto:a@bao.example")
    return site


def edit_and_add(site: Site) -> None:
    site.edit("content/tin/bai-1.md", "Bài 1", "Bài một")
    site.article("content/the-thao/moi.md", date="2024-02-01")
    site.write("static/moi.txt", "mới")


def change_much(site: Site) -> None:
    edit_and_add(site)
    site.remove("content/tin/bai-2.md")


def clean_tree(site: Site) -> dict[str, bytes]:
    out, memory = site.root.parent / "clean", site.root.parent / "memory"
    for folder in (out, memory):
        shutil.rmtree(folder, ignore_errors=True)
    build(Request(root=site.root, out=out, memory=memory, pictures=PICTURES, as_of=AS_OF, jobs=1))
    return tree(out)


def own(site: Site) -> dict[str, bytes]:
    """The outputs, after a look at what is not ours."""
    return theirs_removed(tree(site.out))


def theirs_removed(found: dict[str, bytes]) -> dict[str, bytes]:
    """The outputs, after a look at what is not ours."""
    assert found.pop("CNAME") == b"bao.example"
    assert found.pop(".well-known/security.txt").startswith(b"Contact")
    return found


def assert_no_file_is_torn(found: dict[str, bytes], before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """The marker may name both what was and what will be."""
    for path, data in found.items():
        if not path.endswith(TEMPORARY) and path != marker.NAME:
            assert data in (before.get(path), after.get(path)), f"{path} is neither old nor new"


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it became true."""
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()
