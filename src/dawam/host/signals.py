"""Signals become calls on the loop: the first asks the host to stop, the second to hurry."""

import asyncio
import os
import select
import signal
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import Any, Self

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
FIRST_WORD, SECOND_WORD = signal.SIGTERM, signal.SIGINT
"""What a parent of ours tells its children. A service manager may tell SIGTERM to them as well, as to all that it
finds: to a child this is the same wish, told twice, and no reason to hurry."""
_ENOUGH = 4096


class StopSignals:
    """Between `install` and `remove`, SIGINT and SIGTERM set `stopped`, and the next ones call `hurry`."""

    def __init__(self, hurry: Callable[[], None], *, at_once: Callable[[bool], None], has_parent: bool = False) -> None:
        """`at_once` is told of a signal before the loop is, which may be blocked: True, where it is one to hurry.

        It is called between two steps of any code of the main thread, so it must take no lock.
        """
        self.stopped = asyncio.Event()
        self._hurry, self._at_once = hurry, at_once
        self._was_told = False
        self._says_nothing_new = FIRST_WORD if has_parent else None

    def install(self) -> None:
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._received, number)
            signal.signal(number, self._heard)  # the loop hears of it by its pipe, whoever is the handler

    def remove(self) -> None:
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        if number != self._says_nothing_new or not self._was_told:
            self._at_once(self._was_told)
        self._was_told = True

    def _received(self, number: signal.Signals) -> None:
        if self.stopped.is_set() and number != self._says_nothing_new:
            self._hurry()
        self.stopped.set()


def end_at_once() -> None:
    """Until somebody else listens, SIGTERM ends this process: nothing has begun.

    That is what it does by itself, except in the first process of a container, where the kernel ignores signals that
    nobody listens to.
    """
    signal.signal(signal.SIGTERM, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(0)


class SignalPipe:
    """Signals as something that a blocking loop can wait for. `with` it, in the main thread."""

    def __init__(self, numbers: Sequence[signal.Signals]) -> None:
        self._numbers = numbers
        self._before: dict[signal.Signals, Any] = {}
        self._wake_before = -1

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._wake_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in self._numbers:
            self._before[number] = signal.signal(number, _ignore)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wake_before)
        os.close(self._read)
        os.close(self._write)

    def wait(self, seconds: float) -> list[int]:
        """The signals that came, in order, waiting for the first at most so long."""
        ready, _, _ = select.select([self._read], [], [], seconds)
        return list(os.read(self._read, _ENOUGH)) if ready else []


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """The pipe tells of it."""
