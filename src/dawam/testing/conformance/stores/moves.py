"""Walks the whole table of moves: each that it allows is made, and whatever it does not allow changes nothing."""

from datetime import timedelta
from uuid import UUID

import pytest

from dawam.jobs.outcome import Cancelled, HandedBack, Outcome, Parked, Settlement, Succeeded
from dawam.jobs.state import MOVES, StoredState
from dawam.stores.values import CRASH_LIMIT, LOST_LIMIT, SUSPECT_FROM
from dawam.testing.conformance.stores.bench import AT_ONCE, HOUR, LEASE, SECOND, Bench

Place = StoredState | None
"""None: not in the store."""

ALLOWED = [
    (verb, start, end)
    for verb, moves in MOVES.items()
    for start, ends in sorted(moves.items(), key=lambda move: move[0] or "")  # every worker of xdist in one order
    for end in sorted(ends, key=lambda place: place or "")
]
FORBIDDEN = [(verb, start) for verb, moves in MOVES.items() for start in (*StoredState, None) if start not in moves]
KNOWN = {"orders.receipt": 1}


class Moves(Bench):
    """`jobs/state.py: MOVES`."""

    @pytest.mark.parametrize(("verb", "start", "end"), ALLOWED, ids=str)
    async def test_a_move_of_the_table_is_made(self, verb: str, start: Place, end: Place) -> None:
        job_id = await self._bring_to(start)
        await self._prepare(verb, end)

        await self._do(verb, job_id, end)

        assert await self.state_of(job_id) == end

    @pytest.mark.parametrize(("verb", "start"), FORBIDDEN, ids=str)
    async def test_any_other_move_leaves_the_job_untouched(self, verb: str, start: Place) -> None:
        job_id = await self._bring_to(start)
        before, records = await self.store.get(job_id), await self.store.attempts(job_id)
        ends = {end for each, _, end in ALLOWED if each == verb}

        for end in ends:
            await self._do(verb, job_id, end)

            assert (await self.store.get(job_id), await self.store.attempts(job_id)) == (before, records)

    # -- into a place

    async def _bring_to(self, place: Place) -> UUID:
        """A job in that place, brought there by the verbs; its host's lease is short."""
        job = self.new_job(due_in=HOUR if place is StoredState.SCHEDULED else timedelta(0))
        self._host = await self.new_host(lease=LEASE)
        if place is None:
            return job.id
        await self.store.add([job])
        if place in (StoredState.READY, StoredState.SCHEDULED):
            return job.id
        claimed = await self.claimed(self._host)
        outcomes: dict[StoredState, Outcome] = {
            StoredState.PARKED: Parked(),
            StoredState.SUCCEEDED: Succeeded(b"1"),
            StoredState.FAILED: self.failed(),
            StoredState.CANCELLED: Cancelled(),
        }
        if place in outcomes:
            await self.settle(claimed, outcomes[place])
        return job.id

    # -- out of it

    async def _prepare(self, verb: str, end: Place) -> None:
        """What has to have happened for this very end, to the job that is running."""
        ((job_id, _, _),) = await self.store.claims_of(self._host) or ((None, 0, None),)
        if job_id is None:
            return
        if end is StoredState.CANCELLED and verb in ("hand back", "rescue", "give up"):
            await self.store.cancel(job_id)
        if verb == "rescue" and end is StoredState.FAILED:
            for _ in range(LOST_LIMIT):
                await self.pass_time(LEASE + SECOND)
                await self.store.rescue(10)
                await self.claimed(await self.new_host(lease=LEASE))
        if verb == "give up" and end is StoredState.FAILED:
            await self._make_suspect(job_id)

    async def _make_suspect(self, job_id: UUID) -> None:
        """Its process dies, again and again, until one more time would be too often."""
        for crash_count in range(1, CRASH_LIMIT):
            await self.store.give_up(self._host, [job_id])
            self._host = await self.new_host(lease=LEASE)
            if crash_count < SUSPECT_FROM:
                await self.claimed(self._host)
            else:
                assert await self.store.claim_suspect(self._host, ["default"], KNOWN)

    async def _do(self, verb: str, job_id: UUID, end: Place) -> None:
        """Applies the verb to the job, as it has to be done if it is to end there."""
        match verb:
            case "add":
                due_in = HOUR if end is StoredState.SCHEDULED else timedelta(0)
                await self.store.add([self.new_job("another", id=job_id, due_in=due_in)])
            case "settle" | "hand back":
                await self._end_attempt(verb, job_id, end)
            case "claim":
                host = await self.new_host()
                await self.store.claim(host, ["default"], 10)
                await self.store.claim_parked(host, ["default"], KNOWN, 10)
            case "cancel" | "retry" | "delete":
                await getattr(self.store, verb)(job_id)
            case _:
                await self._take_care(verb, job_id)

    async def _take_care(self, verb: str, job_id: UUID) -> None:
        match verb:
            case "promote":
                await self.pass_time(2 * HOUR)
                await self.store.promote(10)
            case "rescue":
                await self.pass_time(LEASE + SECOND)
                await self.store.rescue(10)
            case "give up":
                await self.store.give_up(self._host, [job_id])
            case "prune":
                await self.pass_time(SECOND)
                await self.store.prune(AT_ONCE, 10)
            case _:
                pytest.fail(f"the table of moves has a verb that the suite does not know: {verb}")

    async def _end_attempt(self, verb: str, job_id: UUID, end: Place) -> None:
        store = await self.open_store(retention=AT_ONCE) if end is None else self.store
        found = await self.store.get(job_id)
        fence = 1 if found is None else found.fence
        outcomes: dict[Place, Outcome] = {
            StoredState.READY: self.retrying(-SECOND),
            StoredState.SCHEDULED: self.snoozed(),
            StoredState.PARKED: Parked(),
            StoredState.SUCCEEDED: Succeeded(),
            StoredState.FAILED: self.failed(),
            StoredState.CANCELLED: Cancelled(),
            None: Succeeded(),
        }
        outcome = HandedBack() if verb == "hand back" else outcomes[end]
        now = self.clock.now()
        await store.settle([Settlement(job_id, fence, outcome, now, now)])
        if found is not None and found.stored_state is not StoredState.RUNNING:
            await store.settle([Settlement(job_id, fence + 1, outcome, now, now)])
