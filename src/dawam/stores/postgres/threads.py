"""A thread with a blocking connection, for the verbs that all SQL stores share."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import psycopg

from dawam.clock import Clock
from dawam.errors import StoreBusyError
from dawam.stores.postgres.access import Access
from dawam.stores.postgres.connection import Connection, columns_of, is_gone, settings, translated
from dawam.stores.postgres.database import PostgresDatabase
from dawam.stores.postgres.statements import Statement
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.threads import DatabaseThread
from dawam.stores.values import Retention

T = TypeVar("T")
_TRIES = 3
_LONGEST_NAP = 0.1
_LAST_WORDS, _MOMENT = 1.0, 0.2
"""Seconds that the server may take at the end, and the thread to notice that it is waited for no more."""
Work = Callable[[Database, Place], Any]


class PostgresThread(DatabaseThread[Connection]):
    """Does each piece of work in a transaction of its own, and connects anew after a loss, as `Access` allows.

    Work that was cut off by the loss of the connection, or met a deadlock, is done once more: it is a function of the
    database and of values, and what it writes is guarded, so doing it twice is doing it once. A server that answers
    nothing for longer than a statement may take counts as lost.
    """

    def __init__(
        self,
        name: str,
        access: Access,
        statements: Mapping[str, Statement],
        application: str,
        clock_in: Callable[[PostgresDatabase], Clock],
        retention: Retention,
        *,
        isolation: psycopg.IsolationLevel | None = None,
        keeps_trying: bool = False,
    ) -> None:
        """`clock_in` makes the clock of one transaction. `keeps_trying`: whoever hands in work paces it himself."""
        super().__init__(name, f"PostgreSQL {access.address.place}")
        self._access, self._address, self._statements, self._isolation = access, access.address, statements, isolation
        self._application, self._clock_in, self._retention = application, clock_in, retention
        self._keeps_trying = keeps_trying
        self._patience = access.address.patience
        self._watch: asyncio.TimerHandle | None = None

    def work(self, work: Work) -> Callable[[Connection], Any]:
        """What to hand in for a function of the database and the place."""

        def act(connection: Connection) -> Any:
            db = PostgresDatabase(connection, self._statements)
            return work(db, Place(self._application, self._clock_in(db), self._retention, boot=""))

        return act

    def start(self) -> None:
        self._watch = None
        super().start()

    def run(self, work: Callable[[Connection], T]) -> "asyncio.Future[T]":
        answer = super().run(work)
        if self._watch is None:
            self._look(asyncio.get_running_loop())
        return answer

    def interrupt(self) -> None:
        """Cuts the connection from another thread, so that whoever waits for an answer of the server stops waiting."""
        self._connection.cut()

    async def close(self) -> None:
        """Finishes what was handed in, unless the server takes long to answer: then the thread is left to itself."""
        if self._end() and not await self._ends_within(_LAST_WORDS):
            self.interrupt()
            await self._ends_within(_MOMENT)

    def abandon(self) -> None:
        """Ends it without waiting for the server. Blocks for a moment."""
        self.interrupt()
        if self._end():
            with suppress(TimeoutError):
                self._ended.result(_MOMENT)

    async def _ends_within(self, seconds: float) -> bool:
        loop, has_ended = asyncio.get_running_loop(), asyncio.Event()

        def tell(_: object) -> None:
            with suppress(RuntimeError):  # the loop was closed
                loop.call_soon_threadsafe(has_ended.set)

        self._ended.add_done_callback(tell)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await has_ended.wait()
        return self._ended.done()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cuts off what waits for longer than the server may take, and looks again, until the thread is told to end."""
        since = self._connection.waits_since
        waited = 0.0 if since is None else time.monotonic() - since
        if waited >= self._patience:
            self.interrupt()
            waited = 0.0
        self._watch = None if self._thread is None else loop.call_later(self._patience - waited, self._look, loop)

    def _opened(self) -> Connection:
        connection = self._access.connect_blocking(self._name, at_once=self._keeps_trying)
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
                    self._set_up()
                    return act(self._connection), None
            except Exception as error:  # noqa: BLE001  (whoever waits for the answer gets it)
                ours = self._translated(error)
                if is_gone(error) or self._connection.broken:
                    self._connection.close()
                elif not isinstance(ours, StoreBusyError) or isinstance(error, psycopg.errors.QueryCanceled):
                    return None, ours
                if not left or self._thread is None:  # nobody waits any more
                    return None, ours
                time.sleep(random.uniform(0, _LONGEST_NAP))  # noqa: S311  (spreads load, guards nothing)
        raise AssertionError("the last try answers")

    def _set_up(self) -> None:
        """Where no session keeps them, each transaction brings its settings."""
        if not self._connection.has_session:
            ours = columns_of(settings(self._address, hot=False))
            self._connection.execute(self._statements["set_up"].query, [*ours, True])
