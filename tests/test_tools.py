"""The tools that ask others about the pages: they name whom they ask exactly, and fail when the answer is bad."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NODE = shutil.which("node")
GOOD = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("tool", ["tools/check-html.sh", "tools/audit.sh"])
def test_what_is_fetched_is_named_with_its_version(tool: str) -> None:
    (line,) = (line for line in text(tool).splitlines() if "npm install" in line)
    assert re.search(r" [a-z-]+@\d+\.\d+\.\d+$", line)


def test_the_gate_checks_every_page_and_takes_warnings_for_errors() -> None:
    assert "make check-html" in text(".ci/run").splitlines()
    assert re.search(r"^check-html: site .*\n\ttools/check-html\.sh build$", text("Makefile"), re.MULTILINE)
    assert re.search(r"vnu\.jar\" .*--Werror .*\"\$site\"$", text("tools/check-html.sh"), re.MULTILINE)


@pytest.mark.skipif(NODE is None, reason="no node on this machine")
@pytest.mark.parametrize(
    ("scores", "good"),
    [
        ([GOOD] * 5, True),
        ([GOOD | {"performance": 40}] * 2 + [GOOD] * 3, True),  # the median counts
        ([GOOD | {"performance": 97}] * 3 + [GOOD] * 2, False),
        ([GOOD | {"accessibility": 99}] * 5, False),
        ([GOOD | {"seo": None}] * 5, False),  # what could not be measured
    ],
)
def test_the_audit_fails_below_its_figures(tmp_path: Path, scores: list[dict[str, int | None]], good: bool) -> None:
    for number, each in enumerate(scores):
        found = {name: {"score": None if points is None else points / 100} for name, points in each.items()}
        (tmp_path / f"{number}.json").write_text(json.dumps({"categories": found, "audits": {}}))
    command = [NODE or "", str(ROOT / "tools/medians.js"), "/", *map(str, sorted(tmp_path.glob("*.json")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == good, done.stderr
