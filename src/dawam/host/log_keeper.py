"""Keeps what jobs log in the store: about once a second while they run, and when they have ended."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import islice
from uuid import UUID

from dawam.attempt import Attempt
from dawam.errors import StoreBusyError, StoreUnavailableError
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.service import Loop
from dawam.ids import HostId
from dawam.jobs.log import AttemptLog, JobLog
from dawam.jobs.outcome import Outcome, Succeeded
from dawam.observability.hearing import log_hearing
from dawam.observability.logs import LogOptions
from dawam.stores.base import JobCaretaker

_BATCH = 100
_MOST_SUCCESSES = 1_000
"""That ended between two looks: nobody reads what more of them said, and rows for all would take a third of the
rate."""
_MOST_UNKEPT = 10_000
"""Attempts that ended while the store is away, or slow; beyond that the logs of the oldest are dropped."""


class LogKeeper:
    """Gathers the logs of attempts and stores those that have grown. Nothing is written while no job logs anything.

    No job waits for it. What was not stored yet when the process dies is lost.
    """

    def __init__(
        self,
        *,
        store: JobCaretaker,
        running: Callable[[], Iterable[Attempt]],
        events: LifecycleEvents,
        host: HostId,
        options: LogOptions,
        poll: timedelta,
        keeps_successes: bool,
    ) -> None:
        """`keeps_successes`: jobs that succeeded stay in the store, so that somebody may read what they logged."""
        self._store, self._running, self._host = store, running, host
        self._keeps_successes = keeps_successes and options.kept_of == "all"
        self._is_on = options.kept_lines > 0
        self._kept: dict[tuple[UUID, int], int] = {}
        """Of running attempts: how much of what they said is stored."""
        self._ended: deque[AttemptLog] = deque(maxlen=_MOST_UNKEPT)
        self._success_count = 0
        """Of those that ended since the last look."""
        self._one_at_a_time = asyncio.Lock()
        self._loop = Loop("log keeper", self._keep, interval=poll, events=events)
        self._is_hearing = False

    async def start(self) -> None:
        if self._is_on and not self._is_hearing:
            self._is_hearing = True
            log_hearing.begin()
            await self._loop.start()

    async def stop(self) -> None:
        await self._loop.stop()
        if self._is_hearing:
            self._is_hearing = False
            log_hearing.end()

    def ended(self, attempt: Attempt, log: JobLog, outcome: Outcome) -> None:
        """An attempt that logged something came to its end."""
        was_kept = self._kept.pop(_key(attempt), None) is not None
        is_success = isinstance(outcome, Succeeded)
        self._success_count += is_success
        if not is_success or (self._keeps_successes and self._success_count <= _MOST_SUCCESSES):
            self._ended.append(self._record(attempt, log))
        elif was_kept:
            self._ended.append(self._record(attempt, None))

    async def flush(self) -> None:
        """Stores all that there is. Raises what the store raises; what was not taken is tried again the next time."""
        async with self._one_at_a_time:
            self._success_count = 0
            await self._keep_running()
            while self._ended:
                batch = list(islice(self._ended, _BATCH))
                await self._put(batch)
                taken = set(map(id, batch))
                while self._ended and id(self._ended[0]) in taken:  # others were dropped meanwhile
                    self._ended.popleft()

    async def _keep_running(self) -> None:
        logs = ((each, each.context.log) for each in self._running())
        grown = [(each, log) for each, log in logs if log is not None and self._kept.get(_key(each)) != log.said_count]
        if not grown:
            return
        records = [self._record(each, log) for each, log in grown]
        # noted first: who succeeds meanwhile has something to be taken away again
        self._kept.update((_key(each), log.said_count) for each, log in grown)
        try:
            await self._put(records)
        except BaseException:
            self._kept.update((_key(each), 0) for each, _ in grown if _key(each) in self._kept)
            raise

    async def _put(self, logs: Sequence[AttemptLog]) -> None:
        """What the store does not take by itself is dropped, so that it does not keep all others from being stored."""
        try:
            await self._store.keep_logs(logs)
        except (StoreUnavailableError, StoreBusyError):
            raise
        except Exception:  # noqa: BLE001  (whatever a driver raises)
            half = len(logs) // 2
            for part in (logs[:half], logs[half:]) if half else ():
                await self._put(part)

    def _record(self, attempt: Attempt, log: JobLog | None) -> AttemptLog:
        job, (missing, lines) = attempt.claimed, (0, ()) if log is None else log.since()
        return AttemptLog(
            job_id=job.id, fence=job.fence, attempt=job.attempt, host=self._host, lines=lines, missing=missing
        )

    async def _keep(self) -> timedelta | None:
        await self.flush()
        return None


def _key(attempt: Attempt) -> tuple[UUID, int]:
    return attempt.claimed.id, attempt.claimed.fence
