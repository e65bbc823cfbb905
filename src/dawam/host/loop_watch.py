"""Watches the event loop from the heartbeat's thread: a job that blocks it holds up all others, and says nothing."""

import asyncio
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import timedelta
from logging import ERROR, WARNING
from typing import Protocol

from dawam.clock import Clock
from dawam.jobs.record import ClaimedJob
from dawam.observability.durations import spoken_duration
from dawam.observability.lines import plural, write

EXIT_BLOCKED = 70
"""The exit code of a process whose loop was blocked for `Host.MaxBlock`."""
_logger = logging.getLogger("dawam.host")
TICK = "dawam worker "
"""How the name of a task begins that runs a worker's tick; the worker's name follows."""
_LISTED = 10
_LONGEST_WORD = 1.0
"""Seconds that one line may take to be said."""


class RunningJobs(Protocol):
    """What is asked, from another thread, about what runs on the loop."""

    def running(self) -> list[ClaimedJob]: ...

    def job_of(self, task: "asyncio.Task[object] | None") -> ClaimedJob | None: ...


class LoopWatch:
    """Sends the loop a pulse with each beat, and counts for how long it has not come back.

    A beat that comes late counts for two at most: a suspended machine, or a frozen process, blocked nothing.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        beat: timedelta,
        warn_after: timedelta,
        end_after: timedelta,
        jobs: RunningJobs,
        end_process: Callable[[], None] | None,
    ) -> None:
        """`end_process` is what happens after `end_after`, beside the end of the lease; None where others live here."""
        self._clock, self._jobs, self._end_process = clock, jobs, end_process
        self._most_per_beat = 2 * beat.total_seconds()
        self._warn_after, self._end_after = warn_after.total_seconds(), end_after.total_seconds()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread = 0
        self._is_answered = True
        self._last_beat = 0.0
        self._blocked_for = 0.0
        self._is_warned = self._is_over = False

    def start(self) -> None:
        """On the loop that is to be watched."""
        self._loop, self._loop_thread = asyncio.get_running_loop(), threading.get_ident()
        self._last_beat = self._clock.boot_time()

    def beat(self) -> bool:
        """In the heartbeat's thread. Answers whether the lease may still be extended."""
        now = self._clock.boot_time()
        elapsed, self._last_beat = now - self._last_beat, now
        if self._is_answered:
            self._pulse()
            return True
        self._blocked_for += min(elapsed, self._most_per_beat)
        if self._blocked_for >= self._warn_after and not self._is_warned:
            self._is_warned = True
            self._warn()
        if self._blocked_for >= self._end_after and not self._is_over:
            self._is_over = True
            self._end()
        return not self._is_over

    def _pulse(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._is_answered = False
            self._loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        """On the loop: it runs."""
        if self._is_warned:
            _logger.warning("the event loop runs again, after %s", self._spoken())
        self._blocked_for, self._is_warned, self._is_over = 0.0, False, False
        self._is_answered = True

    # -- what is said, from this thread, because the loop can say nothing

    def _warn(self) -> None:
        text = f"the event loop has been blocked for {self._spoken()}, and no other job can go on{self._suspects()}"
        stacks = _stacks(self._loop_thread)
        _briefly(lambda: write(_logger, WARNING, text, {"blocked_for": self._blocked_for}, stacks))

    def _end(self) -> None:
        how = "and this process ends now" if self._end_process else "until the loop runs again"
        text = f"the event loop has been blocked for {self._spoken()}: the lease is extended no more, {how}"
        text += self._suspects()
        _briefly(lambda: write(_logger, ERROR, text, {"blocked_for": self._blocked_for}))
        if self._end_process is not None:
            self._end_process()

    def _suspects(self) -> str:
        """Names the job or the worker whose step it is, or else all jobs that run: one of them may be it."""
        task = asyncio.current_task(self._loop)
        blocker = self._jobs.job_of(task)
        if blocker is not None:
            return f". It is the step of {blocker.name} {blocker.id}: blocking work belongs in a plain `def` job"
        if task is not None and task.get_name().startswith(TICK):
            worker = task.get_name().removeprefix(TICK)
            return f". It is a tick of worker {worker}: blocking work belongs in a plain `def`, which runs in a thread"
        running = self._jobs.running()
        names = [f"{job.name} {job.id}" for job in running[:_LISTED]]
        return f" ({plural(len(running), 'job')} running: {', '.join(names)})" if names else ""

    def _spoken(self) -> str:
        return spoken_duration(timedelta(seconds=self._blocked_for))


def end_blocked_process() -> None:
    """Ends a process of ours whose loop never came back: its start marks charge the jobs that had started."""
    for stream in (sys.stdout, sys.stderr):
        _briefly(stream.flush)
    os._exit(EXIT_BLOCKED)


def _briefly(say: Callable[[], object]) -> None:
    """Says it without waiting for long: whoever blocks the loop may hold the lock of a log."""
    saying = threading.Thread(target=say, daemon=True)
    saying.start()
    saying.join(_LONGEST_WORD)


def _stacks(first: int) -> str:
    """Where every thread is, that of the loop first."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    found = sys._current_frames()  # pyright: ignore[reportPrivateUsage]  (it is documented, for this very purpose)
    frames = sorted(found.items(), key=lambda item: item[0] != first)
    return "".join(
        f"thread {names.get(ident, ident)!r}:\n{''.join(traceback.format_stack(frame))}" for ident, frame in frames
    ).rstrip()
