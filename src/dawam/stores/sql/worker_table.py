"""The table of workers in the database, as the decisions of `stores.ticking` ask for it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dawam.clock import to_microseconds
from dawam.ids import HostId
from dawam.jobs.record import NewJob
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.reading import may_claim
from dawam.stores.sql.rows import words
from dawam.stores.sql.worker_rows import tick_parameters, worker_parameters, worker_row
from dawam.stores.ticking.row import NO_WISH, Key, Wish, WorkerRow
from dawam.stores.ticking.table import Declared
from dawam.workers.record import TickRecord


@dataclass(frozen=True, slots=True)
class SqlWorkerTable:
    """See `dawam.stores.ticking.table.WorkerTable`."""

    db: Database
    place: Place

    def now(self) -> datetime:
        return self.place.clock.now()

    def is_registered(self, host: HostId) -> bool:
        return self.db.execute("is_registered", (self.place.application, host)).fetchone() is not None

    def may_claim(self, host: HostId) -> bool:
        return may_claim(self.db, self.place, host)

    # -- rows

    def rows(self, keys: Collection[Key]) -> dict[Key, WorkerRow]:
        names, places = {name for name, _ in keys}, {place for _, place in keys}
        found = self._select("select_workers", (self.place.application, words(tuple(names)), words(tuple(places))))
        wanted = set(keys)
        return {row.key: row for row in found if row.key in wanted}

    def rows_of(self, name: str) -> list[WorkerRow]:
        return self._select("workers_named", (self.place.application, name))

    def rows_in(self, place: str) -> list[WorkerRow]:
        return self._select("workers_of_host", (self.place.application, place))

    def running_rows(self, hosts: Collection[HostId] | None) -> list[WorkerRow]:
        if hosts is None:
            return self._select("workers_running_nowhere", said(self.place, limit=None))
        return [row for host in hosts for row in self._select("workers_running_on", (self.place.application, host))]

    def lonely_rows(self) -> list[WorkerRow]:
        return self._select("lonely_workers", said(self.place))

    def found_rows(self) -> list[WorkerRow]:
        return self._select("found_workers", said(self.place))

    def save(self, rows: Collection[WorkerRow]) -> None:
        application = self.place.application
        self.db.executemany("save_worker", [worker_parameters(row, application) for row in rows])

    def delete(self, rows: Collection[WorkerRow], *, with_records: bool = True) -> None:
        if not rows:
            return
        application = self.place.application
        self.db.executemany("remove_worker", [(application, *row.key) for row in rows])
        self.db.execute("keep_fence", (application, max(row.fence for row in rows)))
        if with_records:
            self.db.executemany("remove_ticks", [(application, name) for name in {row.key[0] for row in rows}])

    def first_fence(self) -> int:
        found = self.db.execute("last_fence", (self.place.application,)).fetchone()
        return 0 if found is None else int(found[0])

    def wishes(self, names: Collection[str]) -> dict[str, Wish]:
        rows = self.db.execute("select_wishes", (self.place.application, words(tuple(names))))
        return {name: Wish(bool(is_paused), schedule) for name, is_paused, schedule in rows}

    def keep_wish(self, name: str, wish: Wish) -> None:
        whose = (self.place.application, name)
        if wish == NO_WISH:
            self.db.execute("remove_wish", whose)
        else:
            self.db.execute("keep_wish", (*whose, int(wish.is_paused), wish.schedule))

    # -- who declares them

    def declarations(self, names: Collection[str], host: HostId) -> list[Declared]:
        return declarations(self.db, self.place, names, host)

    def is_declared(self, name: str) -> bool:
        return self.db.execute("is_declared", said(self.place, name=name)).fetchone() is not None

    def declare(self, declarations: Collection[Declared]) -> None:
        application = self.place.application
        self.db.executemany("declare", [(*each, application) for each in declarations])

    def withdraw(self, host: HostId, names: Collection[str] | None) -> None:
        whose = (self.place.application, host)
        if names is None:
            self.db.execute("withdraw_all", whose)
        else:
            self.db.execute("withdraw", (*whose, words(tuple(names))))

    # -- records and jobs

    def record(self, records: Sequence[TickRecord], kept: dict[str, int]) -> None:
        application = self.place.application
        ticks = [tick_parameters(record, application, self.db.key) for record in records]
        self.db.executemany("add_tick", ticks)
        self.db.executemany("trim_ticks", [(application, name, count) for name, count in kept.items()])

    def has_remains(self, before: datetime) -> bool:
        """A read: whether `forget_remains` has anything to do."""
        (answer,) = self.db.execute("has_remains", said(self.place, before=to_microseconds(before))).fetchone()
        return bool(answer)

    def forget_remains(self, before: datetime) -> None:
        for statement in ("remove_stray_declarations", "remove_stray_workers", "remove_outlived_ticks"):
            self.db.execute(statement, said(self.place, before=to_microseconds(before)))

    def add_jobs(self, jobs: Sequence[NewJob]) -> None:
        self.db.add(self.place, jobs)

    def _select(self, statement: str, parameters: Sequence[Any] | dict[str, Any]) -> list[WorkerRow]:
        return worker_rows(self.db.execute(statement, parameters))


def declarations(db: Database, place: Place, names: Collection[str], host: HostId | str) -> list[Declared]:
    """What live hosts declare under these names, and what `host` does."""
    rows = db.execute("select_declarations", said(place, names=words(tuple(names)), host=host))
    return [Declared(HostId(declared_by), *rest) for declared_by, *rest in rows]


def worker_rows(found: Iterable[tuple[Any, ...]]) -> list[WorkerRow]:
    return [worker_row(columns) for columns in found]


def said(place: Place, **more: Any) -> dict[str, Any]:
    """The parameters of statements that ask which hosts are live, and those that a statement needs beside them."""
    return {"application": place.application, "boot": place.boot, "boot_now": place.boot_now(), **more}
