"""The lines about jobs: enqueued, started, and how each attempt ended."""

import logging
from logging import DEBUG, ERROR, INFO, WARNING
from typing import Any

from dawam.clock import Clock
from dawam.events.lifecycle import (
    ArgsLarge,
    CompletionLeftOpen,
    JobEnqueued,
    JobSettled,
    JobsRescued,
    JobStarted,
    LifecycleEvents,
    ResultDropped,
    UnknownJobsWaiting,
)
from dawam.jobs.outcome import (
    Cancelled,
    Failed,
    HandedBack,
    Parked,
    Retrying,
    SettleAnswer,
    Snoozed,
    Succeeded,
)
from dawam.jobs.record import ClaimedJob
from dawam.observability.current_job import job_fields
from dawam.observability.durations import spoken_duration, spoken_wait
from dawam.observability.lines import one_line, plural, said, write

_logger = logging.getLogger("dawam.jobs")


class JobLines:
    """Writes to the logger `dawam.jobs`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def subscribe(self, events: LifecycleEvents, level: int) -> None:
        """Subscribes to the events whose lines reach `level`."""
        if level <= DEBUG:
            events.subscribe(JobEnqueued, self.enqueued)
            events.subscribe(JobStarted, self.started)
        events.subscribe(JobSettled, self.settled, routine=level <= INFO)
        events.subscribe(JobsRescued, self.rescued)
        events.subscribe(ArgsLarge, self.args_large)
        events.subscribe(ResultDropped, self.result_dropped)
        events.subscribe(CompletionLeftOpen, self.completion_left_open)
        events.subscribe(UnknownJobsWaiting, self.unknown_waiting)

    def enqueued(self, event: JobEnqueued) -> None:
        if not _logger.isEnabledFor(DEBUG):
            return
        job, now = event.job, self._clock.now()
        text = f"{job.name} {job.id} " + ("enqueued" if event.created else "is in the store already")
        if job.run_at > now:
            text += f", due at {spoken_wait(job.run_at, now)}"
        write(_logger, DEBUG, text, {"job_id": str(job.id), "job_name": job.name, "queue": job.queue})

    def started(self, event: JobStarted) -> None:
        if _logger.isEnabledFor(DEBUG):
            text = f"{_called(event.job)} started, attempt {event.job.attempt}"
            write(_logger, DEBUG, text, {**job_fields(event.job), "host": event.host})

    def settled(self, event: JobSettled) -> None:
        level = _level(event)
        if not _logger.isEnabledFor(level):
            return
        text = f"{_called(event.job)} {self._ending(event)}"
        if event.answer is SettleAnswer.LOST:
            text += " (not written: this host had lost the claim, and the job is or was run by another)"
        fields: dict[str, Any] = {
            **job_fields(event.job),
            "host": event.host,
            "duration": event.duration.total_seconds(),
        }
        trace = ""
        if isinstance(event.outcome, Retrying | Failed):
            fields["error_type"] = event.outcome.error.type
            trace = event.outcome.error.traceback
        write(_logger, level, text, fields, trace)

    def _ending(self, event: JobSettled) -> str:
        took, now = spoken_duration(event.duration), self._clock.now()
        attempt = f"attempt {event.job.attempt}"
        counted = attempt if event.counted_max is None else f"{attempt} of {event.counted_max}"
        match event.outcome:
            case Succeeded():
                return f"succeeded in {took}" + (f", {attempt}" if event.job.attempt > 1 else "")
            case Retrying(run_at, error):
                return f"failed after {took}: {said(error)}; {counted}, next at {spoken_wait(run_at, now)}"
            case Failed(error):
                return f"failed for good after {took}: {said(error)}; {counted}, no further one"
            case Snoozed(run_at, reason):
                return f"snoozed after {took}{_because(reason)}; next at {spoken_wait(run_at, now)}"
            case Cancelled(reason):
                return f"was cancelled after {took}{_because(reason)}"
            case Parked(reason):
                return f"was put aside for a host that knows it{_because(reason)}"
            case HandedBack(reason):
                return f"was handed back after {took}{_because(reason)}"

    def rescued(self, event: JobsRescued) -> None:
        level = ERROR if event.failed else WARNING
        if not _logger.isEnabledFor(level):
            return
        hosts = ", ".join(event.dead_hosts) or "a host that is gone"
        parts = [f"{plural(len(event.readied), 'job')} ready again"]
        if event.failed:
            parts.append(f"{len(event.failed)} failed for good, after too many lost hosts")
        if event.cancelled:
            parts.append(f"{len(event.cancelled)} cancelled")
        fields = {name: [str(id_) for id_ in getattr(event, name)] for name in ("readied", "failed", "cancelled")}
        text = f"rescued from {hosts}: {', '.join(parts)}"
        write(_logger, level, text, {**fields, "dead_hosts": list(event.dead_hosts)})

    def args_large(self, event: ArgsLarge) -> None:
        if _logger.isEnabledFor(WARNING):
            text = (
                f"the args of {event.name} are {event.size:,} bytes, more than {event.warning_size:,}: store the data "
                "elsewhere and pass its id (or raise BackgroundJobs.ArgsSizeWarning)"
            )
            write(_logger, WARNING, text, {"job_name": event.name, "size": event.size})

    def result_dropped(self, event: ResultDropped) -> None:
        if _logger.isEnabledFor(WARNING):
            text = (
                f"{_called(event.job)} succeeded, but its result was dropped: {one_line(event.reason)}; return what "
                "JSON can hold, or nothing"
            )
            write(_logger, WARNING, text, job_fields(event.job))

    def completion_left_open(self, event: CompletionLeftOpen) -> None:
        if _logger.isEnabledFor(WARNING):
            text = (
                f"{_called(event.job)} ended {spoken_duration(event.open_for)} ago, and the transaction in which it "
                "completed itself is still open: commit it, or roll it back, before the job returns. Until then its "
                "end is not known"
            )
            write(_logger, WARNING, text, job_fields(event.job))

    def unknown_waiting(self, event: UnknownJobsWaiting) -> None:
        if not _logger.isEnabledFor(WARNING):
            return
        text = (
            f"{plural(event.count, 'job')} named {event.name!r} in queue {event.queue!r}: no live host knows this name"
        )
        if event.nearest is not None:
            text += f"; the nearest that is known is {event.nearest!r}"
        text += ". Register the job under that name, give its successor the alias, or cancel them"
        write(_logger, WARNING, text, {"job_name": event.name, "queue": event.queue, "nearest": event.nearest})


def _level(event: JobSettled) -> int:
    match event.outcome:
        case Failed():
            return ERROR
        case Retrying() | Parked():
            return WARNING
        case _:
            return WARNING if event.answer is SettleAnswer.LOST else INFO


def _called(job: ClaimedJob) -> str:
    return f"{job.name} {job.id}"


def _because(reason: str) -> str:
    return f" ({one_line(reason)})" if reason else ""
