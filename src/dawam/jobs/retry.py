"""When a failed attempt is tried again: a pure function of attempt, error, policy and age."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from dawam.errors import RegistrationError
from dawam.jobs.decisions import RetryLater

_ERRORS = tuple[type[BaseException], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A retry policy. The default is ABP's: 60 s, doubled each time, given up after 2 days, so 12 attempts.

    The wait before attempt n + 1 is `first_wait * factor ** (n - 1)`, at most `longest_wait`, plus up to
    `jitter` (a fraction) of itself, counted from the end of attempt n. The job is given up when the next
    attempt would begin more than `give_up_after` after its first due time (or the end of its last snooze, or
    its last retry by hand), when `max_attempts` were made, when the error is one of `give_up_on`, or when `on`
    names errors and this is none of them. `give_up_on` wins over `on`.
    """

    first_wait: timedelta = timedelta(seconds=60)
    """How long to wait after the first failed attempt."""
    factor: float = 2.0
    """By how much each wait is longer than the one before."""
    longest_wait: timedelta | None = None
    """No wait is longer; None sets no limit."""
    jitter: float = 0.1
    """Up to which fraction of itself a wait is made longer, by chance, so that retries spread."""
    max_attempts: int | None = None
    """How many attempts there are in all; None sets no limit."""
    give_up_after: timedelta | None = timedelta(days=2)
    """How old a job may be when its next attempt begins; None sets no limit."""
    on: _ERRORS = (Exception,)
    give_up_on: _ERRORS = ()

    NEVER: ClassVar["Retry"]
    """One attempt and no more."""

    def __post_init__(self) -> None:
        for name in ("first_wait", "longest_wait", "give_up_after"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, timedelta):
                raise RegistrationError(
                    f"Retry({name}={value!r}): a duration is a timedelta, as in timedelta(seconds=60)"
                )
            if value is not None and value < timedelta(0):
                raise RegistrationError(f"Retry({name}={value!r}): a duration cannot be below zero")
        if self.factor < 1:
            raise RegistrationError(f"Retry(factor={self.factor!r}): waits must not shrink, so 1 or more was expected")
        if not 0 <= self.jitter <= 1:
            raise RegistrationError(f"Retry(jitter={self.jitter!r}): a fraction between 0 and 1 was expected")
        if self.max_attempts is not None and self.max_attempts < 1:
            raise RegistrationError(
                f"Retry(max_attempts={self.max_attempts!r}): 1 or more was expected; Retry.NEVER is 1"
            )
        for name in ("on", "give_up_on"):
            if not isinstance(getattr(self, name), tuple):
                raise RegistrationError(
                    f"Retry({name}=...): a tuple of exception classes was expected, as in (OSError,)"
                )

    @staticmethod
    def at(moment: datetime, reason: str = "") -> RetryLater:
        """`raise Retry.at(moment)` inside a job: this attempt failed, try again at that moment."""
        return RetryLater(at=moment, reason=reason)

    @staticmethod
    def after(duration: timedelta, reason: str = "") -> RetryLater:
        """`raise Retry.after(duration)` inside a job: this attempt failed, try again after that time."""
        return RetryLater(after=duration, reason=reason)

    def covers(self, error: BaseException) -> bool:
        """Whether this error is worth another attempt."""
        return isinstance(error, self.on) and not isinstance(error, self.give_up_on)

    def wait_after(self, attempt: int, luck: float = 0.0) -> timedelta:
        """How long to wait after the given attempt (1 is the first); `luck` in [0, 1) picks the jitter."""
        try:
            wait = self.first_wait * self.factor ** (attempt - 1)
        except OverflowError:
            wait = timedelta.max
        if self.longest_wait is not None:
            wait = min(wait, self.longest_wait)
        try:
            return wait * (1 + self.jitter * luck)
        except OverflowError:
            return wait

    def next_attempt_at(
        self,
        *,
        attempt: int,
        error: BaseException,
        ended_at: datetime,
        counted_from: datetime,
        luck: float = 0.0,
    ) -> datetime | None:
        """When attempt + 1 begins, or None when the job is given up.

        `attempt` is the one that failed (1 is the first); `counted_from` is the moment from which the age
        counts. Pure: the same values give the same answer. Formula: ABP's `CalculateNextTryTime`
        (first wait times factor to the power of tries - 1), with the age limit counted from the first due time.
        """
        asked = error if isinstance(error, RetryLater) else None
        if asked is None and not self.covers(error):
            return None
        if self.max_attempts is not None and attempt >= self.max_attempts:
            return None
        try:
            next_at = asked.at if asked and asked.at else ended_at + _wait(self, asked, attempt, luck)
        except OverflowError:
            return None
        if self.give_up_after is not None and next_at - counted_from > self.give_up_after:
            return None
        return next_at

    def attempt_limit(self) -> int | None:
        """How many attempts this policy allows in all, when each fails at once; None for (nearly) no end."""
        if self.give_up_after is None:
            return self.max_attempts
        left = self.give_up_after
        for attempt in range(1, 1_000):
            wait = self.wait_after(attempt)
            if attempt == self.max_attempts or wait > left:
                return attempt
            left -= wait
        return self.max_attempts


def _wait(policy: Retry, asked: RetryLater | None, attempt: int, luck: float) -> timedelta:
    if asked is not None and asked.after is not None:
        return asked.after
    return policy.wait_after(attempt, luck)


Retry.NEVER = Retry(max_attempts=1)
