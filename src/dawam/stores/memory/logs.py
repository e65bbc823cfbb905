"""What jobs logged."""

from collections.abc import Sequence
from uuid import UUID

from dawam.jobs.log import AttemptLog
from dawam.stores.memory.shelf import Place
from dawam.stores.values import KEPT_LOGS


def keep(place: Place, logs: Sequence[AttemptLog]) -> None:
    for log in logs:
        row = place.section.rows.get(log.job_id)
        if row is not None:
            kept = {fence: each for fence, each in row.logs.items() if fence > log.fence - KEPT_LOGS}
            row.logs = (
                {**kept, log.fence: log} if log.lines else {f: each for f, each in kept.items() if f != log.fence}
            )


def of_job(place: Place, job_id: UUID) -> list[AttemptLog]:
    row = place.section.rows.get(job_id)
    return [] if row is None else [row.logs[fence] for fence in sorted(row.logs)]
