"""One run of a claimed job: the handle by which others can stop it, and its time limit."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from dawam.clock import Clock
from dawam.crash_points import CrashPoint, reached
from dawam.jobs.context import OVER_TIME_LIMIT, JobContext
from dawam.jobs.record import ClaimedJob


class Attempt:
    """One run of a claimed job, and the handle by which others can stop it."""

    __slots__ = (
        "_make_mark",
        "asked",
        "claimed",
        "context",
        "has_begun",
        "interrupt",
        "is_settled",
        "mark",
        "started_at",
    )

    def __init__(
        self, claimed: ClaimedJob, context: JobContext, make_mark: Callable[[UUID], slice] | None = None
    ) -> None:
        """`make_mark` is called right before the first step of the job's own code, in the thread in which it runs."""
        self.claimed = claimed
        self.context = context
        self._make_mark = make_mark
        self.mark: slice | None = None
        """Where it says that the attempt has begun, for those who come after the death of this process."""
        self.interrupt: Callable[[], object] | None = None
        """Cancels the coroutine, or the wait for a thread; None while there is nothing to be interrupted."""
        self.asked: tuple[str, ...] = ()
        """Why it was asked to stop, each reason once."""
        self.has_begun = False
        """Whether it runs, and no longer waits for a thread or a process."""
        self.started_at: datetime | None = None
        self.is_settled = False
        """Whether its end was settled while it went on."""

    def begin(self) -> None:
        """The job's own code comes next."""
        self.has_begun = True
        if self._make_mark is not None:
            self.mark = self._make_mark(self.claimed.id)
        reached(CrashPoint.JOB_BEGINS, self.claimed.name)

    def stop(self, reason: str) -> None:
        """Asks the attempt to end: coroutines are cancelled, threads see it in their context.

        Asking again for the same reason does nothing, so that a clean-up that takes its time is left in peace.
        """
        if reason in self.asked:
            return
        self.asked = (*self.asked, reason)
        self.context.stop(reason)
        if self.interrupt is not None:
            self.interrupt()


class TimeLimit:
    """Stops an attempt that takes too long, counted from the moment at which it really begins."""

    __slots__ = ("_alarm", "_attempt", "_clock", "_is_over", "_limit")

    def __init__(self, attempt: Attempt, limit: timedelta, clock: Clock) -> None:
        self._attempt, self._limit, self._clock = attempt, limit, clock
        self._alarm: asyncio.TimerHandle | None = None
        self._is_over = False

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Right before the first step, in the thread in which the attempt runs."""
        self._attempt.context.deadline = self._clock.now() + self._limit
        loop.call_soon_threadsafe(self._set_alarm, loop, self._limit.total_seconds())

    def end(self) -> None:
        self._is_over = True
        if self._alarm is not None:
            self._alarm.cancel()

    def _set_alarm(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        if not self._is_over:
            self._alarm = loop.call_later(seconds, self._attempt.stop, OVER_TIME_LIMIT)
