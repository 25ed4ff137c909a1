"""Instants, zones and order, and what a terminal is given to show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from phanthiet_news.model import Absence
from phanthiet_news.problem import EXIT_CONFIG, Failure, Problem
from site_in_a_string import CONFIG, Site

MOT = "content/tin/mot.md"
BIDI = "\u202e"


def run(site: Site, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The real command, in the site's folder."""
    command = [sys.executable, "-m", "phanthiet_news", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"} | variables
    return subprocess.run(
        command, cwd=site.root, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def published(site: Site, path: str = "tin/mot/index.html") -> str:
    """The instant that a page gives as its own."""
    return site.text(path).split('<time datetime="', 1)[1].split('"', 1)[0]


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def machine_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The test runs on a machine that lives elsewhere."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


# --- H1: whose time


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        ("2024-01-02", "2024-01-02T00:00:00+07:00"),
        ("2024-01-02T08:30", "2024-01-02T08:30:00+07:00"),
        ("2024-01-02 08:30:15", "2024-01-02T08:30:15+07:00"),
        ("2024-01-01T20:00Z", "2024-01-02T03:00:00+07:00"),
        ("2024-01-02T08:30+09", "2024-01-02T06:30:00+07:00"),
        ("2024-01-02T08:30 -0330", "2024-01-02T19:00:00+07:00"),
        ("1905-08-01", "1905-08-01T00:00:00+07:06"),
        ("1911-06-01", "1911-06-01T00:00:00+07:00"),
        ("1945-09-02T14:00", "1945-09-02T14:00:00+07:00"),
        ("1965-01-01", "1965-01-01T00:00:00+08:00"),
        ("1000-01-01", "1000-01-01T00:00:00+07:06"),
    ],
)
@pytest.mark.usefixtures("machine_zone")
def test_h1_a_date_is_the_sites_and_never_the_machines(site: Site, date: str, instant: str) -> None:
    site.article(MOT, date=date)
    site.build()
    assert published(site) == instant


def test_h1_the_zone_is_the_configured_one(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}timezone: Europe/Berlin\n")
    site.article(MOT, date="2024-07-01T08:00")
    site.article("content/tin/hai.md", date="2024-01-01T08:00")
    site.build("2024-08-01")
    assert published(site) == "2024-07-01T08:00:00+02:00"
    assert published(site, "tin/hai/index.html") == "2024-01-01T08:00:00+01:00"


@pytest.mark.usefixtures("machine_zone")
def test_h1_as_of_and_expires_are_in_the_sites_zone_too(site: Site) -> None:
    site.article(MOT, date="2024-01-02T08:00", expires="2024-01-02T09:00")
    made = {
        at: bool(site.build(f"2024-01-02T{at}").kinds.get("article")) for at in ("07:59", "08:00", "08:59", "09:00")
    }
    assert made == {"07:59": False, "08:00": True, "08:59": True, "09:00": False}


def test_h1_pages_of_a_month_go_by_the_sites_zone(site: Site) -> None:
    site.article(MOT, date="2023-12-31T18:00Z")
    assert "luu-tru/2024/01/index.html" in site.build().rendered


# --- H2: one clock, and what it leaves out


def test_h2_the_epoch_of_the_environment_sets_the_clock(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.article(MOT, date="2024-01-02T08:00")
    due = int(datetime.fromisoformat("2024-01-02T08:00+07:00").timestamp())
    for epoch, shown in ((due - 1, False), (due, True)):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(epoch))
        assert ("tin/mot/index.html" in site.build(None).rendered) is shown


def test_h2_as_of_goes_before_the_epoch(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.article(MOT, date="2024-01-02T08:00")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert "tin/mot/index.html" in site.build("2024-01-02T08:00").rendered


@pytest.mark.parametrize("epoch", ["soon", "1.5", "9" * 5000, "9" * 15, "-" + "9" * 15])
def test_h2_an_epoch_that_is_no_instant_is_told(site: Site, monkeypatch: pytest.MonkeyPatch, epoch: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(Failure) as caught:
        site.build(None)
    assert caught.value.exit_code == EXIT_CONFIG
    assert [(each.path, each.code) for each in caught.value.problems] == [("SOURCE_DATE_EPOCH", "epoch")]


@pytest.mark.parametrize("asked", ["3/2/2024", "now", "2024-02-30", "9" * 5000])
def test_h2_an_instant_that_can_not_be_read_is_told(site: Site, asked: str) -> None:
    with pytest.raises(Failure) as caught:
        site.build(asked)
    assert caught.value.exit_code == EXIT_CONFIG
    (problem,) = caught.value.problems
    assert (problem.path, problem.code.split("-")[0]) == ("--as-of", "date")
    assert len(str(problem)) < 400


def test_h2_what_is_left_out_is_reported_with_its_instant(site: Site) -> None:
    site.article("content/tin/nhap.md", date="2024-01-01", draft="true")
    site.article("content/tin/sau.md", date="2024-07-01T08:00")
    site.article("content/tin/cu.md", date="2024-01-02", expires="2024-03-01T10:00")
    report = site.build("2024-06-01")
    left = {each.source: (each.reason, each.instant.isoformat(timespec="minutes")) for each in report.left_out}
    assert left == {
        "content/tin/nhap.md": (Absence.DRAFT, "2024-01-01T00:00+07:00"),
        "content/tin/sau.md": (Absence.FUTURE, "2024-07-01T08:00+07:00"),
        "content/tin/cu.md": (Absence.EXPIRED, "2024-03-01T10:00+07:00"),
    }
    assert report.next_due is not None
    assert report.next_due.isoformat(timespec="minutes") == "2024-07-01T08:00+07:00"


def test_h2_the_summary_lists_what_is_left_out(site: Site) -> None:
    site.article("content/tin/nhap.md", draft="true")
    site.article("content/tin/sau.md", date="2024-07-01T08:00")
    done = run(site, "build", "--as-of", "2024-06-01")
    assert (done.returncode, done.stderr) == (0, "")
    assert "left out: content/tin/nhap.md (a draft)" in done.stdout
    assert "left out: content/tin/sau.md (due 2024-07-01T08:00+07:00)" in done.stdout
    assert "next change by itself: 2024-07-01T08:00+07:00" in done.stdout


# --- H3: clocks that are put forward and back


@pytest.mark.parametrize(
    ("zone", "date", "code", "way", "hint"),
    [
        ("Europe/Berlin", "2024-03-31T02:30", "date-skipped", "forward", "2024-03-31T02:30+01:00"),
        ("Europe/Berlin", "2024-10-27T02:30", "date-repeated", "back", "2024-10-27T02:30+02:00"),
        ("America/New_York", "2024-03-10T02:00", "date-skipped", "forward", "2024-03-10T02:00-05:00"),
        ("Australia/Lord_Howe", "2024-04-07T01:45", "date-repeated", "back", "2024-04-07T01:45+11:00"),
        ("America/Sao_Paulo", "2018-11-04", "date-skipped", "forward", "2018-11-04T00:00-03:00"),
        ("Asia/Ho_Chi_Minh", "1959-12-31T23:30", "date-skipped", "forward", "1959-12-31T23:30+07:00"),
        ("Asia/Ho_Chi_Minh", "1911-04-30T23:59:45", "date-repeated", "back", "1911-04-30T23:59+07:06"),
    ],
)
def test_h3_a_time_that_does_not_exist_or_exists_twice_is_an_error_that_says_so(
    site: Site, zone: str, date: str, code: str, way: str, hint: str
) -> None:
    site.write("ptnews.yml", f"{CONFIG}timezone: {zone}\n")
    site.article(MOT, date=date)
    problem = site.problem()
    assert (problem.path, problem.line, problem.column, problem.code) == (MOT, 3, 7, code)
    assert date in problem.message
    assert f"the clocks were put {way}" in problem.message
    assert problem.hint == f"add the offset, as in {hint}"
    site.article(MOT, date=hint)  # the mend mends
    assert site.problems() == []


@pytest.mark.parametrize(
    "date",
    ["2024-03-31T01:59", "2024-03-31T03:00", "2024-10-27T01:59", "2024-10-27T03:00", "2024-10-27T02:30+01:00"],
)
def test_h3_the_times_around_it_are_fine(site: Site, date: str) -> None:
    site.write("ptnews.yml", f"{CONFIG}timezone: Europe/Berlin\n")
    site.article(MOT, date=date)
    assert site.problems("2024-12-01") == []


@pytest.mark.parametrize("key", ["updated", "expires"])
def test_h3_it_goes_for_every_instant(site: Site, key: str) -> None:
    site.write("ptnews.yml", f"{CONFIG}timezone: Europe/Berlin\n")
    site.article(MOT, **{key: "2024-10-27T02:30"})
    problem = site.problem()
    assert (problem.line, problem.code) == (4, "date-repeated")


# --- H5: order


def test_h5_ties_are_broken_by_address_and_the_order_of_a_folder_never_shows(tmp_path: Path) -> None:
    names = ["c", "a", "z", "b", "10", "9", "m"]
    trees = []
    for number, order in enumerate((names, names[::-1], sorted(names))):
        site = Site(tmp_path / str(number))
        for name in order:
            site.article(f"content/tin/{name}.md", title=f"Tựa {name}", tags=f"[t{name}, chung]")
        site.build()
        trees.append(site.tree())
    assert trees[0] == trees[1] == trees[2]
    page = trees[0]["tin/index.html"].decode()
    places = [page.index(f'href="/tin/{name}/"') for name in sorted(names)]
    assert places == sorted(places)


def test_h5_dates_are_compared_as_instants_and_not_as_they_are_written(site: Site) -> None:
    site.article("content/tin/truoc.md", date="2024-01-02T08:00+09:00")
    site.article("content/tin/sau.md", date="2024-01-02T07:00")
    site.build()
    page = site.text("tin/index.html")
    assert page.index("/tin/sau/") < page.index("/tin/truoc/")


def test_h5_problems_are_told_in_one_order_whatever_the_folders(tmp_path: Path) -> None:
    told = []
    for number, names in enumerate((["b", "a", "c"], ["c", "b", "a"])):
        site = Site(tmp_path / str(number))
        for name in names:
            site.article(f"content/tin/{name}.md", date="x", draft="y")
        told.append([str(each) for each in site.problems()])
    assert told[0] == told[1]
    assert len(told[0]) == 6


# --- H6: what a terminal is given


def harmless(text: str) -> bool:
    return not any(
        (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c in "\u200e\u200f\u061c\ufeff" for c in text
    ) and (not any("\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" for c in text))


@pytest.mark.parametrize("character", ["\x1b", "\r", "\n", "\x07", "\x7f", "\x9b", BIDI, "\u2066", "\u200f", "\ufeff"])
def test_h6_a_file_name_is_printed_with_its_control_and_bidi_characters_escaped(site: Site, character: str) -> None:
    site.article(f"content/tin/a{character}[31mb.md")
    problem = site.problem()
    assert problem.code == "slug-from-name"
    assert harmless(str(problem).replace("\n    ", "")), str(problem)
    assert f"\\u{ord(character):04x}" in str(problem).split("\n")[0]


def test_h6_front_matter_is_printed_escaped_and_the_mark_still_fits(site: Site) -> None:
    site.article(MOT, **{f"sum{BIDI}mary": "x"})
    problem = site.problem()
    headline, line, mark, _ = str(problem).split("\n")
    assert "`sum\\u202emary`" in headline
    assert harmless(str(problem))
    assert line[mark.index("^") : mark.rindex("^") + 1] == "sum\\u202emary"


def test_h6_the_command_prints_nothing_that_a_terminal_obeys(site: Site) -> None:
    site.article(f"content/tin/x{BIDI}\x1b[2J.md", slug="mot", draft="true")
    site.article("content/tin/y\x1b]0;x\x07.md", slug="hai", date="2030-01-01")
    site.article("content/tin/z.md", f"[a](khong{BIDI}co.md)")
    done = run(site, "build", "-v", "--as-of", "2024-06-01")
    assert done.returncode == 0
    assert "x\\u202e\\u001b[2J.md" in done.stdout
    assert harmless(done.stdout + done.stderr)


def test_h6_json_says_the_same_and_is_always_text(site: Site) -> None:
    folder = site.root / "content/tin"
    folder.mkdir(parents=True)
    Path(os.fsdecode(os.fsencode(folder) + b"/\x1b\xff.md")).write_bytes(b"x")
    site.article("content/tin/a\x1b.md", date="x")
    done = run(site, "build", "--json")
    assert done.returncode == 1
    problems = [Problem(**each) for each in json.loads(done.stdout)["problems"]]
    assert [each.code for each in problems] == ["name-encoding", "slug-from-name", "date-unknown"]
    assert harmless(done.stdout)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_h6_a_terminal_without_utf8_gets_escapes_and_no_traceback(site: Site, locale: str) -> None:
    site.article(MOT, title="Ấm", dâte="x")
    done = run(site, "build", LC_ALL=locale, PYTHONCOERCECLOCALE="0", PYTHONUTF8="0", PYTHONIOENCODING="")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "did you mean `date`?" in done.stderr
