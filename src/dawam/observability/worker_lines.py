"""The lines about workers and recurring jobs."""

import asyncio
import logging
from logging import ERROR, INFO, WARNING

from dawam.events.lifecycle import (
    LifecycleEvents,
    WorkerStarted,
    WorkerStopFailed,
    WorkerTicked,
    WorkerTickRejected,
    WorkerTickRetried,
    WorkerTicksLost,
    WorkerTicksMissed,
    WorkerUnplannable,
)
from dawam.jobs.outcome import ErrorDetails
from dawam.observability.durations import spoken_duration
from dawam.observability.lines import plural, said, write
from dawam.observability.schedules import spoken_schedule
from dawam.workers.record import MOST_COUNTED

_worker_logger = logging.getLogger("dawam.workers")


class WorkerLines:
    """Writes to the logger `dawam.workers`."""

    def subscribe(self, events: LifecycleEvents, level: int) -> None:
        """Subscribes to the events whose lines reach `level`."""
        if level <= INFO:
            events.subscribe(WorkerStarted, self.worker_started)
        events.subscribe(WorkerTicked, self.worker_ticked)
        events.subscribe(WorkerTickRetried, self.tick_retried)
        events.subscribe(WorkerTicksMissed, self.ticks_missed)
        events.subscribe(WorkerTicksLost, self.ticks_lost)
        events.subscribe(WorkerTickRejected, self.tick_rejected)
        events.subscribe(WorkerUnplannable, self.unplannable)
        events.subscribe(WorkerStopFailed, self.worker_stop_failed)

    def worker_started(self, event: WorkerStarted) -> None:
        if _worker_logger.isEnabledFor(INFO):
            when = "" if event.schedule is None else f", {spoken_schedule(event.schedule)}"
            write(_worker_logger, INFO, f"worker {event.worker} started{when}", {"worker": event.worker})

    def worker_ticked(self, event: WorkerTicked) -> None:
        cancelled = isinstance(event.error, asyncio.CancelledError)
        level = INFO if event.error is None else WARNING if cancelled else ERROR
        if not _worker_logger.isEnabledFor(level):
            return
        took, trace = spoken_duration(event.duration), ""
        if event.error is None:
            text = f"worker {event.worker} ticked in {took}"
        elif cancelled:
            text = f"worker {event.worker} was cancelled after {took}"
        else:
            error = ErrorDetails.of(event.error)
            trace = error.traceback
            text = f"worker {event.worker} failed after {took}: {said(error)}; it ticks again as planned"
        fields = {"worker": event.worker, "duration": event.duration.total_seconds()}
        write(_worker_logger, level, text, fields, trace)

    def worker_stop_failed(self, event: WorkerStopFailed) -> None:
        if _worker_logger.isEnabledFor(ERROR):
            error = ErrorDetails.of(event.error)
            text = f"worker {event.worker} did not stop properly: {said(error)}"
            write(_worker_logger, ERROR, text, {"worker": event.worker}, error.traceback)

    def tick_retried(self, event: WorkerTickRetried) -> None:
        if _worker_logger.isEnabledFor(WARNING):
            error = ErrorDetails.of(event.error)
            text = (
                f"worker {event.worker} failed in attempt {event.attempt} of its tick, next one in "
                f"{spoken_duration(event.next_in)}: {said(error)}"
            )
            fields = {"worker": event.worker, "attempt": event.attempt}
            write(_worker_logger, WARNING, text, fields, error.traceback)

    def ticks_missed(self, event: WorkerTicksMissed) -> None:
        if _worker_logger.isEnabledFor(WARNING):
            missed = event.missed
            count = f"{missed.count:,} ticks or more" if missed.count >= MOST_COUNTED else plural(missed.count, "tick")
            until = "" if missed.first_at == missed.last_at else f" to {missed.last_at:%Y-%m-%d %H:%M:%S}"
            text = (
                f"worker {event.worker} missed {count}, planned for {missed.first_at:%Y-%m-%d %H:%M:%S}{until} UTC, "
                "because no host could run it (its catch_up says how many are made up for)"
            )
            write(_worker_logger, WARNING, text, {"worker": event.worker, "missed_count": missed.count})

    def ticks_lost(self, event: WorkerTicksLost) -> None:
        if _worker_logger.isEnabledFor(WARNING):
            text = (
                f"{plural(len(event.workers), 'tick')} lost with a dead or frozen host, {', '.join(event.workers)}: "
                "run again or skipped, as each worker's after_crash says"
            )
            write(_worker_logger, WARNING, text, {"workers": list(event.workers)})

    def tick_rejected(self, event: WorkerTickRejected) -> None:
        if _worker_logger.isEnabledFor(WARNING):
            text = (
                f"worker {event.worker} ended a tick that was no longer its own (planned for "
                f"{event.planned_at:%Y-%m-%d %H:%M:%S} UTC): what it did may be done twice. Was the process suspended "
                "or starved, or the worker removed meanwhile?"
            )
            write(_worker_logger, WARNING, text, {"worker": event.worker, "fence": event.fence})

    def unplannable(self, event: WorkerUnplannable) -> None:
        if _worker_logger.isEnabledFor(ERROR):
            error = ErrorDetails.of(event.error)
            text = (
                f"the stored schedule of worker {event.worker} cannot be read by this code, so it does not tick here: "
                f"{said(error)}. Give it another one: dawam workers reschedule"
            )
            write(_worker_logger, ERROR, text, {"worker": event.worker}, error.traceback)
