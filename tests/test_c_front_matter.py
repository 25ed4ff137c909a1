"""Front matter as editors get it wrong: what they are told, where, and how to mend it."""

from __future__ import annotations

import time

import pytest

from phanthiet_news.problem import EXIT_CONTENT, Failure, Problem
from site_in_a_string import Site

MOT = "content/tin/mot.md"


def told(site: Site, front: str | bytes) -> Problem:
    """The one problem of an article with this between the `---` lines."""
    site.write(MOT, b"---\n" + (front if isinstance(front, bytes) else front.encode()) + b"\n---\nBody.\n")
    return site.problem()


def places(problems: list[Problem]) -> list[tuple[int, int, str]]:
    return [(each.line, each.column, each.code) for each in problems]


def page(site: Site, front: str) -> str:
    site.write(MOT, f"---\n{front}\n---\nBody.\n")
    site.build()
    return site.text("tin/mot/index.html")


# --- how a problem looks


def test_c7_a_problem_is_told_with_its_place_its_line_a_mark_and_its_mend(site: Site) -> None:
    problem = told(site, "title: Một\ndate: 29/11")
    assert str(problem) == (
        'content/tin/mot.md:3:7: error[date-unknown]: "29/11" is not a date with a year\n'
        "    3 | date: 29/11\n"
        "      |       ^^^^^\n"
        "    help: write 2022-11-29 or 2022-11-29T14:00"
    )


def test_c7_the_mark_stands_under_the_word_behind_wide_and_combining_characters(site: Site) -> None:
    problem = told(site, "title: Một\ndate: 2024-01-02\nimage: {alt: 日本 x\u0306, scr: a.png}")
    line, mark = str(problem).split("\n")[1:3]
    assert "x\u0306" in line
    before = line.split("scr")[0]
    assert mark.index("^") == len(before) + 2 - 1  # two wide characters, one that takes no room
    assert mark.count("^") == 3


def test_c7_of_a_long_line_the_part_around_the_mistake_is_shown(site: Site) -> None:
    problem = told(site, f"title: Một\ndate: 2024-01-02\ntags: [{'a, ' * 2000}con]")
    line, mark = str(problem).split("\n")[1:3]
    assert len(line) < 140
    assert line[mark.index("^") :].startswith("con")


def test_several_mistakes_of_several_files_are_told_at_once_in_order(site: Site) -> None:
    site.write(
        "content/tin/b.md",
        "---\ntitle: []\ndate: 2024-02-30\nsumary: x\ndraft: maybe\nslug: Ấm thực\ntags: a\n---\n",
    )
    site.write("content/tin/a.md", "---\ntitle: A\n---\n")
    with pytest.raises(Failure) as caught:
        site.build()
    assert caught.value.exit_code == EXIT_CONTENT
    assert [(each.path, each.line, each.column, each.code) for each in caught.value.problems] == [
        ("content/tin/a.md", 2, 1, "key-missing"),
        ("content/tin/b.md", 2, 8, "type-text"),
        ("content/tin/b.md", 3, 7, "date-impossible"),
        ("content/tin/b.md", 4, 1, "key-unknown"),
        ("content/tin/b.md", 5, 8, "type-bool"),
        ("content/tin/b.md", 6, 7, "slug"),
        ("content/tin/b.md", 7, 7, "type-list"),
    ]
    assert not site.out.exists()


# --- C1: nothing but text is constructed


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!!binary", "!!set", "!!str", "!mine", "!"]
)
def test_c1_a_tag_is_an_error_that_shows_it_as_it_was_typed(site: Site, tag: str) -> None:
    problem = told(site, f"title: {tag} x\ndate: 2024-01-02")
    assert (problem.line, problem.column, problem.code) == (2, 8, "yaml-tag")
    assert f"`{tag}`" in problem.message
    assert "quotes" in problem.hint


# --- C2: anchors and aliases


def test_c2_an_anchor_is_refused(site: Site) -> None:
    problem = told(site, "title: &t Một\ndate: 2024-01-02")
    assert (problem.line, problem.column, problem.code) == (2, 8, "yaml-alias")


def test_c2_an_alias_bomb_is_refused_at_its_first_anchor(site: Site) -> None:
    bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    bomb += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    problem = told(site, "\n".join(bomb))
    assert (problem.line, problem.column, problem.code) == (2, 5, "yaml-alias")


def test_c2_emphasis_at_the_beginning_of_a_title_asks_for_quotes(site: Site) -> None:
    problem = told(site, "title: *quan trọng* hôm nay\ndate: 2024-01-02")
    assert (problem.line, problem.column, problem.code) == (2, 8, "yaml-alias")
    assert "quotes" in problem.hint


# --- C3: bounds, and every exception a problem


@pytest.mark.parametrize("opening", ["[", "{", "{a: ", "- "])
def test_c3_deep_nesting_is_an_error_and_no_crash(site: Site, opening: str) -> None:
    started = time.monotonic()
    problem = told(site, ("title: " if opening != "- " else "") + opening * (30_000 // len(opening)))
    assert time.monotonic() - started < 5
    assert (problem.line, problem.code) == (2, "yaml-too-deep")


def test_c3_sixteen_levels_are_read_and_seventeen_are_not(site: Site) -> None:
    # the keys themselves are the first level
    fits = told(site, f"title: {'[' * 15}x{']' * 15}\ndate: 2024-01-02")
    assert fits.code == "type-text"
    deeper = told(site, f"title: {'[' * 16}x{']' * 16}\ndate: 2024-01-02")
    assert deeper.code == "yaml-too-deep"


def test_c3_front_matter_of_more_than_64_kib_is_an_error(site: Site) -> None:
    lines = "".join(f"# {'x' * 1021}\n" for _ in range(64))
    problem = told(site, f"{lines}title: A")
    assert (problem.line, problem.code) == (2, "yaml-too-long")


def test_c3_a_value_of_more_than_16_kib_is_an_error_counted_in_bytes(site: Site) -> None:
    half = 16 * 1024 // 2
    assert "ộ" in page(site, f"title: A\ndate: 2024-01-02\nsummary: {'ộ' * (half // 3)}")
    problem = told(site, f"title: A\ndate: 2024-01-02\nsummary: {'é' * (half + 1)}")
    assert (problem.line, problem.column, problem.code) == (4, 10, "yaml-long-value")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2024-02-30", "date-impossible"),
        ("2024-02-29T25:00", "date-impossible"),
        ("2024-02-29T23:60", "date-impossible"),
        ("0000-00-00", "date-impossible"),
        ("0001-01-01", "date-impossible"),
        ("9999-12-31", "date-impossible"),
        ("2024-01-02T08:00+25:00", "date-impossible"),
        ("1e309", "date-unknown"),
        (".nan", "date-unknown"),
        ("0x7fffffffffffffffffff", "date-unknown"),
        ("190:20:30", "date-unknown"),
        ("9" * 5000, "date-unknown"),
    ],
)
def test_c3_what_makes_loaders_raise_is_a_problem_at_its_place(site: Site, value: str, code: str) -> None:
    problem = told(site, f"title: A\ndate: {value}")
    assert (problem.path, problem.line, problem.column, problem.code) == (MOT, 3, 7, code)
    assert len(problem.message) < 200


@pytest.mark.parametrize("value", ["9" * 5000, "-" * 5000, "1e9999", "0" * 17000])
def test_c3_a_number_of_5000_digits_is_no_exception(site: Site, value: str) -> None:
    problem = told(site, f"title: A\ndate: 2024-01-02\ndraft: {value}")
    assert (problem.line, problem.column) == (4, 8)
    assert problem.code in ("type-bool", "yaml-long-value")
    assert len(str(problem)) < 600


def test_c3_a_lone_surrogate_in_an_escape_is_refused_where_it_stands(site: Site) -> None:
    problem = told(site, 'title: "A\\ud800"\ndate: 2024-01-02')
    assert (problem.line, problem.column, problem.code) == (2, 12, "yaml-escape")


@pytest.mark.parametrize("escape", [r"\0", r"\x01", r"\x1b", r"\b", r"\ufffe"])
def test_c3_an_escape_for_a_character_that_xml_forbids_is_refused(site: Site, escape: str) -> None:
    problem = told(site, f'title: "A{escape}"\ndate: 2024-01-02')
    assert (problem.line, problem.column, problem.code) == (2, 8, "character-forbidden")


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\ufffe", "\uffff"])
def test_c3_a_raw_control_character_is_refused_where_it_stands(site: Site, character: str) -> None:
    problem = told(site, f"title: Một{character}\ndate: 2024-01-02")
    assert (problem.line, problem.column, problem.code) == (2, 11, "character-forbidden")
    assert f"U+{ord(character):04X}" in problem.message
    assert character not in str(problem).replace(problem.excerpt, "") or ord(character) > 0xFF00


@pytest.mark.parametrize("character", ["\x7f", "\x85", "\x93", "\u2028", "\u2029"])
def test_c3_what_yaml_takes_for_the_end_of_a_line_is_refused_where_it_stands(site: Site, character: str) -> None:
    problem = told(site, f"title: Một\nsummary: A{character}B\ndate: 2024-02-30")
    assert (problem.line, problem.column, problem.code) == (3, 11, "character-forbidden")


# --- C4: what was typed stays


@pytest.mark.parametrize(
    "title",
    ["No", "yes", "2024", "12:30", "007", "0x1F", "1_000", "1.50", "2024-03-27", "2024-03-27 08:42", ".inf", "0o17"],
)
def test_c4_a_title_stays_what_was_typed(site: Site, title: str) -> None:
    assert f">{title}</h1>" in page(site, f"title: {title}\ndate: 2024-01-02")


@pytest.mark.parametrize("title", ["null", "~", ""])
def test_c4_an_empty_value_is_a_missing_key_and_quoted_it_is_a_text(site: Site, title: str) -> None:
    assert told(site, f"title: {title}\ndate: 2024-01-02").code == "key-missing"
    if title:
        assert f">{title}</h1>" in page(site, f'title: "{title}"\ndate: 2024-01-02')
    else:
        assert told(site, 'title: ""\ndate: 2024-01-02').code == "empty"


def test_c4_tags_stay_what_was_typed(site: Site) -> None:
    text = page(site, "title: A\ndate: 2024-01-02\ntags: [No, 2024, 12:30]")
    assert all(f">{tag}</a>" in text for tag in ("No", "2024", "12:30"))


@pytest.mark.parametrize(
    ("date", "code", "hint"),
    [
        ("3/2/2024", "date-ambiguous", "write 2024-02-03 or 2024-03-02"),
        ("03-02-2024", "date-ambiguous", "write 2024-02-03 or 2024-03-02"),
        ("3.2.2024 08:00", "date-ambiguous", "write 2024-02-03 or 2024-03-02"),
        ("31/12/2024", "date-unknown", "write 2024-12-31"),
        ("3/3/2024", "date-unknown", "write 2024-03-03"),
        ("2024/3/2", "date-unknown", "write 2024-03-02"),
        ("30/2/2024", "date-unknown", "write 2022-11-29 or 2022-11-29T14:00"),
        ("hôm qua", "date-unknown", "write 2022-11-29 or 2022-11-29T14:00"),
        ("2024-01-02T8:00", "date-unknown", "write 2024-01-02"),
    ],
)
def test_c4_another_form_of_date_is_refused_with_the_form_to_write(site: Site, date: str, code: str, hint: str) -> None:
    problem = told(site, f"title: A\ndate: {date}")
    assert (problem.line, problem.column, problem.code, problem.hint) == (3, 7, code, hint)


@pytest.mark.parametrize(("word", "shown"), [("true", False), ("Yes", False), ("ON", False), ("false", True)])
def test_c4_the_schema_gives_words_their_type(site: Site, word: str, shown: bool) -> None:
    site.article(MOT, draft=word)
    site.build()
    assert (site.out / "tin/mot/index.html").exists() is shown


# --- C5: a key given twice


def test_c5_a_key_given_twice_names_both_lines(site: Site) -> None:
    problem = told(site, "title: A\ndate: 2024-01-02\ntitle: B")
    assert (problem.line, problem.column, problem.code) == (4, 1, "yaml-key-twice")
    assert problem.message == "the key `title` stands twice, in lines 2 and 4"


def test_c5_a_key_given_twice_inside_another_is_found_too(site: Site) -> None:
    problem = told(site, "title: A\ndate: 2024-01-02\nimage:\n  src: a.png\n  'src': b.png")
    assert (problem.line, problem.column, problem.code) == (6, 3, "yaml-key-twice")
    assert "lines 5 and 6" in problem.message


# --- C6: unknown keys


@pytest.mark.parametrize(
    ("key", "meant"),
    [("sumary", "summary"), ("Title2", "title"), ("TAGS", "tags"), ("auhtor", "author"), ("expire", "expires")],
)
def test_c6_an_unknown_key_is_an_error_with_the_nearest_known_one(site: Site, key: str, meant: str) -> None:
    problem = told(site, f"title: A\ndate: 2024-01-02\n{key}: x")
    assert (problem.line, problem.column, problem.code) == (4, 1, "key-unknown")
    assert problem.hint == f"did you mean `{meant}`?"


def test_c6_a_needed_key_that_is_misspelt_is_not_told_as_missing_too(site: Site) -> None:
    problem = told(site, "titel: A\ndate: 2024-01-02")
    assert (problem.line, problem.code, problem.hint) == (2, "key-unknown", "did you mean `title`?")


def test_c6_far_from_all_keys_the_known_ones_are_listed(site: Site) -> None:
    problem = told(site, "title: A\ndate: 2024-01-02\nzzzzzz: x")
    assert problem.hint.startswith("known: title, date, ")


def test_c6_keys_inside_a_key_are_checked_too(site: Site) -> None:
    problem = told(site, "title: A\ndate: 2024-01-02\nimage: {src: a.png, capton: x}")
    assert (problem.line, problem.column, problem.code) == (4, 21, "key-unknown")
    assert problem.hint == "did you mean `caption`?"


def test_c6_a_merge_key_is_not_known(site: Site) -> None:
    assert told(site, "title: A\ndate: 2024-01-02\n<<: {toc: true}").code == "key-unknown"


# --- C7: the usual slips, each with its own message


@pytest.mark.parametrize(
    ("front", "place", "code", "word"),
    [
        ("title: A\n\tdate: 2024-01-02", (3, 1), "yaml-tab", "spaces"),
        ("title: A\ntags:\n\t- a", (4, 1), "yaml-tab", "spaces"),
        ("image:\n  \tsrc: a", (3, 3), "yaml-tab", "spaces"),
        ("date: 2024-01-02\ntitle: Họp: ba việc", (3, 11), "yaml-colon", "quotes"),
        ("title: A\n  date: 2024-01-02", (3, 3), "yaml-indent", "column"),
        ("  title: A\ndate: 2024-01-02", (3, 1), "yaml-indent", "column"),
        ("title: @baophanthiet", (2, 8), "yaml-quote", "quotes"),
        ("title: 50\nsummary: %d", (3, 10), "yaml-quote", "quotes"),
        ("title: `ls`", (2, 8), "yaml-quote", "quotes"),
        ('title: A\nsummary: "B\ndate: 2024-01-02', (3, 10), "yaml-quote-open", "close"),
        ("title: A\nsummary: 'B\ndate: 2024-01-02", (3, 10), "yaml-quote-open", "close"),
        ("title: A\ntags: [a, b\nslug: x", (3, 7), "yaml-bracket", "[one, two]"),
        ("title: A\nimage: {src: a", (3, 8), "yaml-bracket", "{key: value}"),
        ("title: A\ndate 2024-01-02\nslug: a", (3, 1), "yaml-no-colon", "key: value"),
        ('title: "C:\\Users"', (2, 13), "yaml-escape", "single quotes"),
        ("title: A\n--- \ntitle: B", None, "", ""),
        ("title: A\n...\ntitle: B", (4, 1), "yaml-two-documents", "one"),
        ("title: A\n--- x", (3, 1), "yaml-two-documents", "one"),
        ("- title: A\n- date: 2024-01-02", (2, 1), "front-matter-list", "title: …"),
        ("title:A", (2, 1), "front-matter-list", "title: …"),
        ("? [a]\n: b", (2, 3), "yaml-key", "- "),
        ("title: A\ntags: a\ndate: 2024-01-02", (3, 7), "type-list", "write `tags: [a]`"),
    ],
)
def test_c7_each_slip_has_its_own_message_with_the_mend(
    site: Site, front: str, place: tuple[int, int] | None, code: str, word: str
) -> None:
    if place is None:  # a second `---` closes the block: what follows is body
        site.write(MOT, f"---\n{front}\n---\n")
        assert site.problem().code == "key-missing"
        return
    problem = told(site, front)
    assert ((problem.line, problem.column), problem.code) == (place, code)
    assert word in problem.hint
    assert problem.excerpt == ("---\n" + front).split("\n")[problem.line - 1]


def test_c7_without_a_closing_line_the_front_matter_is_not_closed(site: Site) -> None:
    site.write(MOT, "---\ntitle: A\ndate: 2024-01-02\n\nBody.\n")
    problem = site.problem()
    assert (problem.line, problem.column, problem.code) == (1, 1, "front-matter-open")
    assert "`---`" in problem.hint


def test_c7_empty_front_matter_lacks_its_keys(site: Site) -> None:
    site.write(MOT, "---\n---\nBody.\n")
    problems = site.problems()
    assert [(each.code, each.message) for each in problems] == [
        ("key-missing", "the key `date` is missing"),
        ("key-missing", "the key `title` is missing"),
    ]


def test_c7_positions_are_those_of_the_file_behind_comments_and_blank_lines(site: Site) -> None:
    problem = told(site, "# ghi chú\n\ntitle: A\n\n\n# nữa\ndate: hôm qua")
    assert (problem.line, problem.column) == (8, 7)
    assert problem.excerpt == "date: hôm qua"


def test_c7_an_item_of_a_list_is_pointed_at_and_not_the_list(site: Site) -> None:
    problem = told(site, "title: A\ndate: 2024-01-02\ntags:\n  - biển\n  - '???'")
    assert (problem.line, problem.column, problem.code) == (6, 5, "term")


def test_c7_a_refused_slug_is_told_once(site: Site) -> None:
    site.write("content/tin/Ẩm thực.md", "---\ntitle: A\ndate: 2024-01-02\nslug: Ẩm thực\n---\n")
    problem = site.problem()
    assert (problem.line, problem.column, problem.code, problem.hint) == (4, 7, "slug", "write `am-thuc`")


def test_c7_unknown_categories_get_a_guess(site: Site) -> None:
    site.article(MOT, category="Thể thoa")
    problem = site.problem()
    assert (problem.line, problem.column, problem.code) == (4, 11, "category-unknown")
    assert problem.hint == "did you mean `Thể thao`?"


def test_three_thousand_unknown_keys_are_told_within_seconds_and_counted(site: Site) -> None:
    site.write(MOT, "---\n" + "".join(f"k{n}: {n}\n" for n in range(3000)) + "---\n")
    started = time.monotonic()
    with pytest.raises(Failure) as caught:
        site.build()
    assert time.monotonic() - started < 5
    assert len(caught.value.problems) == 3002
