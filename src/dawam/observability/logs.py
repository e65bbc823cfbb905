"""The log lines of the product: who writes them, and how a process of ours shows them.

An application that embeds Dawam keeps its own logging; it may add `JobLogFilter` to its handlers. Only a process that
is ours (the command line) calls `configure_logging`.
"""

import logging
import sys
from dataclasses import dataclass
from typing import Any, Literal

from dawam.clock import Clock
from dawam.errors import SettingsError
from dawam.events.lifecycle import LifecycleEvents
from dawam.observability.current_job import JobLogFilter
from dawam.observability.formats import HumanFormatter, JsonFormatter
from dawam.observability.guard_lines import GuardLines
from dawam.observability.host_lines import HostLines
from dawam.observability.job_lines import JobLines
from dawam.observability.worker_lines import WorkerLines


@dataclass(slots=True, kw_only=True)
class LogOptions:
    """How and how much is logged. Settings section `Log`."""

    format: Literal["human", "json"] = "human"
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """`DEBUG` adds a line for every enqueue and every start of a job."""
    kept_lines: int = 100
    """How many lines of what a job logs are kept with each of its attempts, the last ones, for people to read beside
    the job; 0 keeps none."""
    kept_of: Literal["all", "failed"] = "all"
    """`failed` keeps what an attempt that succeeded logged no longer than it runs."""

    def check(self) -> None:
        """Raises `SettingsError` naming the first option that cannot work."""
        if self.kept_lines < 0:
            raise SettingsError(f"Log.kept_lines = {self.kept_lines}: 0 or more was expected")


def subscribe_logs(events: LifecycleEvents, options: LogOptions, clock: Clock) -> None:
    """From now on every event becomes a line of `dawam.jobs`, `dawam.workers` or `dawam.host`.

    Events whose lines are below the level are not subscribed to, so they are never even built.
    """
    level = logging.getLevelNamesMapping()[options.level]
    JobLines(clock).subscribe(events, level)
    HostLines().subscribe(events, level)
    WorkerLines().subscribe(events, level)
    GuardLines().subscribe(events, level)


def configure_logging(options: LogOptions) -> None:
    """Shows Dawam's lines, and those of the application, on standard error.

    If the application has given the root logger a handler already, its lines and ours go there and only our level is
    set. Calling it again replaces what the last call made.
    """
    logging.getLogger("dawam").setLevel(options.level)
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _OurHandler)]:
        root.removeHandler(handler)
    if root.handlers:
        return
    root.addHandler(_OurHandler(options))
    root.setLevel(options.level)


class _OurHandler(logging.StreamHandler[Any]):
    def __init__(self, options: LogOptions) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(JsonFormatter() if options.format == "json" else HumanFormatter())
        self.addFilter(JobLogFilter())
