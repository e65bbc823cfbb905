"""Notices from a thread of its own when one step holds the event loop, and catches where it is while it does.

`loop_watch` guards the lease against blocks of minutes. This finds the short ones, of half a second, that make all
other jobs late and leave no trace. While no job runs its thread sleeps without waking.
"""

import asyncio
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import Protocol

from dawam.clock import Clock
from dawam.events.lifecycle import LifecycleEvents, LoopBlocked
from dawam.jobs.record import ClaimedJob

_TAKES_A_STEP = asyncio.events.__file__
_RARELY = 60.0
"""Seconds before the same job is named again."""
_GLANCE = 1.0
"""Seconds between two looks, while the loop is blocked, at whether anybody still wants to know."""
_LATE = 2.0
"""A wait that took so many times as long was no wait: the whole process was frozen, or starved."""


class RunningJobs(Protocol):
    """What is asked, from another thread, about what runs on the loop."""

    @property
    def running_count(self) -> int: ...

    def job_of(self, task: "asyncio.Task[object] | None") -> ClaimedJob | None: ...


class RunningTicks(Protocol):
    """How many ticks of workers run on the loop; what they are called their tasks say."""

    @property
    def running_count(self) -> int: ...


@dataclass(frozen=True, slots=True)
class RunningWork:
    """Jobs and ticks together."""

    jobs: RunningJobs
    ticks: RunningTicks

    @property
    def running_count(self) -> int:
        return self.jobs.running_count + self.ticks.running_count

    def job_of(self, task: "asyncio.Task[object] | None") -> ClaimedJob | None:
        return self.jobs.job_of(task)


@dataclass(frozen=True, slots=True)
class _Caught:
    """What was seen while the loop was blocked."""

    task: "asyncio.Task[object] | None"
    """None where one task stood there at first, and another one later."""
    job: ClaimedJob | None
    stack: str

    @property
    def name(self) -> str:
        if self.job is not None:
            return self.job.name
        return "" if self.task is None else self.task.get_name()


class SlowSteps:
    """Sends the loop a pulse four times a second or so, and looks where it is when the pulse does not come back.

    A block of `threshold` may be seen, and one and a half times as long a one always is. It is said when the loop runs
    again, with the whole time that it took.
    """

    def __init__(
        self, *, threshold: timedelta | None, clock: Clock, jobs: RunningJobs, events: LifecycleEvents
    ) -> None:
        """Without a threshold it does nothing."""
        self._is_wanted = threshold is not None
        self._half = 0.0 if threshold is None else threshold.total_seconds() / 2
        self._clock, self._jobs, self._events = clock, jobs, events
        self._armed, self._stopped, self._answered = threading.Event(), threading.Event(), threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread = 0
        self._told_at: dict[str, float] = {}

    async def start(self) -> None:
        self._loop, self._loop_thread = asyncio.get_running_loop(), threading.get_ident()
        if self._is_wanted:
            threading.Thread(target=self._watch, name="dawam slow steps", daemon=True).start()

    async def stop(self) -> None:
        """The thread ends by itself within a moment; nobody has to wait for it."""
        self._stopped.set()
        self._armed.set()
        self._answered.set()

    def arm(self) -> None:
        """A job is about to run. Called once for each claim that brings jobs, so it costs next to nothing."""
        if not self._armed.is_set():
            self._armed.set()

    @property
    def is_armed(self) -> bool:
        """Whether its thread is awake."""
        return self._armed.is_set()

    # -- in the thread

    def _watch(self) -> None:
        while self._armed.wait() and not self._stopped.is_set():
            if self._jobs.running_count:
                self._look()
                self._stopped.wait(self._half)
            elif not self._stopped.wait(self._half) and not self._jobs.running_count:
                self._disarm()

    def _disarm(self) -> None:
        """Nothing ran at two looks in a row: one alone may fall between the end of a job and the start of the next."""
        self._armed.clear()
        if self._jobs.running_count or self._stopped.is_set():  # it came right before
            self._armed.set()

    def _look(self) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        self._answered.clear()
        sent_at = self._clock.boot_time()
        _call(loop, self._answered.set)
        if self._comes_back():
            return
        first = asyncio.current_task(loop)
        if self._comes_back():
            return
        caught = self._catch(loop, first)
        while not self._answered.wait(_GLANCE):
            if self._stopped.is_set():
                return
        blocked_for = self._clock.boot_time() - sent_at
        if caught is not None and self._may_tell(caught.name):
            name = "" if caught.task is None else caught.task.get_name()
            _call(loop, self._tell, LoopBlocked(caught.job, name, timedelta(seconds=blocked_for), caught.stack))

    def _comes_back(self) -> bool:
        """Whether the pulse came back within half of the threshold, or the time that went by proves nothing."""
        began = self._clock.boot_time()
        return self._answered.wait(self._half) or self._clock.boot_time() - began > _LATE * self._half

    def _catch(self, loop: asyncio.AbstractEventLoop, first: "asyncio.Task[object] | None") -> _Caught | None:
        """Where the loop is. Without a task it is in no step of anybody: it waits for the processor, as all do."""
        task = asyncio.current_task(loop)
        frame = sys._current_frames().get(self._loop_thread)  # pyright: ignore[reportPrivateUsage]  (it is documented, for this very purpose)
        if task is None or frame is None:
            return None
        if task is not first:
            return _Caught(None, None, _stack(frame))
        return _Caught(task, self._jobs.job_of(task), _stack(frame))

    def _may_tell(self, name: str) -> bool:
        now = self._clock.boot_time()
        if now - self._told_at.get(name, -_RARELY) < _RARELY:
            return False
        self._told_at = {each: at for each, at in self._told_at.items() if now - at < _RARELY}
        self._told_at[name] = now
        return True

    def _tell(self, event: LoopBlocked) -> None:
        self._events.emit(event)


def _stack(frame: FrameType) -> str:
    """Where the thread is, from the step on that the loop was about to take: what called the loop says nothing."""
    frames = traceback.extract_stack(frame)
    steps = [index for index, each in enumerate(frames) if each.filename == _TAKES_A_STEP and each.name == "_run"]
    shown = frames[steps[-1] + 1 :] if steps else frames
    return "".join(traceback.format_list(shown)).rstrip()


def _call(loop: asyncio.AbstractEventLoop, act: Callable[..., object], *arguments: object) -> None:
    """On the loop, unless it has just been closed: then there is nobody to call."""
    try:
        loop.call_soon_threadsafe(act, *arguments)
    except RuntimeError:
        return
