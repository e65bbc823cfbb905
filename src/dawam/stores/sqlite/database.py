"""SQLite as the verbs that all SQL stores share ask for it; see `dawam.stores.sql.database`."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from dawam.jobs.record import NewJob
from dawam.stores.sql.place import Place
from dawam.stores.sqlite import adding
from dawam.stores.sqlite.statements import SQL

_encode = msgspec.json.encode


class SqliteDatabase:
    """A connection inside a transaction. Ids are the 16 bytes of a UUID."""

    __slots__ = ("connection",)
    first_key = b""
    last_key = b"\xff" * 17

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def execute(self, statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> sqlite3.Cursor:
        return self.connection.execute(SQL[statement], parameters)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        self.connection.executemany(SQL[statement], rows)

    def add(self, place: Place, jobs: Sequence[NewJob]) -> list[bool]:
        return adding.add(self.connection, place, jobs)

    def key(self, job_id: UUID) -> bytes:
        return job_id.bytes

    def id_of(self, key: bytes) -> UUID:
        return UUID(bytes=key)

    def many(self, keys: Sequence[bytes], more: Sequence[Any] | None = None) -> tuple[bytes, str]:
        """All of them as one blob, and a JSON array of what goes with each."""
        return b"".join(keys), _encode([0] * len(keys) if more is None else more).decode()
