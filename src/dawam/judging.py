"""What the end of an attempt means: an error goes in, an outcome comes out."""

import random
from datetime import datetime, timedelta

from dawam.clock import Clock
from dawam.errors import CompletionRolledBack, TimeLimitExceeded
from dawam.jobs.context import CANCEL_REQUESTED, CLAIM_LOST, HOST_STOPPING, OVER_TIME_LIMIT
from dawam.jobs.decisions import Cancel, Fail, Snooze
from dawam.jobs.definition import JobDefinition
from dawam.jobs.options import BackgroundJobOptions
from dawam.jobs.outcome import Cancelled, ErrorDetails, Failed, HandedBack, Outcome, Retrying, Snoozed
from dawam.jobs.record import ClaimedJob
from dawam.jobs.retry import Retry


class Judge:
    """Knows the rules: our own wish to stop comes first, then what the job decides, then the retry policy."""

    def __init__(self, clock: Clock, options: BackgroundJobOptions) -> None:
        self._clock, self._options = clock, options

    def of_error(
        self, definition: JobDefinition, claimed: ClaimedJob, error: BaseException, stop_reason: str | None
    ) -> Outcome:
        """The outcome of an attempt that raised; `stop_reason` says why it was asked to stop, if it was."""
        try:
            return self._meaning(definition, claimed, error, stop_reason)
        except Exception as mistake:  # noqa: BLE001  (such as a snooze beyond the year 9999)
            return Failed(ErrorDetails.of(mistake))

    def of_rollback(self, definition: JobDefinition, claimed: ClaimedJob) -> Outcome:
        """The outcome of one that completed itself in a transaction, and returned, if that was not committed."""
        rolled_back = CompletionRolledBack(
            f"job {definition.name!r} completed itself in a transaction that was not committed, and returned: what it "
            "did there is undone. Commit after complete_in, or let what rolled it back be raised"
        )
        return self._after_failure(definition, claimed, rolled_back)

    def policy(self, definition: JobDefinition) -> Retry:
        """The retry policy of a job: its own, or the application's."""
        return definition.options.retry or self._options.retry_policy()

    def _meaning(
        self, definition: JobDefinition, claimed: ClaimedJob, error: BaseException, stop_reason: str | None
    ) -> Outcome:
        if stop_reason in (HOST_STOPPING, CLAIM_LOST):
            return HandedBack(stop_reason)
        if stop_reason == CANCEL_REQUESTED:
            return Cancelled(stop_reason)
        if stop_reason == OVER_TIME_LIMIT:
            return self._after_failure(definition, claimed, self._time_limit_error(definition, error))
        match error:
            case Snooze(after=after, until=until):
                return Snoozed(until or self._clock.now() + (after or timedelta(0)), error.reason)
            case Cancel(reason=why):
                return Cancelled(why)
            case Fail():
                return Failed(ErrorDetails.of(error))
            case _:
                return self._after_failure(definition, claimed, error)

    def _after_failure(self, definition: JobDefinition, claimed: ClaimedJob, error: BaseException) -> Outcome:
        next_at = self._next_attempt(definition, claimed, error, self._clock.now())
        details = ErrorDetails.of(error)
        return Failed(details) if next_at is None else Retrying(next_at, details)

    def _next_attempt(
        self, definition: JobDefinition, claimed: ClaimedJob, error: BaseException, now: datetime
    ) -> datetime | None:
        if not isinstance(error, Exception):  # CancelledError or SystemExit: a failure like any other
            error = RuntimeError(f"the job ended itself by raising {type(error).__name__}")
        return self.policy(definition).next_attempt_at(
            attempt=claimed.attempt,
            error=error,
            ended_at=now,
            counted_from=claimed.counted_from,
            luck=random.random(),  # noqa: S311  (spreads retries, guards nothing)
        )

    def _time_limit_error(self, definition: JobDefinition, error: BaseException) -> TimeLimitExceeded:
        limit = self._options.time_limit(definition.options)
        exceeded = TimeLimitExceeded(f"job {definition.name!r} was stopped at its time limit of {limit}")
        exceeded.__cause__ = error
        return exceeded
