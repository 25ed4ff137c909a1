"""Pictures on their way through a build: found, made once, shown in sizes, told of when they can't be."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import html5lib
import pytest
from PIL import Image, ImageChops
from samples import exif, flag, loaded, saved, scene

from phanthiet_news.build import Request, build
from phanthiet_news.pictures import Info
from phanthiet_news.plan.pictures import tint
from phanthiet_news.problem import Failure
from site_in_a_string import AS_OF, CONFIG, Site

MOT, PAGE = "content/tin/mot.md", "tin/mot/index.html"
SMALL = f"{CONFIG}pictures: {{widths: [64, 128], fallback_widths: [64, 128], formats: [avif, webp]}}\n"


@pytest.fixture
def small(site: Site) -> Site:
    """A site that makes small pictures; an article with one in front and one in its text."""
    site.pictures = None
    site.write("ptnews.yml", SMALL)
    site.write("content/tin/cau.jpg", saved(scene(300, 200)))
    site.write("content/tin/song.png", saved(flag(200, 100), "PNG"))
    site.article(MOT, 'Xem:\n\n![Dòng "sông" <b>](song.png "Chiều. Ảnh: Mẫu")', image="{src: cau.jpg, alt: Cây cầu}")
    return site


def pictures(site: Site, page: str = PAGE, inside: str = "main") -> list[dict[str, str]]:
    """The attributes of every `img` in a page's main part; of the sources around it, by type."""
    tree = html5lib.parse(site.text(page), namespaceHTMLElements=False)
    found = []
    for element in tree.iter("picture"):
        [image] = element.iter("img")
        sources = {each.get("type"): each.get("srcset") for each in element.iter("source")}
        found.append({**image.attrib, **sources})
    return found


def of_articles(paths: list[str]) -> list[str]:
    return [path for path in paths if path.startswith("hinh-anh/")]


def files(srcset: str) -> list[tuple[str, int]]:
    return [(name, int(width.removesuffix("w"))) for name, width in (each.split() for each in srcset.split(", "))]


def opened(site: Site, url: str) -> Image.Image:
    return loaded((site.out / urlsplit(url).path.lstrip("/")).read_bytes())


def test_every_size_of_every_format_is_there_as_it_is_named(small: Site) -> None:
    assert small.build(strict=True).problems == []
    lead, inner = pictures(small)
    assert (lead["alt"], lead["width"], lead["height"], lead["fetchpriority"]) == ("Cây cầu", "128", "85", "high")
    assert (inner["alt"], inner["loading"], inner["width"]) == ('Dòng "sông" <b>', "lazy", "128")
    for image, plain in ((lead, "JPEG"), (inner, "PNG")):
        for kind, name in (("image/avif", "AVIF"), ("image/webp", "WEBP"), ("srcset", plain)):
            made = files(image[kind])
            assert [width for _, width in made] == [64, 128]
            assert [(opened(small, url).size[0], opened(small, url).format) for url, _ in made] == [
                (64, name),
                (128, name),
            ]
        assert opened(small, image["src"]).size[0] == 128


def test_what_was_given_is_not_published_itself(small: Site) -> None:
    small.build()
    assert not [path for path in small.tree() if path.endswith(("cau.jpg", "song.png"))]
    small.article("content/tin/hai.md", "[Tải ảnh gốc](cau.jpg)")
    small.build()
    assert (small.out / "tin/cau.jpg").read_bytes() == (small.root / "content/tin/cau.jpg").read_bytes()


def test_a_second_build_makes_none_and_needs_no_library_of_pictures(
    small: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(of_articles(small.build().pictures)) == 12
    small.article("content/tin/hai.md", "Bài thứ hai.", image="cau.jpg")
    for name in [name for name in sys.modules if name.split(".")[0] == "PIL"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert small.build().pictures == []
    assert pictures(small, "tin/hai/index.html")[0]["src"] == pictures(small)[0]["src"]


def test_what_was_made_once_outlives_the_state(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    small.build()
    before = small.tree()
    (small.root / ".ptnews/state.sqlite").unlink()
    small.remove("build")
    from phanthiet_news.pictures import jobs

    monkeypatch.setattr(jobs, "make_all", None)
    small.build()
    assert small.tree() == before


def test_what_was_made_is_told_from_what_was_kept(small: Site) -> None:
    first = small.build()
    small.remove("build")
    again = small.build()
    assert (len(first.pictures), first.restored) == (16, [])  # and four icons
    assert (again.pictures, sorted(again.restored)) == ([], sorted(first.pictures))
    assert "16 made of pictures" in first.work_done
    assert "16 pictures made before" in again.work_done


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "grow"])
def test_g4_damaged_pictures_in_the_store_are_made_again(small: Site, damage: str) -> None:
    small.build()
    before = small.tree()
    kept = [file for file in (small.root / ".ptnews/pictures").rglob("*") if file.is_file()]
    for file in kept:
        data = file.read_bytes()
        middle = len(data) // 2
        flipped = data[:middle] + bytes([byte ^ 1 for byte in data[middle : middle + 1]]) + data[middle + 1 :]
        file.write_bytes({"flip": flipped, "cut": data[:middle], "empty": b"", "grow": data + b"x"}[damage])
    small.remove("build")
    report = small.build()
    assert (len(report.pictures), report.restored, report.problems) == (16, [], [])
    assert small.tree() == before


THROW_AWAY = """
import sys, time
from phanthiet_news.pictures import Cache
print("here", flush=True)
while True:
    Cache(sys.argv[1]).prune(set())
    time.sleep(0.002)
"""


def test_builds_share_the_store_with_one_who_throws_all_away(small: Site) -> None:
    for number in range(6):
        small.article(f"content/tin/khong-{number}.md", title=f"Không ảnh {number}")
    small.build()
    before = small.tree()
    store = small.root / ".ptnews/pictures"
    command = [sys.executable, "-c", THROW_AWAY, str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "here\n"
        try:
            for _ in range(5):
                small.remove("build")
                assert small.build().problems == []
                assert small.tree() == before
        finally:
            other.kill()


def test_another_picture_renders_the_pages_that_show_it_and_leaves_no_old_file(small: Site) -> None:
    small.article("content/the-thao/ba.md", "Không có ảnh.", date="2023-01-01")
    small.build()
    before = small.tree()
    small.write("content/tin/song.png", saved(flag(210, 100), "PNG"))
    report = small.build()
    assert set(report.rendered) == {PAGE, *(path for path in report.rendered if path.endswith((".xml", ".json")))}
    gone = before.keys() - small.tree().keys()
    assert sorted(gone) == sorted(report.removed)
    assert len(gone) == len(report.pictures) == 6


def test_incremental_equals_clean_whatever_happens_to_pictures(small: Site, tmp_path: Path) -> None:
    pick = random.Random(5)
    small.build()
    for number in range(14):
        what = change(small, pick, number)
        small.build()
        out = tmp_path / f"clean-{number}"
        build(Request(root=small.root, out=out, memory=tmp_path / f"memory-{number}", as_of=AS_OF, jobs=1))
        clean = {file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*") if file.is_file()}
        assert clean == small.tree(), (number, what)


def change(site: Site, pick: random.Random, number: int) -> str:
    """One thing that happens to pictures; what it was."""
    what = pick.choice(["new", "size", "none", "headline", "cache", "output"])
    if what == "new":
        site.write(f"content/tin/hinh-{number}.jpg", saved(flag(80 + number, 60)))
        site.article(f"content/tin/b-{number}.md", f"![Hình](hinh-{number}.jpg)", title=f"Bài {number}")
    elif what == "size":
        site.write("content/tin/cau.jpg", saved(scene(300 + number, 200)))
    elif what == "none":
        site.article("content/tin/hai.md", "Chữ.", image="" if number % 2 else "cau.jpg")
    elif what == "headline":
        site.article("content/tin/khong.md", "Chữ.", title=f"Không ảnh {number}")
    elif what == "cache":
        shutil.rmtree(site.root / ".ptnews/pictures", ignore_errors=True)
    else:
        pick.choice(sorted((site.out / "hinh-anh").iterdir())).unlink()
    return what


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "picture-broken"),
        (saved(scene(400, 300))[:2000], "picture-broken"),
        (b"%PDF-1.7 nothing", "picture-format"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\x86\xa0\0\1\x86\xa0\x08\2\0\0\0", "picture-broken"),
    ],
)
def test_a_picture_that_can_not_be_shown_is_told_where_it_is_named(small: Site, data: bytes, code: str) -> None:
    small.build()
    before = small.tree()
    small.write("content/tin/song.png", data)
    problem = small.problem()
    assert (problem.path, problem.line, problem.code, problem.fatal) == (MOT, 8, code, True)
    assert "song.png" in problem.message
    assert problem.hint
    assert small.tree() == before


def test_a_picture_too_big_to_open_is_told(small: Site) -> None:
    image = Image.new("1", (20_000, 20_000))
    small.write("content/tin/cau.jpg", saved(image, "PNG"))
    problem = small.problem()
    assert (problem.path, problem.line, problem.code) == (MOT, 4, "picture-too-big")


def test_a_broken_picture_that_nobody_names_hinders_nobody(small: Site) -> None:
    small.write("content/the-thao/song.png", b"broken")
    small.write("content/tin/khac.jpg", b"broken")
    assert small.problems() == []


def test_where_it_was_taken_is_not_told_and_it_stands_upright(small: Site) -> None:
    small.write("content/tin/cau.jpg", saved(scene(300, 200), exif=exif(6, artist="Trần Mẫu", gps=True)))
    small.build()
    lead = pictures(small)[0]
    assert (int(lead["width"]), int(lead["height"])) == (128, 192)
    for url, _ in files(lead["image/avif"]) + files(lead["image/webp"]) + files(lead["srcset"]):
        assert 0x8825 not in opened(small, url).getexif()
    assert "Ảnh: Trần Mẫu" in small.text(PAGE)


def test_a_credit_that_was_written_counts_more_than_one_in_the_file(small: Site) -> None:
    small.write("content/tin/cau.jpg", saved(scene(300, 200), exif=exif(1, artist="Trần Mẫu")))
    small.edit(MOT, "alt: Cây cầu", "alt: Cây cầu, credit: Lê Thử")
    small.build()
    assert "Lê Thử" in small.text(PAGE)
    assert "Trần Mẫu" not in small.text(PAGE)


def test_a_drawing_is_cleaned_and_told_of(small: Site) -> None:
    small.write(
        "content/tin/ve.svg",
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20" onload="x()"><path d="M0 0"/></svg>',
    )
    small.article(MOT, "![Vẽ](ve.svg)")
    [problem] = small.build().problems
    assert (problem.path, problem.code, problem.fatal) == ("content/tin/ve.svg", "svg-dropped", False)
    [name] = [path for path in small.tree() if path.endswith(".svg") and path.startswith("hinh-anh/")]
    assert "onload" not in small.text(name)
    assert f'src="/{name}" width="30" height="20"' in small.text(PAGE)


def test_an_article_without_a_picture_has_its_headline_drawn(site: Site) -> None:
    site.article(MOT, title="Cầu mới bắc qua sông")
    site.build()
    address = re.search(r'property="og:image" content="https://bao.example(/[^"]+)"', site.text(PAGE))
    assert address
    assert (opened(site, address[1]).size, opened(site, address[1]).format) == ((1200, 630), "PNG")
    assert 'property="og:image:alt" content="Cầu mới bắc qua sông"' in site.text(PAGE)
    told = map(
        json.loads, re.findall(r'<script type="application/ld\+json">(.*?)</script>', site.text(PAGE), re.DOTALL)
    )
    [data] = [each for each in told if each["@type"] == "NewsArticle"]
    assert data["image"] == [f"https://bao.example{address[1]}"]
    site.write("ptnews.yml", f"{CONFIG}pictures: {{social: false}}\n")
    site.build()
    assert not (site.out / "hinh-anh").exists()


def test_the_headline_has_the_colours_of_the_site(site: Site) -> None:
    site.write("ptnews.yml", f'{CONFIG}pictures: {{colours: {{paper: "#102030", band: 405060}}}}\n')
    site.article(MOT)
    site.build()
    [name] = [path for path in site.tree() if path.startswith("hinh-anh/")]
    image = opened(site, name).convert("RGB")
    assert (image.getpixel((5, 5)), image.getpixel((5, 600))) == ((16, 32, 48), (64, 80, 96))
    site.write("ptnews.yml", f"{CONFIG}pictures:\n  colours: {{paper: sand}}\n")
    problem = site.problem()
    assert (problem.path, problem.code, problem.line) == ("ptnews.yml", "value", 9)
    assert '"#0b4550"' in problem.hint


def test_another_version_looks_at_pictures_anew(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def again() -> int:
        looked.clear()
        small.article("content/tin/hai.md", f"Bài {len(small.tree())}.", title="Khác")
        request = Request(root=small.root, as_of=AS_OF, jobs=1)
        build(request, lambda stage, done, total: looked.append(stage))
        small.remove("content/tin/hai.md")
        return looked.count("look")

    small.build()
    assert again() == 0
    monkeypatch.setattr("phanthiet_news.imaging.of_looking", lambda: ("another", "", "12"))
    assert again() == 3  # the logo too
    assert again() == 0


def test_feeds_show_the_picture_that_every_program_knows(small: Site) -> None:
    small.build()
    feed = json.loads(small.text("feed.json"))["items"][0]
    lead, inner = pictures(small)
    assert feed["image"] == f"https://bao.example{lead['src']}"
    assert f'src="https://bao.example{inner["src"]}"' in feed["content_html"]
    assert "<picture" not in feed["content_html"]


def test_cards_and_the_lead_share_their_files(small: Site) -> None:
    small.build()
    assert pictures(small, "tin/index.html")[0]["src"] == pictures(small)[0]["src"]


@pytest.mark.parametrize(
    ("given", "width", "height"),
    [
        ("width=40 height=30 .wide", "40", "30"),
        ("width=60", "60", "40"),
        ("height=20", "30", "20"),
        ("width=1", "1", "1"),
        ("width=50%", "50%", None),
        ("height=99999999999999999999", None, "99999999999999999999"),
        ('title="x width=3 height="', "128", "85"),
    ],
)
def test_an_author_may_set_a_size_of_his_own(small: Site, given: str, width: str | None, height: str | None) -> None:
    small.article(MOT, f"Xem ![Cầu width=5 height=6](cau.jpg){{{given}}} đi.")
    small.build()
    [image] = pictures(small)
    assert (image.get("width"), image.get("height"), image["alt"]) == (width, height, "Cầu width=5 height=6")


def test_an_author_s_word_in_html_counts_and_the_rest_is_added(small: Site) -> None:
    small.article(MOT, '<p>x <img class="a" src="cau.jpg" width="64" alt="&quot;&lt;b&gt;&amp;amp;"></p>')
    assert small.build().problems == []
    [image] = pictures(small)
    assert (image["alt"], image["class"], image["width"], image["height"]) == ('"<b>&amp;', "a tint-stone", "64", "42")


def test_every_opaque_picture_has_a_colour_to_stand_in_for_it(small: Site) -> None:
    small.write("content/tin/logo.png", saved(Image.new("RGBA", (90, 60), (10, 90, 200, 90)), "PNG"))
    small.article(MOT, "![Sông](song.png)\n\nvà ![Logo](logo.png)\n\n![Cầu](cau.jpg)", image="{src: logo.png, alt: L}")
    small.build()
    lead, river, logo, bridge = pictures(small)
    assert "tint-" in river["class"]
    assert "tint-" in bridge["class"]
    assert "tint-" not in logo.get("class", "") + lead.get("class", "")
    assert "tint-" not in pictures(small, "tin/index.html")[0]["class"]


# --- whose it is


def captions(site: Site) -> list[tuple[str, str]]:
    """Of every figure in the text the caption, and the credit in it."""
    tree = html5lib.parse(site.text(PAGE), namespaceHTMLElements=False)
    figures = [each for each in tree.iter("figure") if "lead-picture" not in each.get("class", "")]
    texts = [next(iter(each.iter("figcaption")), None) for each in figures]
    return [
        ("", "")
        if each is None
        else ("".join(each.itertext()), "".join("".join(span.itertext()) for span in each.iter("span")))
        for each in texts
    ]


def test_what_a_picture_says_of_its_maker_stands_under_it(small: Site) -> None:
    small.write("content/tin/cau.jpg", saved(scene(300, 200), exif=exif(artist='Trần "Mẫu" <b>')))
    small.write("content/tin/bien.jpg", saved(scene(310, 200), exif=exif(rights="Báo thử")))
    small.article(
        MOT,
        '![a](cau.jpg)\n\n![b](cau.jpg "Cầu. Ảnh: Lê Thử")\n\n![c](cau.jpg "Chỉ cầu")\n\n![d](bien.jpg "Biển")\n\n'
        "[![e](cau.jpg)](song.png)\n\n![f](song.png)\n\nTrong câu ![g](cau.jpg) này.\n\n"
        '<figure><img src="bien.jpg" alt="h"><figcaption>Có <a href="/tin/">liên kết</a></figcaption></figure>\n\n'
        '<figure><img src="bien.jpg" alt="i"><figcaption>Photo: <b>Ai</b></figcaption></figure>\n\n'
        '<figure><img src="bien.jpg" alt="j"><img src="cau.jpg" alt="k"></figure>',
    )
    assert small.build().problems == []
    by = 'Ảnh: Trần "Mẫu" <b>'
    assert captions(small) == [
        (by, by),
        ("Cầu. Ảnh: Lê Thử".replace(".", ""), "Ảnh: Lê Thử"),
        (f"Chỉ cầu {by}", by),
        ("Biển Ảnh: © Báo thử", "Ảnh: © Báo thử"),
        (by, by),
        ("", ""),
        ("Có liên kết Ảnh: © Báo thử", "Ảnh: © Báo thử"),
        ("Photo: Ai", ""),
        ("", ""),
    ]
    feed = json.loads(small.text("feed.json"))["items"][0]["content_html"]
    assert feed.count("Ảnh: Trần &#34;Mẫu&#34; &lt;b&gt;</span>") == 3


def test_another_maker_renders_the_pages_that_name_him(small: Site) -> None:
    small.article("content/the-thao/ba.md", "Không có ảnh.", date="2023-01-01")
    small.build()
    small.write("content/tin/song.png", saved(flag(200, 100), "PNG", exif=exif(artist="Ai đó")))
    small.article(MOT, "![Sông](song.png)")
    small.build()
    assert captions(small) == [("Ảnh: Ai đó", "Ảnh: Ai đó")]
    small.write("content/tin/song.png", saved(flag(200, 100), "PNG", exif=exif(artist="Người khác")))
    report = small.build()
    assert PAGE in report.rendered
    assert "the-thao/ba/index.html" not in report.rendered
    assert captions(small) == [("Ảnh: Người khác", "Ảnh: Người khác")]


# --- pictures that are published as they are


def test_static_pictures_have_their_size_colour_and_maker(small: Site) -> None:
    small.write("static/images/to.jpg", saved(scene(300, 200), exif=exif(6, artist="Trần Mẫu", gps=True)))
    small.write("static/images/ve.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"/>')
    small.write("static/images/hong.jpg", b"broken")
    small.article(
        MOT,
        "![a](/images/to.jpg?x=1)\n\n![b](/images/ve.svg) ![c](/images/hong.jpg) ![d](https://a.example/to.jpg)",
        image="{src: /images/to.jpg, alt: Cầu}",
    )
    report = small.build()
    assert (report.problems, of_articles(report.pictures)) == ([], [])
    assert (small.out / "images/to.jpg").read_bytes() == (small.root / "static/images/to.jpg").read_bytes()
    tree = html5lib.parse(small.text(PAGE), namespaceHTMLElements=False)
    [main] = tree.iter("main")
    lead, turned, drawn, broken, foreign = [each.attrib for each in main.iter("img")]
    assert (lead["src"], lead["width"], lead["height"]) == ("/images/to.jpg", "200", "300")
    assert (turned["src"], turned["width"], turned["height"]) == ("/images/to.jpg?x=1", "200", "300")
    assert lead["class"] == turned["class"]
    assert (drawn["width"], drawn["height"]) == ("30", "20")
    assert "width" not in broken.keys() | foreign.keys()
    assert captions(small)[0] == ("Ảnh: Trần Mẫu", "Ảnh: Trần Mẫu")
    assert 'property="og:image:width" content="200"' in small.text(PAGE)
    assert pictures_of_cards(small, "tin/index.html") == [("/images/to.jpg", "200", "300")]


def pictures_of_cards(site: Site, page: str) -> list[tuple[str | None, ...]]:
    tree = html5lib.parse(site.text(page), namespaceHTMLElements=False)
    [main] = tree.iter("main")
    return [tuple(each.get(name) for name in ("src", "width", "height")) for each in main.iter("img")]


def test_a_static_picture_of_another_size_renders_what_shows_it(small: Site) -> None:
    small.write("static/images/to.jpg", saved(scene(300, 200)))
    small.article("content/the-thao/ba.md", "![a](/images/to.jpg)")
    small.build()
    small.write("static/images/to.jpg", saved(scene(400, 200)))
    report = small.build()
    assert "the-thao/ba/index.html" in report.rendered
    assert PAGE not in report.rendered
    assert 'width="400" height="200"' in small.text("the-thao/ba/index.html")


# --- icons


def icon(site: Site, name: str) -> Image.Image:
    return opened(site, f"icons/{name}").convert("RGB")


SIDES = {"apple-touch-icon.png": 180, "icon-192.png": 192, "icon-512.png": 512, "icon-512-maskable.png": 512}
SQUARE = saved(Image.new("RGB", (600, 600), (10, 90, 200)), "PNG")


def test_icons_are_made_of_the_theme_s_logo(small: Site) -> None:
    small.build()
    assert {name: icon(small, name).size for name in SIDES} == {name: (side, side) for name, side in SIDES.items()}
    page = small.text("index.html")
    assert re.search(r'<link rel="icon" type="image/svg\+xml" href="/favicon.svg\?v=[0-9a-f]{8}">', page)
    assert re.search(r'<link rel="apple-touch-icon" href="/icons/apple-touch-icon.png\?v=[0-9a-f]{8}">', page)
    listed = json.loads(small.text("manifest.webmanifest"))["icons"]
    assert [(each["sizes"], each.get("purpose")) for each in listed] == [
        ("any", None),
        ("192x192", None),
        ("512x512", None),
        ("512x512", "maskable"),
    ]
    small.article("content/tin/hai.md", "![Biểu trưng](/icons/icon-192.png)")
    assert small.build().problems == []


def test_another_logo_is_in_every_page_and_renders_none(small: Site) -> None:
    small.write("static/images/logo.png", SQUARE)
    small.write("ptnews.yml", f"{SMALL}logo: images/logo.png\n")
    small.build()
    before = small.text(PAGE)
    assert icon(small, "icon-192.png").getpixel((0, 0)) == (10, 90, 200)
    small.write("static/images/logo.png", saved(Image.new("RGB", (600, 600), (200, 30, 30)), "PNG"))
    report = small.build()
    assert (PAGE in report.filled, report.rendered) == (True, [])
    assert sorted(report.pictures) == sorted(f"icons/{name}" for name in SIDES)
    assert icon(small, "icon-192.png").getpixel((0, 0)) == (200, 30, 30)
    assert small.text(PAGE) != before
    small.edit(MOT, "Xem:", "Hãy xem:")  # a body alone: no plan is made
    small.build()
    assert re.findall(r'"/icons/[^"]*"', small.text(PAGE)) == re.findall(r'"/icons/[^"]*"', small.text("index.html"))


def test_a_logo_that_lets_something_through_stands_on_paper(small: Site) -> None:
    logo = Image.new("RGBA", (1000, 1000))
    logo.paste((10, 90, 200, 255), (100, 300, 900, 500))  # wide, with much air round it
    small.write("static/logo.webp", saved(logo, "WEBP", lossless=True))
    small.write("ptnews.yml", f"{SMALL.rstrip()[:-1]}, colours: {{paper: f0e0d0}}}}\nlogo: logo.webp\n")
    small.build()
    for name, side in SIDES.items():
        image = icon(small, name)
        assert image.getpixel((0, 0)) == (240, 224, 208)
        ground = Image.new("RGB", image.size, (240, 224, 208))
        left, top, right, bottom = ImageChops.difference(image, ground).getbbox() or (0, 0, 0, 0)
        assert abs(left + right - side) <= 2
        assert abs(top + bottom - side) <= 2
        assert 3.5 < (right - left) / (bottom - top) < 4.5
        corner = ((right - side / 2) ** 2 + (bottom - side / 2) ** 2) ** 0.5
        assert corner < side * (0.4 if "maskable" in name else 0.5)


def test_a_logo_that_fills_its_square_does_so_but_where_it_may_be_cut(small: Site) -> None:
    logo = Image.new("RGB", (600, 600), (10, 90, 200))
    logo.paste((250, 250, 250), (20, 20, 580, 580))
    small.write("static/logo.png", saved(logo, "PNG", exif=exif(3)))
    small.write("ptnews.yml", f"{SMALL}logo: logo.png\n")
    small.build()
    assert icon(small, "icon-512.png").getpixel((40, 256)) == (250, 250, 250)
    assert icon(small, "icon-512-maskable.png").getpixel((30, 256)) == (10, 90, 200)


def test_the_logo_is_the_mark_unless_a_drawing_is_given(small: Site) -> None:
    small.write("static/logo.png", SQUARE)
    small.write("ptnews.yml", f"{SMALL}logo: logo.png\n")
    small.build()
    page = small.text("index.html")
    assert '<link rel="icon" type="image/png" href="/icons/icon-192.png?v=' in page
    assert "favicon.svg" not in page + small.text("manifest.webmanifest")
    small.write("static/favicon.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>')
    small.build()
    page = small.text("index.html")
    assert '<link rel="icon" type="image/svg+xml" href="/favicon.svg?v=' in page
    assert '"type": "image/svg+xml"' in small.text("manifest.webmanifest")
    assert icon(small, "icon-192.png").getpixel((0, 0)) == (10, 90, 200)


def test_an_icon_of_ones_own_stays(small: Site) -> None:
    own = saved(Image.new("RGB", (192, 192), (1, 2, 3)), "PNG")
    small.write("static/icons/icon-192.png", own)
    report = small.build()
    assert (small.out / "icons/icon-192.png").read_bytes() == own
    assert (report.problems, len(report.pictures)) == ([], 15)
    small.remove("static/icons/icon-192.png")
    small.build()
    assert icon(small, "icon-192.png").getpixel((0, 0)) != (1, 2, 3)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, 'there is no static file "l.png"'),
        (b"", "the file is empty"),
        (saved(Image.new("RGB", (511, 400)), "PNG"), "511 × 400 pixels"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600"/>', "an SVG"),
        (b"%PDF-1.7", "a PDF document"),
    ],
)
def test_what_can_be_no_logo_is_told(small: Site, data: bytes | None, says: str) -> None:
    if data is not None:
        small.write("static/l.png", data)
    small.write("ptnews.yml", f"{SMALL}logo: l.png\n")
    problem = small.problem()
    assert (problem.path, problem.code, problem.fatal) == ("ptnews.yml", "logo", True)
    assert says in problem.message
    assert "`logo`" in problem.message
    assert problem.hint
    assert not small.out.exists()


# --- words for those who don't see it


def test_pictures_without_words_are_told(small: Site) -> None:
    small.article(
        MOT, "![](cau.jpg)\n\n![](cau.jpg) Xem ![Cầu](cau.jpg) và\n![ ](https://a.example/x.png) <img src='song.png'>"
    )
    found = [(each.line, each.column, each.code, each.fatal) for each in small.problems()]
    assert found == [(line, column, "picture-alt", False) for line, column in ((5, 5), (7, 5), (8, 6), (8, 41))]
    assert all(each.hint for each in small.problems())


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ("cau.jpg", True),
        ("{src: cau.jpg}", True),
        ("{src: cau.jpg, credit: Ai}", True),
        ("{src: cau.jpg, alt: Cầu}", False),
        ("{src: cau.jpg, caption: Cầu}", False),
    ],
)
def test_a_lead_without_words_is_told(small: Site, image: str, told: bool) -> None:
    small.article(MOT, image=image)
    found = [(each.path, each.line, each.code, each.fatal) for each in small.problems()]
    assert found == ([(MOT, 4, "picture-alt", False)] if told else [])


# --- what is shown and no picture


def test_films_and_frames_of_trusted_html_are_files(small: Site) -> None:
    small.write("ptnews.yml", f"{SMALL}markdown: {{trust_html: true}}\n")
    small.write("content/tin/c.mp4", b"no picture")
    small.write("content/tin/c.html", b"<p>no picture</p>")
    small.article(
        MOT,
        '<video src="c.mp4"></video>\n\n<iframe src="c.html"></iframe>\n\n<audio src="không.mp3"></audio>\n\n'
        '<p><img src="cau.jpg" alt="Cầu" /></p>',
    )
    assert [(each.code, each.fatal) for each in small.build().problems] == [("link-dead", False)]
    assert {"tin/c.mp4", "tin/c.html"} <= small.tree().keys()
    assert 'src="/tin/c.mp4"' in small.text(PAGE)
    assert [each["alt"] for each in pictures(small)] == ["Cầu"]


def test_workers_make_the_same_files(small: Site, tmp_path: Path) -> None:
    small.build()
    out = tmp_path / "out"
    build(Request(root=small.root, out=out, memory=tmp_path / "memory", as_of=AS_OF, jobs=2))
    assert {
        file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*") if file.is_file()
    } == small.tree()


def test_a_picture_that_changes_while_it_is_made_is_told(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from phanthiet_news import imaging

    looked_at = imaging.looked_at

    def change(*given: object) -> object:
        seen = looked_at(*given)  # type: ignore[arg-type]
        small.write("content/tin/cau.jpg", saved(scene(310, 200)))
        return seen

    monkeypatch.setattr(imaging, "looked_at", change)
    with pytest.raises(Failure) as caught:
        small.build()
    assert [each.code for each in caught.value.problems] == ["file-changed"]


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("", ""),
        ("#000000", "tint-dark"),
        ("#ffffff", ""),
        ("#808080", "tint-stone"),
        ("#c04030", "tint-brick"),
        ("#d0b060", "tint-sand"),
        ("#50a040", "tint-leaf"),
        ("#40a0b0", "tint-sea"),
        ("#3050c0", "tint-sea"),
        ("#c040b0", "tint-brick"),
    ],
)
def test_a_mean_colour_has_a_class(colour: str, name: str) -> None:
    assert tint(Info("a.jpg", "", "jpeg", 1, 1, colour)) == name
    assert tint(Info("a.png", "", "png", 1, 1, colour, see_through=True)) == ""
