"""What a store brings: the table of workers, who declares them, and the records of their ticks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from dawam.ids import HostId
from dawam.jobs.record import NewJob
from dawam.stores.ticking.row import Key, Wish, WorkerRow
from dawam.workers.record import TickRecord


class Declared(NamedTuple):
    """What one host's code has, as the store remembers it."""

    host: HostId
    name: str
    place: str
    definition: str
    """Its digest."""

    @property
    def key(self) -> Key:
        return self.name, self.place


class WorkerTable(Protocol):
    """The workers of one application, inside one transaction of the store."""

    def now(self) -> datetime: ...

    def is_registered(self, host: HostId) -> bool:
        """Whether the host is in the list of hosts, with a live lease or a lapsed one."""
        ...

    def may_claim(self, host: HostId) -> bool:
        """Whether its lease is live, and it is not stopping."""
        ...

    # -- rows

    def rows(self, keys: Collection[Key]) -> dict[Key, WorkerRow]:
        """Those of these that are there, each a copy: nothing of it is changed in the table before it is saved."""
        ...

    def rows_of(self, name: str) -> list[WorkerRow]: ...

    def rows_in(self, place: str) -> list[WorkerRow]: ...

    def running_rows(self, hosts: Collection[HostId] | None) -> list[WorkerRow]:
        """Those with a tick that runs on these hosts, by name and place; None: on any host whose lease is not live."""
        ...

    def lonely_rows(self) -> list[WorkerRow]:
        """Those that code put there, and that no live host declares."""
        ...

    def found_rows(self) -> list[WorkerRow]:
        """Those that were orphaned, and that a live host declares."""
        ...

    def save(self, rows: Collection[WorkerRow]) -> None:
        """Writes rows, new ones or changed ones."""
        ...

    def delete(self, rows: Collection[WorkerRow], *, with_records: bool = True) -> None:
        """Deletes rows; their records as well, where no row of that name is left."""
        ...

    def first_fence(self) -> int:
        """The largest fence of all rows that were ever deleted: what a new row begins with."""
        ...

    def wishes(self, names: Collection[str]) -> dict[str, Wish]:
        """What people want of these, where they want anything."""
        ...

    def keep_wish(self, name: str, wish: Wish) -> None:
        """Notes what a person wants of a name; `NO_WISH`: nothing any more."""
        ...

    # -- who declares them

    def declarations(self, names: Collection[str], host: HostId) -> list[Declared]:
        """What live hosts declare under these names, and what this host does, live or not."""
        ...

    def is_declared(self, name: str) -> bool:
        """Whether any live host declares it."""
        ...

    def declare(self, declarations: Collection[Declared]) -> None:
        """Notes what a host's code has; one for each host and name."""
        ...

    def withdraw(self, host: HostId, names: Collection[str] | None) -> None:
        """A host's code has these no more; None: nothing at all."""
        ...

    # -- records and jobs

    def record(self, records: Sequence[TickRecord], kept: dict[str, int]) -> None:
        """Adds records, and deletes the oldest beyond how many are `kept` of each name."""
        ...

    def forget_remains(self, before: datetime) -> None:
        """Deletes what older code left behind: declarations of hosts that are not registered, and their own rows.

        And the records of names that have no row, when the newest of them is older than `before`.
        """
        ...

    def add_jobs(self, jobs: Sequence[NewJob]) -> None: ...
