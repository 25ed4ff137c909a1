"""What earlier builds left is lost, damaged, in use: promise G4, and who is told what."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import pytest
from newsroom import tree

from accidents import COMMAND, clean_tree, edit_and_add, newsroom, own
from killing import dies_at
from phanthiet_news import marker, state
from phanthiet_news.build import Request, build
from phanthiet_news.digest import of_bytes
from phanthiet_news.history import next_due, origin
from phanthiet_news.packing import packed, unpacked
from phanthiet_news.problem import Failure
from phanthiet_news.state import State
from site_in_a_string import AS_OF, Site


def state_file(site: Site) -> Path:
    return site.root / ".ptnews/state.sqlite"


def lose_the_state(site: Site) -> None:
    shutil.rmtree(site.root / ".ptnews")


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(each ^ 0xFF for each in data[middle : middle + 4000]) + data[middle + 4000 :]


HARMS: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda data: b"",
    "cut": lambda data: data[: len(data) // 3],
    "foreign": lambda data: b"not a database at all" * 99,
    "flipped": flip,
    "another version": lambda data: data[:60] + b"\x00\x00\x00\x63" + data[64:],
    "no version": lambda data: data[:60] + b"\x00\x00\x00\x00" + data[64:],
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS.keys())
def test_g4_a_damaged_state_costs_a_cold_build(site: Site, harm: Callable[[bytes], bytes]) -> None:
    newsroom(site, 8).build()
    file = state_file(site)
    file.write_bytes(harm(file.read_bytes()))
    edit_and_add(site)
    report = site.build()
    assert {problem.code for problem in report.problems} <= {"state-lost", "outputs-unknown"}
    assert own(site) == clean_tree(site)
    assert site.build().rendered == []


def test_g4_nothing_in_the_state_is_a_pickle(site: Site) -> None:
    newsroom(site, 3).build()
    for file in (site.root / ".ptnews").iterdir():
        assert b"\x80\x04\x95" not in file.read_bytes()


# --- the state is lost, and a build fails


@pytest.mark.parametrize("strict", [False, True])
def test_g4_after_a_lost_state_a_mistake_locks_nobody_out(site: Site, strict: bool) -> None:
    newsroom(site, 3).build()
    lose_the_state(site)
    site.edit("content/tin/bai-1.md", "Bài 1", "Bài một")
    site.article("content/tin/sai.md", date="29/11")
    for _ in range(2):
        with pytest.raises(Failure) as caught:
            site.build(strict=strict)
        assert caught.value.exit_code == 1
    site.remove("content/tin/sai.md")
    site.build(strict=strict)
    assert own(site) == clean_tree(site)


def test_g4_what_befell_one_build_is_no_mistake_of_an_author(site: Site) -> None:
    newsroom(site, 3).build()
    state_file(site).write_bytes(b"?" * 9999)
    site.edit("content/tin/bai-1.md", "Bài 1", "Bài một")
    report = site.build(strict=True)
    assert {problem.code for problem in report.problems} == {"state-lost", "outputs-unknown"}
    assert own(site) == clean_tree(site)
    assert site.build(strict=True).problems == []


def test_g4_a_first_build_that_was_cut_off_is_no_other_version(site: Site) -> None:
    newsroom(site, 3)
    for operation in (2, 3, 4):
        assert dies_at(operation, site.build)
        assert site.build().problems == []
        lose_the_state(site)
        for path in tree(site.out):
            if path not in ("CNAME", ".well-known/security.txt"):
                (site.out / path).unlink()
    state_file(site).parent.mkdir()
    state_file(site).touch()
    assert site.build().problems == []


# --- the state is lost, and the folder tells what is ours


def test_g4_g8_after_a_lost_state_what_is_retracted_goes_all_the_same(site: Site) -> None:
    newsroom(site, 3).build()
    site.write("build/ban-tay.html", "của người khác")
    lose_the_state(site)
    site.remove("content/tin/bai-1.md")
    report = site.build()
    assert "tin/bai-1/index.html" in report.removed
    assert site.text("ban-tay.html") == "của người khác"
    site.remove("build/ban-tay.html")
    assert own(site) == clean_tree(site)


def test_g4_g9_after_a_lost_state_only_what_the_marker_names_is_overwritten(site: Site) -> None:
    newsroom(site, 3).build()
    site.write("build/tin/bai-1/index.html", "sửa tay")
    lose_the_state(site)
    site.edit("content/tin/bai-2.md", "Bài 2", "Bài hai")
    with pytest.raises(Failure) as caught:
        site.build()
    assert caught.value.exit_code == 4
    assert [problem.path for problem in caught.value.problems] == ["tin/bai-1/index.html"]
    assert site.text("tin/bai-1/index.html") == "sửa tay"
    build(Request(root=site.root, as_of=AS_OF, jobs=1, force=True))
    assert own(site) == clean_tree(site)


@pytest.mark.parametrize("harm", ["update journal set mark = 'x'", "delete from journal"])
def test_g4_g8_a_journal_that_is_damaged_leaves_no_retracted_page(
    site: Site, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    """The build that was cut off had published it; nothing but the journal knows, and the folder itself."""
    newsroom(site, 3).build()
    site.article("content/tin/rut.md")
    with monkeypatch.context() as patch:
        patch.setattr(State, "commit", None)
        with pytest.raises(TypeError):
            site.build()
    assert (site.out / "tin/rut/index.html").exists()
    with closing(sqlite3.connect(state_file(site))) as database, database:
        database.execute(harm)
    site.remove("content/tin/rut.md")
    assert "state-lost" in {problem.code for problem in site.build().problems}
    assert own(site) == clean_tree(site)


def test_g4_the_marker_is_made_of_the_outputs_alone(site: Site) -> None:
    newsroom(site, 3).build()
    steps: list[Callable[[], object]] = [
        lambda: edit_and_add(site),
        lambda: site.edit("content/tin/bai-0.md", "Thân bài.", "Thân khác."),
        lambda: site.remove("content/tin/bai-1.md"),
        lambda: (site.out / marker.NAME).unlink(),
        lambda: (site.out / marker.NAME).write_bytes(marker.WORDS),
        lambda: lose_the_state(site),
    ]
    for step in steps:
        step()
        site.build()
        found = own(site)
        assert found.pop(marker.NAME) == marker.text({path: of_bytes(data) for path, data in found.items()})


# --- a part of it is damaged


def harm_rows(site: Site, table: str) -> None:
    """Whatever lies in the rows of a table."""
    with closing(sqlite3.connect(state_file(site))) as database, database:
        assert database.execute(f"update {table} set data = x'00'").rowcount > 0


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_g4_bodies_that_are_damaged_are_read_again(site: Site, form: Literal["NFC", "NFD"]) -> None:
    newsroom(site, 3)
    site.article(f"content/tin/{normalize(form, 'Phố cổ')}/{normalize(form, 'Hội An')}.md", "Thân riêng.", slug="den")
    site.build()
    harm_rows(site, "bodies")
    site.edit("ptnews.yml", "Một trang để thử", "Một trang khác")
    assert site.build().problems == []
    assert own(site) == clean_tree(site)


@pytest.mark.parametrize("table", ["parsed", "makings", "packs", "facts", "inputs", "learned", "memo", "outputs"])
def test_g4_a_table_that_is_damaged_is_as_if_it_were_not_there(site: Site, table: str) -> None:
    newsroom(site, 3).build()
    harm_rows(site, table)
    edit_and_add(site)
    (site.root / "content/tin/bai-0.md").touch()
    site.build()
    assert own(site) == clean_tree(site)


@pytest.mark.parametrize("edit", ["title", "template"])
def test_g4_a_kept_page_with_a_text_that_is_none_harms_nothing(site: Site, edit: str) -> None:
    newsroom(site, 3).build()
    with closing(sqlite3.connect(state_file(site))) as database, database:
        for number, data in database.execute("select id, data from packs").fetchall():
            harmed = packed(unpacked(data).replace("Bài".encode(), b"B\x90\x90i"))
            database.execute("update packs set data = ? where id = ?", (harmed, number))
    if edit == "title":
        site.edit("content/tin/bai-1.md", "title: Bài", "title: Bai")
    else:
        site.write("templates/article.html", "{{ page.title }}")
    site.build()
    assert own(site) == clean_tree(site)


def test_g4_a_page_of_the_file_that_is_damaged_harms_nothing(site: Site) -> None:
    """Of each page in turn; with a file whose stamp proves nothing, so that it is known by its bytes."""
    newsroom(site, 5).build()
    file, spare = state_file(site), site.root.parent / "spare"
    whole = file.read_bytes()
    shutil.copytree(site.out, spare)
    for start in range(0, len(whole), 16384):
        site.article("content/tin/bai-1.md", title=f"Bài {start}")
        shutil.rmtree(site.out)
        shutil.copytree(spare, site.out)
        file.write_bytes(whole[:start] + bytes(40) + whole[start + 40 :])
        (site.root / "content/tin/bai-0.md").touch()
        site.build()
        assert own(site) == clean_tree(site)


# --- who reads changes nothing


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "PATIENCE", 0.1)


READERS: dict[str, Callable[[Path], object]] = {
    "next": next_due,
    "why": lambda file: origin(file, "/tin/bai-1/"),
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
def test_g4_who_only_asks_leaves_a_state_in_use_alone(site: Site, read: Callable[[Path], object]) -> None:
    newsroom(site, 3).build()
    file = state_file(site)
    before = file.read_bytes()
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("begin exclusive")
        with pytest.raises(Failure, match="locked") as caught:
            read(file)
    assert caught.value.exit_code == 4
    assert file.read_bytes() == before
    assert site.build().rendered == []


@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
def test_g4_who_only_asks_leaves_a_damaged_state_alone(site: Site, read: Callable[[Path], object]) -> None:
    newsroom(site, 3).build()
    file = state_file(site)
    file.write_bytes(b"?" * 9999)
    with pytest.raises(Failure, match="nothing is known"):
        read(file)
    assert file.read_bytes() == b"?" * 9999


@pytest.mark.usefixtures("impatient")
def test_g7_a_build_tells_who_holds_the_state(site: Site) -> None:
    newsroom(site, 3).build()
    site.edit("content/tin/bai-1.md", "Bài 1", "Bài một")
    with closing(sqlite3.connect(state_file(site), isolation_level=None)) as database:
        database.execute("begin exclusive")
        with pytest.raises(Failure, match="locked") as caught:
            site.build()
        assert caught.value.exit_code == 3
    site.build()
    assert own(site) == clean_tree(site)


# --- what stands in the place of its files


def test_g4_a_folder_in_the_place_of_the_state_and_a_file_in_that_of_the_stage_go(site: Site) -> None:
    newsroom(site, 3).build()
    state_file(site).unlink()
    site.write(".ptnews/state.sqlite/la/gi", "?")
    site.write(".ptnews/state-stage", "?")
    edit_and_add(site)
    site.build()
    assert own(site) == clean_tree(site)
    assert state_file(site).is_file()
    assert not (site.root / ".ptnews/state-stage").exists()


def test_g4_next_and_why_tell_kindly_that_nothing_is_known(site: Site) -> None:
    newsroom(site, 3)
    site.write(".ptnews/state.sqlite/la/gi", "?")
    for command in (["next"], ["why", "/tin/bai-1/"]):
        done = subprocess.run(
            [*COMMAND[:3], *command, "-C", str(site.root)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert "run `ptnews build` first" in done.stderr


@pytest.mark.parametrize("url", ["https://bao.example/bao/tin/bai-1/", "/bao/tin/bai-1/", "/tin/bai-1/", "bai-1"])
def test_why_knows_the_addresses_of_a_site_below_a_path(site: Site, url: str) -> None:
    site.edit("ptnews.yml", "https://bao.example", "https://bao.example/bao")
    newsroom(site, 3).build()
    assert origin(state_file(site), url, "/bao").source == "content/tin/bai-1.md"


def test_why_tells_when_by_the_clock_on_the_wall(site: Site) -> None:
    newsroom(site, 3)
    before = datetime.now(UTC)
    site.build("2024-02-01")
    made = datetime.fromisoformat(origin(state_file(site), "/tin/bai-1/").made)
    assert before - timedelta(seconds=1) <= made <= datetime.now(UTC)
