"""The benchmark measures what it says: the same articles every time, the same site by both, a table of what it got."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench import corpus, machine, serve, table, words
from bench.process import Broken, running, timed, used, watched
from bench.sites import HugoSite, PtnewsSite
from bench.stages import measured
from bench.table import Measure, Output, Served, Size
from phanthiet_news.build import Report, Request, build

COUNT = 50


def built(site: PtnewsSite) -> Report:
    return build(Request(root=site.root, as_of="2026-01-01", strict=True, jobs=1))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> PtnewsSite:
    """A site that was built once."""
    site = PtnewsSite(tmp_path_factory.mktemp("bench"), COUNT)
    site.write()
    assert built(site).kinds["article"] == COUNT
    return site


def shows(site: PtnewsSite, proof: dict[str, str]) -> bool:
    return all(mark in (site.out / path).read_text(encoding="utf-8") for path, mark in proof.items())


def bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_what_is_kept_grows_no_faster_than_what_was_written(tmp_path: Path) -> None:
    def sizes(count: int) -> tuple[int, int]:
        site = PtnewsSite(tmp_path / str(count), count)
        site.write()
        built(site)
        return bytes_in(site.state), bytes_in(site.root / "content")

    (few_kept, few_written), (many_kept, many_written) = sizes(100), sizes(400)
    assert many_kept - few_kept <= many_written - few_written


# --- the articles -------------------------------------------------------------------------------------


def test_the_articles_are_the_same_on_every_machine_and_in_every_year() -> None:
    told = hashlib.sha256("".join(map(repr, corpus.corpus(COUNT))).encode()).hexdigest()
    assert told == "441330df64c89dff481ca8bad0b82a69478244b62383d9f5be92bda173939da4"


def test_the_articles_are_those_of_a_newsroom() -> None:
    articles = list(corpus.corpus(400))
    bodies = [each.body for each in articles]
    assert len({each.path for each in articles}) == 400
    assert 5_000 < sum(len(body.encode()) for body in bodies) / 400 < 7_000
    assert {each.category for each in articles} == set(words.CATEGORIES)
    assert {each.author for each in articles} == set(words.AUTHORS)
    assert len({tag for each in articles for tag in each.tags}) == 60
    assert articles[0].date.year - articles[-1].date.year == corpus.YEARS
    for mark in ("\n## ", "\n### ", "\n- ", "\n1. ", "\n> ", "\n|---", "\n![", "](https://", ".md)", "**", " *"):
        assert any(mark in body for body in bodies), mark


# --- the sites ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["edit_body", "publish", "change_stats", "change_base"])
@pytest.mark.parametrize("fragments", ["inline", "client"])
def test_a_change_is_seen_after_a_build_and_not_before(made: PtnewsSite, change: str, fragments: str) -> None:
    made.set_fragments(fragments)
    built(made)
    proof = getattr(made, change)()
    assert not any((made.out / path).exists() and shows(made, {path: mark}) for path, mark in proof.items())
    built(made)
    assert shows(made, proof)


def test_nothing_changed_is_nothing_to_do(made: PtnewsSite) -> None:
    built(made)
    made.change_nothing()
    report = built(made)
    assert (report.rendered, report.filled, report.copied) == ([], [], [])


def pages(folder: Path) -> set[str]:
    """Addresses of pages. Numbered ones and months are named otherwise by each, and Hugo leaves đ as it is."""
    found = {file.relative_to(folder).as_posix().replace("đ", "d") for file in folder.rglob("*.html")}
    return {path for path in found if "/trang/" not in path and not path.startswith("luu-tru/2")}


@pytest.mark.skipif(machine.hugo_binary() is None, reason="Hugo is not installed")
def test_hugo_makes_the_same_site(tmp_path: Path) -> None:
    hugo, site = HugoSite(tmp_path / "hugo", COUNT), PtnewsSite(tmp_path / "ptnews", COUNT)
    hugo.write()
    site.write()
    built(site)
    command = [str(machine.hugo_binary()), "--source", str(hugo.root), "--noBuildLock", "--panicOnWarning"]
    subprocess.run(command, check=True, capture_output=True)
    assert pages(hugo.out) == pages(site.out)
    months = [len(list((out / "luu-tru").rglob("index.html"))) for out in (hugo.out, site.out)]
    assert months[0] == months[1] > 12
    for feed in ("rss.xml", "atom.xml", "feed.json", "the-thao/rss.xml", "sitemap.xml", "stats.json", "robots.txt"):
        assert (hugo.out / feed).is_file(), feed
        assert (site.out / feed).is_file(), feed
    newest, target = corpus.article(0, COUNT), 'href="../'
    page = (hugo.out / newest.category / newest.slug / "index.html").read_text(encoding="utf-8")
    assert newest.title in page
    assert str(corpus.TOTAL) in page
    assert not [file for file in hugo.out.rglob("*.html") if target in file.read_text(encoding="utf-8")]


# --- running ------------------------------------------------------------------------------------------


def test_a_run_is_timed_and_its_answer_kept(tmp_path: Path) -> None:
    seconds = timed([sys.executable, "-c", "import time; time.sleep(0.2); print('xong')"], tmp_path / "answer")
    assert 0.2 <= seconds < 20
    assert (tmp_path / "answer").read_text(encoding="utf-8") == "xong\n"


def test_memory_of_processes_below_is_counted(tmp_path: Path) -> None:
    hold = "import sys, time; held = bytearray(b'x') * 40_000_000; time.sleep(0.5)"
    both = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {hold!r}]); {hold}; child.wait()"
    assert watched([sys.executable, "-c", both], tmp_path / "answer") > 80_000_000


@pytest.mark.parametrize("run", [timed, watched])
def test_a_run_that_fails_says_what_was_said(run: object, tmp_path: Path) -> None:
    assert callable(run)
    with pytest.raises(Broken, match="hỏng rồi"):
        run([sys.executable, "-c", "import sys; sys.exit('hỏng rồi')"], tmp_path / "answer")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")
def test_work_of_processes_below_is_counted_as_long_as_a_program_runs(tmp_path: Path) -> None:
    work = "import time\nwhile time.process_time() < 0.4: pass\ntime.sleep(60)"
    both = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"
    with running([sys.executable, "-c", both], tmp_path / "answer") as process:
        end = time.monotonic() + 20
        while used(process.pid) < 0.3:
            assert time.monotonic() < end
            time.sleep(0.05)
    assert process.returncode is not None
    assert used(process.pid) == 0


@pytest.mark.skipif(machine.hugo_binary() is None, reason="Hugo is not installed")
def test_a_save_is_timed_until_both_previews_show_it(tmp_path: Path) -> None:
    found = serve.measured(tmp_path, COUNT, 2, str(machine.hugo_binary()))
    assert [len(each) for each in (found.seconds, found.hugo_seconds)] == [2, 2]
    assert 0 < min(found.seconds) <= max(found.seconds) < 20


# --- the table ----------------------------------------------------------------------------------------


def size(articles: int, seconds: float) -> Size:
    cold = Measure("cold", [seconds, seconds * 2, seconds * 3], [4.0, 2.0, 8.0], 1234, 5, 1300, 64 * 2**20)
    return Size(articles, [cold], Output(1301, 5 * 2**20), Output(999, 3 * 2**20), 128 * 2**20)


def test_the_table_tells_what_was_measured() -> None:
    told = table.report("ptnews 1, Hugo 2; 2 cores.", [size(1000, 1.0)])
    assert told == (
        "ptnews 1, Hugo 2; 2 cores.\n\n"
        "### 1,000 articles\n\n"
        "|  | ptnews | Hugo, full build | ratio | rendered | filled | files written | memory |\n"
        "| --- | --: | --: | --: | --: | --: | --: | --: |\n"
        "| cold | 2.00 s (1.00–3.00) | 4.00 s (2.00–8.00) | 0.38 | 1,234 | 5 | 1,300 | 64 MiB |\n"
        "| Hugo, full build |  | 4.00 s (2.00–8.00) | 1 |  |  |  | 128 MiB |\n\n"
        "Output: ptnews 1,301 files, 5 MiB; Hugo 999 files, 3 MiB."
    )


def test_growth_is_told_from_the_smallest_to_the_largest() -> None:
    told = table.report("-", [size(10_000, 15.0), size(1000, 1.0)])
    assert "|  | 10,000 | 1,000 | 10 × the articles |" in told
    assert "| cold | 30.00 s | 2.00 s | 15 × the time |" in told
    assert "| Hugo, full build | 4.00 s | 4.00 s | 1 × the time |" in told


def test_saves_are_told_by_their_median_and_by_what_95_of_100_took() -> None:
    row = Served(1000, [0.05] * 18 + [0.08, 0.3], [0.2] * 19 + [0.4])
    assert table.report_served("ptnews 1, Hugo 2; 2 cores.", [row]) == (
        "ptnews 1, Hugo 2; 2 cores.\n\n"
        "| articles | ptnews, median | 95 of 100 | `hugo server`, median | 95 of 100 | ratio |\n"
        "| --- | --: | --: | --: | --: | --: |\n"
        "| 1,000 | 50 ms | 80 ms | 200 ms | 200 ms | 0.25 |"
    )


def test_a_page_keeps_all_but_what_is_between_its_marks() -> None:
    page = f"# Tựa\n\n{table.MEASURED[0]}\ncũ\n{table.MEASURED[1]}\n\nCuối\n"
    new = table.put_into(page, "mới")
    assert new == f"# Tựa\n\n{table.MEASURED[0]}\n\nmới\n\n{table.MEASURED[1]}\n\nCuối\n"
    assert table.put_into(new, "mới") == new


@pytest.mark.parametrize(
    "page", ["", table.MEASURED[0], table.MEASURED[1] + table.MEASURED[0], (table.MEASURED[0] + table.MEASURED[1]) * 2]
)
def test_a_page_without_its_two_marks_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="it needs one line"):
        table.put_into(page, "x")


def test_the_page_about_performance_can_be_written() -> None:
    page = Path(__file__).parents[1].joinpath("docs", "performance.md").read_text(encoding="utf-8")
    for marks in (table.MEASURED, table.SERVED):
        assert "\n\nx\n\n" in table.put_into(page, "x", marks)


def test_the_setting_names_versions_and_no_folder(tmp_path: Path) -> None:
    hugo = tmp_path / "hugo"
    hugo.write_text("#!/bin/sh\necho 'hugo v0.168.0-abc+extended linux/amd64 BuildDate=unknown'\n", encoding="utf-8")
    hugo.chmod(0o755)
    told = machine.setting(tmp_path, str(hugo))
    assert "Hugo 0.168.0; " in told
    assert "/" not in told


def test_every_stage_is_told_with_what_it_costs(tmp_path: Path) -> None:
    told = dict(measured(tmp_path, 30))
    assert {"front matter", "Markdown, cleaned and cut", "plan", "render article, a page"} <= told.keys()
    assert all(milliseconds > 0 for milliseconds in told.values())
