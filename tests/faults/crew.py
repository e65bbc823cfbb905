"""Processes that work on one store, and a driver that starts, kills, freezes and stops them, and writes that down."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from dawam.doorbells.base import Topic
from dawam.jobs.function import JobCall
from dawam.jobs.priority import Priority
from dawam.jobs.record import JobCounts
from dawam.runtime import Runtime
from dawam.stores.base import JobStore
from tests.faults.ground import Ground
from tests.faults.history import (
    Continued,
    Doubted,
    Enqueued,
    Frozen,
    History,
    Kept,
    Killed,
    Record,
    Stopped,
    history_of,
    now,
    read_history,
)
from tests.faults.shift import HISTORY, STORE, Shift, shift
from tests.support.applications import running

ROOT = Path(__file__).parents[2]
LEASE = timedelta(seconds=1)
SHORT_LEASE = {"DAWAM__HOST__LEASE": "1s", "DAWAM__HOST__HEARTBEAT": "200ms", "DAWAM__HOST__POLL": "200ms"}
_AT_ONCE = 5_000
"""Jobs in one piece."""
PATIENCE = 60.0
"""Seconds that anything may take which is not measured."""
_JOBS = """
SELECT id, {stands}, fence, attempt_count, crash_count, lost_count FROM dawam_job
UNION ALL SELECT id, state, fence, attempt_count, crash_count, lost_count FROM dawam_finished
"""
_LOSSES = "SELECT job_id, fence, host FROM dawam_attempt WHERE error_type = 'HostLost'"


class Hand:
    """One process of the crew."""

    def __init__(self, process: Process) -> None:
        self.process = process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_there(self) -> bool:
        return self.process.returncode is None

    async def ready(self) -> None:
        """Waits until it says so."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self.process.stdout.readline()
        assert line == b"ready\n", f"process {self.pid} said {line!r}: see its .log"

    async def ended(self, within: float = PATIENCE) -> int:
        async with asyncio.timeout(within):
            return await self.process.wait()


class Crew:
    """One store with jobs, the processes on it, and the history of all of them."""

    def __init__(
        self, ground: Ground, shift: Shift, runtime: Runtime, history: History, settings: Mapping[str, str]
    ) -> None:
        self.ground, self.shift, self._runtime = ground, shift, runtime
        self._history, self._settings = history, settings
        self.hands: list[Hand] = []

    @property
    def log(self) -> Path:
        """What the processes say on standard error."""
        return self.ground.folder / "errors.log"

    @property
    def store(self) -> JobStore:
        return self._runtime.parts.store

    # -- processes

    async def host(self, fault: str | None = None) -> Hand:
        """One more host, ready; `fault` is what happens to it, as `dawam.testing.faults` is told."""
        hand = await self.start("host", fault=fault)
        await hand.ready()
        return hand

    async def hosts(self, count: int) -> list[Hand]:
        return list(await asyncio.gather(*(self.host() for _ in range(count))))

    async def start(self, *arguments: str, fault: str | None = None, program: str = "tests.faults.shift") -> Hand:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("DAWAM")}
        environ |= {STORE: self.ground.url, HISTORY: str(self._history.folder), "PYTHONPATH": str(ROOT)}
        armed = [] if fault is None else ["-m", "dawam.testing.faults", fault]
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *armed, "-m", program, *arguments,
                stdout=PIPE, stderr=log, cwd=self.ground.folder, env={**environ, **self._settings},
            )  # fmt: skip
        hand = Hand(process)
        self.hands.append(hand)
        return hand

    async def kill(self, hand: Hand) -> int:
        """Kills it, and answers when."""
        killed = self._history.write(Killed, pid=hand.pid)
        hand.process.kill()
        await hand.ended()
        return killed.at

    async def died(self, hand: Hand) -> None:
        """Waits until it has killed itself, as its fault says."""
        code = await hand.ended()
        assert code == -signal.SIGKILL, f"process {hand.pid} ended with {code}: see {self.log}"
        self._history.write(Killed, pid=hand.pid)

    def freeze(self, hand: Hand) -> None:
        self._history.write(Frozen, pid=hand.pid)
        hand.process.send_signal(signal.SIGSTOP)

    def thaw(self, hand: Hand) -> None:
        hand.process.send_signal(signal.SIGCONT)
        self._history.write(Continued, pid=hand.pid)

    async def stop(self, hand: Hand, within: float = PATIENCE) -> float:
        """Tells it to end, and answers how many seconds that took."""
        stopped = self._history.write(Stopped, pid=hand.pid)
        hand.process.send_signal(signal.SIGTERM)
        code = await hand.ended(within)
        assert code == 0, f"process {hand.pid} ended with {code}: see {self.log}"
        return (now() - stopped.at) / 1e9

    async def stop_all(self) -> None:
        await asyncio.gather(*(self.stop(hand) for hand in self.hands if hand.is_there))

    def clear(self) -> None:
        """Nothing is left behind, whatever went wrong."""
        for hand in self.hands:
            if hand.is_there:
                hand.process.send_signal(signal.SIGCONT)
                hand.process.kill()

    # -- jobs

    async def enqueue(
        self, *jobs: JobCall[None], delay: timedelta = timedelta(0), priority: Priority = Priority.NORMAL
    ) -> list[UUID]:
        """Enqueues in one piece."""
        began = now()
        try:
            enqueued = await self._runtime.parts.manager.enqueue_many(jobs, delay=delay, priority=priority)
        except Exception as error:
            self._history.write(Doubted, count=len(jobs), error=repr(error))
            raise
        waited, due_in = now() - began, int(delay.total_seconds() * 1e9)
        for job in enqueued:
            self._history.write(Enqueued, job=job.id, priority=priority, due_in=due_in, waited=waited)
        return [job.id for job in enqueued]

    async def stock(self, count: int, takes: float = 0) -> None:
        """Enqueues so many jobs, each of so many seconds."""
        for begin in range(0, count, _AT_ONCE):
            await self.enqueue(*[self.shift.work.call(takes)] * min(_AT_ONCE, count - begin))

    async def counts(self) -> JobCounts:
        return await self._runtime.parts.desk.inspector.counts()

    async def left(self) -> int:
        """How many jobs are not finished."""
        counts = await self.counts()
        return counts.waiting + counts.running

    async def drained(self, within: float = PATIENCE) -> None:
        async def is_so() -> bool:
            return await self.left() == 0

        await becomes(is_so, within)

    def ring(self, topic: Topic, queues: Collection[str] = ()) -> None:
        """Wakes the hosts, whether there is something for them or not."""
        self._runtime.parts.store.doorbell.ring(topic, queues)

    # -- records

    async def says(self, *words: str) -> bool:
        """Whether all of these stand in the log."""
        said = self.log.read_text()
        return all(each in said for each in words)

    def written_by(self, *hands: Hand) -> list[Record]:
        """What these processes wrote so far; the whole history may be long."""
        return [record for hand in hands for record in history_of(self._history.folder, hand.pid)]

    def close_the_book(self) -> list[Record]:
        """The whole history, with what the store says at the end."""
        losses: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
        for key, fence, host in self.ground.rows(_LOSSES):
            losses[key].append((fence, host))
        for key, state, fence, attempts, crashes, lost in self.ground.rows(_JOBS.format(stands=self.ground.stands)):
            self._history.write(
                Kept, job=UUID(bytes=key), state=state, fence=fence, attempt_count=attempts,
                crash_count=crashes, lost_count=lost, losses=tuple(losses[key]),
            )  # fmt: skip
        return read_history(self._history.folder)


@asynccontextmanager
async def crew(ground: Ground, settings: Mapping[str, str] = SHORT_LEASE) -> AsyncGenerator[Crew]:
    """A store without jobs, and nobody at work yet. At the end nobody is left."""
    history = History(ground.folder / "history")
    ours = shift(ground.url, history)
    async with running(ours.app, run_host=False) as runtime:
        there = Crew(ground, ours, runtime, history, settings)
        try:
            yield there
        finally:
            there.clear()
            history.close()


async def becomes(holds: Callable[[], Awaitable[bool]], within: float = PATIENCE) -> None:
    """Asks until it is so, a few times a second, so that asking is no load."""
    async with asyncio.timeout(within):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.1)
