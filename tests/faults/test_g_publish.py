"""Killed builds, harmed outputs, what is gone and what is somebody else's: section G of the promises."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from newsroom import tree

from accidents import (
    COMMAND,
    assert_no_file_is_torn,
    change_much,
    clean_tree,
    newsroom,
    own,
    theirs_removed,
    wait_until,
)
from killing import dies_at, living_in_session
from phanthiet_news.build import Request, build
from phanthiet_news.folder import Folder
from phanthiet_news.problem import Failure
from phanthiet_news.state import State
from site_in_a_string import AS_OF, CONFIG, PICTURES, PNG, Site

KILLS = int(os.environ.get("PTNEWS_KILLS", "80"))


def killed_at_any_operation(site: Site, out: Path, articles: int) -> int:
    """How many operations a build has, at each of which it was killed; each time the next one was right."""
    request = Request(root=site.root, out=out, pictures=PICTURES, as_of=AS_OF, jobs=1)
    newsroom(site, articles)
    site.rename("build", "../spare-build")
    shutil.copytree(site.root.parent / "spare-build", out)
    build(request)
    before = tree(out)
    spare = site.root.parent / "spare"
    shutil.copytree(out, spare / "out")
    shutil.copytree(site.root / ".ptnews", spare / ".ptnews")
    change_much(site)
    after = clean_tree(site)
    operation = 0
    while True:
        operation += 1
        for part, place in (("out", out), (".ptnews", site.root / ".ptnews")):
            shutil.rmtree(place)
            shutil.copytree(spare / part, place)
        if not dies_at(operation, partial(build, request)):
            assert theirs_removed(tree(out)) == after
            return operation - 1
        assert_no_file_is_torn(tree(out), before, after)
        build(request)
        assert theirs_removed(tree(out)) == after


def test_g1_killed_at_any_operation_each_file_is_whole_and_the_next_build_is_right(memory_site: Site) -> None:
    assert killed_at_any_operation(memory_site, memory_site.out, 30) > 75


def test_g1_killed_at_any_operation_while_files_come_from_another_disk(site: Site, other_disk: Path) -> None:
    assert killed_at_any_operation(site, other_disk / "out", 5) > 100


def killed_after(seconds: float, make: Callable[[], object]) -> tuple[int, bool]:
    """A process that did it in a session of its own, and whether it was still at it."""
    child = os.fork()
    if child == 0:
        os.setsid()
        with suppress(BaseException):
            make()
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return child, os.WIFSIGNALED(status)


def when_it_was_killed(site: Site) -> str:
    """What a build was at, by what it left."""
    if State(site.root / ".ptnews/state.sqlite").journal:
        return "publishing"
    staged = any(file.is_file() for file in (site.root / ".ptnews/state-stage").rglob("*"))
    return "rendering" if staged else "else"


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")
def test_g1_g3_killed_at_random_moments(memory_site: Site) -> None:
    """All pages change each time. Half of the kills come late, when files are moved, which takes the least time."""
    site = newsroom(memory_site, 500)
    versions = [CONFIG.replace("Một trang", tagline) for tagline in ("Một trang", "Hai trang")]
    clean = []
    for version in versions:
        site.write("ptnews.yml", version)
        clean.append(clean_tree(site))
    seconds = max(seconds_of(site, version) for version in (*versions, *versions))
    chance, hits, wanted = random.Random(1), Counter[str](), 0
    for turn in range(3 * KILLS):
        if turn >= KILLS and min(hits["publishing"], hits["rendering"]) >= KILLS // 20:
            break
        site.write("ptnews.yml", versions[wanted])
        early = 0.7 * seconds * (turn % 2)
        session, was_killed = killed_after(chance.uniform(early, seconds), partial(site.build, jobs=2))
        assert wait_until(partial(all_dead, session), 1), "workers live on"
        hit = when_it_was_killed(site) if was_killed else "done"
        hits[hit] += 1
        if turn % 2:  # how quick the machine is changes: late kills go after the moment when files are moved
            seconds *= {"done": 0.96, "publishing": 1.0}.get(hit, 1.03)
        assert_no_file_is_torn(own(site), *clean)
        if hit in ("publishing", "done") or turn % 10 == 0:
            site.build()
            assert own(site) == clean[wanted]
            wanted = 1 - wanted
    assert min(hits["publishing"], hits["rendering"]) >= KILLS // 20, hits


def seconds_of(site: Site, config: str) -> float:
    """How long a build takes that makes all pages."""
    site.write("ptnews.yml", config)
    began = time.monotonic()
    site.build(jobs=2)
    return time.monotonic() - began


def all_dead(session: int) -> bool:
    return not living_in_session(session)


@pytest.mark.parametrize("harm", [b"", b"?", None], ids=["emptied", "altered", "deleted"])
def test_g2_harmed_outputs_heal(site: Site, harm: bytes | None) -> None:
    newsroom(site, 5).build()
    before = own(site)
    for path in ("index.html", "tin/bai-1/index.html", "css/site.css", "rss.xml"):
        file = site.out / path
        if harm is None:
            file.unlink()
        else:
            file.write_bytes(harm * len(before[path]))
    site.build()
    assert own(site) == before


def test_g5_a_clock_that_goes_backwards_changes_nothing(site: Site) -> None:
    newsroom(site, 5).build()
    for file in (site.root / "content").rglob("*.md"):
        os.utime(file, (0, 0))
    assert site.build().rendered == []
    site.edit("content/tin/bai-1.md", "Bài 1", "Bài I")
    os.utime(site.root / "content/tin/bai-1.md", (0, 0))
    assert "tin/bai-1/index.html" in site.build().rendered
    assert own(site) == clean_tree(site)


def test_g8_what_is_gone_from_the_content_is_gone_from_the_site(site: Site) -> None:
    newsroom(site, 3)
    site.write("content/tin/a.png", PNG)
    front = {"title": "Bài sẽ mất", "date": "2024-05-01", "tags": "[Riêng]", "image": "{src: a.png}"}
    gone = {"tin/quay/index.html", "tu-khoa/rieng/index.html", "sitemap-2024-05.xml"}
    for line in (None, "draft: true", "expires: 2024-05-02"):
        site.article("content/tin/quay.md", **front)
        site.build()
        assert gone <= own(site).keys()
        if line is None:
            site.remove("content/tin/quay.md")
        else:
            site.edit("content/tin/quay.md", "title:", f"{line}\ntitle:")
        removed = set(site.build().removed)
        assert gone <= removed
        assert len([path for path in removed if path.startswith("hinh-anh/a-1-")]) == 2
        assert not [path for path, data in own(site).items() if "Bài sẽ mất".encode() in data]


def foreign_file_for_a_folder(site: Site) -> str:
    site.write("build/tin/moi", "của người khác")
    return "tin/moi"


def foreign_folder_for_a_file(site: Site) -> str:
    site.write("build/tin/moi/index.html/cua/ho.txt", "của người khác")
    return "tin/moi/index.html/cua/ho.txt"


def foreign_file_for_a_file(site: Site) -> str:
    site.write("build/tin/moi/index.html", "của người khác")
    return "tin/moi/index.html"


def link_to_another_file(site: Site) -> str:
    (site.out / "tin/moi").mkdir()
    (site.out / "tin/moi/index.html").symlink_to(site.root / "ptnews.yml")
    return "tin/moi/index.html"


def link_to_nowhere(site: Site) -> str:
    (site.out / "tin/moi").symlink_to("khong-co")
    return "tin/moi"


def link_that_leads_out(site: Site) -> str:
    (site.out / "tin/moi").symlink_to(site.root.parent)
    return str(site.out / "tin/moi")


@pytest.mark.parametrize(
    "put",
    [
        foreign_file_for_a_folder,
        foreign_folder_for_a_file,
        foreign_file_for_a_file,
        link_to_another_file,
        link_to_nowhere,
        link_that_leads_out,
    ],
    ids=lambda put: put.__name__,
)
def test_g9_what_is_in_the_way_is_told_before_anything_is_touched(site: Site, put: Callable[[Site], str]) -> None:
    newsroom(site, 5).build()
    obstacle = put(site)
    before = site.tree()
    change_much(site)
    site.article("content/tin/moi.md", date="2024-01-03")
    with pytest.raises(Failure) as caught:
        site.build()
    assert caught.value.exit_code == 4
    assert [problem.path for problem in caught.value.problems] == [obstacle]
    assert site.tree() == before
    site.remove("content/tin/moi.md")
    site.build()
    assert {path: data for path, data in own(site).items() if not path.startswith("tin/moi")} == clean_tree(site)


def test_g9_all_that_is_in_the_way_is_told_at_once(site: Site) -> None:
    newsroom(site, 2)
    site.write("build/tin", "một tệp, không phải thư mục")
    site.write("build/rss.xml", "của người khác")
    with pytest.raises(Failure) as caught:
        site.build()
    assert [problem.path for problem in caught.value.problems] == ["rss.xml", "tin"]


def test_g9_on_a_disk_without_upper_case_a_file_may_be_renamed_to_lower(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To such a disk both names are one file: it must not be pruned under its former name."""
    plain = Folder.path
    monkeypatch.setattr(Folder, "path", lambda self, path: plain(self, path.lower()))
    newsroom(site, 2)
    site.write("static/Anh/Bien.txt", "biển")
    site.build()
    site.rename("static/Anh/Bien.txt", "static/anh/bien.txt")
    site.remove("static/Anh")
    for _ in range(2):
        report = site.build()
        assert site.text("anh/bien.txt") == "biển"
    assert report.work_done == "nothing to do"
    site.remove("static/anh")
    assert site.build().removed == ["anh/bien.txt"]


def test_g9_empty_folders_are_in_nobodys_way(site: Site) -> None:
    newsroom(site, 2).build()
    (site.out / "tin/moi/index.html/rong/khong").mkdir(parents=True)
    site.article("content/tin/moi.md", date="2024-02-01")
    site.build()
    assert own(site) == clean_tree(site)


def test_g9_a_page_may_take_the_place_of_a_folder_of_ours_and_a_folder_that_of_a_page(site: Site) -> None:
    site.write("static/a/b.txt", "trong thư mục")
    site.write("static/c", "một tệp")
    newsroom(site, 2).build()
    site.remove("static/a")
    site.remove("static/c")
    site.write("static/a", "một tệp")
    site.write("static/c/d.txt", "trong thư mục")
    site.build()
    assert own(site) == clean_tree(site)


def test_g9_foreign_files_survive_and_block(site: Site) -> None:
    newsroom(site, 2).build()
    site.write("build/tin/moi/index.html", "của người khác")
    site.article("content/tin/moi.md", date="2024-02-01")
    with pytest.raises(Failure) as caught:
        site.build()
    assert caught.value.exit_code == 4
    assert caught.value.problems[0].path == "tin/moi/index.html"
    assert site.text("tin/moi/index.html") == "của người khác"
    build(Request(root=site.root, as_of=AS_OF, jobs=1, force=True))
    assert own(site) == clean_tree(site)


def test_g9_an_output_that_somebody_made_theirs_is_not_pruned(site: Site) -> None:
    newsroom(site, 2).build()
    site.write("build/tin/bai-1/index.html", "sửa tay")
    site.remove("content/tin/bai-1.md")
    site.build()
    assert site.text("tin/bai-1/index.html") == "sửa tay"


def test_g9_a_first_build_does_not_take_a_folder_that_is_in_use(site: Site) -> None:
    site.write("build/index.html", "trang cũ của tôi")
    with pytest.raises(Failure) as caught:
        site.build()
    assert caught.value.exit_code == 4
    assert site.text("index.html") == "trang cũ của tôi"


def test_h4_an_article_falls_due_although_no_file_changed(site: Site) -> None:
    newsroom(site, 2)
    site.article("content/tin/sap.md", date="2024-06-02", expires="2024-06-03")
    site.build("2024-06-01")
    assert "tin/sap/index.html" not in own(site)
    assert "tin/sap/index.html" in site.build("2024-06-02").rendered
    assert "tin/sap/index.html" in site.build("2024-06-03").removed
    assert "tin/sap/index.html" in site.build("2024-06-02T12:00").rendered


def test_verify_compares_with_a_clean_build(site: Site) -> None:
    newsroom(site, 3).build()
    command = [*COMMAND, "-C", str(site.root), "--verify", "--json"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0
    assert json.loads(done.stdout)["rendered"] == []
