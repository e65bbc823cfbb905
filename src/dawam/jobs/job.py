"""The base classes of job classes."""

import logging
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Any, ClassVar, Generic, TypeVar

from dawam.jobs.options import DEFAULT_QUEUE, OnCrash, RunsIn
from dawam.jobs.priority import Priority
from dawam.jobs.retry import Retry

ArgsT = TypeVar("ArgsT")


class _Job(ABC, Generic[ArgsT]):
    """What both kinds of job share: how a class says where, how urgently and how stubbornly it runs."""

    queue: ClassVar[str] = DEFAULT_QUEUE
    priority: ClassVar[Priority] = Priority.NORMAL
    retry: ClassVar[Retry | None] = None
    """None: the application's `default_retry`."""
    time_limit: ClassVar[timedelta | None] = None
    """How long one run may take; None: the application's `default_time_limit`."""
    expected_run_time: ClassVar[timedelta | None] = None
    """After so long a run the log warns, while it still runs; None: the application's `default_expected_run_time`, or
    nothing where the job has a `time_limit`."""
    on_crash: ClassVar[OnCrash] = OnCrash.RETRY
    """What becomes of it when its process dies while it runs."""

    runs_in: ClassVar[RunsIn] = "host"
    """`"process"`: in a process of its own, which is killed at the time limit."""
    abandon_thread: ClassVar[bool] = False
    """True, of a job that blocks: when it is to stop it counts as ended at once, although its thread may go on."""

    @property
    def logger(self) -> logging.Logger:
        """A logger named for the job's class; inject a `Logger` instead where a test wants to see it."""
        return logging.getLogger(f"{type(self).__module__}.{type(self).__qualname__}")


class AsyncBackgroundJob(_Job[ArgsT]):
    """A job that is a coroutine: `class SendReceipt(AsyncBackgroundJob[ReceiptArgs])`.

    Each run is a fresh instance, built in a scope of its own with its constructor's dependencies. What
    `execute` returns is stored as the job's result; what it raises decides about a retry.
    """

    @abstractmethod
    async def execute(self, args: ArgsT) -> Any:
        """Does the work. It may run more than once: make it safe to repeat."""


class BackgroundJob(_Job[ArgsT]):
    """A job that blocks: it runs in a thread of the host's, beside the event loop, or in a process of its own."""

    @abstractmethod
    def execute(self, args: ArgsT) -> Any:
        """Does the work. It may run more than once: make it safe to repeat."""
