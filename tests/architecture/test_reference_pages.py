"""The generated pages of the reference tell the truth."""

from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture import cli_page, doctor_page, schedules_page, state_page


@pytest.mark.parametrize(
    "writer", [state_page, cli_page, doctor_page, schedules_page], ids=lambda writer: writer.__name__.rpartition(".")[2]
)
def test_a_generated_page_is_up_to_date(writer: ModuleType) -> None:
    page: Path = writer.PAGE
    assert page.exists(), "write it with: make reference"
    assert page.read_text(encoding="utf-8") == writer.page(), "write it anew with: make reference"
