"""Any body at all: it stays in its place on the page, and holds only what a news article may hold."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import html5lib
from hypothesis import example, given, settings
from hypothesis import strategies as st

from phanthiet_news import markup
from site_in_a_string import Site

# As docs/reference/markdown.md promises it.
ELEMENTS = set(
    "a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure h2 h3 h4"
    " h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody"
    " td tfoot th thead time tr u ul var wbr".split()
)
ATTRIBUTES = set(
    "class id lang title dir href src alt width height loading colspan rowspan headers scope span start"
    " reversed type value datetime cite open".split()
)
OF_A_TABLE = {"role": "group", "tabindex": "0", "aria-label": "Bảng, có thể cuộn ngang"}
PLAYERS = {"https://player.vimeo.com/video/1234", "https://www.youtube-nocookie.com/embed/abcdefgh"}
MARKUP = st.sampled_from([
    "**", "*", "_", "`", "```", "[", "]", "(", ")", "](", "![", "<", ">", "</", "&", ";", "&#", "\\", "\n", "\n\n",
    "# ", "- ", "1. ", "> ", "| a | b |\n|--|:-:|\n", "==", "[^1]", "\n\n[^1]: ", "\n*[a]: ", "{: ", "}", "{#pt_main}",
    ' onclick="x"', " href=", ' title="', '"', "'", " style=x", "<script>", "</script>", "<div>", "</div>", "<p>",
    "</p>", "</article>", "</main>", "<table>", "<td>", "<tr>", "<iframe src=//x.example>",
    "<iframe src=https://player.vimeo.com/video/1234>", "</iframe>", "<svg>",
    "<math>", "<mi>", "<style>", "<title>", "<textarea>", "<noscript>", "<template>", "<form>", "<img src=x onerror=x>",
    "<a href=", "<!--", "-->", "<?", "?>", "<![CDATA[", "]]>", "javascript:alert(1)", "https://youtu.be/abcdefgh",
    "hinh.png", "x", " ", "    ", "[TOC]", "a:\n:   ", "---\n", "/", "#", "?", "=", "pt_main", 'id="',
])  # fmt: skip
BODY = st.lists(MARKUP, max_size=14).map("".join)


def parsed(page: str) -> Any:
    return html5lib.parse(page, namespaceHTMLElements=False)


def skeleton(element: Any) -> list[Any]:
    """A page's elements and attributes but for the text, and what follows from the text or from other articles."""
    passed_over = {"prose", "turn", "after", "attachments"}
    inner = [] if element.get("class") in passed_over else [each for each in element if isinstance(each.tag, str)]
    inner = [each for each in inner if each.get("rel") not in ("prev", "next")]
    shown = [skeleton(each) for each in inner if each.get("class") not in passed_over - {"prose"}]
    return [element.tag, sorted(element.attrib), shown]


def is_allowed(address: str) -> bool:
    """As a browser reads it: controls and spaces in front are dropped, tabs and line ends everywhere."""
    seen = re.sub(r"^[\x00-\x20]+|[\t\r\n]", "", address).lower()
    return seen.startswith(("http:", "https:", "mailto:", "tel:")) or not re.match(r"[a-z][a-z0-9+.-]*:", seen)


def assert_clean(body: Any) -> None:
    for each in list(body.iter())[1:]:
        assert each.tag in ELEMENTS
        own = {name: value for name, value in each.attrib.items() if name not in ATTRIBUTES}
        assert each.tag != "a" or own.pop("data-player", None) in {None, *PLAYERS}
        assert own.items() <= (OF_A_TABLE.items() if each.tag == "div" else set()), own
        assert all(is_allowed(each.get(name, "")) for name in ("href", "src", "cite")), each.attrib
        assert not each.get("id", "").startswith("pt_")


@settings(max_examples=100)
@given(bodies=st.lists(BODY, min_size=5, max_size=5))
@example(bodies=['<a title="x href=" href="/tin/">z</a>'] * 5)
@example(bodies=["[x](?a=&#2;fragment:sidebar&#3;)"] * 5)
@example(bodies=['<p id="pt_main">x</p>'] * 5)
def test_b1_no_body_reaches_out_of_its_place_or_makes_a_page_invalid(bodies: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        for number, body in enumerate(["x", *bodies]):
            site.article(f"content/tin/bai-{number}.md", body, summary="Tóm tắt.", date=f"2024-01-0{number + 1}")
        if any(problem.fatal for problem in site.problems()):
            return  # a control character, perhaps one of Markdown's own: refused, and never shown
        expected = skeleton(parsed(site.text("tin/bai-0/index.html")))
        for number in range(1, 6):
            strict = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
            page = strict.parse(site.text(f"tin/bai-{number}/index.html"))
            assert skeleton(page) == expected
            (prose,) = (each for each in page.iter("div") if each.get("class") == "prose")
            assert_clean(prose)
        for entry in json.loads(site.text("feed.json"))["items"]:
            assert_clean(parsed(entry["content_html"]).find("body"))


LABELS = markup.Labels(video_play="{}", footnote_back="{}", credit_prefix="Ảnh: ", table="Bảng")
OPTIONS = markup.Options(labels=LABELS, video_hosts=("www.youtube-nocookie.com",))
TRUSTING = markup.Options(labels=LABELS, video_hosts=OPTIONS.video_hosts, trust_html=True)


@settings(max_examples=400)
@given(body=BODY)
@example(body="<div><div><script>x</script>")  # what is added at the end must not hide what is lost
@example(body="<p><b><form><p>")
@example(body="<svg><style><img src=x onerror=x>")
def test_b3_whatever_a_browser_would_have_seen_and_does_not_is_told(body: str) -> None:
    uncleaned = "".join(markup.convert(body, TRUSTING).pieces)
    dropped = markup.convert(body, OPTIONS).dropped
    for each in html5lib.parseFragment(uncleaned, namespaceHTMLElements=False).iter():
        if isinstance(each.tag, str) and "{" not in each.tag and each.tag != "DOCUMENT_FRAGMENT":
            assert each.tag in ELEMENTS or f"<{each.tag}>" in dropped
            known = ATTRIBUTES | set(dropped) | (OF_A_TABLE.keys() if each.tag == "div" else set())
            assert {name for name in each.attrib if re.fullmatch("[a-z]+", str(name))} <= known
