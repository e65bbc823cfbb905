"""The verbs of workers on the file: what decides runs in the writer's transaction, what reads in the reader's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Concatenate, ParamSpec, TypeVar

from dawam.ids import HostId
from dawam.stores.sqlite import workers
from dawam.stores.sqlite.place import Place
from dawam.stores.sqlite.threads import ReadThread, WriteThread
from dawam.stores.sqlite.worker_table import SqliteWorkerTable
from dawam.stores.ticking.row import Key
from dawam.stores.ticking.table import WorkerTable
from dawam.stores.ticking.verbs import WorkerVerbs
from dawam.workers.record import DueTicks, RunningTick, TickRecord, WorkerInfo

P = ParamSpec("P")
T = TypeVar("T")


class SqliteWorkers(WorkerVerbs):
    """The part of the SQLite store that is about workers."""

    _writer: WriteThread
    _reader: ReadThread
    _place: Place

    async def _decide(self, verb: Callable[Concatenate[WorkerTable, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._writer.run(lambda db: verb(SqliteWorkerTable(db, self._place), *args, **kwargs))

    async def forget_workers(self, after: timedelta) -> int:
        if not await self._reader.run(lambda db: workers.needs_forgetting(db, self._place, after)):
            return 0
        return await super().forget_workers(after)

    async def needs_declaring(self, host: HostId) -> bool:
        return await self._reader.run(lambda db: workers.needs_declaring(db, self._place, host))

    async def due_ticks(self, host: HostId, limit: int) -> DueTicks:
        return await self._reader.run(lambda db: workers.due_ticks(db, self._place, host, limit))

    async def ticks_of(self, host: HostId) -> list[RunningTick]:
        return await self._reader.run(lambda db: workers.ticks_of(db, self._place, host))

    async def workers(self, limit: int, after: Key | None = None) -> list[WorkerInfo]:
        return await self._reader.run(lambda db: workers.workers(db, self._place, limit, after))

    async def worker(self, name: str) -> list[WorkerInfo]:
        return await self._reader.run(lambda db: workers.worker(db, self._place, name))

    async def tick_records(self, name: str, limit: int) -> list[TickRecord]:
        return await self._reader.run(lambda db: workers.tick_records(db, self._place, name, limit))
