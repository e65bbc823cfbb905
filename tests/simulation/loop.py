"""An event loop on which time is a number, and on which several processes live that can be killed and held still.

Nothing waits for real: when nobody has anything to do, it is at once the moment of the next timer. All of it runs in
one thread and in one order, so that a run is the same each time.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
BEGINNING = datetime.fromisoformat("2026-01-05T09:00:00+00:00")
_BOOTED_FOR = 1_000.0


class Killed(BaseException):
    """Unwinds the code of a process that has just been killed by itself."""


Step = tuple[Callable[..., Any], tuple[Any, ...], Context]


class Process:
    """Whatever is scheduled while its code runs is its own: it goes with the process, and stands still with it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.is_alive = True
        self.is_frozen = False
        self.is_cut_off = False
        """Whether it cannot reach the store."""
        self.held: list[Step] = []
        """What would have run while it was frozen."""

    def __repr__(self) -> str:
        return f"process {self.number}"


class VirtualLoop(asyncio.BaseEventLoop):
    """Its `time()` is the boot clock of the machine, which all processes share."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = self  # it is asked how long to wait, and that is all that a loop wants of the system here
        self._now = _BOOTED_FOR
        self._buried: list[asyncio.Task[Any]] = []
        self.present: Process | None = None
        """Whose code runs; None: the driver's."""
        self.set_exception_handler(self._failed)
        self.failures: list[BaseException] = []
        """What was raised where nobody was to catch it."""

    # -- the clock of everybody

    def time(self) -> float:
        return self._now

    def boot_time(self) -> float:
        return self._now

    def now(self) -> datetime:
        return BEGINNING + timedelta(seconds=self._now - _BOOTED_FOR)

    # -- processes

    def begin(self, process: Process, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """The main task of a process. All that it begins is of the same process, whoever wakes it."""
        return self.inside(process, lambda: self.create_task(work))

    def inside(self, process: Process | None, act: Callable[[], T]) -> T:
        """What the act schedules belongs to that process."""
        before, self.present = self.present, process
        try:
            return act()
        finally:
            self.present = before

    def kill(self, process: Process) -> None:
        """As by `kill -9`: not one more step of it is taken."""
        process.is_alive = False
        process.held.clear()
        self._buried += asyncio.all_tasks(self)  # that nothing is finalized, which would take steps, before the end

    def freeze(self, process: Process) -> None:
        process.is_frozen = True

    def thaw(self, process: Process) -> None:
        """It goes on with all that has come up meanwhile, in order."""
        process.is_frozen = False
        held, process.held = process.held, []
        for callback, args, context in held:
            self.inside(process, lambda: self.call_soon(callback, *args, context=context))  # noqa: B023  (called at once)

    def _failed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None and not isinstance(error, Killed):
            self.failures.append(error)

    # -- what a loop is made of

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None) -> asyncio.Task[Any]:
        task = super().create_task(coro, name=name, context=context)
        task.process = self.present  # type: ignore[attr-defined]
        return task

    def _owner(self, callback: Callable[..., Any]) -> Process | None:
        """A step of a task belongs to the process that began it."""
        task = getattr(callback, "__self__", None)
        return getattr(task, "process", self.present) if isinstance(task, asyncio.Task) else self.present

    def call_soon(
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:  # fmt: skip
        context = copy_context() if context is None else context
        return super().call_soon(self._step, self._owner(callback), (callback, args, context), context=context)

    def call_soon_threadsafe(
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:  # fmt: skip
        return self.call_soon(callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:  # fmt: skip
        context = copy_context() if context is None else context
        return super().call_at(when, self._step, self.present, (callback, args, context), context=context)

    def _step(self, process: Process | None, step: Step) -> None:
        if process is not None and process.is_frozen:
            process.held.append(step)
        elif process is None or process.is_alive:
            callback, args, _ = step
            before, self.present = self.present, process
            try:
                callback(*args)
            finally:
                self.present = before

    def select(self, timeout: float | None) -> list[Any]:
        """Nobody has anything to do: it is the moment of the next timer."""
        if timeout is None:
            raise RuntimeError("nothing will ever happen again")
        self._now += timeout
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none: nothing comes from outside."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""

    def close(self) -> None:
        for task in self._buried:
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # they were killed: that is how it is
        super().close()
