"""`settle`: writes what nearly every batch is, jobs that succeeded, in two statements, and the rest one by one."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from dawam.clock import to_microseconds
from dawam.jobs.outcome import SettleAnswer, Settlement, Succeeded
from dawam.stores.sql.ending import remove_records
from dawam.stores.sql.place import Place
from dawam.stores.sql.settling import settle_one
from dawam.stores.sqlite.database import SqliteDatabase


def settle(db: SqliteDatabase, place: Place, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
    plain = [each for each in settlements if isinstance(each.outcome, Succeeded) and not each.new_jobs]
    is_mixed = len(plain) < len(settlements)
    if is_mixed and len({each.id for each in settlements}) < len(settlements):
        plain = []  # of two ends of one job the first counts, so they are written in order
    together = bool(plain) and _succeed_together(db, place, plain)
    if together and not is_mixed:
        return [SettleAnswer.ACCEPTED] * len(plain)
    done = set(map(id, plain)) if together else set[int]()
    return [SettleAnswer.ACCEPTED if id(each) in done else settle_one(db, place, each) for each in settlements]


def _succeed_together(db: SqliteDatabase, place: Place, successes: Sequence[Settlement]) -> bool:
    """The fast way for what nearly every batch is: all succeeded, all still claimed. False: nothing was done."""
    by_fence: dict[int, list[Settlement]] = defaultdict(list)
    for each in successes:
        by_fence[each.fence].append(each)
    db.connection.execute("SAVEPOINT settling")
    try:
        all_claimed = all(_succeed(db, place, fence, group) for fence, group in by_fence.items())
    except sqlite3.IntegrityError:  # one of them twice
        all_claimed = False
    if not all_claimed:
        db.connection.execute("ROLLBACK TO settling")
    db.connection.execute("RELEASE settling")
    return all_claimed


def _succeed(db: SqliteDatabase, place: Place, fence: int, settlements: Sequence[Settlement]) -> bool:
    """Ends jobs that succeeded under one fence; False when not all of them were claimed under it."""
    ids, ends = db.many([each.id.bytes for each in settlements], [_end(each) for each in settlements])
    batch = (ids, ends, fence, place.application)
    if place.keeps("succeeded"):
        db.execute("keep_succeeded", batch)
    elif fence > 1:  # the first claim of a job has no attempts behind it
        remove_records(db, (ids, ends, place.application))
    return db.execute("remove_claimed", batch).rowcount == len(settlements)


def _end(success: Settlement) -> int | tuple[int, str | None, str | None]:
    ended_at = to_microseconds(success.ended_at)
    result = success.outcome.result if isinstance(success.outcome, Succeeded) else None
    if result is None and success.progress is None:
        return ended_at
    return ended_at, success.progress, None if result is None else result.decode()
