"""What comes out of `ptnews build`, seen from outside."""

from __future__ import annotations

from site_in_a_string import Site


def test_an_article_has_its_page(site: Site) -> None:
    site.article("content/tin/mot.md", "Thân **bài**.", title="Một")
    site.build()
    page = site.text("tin/mot/index.html")
    assert "<h1" in page
    assert "Thân <strong>bài</strong>." in page


def test_f2_a_site_without_articles_builds(site: Site) -> None:
    report = site.build()
    assert "index.html" in report.rendered
    assert report.problems == []
