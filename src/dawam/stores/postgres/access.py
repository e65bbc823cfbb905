"""How this process gets to the server: opens all its connections, and remembers what that has taught."""

import logging
import random
import time
from collections.abc import Callable
from copy import copy

from dawam.stores.postgres.address import Address
from dawam.stores.postgres.connection import AsyncConnection, Connection, connect, connect_blocking

_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0
"""Seconds to the next try: as many as it has been away for, so that a short absence is not made a long one."""
_NO_SESSION = (
    "a pooler stands between this process and PostgreSQL %s: no connection is taken to keep its session, which costs "
    "some speed, and wake-ups of other processes are not heard, so their jobs are found by polling (Host.Poll). If the "
    "pooler keeps them (pool_mode=session), say session=on in Store.Url; else session=off, to be told no more "
    "(docs/howto/postgresql.md)"
)
_logger = logging.getLogger("dawam.store")


class Access:
    """While the server is away every wish to connect fails at once with what the last try said, until the next is due.

    So nobody waits in line for a server that is gone, and not all connections of all processes knock at the same
    moment when it is back. Used on the event loop and by threads; two that try at once do no harm.
    """

    def __init__(self, address: Address, on_return: Callable[[], None]) -> None:
        """`on_return` is called, in some thread, when the server is there again: nobody need wait for a poll."""
        self.address, self._on_return = address, on_return
        self._failure: Exception | None = None
        self._away_since = self._next_try = 0.0
        self._is_pooler_told = address.has_session is not None

    async def connect(self, purpose: str, *, hot: bool = False) -> AsyncConnection:
        """A connection for coroutines. Raises our errors."""
        self._require_due()
        try:
            db = await connect(self.address, purpose, hot=hot)
        except Exception as error:
            self._failed(error)
            raise
        self._succeeded(db)
        return db

    def connect_blocking(self, purpose: str, *, at_once: bool = False) -> Connection:
        """A connection for a thread. Raises our errors. With `at_once` it does not matter when the next try is due."""
        if not at_once:
            self._require_due()
        try:
            db = connect_blocking(self.address, purpose)
        except Exception as error:
            self._failed(error)
            raise
        self._succeeded(db)
        return db

    def _require_due(self) -> None:
        failure = self._failure
        if failure is not None and time.monotonic() < self._next_try:
            raise copy(failure)

    def _failed(self, error: Exception) -> None:
        now = time.monotonic()
        if self._failure is None:
            self._away_since = now
        wait = min(max(_FIRST_WAIT, now - self._away_since), _LONGEST_WAIT)
        self._next_try = now + wait * random.uniform(0.5, 1.0)  # noqa: S311  (spreads load, guards nothing)
        self._failure = error

    def _succeeded(self, db: AsyncConnection | Connection) -> None:
        was_away, self._failure = self._failure is not None, None
        if was_away:
            self._on_return()
        if not db.has_session and not self._is_pooler_told:
            self._is_pooler_told = True
            _logger.warning(_NO_SESSION, self.address.place)
