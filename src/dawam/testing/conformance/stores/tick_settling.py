"""`settle_ticks`: how ticks ended."""

import pytest

from dawam.jobs.outcome import SettleAnswer
from dawam.testing.conformance.stores.bench import DAY, HOUR, MINUTE, OUT_OF_PAPER, SECOND
from dawam.testing.conformance.stores.worker_bench import ENOUGH, EVERY_MINUTE, WorkerBench
from dawam.workers.record import AfterCrash, TickOutcome, TickRecord


class TickSettling(WorkerBench):
    """`TickClaimer.settle_ticks`."""

    async def test_a_tick_that_ended_well_brings_its_next_moment_and_a_record(self) -> None:
        host, claim = await self.ticking()
        began = self.clock.now()
        await self.pass_time(MINUTE)

        answer = await self.end(
            host, claim, started_at=began, next_at=self.later(HOUR), due_at=self.later(HOUR + SECOND), attempt_count=2
        )

        assert answer is SettleAnswer.ACCEPTED
        found, now = await self.row(), self.clock.now()
        assert (found.host, found.claimed_at, found.next_at) == (None, None, now + HOUR)
        assert (found.tick_count, found.failure_count, found.last_error) == (1, 0, None)
        last = (found.last_outcome, found.last_planned_at, found.last_started_at, found.last_ended_at)
        assert last == (TickOutcome.SUCCEEDED, claim.planned_at, began, now)
        assert await self.store.due_ticks(host, ENOUGH) == self.nothing_due(now + HOUR + SECOND)
        assert await self.store.ticks_of(host) == []
        assert await self.store.tick_records("press.refill", ENOUGH) == [
            TickRecord(
                worker="press.refill",
                place="",
                outcome=TickOutcome.SUCCEEDED,
                planned_at=claim.planned_at or now,
                fence=claim.fence + 1,
                host=host,
                started_at=began,
                ended_at=now,
                attempt_count=2,
            )
        ]

    async def test_failures_in_a_row_are_counted_until_a_tick_succeeds(self) -> None:
        host = await self.declared(first_at=self.clock.now())
        for _ in range(2):
            await self.ticked(host, TickOutcome.FAILED, next_at=self.clock.now(), due_at=None)

        found = await self.row()
        assert (found.tick_count, found.failure_count) == (2, 2)
        assert found.last_error == f"{OUT_OF_PAPER.type}: {OUT_OF_PAPER.message}"
        (record, _) = await self.store.tick_records("press.refill", ENOUGH)
        error = (record.error_type, record.error_message, record.traceback)
        assert error == (OUT_OF_PAPER.type, OUT_OF_PAPER.message, OUT_OF_PAPER.traceback)

        await self.ticked(host)

        found = await self.row()
        assert (found.tick_count, found.failure_count, found.last_error) == (3, 0, None)

    async def test_an_interrupted_tick_is_no_failure_and_none_that_ran_to_its_end(self) -> None:
        host, claim = await self.ticking()

        await self.end(host, claim, TickOutcome.INTERRUPTED, next_at=claim.planned_at, due_at=claim.planned_at)

        found = await self.row()
        assert (found.tick_count, found.failure_count, found.last_outcome) == (0, 0, TickOutcome.INTERRUPTED)
        assert (await self.due_tick(host)).next_at == claim.planned_at
        assert await self.outcomes() == [TickOutcome.INTERRUPTED]

    @pytest.mark.parametrize("after_crash", list(AfterCrash))
    async def test_a_triggered_tick_that_was_interrupted_is_asked_for_again_if_its_worker_says_so(
        self, after_crash: AfterCrash
    ) -> None:
        host = await self.declared(after_crash=after_crash)
        await self.store.trigger_worker("press.refill")

        await self.ticked(host, TickOutcome.INTERRUPTED)

        assert (await self.row()).is_triggered == (after_crash is AfterCrash.AGAIN)

    async def test_a_worker_may_come_to_its_end(self) -> None:
        host, claim = await self.ticking()

        await self.end(host, claim, next_at=None, due_at=None)

        assert (await self.row()).next_at is None
        assert await self.store.due_ticks(host, ENOUGH) == self.nothing_due(None)

    async def test_settling_twice_writes_once(self) -> None:
        host, claim = await self.ticking()
        assert await self.end(host, claim) is SettleAnswer.ACCEPTED
        before = await self.row()

        assert await self.end(host, claim, TickOutcome.FAILED) is SettleAnswer.ALREADY

        assert await self.row() == before
        assert await self.outcomes() == [TickOutcome.SUCCEEDED]

    async def test_a_tick_that_is_not_the_hosts_cannot_be_settled(self) -> None:
        _, claim = await self.ticking()
        follow_up = self.new_job()

        assert await self.end(await self.new_host(), claim, new_jobs=(follow_up,)) is SettleAnswer.LOST

        assert await self.store.get(follow_up.id) is None
        assert await self.outcomes() == []
        assert (await self.row()).host is not None

    async def test_a_batch_is_answered_row_by_row(self) -> None:
        host = await self.new_host()
        await self.store.declare_workers(
            host, [self.declaration(name, first_at=self.clock.now()) for name in ("a", "b", "c")]
        )
        a, b, c = (self.claim(tick) for tick in (await self.store.due_ticks(host, ENOUGH)).ticks)
        await self.store.claim_ticks(host, [a, b])
        ends = [self.settlement_of(each) for each in (a, c, b, a)]

        assert await self.store.settle_ticks(host, ends) == [
            SettleAnswer.ACCEPTED, SettleAnswer.LOST, SettleAnswer.ACCEPTED, SettleAnswer.ALREADY,
        ]  # fmt: skip
        assert await self.store.settle_ticks(host, []) == []

    async def test_new_jobs_are_added_with_the_settlement(self) -> None:
        host, job = await self.new_host(), self.new_job()
        await self.store.declare_workers(host, [self.recurring(first_at=self.clock.now())])
        claim = await self.begun(host)

        await self.end(host, claim, new_jobs=(job,))

        assert (await self.info(job.id)).name == "orders.receipt"
        (record,) = await self.store.tick_records("report", ENOUGH)
        assert record.job_id == job.id

    async def test_a_new_job_that_cannot_be_stored_leaves_everything_as_it_was(self) -> None:
        host, claim = await self.ticking()
        before = await self.row()
        bad = self.new_job(run_at=self.clock.now().replace(tzinfo=None))

        with pytest.raises(TypeError):
            await self.end(host, claim, new_jobs=(self.new_job(), bad))

        assert await self.row() == before
        assert await self.outcomes() == []
        assert (await self.store.counts()).waiting == 0

    async def test_jobs_of_a_tick_that_ran_in_its_host_are_not_what_it_enqueued(self) -> None:
        host, claim = await self.ticking()
        await self.end(host, claim, new_jobs=(self.new_job(),))

        (record,) = await self.store.tick_records("press.refill", ENOUGH)

        assert record.job_id is None

    async def test_a_plan_that_a_person_made_meanwhile_stands(self) -> None:
        host, claim = await self.ticking()
        await self.store.reschedule_worker("press.refill", EVERY_MINUTE, self.later(MINUTE))

        await self.end(host, claim, next_at=self.later(DAY))

        assert (await self.row()).next_at == self.later(MINUTE)

    async def test_a_resumption_meanwhile_stands(self) -> None:
        host, claim = await self.ticking()
        await self.store.pause_worker("press.refill")
        await self.store.resume_worker("press.refill", self.later(MINUTE))

        await self.end(host, claim, next_at=self.later(DAY))

        assert (await self.row()).next_at == self.later(MINUTE)

    async def test_a_worker_that_was_paused_meanwhile_is_not_due_again(self) -> None:
        host, claim = await self.ticking()
        await self.store.pause_worker("press.refill")

        await self.end(host, claim, next_at=self.later(MINUTE), due_at=self.later(MINUTE))
        await self.pass_time(HOUR)

        assert await self.due(host) == []

    @pytest.mark.parametrize("kept", [0, 1, 3])
    async def test_the_newest_records_are_kept(self, kept: int) -> None:
        host = await self.declared(first_at=self.clock.now(), kept_records=kept)
        for _ in range(5):
            await self.ticked(host, next_at=self.clock.now(), due_at=None)
        (fence, *_) = {(await self.due_tick(host)).fence}

        records = await self.store.tick_records("press.refill", ENOUGH)

        assert [record.fence for record in records] == [fence - number for number in range(kept)]
        assert len(await self.store.tick_records("press.refill", 2)) == min(kept, 2)

    async def test_the_records_of_all_hosts_own_rows_are_kept_together(self) -> None:
        hosts = [await self.new_host(), await self.new_host()]
        for host in (*hosts, *hosts):
            await self.declared(host, place=host, first_at=self.clock.now(), kept_records=3)
            await self.ticked(host, next_at=self.clock.now(), due_at=None)

        records = await self.store.tick_records("press.refill", ENOUGH)

        assert [record.place for record in records] == [hosts[1], hosts[0], hosts[1]]
