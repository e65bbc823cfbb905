"""Every fault that is spoken of is applied by a test, and every test names one that is spoken of."""

from tests.architecture import marks
from tests.faults.faults import FAULTS
from tests.faults.table import PAGE

MARKED = marks.tests_by_mark("fault", "tests/faults", "tests/stores", "tests/unit")


def test_every_fault_is_applied_and_none_other_is_named() -> None:
    assert MARKED.keys() == FAULTS.keys()


def test_the_table_has_a_row_for_every_fault() -> None:
    page = PAGE.read_text()
    assert [fault for fault, words in FAULTS.items() if f"| {words} |" not in page] == [], "mend it with: make faults"
