"""What is not as it should be, and how to mend it: what a person looks for first."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from dawam.inspector import InspectedStore, JobInspector
from dawam.job_measures import JobMeasures, MeasuredStore
from dawam.job_search import LOOKED_AT
from dawam.stores.keeper import doubts_of
from dawam.stores.values import HostInfo, QueueInfo
from dawam.workers.record import WorkerInfo

LATE = timedelta(minutes=1)
"""Jobs that have been due for so long wait for too long."""
_LATELY = timedelta(minutes=10)
_MANY_FAILED = 0.1
_FEW = 20
"""Of fewer attempts than that no share is told."""
_FAILURES = 3
_WORKERS = 1_000
_LOOKED_AT = 1_000
"""Jobs whose names are read, at most, in each place where they wait: people wait for the answer."""


class Severity(StrEnum):
    """How soon somebody should look."""

    ALARM = "alarm"
    """Work is not done, or may be lost."""
    WARNING = "warning"
    """It will be so, if nobody does anything."""
    NOTE = "note"
    """Somebody wanted it so, or it mends itself."""


class ProblemKind(StrEnum):
    """What can be wrong."""

    NO_HOST = "no host"
    QUEUE_UNSERVED = "queue unserved"
    QUEUE_LATE = "queue late"
    QUEUE_PAUSED = "queue paused"
    JOBS_UNKNOWN = "jobs unknown"
    MANY_FAIL = "many fail"
    HOST_LAPSED = "host lapsed"
    VERSIONS_DIFFER = "versions differ"
    WORKER_FAILS = "worker fails"
    WORKER_ORPHANED = "worker orphaned"
    STORE_DOUBTFUL = "store doubtful"


class Problem(Struct, frozen=True):
    """One of them, and what it is about."""

    kind: ProblemKind
    severity: Severity
    facts: dict[str, Any]


class ExaminedStore(InspectedStore, MeasuredStore, Protocol):
    """As much of a store as is looked at."""

    async def workers(self, limit: int, after: tuple[str, str] | None = None) -> list[WorkerInfo]: ...


async def problems(store: ExaminedStore, inspector: JobInspector) -> list[Problem]:
    """What is wrong now, the worst first. Reads no more than a page of the dashboard does."""
    queues, hosts = await inspector.queues(LOOKED_AT), await store.hosts()
    found = [*_of_hosts(hosts), *_of_queues(queues, hosts, store.clock.now())]
    found += [each async for each in _of_jobs(store, inspector, hosts)]
    found += _of_workers(await store.workers(_WORKERS))
    doubts = await doubts_of(store)
    found += [Problem(ProblemKind.STORE_DOUBTFUL, Severity.WARNING, {"doubt": each}) for each in doubts]
    order = list(Severity)
    return sorted(found, key=lambda each: order.index(each.severity))


def _of_hosts(hosts: Sequence[HostInfo]) -> Iterator[Problem]:
    live = [host for host in hosts if host.is_live]
    if not live:
        yield Problem(ProblemKind.NO_HOST, Severity.ALARM, {})
    for host in hosts:
        if not host.is_live:
            yield Problem(ProblemKind.HOST_LAPSED, Severity.WARNING, {"host": host.id, "lapsed_for": host.lapsed_for})
    versions = sorted({host.version for host in live})
    if len(versions) > 1:
        yield Problem(ProblemKind.VERSIONS_DIFFER, Severity.NOTE, {"versions": versions})


def _of_queues(queues: Sequence[QueueInfo], hosts: Sequence[HostInfo], now: datetime) -> Iterator[Problem]:
    live = [host for host in hosts if host.is_live]
    served = {name for host in live for name in host.queues}
    for queue in queues:
        waiting = queue.due + queue.parked
        facts = {"queue": queue.name, "count": waiting}
        if queue.is_paused:
            if waiting:
                yield Problem(ProblemKind.QUEUE_PAUSED, Severity.NOTE, facts)
        elif live and waiting and queue.name not in served:
            yield Problem(ProblemKind.QUEUE_UNSERVED, Severity.ALARM, facts)
        elif queue.oldest_due_at is not None and now - queue.oldest_due_at > LATE:
            yield Problem(ProblemKind.QUEUE_LATE, Severity.WARNING, {**facts, "age": now - queue.oldest_due_at})


async def _of_jobs(store: ExaminedStore, inspector: JobInspector, hosts: Sequence[HostInfo]) -> AsyncIterator[Problem]:
    if any(host.is_live for host in hosts):
        for unknown in await inspector.unknown_waiting(_LOOKED_AT):
            facts = {"name": unknown.name, "queue": unknown.queue, "count": unknown.count, "nearest": unknown.nearest}
            yield Problem(ProblemKind.JOBS_UNKNOWN, Severity.ALARM, facts)
    for each in await JobMeasures(store).by_name(_LATELY):
        failed = each.failed + each.retried
        if each.count >= _FEW and failed > _MANY_FAILED * each.count:
            facts = {"name": each.name, "queue": each.queue, "count": failed, "of": each.count}
            yield Problem(ProblemKind.MANY_FAIL, Severity.WARNING, facts)


def _of_workers(workers: Sequence[WorkerInfo]) -> Iterator[Problem]:
    for worker in workers:
        if worker.failure_count >= _FAILURES:
            facts = {"worker": worker.name, "count": worker.failure_count, "error": worker.last_error or ""}
            yield Problem(ProblemKind.WORKER_FAILS, Severity.WARNING, facts)
        if not worker.declared_by and not worker.is_stored:
            yield Problem(ProblemKind.WORKER_ORPHANED, Severity.NOTE, {"worker": worker.name})
