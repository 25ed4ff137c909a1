"""What the preview puts into pages that are not so in the build: a script that reloads, and a panel of problems.

Knows HTML and problems; must not know the server. Everything that a problem quotes is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from phanthiet_news.problem import Problem, report

OWN = "/_ptnews/"
SCRIPT = (Path(__file__).parent / "reload.js").read_bytes()
STYLE = b"""\
#ptnews-problems { position: fixed; inset: auto 0 0 0; z-index: 2147483647; max-height: 60vh; overflow: auto; margin: 0;
  padding: 1rem 1.25rem; background: #2b1313; color: #fff; font: 14px/1.5 ui-monospace, monospace; text-align: left;
  border-top: 4px solid #e0533d; }
#ptnews-problems h2 { margin: 0 0 .5rem; font: 600 15px/1.4 system-ui, sans-serif; color: #fff; }
#ptnews-problems pre { margin: 0; white-space: pre-wrap; background: none; color: inherit; }
"""
_TAGS = f"""\
<link rel="stylesheet" href="{OWN}panel.css">
<script src="{OWN}reload.js" defer data-generation="{{}}"></script>
"""
_EMPTY = b"""<!doctype html>
<html lang="vi">
<head><meta charset="utf-8"><title>ptnews</title></head>
<body>
</body>
</html>
"""
_TITLE = "Có lỗi; đang xem bản dựng tốt gần nhất · Not built: this is the last good state"


def dressed(page: bytes, problems: Sequence[Problem], generation: int) -> bytes:
    """A page with what the preview adds to it; `generation` is that of the build that it comes from."""
    extra = (_panel(problems) + _TAGS.format(generation)).encode("utf-8", "backslashreplace")
    head, body, rest = page.rpartition(b"</body>")
    return head + extra + body + rest if body else page + extra


def only_problems(problems: Sequence[Problem], generation: int) -> bytes:
    """A page for when there is none."""
    return dressed(_EMPTY, problems, generation)


def _panel(problems: Sequence[Problem]) -> str:
    """Errors only: with warnings alone the site stands, and the terminal tells them."""
    if not any(problem.fatal for problem in problems):
        return ""
    told = escape(report(problems))
    return f'<div id="ptnews-problems" role="alert">\n<h2>{_TITLE}</h2>\n<pre>{told}</pre>\n</div>\n'
