"""The job manager: takes jobs from the application and stores them."""

from collections.abc import Coroutine, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar, overload

from dawam.errors import NotSupportedError, TransactionError
from dawam.events.lifecycle import JobEnqueued, LifecycleEvents
from dawam.jobs.awaited import Enqueueing
from dawam.jobs.enqueued import EnqueuedJob
from dawam.jobs.function import JobCall
from dawam.jobs.job import AsyncBackgroundJob, BackgroundJob
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.preparation import ABSENT, EnqueueOptions, JobPreparation, Prepared
from dawam.results import JobResults
from dawam.stores.base import Capability, JobStore, Topic, TransactionalWriter
from dawam.stores.transaction import Transaction, Transactions
from dawam.unit_of_work import ActiveUnit, current_unit_of_work

A = TypeVar("A")
R = TypeVar("R")


class BackgroundJobManager:
    """Enqueues jobs; each call returns when the job is stored, or says clearly why it is not.

    Inside a unit of work the job is part of it: on the job store's own database it commits and rolls back with the
    business data, elsewhere it is stored right after the commit (and is lost if the process dies in between).
    """

    def __init__(
        self,
        *,
        preparation: JobPreparation,
        store: JobStore,
        transactions: Transactions,
        results: JobResults,
        events: LifecycleEvents,
    ) -> None:
        self._preparation = preparation
        self._store = store
        self._transactions = transactions
        self._results = results
        self._events = events

    @overload
    def enqueue(
        self,
        job: JobCall[R],
        /,
        *,
        priority: Priority | None = ...,
        delay: timedelta | None = ...,
        run_at: datetime | None = ...,
        queue: str | None = ...,
        headers: Mapping[str, str] = ...,
        transaction: object = ...,
    ) -> Coroutine[Any, Any, EnqueuedJob[R]]: ...
    @overload
    def enqueue(
        self,
        job: type[AsyncBackgroundJob[A]] | type[BackgroundJob[A]],
        args: A,
        /,
        *,
        priority: Priority | None = ...,
        delay: timedelta | None = ...,
        run_at: datetime | None = ...,
        queue: str | None = ...,
        headers: Mapping[str, str] = ...,
        transaction: object = ...,
    ) -> Coroutine[Any, Any, EnqueuedJob[Any]]: ...
    @overload
    def enqueue(
        self,
        name: str,
        args: Mapping[str, Any],
        /,
        *,
        priority: Priority | None = ...,
        delay: timedelta | None = ...,
        run_at: datetime | None = ...,
        queue: str | None = ...,
        headers: Mapping[str, str] = ...,
        transaction: object = ...,
    ) -> Coroutine[Any, Any, EnqueuedJob[Any]]: ...
    @overload
    def enqueue(
        self,
        args: object,
        /,
        *,
        priority: Priority | None = ...,
        delay: timedelta | None = ...,
        run_at: datetime | None = ...,
        queue: str | None = ...,
        headers: Mapping[str, str] = ...,
        transaction: object = ...,
    ) -> Coroutine[Any, Any, EnqueuedJob[Any]]: ...
    def enqueue(
        self,
        job: Any,
        args: Any = ABSENT,
        /,
        *,
        priority: Priority | None = None,
        delay: timedelta | None = None,
        run_at: datetime | None = None,
        queue: str | None = None,
        headers: Mapping[str, str] | None = None,
        transaction: object = None,
    ) -> Coroutine[Any, Any, EnqueuedJob[Any]]:
        """Stores one job and answers with its id; await it.

        The checked form is `enqueue(JobClass, args)` or `enqueue(function.call(...))`; `enqueue(args)` finds the job
        by the type of its args, and `enqueue("name", {...})` by name.

        Args:
            priority: instead of the job's own; higher ones run first.
            delay, run_at: not before; an aware moment, and at most one of the two.
            queue: instead of the job's own.
            headers: texts that the running job finds in `JobContext.headers`, beside those of `carry`.
            transaction: the connection or session of the caller's own transaction, on the job store's database.

        Raises `EnqueueError` when the job is refused and `StoreError` when it could not be stored.
        """
        options = EnqueueOptions(
            priority=priority, delay=delay, run_at=run_at, queue=queue, headers=headers or {}
        )  # fmt: skip
        return Enqueueing(self._enqueue(job, args, options, transaction), job)

    async def enqueue_many(
        self,
        jobs: Iterable[Any],
        *,
        priority: Priority | None = None,
        delay: timedelta | None = None,
        run_at: datetime | None = None,
        queue: str | None = None,
        headers: Mapping[str, str] | None = None,
        transaction: object = None,
    ) -> list[EnqueuedJob[Any]]:
        """Stores many jobs, all or none, and answers in order. Each is a `JobCall` or args of a registered type."""
        options = EnqueueOptions(
            priority=priority, delay=delay, run_at=run_at, queue=queue, headers=headers or {}
        )  # fmt: skip
        prepared = [self._preparation.prepare(job, ABSENT, options) for job in jobs]
        return await self._store_all(prepared, transaction)

    async def enqueue_call(self, call: JobCall[Any]) -> EnqueuedJob[Any]:
        """What `JobFunction.enqueue` asks for."""
        return await self._enqueue(call, ABSENT, EnqueueOptions(), None)

    async def add_prepared(self, job: NewJob) -> None:
        """Stores, at once, a follow-up that a running job prepared with `now=True`."""
        [created] = await self._store.add([job])
        self.announce([job], [created])

    def announce(self, jobs: list[NewJob], created: list[bool]) -> None:
        """Rings for jobs that were stored, and says so."""
        for topic in {_topic(job) for job in jobs}:
            self._store.doorbell.ring(topic)
        if self._events.wants(JobEnqueued):
            for job, is_new in zip(jobs, created, strict=True):
                self._events.emit(JobEnqueued(job, is_new))

    async def _enqueue(self, job: Any, args: Any, options: EnqueueOptions, transaction: object) -> EnqueuedJob[Any]:
        prepared = self._preparation.prepare(job, args, options)
        [enqueued] = await self._store_all([prepared], transaction)
        return enqueued

    async def _store_all(self, prepared: list[Prepared], transaction: object) -> list[EnqueuedJob[Any]]:
        jobs = [each.job for each in prepared]
        if not jobs:
            return []
        unit = current_unit_of_work()
        if transaction is not None:
            await self._add_inside(jobs, self._transactions.adapt(transaction))
            created = [True] * len(jobs)
        elif unit is not None:
            await self._add_with(unit, jobs)
            created = [True] * len(jobs)
        else:
            created = await self._store.add(jobs)
            self.announce(jobs, created)
        return [self._answer(each, is_new) for each, is_new in zip(prepared, created, strict=True)]

    async def _add_with(self, unit: ActiveUnit, jobs: list[NewJob]) -> None:
        """Joins the unit's transaction where it is on our database, or else waits for its commit."""
        transaction = self._transactions.adapt(unit.transaction)
        if isinstance(self._store, TransactionalWriter) and await _database(transaction) == self._store.database:
            await self._add_inside(jobs, transaction)
            return

        async def add() -> None:
            self.announce(jobs, await self._store.add(jobs))

        unit.after_commit(add)

    async def _add_inside(self, jobs: list[NewJob], transaction: Transaction) -> None:
        store = self.transactional_store()
        check_same_database(await _database(transaction), store.database)
        statements = store.add_statements(jobs)
        if transaction.is_async:
            await transaction.run(statements)
        else:
            transaction.run_blocking(statements)
        transaction.after_commit(lambda: self.announce(jobs, [True] * len(jobs)))

    def transactional_store(self) -> TransactionalWriter:
        """The store, if it can add inside the caller's transaction."""
        if Capability.TRANSACTIONAL_ENQUEUE not in self._store.capabilities or not isinstance(
            self._store, TransactionalWriter
        ):
            raise NotSupportedError(
                self._store.description,
                Capability.TRANSACTIONAL_ENQUEUE,
                "leave transaction= out and enqueue after your commit, or keep jobs in the database of your data",
            )
        return self._store

    def _answer(self, prepared: Prepared, created: bool) -> EnqueuedJob[Any]:
        job = prepared.job
        return EnqueuedJob(
            id=job.id,
            name=job.name,
            run_at=job.run_at,
            created=created,
            waiter=self._results.wait,
            codec=prepared.definition.result_codec,
        )


def check_same_database(theirs: str, ours: str) -> None:
    """Refuses a transaction that could not carry the job."""
    if theirs != ours:
        raise TransactionError(
            f"the transaction is on {theirs}, and jobs are kept in {ours}: only a transaction on the job store's own "
            "database can carry a job. Leave transaction= out, or keep the jobs beside your data (Store.Url)"
        )


async def _database(transaction: Transaction) -> str:
    return await transaction.database() if transaction.is_async else transaction.database_blocking()


def _topic(job: NewJob) -> Topic:
    return Topic.READY if job.run_at <= job.created_at else Topic.SCHEDULED
