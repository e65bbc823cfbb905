"""Some hosts, somebody who enqueues, and what happens to them: all drawn from one seed, and the same each time."""

import asyncio
import gc
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from dawam import Dialect
from dawam.crash_points import CrashPoint
from dawam.errors import StoreError
from dawam.host.pacemaker import Beat
from dawam.ids import HostId
from dawam.jobs.priority import Priority
from dawam.runtime import Runtime
from dawam.settings import SettingsSources
from dawam.stores.memory import MemoryStore
from dawam.stores.values import JobFilter
from tests.simulation.application import BEAT, Application, application
from tests.simulation.chance import of_one_seed
from tests.simulation.loop import Killed, Process, VirtualLoop
from tests.simulation.store import Bells, Shore, Weather, as_store
from tests.simulation.tick_witness import TickWitness
from tests.simulation.witness import Witness

GRACE, LAST_STEPS = 2.0, 5.0
CONCURRENCY, LIMITS = 4, {"mail": 2}
SETTINGS: dict[str, object] = {
    "Host.Lease": "2s",
    "Host.Heartbeat": "500ms",
    "Host.Poll": "500ms",
    "Host.Concurrency": CONCURRENCY,
    "Host.QueueLimits": LIMITS,
    "Host.Queues": ("default", "mail"),
    "Host.ShutdownGrace": f"{GRACE}s",
    "Host.SlowStepWarning": None,
    "BackgroundWorkers.KeptRecords": 10_000,
}
_PATIENCE = 90.0
"""Seconds, by its own clock, in which a world that is left alone has done all its work."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one seed."""

    seed: int
    violations: tuple[str, ...]
    counts: dict[str, int]
    fingerprint: str
    """Of all that happened, in order."""
    story: tuple[str, ...]

    def without_story(self) -> "Outcome":
        return replace(self, story=())


class LoopPacemaker:
    """Has beats made on the loop."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def start(self, beat: Beat, after: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(after, self._beat, beat)

    async def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _beat(self, beat: Beat) -> None:
        wait = beat()
        if wait is not None:
            self.start(beat, wait)


class Member:
    """One process of the world, and the application in it."""

    def __init__(self, process: Process, ours: Application, runtime: Runtime) -> None:
        self.process, self.ours, self.runtime = process, ours, runtime
        self.life: asyncio.Task[None] | None = None


Acts = Mapping[Callable[["World"], None], int]


class World:
    """`run` lets it live through its chaos, and be left alone then."""

    def __init__(self, seed: int, *, seconds: float, hosts: int) -> None:
        self._seed, self._seconds, self._host_count = seed, seconds, hosts
        self.luck = random.Random(seed)
        self.loop, self.weather = VirtualLoop(), Weather()
        self.store = MemoryStore(clock=self.loop)
        self.bells = Bells(self.loop, self.luck, self.weather)
        self.witness = Witness(self.loop, concurrency=CONCURRENCY, limits=LIMITS)
        self.ticks = TickWitness(self.witness)
        self.members: list[Member] = []
        self._is_quiet = False
        self.doomed: dict[CrashPoint, int] = {}
        """At which points the next process to come by dies, after so many have passed."""
        self._numbers = 0

    def run(self, acts: Acts) -> Outcome:
        """One of the acts after the other is done to it, some more often than others."""
        gc.collect()  # what is left of a life before ends here: in the middle of this one it would act on its loop
        gc.disable()
        with of_one_seed(self._seed, self.loop, self._reached):
            try:
                self.loop.run_until_complete(self._live(acts))
            finally:
                self.loop.close()
                gc.enable()
        witness = self.witness
        for failure in self.loop.failures:
            witness.accuse("nothing fails unseen", repr(failure))
        fingerprint = sha256("\n".join(witness.story).encode()).hexdigest()[:16]
        return Outcome(self._seed, tuple(witness.violations), dict(witness.counts), fingerprint, tuple(witness.story))

    async def _live(self, acts: Acts) -> None:
        await self.store.open()
        self._begin_client()
        for _ in range(self._host_count):
            self.begin_host()
        ends_at = self.loop.time() + self._seconds
        while self.loop.time() < ends_at:
            await asyncio.sleep(self.luck.uniform(0.1, 1.2))
            self.luck.choices(list(acts), list(acts.values()))[0](self)
        self._calm_down()
        await self._until_done()
        await asyncio.gather(*(self.stop(each) for each in list(self.members)))
        self.witness.compare((await self.store.look(JobFilter(), 1_000_000)).jobs)

    def _calm_down(self) -> None:
        self.witness.note("from now on nothing is done to anybody")
        self._is_quiet = True
        self.doomed.clear()
        self.weather.lost_requests = self.weather.lost_answers = self.weather.lost_rings = 0.0
        self.weather.is_away = False
        for member in self.members:
            member.process.is_cut_off = False
            self.loop.thaw(member.process)

    async def _until_done(self) -> None:
        """Everything is done within a time in which whatever was lost has been found."""
        gives_up_at = self.loop.time() + _PATIENCE
        while self.loop.time() < gives_up_at:
            await asyncio.sleep(1)
            if all(job.is_over for job in self.witness.jobs.values()):
                return

    # -- processes

    def begin_host(self) -> None:
        member = self._member()
        member.life = self.loop.begin(member.process, self._host(member))
        self.members.append(member)

    def _member(self) -> Member:
        self._numbers += 1
        process = Process(self._numbers)
        shore = Shore(
            self.store, process, bells=self.bells, luck=self.luck, weather=self.weather, saw=self._saw
        )  # fmt: skip
        ours = application(process, self.witness, self.ticks)
        sources = SettingsSources(overrides=SETTINGS, environment="Test")
        runtime = ours.app.blueprint.build(
            sources, clock=self.loop, store=lambda *_: as_store(shore), pacemaker=LoopPacemaker
        )
        return Member(process, ours, runtime)

    async def _host(self, member: Member) -> None:
        try:
            await member.runtime.parts.dynamic_workers.add(
                BEAT, member.ours.beat, cron="* * * * * *", dialect=Dialect.SECONDS, catch_up=3
            )
            await member.runtime.start(run_host=True)
        except StoreError as error:  # whoever looks after processes begins another one
            self.witness.note(f"{member.process} could not begin: {error}")
            self.loop.kill(member.process)
            self.loop.inside(None, lambda: self._gone(member))

    def _begin_client(self) -> None:
        member = self._member()
        member.life = self.loop.begin(member.process, self._client(member))

    async def _client(self, member: Member) -> None:
        """Enqueues again and again, and changes its mind now and then."""
        luck, runtime = self.luck, member.runtime
        await runtime.start(run_host=False)
        known = []
        while not self._is_quiet:
            await asyncio.sleep(luck.uniform(0, 0.5))
            job = member.ours.call(luck.randrange(6), luck.choice([0.0, 0.02, 0.3, 2.0]), luck.choice([0, 0, 1, 2]))
            queue, priority = luck.choice(["default", "mail"]), luck.choice(list(Priority))
            delay = luck.choice([None, None, timedelta(seconds=0.7)])
            with suppress(StoreError):
                enqueued = await runtime.parts.manager.enqueue_many(
                    [job] * luck.randint(1, 3), queue=queue, priority=priority, delay=delay
                )
                for each in enqueued:
                    self.witness.acknowledged.add(each.id)
                    known.append(each.id)
            if known and luck.random() < 0.15:
                with suppress(StoreError):
                    await runtime.parts.store.cancel(luck.choice(known[-5:]))

    def _saw(self, process: Process, verb: str, words: tuple[object, ...], answer: object) -> None:
        self.witness.saw(process, verb, words, answer)
        self.ticks.saw(process, verb, words, answer)

    def _reached(self, point: CrashPoint, _: str) -> None:
        """A process comes to a named point of its code."""
        process = self.loop.present
        if process is None or point not in self.doomed:
            return
        self.doomed[point] -= 1
        if self.doomed[point] < 0:
            del self.doomed[point]
            self.witness.note(f"{process} dies at {point}")
            self.loop.inside(None, lambda: self._died(process))
            raise Killed

    def _died(self, process: Process) -> None:
        member = next((each for each in self.members if each.process is process), None)
        if member is None:
            self.loop.kill(process)
            if not self._is_quiet:
                self._begin_client()
        else:
            self.kill(member)

    # -- what is done to them

    def kill(self, member: Member) -> None:
        started = self.witness.started_in(member.process)
        hosts = [host for host, its in self.witness.processes.items() if its is member.process]
        self.witness.note(f"{member.process} is killed; had started: {sorted(map(str, started))}")
        self.loop.kill(member.process)
        if self.luck.random() < 0.5:  # there is a parent who sees it
            self.loop.call_later(self.luck.uniform(0, 0.3), self._give_up, hosts, started)
        self._gone(member)

    def _give_up(self, hosts: list[HostId], started: set[UUID]) -> None:
        parent = Process(0)
        for host in hosts:
            self.loop.create_task(self._give_up_one(parent, host, started))

    async def _give_up_one(self, parent: Process, host: HostId, started: set[UUID]) -> None:
        rescue = await self.store.give_up(host, started)
        self._saw(parent, "give_up", (host, started), rescue)

    def _gone(self, member: Member) -> None:
        """It is not there any more, and another one takes its place."""
        if member in self.members:
            self.members.remove(member)
        self.loop.call_later(self.luck.uniform(0, 1), self.begin_host)

    async def stop(self, member: Member) -> None:
        """It is told to end, and has to within its grace and some seconds."""
        process = member.process
        self.members.remove(member)
        self.witness.note(f"{process} is told to end")
        began = self.loop.time()
        assert member.life is not None
        ending = self.loop.begin(process, self._end(member))
        await asyncio.wait([ending], timeout=60)
        took = self.loop.time() - began
        if process.is_alive and not ending.done():
            self.witness.accuse("who is told to end does", f"{process} has not")
        elif process.is_alive and took > GRACE + LAST_STEPS:
            self.witness.accuse("who is told to end does in time", f"{process} took {took:.1f} s")
        elif not ending.cancelled() and (error := ending.exception()) is not None and process.is_alive:
            self.witness.accuse("who is told to end does in good order", f"{process}: {error!r}")
        self.loop.kill(process)

    async def _end(self, member: Member) -> None:
        assert member.life is not None
        if not member.life.done():
            member.life.cancel()
            await asyncio.wait([member.life])
        member.runtime.host.excuse()
        await member.runtime.stop()

    def some(self) -> Member | None:
        return self.luck.choice(self.members) if self.members else None
