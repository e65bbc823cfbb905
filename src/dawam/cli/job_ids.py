"""The jobs that the arguments name: by their ids, or by how these begin or end."""

from uuid import UUID

from dawam.cli.access import OpenedStore
from dawam.cli.shape import Failure

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


async def _candidate(store: OpenedStore, job_id: UUID) -> str:
    job = await store.inspector.get_job(job_id)
    return str(job_id) if job is None else f"{job_id}  {job.name}, {job.state}"
