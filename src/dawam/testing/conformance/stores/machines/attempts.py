"""The way of a job: added, claimed, settled."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import consumes, multiple, precondition

from dawam.ids import new_id
from dawam.jobs.outcome import Settlement
from dawam.stores.values import ProgressNote
from dawam.testing.conformance.stores.machines.machine import step
from dawam.testing.conformance.stores.machines.shops import Claimed, Host, Job, Shop, Shops, has_room
from dawam.testing.conformance.stores.machines.strategies import (
    CLAIMS,
    HOSTS,
    JOBS,
    at,
    drafts,
    known,
    limits,
    of,
    outcomes,
    queues,
)


class Attempts(Shops):
    """`JobWriter`, `JobClaimer`, and what running jobs say."""

    @precondition(has_room)
    @step(target=JOBS, at=at, drafts=st.lists(drafts, min_size=1, max_size=4))
    async def add(self, at: str, drafts: list[dict[str, Any]]) -> Any:
        return multiple(*await self.add_to(at, drafts))

    @precondition(has_room)
    @step(target=JOBS, at=at, count=st.integers(2, 5), draft=drafts)
    async def add_alike(self, at: str, count: int, draft: dict[str, Any]) -> Any:
        return multiple(*await self.add_to(at, [draft] * count))

    @step(job=JOBS, of=of, draft=drafts)
    async def add_under_an_id_that_there_was(self, job: Job, of: str, draft: dict[str, Any]) -> None:
        shop, jobs = self.shop_of(job, of), [self.job({**draft, "id": job.id}), self.job({"id": job.id})]
        assert await shop.store.add(jobs) == shop.model.add(jobs)

    @step(target=CLAIMS, host=HOSTS, of=of, queues=queues, limit=limits)
    async def claim(self, host: Host, of: str, queues: list[str], limit: int) -> Any:
        shop = self.shop_of(host, of)
        claimed = [(job.id, job.fence) for job in await shop.store.claim(host.id, queues, limit)]
        assert claimed == shop.model.claim(host.id, queues, limit)
        return multiple(*(Claimed(host.at, claim) for claim in claimed))

    @step(target=CLAIMS, host=HOSTS, of=of, queues=queues, known=known, limit=limits)
    async def claim_parked(self, host: Host, of: str, queues: list[str], known: dict[str, int], limit: int) -> Any:
        shop = self.shop_of(host, of)
        claimed = [(job.id, job.fence) for job in await shop.store.claim_parked(host.id, queues, known, limit)]
        assert claimed == shop.model.claim_parked(host.id, queues, known, limit)
        return multiple(*(Claimed(host.at, claim) for claim in claimed))

    @step(target=CLAIMS, host=HOSTS, of=of, queues=queues, known=known)
    async def claim_suspect(self, host: Host, of: str, queues: list[str], known: dict[str, int]) -> Any:
        shop = self.shop_of(host, of)
        job = await shop.store.claim_suspect(host.id, queues, known)
        claimed = [] if job is None else [(job.id, job.fence)]
        assert claimed == shop.model.claim_suspect(host.id, queues, known)
        return multiple(*(Claimed(host.at, claim) for claim in claimed))

    @step(target=CLAIMS, host=HOSTS, of=of, queues=queues, ends=st.lists(outcomes, min_size=1, max_size=3))
    async def run(self, host: Host, of: str, queues: list[str], ends: list[str]) -> Any:
        """Claims as many jobs and settles them."""
        shop = self.shop_of(host, of)
        claimed = [(job.id, job.fence) for job in await shop.store.claim(host.id, queues, len(ends))]
        assert claimed == shop.model.claim(host.id, queues, len(ends))
        await self._settle(shop, [self.end_of(claim, end) for claim, end in zip(claimed, ends, strict=False)])
        return multiple(*(Claimed(host.at, claim) for claim in claimed))

    @step(held=consumes(CLAIMS), of=of, outcome=outcomes, progress=st.sampled_from([None, "0.5000"]), again=outcomes)
    async def settle_twice(self, held: Claimed, of: str, outcome: str, progress: str | None, again: str) -> None:
        """The second time the store has to know that it was there before."""
        shop = self.shop_of(held, of)
        await self._settle(shop, [self.end_of(held.claim, outcome, progress=progress)])
        await self._settle(shop, [self.end_of(held.claim, again)])

    @step(
        target=JOBS, given=(CLAIMS,), of=of, batch=st.lists(st.tuples(CLAIMS, outcomes), min_size=1, max_size=4),
        follow_ups=st.lists(drafts, max_size=1),
    )  # fmt: skip
    async def settle(self, of: str, batch: list[tuple[Claimed, str]], follow_ups: list[dict[str, Any]]) -> Any:
        """Claims that are held and claims that were, some of them twice; the first may have a follow-up."""
        (first, outcome), *rest = batch
        new_jobs = tuple(self.job(draft) for draft in follow_ups)
        ends = [self.end_of(each.claim, outcome) for each, outcome in rest]
        await self._settle(self.shop_of(first, of), [self.end_of(first.claim, outcome, new_jobs=new_jobs), *ends])
        return multiple(*(Job(first.at, job.id) for job in new_jobs))

    @step(job=JOBS, of=of, by=st.sampled_from([-1, 1]), outcome=outcomes)
    async def settle_under_another_fence(self, job: Job, of: str, by: int, outcome: str) -> None:
        """That of an earlier attempt, or one that was never handed out; and a job that there never was."""
        shop = self.shop_of(job, of)
        fence = shop.model.jobs[job.id].fence + by if job.id in shop.model.jobs else 1
        await self._settle(shop, [self.end_of((job.id, max(fence, 1)), outcome), self.end_of((new_id(), 1), outcome)])

    @step(given=(CLAIMS,), host=HOSTS, of=of, held=st.lists(CLAIMS, min_size=1, max_size=3))
    async def note_progress(self, host: Host, of: str, held: list[Claimed]) -> None:
        shop, notes = self.shop_of(host, of), [ProgressNote(*each.claim, "0.2500") for each in held]
        await shop.store.note_progress(host.id, notes)
        for note in notes:
            shop.model.note_progress(host.id, note)

    async def _settle(self, shop: Shop, ends: list[Settlement]) -> None:
        answers = await shop.store.settle(ends)
        for end, answer in zip(ends, answers, strict=True):
            assert answer in shop.model.settle(end), f"{answer} was not right"
