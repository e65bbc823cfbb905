"""The store itself: every verb is one function of its place on the shelf, run under the shelf's lock."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from dawam.clock import Clock
from dawam.doorbells.base import Doorbell
from dawam.errors import NotRunningError, SettingsError
from dawam.ids import HostId
from dawam.jobs.log import AttemptLog
from dawam.jobs.outcome import SettleAnswer, Settlement
from dawam.jobs.record import AttemptRecord, ClaimedJob, JobCounts, JobInfo, NewJob
from dawam.measures.errors import ErrorGroup, ErrorMark, SeenError
from dawam.measures.record import Measure
from dawam.stores.actions import Action
from dawam.stores.base import Capability, HeartbeatLink
from dawam.stores.looks import Bookmark, CountLook, IdLook, JobLook
from dawam.stores.memory import (
    actions,
    caretaking,
    claiming,
    controlling,
    errors,
    leasing,
    logs,
    looking,
    measures,
    reading,
    settling,
    workers,
)
from dawam.stores.memory.shelf import MemoryShelf, Place
from dawam.stores.memory.worker_table import MemoryWorkerTable
from dawam.stores.ticking.row import Key
from dawam.stores.ticking.table import WorkerTable
from dawam.stores.ticking.verbs import WorkerVerbs
from dawam.stores.values import (
    CancelAnswer,
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
    SchemaReport,
    queues_of,
    topics_of,
)
from dawam.workers.record import DueTicks, RunningTick, TickRecord, WorkerInfo

P = ParamSpec("P")
T = TypeVar("T")
_URL = "memory://"
_SHOWABLE = re.compile(r"memory://[\w/.-]*")
"""In anything else a password may stand."""


class MemoryStore(WorkerVerbs):
    """Jobs in the memory of this process, gone with it. Stores that share a `shelf` see one place."""

    def __init__(
        self,
        *,
        application: str = "default",
        clock: Clock,
        retention: Retention | None = None,
        shelf: MemoryShelf | None = None,
    ) -> None:
        self._shelf = MemoryShelf() if shelf is None else shelf
        self._place = Place(self._shelf.section(application), clock, retention or Retention())
        self._is_open = False

    def _run(self, verb: Callable[Concatenate[Place, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        if not self._is_open:
            raise NotRunningError("the memory store is not open: `await store.open()` before the first use")
        with self._shelf.lock:
            return verb(self._place, *args, **kwargs)

    async def _decide(self, verb: Callable[Concatenate[WorkerTable, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return self._run(lambda place: verb(MemoryWorkerTable(place), *args, **kwargs))

    # -- what it is

    @property
    def description(self) -> str:
        return "memory of this process"

    @property
    def clock(self) -> Clock:
        return self._place.clock

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset()

    @property
    def doorbell(self) -> Doorbell:
        return self._place.section.doorbell

    @property
    def marks_folder(self) -> Path | None:
        return None  # nobody outlives the process who could read them

    # -- opening

    async def open(self, *, migrate: bool = True) -> None:  # noqa: ARG002  (there is nothing to migrate)
        self._is_open = True

    async def close(self) -> None:
        """Closes this store; what lies on the shelf stays there, and so do the listeners of other stores."""
        self._is_open = False

    async def migrate(self) -> SchemaReport:
        return await self.check()

    async def check(self) -> SchemaReport:
        return SchemaReport(found=1, expected=1)

    # -- adding, claiming, settling

    async def add(self, jobs: Sequence[NewJob]) -> list[bool]:
        created = self._run(settling.add, jobs)
        for topic in topics_of(jobs):
            self.doorbell.ring(topic, queues_of(jobs))
        return created

    async def add_stream(self, batches: Iterable[Sequence[NewJob]]) -> list[bool]:
        return await self.add([job for batch in batches for job in batch])

    async def claim(self, host: HostId, queues: Sequence[str], limit: int) -> list[ClaimedJob]:
        return self._run(claiming.claim, host, queues, limit)

    async def claim_parked(
        self, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int
    ) -> list[ClaimedJob]:
        return self._run(claiming.claim_parked, host, queues, known, limit)

    async def claim_suspect(self, host: HostId, queues: Sequence[str], known: Mapping[str, int]) -> ClaimedJob | None:
        return self._run(claiming.claim_suspect, host, queues, known)

    async def settle(self, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
        return self._run(settling.settle, settlements)

    async def claims_of(self, host: HostId) -> list[tuple[UUID, int, datetime]]:
        return self._run(claiming.claims_of, host)

    # -- hosts

    async def register(self, host: HostInfo, lease: timedelta) -> None:
        self._run(leasing.register, host, lease)

    def heartbeat_link(self, host: HostId) -> HeartbeatLink:
        return leasing.MemoryHeartbeatLink(lambda lease: self._run(leasing.extend, host, lease))

    async def mark_stopping(self, host: HostId) -> None:
        self._run(leasing.mark_stopping, host)

    async def give_up(self, host: HostId, crashed: Collection[UUID] = ()) -> Rescue:
        return self._run(leasing.give_up, host, crashed)

    async def rescue(self, limit: int, may_judge: Callable[[], bool] = lambda: True) -> Rescue:
        return self._run(leasing.rescue, limit) if may_judge() else Rescue()

    async def hosts(self) -> list[HostInfo]:
        return self._run(leasing.hosts)

    # -- chores

    async def promote(self, limit: int) -> Promotion:
        return self._run(caretaking.promote, limit)

    async def prune(self, retention: Retention, limit: int) -> int:
        return self._run(caretaking.prune, retention, limit)

    async def orders(self, host: HostId) -> HostOrders:
        return self._run(caretaking.orders, host)

    async def note_progress(self, host: HostId, notes: Sequence[ProgressNote]) -> None:
        self._run(caretaking.note_progress, host, notes)

    async def keep_logs(self, kept: Sequence[AttemptLog]) -> None:
        self._run(logs.keep, kept)

    # -- reading

    async def get(self, job_id: UUID) -> JobInfo | None:
        return self._run(reading.get, job_id)

    async def look(
        self, chosen: JobFilter, limit: int, after: UUID | Bookmark | None = None, within: int | None = None
    ) -> JobLook:
        return self._run(looking.look, chosen, limit, after, within)

    async def find_ids(self, part: str, limit: int) -> list[UUID]:
        return self._run(reading.find_ids, part, limit)

    async def count(self, chosen: JobFilter, bookmark: Bookmark | None = None, within: int | None = None) -> CountLook:
        return self._run(looking.count, chosen, bookmark, within)

    async def ids(
        self, chosen: JobFilter, limit: int, bookmark: Bookmark | None = None, within: int | None = None
    ) -> IdLook:
        return self._run(looking.ids, chosen, limit, bookmark, within)

    async def counts(self, at_most: int | None = None) -> JobCounts:
        return self._run(reading.counts, at_most)

    async def queues(self, at_most: int | None = None) -> list[QueueInfo]:
        return self._run(reading.queues, at_most)

    async def waiting_names(self, at_most: int | None = None) -> dict[tuple[str, str], int]:
        return self._run(reading.waiting_names, at_most)

    async def attempts(self, job_id: UUID) -> list[AttemptRecord]:
        return self._run(reading.attempts, job_id)

    async def logs(self, job_id: UUID) -> list[AttemptLog]:
        return self._run(logs.of_job, job_id)

    # -- the human hand

    async def cancel(self, job_id: UUID, reason: str = "") -> CancelAnswer:
        return self._run(controlling.cancel, job_id, reason)

    async def retry(self, job_id: UUID, args: EditedArgs | None = None) -> bool:
        return self._run(controlling.retry, job_id, args)

    async def change(self, job_id: UUID, change: JobChange) -> bool:
        return self._run(controlling.change, job_id, change)

    async def delete(self, job_id: UUID) -> bool:
        return self._run(controlling.delete, job_id)

    async def cancel_chosen(self, ids: Sequence[UUID], chosen: JobFilter, reason: str = "") -> list[CancelAnswer]:
        return self._run(controlling.cancel_chosen, ids, chosen, reason)

    async def retry_chosen(self, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
        return self._run(controlling.retry_chosen, ids, chosen)

    async def delete_chosen(self, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
        return self._run(controlling.delete_chosen, ids, chosen)

    async def change_chosen(self, ids: Sequence[UUID], chosen: JobFilter, change: JobChange) -> list[bool]:
        return self._run(controlling.change_chosen, ids, chosen, change)

    async def command_host(self, host: HostId, command: HostCommand) -> bool:
        return self._run(leasing.command, host, command)

    async def pause_queue(self, queue: str) -> None:
        self._run(controlling.pause_queue, queue)

    async def resume_queue(self, queue: str) -> None:
        self._run(controlling.resume_queue, queue)

    async def limit_queue(self, queue: str, limit: int | None) -> None:
        self._run(controlling.limit_queue, queue, limit)

    async def paused_queues(self) -> frozenset[str]:
        return self._run(controlling.paused_queues)

    # -- measures

    async def keep_measures(self, rows: Sequence[Measure]) -> None:
        self._run(measures.keep, rows)

    async def merge_measures(self, limit: int) -> int:
        return self._run(measures.merge, limit)

    async def measures(
        self, span: timedelta, since: datetime, until: datetime, *, name: str | None = None, queue: str | None = None
    ) -> list[Measure]:
        return self._run(measures.measures, span, since, until, name, queue)

    async def keep_errors(self, seen: Sequence[SeenError]) -> None:
        self._run(errors.keep, seen)

    async def error_groups(self, limit: int) -> list[ErrorGroup]:
        return self._run(errors.groups, limit)

    async def error_group(self, fingerprint: str) -> ErrorGroup | None:
        return self._run(errors.group, fingerprint)

    async def mark_error(self, fingerprint: str, mark: ErrorMark) -> bool:
        return self._run(errors.mark, fingerprint, mark)

    # -- what people did

    async def begin_action(self, action: Action) -> None:
        self._run(actions.begin, action)

    async def tell_action(self, id: UUID, *, total: int | None, done: int, changed: int) -> bool:  # noqa: A002
        return self._run(actions.tell, id, total, done, changed)

    async def end_action(self, id: UUID, outcome: str, *, done: int, changed: int) -> None:  # noqa: A002
        self._run(actions.end, id, outcome, done, changed)

    async def stop_action(self, id: UUID) -> bool:  # noqa: A002
        return self._run(actions.stop, id)

    async def actions(self, limit: int, after: UUID | None = None, *, under_way: bool = False) -> list[Action]:
        return self._run(actions.actions, limit, after, under_way)

    async def action(self, id: UUID) -> Action | None:  # noqa: A002
        return self._run(actions.action, id)

    # -- workers: what is read of them; the rest stands in `WorkerVerbs`

    async def needs_declaring(self, host: HostId) -> bool:
        return self._run(workers.needs_declaring, host)

    async def due_ticks(self, host: HostId, limit: int) -> DueTicks:
        return self._run(workers.due_ticks, host, limit)

    async def ticks_of(self, host: HostId) -> list[RunningTick]:
        return self._run(workers.ticks_of, host)

    async def workers(self, limit: int, after: Key | None = None) -> list[WorkerInfo]:
        return self._run(workers.workers, limit, after)

    async def worker(self, name: str) -> list[WorkerInfo]:
        return self._run(workers.worker, name)

    async def tick_records(self, name: str, limit: int) -> list[TickRecord]:
        return self._run(workers.tick_records, name, limit)


def from_url(url: str, *, application: str, clock: Clock, retention: Retention) -> MemoryStore:
    """`memory://`, and nothing behind it."""
    if url != _URL:
        shown = url if _SHOWABLE.fullmatch(url) else f"{_URL}..."
        raise SettingsError(f"Store.Url {shown!r}: {_URL} was expected, with nothing behind it")
    return MemoryStore(application=application, clock=clock, retention=retention)
