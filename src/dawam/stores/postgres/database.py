"""One connection to the server inside one transaction, for the verbs that all databases share."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from dawam.clock import Clock, from_microseconds, to_microseconds
from dawam.jobs.record import NewJob
from dawam.stores.postgres.adding import add_blocking
from dawam.stores.postgres.arrays import Ids
from dawam.stores.postgres.connection import Connection
from dawam.stores.postgres.statements import Statement
from dawam.stores.sql.database import Cursor
from dawam.stores.sql.place import Place
from dawam.stores.sql.server_time import ServerTime


class PostgresDatabase:
    """See `dawam.stores.sql.database.Database`."""

    first_key = UUID(int=0)
    last_key = UUID(int=2**128 - 1)

    def __init__(self, connection: Connection, statements: Mapping[str, Statement]) -> None:
        self._connection, self._statements = connection, statements

    def execute(self, statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> Cursor:
        found = self._statements[statement]
        return self._connection.execute(found.query, found.ordered(parameters), binary=True)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        found = self._statements[statement]
        with self._connection.cursor() as cursor:
            cursor.executemany(found.query, rows)

    @staticmethod
    def key(job_id: UUID) -> UUID:
        return job_id

    @staticmethod
    def id_of(key: Any) -> UUID:
        found: UUID = key
        return found

    @staticmethod
    def many(keys: Sequence[Any], more: Sequence[Any] | None = None) -> tuple[Any, ...]:
        return (Ids(keys),) if more is None else (Ids(keys), more)

    def add(self, place: Place, jobs: Sequence[NewJob]) -> list[bool]:
        return add_blocking(self._connection, self._statements["add_jobs"], place.application, place.now(), jobs)


class StandInClock:
    """Another clock in the place of the server's, in tests: its wall time measures leases as well."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    def boot_time(self) -> float:
        return to_microseconds(self._clock.now()) / 1_000_000


class ServerClock:
    """What time it is on the server, for both senses of a clock; asked once in a transaction, and handed on."""

    def __init__(self, time: ServerTime, db: PostgresDatabase) -> None:
        self._time, self._db = time, db
        self._stamp: int | None = None

    def now(self) -> datetime:
        return from_microseconds(self._microseconds())

    def boot_time(self) -> float:
        return self._microseconds() / 1_000_000

    def _microseconds(self) -> int:
        if self._stamp is None:
            asked_at = self._time.boot_time()
            row = self._db.execute("server_time").fetchone()
            assert row is not None  # noqa: S101  (it always answers)
            self._stamp = int(row[0])
            self._time.heard(from_microseconds(self._stamp), asked_at)
        return self._stamp
