"""What people and hosts read of the model."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from dawam.ids import HostId
from dawam.jobs.record import JobCounts, JobInfo
from dawam.jobs.state import FINISHED, WAITING, JobState, StoredState
from dawam.stores.values import HostInfo, HostOrders, JobFilter, QueueInfo
from dawam.testing.conformance.stores.machines.model import Claim, Model
from dawam.testing.conformance.stores.machines.model_job import ModelJob, shown

S = StoredState


def listed(model: Model, chosen: JobFilter, limit: int, after: UUID | None = None) -> list[UUID]:
    """As `JobReader.look`."""
    found = sorted(_meant(model, chosen), key=lambda job: job.list_key)
    if after is not None:
        last = model.jobs.get(after)
        found = [] if last is None else [job for job in found if job.list_key > last.list_key]
    return [job.id for job in found[:limit]]


def ids(model: Model, chosen: JobFilter) -> set[UUID]:
    """What a whole pass meets."""
    return {job.id for job in _meant(model, chosen)}


def is_meant(model: Model, chosen: JobFilter, job_id: UUID) -> bool:
    return job_id in model.jobs and _matches(chosen, model.jobs[job_id])


def counts(model: Model) -> JobCounts:
    return JobCounts(**Counter(_counted_as(job) for job in model.jobs.values()))


def queues(model: Model) -> list[QueueInfo]:
    alive = [job for job in model.jobs.values() if job.state not in FINISHED]
    return [
        _queue(model, alive, name)
        for name in sorted({job.new.queue for job in alive} | model.paused | model.limits.keys())
    ]


def waiting_names(model: Model) -> dict[tuple[str, str], int]:
    return Counter((job.new.name, job.new.queue) for job in model.jobs.values() if job.state in WAITING)


def claims_of(model: Model, host: HostId) -> set[tuple[Claim, datetime | None]]:
    return {((job.id, job.fence), job.claimed_at) for job in model.running_on(host)}


def orders(model: Model, host: HostId) -> HostOrders:
    cancel = frozenset(job.id for job in model.running_on(host) if job.cancel_requested)
    return HostOrders(cancel, model.limits)


def host_differences(model: Model, found: Iterable[HostInfo]) -> Iterator[str]:
    """In words, how the store's hosts differ from these."""
    actual = {host.id: (host.is_live, host.is_stopping, host.running_count) for host in found}
    expected = {
        name: (model.is_live(name), host.is_stopping, len(model.running_on(name))) for name, host in model.hosts.items()
    }
    if actual != expected:
        yield f"hosts (live, stopping, running): {expected} were expected, {actual} are there"


def differences(model: Model, found: list[JobInfo]) -> Iterator[str]:
    """In words, how the store's jobs differ from these; `found` is the whole list."""
    by_id = {job.id: job for job in found}
    for job_id in model.jobs.keys() ^ by_id.keys():
        yield f"{job_id} is {'missing' if job_id in model.jobs else 'too many'}"
    for job_id in model.jobs.keys() & by_id.keys():
        expected, actual = shown(model.jobs[job_id]), shown(by_id[job_id])
        for field in expected:
            if expected[field] != actual[field]:
                yield f"{field} of {job_id}: {expected[field]} was expected, {actual[field]} is there"
    if by_id.keys() == model.jobs.keys() and list(by_id) != (order := listed(model, JobFilter(), len(by_id))):
        yield f"the order of the list: {order} was expected, {list(by_id)} is there"


def _meant(model: Model, chosen: JobFilter) -> list[ModelJob]:
    return [job for job in model.jobs.values() if _matches(chosen, job)]


def _matches(chosen: JobFilter, job: ModelJob) -> bool:
    return (
        (not chosen.states or job.state.seen_as in chosen.states)
        and (chosen.name is None or job.new.name == chosen.name)
        and (chosen.queue is None or job.new.queue == chosen.queue)
        and (not chosen.due_only or job.state is S.READY)
        and (chosen.priority is None or job.new.priority == chosen.priority)
        and (chosen.host is None or job.host == chosen.host)
        and (chosen.error is None or chosen.error in (job.trouble or ""))
        and (chosen.tag is None or chosen.tag in job.new.tags)
        and _is_in_time(chosen, job)
    )


def _is_in_time(chosen: JobFilter, job: ModelJob) -> bool:
    created_at, finished_at = job.new.created_at, job.finished_at
    if chosen.created_from is not None and created_at < chosen.created_from:
        return False
    if chosen.created_before is not None and created_at >= chosen.created_before:
        return False
    return chosen.finished_before is None or (finished_at is not None and finished_at < chosen.finished_before)


def _counted_as(job: ModelJob) -> str:
    if job.state.seen_as is not JobState.WAITING or job.state is S.PARKED:
        return job.state.value
    if job.state is S.READY:
        return "due"
    return "retrying" if job.attempt_count else "scheduled"


def _queue(model: Model, alive: list[ModelJob], name: str) -> QueueInfo:
    mine = [job for job in alive if job.new.queue == name]
    places = Counter(job.state for job in mine)
    return QueueInfo(
        name=name,
        due=places[S.READY],
        scheduled=places[S.SCHEDULED],
        parked=places[S.PARKED],
        running=places[S.RUNNING],
        is_paused=name in model.paused,
        limit=model.limits.get(name),
        oldest_due_at=min((job.run_at for job in mine if job.state is S.READY), default=None),
    )
