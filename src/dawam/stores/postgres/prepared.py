"""The few hot statements, prepared once on a connection and then sent with next to nothing around them.

A cursor of psycopg finds out the type of each parameter, its form and the statement's name anew each time, which takes
longer than all else of a short statement. Here the types stand in the statement (`$1::bigint`), each parameter goes in
the server's binary form, and rows are read by psycopg's own loaders.
"""

import struct
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any
from uuid import UUID

from psycopg import errors, generators
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format

from dawam.stores.postgres.arrays import Blobs, BlobsDumper, Ids, IdsDumper, Numbers, NumbersDumper, Texts, TextsDumper
from dawam.stores.postgres.connection import AsyncConnection
from dawam.stores.postgres.statements import Statement

_pack_number = struct.Struct(">q").pack
_BINARY = Format.BINARY
_PLANS_LAST = 10.0
"""Seconds."""

_FORMS: Mapping[type, Callable[[Any], bytes]] = {
    str: str.encode,
    int: _pack_number,
    bytes: bytes,
    UUID: lambda value: value.bytes,
    Ids: IdsDumper(Ids).dump,
    Numbers: NumbersDumper(Numbers).dump,
    Blobs: BlobsDumper(Blobs).dump,
    Texts: TextsDumper(Texts).dump,
}
"""How a value of each kind is sent: texts, `bigint`, `bytea`, `uuid`, and arrays of them."""


class Prepared:
    """The statements that were prepared on one connection."""

    def __init__(self, db: AsyncConnection) -> None:
        self.db = db
        self._names: dict[Statement, bytes] = {}
        self._numbers = count()
        self._planned_anew_at = 0.0

    async def fetch(self, statement: Statement, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """The rows of one statement, which is a transaction of its own. Raises psycopg's errors.

        Nobody else uses the connection meanwhile: whoever asks sees to that.
        """
        db, connection = self.db, self.db.pgconn
        if time.monotonic() >= self._planned_anew_at:
            await self._forget_all()
        name = self._names.get(statement) or await self._prepare(statement)
        sent = [None if value is None else (_FORMS.get(type(value)) or _form_of(value))(value) for value in parameters]
        connection.send_query_prepared(name, sent, [_BINARY] * len(sent), result_format=_BINARY)
        result = (await db.wait(generators.execute(connection)))[-1]
        if result.status != ExecStatus.TUPLES_OK:
            raise errors.error_from_result(result)
        rows = Transformer(db)
        rows.set_pgresult(result)
        return rows.load_rows(0, result.ntuples, tuple)

    async def _prepare(self, statement: Statement) -> bytes:
        name = f"dawam_{next(self._numbers)}".encode()
        self.db.pgconn.send_prepare(name, statement.query)
        await self._done()
        self._names[statement] = name
        return name

    async def _forget_all(self) -> None:
        """A plan is made with what the tables are like, and these grow: all plans are made anew from time to time."""
        names, self._names = self._names.values(), {}
        for name in names:
            self.db.pgconn.send_query(b"DEALLOCATE " + name)
            await self._done()
        self._planned_anew_at = time.monotonic() + _PLANS_LAST

    async def _done(self) -> None:
        result = (await self.db.wait(generators.execute(self.db.pgconn)))[-1]
        if result.status != ExecStatus.COMMAND_OK:
            raise errors.error_from_result(result)


def _form_of(value: object) -> Callable[[Any], bytes]:
    """The form of a text or number of somebody's own class, as an enumeration of queues has."""
    for kind, form in _FORMS.items():
        if isinstance(value, kind):
            return form
    raise TypeError(f"{type(value).__qualname__} has no form that the server would take")
