"""What led nowhere may lead somewhere only when something new has its name."""

from __future__ import annotations

import pytest

from phanthiet_news.plan.links import may_lead, names
from phanthiet_news.problem import Problem


def nowhere(target: str) -> Problem:
    return Problem(
        "content/tin/mot.md", 5, 1, "link-dead", f'"{target}" leads nowhere', length=len(target), fatal=False
    )


@pytest.mark.parametrize(
    ("target", "new", "may"),
    [
        ("/tin/moi/", "tin/moi/index.html", True),
        ("moi", "tin/moi/index.html", True),
        ("/tin/moi/#muc", "tin/moi/index.html", True),
        ("../moi/?trang=2", "tin/moi/index.html", True),
        ("/tin/moi/index.html", "tin/moi/index.html", True),
        ("anh.png", "content/tin/anh.png", True),
        ("../tin/hai.md", "content/tin/hai.md", True),
        ("/tin/m%C6%A1i/", "tin/khac/index.html", True),
        ("/tin/mơi/", "tin/mơi/index.html", True),
        ("/tin/khac/..", "tin/index.html", True),
        ("..", "tin/index.html", True),
        ("./", "tin/index.html", True),
        ("/tin/moi/", "tin/khac/index.html", False),
        ("/tin/moi/", "tin/moi-2/index.html", False),
        ("/tin/cu-moi/", "tin/moi/index.html", False),
        ("/anh/0005-a.jpg", "tin/trang/5/index.html", False),
        ("../the-thao/anh.png", "content/tin/hinh.png", False),
        ("/moi/khac/", "tin/moi/index.html", False),
        ("/tin/a.b/", "tin/axb/index.html", False),
    ],
)
def test_what_led_nowhere_may_lead_to_what_has_its_name(target: str, new: str, may: bool) -> None:
    assert may_lead([nowhere("/gi-do/"), nowhere(target)], names(new), hinted=False) is may


@pytest.mark.parametrize(("target", "may"), [("hai.md", True), ("hai.md#muc", True), ("hai.mdx", False)])
def test_a_hint_may_name_what_is_new(target: str, may: bool) -> None:
    assert may_lead([nowhere(target)], {"khac.md"}, hinted=True) is may


def test_other_problems_lead_nowhere_else() -> None:
    assert not may_lead(
        [Problem("a.md", 1, 1, "anchor-missing", '"/tin/moi/#x" leads to no place')], {"moi"}, hinted=True
    )
