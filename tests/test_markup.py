"""What Markdown becomes: every form that a newsroom needs, and where links lead."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from phanthiet_news.problem import Failure
from site_in_a_string import CONFIG, PNG, Site

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


def test_straight_quotes_stay_where_the_site_wants_them(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}markdown: {{smart_quotes: false}}\n")
    assert made(site, '"hai" -- it\'s...') == '<p>"hai" -- it\'s...</p>'


def test_lists(site: Site) -> None:
    found = made(site, "- một\n- hai\n    - hai rưỡi\n\n3. ba\n4. bốn\n\n* sao\n\n1. một\n- không lẫn\n")
    assert re.sub(r"\s*\n\s*", "", found) == (
        "<ul><li>một</li><li>hai<ul><li>hai rưỡi</li></ul></li></ul>"
        '<ol start="3"><li>ba</li><li>bốn</li></ol><ul><li>sao</li></ul><ol><li>một- không lẫn</li></ol>'
    )


def test_quotations_lines_and_code(site: Site) -> None:
    found = made(site, '> một\n>\n> hai\n\n---\n\n```python\n<b> {{ x }} & "y"\n\n  z\n```\n\n    bốn dấu\n')
    assert re.sub(r">\n<", "><", found) == (
        "<blockquote><p>một</p><p>hai</p></blockquote><hr>"
        '<pre><code class="language-python">&lt;b&gt; {{ x }} &amp; "y"\n\n  z\n</code></pre>'
        "<pre><code>bốn dấu\n</code></pre>"
    )


def test_tables_stand_in_a_box_and_align_by_class(site: Site) -> None:
    made(site, "| a | b | c | d |\n|---|:--|:-:|--:|\n| 1 | **2** | 3 | 4 \\| 5 |\n")
    (box,) = (each for each in page(site).iter("div") if each.get("class") == "table")
    assert [each.tag for each in box] == ["table"]
    cells = [(each.tag, each.get("class"), "".join(each.itertext())) for row in box.iter("tr") for each in row]
    aligned = [None, "align-left", "align-center", "align-right"]
    assert cells == [
        *(("th", name, word) for name, word in zip(aligned, "abcd", strict=True)),
        *(("td", name, word) for name, word in zip(aligned, ["1", "2", "3", "4 | 5"], strict=True)),
    ]
    assert "style" not in body(site)


BOX = {"class": "table", "role": "group", "tabindex": "0", "aria-label": "Bảng, có thể cuộn ngang"}


@pytest.mark.parametrize("trusted", ["true", "false"])
def test_tables_of_html_stand_in_the_same_box(site: Site, trusted: str) -> None:
    site.write("ptnews.yml", f"{CONFIG}markdown: {{trust_html: {trusted}}}\n")
    inner = "<table><tr><td>trong</td></tr></table>"
    made(
        site, f'<table title="<table>"><tr><td>{inner}</td></tr></table>\n\n| a |\n|---|\n| b |\n\n<div>{inner}</div>\n'
    )
    html5lib.HTMLParser(strict=True).parse(site.text(PAGE))
    boxes = [each for each in page(site).iter("div") if each.get("class") == "table"]
    assert [each.attrib for each in boxes] == [BOX] * 3
    assert [len(list(each.iter("table"))) for each in boxes] == [2, 1, 1]


def test_trusted_html_that_is_not_whole_gets_no_box(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}markdown: {{trust_html: true}}\n")
    assert "role=" not in made(site, "<div><table><tr><td>x</div>")


def test_the_beginning_of_a_text_keeps_its_small_figures_and_no_footnotes(site: Site) -> None:
    made(site, 'Lô đất 100 m<sup>2</sup>, CO<sub>2</sub>[^1] và <sup id="a">th</sup>.[^b]\n\n[^1]: x\n[^b]: y\n')
    (description,) = (each for each in page(site).iter("meta") if each.get("name") == "description")
    assert description.get("content") == "Lô đất 100 m2, CO2 và th."


def test_footnotes_lead_there_and_back_in_the_language_of_the_site(site: Site) -> None:
    text = "Một[^nd], hai[^2], một nữa[^nd].\n\n[^nd]: Nghị định.\n[^2]: Hai\n    dòng.\n"
    made(site, text)
    found = page(site)
    backs = [each for each in found.iter("a") if each.get("class") == "footnote-backref"]
    assert [each.get("title") for each in backs] == ["Quay lại chú thích 1 trong bài"] * 2 + [
        "Quay lại chú thích 2 trong bài"
    ]
    ids = [each.get("id") for each in found.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert {each.get("href")[1:] for each in found.iter("a") if each.get("href", "").startswith("#fn")} <= set(ids)
    site.write("ptnews.yml", f"{CONFIG}language: en\n")
    site.build()
    assert 'title="Back to footnote 1 in the text"' in body(site)


def test_definitions_and_abbreviations(site: Site) -> None:
    found = made(site, 'Một cửa\n:   Nơi nhận.\n:   Nơi trả.\n\nMã OTP, OTPX.\n\n*[OTP]: Mật khẩu "một" lần\n')
    assert "<dt>Một cửa</dt>\n<dd>Nơi nhận.</dd>\n<dd>Nơi trả.</dd>" in found
    assert re.search(r'Mã <abbr title="Mật khẩu (&quot;|")một(&quot;|") lần">OTP</abbr>, OTPX\.', found)


def test_classes_and_ids(site: Site) -> None:
    found = made(
        site, "## Ý kiến {#y-kien .quan-trong}\n\nMột.\n{: .ghi-chu lang=en }\n\n![a](https://x.example/b.png){.wide}\n"
    )
    assert '<h2 class="quan-trong" id="y-kien">Ý kiến</h2>' in found
    assert re.search(r'<p (class="ghi-chu" lang="en"|lang="en" class="ghi-chu")>Một\.</p>', found)
    assert '<figure class="wide"><img alt="a"' in found


# --- headings


def headings(site: Site) -> list[tuple[str, str | None, str]]:
    (prose,) = (each for each in page(site).iter("div") if each.get("class") == "prose")
    return [
        (each.tag, each.get("id"), "".join(each.itertext()))
        for each in prose.iter()
        if re.match("h[1-6]$", str(each.tag))
    ]


def test_headings_have_ids_of_their_words_and_each_its_own(site: Site) -> None:
    made(site, '## Diễn biến\n\n## Diễn biến\n\n### Đường *Trần* `Phú` & "bến"\n\n## 你好\n\n## 🛶\n\n## 🛶\n')
    assert [id for _, id, _ in headings(site)] == [
        "dien-bien",
        "dien-bien_1",
        "duong-tran-phu-ben",
        "ni-hao",
        "muc",
        "muc_1",
    ]


@pytest.mark.parametrize(
    ("levels", "shown"),
    [("## ### ##", "h2 h3 h2"), ("# ## ###### #####", "h2 h3 h6 h6"), ("### ####", "h3 h4"), ("##### #", "h6 h2")],
)
def test_headings_stand_below_the_title(site: Site, levels: str, shown: str) -> None:
    made(site, "\n\n".join(f"{level} Mục {n}" for n, level in enumerate(levels.split())))
    assert [tag for tag, _, _ in headings(site)] == shown.split()


def test_a_body_with_underlined_headings_is_moved_down_too(site: Site) -> None:
    made(site, "Một\n===\n\nHai\n---\n")
    assert [tag for tag, _, _ in headings(site)] == ["h2", "h3"]


def test_a_table_of_contents_is_made_of_two_levels_when_asked_for(site: Site) -> None:
    text = '# Một & "hai" <b>ba</b>\n\n## Hai[^1]\n\n### Ba\n\n# Bốn {#bon}\n\n[^1]: x\n'
    made(site, text)
    assert "contents" not in site.text(PAGE)
    made(site, text, toc="yes")
    (nav,) = (each for each in page(site).iter("nav") if each.get("class") == "contents")
    lines = [(each.get("class"), each[0].get("href"), each[0].text) for each in nav.iter("li")]
    assert lines == [
        ("level-2", "#mot-hai-ba", "Một & “hai” ba"),
        ("level-3", "#hai", "Hai"),
        ("level-2", "#bon", "Bốn"),
    ]
    ids = {id for _, id, _ in headings(site)}
    assert {href[1:] for _, href, _ in lines} <= ids


def contents(site: Site) -> list[str]:
    return [each[0].text for each in page(site).iter("li") if each.get("class", "").startswith("level-")]


def long(headings: int, words: int) -> str:
    """A text of so many words in all; what stands before a heading is a word too."""
    written = "".join(f"## Mục {number}\n\n#### Sâu\n\n" for number in range(headings))
    return written + "từ " * (words - len(written.split()))


@pytest.mark.parametrize(
    ("headings", "words", "toc", "shown"),
    [(4, 1200, "", 4), (4, 1199, "", 0), (3, 2000, "", 0), (4, 1200, "false", 0), (1, 10, "true", 1)],
)
def test_a_long_text_has_a_table_of_contents_by_itself(
    site: Site, headings: int, words: int, toc: str, shown: int
) -> None:
    made(site, long(headings, words), toc=toc)
    assert contents(site) == [f"Mục {number}" for number in range(shown)]
    assert (page(site).find("body").get("class") == "reading long") == bool(shown)


def test_a_table_of_contents_may_stand_in_the_text(site: Site) -> None:
    found = made(site, "[TOC]\n\n## Một\n\n### Hai\n")
    assert '<div class="toc">' in found
    assert [
        a.get("href") for a in page(site).iter("a") if a.get("href", "").startswith("#") and a.get("class") is None
    ] == ["#mot", "#hai"]


# --- pictures


def unsized(html: str) -> str:
    """Pictures without their addresses, sizes and colours."""
    html = re.sub(r'<source[^>]*>|</?picture>| class="tint-[a-z]*"', "", html)
    return re.sub(r'<img src="/hinh-anh/[^"]+" width="1" height="1"', "<img", html)


def test_a_picture_alone_becomes_a_figure_with_caption_and_credit(site: Site) -> None:
    site.write("content/tin/a.png", PNG)
    found = made(site, '![Thuyền](a.png "Bến cá buổi sớm. Ảnh: Hồng Tú")')
    assert unsized(found) == (
        '<figure><img alt="Thuyền" loading="lazy"><figcaption>Bến cá buổi sớm '
        '<span class="credit">Ảnh: Hồng Tú</span></figcaption></figure>'
    )


@pytest.mark.parametrize(
    ("words", "caption", "credit"),
    [
        ("Bến cá (Ảnh: An)", "Bến cá", "An"),
        ("Bến cá – Photo: An Văn", "Bến cá", "An Văn"),
        ("Ảnh: TTXVN", "", "TTXVN"),
        ("Ảnh chụp lúc 5 giờ", "Ảnh chụp lúc 5 giờ", None),
        ("Bến cá", "Bến cá", None),
        ("Màu: đỏ. Ảnh: An & Bình <b>", "Màu: đỏ", "An & Bình <b>"),
    ],
)
def test_the_credit_is_what_follows_the_word_for_it(site: Site, words: str, caption: str, credit: str | None) -> None:
    made(site, f'![a](https://x.example/a.png "{words}")')
    (element,) = page(site).iter("figcaption")
    spans = [each.text for each in element.iter("span")]
    assert (element.text or "").strip() == caption
    assert spans == ([f"Ảnh: {credit}"] if credit else [])


def test_pictures_in_a_sentence_stay_there_and_linked_ones_stay_linked(site: Site) -> None:
    site.write("content/tin/nho.png", PNG)
    site.write("content/tin/lon.png", PNG)
    found = unsized(made(site, "Một ![a](nho.png) hai.\n\n[![b](nho.png)](lon.png)\n\n- ![c](nho.png)\n"))
    assert '<p>Một <img alt="a" loading="lazy"> hai.</p>' in found
    assert '<figure><a href="/tin/lon.png"><img alt="b" loading="lazy"></a></figure>' in found
    assert found.count('loading="lazy"') == found.count("<img") == 3
    assert site.tree()["tin/lon.png"] == PNG


# --- videos


@pytest.mark.parametrize(
    ("link", "player", "open_at"),
    [
        (
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
            "youtube-nocookie.com/embed/dQw4w9WgXcQ",
            "watch?v=dQw4w9WgXcQ",
        ),
        (
            "http://youtube.com/watch?v=dQw4w9WgXcQ&t=30s",
            "youtube-nocookie.com/embed/dQw4w9WgXcQ",
            "watch?v=dQw4w9WgXcQ",
        ),
        ("<https://m.youtube.com/shorts/dQw4w9WgXcQ>", "youtube-nocookie.com/embed/dQw4w9WgXcQ", "watch?v=dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?si=abc", "youtube-nocookie.com/embed/dQw4w9WgXcQ", "watch?v=dQw4w9WgXcQ"),
        ("https://www.youtube.com/live/dQw4w9WgXcQ", "youtube-nocookie.com/embed/dQw4w9WgXcQ", "watch?v=dQw4w9WgXcQ"),
        ("https://vimeo.com/123456789", "player.vimeo.com/video/123456789", "vimeo.com/123456789"),
    ],
)
def test_a_video_alone_on_its_line_is_a_link_that_knows_its_player(
    site: Site, link: str, player: str, open_at: str
) -> None:
    found = made(site, f"Một.\n\n{link}\n\nHai.")
    (figure,) = (each for each in page(site).iter("figure") if each.get("class") == "embed")
    assert [each.tag for each in figure] == ["a"]
    assert figure[0].get("data-player") == f"https://{'www.' if 'youtube' in player else ''}{player}"
    assert figure[0].get("href").endswith(open_at)
    assert figure[0].text == f"Phát video từ {'Vimeo' if 'vimeo' in link else 'YouTube'}"
    assert "<iframe" not in found


FRAMES = [
    (
        '<iframe width="560" height="315" src="https://www.youtube.com/embed/dQw4w9WgXcQ?si=a&amp;start=3" '
        'title="YouTube video player" '
        'frameborder="0" allow="autoplay" referrerpolicy="no-referrer" allowfullscreen></iframe>',
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?si=a&start=3",
        "Phát video từ YouTube",
    ),
    (
        '<IFRAME SRC="https://player.vimeo.com/video/123456789?h=1" title="Lễ hội Katê">x <b>y</b></IFRAME>',
        "https://vimeo.com/123456789",
        "https://player.vimeo.com/video/123456789?h=1",
        "Lễ hội Katê",
    ),
    (
        '<iframe src="https://www.youtube.com/embed/videoseries?list=PL1"></iframe>',
        "https://www.youtube-nocookie.com/embed/videoseries?list=PL1",
        "https://www.youtube-nocookie.com/embed/videoseries?list=PL1",
        "Phát video từ www.youtube-nocookie.com",
    ),
]


@pytest.mark.parametrize(
    "around", ["{}", "<div>{}</div>", "Xem {} nhé.", "- {}", "<details><summary>x</summary>{}</details>"]
)
@pytest.mark.parametrize(("frame", "href", "player", "words"), FRAMES)
def test_a_frame_becomes_a_link_wherever_it_stands(
    site: Site, around: str, frame: str, href: str, player: str, words: str
) -> None:
    found = made(site, around.format(frame))
    html5lib.HTMLParser(strict=True).parse(site.text(PAGE))
    (link,) = (each for each in page(site).iter("a") if each.get("data-player"))
    assert (link.get("href"), link.get("data-player"), link.text) == (href, player, words)
    assert "<iframe" not in found


def test_a_title_of_a_frame_is_words_and_nothing_else(site: Site) -> None:
    made(site, '<iframe src="https://player.vimeo.com/video/1234" title="&lt;b&gt; &amp; &quot;x&quot;"></iframe>')
    (link,) = (each for each in page(site).iter("a") if each.get("data-player"))
    assert (link.text, list(link)) == ('<b> & "x"', [])


def test_a_player_that_the_site_does_not_allow_takes_no_place(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}markdown: {{video_hosts: [www.youtube.com]}}\n")
    made(site, '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>')
    (link,) = (each for each in page(site).iter("a") if each.get("data-player"))
    assert link.get("data-player") == "https://www.youtube.com/embed/dQw4w9WgXcQ"


def test_videos_are_links_where_html_is_trusted_too_and_other_frames_are_left(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}markdown: {{trust_html: true}}\n")
    other = '<iframe src="https://map.example/" onload="x()"></iframe>'
    text = '<!-- <iframe src="https://player.vimeo.com/video/3333"></iframe> -->'
    found = made(site, f"https://youtu.be/dQw4w9WgXcQ\n\n{other}\n\n{text}\n\n{FRAMES[1][0]}\n")
    assert found.count("<figure") == found.count("data-player=") == 2
    assert other in found
    assert text in found


@pytest.mark.parametrize(
    "text",
    [
        "Xem https://youtu.be/dQw4w9WgXcQ nhé.",
        "https://youtu.be/dQw4w9WgXcQ và",
        "https://youtube.example/watch?v=dQw4w9WgXcQ",
        "https://youtu.be.example/dQw4w9WgXcQ",
        "    https://youtu.be/dQw4w9WgXcQ",
        "`https://youtu.be/dQw4w9WgXcQ`",
        "https://www.youtube.com/@kenh",
        'https://youtu.be/"><script>',
    ],
)
def test_other_links_to_videos_stay_words(site: Site, text: str) -> None:
    site.article(MOT, text)
    site.problems()
    assert "data-player" not in body(site)


def test_only_configured_hosts_of_videos_are_shown(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}markdown: {{video_hosts: [player.vimeo.com]}}\n")
    found = made(site, "https://youtu.be/dQw4w9WgXcQ\n\nhttps://vimeo.com/123456789\n")
    assert "youtube.com" not in found
    assert found.count("data-player=") == 1


# --- where links lead


@pytest.fixture
def linked(site: Site) -> Site:
    site.write("ptnews.yml", CONFIG.replace(HOST, f"{HOST}/muc"))
    site.article(
        "content/tin/hai.md", '## Mục\n\nx[^1] <b id="ở-đây">y</b>\n\n[^1]: z\n', slug="hai-khac", aliases="[/cu/]"
    )
    site.article("content/the-thao/ba.md", tags="[Biển]")
    site.write("content/tin/mẫu đơn.pdf", b"x" * 1234)
    site.write("content/tin/a.png", PNG)
    site.write("content/chung/b.png", PNG)
    site.write("static/hình/c.png", "png")
    return site


LEADS = [
    ("hai.md", "/muc/tin/hai-khac/"),
    ("./hai.md", "/muc/tin/hai-khac/"),
    ("../the-thao/ba.md", "/muc/the-thao/ba/"),
    ("/the-thao/ba.md", "/muc/the-thao/ba/"),
    ("hai.md#muc", "/muc/tin/hai-khac/#muc"),
    ("hai.md#fn:1", "/muc/tin/hai-khac/#fn:1"),
    ("hai.md?x=1&y=2#muc", "/muc/tin/hai-khac/?x=1&y=2#muc"),
    ("hai.md#ở-đây", "/muc/tin/hai-khac/#%E1%BB%9F-%C4%91%C3%A2y"),
    ("hai.md#%E1%BB%9F-%C4%91%C3%A2y", "/muc/tin/hai-khac/#%E1%BB%9F-%C4%91%C3%A2y"),
    ("/tin/hai-khac/", "/muc/tin/hai-khac/"),
    ("../hai-khac/#muc", "/muc/tin/hai-khac/#muc"),
    ("/cu/", "/muc/cu/"),
    ("/tin/", "/muc/tin/"),
    ("/tin/?q=Phan Thiết", "/muc/tin/?q=Phan%20Thi%E1%BA%BFt"),
    ("/tu-khoa/bien/", "/muc/tu-khoa/bien/"),
    ("/", "/muc/"),
    ("/rss.xml", "/muc/rss.xml"),
    ("/sitemap.xml", "/muc/sitemap.xml"),
    ("mẫu đơn.pdf", "/muc/tin/m%E1%BA%ABu%20%C4%91%C6%A1n.pdf"),
    ("m%E1%BA%ABu%20%C4%91%C6%A1n.pdf#page=2", "/muc/tin/m%E1%BA%ABu%20%C4%91%C6%A1n.pdf#page=2"),
    ("/tin/mẫu đơn.pdf", "/muc/tin/m%E1%BA%ABu%20%C4%91%C6%A1n.pdf"),
    ("a.png", "/muc/tin/a.png"),
    ("/chung/b.png", "/muc/chung/b.png"),
    ("../chung/b.png?v=2", "/muc/chung/b.png?v=2"),
    ("/hình/c.png", "/muc/h%C3%ACnh/c.png"),
    ("#", "#"),
    ("?x=1", "?x=1"),
    ("https://x.example/a?b=c#d", "https://x.example/a?b=c#d"),
    ("//x.example/", "//x.example/"),
    ("mailto:a@b.vn", "mailto:a@b.vn"),
]


@pytest.mark.parametrize(("target", "url"), LEADS)
def test_a_link_leads_where_its_author_meant(linked: Site, target: str, url: str) -> None:
    linked.article(MOT, f"[x](<{target}>)")
    assert linked.build().problems == []
    assert [each.get("href") for each in html5lib.parse(body(linked), namespaceHTMLElements=False).iter("a")] == [url]


DEAD = [
    ("khong-co.md", "link-dead", "/muc/tin/khong-co.md"),
    ("../khong-co.md#x", "link-dead", "/muc/khong-co.md#x"),
    ("/the-thao/khong-co.md", "link-dead", "/muc/the-thao/khong-co.md"),
    ("../../../khong-co.md", "link-dead", "/muc/khong-co.md"),
    ("../../tin/a.png", "link-dead", None),
    ("/khong-co/", "link-dead", "/muc/khong-co/"),
    ("khong-co.pdf", "link-dead", "/muc/tin/mot/khong-co.pdf"),
    ("/muc/tin/", "link-dead", "/muc/muc/tin/"),
    ("hai.md#khong-co", "anchor-missing", "/muc/tin/hai-khac/#khong-co"),
    ("/tin/hai-khac/#khong-co", "anchor-missing", "/muc/tin/hai-khac/#khong-co"),
    ("#khong-co", "anchor-missing", "#khong-co"),
    ("nhap.md", "link-unpublished", "/muc/tin/nhap.md"),
    ("mai.md", "link-unpublished", "/muc/tin/mai.md"),
    ("qua.md", "link-unpublished", "/muc/tin/qua.md"),
]


@pytest.mark.parametrize(("target", "code", "url"), DEAD)
def test_a_link_to_nothing_is_a_warning_with_its_place_and_an_error_under_strict(
    linked: Site, target: str, code: str, url: str | None
) -> None:
    linked.article("content/tin/nhap.md", draft="yes")
    linked.article("content/tin/mai.md", date="2030-01-01")
    linked.article("content/tin/qua.md", expires="2024-02-01")
    linked.article(MOT, f"Một.\n\nXem [kia]({target}).")
    problem = linked.problem()
    assert (problem.path, problem.line, problem.column, problem.code, problem.fatal) == (MOT, 7, 11, code, False)
    assert problem.length == len(target)
    assert target in problem.message
    if url is not None:
        assert f'href="{url}"' in body(linked)
    with pytest.raises(Failure) as caught:
        linked.build(strict=True)
    assert [each.code for each in caught.value.problems] == [code]


def test_pictures_that_are_not_there_are_told_where_they_stand(linked: Site) -> None:
    linked.article(MOT, "![a](khong.png)\n\n![b](khong.png) ![c](/a.png)", image="{src: mat.png, alt: d}")
    assert [(each.line, each.column, each.code) for each in linked.problems()] == [
        (4, 14, "picture-missing"),
        (6, 6, "picture-missing"),
        (8, 6, "picture-missing"),
        (8, 22, "picture-missing"),
    ]


def test_guesses_for_dead_links(linked: Site) -> None:
    linked.article(MOT, "[x](hay.md) [y](hai.md#mucc)")
    assert [each.hint for each in linked.problems()] == ["did you mean `content/tin/hai.md`?", "did you mean `muc`?"]


def test_every_address_of_every_page_has_the_path_of_the_site(linked: Site) -> None:
    menus = "menus: {main: [{title: A, url: /tin/}], footer: [{title: B, url: /the-thao/}]}\nlogin_url: /vao/\n"
    linked.write("ptnews.yml", (linked.root / "ptnews.yml").read_text() + menus)
    text = "\n\n".join([f"[x](<{target}>)" for target, *_ in [*LEADS, *DEAD]] + ["![x](a.png) ![y](mat.png)"])
    for number in range(14):
        linked.article(
            f"content/tin/bai-{number}.md",
            text,
            tags="[Biển]",
            image="a.png",
            author="An Văn",
            aliases=f"[/c{number}/]",
        )
    linked.problems()
    count = 0
    for path, data in linked.tree().items():
        for each in html5lib.parse(data, namespaceHTMLElements=False).iter() if path.endswith(".html") else ():
            for name in {"href", "src"} & set(each.attrib):
                count += 1
                assert re.match(r"/muc/|#|\?|$|https://|//x\.example/|mailto:", each.get(name) or ""), (
                    path,
                    each.get(name),
                )
            if each.tag == "link" and each.get("rel") == "canonical":
                assert (each.get("href") or "").startswith(f"{HOST}/muc/")
    assert count > 1000


def test_every_address_in_a_feed_is_absolute(linked: Site) -> None:
    targets = [target for target, *_ in [*LEADS, *DEAD] if target and not target.startswith("//")]
    linked.article(
        MOT,
        "## Mục\n\n" + "\n\n".join(f"[x](<{target}>)" for target in targets) + "\n\nx[^1] ![x](a.png)\n\n[^1]: y",
    )
    linked.problems()
    contents = [each["content_html"] for each in json.loads(linked.text("feed.json"))["items"]]
    for file, tag in (
        ("tin/rss.xml", "{http://purl.org/rss/1.0/modules/content/}encoded"),
        ("atom.xml", "{http://www.w3.org/2005/Atom}content"),
    ):
        contents += [each.text for each in etree.fromstring(linked.tree()[file]).iter(tag)]
    addresses = [
        each.get(name)
        for content in contents
        for each in html5lib.parse(content, namespaceHTMLElements=False).iter()
        for name in {"href", "src"} & set(each.attrib)
    ]
    assert [each for each in addresses if not re.match(rf"{HOST}/muc/|https://x\.example/|mailto:", each)] == []
    assert f"{HOST}/muc/tin/mot/#fn:1" in addresses
    assert f"{HOST}/muc/tin/mot/?x=1" in addresses


# --- files that go with an article


def attachments(site: Site) -> list[str]:
    boxes = [each for each in page(site).iter("section") if each.get("class") == "attachments"]
    return [" ".join("".join(each.itertext()).split()) for box in boxes for each in box.iter("li")]


def test_documents_are_listed_once_with_kind_and_size(linked: Site) -> None:
    linked.write("content/tin/b.XLSX", b"x" * 2_560_000)
    linked.write("content/tin/c.zip", b"x" * 999)
    linked.write("content/tin/d.html", b"x")
    linked.write("content/tin/kin.pdf", b"secret")
    linked.article(
        MOT, "[mẫu](<mẫu đơn.pdf#page=2>) [lại](/tin/mẫu%20đơn.pdf) [bảng](b.XLSX) [trang](d.html) [ảnh](a.png)",
        attachments="[c.zip, mẫu đơn.pdf]",
    )  # fmt: skip
    assert linked.build().problems == []
    assert attachments(linked) == ["mẫu đơn.pdf PDF, 1,2 KB", "b.XLSX XLSX, 2,6 MB", "c.zip ZIP, 999 B"]
    copied = {
        path for path in linked.tree() if path.startswith("tin/") and not path.endswith(("index.html", ".xml", ".json"))
    }
    assert copied == {"tin/mẫu đơn.pdf", "tin/b.XLSX", "tin/c.zip", "tin/d.html", "tin/a.png"}
    assert [each.get("href") for each in page(linked).iter("a") if each.text == "mẫu đơn.pdf"] == [
        "/muc/tin/m%E1%BA%ABu%20%C4%91%C6%A1n.pdf"
    ]


def test_an_attachment_that_is_not_there_is_told_at_its_line(site: Site) -> None:
    site.article(MOT, attachments="[mat.pdf]")
    problem = site.problem()
    assert (problem.line, problem.column, problem.code, problem.fatal) == (4, 15, "link-dead", False)
    assert attachments(site) == []


# --- what was converted before never matters

BODIES = [
    "x[^1] y[^2]\n\n[^1]: một\n[^2]: hai\n",
    "x[^1]\n\n[^1]: khác\n",
    "HTML và OTP\n\n*[HTML]: một\n",
    "HTML và OTP\n\n*[OTP]: hai\n",
    "[a] [b]\n\n[a]: /tin/\n",
    "[a] [b]\n\n[b]: /the-thao/\n",
    "## Mục\n\n## Mục\n\n[TOC]\n",
    "# Mục {#muc}\n\n## Mục\n",
    "- một\n    - hai\n\n        ba\n",
    "\"nháy\" 'đơn'",
    "<div>\n\n**x**\n\n</div>",
    "```\nchưa đóng",
    "| a |\n|---|\n| b |\n",
    "https://youtu.be/dQw4w9WgXcQ",
]


def results(order: Sequence[int]) -> dict[int, str]:
    """What becomes of each body when their files are read in this order."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        for place, number in enumerate(order):
            site.article(f"content/tin/bai-{place:02}.md", BODIES[number], slug=f"so-{number}")
        site.build()
        return {number: body(site, f"tin/so-{number}/index.html") for number in order}


@pytest.fixture(scope="module")
def in_order() -> dict[int, str]:
    return results(range(len(BODIES)))


@settings(max_examples=25)
@given(order=st.permutations(range(len(BODIES))))
def test_what_was_converted_before_never_matters(in_order: dict[int, str], order: list[int]) -> None:
    assert results(order) == in_order


def test_a_body_that_was_refused_leaves_nothing_behind(site: Site, in_order: dict[int, str]) -> None:
    site.article(MOT, "\n".join("    " * depth + "- x" for depth in range(400)))
    assert site.problem().code == "markdown-too-deep"
    assert results(range(len(BODIES))) == in_order
