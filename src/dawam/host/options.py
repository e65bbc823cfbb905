"""The options of a host."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import cast

from dawam.errors import SettingsError
from dawam.jobs.options_check import QUEUE_NAME_RULE, is_queue_name

_NAME = re.compile(r"\w[\w.-]{0,39}", re.ASCII)
_NAME_RULE = "a name of 1 to 40 ASCII letters, digits, '_', '.' and '-', the first of them no '.' or '-',"
MONITOR_PORTS = 100
"""Where the port of the monitor is taken the next ones are tried, so that several processes each get one."""
_LAST_PORT = 65_535 - MONITOR_PORTS + 1


@dataclass(slots=True, kw_only=True)
class HostOptions:
    """How a process runs jobs. Settings section `Host`."""

    name: str | None = None
    """What people call hosts like this one, as in `mail`: it leads their ids in lists and logs. Several hosts may have
    the same name."""
    queues: tuple[str, ...] = ()
    """Which queues to serve; empty: every queue that a registered job names."""
    queue_weights: dict[str, int] = field(default_factory=dict[str, int])
    """Shares of the slots while several queues have work, as in `{"default": 3, "mail": 1}`: a queue without a weight
    has 1, and what one does not use, the others do. Empty: priority decides, in one order over all queues."""
    queue_limits: dict[str, int] = field(default_factory=dict[str, int])
    """How many jobs of a queue may be in this process at once, running or claimed ahead, as in `{"reports": 2}`; one
    without a limit may take every slot."""
    concurrency: int = 50
    """How many jobs run at once in this process."""
    thread_count: int = 10
    """How many of them may be blocking ones, in threads."""
    process_count: int | None = None
    """How many of them may run in processes of their own (`runs_in="process"`); None: one for each core. The others
    wait for one that is free."""
    process_memory_limit: int | None = None
    """In bytes: a process of a job's own that holds more after a job is ended, and another takes its place."""
    memory_limit: int | None = None
    """In bytes: a process of `dawam run --processes` that holds more ends in good order, and another takes its place;
    any other only warns."""
    leaked_thread_limit: int | None = None
    """The same where so many threads are held by jobs that were asked to stop and go on; None: all of them."""
    prefetch: int = 2_000
    """How many more may be claimed ahead, at most, while recent jobs were short enough (under 50 ms) to find a slot
    soon; 0 claims for free slots only."""
    poll: timedelta = timedelta(seconds=1)
    """How often to look without having been woken (± 20 %)."""
    lease: timedelta = timedelta(seconds=20)
    """For how long others trust this host after its last heartbeat."""
    heartbeat: timedelta = timedelta(seconds=5)
    """How often the lease is extended; at most half of it."""
    slow_step_warning: timedelta | None = timedelta(seconds=0.5)
    """After so long a block of the event loop by one step the log names its job and shows where it was, once a minute
    for each job; None: never."""
    block_warning: timedelta = timedelta(seconds=30)
    """After so long a block of the event loop the log says where every thread is."""
    max_block: timedelta = timedelta(minutes=10)
    """After so long a block the lease is extended no more, and a process of `dawam run` or `app.run()` ends."""
    shutdown_grace: timedelta = timedelta(seconds=20)
    """How long running jobs may take to end by themselves when the host stops."""

    monitor_port: int | None = None
    """Where this process answers `/health/live`, `/health/ready`, `/health/startup` and `/metrics` over HTTP: the first
    port from this one on that is free, so that several processes each have one; 0: any. None: nowhere."""
    monitor_address: str = "127.0.0.1"
    """On which address; `0.0.0.0` where probes come from other machines."""

    def check(self) -> None:
        """Raises `SettingsError` naming the first option that cannot work."""
        for queue in self.queues:
            if not is_queue_name(queue):
                raise SettingsError(f"Host.queues names {queue!r}: {QUEUE_NAME_RULE} was expected")
        if self.name is not None and not _NAME.fullmatch(self.name):
            raise SettingsError(f"Host.name = {self.name!r}: {_NAME_RULE} was expected")
        _check_numbers("Host.queue_weights", self.queue_weights, "leave the queue out for a weight of 1")
        _check_numbers(
            "Host.queue_limits",
            self.queue_limits,
            "leave the queue out for no limit; one that is not to be served is left out of Host.queues",
        )
        for name in ("concurrency", "thread_count"):
            if getattr(self, name) < 1:
                raise SettingsError(f"Host.{name} = {getattr(self, name)}: 1 or more was expected")
        for name in ("process_count", "process_memory_limit", "memory_limit", "leaked_thread_limit"):
            if (number := getattr(self, name)) is not None and number < 1:
                raise SettingsError(f"Host.{name} = {number}: 1 or more was expected, or nothing")
        if self.monitor_port is not None and not 0 <= self.monitor_port <= _LAST_PORT:
            raise SettingsError(
                f"Host.monitor_port = {self.monitor_port}: 0 to {_LAST_PORT:,} was expected, or nothing"
            )
        if self.prefetch < 0:
            raise SettingsError(f"Host.prefetch = {self.prefetch}: 0 or more was expected")
        self._check_durations()

    def check_queues(self, known: Collection[str]) -> None:
        """Raises `SettingsError` for a weight or a limit of a queue that is not among the known ones.

        Known is more than what this host serves: several hosts may share one settings file.
        """
        for option, numbers in (("queue_weights", self.queue_weights), ("queue_limits", self.queue_limits)):
            for queue in numbers:
                if queue not in known:
                    meant = get_close_matches(queue, known, n=1)
                    raise SettingsError(
                        f"Host.{option} names the queue {queue!r}, which neither Host.queues nor a job names: "
                        + (f"did you mean {meant[0]!r}?" if meant else f"known are {', '.join(sorted(known))}")
                    )

    def spoken_queues(self, queues: Sequence[str]) -> list[str]:
        """The queues of a host, each with its part of the slots and its limit, where any is said."""
        total = sum(self.queue_weights.get(queue, 1) for queue in queues)
        said: list[str] = []
        for queue in queues:
            part = f"{100 * self.queue_weights.get(queue, 1) / total:.0f} %" if self.queue_weights else ""
            limit = f"at most {self.queue_limits[queue]} at once" if queue in self.queue_limits else ""
            notes = ", ".join(filter(None, [part, limit]))
            said.append(f"{queue} ({notes})" if notes else queue)
        return said

    @property
    def spoken_shares(self) -> str:
        """How the slots of each process are shared out, where that is not by priority alone."""
        if self.queue_weights:
            return "in each process, shared out by weight while several queues have work"
        return "in each process, as the limits are" if self.queue_limits else ""

    def _check_durations(self) -> None:
        for name in ("poll", "lease", "heartbeat", "slow_step_warning", "block_warning", "max_block"):
            duration: timedelta | None = getattr(self, name)
            if duration is not None and duration <= timedelta(0):
                raise SettingsError(f"Host.{name} = {getattr(self, name)}: more than zero was expected")
        if self.shutdown_grace < timedelta(0):
            raise SettingsError(f"Host.shutdown_grace = {self.shutdown_grace}: zero or more was expected")
        if self.heartbeat * 2 > self.lease:
            raise SettingsError(
                f"Host.heartbeat = {self.heartbeat} is too slow for Host.lease = {self.lease}: one missed heartbeat "
                "would end the lease; at most half of the lease was expected"
            )
        if self.max_block < self.block_warning:
            raise SettingsError(
                f"Host.max_block = {self.max_block} comes before Host.block_warning = {self.block_warning}: the "
                "process would end without a warning; at least as long a time was expected"
            )


def _check_numbers(option: str, numbers: object, cure: str) -> None:
    if not isinstance(numbers, dict):
        raise SettingsError(f"{option} = {numbers!r}: numbers by queue were expected, as in {{'mail': 2}}")
    for queue, number in cast("dict[object, object]", numbers).items():
        if not is_queue_name(queue):
            raise SettingsError(f"{option} names {queue!r}: {QUEUE_NAME_RULE} was expected")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise SettingsError(f"{option}: {queue} = {number!r}: a whole number of 1 or more was expected; {cure}")
