"""The table says what was found, also where that is nothing to be proud of."""

from tests.faults.ledger import Entry
from tests.faults.table import table

TEST = "tests/faults/test_chaos.py::test_it"


def test_failures_and_violations_are_counted_on_each_store() -> None:
    entries = [
        Entry("freeze", "SQLite", TEST, True, 1_000, 0),
        Entry("freeze", "SQLite", TEST, False, 500, 3),
        Entry("freeze", "PostgreSQL", TEST, True, 700, 0),
    ]

    *_, on_sqlite, on_postgres = table(entries).splitlines()

    assert "| SQLite | 2 | 1 | 1,500 | 3 | [chaos]" in on_sqlite
    assert "| PostgreSQL | 1 | 0 | 700 | 0 | [chaos]" in on_postgres


def test_where_no_history_was_checked_no_number_is_given() -> None:
    *_, row = table([Entry("power loss", "SQLite", TEST, True, 0, None)]).splitlines()

    assert "| SQLite | 1 | 0 | – | – |" in row
