"""Statements for a caller's own connection to PostgreSQL, in the form of its driver; and what its errors mean."""

import pytest

from dawam.errors import SchemaError, TransactionError
from dawam.stores.postgres.foreign import DATABASE, SPOIL, explained, with_percents
from dawam.stores.values import Statement


class DriversError(Exception):
    def __init__(self, text: str, sqlstate: str | None = None, pgcode: str | None = None) -> None:
        super().__init__(text)
        self.sqlstate, self.pgcode = sqlstate, pgcode


def test_a_driver_that_takes_percents_gets_each_value_where_its_number_stands() -> None:
    statement = Statement("SELECT $2::text, $1, $2, $10 WHERE x LIKE '100%'", [list("abcdefghij"), list("0123456789")])

    formed = with_percents(statement)

    assert formed.sql == "SELECT %s::text, %s, %s, %s WHERE x LIKE '100%%'"
    assert formed.rows == [["b", "a", "b", "j"], ["1", "0", "1", "9"]]


def test_a_statement_without_parameters_stays_without() -> None:
    for statement in (DATABASE, SPOIL):
        assert with_percents(statement) == Statement(statement.sql, [[]])


@pytest.mark.parametrize("code", ["42P01", "3F000", "42703"])
def test_missing_tables_are_an_error_of_the_schema_with_the_cure(code: str) -> None:
    found = explained(DriversError('relation "dawam_job" does not exist\nLINE 1: INSERT', sqlstate=code))

    assert isinstance(found, SchemaError)
    assert 'older ones (relation "dawam_job" does not exist): open the application once' in str(found)


@pytest.mark.parametrize(
    ("code", "cure"),
    [
        ("42501", "grant its role the rights"),
        ("25P02", "roll it back, and enqueue in a new one"),
        ("25006", "begin one that may write"),
        ("08006", "cannot be used here"),
        ("57P01", "cannot be used here"),
        ("25P03", "cannot be used here"),
        (None, "cannot be used here"),
    ],
)
def test_a_transaction_that_cannot_be_used_is_refused_with_the_cure(code: str | None, cure: str) -> None:
    for error in (DriversError("it went wrong.", sqlstate=code), DriversError("it went wrong.", pgcode=code)):
        found = explained(error)

        assert isinstance(found, TransactionError)
        assert "it went wrong" in str(found)
        assert cure in str(found)


@pytest.mark.parametrize("code", ["40P01", "40001", "55P03", "57014", "23505"])
def test_what_the_caller_knows_how_to_meet_is_left_to_it(code: str) -> None:
    assert explained(DriversError("deadlock detected", sqlstate=code)) is None
