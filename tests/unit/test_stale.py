"""When an output is made again: five small cases, in memory."""

from __future__ import annotations

from phanthiet_news.publish import NO_STAMP, blocking, cut, fill
from phanthiet_news.stale import Fills, Verdict, reasons, verdict
from phanthiet_news.stamp import SECOND, Look, Stamp
from phanthiet_news.state import Making, Output, encoded_parts, encoded_starts

FILLS = Fills({"fragment:sidebar": b"<p>1</p>"}, {})
LAST_FILL = FILLS.digest(("fragment:sidebar",))
FILLED = {LAST_FILL: (("fragment:sidebar", 8),)}
LAST = Output(
    fingerprint="f",
    stamp=NO_STAMP,
    digest="d",
    fill=LAST_FILL,
    encoded_starts=encoded_starts([0]),
)
PARTS = encoded_parts({"templates/base.html": "2"})
MADE = Making(PARTS, "", ())


def test_what_is_as_it_was_is_kept() -> None:
    assert verdict("f", LAST, Fills(FILLS.by_name, FILLED), stands=True) is Verdict.KEEP


def test_what_was_never_made_is_made() -> None:
    assert verdict("f", None, FILLS, stands=False) is Verdict.MAKE


def test_another_fingerprint_is_made() -> None:
    assert verdict("g", LAST, FILLS, stands=True) is Verdict.MAKE


def test_a_harmed_file_is_made() -> None:
    assert verdict("f", LAST, FILLS, stands=False) is Verdict.MAKE


def test_other_fillings_are_filled_in() -> None:
    assert verdict("f", LAST, Fills({"fragment:sidebar": b"<p>2</p>"}, FILLED), stands=True) is Verdict.FILL
    assert verdict("f", LAST, Fills({}, FILLED), stands=True) is Verdict.FILL


def test_what_was_filled_in_nobody_knows_how_is_made() -> None:
    assert verdict("f", LAST, FILLS, stands=True) is Verdict.MAKE


def test_reasons_name_what_changed() -> None:
    changed = encoded_parts({"templates/base.html": "9"})
    assert reasons(["page.title"], PARTS, MADE, known=True, intact=True) == ("page.title",)
    assert reasons([], changed, MADE, known=True, intact=True) == ("templates/base.html",)
    assert reasons([], PARTS, None, known=False, intact=False) == ("it is new",)
    assert reasons([], PARTS, None, known=True, intact=True) == ("its record was lost",)
    assert "gone or changed" in reasons([], PARTS, MADE, known=True, intact=False)[0]


def test_cutting_is_the_opposite_of_filling() -> None:
    pieces = [b"a", b"", b"c"]
    data, starts = fill("a/index.html", pieces, ("x", "y"), {"x": b"12", "y": b""})
    assert (data, starts) == (b"a12c", [1, 3])
    assert cut(data, (("x", 2), ("y", 0)), starts) == pieces


def test_what_stands_in_the_way_goes_first() -> None:
    assert blocking(["a", "b/c", "d"], ["a/x", "b", "e"]) == ["a", "b/c"]


def test_a_stamp_is_believed_only_when_it_is_older_than_the_clock_can_tell() -> None:
    fine = Stamp(size=1, modified=10 * SECOND + 1, changed=10 * SECOND + 1, inode=1)
    assert fine.settled(seen=11 * SECOND)
    assert not fine.settled(seen=10 * SECOND + 5)
    coarse = Stamp(size=1, modified=10 * SECOND, changed=10 * SECOND, inode=1)
    assert not coarse.settled(seen=12 * SECOND)
    assert coarse.settled(seen=13 * SECOND)


def test_the_stamp_of_an_output_proves_something_only_if_a_later_write_must_change_it() -> None:
    looked, published = 100 * SECOND + 7, 200 * SECOND + 7
    look = Look(looked, published)

    def proves(modified: int, changed: int) -> bool:
        return look.proves(Stamp(size=1, modified=modified, changed=changed, inode=1))

    assert proves(looked - SECOND, looked - SECOND)
    assert not proves(looked + 1, looked + 1), "written after it was looked at"
    assert proves(published - SECOND, published + 1), "written on the stage, moved much later"
    assert not proves(published - 1, published + 1), "moved in the moment in which it was written"
    assert not proves(published + 1, published + 1), "written into its place"
    assert not proves(published - SECOND + 1, published - SECOND + 1), "kept, and changed since it was looked at"
