"""What jobs logged, in the table of a database."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from dawam.jobs.log import AttemptLog, LogLine
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.values import KEPT_LOGS

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(tuple[LogLine, ...]).decode


def keep(db: Database, place: Place, logs: Sequence[AttemptLog]) -> None:
    in_order = sorted(logs, key=lambda each: (each.job_id.int, each.fence))  # as everywhere: nobody waits in a circle
    db.executemany("keep_log", [_row(db, place, each) for each in in_order if each.lines])
    db.executemany("forget_logs", [_outlived(db, place, each) for each in in_order])


def of_job(db: Database, place: Place, job_id: UUID) -> list[AttemptLog]:
    rows = db.execute("list_logs", (db.key(job_id), place.application))
    return [
        AttemptLog(job_id=job_id, fence=fence, attempt=attempt, host=host, lines=_decode(lines), missing=missing)
        for fence, attempt, host, missing, lines in rows
    ]


def _row(db: Database, place: Place, log: AttemptLog) -> tuple[Any, ...]:
    lines = _encode(log.lines).decode()
    return db.key(log.job_id), place.application, log.fence, log.attempt, log.host, log.missing, lines


def _outlived(db: Database, place: Place, log: AttemptLog) -> tuple[Any, ...]:
    """Which fence is said to have no lines, and up to which one a newer one takes the place."""
    return db.key(log.job_id), place.application, 0 if log.lines else log.fence, log.fence - KEPT_LOGS
