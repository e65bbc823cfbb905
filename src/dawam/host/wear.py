"""Looks every few seconds whether this process is worn out: too much memory, or threads that nobody can end."""

from collections.abc import Callable
from datetime import timedelta

from dawam.events.lifecycle import HostWornOut, LifecycleEvents
from dawam.host.memory import resident_memory
from dawam.host.options import HostOptions
from dawam.host.service import Loop
from dawam.ids import HostId

EXIT_WORN = 75
"""The exit code of a process that ended so that another may take its place."""
EXIT_TOLD = 76
"""That of one of several that somebody told to stop, by hand: no other takes its place."""
_EVERY = timedelta(seconds=5)


class Wear:
    """Says so once, and has the process ended where somebody will start another one."""

    def __init__(
        self,
        *,
        options: HostOptions,
        leaked_threads: Callable[[], int],
        replace: Callable[[], None] | None,
        events: LifecycleEvents,
        host: HostId,
    ) -> None:
        """`replace` ends this process in good order; None where nobody would start another."""
        self._options, self._leaked_threads, self._replace = options, leaked_threads, replace
        self._events, self._host = events, host
        self._is_told = False
        self._loop = Loop("wear", self._step, interval=_EVERY, events=events)

    async def start(self) -> None:
        await self._loop.start()

    async def stop(self) -> None:
        await self._loop.stop()

    async def _step(self) -> timedelta | None:
        self.look()
        return None

    def look(self) -> None:
        """What `start` does again and again."""
        reason = None if self._is_told else self._reason()
        if reason is not None:
            self._is_told = True
            self._events.emit(HostWornOut(self._host, reason, is_replaced=self._replace is not None))
            if self._replace is not None:
                self._replace()

    def _reason(self) -> str | None:
        limit = self._options.memory_limit
        if limit is not None and (held := resident_memory()) > limit:
            return f"it holds {held >> 20:,} MiB of memory, and Host.MemoryLimit allows {limit >> 20:,}"
        allowed, count = self._options.leaked_thread_limit or self._options.thread_count, self._leaked_threads()
        if count >= allowed:
            return (
                f"{count} of its {self._options.thread_count} threads are held by jobs that were asked to stop and go "
                f"on, and Host.LeakedThreadLimit is {allowed}"
            )
        return None
