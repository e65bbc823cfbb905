"""What the container has to know of jobs and workers, so that what they ask for is checked before any of them runs."""

from dawam.jobs.definition import JobDefinition
from dawam.modules.registration import Root
from dawam.workers.registry import WorkerDefinition, WorkerKind


def root_of_job(job: JobDefinition) -> Root | None:
    """The job as something that Dawam builds, or whose parameters it fills; None, where there is nothing to inject."""
    function = job.function
    if job.target is None or (function is not None and not job.injected):
        return None
    if function is None:
        return Root(target=job.target, kind="job", is_blocking=not job.is_async)
    return Root(target=function.function, kind="job", is_blocking=not job.is_async, parameters=job.injected)


def root_of_worker(worker: WorkerDefinition) -> Root:
    """The same of a worker."""
    return Root(
        target=worker.target,
        kind=f"{worker.kind} worker",
        is_blocking=not worker.is_async,
        is_singleton=worker.kind is WorkerKind.CUSTOM,
        parameters=worker.parameters if worker.kind is WorkerKind.FUNCTION else None,
    )
