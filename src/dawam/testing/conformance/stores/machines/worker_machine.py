"""All that can happen to workers, in any order: the store goes that way hand in hand with one in memory."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, consumes, multiple, precondition
from msgspec.structs import replace

from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer
from dawam.stores.base import JobStore
from dawam.stores.memory import MemoryStore
from dawam.testing.conformance.stores.bench import HOUR, LEASE, LONG_LEASE, SECOND
from dawam.testing.conformance.stores.machines.machine import Machine, beginning, run_machine, step
from dawam.testing.conformance.stores.worker_bench import ENOUGH, EVERY_HOUR, EVERY_MINUTE, WorkerBench
from dawam.workers.record import (
    AfterCrash,
    DueTicks,
    RunningTick,
    TickClaim,
    TickOutcome,
    TickRecord,
    TickSettlement,
    WorkerDeclaration,
)

_MOST_HOSTS = 3
_NAMES = ("clean", "refill", "report")
"""Of each host one, of the cluster one, and a recurring job."""
_numbers = count(1)
_HOSTS, _TICKS = Bundle("hosts"), Bundle("ticks")
_names = st.sampled_from(_NAMES)
_in_seconds = st.sampled_from([None, 60, 3600])
_drafts = st.fixed_dictionaries(
    {"name": _names},
    optional={
        "schedule": st.just(EVERY_MINUTE),
        "first_in": st.sampled_from([None, 0, 60]),
        "run_on_start": st.just(True),
        "catch_up": st.just(2),
    },
)
_ends = st.sampled_from([TickOutcome.SUCCEEDED, TickOutcome.FAILED, TickOutcome.INTERRUPTED])


class Tick(NamedTuple):
    """One that began."""

    host: HostId
    claim: TickClaim


class WorkerMachine(Machine):
    """Every verb of a worker store. Both have to give the same answers and to hold the same rows."""

    bench: WorkerBench

    def __init__(self, bench: WorkerBench, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(bench, loop)
        self.hosts, self.fences = list[HostId](), set[tuple[str, str, int]]()
        self.stores = list[JobStore]()
        self.wait_for(self._open(f"workers-{next(_numbers)}"))

    async def _open(self, application: str) -> None:
        self.stores.append(await self.bench.open_store(application=application))
        beside = MemoryStore(application=application, clock=self.bench.clock)
        await beside.open()
        self.stores.append(beside)

    async def close(self) -> None:
        for store in self.stores:
            await store.close()

    async def verify(self) -> None:
        running = [(tick.name, tick.place) for host in self.hosts for tick in await self._ticks_of(host)]
        assert len(running) == len(set(running)), "a worker overlaps with itself"
        for host in self.hosts:
            await self._both(partial(_read_for, host))
        await self._both(lambda store: store.workers(ENOUGH))
        for name in _NAMES:
            await self._both(partial(_read_records, name))

    @beginning(target=_HOSTS, drafts=st.lists(_drafts, min_size=1, max_size=3))
    async def begin(self, drafts: list[dict[str, Any]]) -> HostId:
        host = await self._come(LONG_LEASE)
        await self._declare(host, drafts)
        return host

    @precondition(lambda self: len(self.hosts) < _MOST_HOSTS)
    @step(target=_HOSTS)
    async def register(self) -> HostId:
        return await self._come(LONG_LEASE)

    @step(host=_HOSTS, drafts=st.lists(_drafts, min_size=1, max_size=3))
    async def declare(self, host: HostId, drafts: list[dict[str, Any]]) -> None:
        await self._declare(host, drafts)

    @step(host=_HOSTS, name=_names)
    async def withdraw(self, host: HostId, name: str) -> None:
        await self._both(lambda store: store.withdraw_workers(host, [name]))

    @step(target=_TICKS, host=_HOSTS, skipped=st.integers(0, 2), again=st.lists(_TICKS, max_size=1))
    async def tick(self, host: HostId, skipped: int, again: list[Tick]) -> Any:
        """Makes a move of what is due, some of them without a tick, or of what was due a while ago."""
        begun = await self._tick(host, skipped, [tick.claim for tick in again])
        return multiple(*begun)

    @step(tick=consumes(_TICKS), end=_ends, next_in=_in_seconds)
    async def settle_twice(self, tick: Tick, end: TickOutcome, next_in: int | None) -> None:
        if await self._settle(tick, end, next_in) is SettleAnswer.ACCEPTED:
            assert await self._settle(tick, end, next_in) is SettleAnswer.ALREADY

    @step(tick=_TICKS, host=_HOSTS, end=_ends)
    async def settle_for_another(self, tick: Tick, host: HostId, end: TickOutcome) -> None:
        await self._settle(Tick(host, tick.claim), end, 60)

    @step(
        name=_names, verb=st.sampled_from(["trigger", "pause", "resume", "reschedule", "remove"]), next_in=_in_seconds
    )
    async def steer(self, name: str, verb: str, next_in: int | None) -> None:
        at, schedule = self._moment(next_in), None if next_in is None else EVERY_MINUTE
        hands: dict[str, Callable[[JobStore], Awaitable[bool]]] = {
            "trigger": lambda store: store.trigger_worker(name),
            "pause": lambda store: store.pause_worker(name),
            "resume": lambda store: store.resume_worker(name, at),
            "reschedule": lambda store: store.reschedule_worker(name, schedule, at),
            "remove": lambda store: store.remove_worker(name),
        }
        await self._both(hands[verb])

    @step(draft=_drafts)
    async def put_recurring(self, draft: dict[str, Any]) -> None:
        said = self._declaration({**draft, "job": self.bench.recurring().job}, place="")
        await self._both(lambda store: store.put_recurring(said))

    @step(seconds=st.sampled_from([1, 60, 3600]))
    async def pass_time(self, seconds: int) -> None:
        await self.bench.pass_time(seconds * SECOND)

    @step(host=consumes(_HOSTS))
    async def give_up(self, host: HostId) -> None:
        if host in self.hosts:
            self.hosts.remove(host)
        await self._both(lambda store: store.give_up(host))

    @step(target=_TICKS, drafts=st.lists(_drafts, min_size=1, max_size=3), is_rescued=st.booleans())
    async def come_tick_and_vanish(self, drafts: list[dict[str, Any]], is_rescued: bool) -> Any:
        """A host that is not heard of again; those it leaves behind may take its ticks."""
        host = await self._come(LEASE)
        await self._declare(host, drafts)
        begun = await self._tick(host, skipped=0, again=[])
        self.hosts.remove(host)
        await self.bench.pass_time(LEASE + SECOND)
        if is_rescued:
            await self._both(lambda store: store.rescue(ENOUGH))
        return multiple(*begun)

    @step()
    async def forget(self) -> None:
        await self._both(lambda store: store.forget_workers(HOUR))

    # -- what the steps have in common

    async def _both(self, ask: Callable[[Any], Awaitable[Any]]) -> Any:
        there, here = [await ask(store) for store in self.stores]
        assert there == here
        return there

    async def _come(self, lease: timedelta) -> HostId:
        info = self.new_host()
        await self._both(lambda store: store.register(info, lease))
        self.hosts.append(info.id)
        return info.id

    async def _declare(self, host: HostId, drafts: list[dict[str, Any]]) -> None:
        said = [self._declaration(draft, place=host if draft["name"] == "clean" else "") for draft in drafts]
        await self._both(lambda store: store.declare_workers(host, said))

    def _declaration(self, draft: dict[str, Any], *, place: str) -> WorkerDeclaration:
        said: dict[str, Any] = {
            "schedule": EVERY_HOUR,
            "kept_records": 5,
            **draft,
            "first_at": self._moment(draft.get("first_in", 60)),
        }
        said.pop("first_in", None)
        kind = self.bench.recurring if said["name"] == "report" else self.bench.declaration
        after_crash = AfterCrash.AGAIN if said["name"] == "refill" else AfterCrash.SKIP
        return kind(place=place, after_crash=after_crash, **said)

    def _moment(self, seconds: int | None) -> datetime | None:
        return None if seconds is None else self.bench.later(seconds * SECOND)

    async def _tick(self, host: HostId, skipped: int, again: list[TickClaim]) -> list[Tick]:
        due = await self._both(lambda store: store.due_ticks(host, ENOUGH))
        claims = [self.bench.claim(tick) for tick in due.ticks]
        moved = {"planned_at": None, "next_at": self._moment(60), "due_at": self._moment(60)}
        claims = [*(replace(claim, **moved) for claim in claims[:skipped]), *claims[skipped:], *again]
        answers = await self._both(lambda store: store.claim_ticks(host, claims))
        begun = [
            Tick(host, claim)
            for claim, is_made in zip(claims, answers, strict=True)
            if is_made and claim.planned_at is not None
        ]
        for _, claim in begun:
            fence = claim.name, claim.place, claim.fence + 1
            assert fence not in self.fences, "a fence was handed out twice"
            self.fences.add(fence)
        return begun

    async def _settle(self, tick: Tick, end: TickOutcome, next_in: int | None) -> SettleAnswer:
        at = self._moment(next_in)
        settlement = self.bench.settlement_of(tick.claim, end, next_at=at, due_at=at)
        held = [(each.name, each.place, each.fence) for each in await self._ticks_of(tick.host)]
        (answer,) = await self._both(lambda store: _settled(store, tick.host, settlement))
        is_held = (settlement.name, settlement.place, settlement.fence) in held
        assert (answer is SettleAnswer.ACCEPTED) is is_held, "only the holder can settle"
        return SettleAnswer(answer)

    async def _ticks_of(self, host: HostId) -> list[RunningTick]:
        found: list[RunningTick] = await self._both(lambda store: store.ticks_of(host))
        return found


async def _read_for(host: HostId, store: JobStore) -> tuple[bool, DueTicks]:
    return await store.needs_declaring(host), await store.due_ticks(host, 2)


async def _read_records(name: str, store: JobStore) -> list[TickRecord]:
    return await store.tick_records(name, ENOUGH)


async def _settled(store: JobStore, host: HostId, end: TickSettlement) -> list[SettleAnswer]:
    return await store.settle_ticks(host, [end])


class WorkersInAnyOrder(WorkerBench):
    """`WorkerStore`, beside the one in memory."""

    async def test_any_order_of_the_verbs_of_workers_leaves_what_it_does_in_memory(self) -> None:
        await run_machine(partial(WorkerMachine, self))
