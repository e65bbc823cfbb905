"""`settle`: how each outcome moves a job, and what it is charged."""

from datetime import timedelta

import pytest

from dawam.jobs.outcome import (
    Cancelled,
    ErrorDetails,
    Failed,
    HandedBack,
    Outcome,
    Parked,
    Retrying,
    SettleAnswer,
    Succeeded,
)
from dawam.jobs.record import ClaimedJob, JobInfo
from dawam.jobs.state import StoredState
from dawam.stores.values import Retention
from dawam.testing.conformance.stores.bench import AT_ONCE, HOUR, MINUTE, OUT_OF_PAPER, SECOND, Bench


class Settling(Bench):
    """`JobClaimer.settle`."""

    @pytest.mark.abp(14)
    @pytest.mark.abp(46)
    @pytest.mark.guide(5)
    async def test_a_job_that_succeeded_is_kept_with_its_result_and_waits_no_more(self) -> None:
        job = await self.running()
        await self.pass_time(SECOND)

        await self.settle(job, Succeeded(b'{"sheets":3}'))

        found = await self.info(job.id)
        assert (found.stored_state, found.result) == (StoredState.SUCCEEDED, '{"sheets":3}')
        assert (found.finished_at, found.attempt_count) == (self.clock.now(), 0)
        assert (await self.store.counts()).waiting == 0
        assert await self.store.claim(await self.new_host(), ["default"], 10) == []

    @pytest.mark.abp(15)
    @pytest.mark.guide(5)
    async def test_a_job_that_ends_is_deleted_where_nothing_is_kept(self) -> None:
        at_once = await self.open_store(retention=AT_ONCE)
        for outcome in (Succeeded(b"1"), self.failed(), Cancelled()):
            job = await self.running()

            assert await at_once.settle([self.settlement(job, outcome)]) == [SettleAnswer.ACCEPTED]

            assert await self.state_of(job.id) is None
            assert await self.store.attempts(job.id) == []

    async def test_each_kind_of_end_is_kept_or_deleted_on_its_own(self) -> None:
        store = await self.open_store(retention=Retention(succeeded=timedelta(0)))
        done, failed = await self.running(), await self.running()

        await store.settle([self.settlement(done, Succeeded()), self.settlement(failed, self.failed())])

        assert (await self.state_of(done.id), await self.state_of(failed.id)) == (None, StoredState.FAILED)

    @pytest.mark.guide(6)
    async def test_a_failed_attempt_is_charged_recorded_and_tried_again_at_its_time(self) -> None:
        job = await self.running()

        await self.settle(job, self.retrying(after=MINUTE))

        found = await self.info(job.id)
        assert (found.stored_state, found.run_at) == (StoredState.SCHEDULED, self.clock.now() + MINUTE)
        assert (found.attempt_count, found.snooze_count) == (1, 0)
        assert found.last_error == "shop.OutOfPaper: the printer has no paper"
        assert (found.host, found.claimed_at, found.finished_at) == (None, None, None)
        assert found.first_due_at == job.run_at
        assert await self._claim_later(MINUTE, attempt=2) == job.counted_from

    @pytest.mark.guide(6)
    async def test_the_last_failed_attempt_is_charged_and_recorded_and_the_job_rests(self) -> None:
        job = await self.running()

        await self.settle(job, self.failed())

        found = await self.info(job.id)
        assert (found.stored_state, found.attempt_count) == (StoredState.FAILED, 1)
        assert found.last_error == "shop.OutOfPaper: the printer has no paper"
        assert found.finished_at == self.clock.now()

    @pytest.mark.guide(6)
    async def test_every_failed_attempt_leaves_a_record_oldest_first(self) -> None:
        host = await self.new_host()
        first = await self.running(host=host)
        await self.settle(first, self.retrying(after=-SECOND))
        await self.pass_time(MINUTE)
        await self.settle(await self.claimed(host), self.failed())

        one, two = await self.store.attempts(first.id)

        assert [(each.fence, each.attempt, each.host) for each in (one, two)] == [(1, 1, host), (2, 2, host)]
        assert (one.job_id, one.ended_at, two.started_at) == (first.id, two.ended_at - MINUTE, self.clock.now())
        details = (two.error_type, two.error_message, two.traceback)
        assert details == (OUT_OF_PAPER.type, OUT_OF_PAPER.message, OUT_OF_PAPER.traceback)

    async def test_a_snoozed_job_is_not_charged_and_its_age_counts_anew(self) -> None:
        job = await self.running()

        await self.settle(job, self.snoozed(HOUR))

        found = await self.info(job.id)
        assert (found.stored_state, found.run_at) == (StoredState.SCHEDULED, self.clock.now() + HOUR)
        assert (found.attempt_count, found.snooze_count, found.first_due_at) == (0, 1, job.run_at)
        assert await self._claim_later(HOUR, attempt=1) == job.run_at + HOUR

    async def test_a_job_handed_back_is_ready_at_once_and_not_charged(self) -> None:
        job = await self.running()
        before = await self.info(job.id)

        await self.settle(job, HandedBack("stopping"))

        found = await self.info(job.id)
        assert (found.stored_state, found.host, found.claimed_at) == (StoredState.READY, None, None)
        assert _counters(found) == _counters(before)
        assert (found.run_at, found.fence) == (job.run_at, job.fence)

    async def test_a_job_that_cancels_itself_is_cancelled_and_not_charged(self) -> None:
        job = await self.running()

        await self.settle(job, Cancelled("the order is gone"))

        found = await self.info(job.id)
        assert (found.stored_state, found.attempt_count) == (StoredState.CANCELLED, 0)
        assert found.finished_at == self.clock.now()

    async def test_only_failed_attempts_leave_a_record(self) -> None:
        for outcome in (Succeeded(), self.snoozed(), Cancelled(), Parked(), HandedBack()):
            job = await self.running()
            await self.settle(job, outcome)

            assert await self.store.attempts(job.id) == []
            await self.store.delete(job.id)

    @pytest.mark.parametrize("name", ["retrying", "snoozed", "parked", "handed back"])
    async def test_a_job_with_a_cancel_request_does_not_wait_again_but_is_cancelled(self, name: str) -> None:
        job = await self.running()
        await self.store.cancel(job.id, "nobody wants it")

        assert await self.settle(job, self.outcome(name)) is SettleAnswer.ACCEPTED

        found = await self.info(job.id)
        assert (found.stored_state, found.cancel_requested) == (StoredState.CANCELLED, False)

    async def test_success_and_failure_stand_in_spite_of_a_cancel_request(self) -> None:
        outcomes: tuple[tuple[Outcome, StoredState], ...] = (
            (Succeeded(b"1"), StoredState.SUCCEEDED),
            (self.failed(), StoredState.FAILED),
        )
        for outcome, state in outcomes:
            job = await self.running()
            await self.store.cancel(job.id)

            await self.settle(job, outcome)

            found = await self.info(job.id)
            assert (found.stored_state, found.cancel_requested) == (state, False)

    async def test_follow_ups_are_added_with_an_accepted_settlement(self) -> None:
        job, now, later = await self.running(), self.new_job("a"), self.new_job("b", due_in=HOUR)

        await self.settle(job, Succeeded(), new_jobs=(now, later))

        assert await self.state_of(now.id) is StoredState.READY
        assert await self.state_of(later.id) is StoredState.SCHEDULED

    async def test_follow_ups_vanish_with_a_settlement_that_is_not_accepted(self) -> None:
        stale, follow_up, twice = await self.running(), self.new_job(), self.new_job()
        await self.settle(stale, HandedBack())
        await self.settle(await self.claimed(), HandedBack())
        current = await self.claimed()

        assert await self.settle(stale, Succeeded(), new_jobs=(follow_up,)) is SettleAnswer.LOST
        await self.settle(current, Succeeded())
        assert await self.settle(current, Succeeded(), new_jobs=(twice,)) is SettleAnswer.ALREADY

        assert [await self.state_of(each.id) for each in (follow_up, twice)] == [None, None]

    async def test_a_follow_up_that_is_there_already_is_left_as_it_is(self) -> None:
        there = await self.added("there", queue="other")
        job = await self.running()

        answer = await self.settle(job, Succeeded(), new_jobs=(self.new_job("changed", id=there),))

        assert answer is SettleAnswer.ACCEPTED
        assert (await self.info(there)).name == "there"

    async def test_progress_is_kept_until_there_is_news(self) -> None:
        job = await self.running()
        await self.settle(job, self.retrying(after=-SECOND), progress='{"fraction":0.5}')
        again = await self.claimed()
        assert (await self.info(job.id)).progress == '{"fraction":0.5}'

        await self.settle(again, Succeeded())

        assert (await self.info(job.id)).progress == '{"fraction":0.5}'

    async def test_a_large_batch_of_mixed_outcomes_is_answered_in_order(self) -> None:
        host = await self.new_host()
        await self.store.add([self.new_job() for _ in range(210)])
        jobs = await self.store.claim(host, ["default"], 210)
        ends: list[Outcome] = [Succeeded(), self.failed(), Cancelled("sold out")]
        returns: list[Outcome] = [self.retrying(), self.snoozed(), Parked("unknown"), HandedBack()]

        batch = [self.settlement(job, [*ends, *returns][index % 7]) for index, job in enumerate(jobs)]
        assert await self.store.settle(batch) == [SettleAnswer.ACCEPTED] * 210

        counts = await self.store.counts()
        assert (counts.succeeded, counts.failed, counts.cancelled) == (30, 30, 30)
        assert (counts.retrying, counts.scheduled, counts.parked, counts.due) == (30, 30, 30, 30)

    async def test_in_one_batch_every_error_stays_with_its_job(self) -> None:
        host = await self.new_host()
        await self.store.add([self.new_job() for _ in range(20)])
        jobs = await self.store.claim(host, ["default"], 20)
        errors = [ErrorDetails("Refused", f"error {number}", f"line {number}") for number in range(20)]
        later = self.clock.now() + SECOND

        await self.store.settle(
            [
                self.settlement(job, Failed(error) if number % 2 else Retrying(later, error))
                for number, (job, error) in enumerate(zip(jobs, errors, strict=True))
            ]
        )

        shown = [await self.info(job.id) for job in jobs]
        assert [job.last_error for job in shown] == [f"Refused: error {number}" for number in range(20)]
        attempts = [await self.store.attempts(job.id) for job in jobs]
        told = [[(each.error_type, each.error_message, each.traceback) for each in made] for made in attempts]
        assert told == [[(error.type, error.message, error.traceback)] for error in errors]

    async def _claim_later(self, wait: timedelta, *, attempt: int) -> object:
        """Claims what is due after the wait, and answers from when its age counts."""
        await self.pass_time(wait)
        await self.store.promote(10)
        job: ClaimedJob = await self.claimed()
        assert job.attempt == attempt
        return job.counted_from


def _counters(job: JobInfo) -> tuple[int, int, int, int]:
    return job.attempt_count, job.crash_count, job.lost_count, job.snooze_count
