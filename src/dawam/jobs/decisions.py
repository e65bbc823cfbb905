"""What a job may decide about itself, by raising.

A decision is not an error of the job's, and nothing but raising expresses it: returned values are results.
"""

from datetime import datetime, timedelta

from dawam.errors import DawamError


class JobDecision(DawamError):  # noqa: N818  (a decision is no error)
    """The root of the decisions."""


def _checked(after: timedelta | None, at: datetime | None, what: str) -> None:
    if (after is None) == (at is None):
        raise ValueError(f"{what} needs either a duration or a moment")
    if after is not None and after < timedelta(0):
        raise ValueError(f"{what} cannot lie in the past: {after}")
    if at is not None and at.tzinfo is None:
        raise ValueError(f"{what} needs a moment with a time zone, not {at!r}: datetime.now(UTC), for instance")


class RetryLater(JobDecision):
    """This attempt failed; try again at that moment, whatever the retry policy would say about when.

    Raise it as `Retry.at(moment)` or `Retry.after(duration)`. It counts as an attempt, and the policy's
    `max_attempts` and `give_up_after` still end the job.
    """

    def __init__(self, *, after: timedelta | None = None, at: datetime | None = None, reason: str = "") -> None:
        _checked(after, at, "a retry")
        self.after, self.at, self.reason = after, at, reason
        super().__init__(reason or "the job asked to be tried again")


class Snooze(JobDecision):
    """Not now: run again later, uncharged. `raise Snooze(timedelta(minutes=5))` or `Snooze(until=moment)`.

    The give-up age counts anew from the end of the snooze.
    """

    def __init__(self, after: timedelta | None = None, *, until: datetime | None = None, reason: str = "") -> None:
        _checked(after, until, "a snooze")
        self.after, self.until, self.reason = after, until, reason
        super().__init__(reason or "the job snoozed")


class Fail(JobDecision):
    """Failed for good: no further attempt, whatever the retry policy says."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Cancel(JobDecision):
    """There is nothing left to do: the job becomes `cancelled`, which is not a failure."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        super().__init__(reason or "the job cancelled itself")
