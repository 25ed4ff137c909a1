"""What the preview puts into pages that are not so in the build: a script that reloads, and a panel of problems.

Knows HTML and problems; must not know the server. Everything that a problem quotes is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from phanthiet_news import digest
from phanthiet_news.problem import Problem, report

OWN = "/_ptnews/"
SCRIPT = (Path(__file__).parent / "reload.js").read_bytes()
WORKER = (Path(__file__).parent / "events.js").read_bytes()
STYLE = b"""\
#ptnews-problems { position: fixed; inset: auto 0 0 0; z-index: 2147483647; max-height: 60vh; overflow: auto; margin: 0;
  padding: 1rem 1.25rem; background: #2b1313; color: #fff; font: 14px/1.5 ui-monospace, monospace; text-align: left;
  border-top: 4px solid #e0533d; }
#ptnews-problems h2 { margin: 0 0 .5rem; font: 600 15px/1.4 system-ui, sans-serif; color: #fff; }
#ptnews-problems pre { margin: 0; white-space: pre-wrap; background: none; color: inherit; }
"""
_TAGS = """\
<link rel="stylesheet" href="{own}panel.css">
<script src="{own}reload.js" defer data-generation="{generation}" data-page="{page}"></script>
"""
_EMPTY = b"""<!doctype html>
<html lang="vi">
<head><meta charset="utf-8"><title>ptnews</title></head>
<body>
</body>
</html>
"""
_TITLE = "Có lỗi; đang xem bản dựng tốt gần nhất · Not built: this is the last good state"
_WHOLE = re.compile(rb"<!doctype html|<html[\s>]", re.IGNORECASE)
_HEAD = 4096  # bytes within which a whole page says that it is one
_SHEET = re.compile(rb"\.css\?v=[0-9a-f]+")


def dressed(page: bytes, problems: Sequence[Problem], generation: int) -> bytes:
    """A whole page with what the preview adds to it; `generation` is that of the build that it comes from.

    Its `data-page` is the same as long as nothing but the addresses of style sheets changed. What is no whole page
    (a piece that some script fetches) is left as it is.
    """
    if not _WHOLE.search(page, 0, _HEAD):
        return page
    panel = _panel(problems).encode("utf-8", "backslashreplace")
    mark = digest.of_bytes(panel + _SHEET.sub(b".css", page))
    extra = panel + _TAGS.format(own=OWN, generation=generation, page=mark).encode()
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
