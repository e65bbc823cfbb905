"""A random walk through the verbs of workers: the store goes it hand in hand with one in memory, step by step."""

import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer
from dawam.stores.base import JobStore
from dawam.stores.memory import MemoryStore
from dawam.testing.conformance.stores.bench import HOUR, LEASE, LONG_LEASE, MINUTE, SECOND
from dawam.testing.conformance.stores.worker_bench import ENOUGH, EVERY_HOUR, EVERY_MINUTE, WorkerBench
from dawam.workers.record import AfterCrash, TickClaim, TickOutcome, TickSettlement, WorkerDeclaration

NAMES = ["clean", "refill", "report"]
ENDS = [TickOutcome.SUCCEEDED, TickOutcome.FAILED, TickOutcome.INTERRUPTED]


class WorkerRandomness(WorkerBench):
    """Every verb of a worker store, in any order. Both have to give the same answers and to hold the same rows."""

    worker_steps = 300
    """How many verbs one walk makes."""

    @pytest.mark.parametrize("seed", [11, None], ids=["the same walk", "a new walk"])
    async def test_a_random_walk_of_workers_ends_where_that_in_memory_does(self, seed: int | None) -> None:
        seed = random.SystemRandom().randrange(2**32) if seed is None else seed
        print(f"seed {seed}")  # noqa: T201  (shown when the test fails, so that the walk can be walked again)
        self.random = random.Random(seed)  # noqa: S311  (a walk, not a secret)
        self.beside = MemoryStore(application="shop", clock=self.clock)
        await self.beside.open()
        self.hosts_there, self.begun_ticks, self.fences = list[HostId](), list[tuple[HostId, TickClaim]](), set[Any]()
        verbs: dict[Callable[[], Awaitable[None]], int] = {
            self._declare: 5,
            self._tick: 10,
            self._settle_some: 8,
            self._steer: 5,
            self._put_or_withdraw: 2,
            self._let_time_pass: 6,
            self._lose_one: 2,
            self._forget: 1,
        }
        for step in range(self.worker_steps):
            (verb,) = self.random.choices(list(verbs), list(verbs.values()))
            await verb()
            await self._both_are_alike(f"after step {step} of seed {seed}: {verb.__name__}")

    # -- one step each

    async def _declare(self) -> None:
        host = await self._host_of_mine()
        names = self.random.sample(NAMES, self.random.randint(1, 3))
        said = [self._some_declaration(name, host if name == "clean" else "") for name in names]
        await self._both(lambda store: store.declare_workers(host, said))

    async def _tick(self) -> None:
        """Makes a move of what is due, or of what was due a while ago."""
        host = await self._host_of_mine()
        due = await self._both(lambda store: store.due_ticks(host, ENOUGH))
        claims = [self._some_claim(tick) for tick in due.ticks]
        claims += [claim for _, claim in self.random.sample(self.begun_ticks, min(1, len(self.begun_ticks)))]
        answers = await self._both(lambda store: store.claim_ticks(host, claims))
        for claim, is_made in zip(claims, answers, strict=True):
            if is_made and claim.planned_at is not None:
                fence = claim.name, claim.place, claim.fence
                assert fence not in self.fences, "a fence was handed out twice"
                self.fences.add(fence)
                self.begun_ticks.append((host, claim))

    async def _settle_some(self) -> None:
        for host, claim in self.random.sample(self.begun_ticks, min(2, len(self.begun_ticks))):
            next_at = self.random.choice([None, self.later(MINUTE), self.later(HOUR)])
            end = self.settlement_of(claim, self.random.choice(ENDS), next_at=next_at, due_at=next_at)
            (answer,) = await self._both(partial(_settled, host, end))
            if answer is SettleAnswer.ACCEPTED:
                again = await self._both(partial(_settled, host, end))
                assert again == [SettleAnswer.ALREADY]

    async def _steer(self) -> None:
        name, at = self.random.choice(NAMES), self.later(MINUTE)
        schedule = self.random.choice([None, EVERY_MINUTE])
        hands: list[Callable[[JobStore], Awaitable[bool]]] = [
            lambda store: store.pause_worker(name),
            lambda store: store.resume_worker(name, at),
            lambda store: store.trigger_worker(name),
            lambda store: store.reschedule_worker(name, schedule, at),
            lambda store: store.remove_worker(name),
        ]
        (hand,) = self.random.choices(hands, [3, 3, 3, 2, 1])
        await self._both(hand)

    async def _put_or_withdraw(self) -> None:
        name, host = self.random.choice(NAMES), await self._host_of_mine()
        if self.random.random() < 0.5:
            said = self.recurring(name, catch_up=self.random.randint(0, 1))
            await self._both(lambda store: store.put_recurring(said))
        else:
            await self._both(lambda store: store.withdraw_workers(host, [name]))

    async def _let_time_pass(self) -> None:
        await self.pass_time(self.random.choice([SECOND, MINUTE, HOUR]))

    async def _lose_one(self) -> None:
        """One gives up, or one claims what is due and is never heard of again."""
        if self.random.random() < 0.5 and self.hosts_there:
            gone = self.hosts_there.pop()
            await self._both(lambda store: store.give_up(gone))
            return
        host = await self._register(LEASE)
        said = [self._some_declaration("refill", "")]
        await self._both(lambda store: store.declare_workers(host, said))
        self.hosts_there.append(host)
        await self._tick()
        self.hosts_there.remove(host)
        await self.pass_time(LEASE + SECOND)
        await self._both(lambda store: store.rescue(ENOUGH))

    async def _forget(self) -> None:
        await self._both(lambda store: store.forget_workers(HOUR))

    # -- both

    async def _both(self, ask: Callable[[Any], Awaitable[Any]]) -> Any:
        answers = [await ask(self.store), await ask(self.beside)]
        assert answers[0] == answers[1]
        return answers[0]

    async def _both_are_alike(self, when: str) -> None:
        for host in self.hosts_there:
            for read in ("ticks_of", "needs_declaring"):
                there, here = [await getattr(store, read)(host) for store in (self.store, self.beside)]
                assert there == here, f"{read} {when}"
            assert await self.store.due_ticks(host, 2) == await self.beside.due_ticks(host, 2), when
        assert await self.store.workers(ENOUGH) == await self.beside.workers(ENOUGH), when
        for name in NAMES:
            assert await self.store.tick_records(name, ENOUGH) == await self.beside.tick_records(name, ENOUGH), when

    # -- whom and what

    async def _host_of_mine(self) -> HostId:
        if len(self.hosts_there) < 3:
            self.hosts_there.append(await self._register(LONG_LEASE))
        return self.random.choice(self.hosts_there)

    async def _register(self, lease: Any) -> HostId:
        info = self.host_info()
        await self._both(lambda store: store.register(info, lease))
        return info.id

    def _some_declaration(self, name: str, place: str) -> WorkerDeclaration:
        kind = self.recurring if name == "report" else self.declaration
        return kind(
            name,
            place=place,
            schedule=self.random.choice([EVERY_HOUR, EVERY_MINUTE]),
            first_at=self.random.choice([None, self.clock.now(), self.later(MINUTE)]),
            run_on_start=self.random.random() < 0.2,
            after_crash=AfterCrash.AGAIN if name == "refill" else AfterCrash.SKIP,
            kept_records=5,
        )

    def _some_claim(self, tick: Any) -> TickClaim:
        claim = self.claim(tick)
        if self.random.random() < 0.2:
            return replace(claim, planned_at=None, next_at=self.later(MINUTE), due_at=self.later(MINUTE))
        return claim


async def _settled(host: HostId, end: TickSettlement, store: JobStore) -> list[SettleAnswer]:
    return await store.settle_ticks(host, [end])
