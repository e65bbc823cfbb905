"""Tables line up whatever is in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.cli.output import display_width, one_line, padded, shortened, table_lines


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table_lines(("NAME", "STATE"), [("a", "waiting"), ("longer", "x")]) == [
        "NAME    STATE",
        "a       waiting",
        "longer  x",
    ]


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("日本", 4), ("مرحبا", 5), ("مَرْحَبًا", 5), ("e\u0301", 1), ("ｆ", 2), ("a\u200db", 2), ("", 0)],
)
def test_wide_characters_take_two_columns_and_marks_none(text: str, width: int) -> None:
    assert display_width(text) == width


def test_a_row_of_wide_characters_ends_where_the_others_end() -> None:
    _, *rows = table_lines(("NAME", "N"), [("日本語", "1"), ("مَرْحَبًا", "2"), ("plain", "3")])

    assert {display_width(row) for row in rows} == {9}


def test_only_the_last_column_is_cut_to_the_width_of_a_terminal() -> None:
    rows = [("an id that is needed whole", "an error that is long")]

    (_, line) = table_lines(("ID", "ERROR"), rows, width=40)
    (_, narrow) = table_lines(("ID", "ERROR"), rows, width=10)

    assert line == "an id that is needed whole  an error th…"
    assert narrow == "an id that is needed whole  an e…"


def test_line_breaks_and_escapes_cannot_move_the_cursor() -> None:
    assert one_line("first\nsecond\r\x1b[31m\u2028end") == "first second  [31m end"


@given(st.text(), st.integers(min_value=1, max_value=20))
def test_a_shortened_text_is_never_wider_than_wanted(text: str, width: int) -> None:
    assert display_width(shortened(text, width)) <= width
    assert display_width(padded(shortened(text, width), width)) == width
