"""The page of settings tells the truth: it is written from the options that the application binds."""

from tests.architecture.settings_page import PAGE, page


def test_the_page_of_settings_is_up_to_date() -> None:
    assert PAGE.exists(), "write it with: make reference"
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew with: make reference"
