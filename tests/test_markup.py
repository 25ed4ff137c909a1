"""What Markdown becomes: every form that a newsroom needs, and where links lead."""

from __future__ import annotations

import json
import random
import re
import tempfile
from pathlib import Path
from typing import Any

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from phanthiet_news.problem import Failure
from site_in_a_string import CONFIG, Site

MOT = "content/tin/mot.md"
PAGE = "tin/mot/index.html"
HOST = "https://bao.example"


def page(site: Site, path: str = PAGE) -> Any:
    return html5lib.parse(site.text(path), namespaceHTMLElements=False)


def body(site: Site, path: str = PAGE) -> str:
    """The article's text as HTML, as it stands on its page."""
    text = site.text(path)
    return text.split('<div class="prose">\n', 1)[1].split("\n</div>\n<footer>", 1)[0]


def made(site: Site, text: str, **front: str) -> str:
    """What a body becomes, without a problem."""
    site.article(MOT, text, **front)
    assert site.build().problems == []
    return body(site)


# --- forms of text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**đậm** *nghiêng* `mã` ==dấu==", "<strong>đậm</strong> <em>nghiêng</em> <code>mã</code> <mark>dấu</mark>"),
        ("a ==b== c==d==e == f", "a <mark>b</mark> c<mark>d</mark>e == f"),
        ("== a == và ==**b** c==", "== a == và <mark><strong>b</strong> c</mark>"),
        ("a == b, c === d", "a == b, c === d"),
        (r"\*a\* \=\=b", r"*a* \=\=b"),
        ('"hai" it\'s a--b c---d...', "“hai” it’s a–b c—d…"),
        ('`"mã" -- ...`', '<code>"mã" -- ...</code>'),
        ("một  \nhai", "một<br>\nhai"),
        ("H<sub>2</sub>O", "H<sub>2</sub>O"),
        ("https://x.example/ trần", "https://x.example/ trần"),
        ("AT&T &amp; &copy; 1 < 2", "AT&amp;T &amp; © 1 &lt; 2"),
    ],
)
def test_words(site: Site, text: str, html: str) -> None:
    assert made(site, text) == f"<p>{html}</p>"
