"""Jobs that are added, and claims that are settled, in a caller's own transaction: they share its fate."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from dawam.jobs.outcome import SettleAnswer, Settlement, Succeeded
from dawam.jobs.record import ClaimedJob
from dawam.jobs.state import StoredState
from dawam.stores.base import Capability, JobStore
from dawam.stores.transaction import Transaction, TransactionalCompleter, TransactionalWriter
from dawam.stores.values import CompletionAnswer, Retention
from dawam.testing.conformance.stores.bench import HOUR, SECOND, Bench

COMMITTED, NOT_COMMITTED, OPEN = CompletionAnswer.COMMITTED, CompletionAnswer.NOT_COMMITTED, CompletionAnswer.OPEN


class _RolledBack(Exception):  # noqa: N818  (nothing is wrong)
    pass


class Transacting(Bench):
    """`TransactionalWriter` and `TransactionalCompleter`."""

    async def test_a_job_added_in_a_transaction_is_there_after_its_commit_and_not_before(self) -> None:
        store = self._writer()
        now, later = self.new_job(), self.new_job(due_in=HOUR)

        async with self.transaction() as transaction:
            assert await transaction.database() == store.database
            await transaction.run(store.add_statements([now, later]))
            assert await self.state_of(now.id) is None

        assert await self.state_of(now.id) is StoredState.READY
        assert await self.state_of(later.id) is StoredState.SCHEDULED

    async def test_a_job_added_in_a_transaction_that_is_rolled_back_never_was(self) -> None:
        job, store = self.new_job(), self._writer()
        async with self._rolled_back() as transaction:
            await transaction.run(store.add_statements([job]))

        assert await self.state_of(job.id) is None

    async def test_adding_in_a_transaction_what_is_there_changes_nothing(self) -> None:
        store = self._writer()
        done, there = await self.finished(), await self.added("there")

        async with self.transaction() as transaction:
            again = [self.new_job("changed", id=there), self.new_job("changed", id=done)]
            await transaction.run(store.add_statements(again))

        assert (await self.info(there)).name == "there"
        assert await self.state_of(done) is StoredState.SUCCEEDED

    async def test_the_ring_for_jobs_of_a_transaction_can_be_executed_in_it(self) -> None:
        store = self._writer()

        async with self.transaction() as transaction:
            await transaction.run(store.ring_statements([self.new_job(), self.new_job(due_in=HOUR)]))

    async def test_a_completed_job_has_succeeded_after_the_commit_and_runs_before(self) -> None:
        self._completer()
        job = await self.running()
        await self.pass_time(SECOND)

        await self._complete(job, Succeeded(b'{"sheets":3}'), progress="1.0000 done")

        found = await self.info(job.id)
        assert (found.stored_state, found.result, found.progress) == (
            StoredState.SUCCEEDED,
            '{"sheets":3}',
            "1.0000 done",
        )
        assert (found.fence, found.attempt_count, found.finished_at) == (job.fence, 0, self.clock.now())
        assert await self._became_of(job) is COMMITTED
        assert await self.settle(job, self.failed()) is SettleAnswer.ALREADY

    async def test_what_was_said_of_progress_before_is_kept(self) -> None:
        self._completer()
        job = await self.running()
        await self.settle(job, self.retrying(after=-SECOND), progress="0.5000")
        again = await self.claimed()

        await self._complete(again)

        assert (await self.info(job.id)).progress == "0.5000"

    async def test_a_completion_that_is_rolled_back_leaves_the_job_running(self) -> None:
        store = self._completer()
        job = await self.running()
        before = await self.info(job.id)
        follow_up = self.new_job()
        async with self._rolled_back() as transaction:
            statements = store.completion_statements(self.settlement(job, Succeeded(), new_jobs=(follow_up,)))
            assert await transaction.answers(statements.guard)
            await transaction.run(statements.rest)

        assert await self.info(job.id) == before
        assert await self.state_of(follow_up.id) is None
        assert await self._became_of(job) is NOT_COMMITTED
        assert await self.settle(job, self.retrying()) is SettleAnswer.ACCEPTED

    async def test_follow_ups_are_added_with_a_completion(self) -> None:
        self._completer()
        job, now, later = await self.running(), self.new_job("a"), self.new_job("b", due_in=HOUR)

        await self._complete(job, new_jobs=(now, later))

        assert await self.state_of(now.id) is StoredState.READY
        assert await self.state_of(later.id) is StoredState.SCHEDULED

    async def test_a_completed_job_is_gone_where_none_is_kept_with_its_records(self) -> None:
        self._completer()
        at_once = await self.open_store(retention=Retention(succeeded=timedelta(0)))
        job = await self.running()
        await self.settle(job, self.retrying(after=-SECOND))
        again = await self.claimed()

        await self._complete(again, on=at_once)

        assert await self.state_of(job.id) is None
        assert await self.store.attempts(job.id) == []
        assert await self._became_of(again) is COMMITTED

    async def test_success_stands_in_spite_of_a_cancel_request(self) -> None:
        self._completer()
        job = await self.running()
        await self.store.cancel(job.id)

        await self._complete(job)

        assert await self.state_of(job.id) is StoredState.SUCCEEDED

    @pytest.mark.parametrize("name", ["handed back", "retrying", "succeeded", "cancelled", "parked"])
    async def test_the_guard_does_not_answer_when_the_job_is_not_running_any_more(self, name: str) -> None:
        self._completer()
        job = await self.running()
        await self.settle(job, self.outcome(name))
        before = await self.info(job.id)

        assert not await self._guard(job)

        assert await self.info(job.id) == before

    async def test_the_guard_does_not_answer_when_another_attempt_holds_the_claim(self) -> None:
        self._completer()
        host = await self.new_host()
        stale = await self.running(host=host)
        await self.store.give_up(host)
        current = await self.claimed()

        assert not await self._guard(stale)

        assert await self._became_of(stale) is NOT_COMMITTED
        assert await self.state_of(current.id) is StoredState.RUNNING
        await self._complete(current)
        assert await self._became_of(current) is COMMITTED

    async def test_the_guard_answers_for_no_job_of_another_application(self) -> None:
        self._completer()
        job = await self.running()
        bakery = await self.open_store(application="bakery")

        assert not await self._guard(job, on=bakery)

        assert await self.state_of(job.id) is StoredState.RUNNING

    async def test_a_completed_job_that_a_person_retries_was_completed_all_the_same(self) -> None:
        self._completer()
        job = await self.running()
        await self._complete(job)
        await self.store.retry(job.id)

        assert await self._became_of(job) is COMMITTED

        assert (await self.claimed()).fence == job.fence + 1
        assert await self._became_of(job) is COMMITTED

    async def test_nothing_is_decided_while_the_transaction_is_open(self) -> None:
        store = self._completer()
        job = await self.running()
        async with self.transaction() as transaction:
            statements = store.completion_statements(self.settlement(job, Succeeded()))
            assert await transaction.answers(statements.guard)
            await transaction.run(statements.rest)
            asking = asyncio.create_task(self._became_of(job))
            await asyncio.wait([asking], timeout=0.2)
            assert not asking.done() or asking.result() is OPEN

        if (answer := await asking) is OPEN:
            answer = await self._became_of(job)
        assert answer is COMMITTED

    def _writer(self) -> TransactionalWriter:
        self.requires(Capability.TRANSACTIONAL_ENQUEUE)
        assert isinstance(self.store, TransactionalWriter)
        return self.store

    def _completer(self, store: JobStore | None = None) -> TransactionalCompleter:
        self.requires(Capability.TRANSACTIONAL_COMPLETION)
        completer = store or self.store
        assert isinstance(completer, TransactionalCompleter)
        return completer

    @asynccontextmanager
    async def _rolled_back(self) -> AsyncGenerator[Transaction]:
        """A transaction that is not committed."""
        with suppress(_RolledBack):
            async with self.transaction() as transaction:
                yield transaction
                raise _RolledBack

    async def _complete(
        self, job: ClaimedJob, success: Succeeded | None = None, *, on: JobStore | None = None, **more: object
    ) -> None:
        """Completes the job in a transaction that is committed."""
        statements = self._completer(on).completion_statements(self.settlement(job, success or Succeeded(), **more))
        async with self.transaction() as transaction:
            assert await transaction.answers(statements.guard)
            await transaction.run(statements.rest)
            assert await self.state_of(job.id) is StoredState.RUNNING

    async def _guard(self, job: ClaimedJob, *, on: JobStore | None = None) -> bool:
        """Whether the guard of a completion answers; what it did is committed."""
        now = self.clock.now()
        settlement = Settlement(job.id, job.fence, Succeeded(), now, now)
        async with self.transaction() as transaction:
            return await transaction.answers(self._completer(on).completion_statements(settlement).guard)

    async def _became_of(self, job: ClaimedJob) -> CompletionAnswer:
        return await self._completer().completion_of(job.id, job.fence)
