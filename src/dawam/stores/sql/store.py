"""What every SQL store does in the same way: each verb is one function of the database, in one transaction."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from dawam.ids import HostId
from dawam.jobs.log import AttemptLog
from dawam.jobs.record import AttemptRecord, JobCounts, JobInfo
from dawam.measures.errors import ErrorGroup, ErrorMark, SeenError
from dawam.measures.record import Measure
from dawam.stores.actions import Action
from dawam.stores.looks import Bookmark, CountLook, IdLook, JobLook
from dawam.stores.sql import (
    actions,
    caretaking,
    choosing,
    completing,
    controlling,
    errors,
    leasing,
    listing,
    logs,
    measures,
    passing,
    reading,
    workers,
)
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.worker_table import SqlWorkerTable
from dawam.stores.ticking.row import Key
from dawam.stores.ticking.table import WorkerTable
from dawam.stores.ticking.verbs import WorkerVerbs
from dawam.stores.values import (
    CancelAnswer,
    CompletionAnswer,
    EditedArgs,
    HostCommand,
    HostInfo,
    HostOrders,
    JobChange,
    JobFilter,
    ProgressNote,
    Promotion,
    QueueInfo,
    Rescue,
    Retention,
)
from dawam.workers.record import DueTicks, RunningTick, TickRecord, WorkerInfo

P = ParamSpec("P")
T = TypeVar("T")


class SqlStore(WorkerVerbs):
    """The verbs without those that a database has a way of its own for: it adds, claims and settles in that."""

    @abstractmethod
    def _read(self, work: Callable[[Database, Place], T]) -> Awaitable[T]:
        """Runs what only reads, as one transaction that waits for no writer."""

    @abstractmethod
    def _write(self, work: Callable[[Database, Place], T]) -> Awaitable[T]:
        """Runs what writes, as one transaction that is durable when its answer comes. It may be run twice."""

    async def _decide(self, verb: Callable[Concatenate[WorkerTable, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._write(lambda db, place: verb(SqlWorkerTable(db, place), *args, **kwargs))

    # -- hosts

    async def register(self, host: HostInfo, lease: timedelta) -> None:
        await self._write(lambda db, place: leasing.register(db, place, host, lease))

    async def mark_stopping(self, host: HostId) -> None:
        await self._write(lambda db, place: leasing.mark_stopping(db, place, host))

    async def give_up(self, host: HostId, crashed: Collection[UUID] = ()) -> Rescue:
        return await self._write(lambda db, place: leasing.give_up(db, place, host, crashed))

    async def rescue(self, limit: int, may_judge: Callable[[], bool] = lambda: True) -> Rescue:
        asked_at = await self._read(leasing.needs_rescue)
        if asked_at is None or not may_judge():
            return Rescue()
        return await self._write(lambda db, place: leasing.rescue(db, place, limit, asked_at))

    async def hosts(self) -> list[HostInfo]:
        return await self._read(leasing.hosts)

    async def claims_of(self, host: HostId) -> list[tuple[UUID, int, datetime]]:
        return await self._read(lambda db, place: reading.claims_of(db, place, host))

    # -- completions in somebody's own transaction

    async def completion_of(self, job_id: UUID, fence: int) -> CompletionAnswer:
        if await self._read(lambda db, place: completing.is_committed(db, place, job_id, fence)):
            return CompletionAnswer.COMMITTED
        return await self._write(lambda db, place: completing.completion_of(db, place, job_id, fence))

    # -- chores: each looks first, because reads are not writes

    async def promote(self, limit: int) -> Promotion:
        waiting = await self._read(caretaking.waiting_promotion)
        if waiting is not None:
            return waiting
        return await self._write(lambda db, place: caretaking.promote(db, place, limit))

    async def prune(self, retention: Retention, limit: int) -> int:
        if limit <= 0 or not await self._read(lambda db, place: caretaking.outlived(db, place, retention, 1)):
            return 0
        return await self._write(lambda db, place: caretaking.prune(db, place, retention, limit))

    async def orders(self, host: HostId) -> HostOrders:
        return await self._read(lambda db, place: caretaking.orders(db, place, host))

    async def note_progress(self, host: HostId, notes: Sequence[ProgressNote]) -> None:
        await self._write(lambda db, place: caretaking.note_progress(db, place, host, notes))

    async def keep_logs(self, kept: Sequence[AttemptLog]) -> None:
        await self._write(lambda db, place: logs.keep(db, place, kept))

    # -- reading

    async def get(self, job_id: UUID) -> JobInfo | None:
        return await self._read(lambda db, place: reading.get(db, place, job_id))

    async def look(
        self, chosen: JobFilter, limit: int, after: UUID | Bookmark | None = None, within: int | None = None
    ) -> JobLook:
        return await self._read(lambda db, place: listing.look(db, place, chosen, limit, after, within))

    async def find_ids(self, part: str, limit: int) -> list[UUID]:
        return await self._read(lambda db, place: choosing.find_ids(db, place, part, limit))

    async def count(self, chosen: JobFilter, bookmark: Bookmark | None = None, within: int | None = None) -> CountLook:
        return await self._read(lambda db, place: passing.count(db, place, chosen, bookmark, within))

    async def ids(
        self, chosen: JobFilter, limit: int, bookmark: Bookmark | None = None, within: int | None = None
    ) -> IdLook:
        return await self._read(lambda db, place: passing.ids(db, place, chosen, limit, bookmark, within))

    async def counts(self, at_most: int | None = None) -> JobCounts:
        return await self._read(lambda db, place: reading.counts(db, place, at_most))

    async def queues(self, at_most: int | None = None) -> list[QueueInfo]:
        return await self._read(lambda db, place: reading.queues(db, place, at_most))

    async def waiting_names(self, at_most: int | None = None) -> dict[tuple[str, str], int]:
        return await self._read(lambda db, place: reading.waiting_names(db, place, at_most))

    async def attempts(self, job_id: UUID) -> list[AttemptRecord]:
        return await self._read(lambda db, place: reading.attempts(db, place, job_id))

    async def logs(self, job_id: UUID) -> list[AttemptLog]:
        return await self._read(lambda db, place: logs.of_job(db, place, job_id))

    # -- the human hand

    async def cancel(self, job_id: UUID, reason: str = "") -> CancelAnswer:
        return await self._write(lambda db, place: controlling.cancel(db, place, job_id, reason))

    async def retry(self, job_id: UUID, args: EditedArgs | None = None) -> bool:
        return await self._write(lambda db, place: controlling.retry(db, place, job_id, args))

    async def change(self, job_id: UUID, change: JobChange) -> bool:
        return await self._write(lambda db, place: controlling.change(db, place, job_id, change))

    async def delete(self, job_id: UUID) -> bool:
        return await self._write(lambda db, place: controlling.delete(db, place, job_id))

    async def cancel_chosen(self, ids: Sequence[UUID], chosen: JobFilter, reason: str = "") -> list[CancelAnswer]:
        return await self._write(lambda db, place: controlling.cancel_chosen(db, place, ids, chosen, reason))

    async def retry_chosen(self, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
        return await self._write(lambda db, place: controlling.retry_chosen(db, place, ids, chosen))

    async def delete_chosen(self, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
        return await self._write(lambda db, place: controlling.delete_chosen(db, place, ids, chosen))

    async def change_chosen(self, ids: Sequence[UUID], chosen: JobFilter, change: JobChange) -> list[bool]:
        return await self._write(lambda db, place: controlling.change_chosen(db, place, ids, chosen, change))

    async def command_host(self, host: HostId, command: HostCommand) -> bool:
        return await self._write(lambda db, place: leasing.command(db, place, host, command))

    async def pause_queue(self, queue: str) -> None:
        await self._write(lambda db, place: controlling.pause_queue(db, place, queue))

    async def resume_queue(self, queue: str) -> None:
        await self._write(lambda db, place: controlling.resume_queue(db, place, queue))

    async def limit_queue(self, queue: str, limit: int | None) -> None:
        await self._write(lambda db, place: controlling.limit_queue(db, place, queue, limit))

    async def paused_queues(self) -> frozenset[str]:
        return await self._read(caretaking.paused_queues)

    # -- measures

    async def keep_measures(self, rows: Sequence[Measure]) -> None:
        await self._write(lambda db, place: measures.keep(db, place, rows))

    async def merge_measures(self, limit: int) -> int:
        if limit <= 0 or not await self._read(lambda db, place: measures.to_go(db, place, 1)):
            return 0
        return await self._write(lambda db, place: measures.merge(db, place, limit))

    async def measures(
        self, span: timedelta, since: datetime, until: datetime, *, name: str | None = None, queue: str | None = None
    ) -> list[Measure]:
        return await self._read(lambda db, place: measures.measures(db, place, span, since, until, name, queue))

    async def keep_errors(self, seen: Sequence[SeenError]) -> None:
        await self._write(lambda db, place: errors.keep(db, place, seen))

    async def error_groups(self, limit: int) -> list[ErrorGroup]:
        return await self._read(lambda db, place: errors.groups(db, place, limit))

    async def error_group(self, fingerprint: str) -> ErrorGroup | None:
        return await self._read(lambda db, place: errors.group(db, place, fingerprint))

    async def mark_error(self, fingerprint: str, mark: ErrorMark) -> bool:
        return await self._write(lambda db, place: errors.mark(db, place, fingerprint, mark))

    # -- what people did

    async def begin_action(self, action: Action) -> None:
        await self._write(lambda db, place: actions.begin(db, place, action))

    async def tell_action(self, id: UUID, *, total: int | None, done: int, changed: int) -> bool:  # noqa: A002
        return await self._write(lambda db, place: actions.tell(db, place, id, total, done, changed))

    async def end_action(self, id: UUID, outcome: str, *, done: int, changed: int) -> None:  # noqa: A002
        await self._write(lambda db, place: actions.end(db, place, id, outcome, done, changed))

    async def stop_action(self, id: UUID) -> bool:  # noqa: A002
        return await self._write(lambda db, place: actions.stop(db, place, id))

    async def actions(self, limit: int, after: UUID | None = None, *, under_way: bool = False) -> list[Action]:
        return await self._read(lambda db, place: actions.actions(db, place, limit, after, under_way))

    async def action(self, id: UUID) -> Action | None:  # noqa: A002
        return await self._read(lambda db, place: actions.action(db, place, id))

    # -- workers: what decides is in `WorkerVerbs`

    async def forget_workers(self, after: timedelta) -> int:
        if not await self._read(lambda db, place: workers.needs_forgetting(db, place, after)):
            return 0
        return await super().forget_workers(after)

    async def needs_declaring(self, host: HostId) -> bool:
        return await self._read(lambda db, place: workers.needs_declaring(db, place, host))

    async def due_ticks(self, host: HostId, limit: int) -> DueTicks:
        return await self._read(lambda db, place: workers.due_ticks(db, place, host, limit))

    async def ticks_of(self, host: HostId) -> list[RunningTick]:
        return await self._read(lambda db, place: workers.ticks_of(db, place, host))

    async def workers(self, limit: int, after: Key | None = None) -> list[WorkerInfo]:
        return await self._read(lambda db, place: workers.workers(db, place, limit, after))

    async def worker(self, name: str) -> list[WorkerInfo]:
        return await self._read(lambda db, place: workers.worker(db, place, name))

    async def tick_records(self, name: str, limit: int) -> list[TickRecord]:
        return await self._read(lambda db, place: workers.tick_records(db, place, name, limit))
