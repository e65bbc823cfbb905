"""Looks once a second at what runs, and names what runs too long or does not stop: no job has a timer for it."""

from datetime import timedelta

from dawam.attempt import Attempt
from dawam.clock import Clock
from dawam.events.lifecycle import CancelIgnored, JobRunsLong, LifecycleEvents
from dawam.host.runner import JobRunner
from dawam.host.service import Loop
from dawam.ids import HostId
from dawam.jobs.options import BackgroundJobOptions
from dawam.jobs.registry import JobRegistry

_EVERY = timedelta(seconds=1)
_LEAKED_AFTER = 5.0
"""Seconds after which nobody expects any more that a thread ends because it was asked to."""


class _Seen:
    """What is remembered of an attempt, in seconds of the boot clock: when it was first seen, and first seen asked."""

    __slots__ = ("asked_at", "began_at", "is_ignoring_told", "is_length_told")

    def __init__(self, began_at: float) -> None:
        self.began_at = began_at
        self.asked_at: float | None = None
        self.is_length_told = self.is_ignoring_told = False


class Supervisor:
    """Warns of attempts beyond their expected run time, and of those that go on after they were asked to stop.

    Time counts from the look at which something was first seen, so a warning comes up to two seconds late, and never
    early. What waits for a thread does not run yet.
    """

    def __init__(
        self,
        *,
        runner: JobRunner,
        registry: JobRegistry,
        options: BackgroundJobOptions,
        clock: Clock,
        events: LifecycleEvents,
        host: HostId,
    ) -> None:
        self._runner, self._registry, self._options = runner, registry, options
        self._clock, self._events, self._host = clock, events, host
        self._seen: dict[Attempt, _Seen] = {}
        self._loop = Loop("supervisor", self._step, interval=_EVERY, events=events)

    async def start(self) -> None:
        await self._loop.start()

    async def stop(self) -> None:
        await self._loop.stop()

    def look(self) -> None:
        """Says what is new to say about the attempts that run now."""
        running = [attempt for attempt in self._runner.attempts() if attempt.has_begun]
        if not running and not self._seen:
            return
        now, before = self._clock.boot_time(), self._seen
        self._seen = {attempt: before.get(attempt) or _Seen(now) for attempt in running}
        for attempt, seen in self._seen.items():
            self._look_at(attempt, seen, now)

    def tell_of_those_left(self) -> None:
        """Names what still runs though it was asked to stop: this host leaves it behind now."""
        self.look()
        if self._options.cancel_warning is not None:
            for attempt, seen in self._seen.items():
                self._tell_of_ignoring(attempt, seen)

    @property
    def leaked_thread_count(self) -> int:
        """How many threads are held by attempts that were asked to stop some time ago."""
        now = self._clock.boot_time()
        return sum(
            seen.asked_at is not None and now - seen.asked_at >= _LEAKED_AFTER and self._is_in_thread(attempt)
            for attempt, seen in self._seen.items()
        )

    def _is_in_thread(self, attempt: Attempt) -> bool:
        definition = self._registry.find(attempt.claimed.name)
        return definition is not None and definition.runs_in_thread

    async def _step(self) -> timedelta | None:
        self.look()
        return None

    def _look_at(self, attempt: Attempt, seen: _Seen, now: float) -> None:
        if attempt.context.cancelled:
            if seen.asked_at is None:
                seen.asked_at = now
            patience = self._options.cancel_warning
            if patience is not None and now - seen.asked_at >= patience.total_seconds():
                self._tell_of_ignoring(attempt, seen)
        elif not seen.is_length_told:
            definition = self._registry.find(attempt.claimed.name)
            expected = None if definition is None else self._options.expected_run_time(definition.options)
            if expected is not None and (took := timedelta(seconds=now - seen.began_at)) > expected:
                seen.is_length_told = True
                self._events.emit(JobRunsLong(attempt.claimed, self._host, took, expected))

    def _tell_of_ignoring(self, attempt: Attempt, seen: _Seen) -> None:
        reason, definition = attempt.context.stop_reason, self._registry.find(attempt.claimed.name)
        if reason is None or definition is None or seen.asked_at is None or seen.is_ignoring_told:
            return
        seen.is_ignoring_told = True
        asked_for = timedelta(seconds=self._clock.boot_time() - seen.asked_at)
        self._events.emit(CancelIgnored(attempt.claimed, reason, asked_for, definition.is_async))
