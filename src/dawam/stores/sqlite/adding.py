"""`add`: takes new jobs."""

import sqlite3
from collections.abc import Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

from dawam.jobs.record import NewJob
from dawam.stores.sql.place import Place
from dawam.stores.sql.rows import job_row
from dawam.stores.sqlite.statements import SQL

_KEY = attrgetter("bytes")
"""How an id stands in the file."""
_ONE = SQL["add_job"]
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_AT_ONCE = 50
"""Rows in one statement: half the time of as many statements, and more rows gain no more."""
_MANY = _ONE.replace(_ROW, ", ".join([_ROW] * _AT_ONCE))


def add(db: sqlite3.Connection, place: Place, jobs: Sequence[NewJob]) -> list[bool]:
    rows = job_rows(place, jobs)
    if len(rows) == 1:
        return [_is_new(db, rows[0])]
    db.execute("SAVEPOINT adding")
    if _added(db, rows) == len(rows):
        db.execute("RELEASE adding")
        return [True] * len(rows)
    # some were there already: once more, one by one, to say which
    db.execute("ROLLBACK TO adding")
    answers = [_is_new(db, row) for row in rows]
    db.execute("RELEASE adding")
    return answers


def job_rows(place: Place, jobs: Sequence[NewJob]) -> list[tuple[Any, ...]]:
    """The parameters of `add_job` for each of them."""
    now = place.now()
    return [job_row(job, place.application, now, _KEY) for job in jobs]


def _is_new(db: sqlite3.Connection, row: Sequence[Any]) -> bool:
    return db.execute(_ONE, row).rowcount == 1


def _added(db: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> int:
    """Adds all, and answers how many were not there yet."""
    whole = len(rows) - len(rows) % _AT_ONCE
    chunks = (rows[start : start + _AT_ONCE] for start in range(0, whole, _AT_ONCE))
    added = sum(db.execute(_MANY, [*chain.from_iterable(chunk)]).rowcount for chunk in chunks)
    return added + sum(_is_new(db, row) for row in rows[whole:])
