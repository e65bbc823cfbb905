"""What the container has to know of a worker, so that its dependencies are checked before the first tick."""

from dawam.modules.registration import Root
from dawam.workers.registry import WorkerDefinition, WorkerKind


def root_of(worker: WorkerDefinition) -> Root:
    """The worker as something that Dawam builds, or of a function: whose parameters it fills."""
    return Root(
        target=worker.target,
        kind=f"{worker.kind} worker",
        is_blocking=not worker.is_async,
        is_singleton=worker.kind is WorkerKind.CUSTOM,
        parameters=worker.parameters if worker.kind is WorkerKind.FUNCTION else None,
    )
