"""Extends the host's lease, and knows whether it was on time: only then may it judge others."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from dawam.clock import Clock
from dawam.events.lifecycle import LifecycleEvents, ServiceFailed
from dawam.host.loop_watch import LoopWatch
from dawam.host.pacemaker import Pacemaker
from dawam.stores.base import HeartbeatLink
from dawam.stores.values import HostCommand

_SOONER = 5
"""After a beat that failed the next one comes so many times sooner: the lease is running out."""
_TOLERANCE = 0.25
"""By how much of the lease a beat may be late. Whoever was later than that may have been cut off, and the others as
well, so that their leases ran out for no fault of theirs."""


class Heartbeat:
    """Beats every `interval` until stopped, and tells the loop when the host was declared dead.

    It paces itself on the boot clock, from before each beat was sent, so that what it believes about the lease
    is never more than what the store believes.
    """

    def __init__(
        self,
        link: HeartbeatLink,
        *,
        lease: timedelta,
        interval: timedelta,
        clock: Clock,
        events: LifecycleEvents,
        watch: LoopWatch,
        pacemaker: Pacemaker,
        on_declared_dead: Callable[[], None],
        on_command: Callable[[HostCommand], None],
    ) -> None:
        """`on_command` is told what is wanted of the host whenever that is another than it was."""
        self._link = link
        self._watch, self._pacemaker = watch, pacemaker
        self._lease = lease
        self._interval = interval.total_seconds()
        self._on_time_within = self._interval + _TOLERANCE * lease.total_seconds()
        self._clock = clock
        self._events = events
        self._on_declared_dead = on_declared_dead
        self._on_command = on_command
        self._command = HostCommand.GO_ON
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failure_count = 0
        self._last_sent = clock.boot_time()
        self._on_time_since = self._last_sent

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._last_sent = self._on_time_since = self._clock.boot_time()
        self._watch.start()
        self._pacemaker.start(self._beat, self._interval)

    async def stop(self) -> None:
        await self._pacemaker.stop()
        if self._loop is not None:
            self._loop = None
            self._link.close()

    @property
    def command(self) -> HostCommand:
        """What was wanted of the host when it was heard of last."""
        return self._command

    def is_on_time(self) -> bool:
        """Whether the lease was extended lately."""
        return self._clock.boot_time() - self._last_sent <= self._on_time_within

    def may_judge_others(self) -> bool:
        """Only who has itself been on time for one full lease, and still is, may call others late.

        Else one outage of the store, or one suspended machine, would make everybody declare everybody dead.
        """
        on_time_for = self._clock.boot_time() - self._on_time_since
        return self.is_on_time() and on_time_for >= self._lease.total_seconds()

    def _beat(self) -> float | None:
        """Beats once, in the pacemaker's thread, and answers when to do so again."""
        if not self._watch.beat():  # a host that gets nothing done is not to keep its jobs
            return self._interval
        sent = self._clock.boot_time()
        try:
            command = self._link.extend(self._lease)
        except Exception as error:  # noqa: BLE001  (the store may be away for a while)
            self._failure_count += 1
            wait = self._interval / _SOONER
            self._tell(ServiceFailed("heartbeat", error, self._failure_count, timedelta(seconds=wait)))
            return wait
        self._failure_count = 0
        if sent - self._last_sent > self._on_time_within:
            self._on_time_since = sent  # the count begins anew
        self._last_sent = sent
        if command is None:
            self._call(self._on_declared_dead)
            return None
        if command is not self._command:
            self._command = command
            self._call(lambda: self._on_command(command))
        return self._interval

    def _tell(self, event: ServiceFailed) -> None:
        self._call(lambda: self._events.emit(event))

    def _call(self, act: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(act)
