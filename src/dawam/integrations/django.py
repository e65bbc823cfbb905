"""Django: jobs in the transaction of `transaction.atomic()`.

from django.db import connection, transaction

def pay(request, order_id):
    with transaction.atomic():
        Payment.objects.create(order_id=order_id)
        app.sync.enqueue(send_receipt.call(order_id), transaction=connection)  # or connections["orders"]

Django's transactions block, and live in one thread. An async view runs all of it in `sync_to_async(pay)`.
"""

import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from django.core.exceptions import SynchronousOnlyOperation
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import TransactionManagementError
from django.utils.connection import ConnectionProxy

from dawam.errors import TransactionError
from dawam.stores.postgres import foreign as postgres
from dawam.stores.sqlite.transaction import DATABASE_LIST, explained, main_database
from dawam.stores.transaction import BlockingTransaction
from dawam.stores.values import Statement

_SQLITE, _POSTGRES = "sqlite", "postgresql"
_CURE = "with transaction.atomic():"


def adapt(foreign: object) -> "DjangoTransaction | None":
    """Wraps `django.db.connection`, or one of `django.db.connections`."""
    found: Any = foreign
    if isinstance(foreign, ConnectionProxy) and hasattr(found, "alias"):  # there are such proxies of caches, too
        found = connections[found.alias]
    return DjangoTransaction(found) if isinstance(found, BaseDatabaseWrapper) else None


class DjangoTransaction(BlockingTransaction):
    """See `dawam.stores.transaction.Transaction`. Statements go through Django's own cursor, which sees them."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def database_blocking(self) -> str:
        with self._speaking_our_words():
            if self._connection.vendor == _SQLITE:
                return main_database(self._fetch(Statement(DATABASE_LIST, [()])))
            if self._connection.vendor == _POSTGRES:
                return str(self._fetch(postgres.DATABASE)[0][0])
            return f"{self._connection.vendor}:{self._connection.settings_dict['NAME']}"

    def run_blocking(self, statements: Sequence[Statement]) -> None:
        with self._speaking_our_words():
            self._refuse_autocommit()
            with self._connection.cursor() as cursor:
                for statement in map(self._in_django_form, statements):
                    cursor.executemany(statement.sql, statement.rows)

    def answers_blocking(self, statement: Statement) -> bool:
        with self._speaking_our_words():
            self._refuse_autocommit()
            return bool(self._fetch(statement))

    def spoil_blocking(self) -> None:
        with suppress(Exception):
            if self._connection.in_atomic_block:
                self._connection.set_rollback(True)
            else:  # somebody manages transactions by hand
                self._connection.rollback()

    def after_commit(self, callback: Callable[[], None]) -> bool:
        """Django tells of the commits that it makes, not of those of somebody who manages transactions by hand."""
        try:
            self._connection.on_commit(callback, robust=True)
        except TransactionManagementError:
            return False
        return True

    def _fetch(self, statement: Statement) -> list[Any]:
        formed = self._in_django_form(statement)
        with self._connection.cursor() as cursor:
            cursor.execute(formed.sql, formed.rows[0])
            return list(cursor.fetchall())

    def _in_django_form(self, statement: Statement) -> Statement:
        """As Django's cursors take it: with `%s`, of which those of SQLite make `?`, leaving `?1` alone."""
        if self._connection.vendor == _POSTGRES:
            return postgres.with_percents(statement)
        return Statement(statement.sql.replace("%", "%%"), statement.rows)

    def _refuse_autocommit(self) -> None:
        if self._connection.get_autocommit() and not self._connection.in_atomic_block:
            raise TransactionError(postgres.COMMITS_BY_ITSELF.format(cure=_CURE))

    @contextmanager
    def _speaking_our_words(self) -> Generator[None]:
        try:
            self._connection.validate_thread_sharing()  # Django itself looks after it has connected
            yield
        except SynchronousOnlyOperation as error:
            raise TransactionError(
                "a Django connection cannot be used on an event loop: write app.sync.enqueue(...), or in a job "
                "context.complete_in_sync(...), into the function that holds the transaction, and await that by "
                "sync_to_async"
            ) from error
        except Error as error:
            ours = _explained(error)
            if ours is None:
                raise
            raise ours from error


def _explained(error: Error) -> Exception | None:
    """Django's errors have the driver's as their cause; those without one are about Django's own rules."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return explained(cause)
    return postgres.explained(cause or error)
