"""`add`: takes new jobs."""

import sqlite3
from collections.abc import Sequence

from dawam.jobs.record import NewJob
from dawam.stores.sqlite.place import SQL, Place
from dawam.stores.sqlite.rows import job_row


def add(db: sqlite3.Connection, place: Place, jobs: Sequence[NewJob]) -> list[bool]:
    now = place.now()
    statement = SQL["add_job"]
    if len(jobs) == 1:
        return [db.execute(statement, job_row(jobs[0], place.application, now)).rowcount == 1]
    rows = [job_row(job, place.application, now) for job in jobs]
    changed = db.execute("SAVEPOINT adding").executemany(statement, rows).rowcount
    if changed == len(rows):
        db.execute("RELEASE adding")
        return [True] * len(rows)
    # some were there already: once more, one by one, to say which
    db.execute("ROLLBACK TO adding")
    answers = [db.execute(statement, row).rowcount == 1 for row in rows]
    db.execute("RELEASE adding")
    return answers
