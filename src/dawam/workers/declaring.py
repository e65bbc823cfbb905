"""From what the code has to what a store is told: declarations of workers and of recurring jobs."""

from dataclasses import dataclass
from datetime import datetime

from dawam.ids import HostId
from dawam.workers.planning import first_moment
from dawam.workers.record import CLUSTER, JobTemplate, WorkerDeclaration
from dawam.workers.registry import WorkerDefinition
from dawam.workers.schedules.stored import to_text
from dawam.workers.tick_options import RunsOn, TickOptions


@dataclass(frozen=True, slots=True)
class RecurringJob:
    """A checked recurring job: when, and which job."""

    name: str
    options: TickOptions
    job: JobTemplate


def worker_declaration(
    definition: WorkerDefinition, host: HostId, now: datetime, kept_records: int
) -> WorkerDeclaration:
    """What this host says of one of its workers."""
    options = definition.ticks
    place = host if options.runs_on is RunsOn.EVERY_HOST else CLUSTER
    return _declaration(definition.name, options, now, kept_records, place=place)


def recurring_declaration(recurring: RecurringJob, now: datetime, kept_records: int) -> WorkerDeclaration:
    """What the code, or a person, says of one recurring job."""
    return _declaration(recurring.name, recurring.options, now, kept_records, job=recurring.job)


def _declaration(
    name: str,
    options: TickOptions,
    now: datetime,
    kept_records: int,
    *,
    place: str = CLUSTER,
    job: JobTemplate | None = None,
) -> WorkerDeclaration:
    return WorkerDeclaration(
        name=name,
        place=place,
        schedule=to_text(options.schedule),
        first_at=first_moment(options.schedule, now),
        run_on_start=options.run_on_start,
        catch_up=options.catch_up,
        jitter=options.jitter,
        after_crash=options.after_crash,
        kept_records=kept_records,
        job=job,
    )
