"""From content to HTML, feeds and JSON: nothing that an author writes becomes markup, script or template."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import feedparser
import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from phanthiet_news.problem import Failure, Problem
from site_in_a_string import CONFIG, Site

MOT = "content/tin/mot.md"
PAGE = "tin/mot/index.html"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
CONTENT = "{http://www.w3.org/2005/Atom}content"

numbers = itertools.count()

Shape = tuple[str, tuple[str, ...]]


@pytest.fixture
def fresh(tmp_path: Path) -> Site:
    """A site whose folder every example takes anew."""
    return Site(tmp_path / str(next(numbers)))


def quoted(text: str) -> str:
    """A JSON string is a YAML string, if no line ends in it."""
    written = json.dumps(text, ensure_ascii=False)
    return written.replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")


# --- outputs, read again


def html(text: str) -> Element:
    root: Element = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)
    return root


def elements(text: str) -> Iterator[Element]:
    """The elements of a page, comments aside."""
    return (each for each in html(text).iter() if isinstance(each.tag, str))


def html_shape(text: str) -> list[Shape]:
    return [(str(each.tag), tuple(sorted(each.attrib))) for each in elements(text)]


def xml_shape(data: bytes) -> list[Shape]:
    return [(str(each.tag), tuple(sorted(map(str, each.attrib)))) for each in etree.fromstring(data).iter()]


def json_shape(value: Any) -> list[Shape]:
    if isinstance(value, dict):
        return [("{", tuple(value)), *(shape for each in value.values() for shape in json_shape(each))]
    if isinstance(value, list):
        return [("[", ()), *(shape for each in value for shape in json_shape(each))]
    return [(type(value).__name__, ())]


def structured(text: str) -> list[Any]:
    """What a page tells search engines."""
    return [json.loads(each.text or "") for each in elements(text) if each.get("type") == "application/ld+json"]


def of_the_theme(element: etree._Element) -> bool:
    """A script file of the site, or data that no browser runs."""
    data = element.get("type") == "application/ld+json"
    return data or (element.get("src", "").startswith("/js/") and not element.text)


def shape(path: str, data: bytes) -> list[Shape]:
    if path.endswith(".html"):
        return html_shape(data.decode()) + [each for found in structured(data.decode()) for each in json_shape(found)]
    if path.endswith(".xml"):
        return xml_shape(data)
    return json_shape(json.loads(data)) if path.endswith(".json") else []


def shapes(site: Site) -> list[tuple[str, list[Shape]]]:
    """The shape of every output; where a slug decides the path, that of its kind of page."""
    kind = re.compile(r"^(tag|author|tac-gia|chu-de|the|[a-z-]+)/xin[^/]*/")
    tree = site.tree()
    return sorted((kind.sub(r"\1/…/", path), shape(path, data)) for path, data in tree.items())


def embedded(site: Site) -> Iterator[str]:
    """Every piece of HTML that comes out: pages, and the bodies in feeds."""
    for path, data in site.tree().items():
        if path.endswith(".html"):
            yield data.decode()
        elif path.endswith(".xml"):
            yield from (each.text or "" for each in etree.fromstring(data).iter(ENCODED, CONTENT))
        elif path.endswith("feed.json"):
            yield from (each["content_html"] for each in json.loads(data)["items"])


ADDRESSES = {"href", "src", "cite", "action", "formaction", "poster", "data", "srcset", "background", "xlink:href"}


def scheme(address: str) -> str | None:
    """The scheme as a browser sees it: white space and control characters do not count."""
    found = re.match(r"[\0- ]*([a-zA-Z][a-zA-Z0-9+.-]*):", re.sub(r"[\t\n\r]", "", address))
    return found[1].lower() if found else None


def assert_harmless(site: Site) -> None:
    """No script, no handler, no address of another scheme."""
    for text in embedded(site):
        for element in elements(text):
            assert element.tag not in ("object", "embed", "base", "form"), text
            assert element.tag != "script" or of_the_theme(element), text
            for name, value in element.attrib.items():
                assert not name.lower().startswith("on"), (element.tag, name, value)
                if name.lower() in ADDRESSES:
                    assert scheme(value) in (None, "http", "https", "mailto", "tel"), (element.tag, name, value)


# --- B1: any text in any field

NASTY = [
    '"><script>alert(1)</script>',
    "]]>",
    "' onmouseover='x",
    "` onmouseover=`x",
    "&lt;b&gt;&amp;lt;",
    "&#60;script&#62;",
    "{{7*7}}{% raw %}",
    "{title}{0}",
    "</title></textarea></style><!--",
    '\\" \\u003c',
    "</script><!--&\u2028\u2029",
    "\u202eمرحبا\u200f",
    "😀𝔘\U0010ffff",
    "Ảnh: (Photo: x)",
]
TEXTS = st.sampled_from(NASTY) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=30
)

WEB = """\
title: {0}
tagline: {0}
base_url: https://bao.example
categories:
  - {{slug: tin, title: {0}, description: {0}}}
authors:
  bao: {{name: {1}, role: {0}}}
menus:
  main: [{{title: {0}, url: /tin/}}]
  footer: [{{title: {0}, url: /tin/}}]
footer: {{publisher: {0}, licence: {0}, contact: {0}}}
"""
FRONT = """\
---
title: {0}
date: 2024-01-0{1}
summary: {0}
authors: [{2}, bao]
tags: [{0}]
image: {{src: /images/a.jpg, alt: {0}, caption: {0}, credit: {0}}}
source: {0}
corrections: [{{date: 2024-01-05, text: {0}}}]
---
Thân bài.
"""


def site_of(site: Site, text: str) -> list[tuple[str, list[Shape]]]:
    """Build a site that has the text everywhere; the shapes of what came out."""
    word = quoted(f"Xin {text}.")
    site.write("ptnews.yml", WEB.format(word, quoted(f"Bao {text}.")))
    site.write("static/images/a.jpg", b"x")
    for number, name in enumerate(("mot", "hai"), 1):
        site.write(f"content/tin/{name}.md", FRONT.format(word, number, quoted(f"Xin chào {text}!")))
    assert site.build().problems == []
    return shapes(site)


@given(TEXTS)
@settings(max_examples=40)
def test_b1_any_text_in_any_field_changes_neither_elements_nor_attributes(fresh: Site, text: str) -> None:
    other = Site(fresh.root.parent / f"harmless{next(numbers)}")
    assert site_of(fresh, text) == site_of(other, "lành")


@pytest.mark.parametrize("text", NASTY)
def test_b1_nasty_text_changes_neither_elements_nor_attributes(tmp_path: Path, text: str) -> None:
    ours = site_of(Site(tmp_path / "nasty"), text)
    assert ours == site_of(Site(tmp_path / "harmless"), "lành")
    assert len(ours) > 15


@pytest.mark.parametrize("text", NASTY)
def test_b1_a_title_is_read_as_it_was_written(site: Site, text: str) -> None:
    site.article(MOT, title=quoted(f"x{text}x"))
    site.build()
    heading = next(each for each in elements(site.text(PAGE)) if each.tag == "h1")
    assert heading.text == f"x{text}x"
    assert f"x{text}x" in [each.get("headline") for each in structured(site.text(PAGE))]
    assert json.loads(site.text("feed.json"))["items"][0]["title"] == f"x{text}x"
    assert [each.text for each in etree.fromstring(site.tree()["rss.xml"]).iter("title")][1] == f"x{text}x"


# --- B2: addresses and handlers

SCHEMES = [
    "javascript:alert(1)",
    "JaVa&#115;cript:alert(1)",
    "java&#9;script:alert(1)",
    "java&Tab;script&colon;alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<b>x</b>",
    "data:image/svg+xml;base64,PHN2Zy8+",
    "vbscript:x",
    "file:///etc/passwd",
]
PLACES = [
    "[x]({})",
    "[x](<{}>)",
    "[x][1]\n\n[1]: {}",
    "<{}>",
    "![x]({})",
    '<a href="{}">x</a>',
    "<a href={}>x</a>",
    "<A HREF='{}'>x</A>",
    '<img src="{}">',
    "<img/src={}>",
    '<p><svg><a xlink:href="{}">x</a></svg></p>',
    '<math href="{}">x</math>',
    '<blockquote cite="{}">x</blockquote>',
    '<form action="{}"><button formaction="{}">x</button></form>',
    "[x](/tin/){{: href={} }}",
    "[x](/tin/){{: onclick=x href={} }}",
    "![x](/a.png){{: src={} onerror=x }}",
    "A paragraph.\n{{: onclick=x href={} }}",
    "``` {{ .py onclick=x href={} }}\nx\n```",
    "```{}\nx\n```",
    '# Heading {{: onclick="{}" }}',
    '*[HTML]: "{}"\n\nHTML',
    'x[^1]\n\n[^1]: <a onclick=x href="{}">x</a>',
]


@pytest.mark.parametrize("place", PLACES)
def test_b2_no_address_of_another_scheme_and_no_handler_comes_out(site: Site, place: str) -> None:
    for number, address in enumerate(SCHEMES):
        body = place.replace("{}", address).replace("{{", "{").replace("}}", "}")
        site.article(f"content/tin/so-{number}.md", body=body)
    assert not [problem for problem in site.build().problems if problem.fatal]
    assert_harmless(site)


HANDLERS = [
    '<i title="<iframe>">x</i><iframe src="https://www.youtube.com/embed/a"></iframe>" onclick=alert(1) x="',
    '<a href="&#1;javascript:x">y</a>',
    "<p onclick=x>y</p>",
    '<p onclick="x">y</p>',
    "<p/onclick=x>y</p>",
    "<img src=/a.png onerror=x>",
    "<svg onload=x></svg>",
    '<i title="<a x="> <b title=" href=">  # onclick=alert(1) <b title="> y">z</b>',
    '<i title="<img x="> <b title=" src=">  ? onclick=alert(1) <b title="> y">z</b>',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<details open ontoggle=x><summary>y</summary></details>",
    "[x](/tin/ \"' onclick='x\")",
    '![x](/a.png "\\" onclick=\\"x")',
    '[x](/tin/?a"onclick=x)',
    '[x](/nirgends.md"onclick=x.md)',
]


@pytest.mark.parametrize("body", HANDLERS)
def test_b2_no_handler_comes_out(site: Site, body: str) -> None:
    site.article(MOT, body=body)
    site.problems()
    assert_harmless(site)


def test_b2_good_schemes_and_relative_addresses_stay(site: Site) -> None:
    good = ["https://a.example/?x=1&y=2", "http://a.example/", "mailto:a@b.example", "tel:+84252", "//a.example/x"]
    site.article(MOT, body="\n".join(f"[x]({address})\n" for address in good))
    assert site.build().problems == []
    found = {each.attrib.get("href") for each in elements(site.text(PAGE))}
    assert found >= set(good)


IMAGES = [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "JaVaScript:alert(1)",
    "java\tscript:alert(1)",
    "java\tscript:alert(1)//.md",
    " javascript:alert(1)//.md",
    "data:text/html,alert(1)",
    "data:image/svg+xml,alert(1)",
    "vbscript:alert(1)",
    "file:///alert(1)",
]


@pytest.mark.parametrize("address", IMAGES)
def test_b2_a_lead_picture_of_another_scheme_is_told_and_becomes_no_url(site: Site, address: str) -> None:
    site.write(MOT, f"---\ntitle: A\ndate: 2024-01-02\nimage:\n  src: {json.dumps(address)}\n  alt: x\n---\nBody.\n")
    problem = site.problem()
    assert (problem.path, problem.code) in [(MOT, "picture-missing"), (MOT, "link-dead")]
    assert problem.line in (4, 5)
    assert_harmless(site)
    for path, data in site.tree().items():  # a path of the site may look like it
        assert not re.search(rb"[\"> ](java\s*script|vbscript|data|file):[^\"<]*alert", data, re.IGNORECASE), path


def test_b2_a_lead_picture_of_another_host_stays(site: Site) -> None:
    site.article(MOT, image="{src: 'https://a.example/b.jpg?x=1&y=2', alt: x}")
    assert site.build().problems == []
    assert 'src="https://a.example/b.jpg?x=1&amp;y=2"' in site.text(PAGE)


# --- B3: raw HTML


DROPPED = [
    ("<script>alert(1)</script>", "<script>"),
    ("<SCRIPT SRC=x></SCRIPT>", "<script>"),
    ("<script/src=x></script>", "<script>"),
    ("<style>p {color: red}</style>", "<style>"),
    ("<iframe src=https://evil.example></iframe>", "<iframe>"),
    ('<iframe src="https://evil.example/"></iframe>', "<iframe>"),
    ('<iframe src="//evil.example/"></iframe>', "<iframe>"),
    ('<iframe src="https://evil.example\\@www.youtube.com/"></iframe>', "<iframe>"),
    ('<iframe src="https://www.youtube.com@evil.example/"></iframe>', "<iframe>"),
    ('<iframe src="https://["></iframe>', "<iframe>"),
    ('<iframe srcdoc="x"></iframe>', "<iframe>"),
    ('<p onclick="x">y</p>', "onclick"),
    ("<p onclick=x>y</p>", "onclick"),
    ("<p\nonclick='x'>y</p>", "onclick"),
    ("<p/onclick=x>y</p>", "onclick"),
    ("<ul><li>a<li>b</ul><script></script>", "<script>"),
    ("<form action=/x><input></form>", "<form>"),
    ("<object data=x></object>", "<object>"),
    ("Inline <script>x</script> too", "<script>"),
    ('<a href="javascript:x">y</a>', "href"),
    ("<a href=javascript:x>y</a>", "href"),
    ("[x](javascript:x)", "href"),
]


@pytest.mark.parametrize(("body", "name"), DROPPED)
def test_b3_what_is_taken_out_is_told_with_its_line(site: Site, body: str, name: str) -> None:
    site.article(MOT, body=f"Đầu.\n\n{body}")
    problems = site.problems()
    assert not any(each.fatal for each in problems)
    told = [each for each in problems if each.code == "html-dropped" and f"`{name}`" in each.message]
    assert [each.path for each in told] == [MOT], problems
    assert told[0].line >= 7 if name != "href" or "href" in body else told[0].line
    assert_harmless(site)
    assert not [each for text in embedded(site) for each in elements(text) if each.tag in ("style", "iframe")]


@pytest.mark.parametrize("path", [PAGE, "feed.json", "atom.xml", "rss.xml"])
def test_b3_a_frame_of_a_configured_host_is_a_link_and_asks_nobody(site: Site, path: str) -> None:
    site.article(MOT, body='<iframe src="https://www.youtube.com/embed/abcdefgh" width="560"></iframe>')
    assert site.build().problems == []
    assert "https://www.youtube.com/watch?v=abcdefgh" in site.text(path)
    assert "iframe" not in site.text(path)


@pytest.mark.parametrize("attribute", ["data-player", "DATA-PLAYER"])
def test_b3_an_author_names_no_player(site: Site, attribute: str) -> None:
    site.article(MOT, body=f'<a {attribute}="https://evil.example/" href="/tin/">x</a>\n\nhttps://youtu.be/abcdefgh')
    assert [(each.code, "data-player" in each.message) for each in site.problems()] == [("html-dropped", True)]
    found = [each.attrib.get("data-player") for each in elements(site.text(PAGE))]
    assert list(filter(None, found)) == ["https://www.youtube-nocookie.com/embed/abcdefgh"]


def test_b3_which_hosts_may_stand_in_a_frame_is_configured(site: Site) -> None:
    site.write("ptnews.yml", CONFIG + "markdown: {video_hosts: [video.example]}\n")
    site.article(MOT, body='<iframe src="https://video.example/1"></iframe>')
    site.article("content/tin/hai.md", body='<iframe src="https://www.youtube.com/embed/abcdefgh"></iframe>')
    assert {(each.path, each.code) for each in site.problems()} == {("content/tin/hai.md", "html-dropped")}
    assert '<a href="https://video.example/1" data-player="https://video.example/1">' in site.text(PAGE)
    assert "youtube" not in site.text("tin/hai/index.html")


@pytest.mark.parametrize(
    "body",
    [
        "<figure><img src='https://a.example/b.jpg' alt='x'><figcaption>x</figcaption></figure>",
        "<table><tr><td>x</td></tr></table>",
        "<ul><li>a<li>b</ul>",
        "A < B > C & D <!-- a comment --> x=y",
        "`<script>` and\n\n    <p onclick=x>\n",
        "| a | b |\n|:-:|--:|\n| 1 | 2 |",
        "<details><summary>x</summary>y</details>",
    ],
)
def test_b3_what_may_stand_in_an_article_is_not_told(site: Site, body: str) -> None:
    site.article(MOT, body=body)
    assert site.build().problems == []


def test_b3_html_is_trusted_where_the_configuration_says_so(site: Site) -> None:
    site.write("ptnews.yml", CONFIG + "markdown: {trust_html: true}\n")
    site.article(MOT, body='<script>let x = "a";</script>\n\n<p onclick="x">y</p>')
    assert site.build().problems == []
    assert '<script>let x = "a";</script>' in site.text(PAGE)
    assert 'onclick="x"' in site.text(PAGE)


def test_b3_an_article_can_not_make_itself_trusted(site: Site) -> None:
    site.article(MOT, trust_html="true")
    problem = site.problem()
    assert (problem.path, problem.line, problem.code, problem.fatal) == (MOT, 4, "key-unknown", True)
    assert not site.out.exists()


# --- B4: JSON in a script block


@given(TEXTS)
@example("</script><!--&\u2028\u2029")
@example("]]>'\"\\")
@settings(max_examples=30)
def test_b4_json_in_a_script_block_gives_back_what_was_written(fresh: Site, text: str) -> None:
    fresh.write("templates/article.html", '<script type="application/ld+json">{{ page.summary|json }}</script><p>x</p>')
    fresh.article(MOT, summary=quoted(f"x{text}x"))
    fresh.build()
    out = fresh.text(PAGE)
    block = out.removeprefix('<script type="application/ld+json">').removesuffix("</script><p>x</p>")
    assert not set("<>&\u2028\u2029") & set(block)
    assert [(each.tag, each.text) for each in elements(out) if each.tag in ("script", "p")] == [
        ("script", block),
        ("p", "x"),
    ]
    data = json.loads(fresh.text("feed.json"))["items"][0]
    assert json.loads(block) == data["summary"]


def test_b4_the_characters_are_written_as_escapes(site: Site) -> None:
    site.write("templates/article.html", '<script type="application/ld+json">{{ page.title|json }}</script>')
    site.article(MOT, title="'</script><!--&'")
    site.build()
    assert r'"\u003c/script\u003e\u003c!--\u0026"' in site.text(PAGE)


# --- B5: characters that XML forbids, and feeds


def place(problem: Problem) -> tuple[str, int, bool]:
    return problem.path, problem.line, problem.fatal


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x02", "\x0b", "\x1b", "\ufffe", "\uffff"])
@pytest.mark.parametrize("line", [2, 6])
def test_b5_a_forbidden_character_is_an_error_with_its_place(site: Site, character: str, line: int) -> None:
    lines = ["---", "title: A", "date: 2024-01-02", "---", "Một.", "Hai."]
    lines[line - 1] += f"{character}x"
    site.write(MOT, "\n".join(lines) + "\n")
    assert place(site.problem()) == (MOT, line, True)
    assert site.problem().column == len(lines[line - 1]) - 1


@pytest.mark.parametrize("escape", [r"\0", r"\x02", r"\u0002", r"\e", r"\ud800", r"\ufffe", r"\U0000FFFF"])
@pytest.mark.parametrize("key", ["title", "summary", "source", "tags", "image"])
def test_b5_an_escape_for_a_forbidden_character_is_an_error_with_its_place(site: Site, escape: str, key: str) -> None:
    value = f'"a{escape}b"'
    title = "" if key == "title" else "title: A\n"
    site.write(MOT, f"---\n{key}: {value}\n{title}date: 2024-01-02\n---\n")
    problems = site.problems()
    assert (MOT, 2, True) in map(place, problems), problems
    assert not site.out.exists()


HOLE = "&#2;fragment:sidebar&#3;"


@pytest.mark.parametrize(
    "body",
    [
        "a&#2;b",
        "a&#x2;b",
        "a&#xFFFE;b",
        "a&#xFFFF;b",
        "`x` &#11;",
        "# A &#2;",
        '<p title="&#2;">x</p>',
        f"a {HOLE} b",
        f"[x](/tin/?{HOLE})",
        f"[x](/tin/#{HOLE})",
        f"[x](#{HOLE})",
        f"[x](/{HOLE}.md)",
        f"[x](hai.md?{HOLE})",
        f"![x](/a.png?{HOLE})",
        f"[x](https://a.example/{HOLE})",
        f'<a href="/tin/?{HOLE}">x</a>',
        "[x](/tin/?&#xFFFE;)",
    ],
)
def test_b5_an_entity_for_a_forbidden_character_is_an_error_with_its_place(site: Site, body: str) -> None:
    site.article("content/tin/hai.md")
    site.article(MOT, body=f"Một.\n\n{body}")
    problems = [each for each in site.problems() if each.fatal]
    assert [(each.path, each.fatal, each.code) for each in problems] == [(MOT, True, "character-forbidden")]
    assert problems[0].line >= 5
    assert not site.out.exists()


NASTY_BODIES = [
    "]]> <![CDATA[ x ]]>",
    "&nbsp;&eacute;&amp;nbsp; &#128512; &bogus; &",
    "`</content></entry>` ]]&gt;",
    "<p>unclosed <b>bold <i>both</b> x</i>",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]>&a;",
    "\u202e\u200f\u2028😀",
    "<br><hr><img src=https://a.example/x.png>",
]


@pytest.mark.parametrize("body", NASTY_BODIES)
def test_b5_feeds_are_well_formed(site: Site, body: str) -> None:
    for number, title in enumerate(NASTY):
        site.article(f"content/tin/so-{number}.md", body=body, title=quoted(f"x{title}x"))
    site.build()
    for name in ("rss.xml", "atom.xml", "tin/rss.xml", "tin/atom.xml"):
        etree.fromstring(site.tree()[name])
        read = feedparser.parse(site.tree()[name])
        assert not read.bozo, read.bozo_exception
        assert len(read.entries) == len(NASTY)
    titles = {each["title"] for each in json.loads(site.text("feed.json"))["items"]}
    assert titles == {f"x{each}x" for each in NASTY}


@pytest.mark.parametrize("word", ["&amp;", "&lt;b&gt;", "a&amp;lt;b", "&quot;x&quot;", "<b>x</b> &amp;"])
@pytest.mark.parametrize("shift", range(6))
def test_b5_an_excerpt_is_cut_between_characters_never_in_an_entity(site: Site, word: str, shift: int) -> None:
    site.article(MOT, body="x" * shift + f" {word}" * 300)
    site.build()
    plain = "".join(html(word).itertext())
    summary = str(json.loads(site.text("feed.json"))["items"][0]["summary"])
    assert len(summary) <= 200
    words = summary.removesuffix("…").strip().split(" ")
    assert set(words[1:]) <= set(plain.replace('"', "”“").split(" ")) | set(_smart(plain)), summary
    description = next(
        each.attrib["content"] for each in elements(site.text(PAGE)) if each.attrib.get("name") == "description"
    )
    assert description == summary


def _smart(plain: str) -> list[str]:
    return [*plain.split(" "), plain.replace('"', "“", 1).replace('"', "”", 1)]


# --- B6: content is no template


@pytest.mark.parametrize(
    "text", ["{{ 7*7 }}", "{% raw %}", "{# x #}", "{{ site.title }}", "{{ '{{' }}", "${7*7}", "#{7}"]
)
def test_b6_content_is_not_run_as_a_template(site: Site, text: str) -> None:
    site.article(MOT, title=quoted(f"x {text}"), body=f"<p>{text}</p>", source=quoted(text))
    site.build()
    words = ["".join(each.itertext()) for each in elements(site.text(PAGE)) if each.tag in ("h1", "p")]
    assert f"x {text}" in words
    assert text in words
    assert any(word.endswith(f": {text}") for word in words)


def refused(site: Site, template: str) -> Problem:
    """The one problem of a site with an article and this template for it."""
    site.write("templates/article.html", template)
    site.article(MOT)
    with pytest.raises(Failure) as caught:
        site.build()
    assert not site.out.exists()
    assert len(caught.value.problems) == 1, caught.value.problems
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("template", "word"),
    [
        ("<p>\n\n{{ nonsense }}</p>", "nonsense"),
        ("<p>\n\n{{ page.nonsense }}</p>", "nonsense"),
        ("<p>\n\n{% if nonsense %}x{% endif %}</p>", "nonsense"),
        ("<p>\n\n{% for each in page.nonsense %}x{% endfor %}</p>", "nonsense"),
        ("<p>\n\n{{ lipsum() }}</p>", "lipsum"),
        ("<p>\n\n{{ page.tags|random }}</p>", "random"),
        ("<p>\n\n{{ page.title|nonsense }}</p>", "nonsense"),
        ("<p>\n\n{% include page.title %}</p>", "computed"),
        ("<p>\n\n{% include page.title ignore missing %}</p>", "computed"),
        ("<p>\n\n{% include ['a.html', page.title] %}</p>", "computed"),
        ("<p>\n\n{% import page.title as x %}</p>", "computed"),
        ("<p>\n\n{% include 'nonsense.html' %}</p>", "nonsense.html"),
        ("<p>\n\n{% nonsense %}</p>", "nonsense"),
        ("<p>\n\n{{ asset('nonsense.css') }}</p>", "nonsense.css"),
    ],
)
def test_b6_a_mistake_in_a_template_is_told_with_its_line(site: Site, template: str, word: str) -> None:
    problem = refused(site, template)
    assert place(problem) == ("templates/article.html", 3, True)
    assert word in problem.message


def test_b6_autoescaping_is_on_whatever_the_name_of_the_template(site: Site) -> None:
    site.write("templates/feed.rss", "<rss>{% for each in page.entries %}{{ each.title }}{% endfor %}</rss>")
    site.write("templates/robots.txt", "{{ site.title }}")
    site.write("ptnews.yml", CONFIG.replace("Báo thử", "A & <b>"))
    site.article(MOT, title="'<b>&amp;'")
    site.build()
    assert site.text("rss.xml") == "<rss>&lt;b&gt;&amp;amp;</rss>"
    assert site.text("robots.txt") == "A &amp; &lt;b&gt;"


def test_b6_nothing_is_said_twice(site: Site) -> None:
    """Every kind of nasty thing at once: each is told once."""
    site.article(MOT, body="<script>x</script>\n\n[x](javascript:x)")
    told = Counter(each.message for each in site.problems())
    assert set(told.values()) == {1}
