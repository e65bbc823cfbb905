"""The options of a host."""

from dataclasses import dataclass
from datetime import timedelta

from dawam.errors import SettingsError
from dawam.jobs.options_check import QUEUE_NAME_RULE, is_queue_name


@dataclass(slots=True, kw_only=True)
class HostOptions:
    """How a process runs jobs. Settings section `Host`."""

    queues: tuple[str, ...] = ()
    """Which queues to serve; empty: every queue that a registered job names."""
    concurrency: int = 50
    """How many jobs run at once in this process."""
    thread_count: int = 10
    """How many of them may be blocking ones, in threads."""
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

    def check(self) -> None:
        """Raises `SettingsError` naming the first option that cannot work."""
        for queue in self.queues:
            if not is_queue_name(queue):
                raise SettingsError(f"Host.queues names {queue!r}: {QUEUE_NAME_RULE} was expected")
        for name in ("concurrency", "thread_count"):
            if getattr(self, name) < 1:
                raise SettingsError(f"Host.{name} = {getattr(self, name)}: 1 or more was expected")
        if self.prefetch < 0:
            raise SettingsError(f"Host.prefetch = {self.prefetch}: 0 or more was expected")
        self._check_durations()

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
