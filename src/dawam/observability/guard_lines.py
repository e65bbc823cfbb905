"""The lines of the guards: what is done against the best practices, by whom, and what to do instead."""

import logging
from logging import WARNING

from dawam.events.lifecycle import (
    CancelIgnored,
    CancelSwallowed,
    JobRunsLong,
    LifecycleEvents,
    LoopBlocked,
    WorkerTooFrequent,
)
from dawam.jobs.record import ClaimedJob
from dawam.observability.current_job import job_fields
from dawam.observability.durations import spoken_duration
from dawam.observability.lines import write

_job_logger = logging.getLogger("dawam.jobs")
_worker_logger = logging.getLogger("dawam.workers")
_STOP = "catch neither CancelledError nor BaseException, or raise it again after the clean-up"


class GuardLines:
    """Writes to the loggers `dawam.jobs` and `dawam.workers`."""

    def subscribe(self, events: LifecycleEvents, level: int) -> None:
        """Subscribes, where warnings are wanted."""
        if level <= WARNING:
            events.subscribe(JobRunsLong, self.runs_long)
            events.subscribe(LoopBlocked, self.loop_blocked)
            events.subscribe(CancelIgnored, self.cancel_ignored)
            events.subscribe(CancelSwallowed, self.cancel_swallowed)
            events.subscribe(WorkerTooFrequent, self.worker_too_frequent)

    def runs_long(self, event: JobRunsLong) -> None:
        if _job_logger.isEnabledFor(WARNING):
            text = (
                f"{_called(event.job)} has run for {spoken_duration(event.running_for)} and goes on; "
                f"{spoken_duration(event.expected)} at most were expected: divide it into small jobs, give it a "
                "time_limit, or serve its queue by hosts of its own. If so long is right, say so: "
                "expected_run_time=... (for all jobs: BackgroundJobs.DefaultExpectedRunTime)"
            )
            fields = {**job_fields(event.job), "running_for": event.running_for.total_seconds(), "host": event.host}
            write(_job_logger, WARNING, text, fields)

    def loop_blocked(self, event: LoopBlocked) -> None:
        if not _job_logger.isEnabledFor(WARNING):
            return
        took = spoken_duration(event.blocked_for)
        if event.job is not None or event.task:
            who = f"the task {event.task!r}" if event.job is None else _called(event.job)
            text = f"{who} blocked the event loop for {took}, and no other job could go on"
        else:
            text = f"the steps of several tasks held the event loop for {took}, and no other job could go on"
        text += (
            ": write a job that blocks as a plain `def`, which runs in a thread, or hand the blocking call to "
            "`await asyncio.to_thread(...)` (threshold: Host.SlowStepWarning)"
        )
        fields = {} if event.job is None else job_fields(event.job)
        write(
            _job_logger,
            WARNING,
            text,
            {**fields, "blocked_for": event.blocked_for.total_seconds()},
            _while(event.stack),
        )

    def cancel_ignored(self, event: CancelIgnored) -> None:
        if _job_logger.isEnabledFor(WARNING):
            cure = (
                _STOP if event.is_async else "a thread cannot be interrupted: call context.raise_if_cancelled() often"
            )
            text = (
                f"{_called(event.job)} was asked to stop {spoken_duration(event.asked_for)} ago ({event.reason}) and "
                f"still runs, in a slot of its host: {cure} (BackgroundJobs.CancelWarning)"
            )
            write(_job_logger, WARNING, text, {**job_fields(event.job), "reason": event.reason})

    def cancel_swallowed(self, event: CancelSwallowed) -> None:
        if _job_logger.isEnabledFor(WARNING):
            ending = "returned, and that stands" if event.error is None else f"raised {event.error} instead"
            text = f"{_called(event.job)} was cancelled ({event.reason}), swallowed it and {ending}: {_STOP}"
            write(_job_logger, WARNING, text, {**job_fields(event.job), "reason": event.reason})

    def worker_too_frequent(self, event: WorkerTooFrequent) -> None:
        if _worker_logger.isEnabledFor(WARNING):
            kind = "recurring job" if event.is_recurring_job else "worker"
            text = (
                f"{kind} {event.worker} ticks every {spoken_duration(event.gap)}, which is very often: tick less "
                "often, or write a BackgroundWorker that waits for an event, which costs less and reacts sooner. If so "
                "often is right, set BackgroundWorkers.ShortestPeriod"
            )
            write(_worker_logger, WARNING, text, {"worker": event.worker})


def _called(job: ClaimedJob) -> str:
    return f"{job.name} {job.id}"


def _while(stack: str) -> str:
    return f"while it was blocked, the loop's thread was here:\n{stack}"
