"""A thread with a blocking connection, for the verbs that all SQL stores share."""

import random
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import psycopg

from dawam.clock import Clock
from dawam.errors import StoreBusyError
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.connection import Connection, connect_blocking, is_gone, translated
from dawam.stores.postgres.database import PostgresDatabase, ServerClock, StandInClock
from dawam.stores.postgres.statements import Statement
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.threads import DatabaseThread
from dawam.stores.values import Retention

_TRIES = 3
_LONGEST_NAP = 0.1
Work = Callable[[Database, Place], Any]


class PostgresThread(DatabaseThread[Connection]):
    """Does each piece of work in a transaction of its own, and connects anew after a loss.

    Work that was cut off by the loss of the connection, or met a deadlock, is done once more: it is a function of the
    database and of values, and what it writes is guarded, so doing it twice is doing it once.
    """

    def __init__(
        self,
        name: str,
        address: Address,
        statements: Mapping[str, Statement],
        application: str,
        clock: Clock | None,
        retention: Retention,
        *,
        isolation: psycopg.IsolationLevel | None = None,
    ) -> None:
        """`clock` stands in for the server's, in tests."""
        super().__init__(name, f"PostgreSQL {address.place}")
        self._address, self._statements, self._isolation = address, statements, isolation
        self._application, self._clock, self._retention = application, clock, retention

    def work(self, work: Work) -> Callable[[Connection], Any]:
        """What to hand in for a function of the database and the place."""

        def act(connection: Connection) -> Any:
            db = PostgresDatabase(connection, self._statements)
            clock = ServerClock(db) if self._clock is None else StandInClock(self._clock)
            return work(db, Place(self._application, clock, self._retention, boot=""))

        return act

    def interrupt(self) -> None:
        """Cuts the connection from another thread, so that whoever waits for an answer of the server stops waiting."""
        with suppress(Exception), socket.socket(fileno=socket.dup(self._connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    def _opened(self) -> Connection:
        connection = connect_blocking(self._address, self._name)
        connection.isolation_level = self._isolation
        return connection

    def _translated(self, error: Exception) -> Exception:
        return translated(error, self._address)

    def _attempt(self, act: Callable[[Connection], Any]) -> tuple[Any, Exception | None]:
        for left in reversed(range(_TRIES)):
            try:
                if self._connection.closed:
                    self._connection = self._opened()
                with self._connection.transaction():
                    return act(self._connection), None
            except Exception as error:  # noqa: BLE001  (whoever waits for the answer gets it)
                was_connected = not self._connection.closed
                if is_gone(error) or self._connection.broken:
                    self._connection.close()
                elif not isinstance(self._translated(error), StoreBusyError) or _was_slow(error):
                    return None, self._translated(error)
                if not left or not (was_connected or (self._connection.closed and is_gone(error))):
                    return None, self._translated(error)
                time.sleep(random.uniform(0, _LONGEST_NAP))  # noqa: S311  (spreads load, guards nothing)
        raise AssertionError("the last try answers")


def _was_slow(error: Exception) -> bool:
    return isinstance(error, psycopg.errors.QueryCanceled)
