"""A caller's own connection to PostgreSQL, whatever its driver: what it is asked, and our words for what it answers."""

import re
from functools import lru_cache

from dawam.errors import SchemaError, TransactionError
from dawam.stores.postgres.statements import statements
from dawam.stores.values import Statement

_OURS = statements("public")  # the two below name no table
DATABASE = Statement(_OURS["database"].text, [()])
"""Answers with one text, comparable with `PostgresStore.database`."""
SPOIL = Statement(_OURS["spoil"].text, [()])
"""Fails; from then on nothing of the transaction around it can be committed."""
COMMITS_BY_ITSELF = (
    "the connection passed as transaction= commits each statement by itself (autocommit) and has no open transaction, "
    "so the job would not share the fate of your data: begin one first ({cure}), or leave transaction= out"
)

_NUMBER = re.compile(r"\$(\d+)")
_NO_TABLES = frozenset({"42P01", "3F000", "42703"})
"""No such table, schema or column."""
_CURES = {
    "42501": "grant its role the rights on Dawam's tables, or leave transaction= out",
    "25P02": "a statement before this one failed in it: roll it back, and enqueue in a new one",
    "25006": "it only reads: begin one that may write",
}
_GONE = ("08", "57P", "25P03")
"""The connection is lost: also because somebody shut it down, or it was idle for too long."""
_FIRST_LINE = re.compile(r"\s*\n")


def with_percents(statement: Statement) -> Statement:
    """The same for drivers that take `%s`: each in its place, in the order in which the text names them."""
    text, order = _in_places(statement.sql)
    return Statement(text, [[row[index] for index in order] for row in statement.rows])


@lru_cache(maxsize=32)
def _in_places(numbered: str) -> tuple[str, tuple[int, ...]]:
    order = tuple(int(number) - 1 for number in _NUMBER.findall(numbered))
    return _NUMBER.sub("%s", numbered.replace("%", "%%")), order


def explained(error: BaseException) -> Exception | None:
    """Our error for what a driver raised; None for what the caller knows how to meet, such as a deadlock.

    Drivers name the server's code `sqlstate` or `pgcode`. An error without one is the driver's own: the connection is
    closed, lost, or used where it cannot be.
    """
    code: str | None = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    text = _FIRST_LINE.split(str(error).strip(), maxsplit=1)[0].rstrip(".") or type(error).__name__
    if code in _NO_TABLES:
        return SchemaError(
            f"the database of transaction= has no tables of Dawam, or older ones ({text}): open the application once, "
            "or run `dawam store migrate`"
        )
    if code in _CURES:
        return TransactionError(f"the transaction passed as transaction= cannot be used ({text}): {_CURES[code]}")
    if code is None or code.startswith(_GONE):
        return TransactionError(f"the connection passed as transaction= cannot be used here: {text}")
    return None
