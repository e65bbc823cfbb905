"""Each row of the guide's table has a test that shows it, and the page of rows tells the truth."""

from tests.architecture.guide_rows import PAGE, ROWS, page, shown_by_row


def test_every_row_is_shown_by_a_test() -> None:
    shown = shown_by_row()

    assert [f"{row}: {ROWS[row]}" for row in ROWS if not shown.get(row)] == []


def test_every_mark_names_a_row_of_the_table() -> None:
    assert sorted(set(shown_by_row()) - set(ROWS)) == []


def test_the_page_of_rows_is_up_to_date() -> None:
    assert PAGE.exists() and PAGE.read_text(encoding="utf-8") == page(), "write it anew with: make reference"  # noqa: PT018
