"""A random walk through the verbs, held to a plain model at every step."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from dawam.ids import HostId, new_id
from dawam.jobs.outcome import Settlement
from dawam.jobs.priority import Priority
from dawam.jobs.state import StoredState
from dawam.stores.values import JobFilter
from dawam.testing.conformance.stores.bench import LEASE, SECOND, Bench
from dawam.testing.conformance.stores.model import Claim, Model, fates_of

QUEUES = ["mail", "print", "slow"]
NAME = "orders.receipt"
OUTCOMES = ["succeeded", "failed", "cancelled", "retrying", "snoozed", "parked", "handed back"]
EVERYTHING = 10_000


class Randomness(Bench):
    """Every verb, in any order."""

    steps = 300
    """How many verbs one walk makes."""

    @pytest.mark.parametrize("seed", [7, None], ids=["the same walk", "a new walk"])
    async def test_a_random_walk_ends_where_the_model_does(self, seed: int | None) -> None:
        seed = random.SystemRandom().randrange(2**32) if seed is None else seed
        print(f"seed {seed}")  # noqa: T201  (shown when the test fails, so that the walk can be walked again)
        self.random = random.Random(seed)  # noqa: S311  (a walk, not a secret)
        self.model, self.claims, self.hosts = Model(), list[Claim](), list[HostId]()
        verbs: dict[Callable[[], Awaitable[None]], int] = {
            self._add: 6,
            self._claim: 6,
            self._settle: 10,
            self._cancel: 2,
            self._retry: 2,
            self._delete: 1,
            self._promote: 3,
            self._wait: 3,
            self._claim_parked: 1,
            self._claim_suspect: 2,
            self._pause_or_resume: 1,
            self._lose_a_host: 1,
            self._give_up_a_host: 1,
            self._crash_a_host: 2,
        }
        for step in range(self.steps):
            (verb,) = self.random.choices(list(verbs), list(verbs.values()))
            await verb()
            found = await self.store.jobs(JobFilter(), EVERYTHING)
            assert not list(self.model.differences(found)), f"after step {step} of seed {seed}: {verb.__name__}"

    # -- one step each

    async def _add(self) -> None:
        jobs = [
            self.new_job(
                NAME,
                queue=self.random.choice(QUEUES),
                priority=self.random.choice(list(Priority)),
                due_in=self.random.choice([-1, 0, 0, 5, 60]) * SECOND,
                id=self._some_id() if self.random.random() < 0.1 else new_id(),
            )
            for _ in range(self.random.randint(1, 5))
        ]
        now = self.clock.now()
        assert await self.store.add(jobs) == [self.model.add(job, now) for job in jobs]

    async def _claim(self) -> None:
        host, limit = await self._some_host(), self.random.randint(0, 4)
        queues = self.random.sample(QUEUES, self.random.randint(1, 3))
        claimed = [(job.id, job.fence) for job in await self.store.claim(host, queues, limit)]
        assert claimed == self.model.claim(host, queues, limit)
        self.claims += claimed

    async def _claim_parked(self) -> None:
        host = await self._some_host()
        claimed = await self.store.claim_parked(host, QUEUES, {NAME: 1}, EVERYTHING)
        assert sorted((job.id, job.fence) for job in claimed) == sorted(self.model.claim_parked(host))
        self.claims += [(job.id, job.fence) for job in claimed]

    async def _claim_suspect(self) -> None:
        host = await self._some_host()
        job = await self.store.claim_suspect(host, QUEUES, {NAME: 1})
        expected = self.model.claim_suspect(host)
        assert (None if job is None else (job.id, job.fence)) == expected
        self.claims += [] if expected is None else [expected]

    async def _settle(self) -> None:
        """Settles a few claims, most of them current, each somehow."""
        now = self.clock.now()
        running = [(job.new.id, job.fence) for job in self.model.jobs.values() if job.state is StoredState.RUNNING]
        chosen = [
            self.random.choice(running if running and self.random.random() < 0.8 else self.claims)
            for _ in range(self.random.randint(1, 3))
            if self.claims
        ]
        outcomes = [self.outcome(self.random.choice(OUTCOMES)) for _ in chosen]
        batch = [Settlement(*claim, outcome, now, now) for claim, outcome in zip(chosen, outcomes, strict=True)]
        answers = await self.store.settle(batch)
        for claim, outcome, answer in zip(chosen, outcomes, answers, strict=True):
            assert answer in self.model.settle(claim, outcome, now)

    async def _cancel(self) -> None:
        job_id = self._some_id()
        assert await self.store.cancel(job_id) is self.model.cancel(job_id)

    async def _retry(self) -> None:
        job_id = self._some_id()
        assert await self.store.retry(job_id) is self.model.retry(job_id, self.clock.now())

    async def _delete(self) -> None:
        job_id = self._some_id()
        assert await self.store.delete(job_id) is self.model.delete(job_id)

    async def _promote(self) -> None:
        limit = self.random.randint(0, 5)
        assert (await self.store.promote(limit)).count == self.model.promote(limit, self.clock.now())

    async def _wait(self) -> None:
        await self.pass_time(timedelta(seconds=self.random.choice([0, 1, 7, 61])))

    async def _pause_or_resume(self) -> None:
        queue = self.random.choice(QUEUES)
        if queue in self.model.paused:
            self.model.paused.discard(queue)
            await self.store.resume_queue(queue)
        else:
            self.model.paused.add(queue)
            await self.store.pause_queue(queue)

    async def _lose_a_host(self) -> None:
        """One host claims once more and is never heard of again."""
        host = await self.new_host(lease=LEASE)
        claimed = [(job.id, job.fence) for job in await self.store.claim(host, QUEUES, 3)]
        assert claimed == self.model.claim(host, QUEUES, 3)
        self.claims += claimed
        await self.pass_time(LEASE + SECOND)
        rescue, fates = await self.store.rescue(EVERYTHING), self.model.lose(host)
        assert set(rescue.readied) == fates[StoredState.READY]
        assert set(rescue.failed) == fates[StoredState.FAILED]
        assert set(rescue.cancelled) == fates[StoredState.CANCELLED]
        assert rescue.dead_hosts == (host,)

    async def _give_up_a_host(self) -> None:
        host = await self._some_host()
        self.hosts.remove(host)
        assert fates_of(await self.store.give_up(host)) == self.model.give_up(host, set())

    async def _crash_a_host(self) -> None:
        """The process of one host dies by itself; most of what it had claimed had started."""
        host = await self._some_host()
        self.hosts.remove(host)
        running = [job.new.id for job in self.model.jobs.values() if job.host == host]
        started = {job_id for job_id in running if self.random.random() < 0.8}
        assert fates_of(await self.store.give_up(host, started)) == self.model.give_up(host, started)

    # -- whom and what

    async def _some_host(self) -> HostId:
        if len(self.hosts) < 3:
            self.hosts.append(await self.new_host())
        return self.random.choice(self.hosts)

    def _some_id(self) -> UUID:
        return self.random.choice(list(self.model.jobs)) if self.model.jobs else new_id()
