"""Puts a crowd of jobs into the tables of a store, and tells it what its hosts would have told."""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg

from benchmarks.pages.crowd import ERRORS, FINISHED_COLUMNS, LIVE_COLUMNS, NAMES, QUEUES, Crowd, Row, queue_of
from dawam.ids import HostId, new_id
from dawam.measures.compacting import FINEST, WINDOWS, floor
from dawam.measures.errors import SeenError
from dawam.measures.record import WHOLE, Measure, with_wholes
from dawam.measures.spread import Spread
from dawam.stores.base import JobStore
from dawam.stores.values import HostInfo

_BATCH = 1_000
_LEASE = timedelta(days=1)
_HOSTS = 5


def fill_postgres(url: str, crowd: Crowd) -> None:
    """By COPY; the server has been vacuumed since."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table, columns, rows in _tables(crowd):
            named = ", ".join(columns)
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({named}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            connection.execute(f"VACUUM (ANALYZE) {table}")


def fill_sqlite(file: Path, crowd: Crowd) -> None:
    """In one transaction for each table."""
    with closing(sqlite3.connect(file, timeout=30)) as db:
        for table, columns, rows in _tables(crowd):
            named = ", ".join(columns).replace("place", "state")
            marks = ", ".join("?" * len(columns))
            with db:
                db.executemany(f"INSERT INTO {table} ({named}) VALUES ({marks})", map(_for_sqlite, rows))


def _tables(crowd: Crowd) -> Iterator[tuple[str, Sequence[str], Iterator[Row]]]:
    yield "dawam_job", LIVE_COLUMNS, crowd.live()
    yield "dawam_finished", FINISHED_COLUMNS, crowd.finished()


def _for_sqlite(row: Row) -> Row:
    return tuple(each.bytes if isinstance(each, UUID) else each for each in row)


async def tell(store: JobStore) -> None:
    """The hosts that live, and what they have measured and seen for over a year."""
    now = store.clock.now()
    for number in range(_HOSTS):
        await store.register(_host(number, now), _LEASE)
    rows = list(_measures(now))
    for begin in range(0, len(rows), _BATCH):
        await store.keep_measures(rows[begin : begin + _BATCH])
    while await store.merge_measures(_BATCH):
        pass
    await store.keep_errors([_seen(number, now) for number in range(len(ERRORS))])


def _host(number: int, now: datetime) -> HostInfo:
    return HostInfo(
        id=HostId(f"shop-{number}-abcd"), process_id=number + 1, machine="shop", queues=QUEUES, job_names=NAMES,
        concurrency=20, version="0", started_at=now,
    )  # fmt: skip


def _measures(now: datetime) -> Iterator[Measure]:
    dice = random.Random(3)
    for window in WINDOWS:
        begin = floor(now - window.kept, window.span) + window.span
        for step in range(window.kept // window.span):
            at = begin + step * window.span
            if at <= now:
                yield from with_wholes([_measure(at, window.span, name, dice) for name in NAMES])
                yield from (
                    Measure(
                        at=at, span=FINEST, name=WHOLE, queue=queue, part="looked at", waits=Spread(),
                        runs=Spread(), due=dice.randrange(1_000_000), oldest=timedelta(seconds=dice.randrange(3_600)),
                    )
                    for queue in (*QUEUES, WHOLE)
                )  # fmt: skip


def _measure(at: datetime, span: timedelta, name: str, dice: random.Random) -> Measure:
    count = 20 * int(span.total_seconds())
    errors = {dice.choice(ERRORS).fingerprint: 3 for _ in range(3)}
    return Measure(
        at=at, span=FINEST, name=name, queue=queue_of(name), part=f"shop {span}", succeeded=count,
        failed=sum(errors.values()), errors=errors, waits=_spread(dice), runs=_spread(dice),
    )  # fmt: skip


def _spread(dice: random.Random) -> Spread:
    spread, middle = Spread(), dice.randrange(1_000, 1_000_000)
    for _ in range(40):
        spread.add_microseconds(int(dice.lognormvariate(0, 1) * middle))
    return spread


def _seen(number: int, now: datetime) -> SeenError:
    name = NAMES[number % len(NAMES)]
    return SeenError(
        error=ERRORS[number], name=name, queue=queue_of(name), job_id=new_id(), first_seen_at=now - timedelta(days=6),
        last_seen_at=now - timedelta(seconds=number),
    )  # fmt: skip
