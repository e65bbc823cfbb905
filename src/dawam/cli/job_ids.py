"""The jobs that the arguments name: by their ids, or by how these begin or end."""

from uuid import UUID

from dawam.cli.access import OpenedStore
from dawam.cli.shape import Failure
from dawam.jobs.state import StoredState

_CANDIDATES = 5


async def resolved(store: OpenedStore, named: UUID | str) -> UUID:
    """The one job that is named; `Failure` when there is none, or several, which it lists."""
    if isinstance(named, UUID):
        return named
    found = await store.inspector.find_ids(named, max_result_count=_CANDIDATES + 1)
    if len(found) == 1:
        return found[0]
    if not found:
        raise Failure(f"no job's id begins or ends with {named}: never enqueued in this store, deleted, or pruned")
    lines = [f"  {await _candidate(store, job_id)}" for job_id in found[:_CANDIDATES]]
    more = ["  ... and more"] if len(found) > _CANDIDATES else []
    raise Failure("\n".join([f"several jobs' ids begin or end with {named}: say more digits", *lines, *more]))


def no_job(job_id: UUID) -> str:
    """What is said of an id that is not in the store."""
    return f"there is no job {job_id} here: never enqueued in this store, deleted, or pruned after its retention"


async def why_not(store: OpenedStore, job_id: UUID, while_it_runs: str) -> str:
    """What is said of a job that was left as it is: the state in which it is now tells why."""
    job = await store.inspector.get_job(job_id)
    if job is None:
        return no_job(job_id)
    if job.stored_state in set(StoredState):
        return f"{job_id} is running: {while_it_runs}"
    return f"{job_id} is {job.state}, which only newer code knows: change it with that"


async def _candidate(store: OpenedStore, job_id: UUID) -> str:
    job = await store.inspector.get_job(job_id)
    return str(job_id) if job is None else f"{job_id}  {job.name}, {job.state}"
