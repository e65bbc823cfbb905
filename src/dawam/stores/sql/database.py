"""What the verbs ask of a database: statements by name, and how it keeps an id."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from dawam.jobs.record import NewJob
from dawam.stores.sql.place import Place

Parameters = Sequence[Any] | Mapping[str, Any]
"""Those of a statement: by number, or by name, where more may be said than it needs."""


class Cursor(Protocol):
    """The answer of one statement."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""
        ...

    def fetchone(self) -> Any:
        """The next row, a tuple; None when there is no more."""
        ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...

    def close(self) -> object: ...


class Database(Protocol):
    """One connection, inside one transaction, that speaks one dialect."""

    def execute(self, statement: str, parameters: Parameters = (), /) -> Cursor:
        """Executes the statement of that name. Answers of several may be read by turns."""
        ...

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object: ...

    def add(self, place: Place, jobs: Sequence[NewJob], /) -> list[bool]:
        """See `dawam.stores.base.JobWriter.add`: each database has a quickest way of its own."""
        ...

    # -- ids

    @property
    def first_key(self) -> Any:
        """As small as any key, or smaller."""
        ...

    @property
    def last_key(self) -> Any:
        """As large as any key, or larger."""
        ...

    def key(self, job_id: UUID, /) -> Any:
        """What stands in the table for an id. Keys are ordered as ids are."""
        ...

    def id_of(self, key: Any, /) -> UUID:
        """The id for which that stands in the table."""
        ...

    def many(self, keys: Sequence[Any], more: Sequence[Any] | None = None, /) -> tuple[Any, ...]:
        """The parameters that stand for all of these keys, and for what goes with each.

        Where a statement takes its parameters by name these are called `keys` and, if there are two, `numbers`.
        """
        ...
