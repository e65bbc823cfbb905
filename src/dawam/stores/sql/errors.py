"""Groups of errors, in the table of a database."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dawam.clock import from_microseconds, to_microseconds
from dawam.measures.compacting import WINDOWS
from dawam.measures.errors import ErrorGroup, ErrorMark, SeenError
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.rows import ToId

_MICROSECOND = timedelta(microseconds=1)


def keep(db: Database, place: Place, seen: Sequence[SeenError]) -> None:
    ordered = sorted(seen, key=lambda each: each.error.fingerprint)  # in one order everywhere: nobody waits in a circle
    db.executemany("keep_error", [_row(db, place, each) for each in ordered])
    db.execute("forget_errors", (place.application, place.now() - WINDOWS[-1].kept // _MICROSECOND)).close()


def groups(db: Database, place: Place, limit: int) -> list[ErrorGroup]:
    return [_group(row, db.id_of) for row in db.execute("list_errors", (place.application, max(limit, 0)))]


def group(db: Database, place: Place, fingerprint: str) -> ErrorGroup | None:
    row = db.execute("get_error", (place.application, fingerprint)).fetchone()
    return None if row is None else _group(row, db.id_of)


def mark(db: Database, place: Place, fingerprint: str, mark: ErrorMark) -> bool:
    return db.execute("mark_error", (place.application, fingerprint, mark.value, place.now())).rowcount == 1


def _row(db: Database, place: Place, seen: SeenError) -> tuple[Any, ...]:
    error = seen.error
    return (
        place.application, error.fingerprint, error.type, error.message, error.traceback, seen.name, seen.queue,
        db.key(seen.job_id), to_microseconds(seen.first_seen_at), to_microseconds(seen.last_seen_at),
    )  # fmt: skip


def _group(row: Sequence[Any], id_of: ToId) -> ErrorGroup:
    fingerprint, error_type, message, traceback, name, queue, key, first_seen, last_seen, mark, marked = row
    return ErrorGroup(
        fingerprint=fingerprint, error_type=error_type, error_message=message, traceback=traceback, name=name,
        queue=queue, job_id=id_of(key), first_seen_at=from_microseconds(first_seen),
        last_seen_at=from_microseconds(last_seen), mark=ErrorMark(mark),
        marked_at=None if marked is None else from_microseconds(marked),
    )  # fmt: skip
