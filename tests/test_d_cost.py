"""What an article may cost, and what happens to a build whose workers die: section D of the promises."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from phanthiet_news.budget import OverBudget, limited
from phanthiet_news.parallel import Workers
from phanthiet_news.problem import EXIT_SYSTEM, Failure
from site_in_a_string import CONFIG, Site

QUICK = f"{CONFIG}markdown: {{max_seconds: 1}}\n"
SLOW = "![" * 6000  # Python-Markdown looks for the end of each, again and again


def test_d1_a_body_that_costs_too_much_is_named(site: Site) -> None:
    site.write("ptnews.yml", QUICK)
    site.article("content/tin/tot.md")
    site.build()
    before = site.tree()
    site.article("content/tin/cham.md", SLOW)
    site.article("content/tin/sai.md", date="mai")
    started = time.perf_counter()
    problems = site.problems()
    assert [(each.path, each.line, each.code) for each in problems] == [
        ("content/tin/cham.md", 5, "render-timeout"),
        ("content/tin/sai.md", 3, "date-unknown"),
    ]
    assert time.perf_counter() - started < 10
    assert site.tree() == before


def test_d1_workers_keep_to_it_too(site: Site) -> None:
    site.write("ptnews.yml", QUICK)
    for number in range(220):
        site.article(f"content/tin/bai-{number}.md")
    site.article("content/tin/cham.md", SLOW)
    with pytest.raises(Failure) as caught:
        site.build(jobs=2)
    assert [(each.path, each.code) for each in caught.value.problems] == [("content/tin/cham.md", "render-timeout")]


def test_d1_a_long_body_of_plain_text_is_no_cost(site: Site) -> None:
    site.write("ptnews.yml", QUICK)
    site.article("content/tin/dai.md", "Một đoạn văn *bình thường*.\n\n" * 8000)
    assert site.problems() == []


def test_d1_the_article_after_it_has_all_its_time() -> None:
    with pytest.raises(OverBudget), limited(0.05):
        work_for(60)
    with limited(60):
        pass
    time.sleep(0.1)
    sum(range(10**6))


def work_for(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_d1_on_other_threads_it_is_told_afterwards() -> None:
    told: list[BaseException] = []

    def work() -> None:
        try:
            with limited(0.01):
                work_for(0.05)
        except OverBudget as over:
            told.append(over)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(told) == 1


def dies_at_700(numbers: Sequence[int]) -> list[int]:
    if 700 in numbers:
        os.kill(os.getpid(), signal.SIGKILL)
    return [number * 2 for number in numbers]


def dies_once(numbers: Sequence[Path]) -> list[str]:
    for mark in numbers:
        if mark.name == "300" and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return [mark.name for mark in numbers]


def test_d2_a_worker_that_dies_names_what_it_held() -> None:
    with Workers(2) as workers, pytest.raises(Failure) as caught:
        list(workers.map(dies_at_700, range(1000), lambda number: f"content/{number}.md"))
    [problem] = caught.value.problems
    assert (problem.path, problem.code) == ("content/700.md", "worker-died")
    assert caught.value.exit_code == EXIT_SYSTEM


def test_d2_a_death_that_does_not_come_again_costs_nothing(tmp_path: Path) -> None:
    marks = [tmp_path / str(number) for number in range(1000)]
    with Workers(2) as workers:
        assert list(workers.map(dies_once, marks)) == [mark.name for mark in marks]


@pytest.mark.skipif(sys.platform != "linux", reason="kills a worker by its extension's hand")
def test_d2_in_a_build_it_is_the_article(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = tmp_path / "lethal.py"
    module.write_text(
        "import os, signal\n"
        "from markdown.extensions import Extension\n"
        "from markdown.preprocessors import Preprocessor\n"
        "class Kill(Preprocessor):\n"
        "    def run(self, lines):\n"
        "        if 'CHẾT' in lines: os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return lines\n"
        "class Lethal(Extension):\n"
        "    def extendMarkdown(self, md): md.preprocessors.register(Kill(md), 'kill', 99)\n"
        "def makeExtension(**options): return Lethal()\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    site.write("ptnews.yml", f"{CONFIG}markdown: {{extensions: [lethal]}}\n")
    for number in range(300):
        site.article(f"content/tin/bai-{number}.md")
    site.article("content/tin/bai-222.md", "CHẾT")
    with pytest.raises(Failure) as caught:
        site.build(jobs=2)
    assert [(each.path, each.code) for each in caught.value.problems] == [("content/tin/bai-222.md", "worker-died")]
