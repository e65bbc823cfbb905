"""The job manager: takes jobs from the application and stores them."""

from collections.abc import Coroutine, Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import chain, islice
from typing import Any, TypeVar, Unpack, overload
from uuid import UUID

import msgspec

from dawam.crash_points import CrashPoint, reached
from dawam.errors import NotSupportedError, TransactionError
from dawam.events.lifecycle import JobEnqueued, LifecycleEvents
from dawam.ids import job_id as parsed_id
from dawam.jobs.absent import ABSENT
from dawam.jobs.awaited import Enqueueing
from dawam.jobs.enqueued import EnqueuedJob
from dawam.jobs.function import JobCall
from dawam.jobs.job import AsyncBackgroundJob, BackgroundJob
from dawam.jobs.record import NewJob
from dawam.preparation import EnqueueOptions, EnqueueWords, JobPreparation, Prepared
from dawam.results import JobResults
from dawam.stores.base import Capability, JobStore
from dawam.stores.transaction import Transaction, TransactionalWriter, Transactions, check_same_database
from dawam.stores.values import queues_of, topics_of
from dawam.unit_of_work import ActiveUnit, current_unit_of_work

_BATCH = 250
"""Jobs of an `enqueue_many` that are made before the store is given them."""
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
    def enqueue(self, job: JobCall[R], /, **options: Unpack[EnqueueWords]) -> Coroutine[Any, Any, EnqueuedJob[R]]: ...
    @overload
    def enqueue(
        self, job: type[AsyncBackgroundJob[A]] | type[BackgroundJob[A]], args: A, /, **options: Unpack[EnqueueWords]
    ) -> Coroutine[Any, Any, EnqueuedJob[Any]]: ...
    @overload
    def enqueue(
        self, name: str, args: Mapping[str, Any], /, **options: Unpack[EnqueueWords]
    ) -> Coroutine[Any, Any, EnqueuedJob[Any]]: ...
    @overload
    def enqueue(self, args: object, /, **options: Unpack[EnqueueWords]) -> Coroutine[Any, Any, EnqueuedJob[Any]]: ...
    def enqueue(
        self, job: Any, args: Any = ABSENT, /, **options: Unpack[EnqueueWords]
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
        chosen, transaction = EnqueueOptions.of(options), options.get("transaction")
        return Enqueueing(self.enqueue_with(job, args, chosen, transaction), job)

    async def enqueue_many(self, jobs: Iterable[Any], **options: Unpack[EnqueueWords]) -> list[EnqueuedJob[Any]]:
        """Stores many jobs, all or none, and answers in order. Each is a `JobCall` or args of a registered type.

        The options are those of `enqueue`, for all of them.
        """
        return await self.enqueue_many_with(jobs, EnqueueOptions.of(options), options.get("transaction"))

    async def result(self, job_id: UUID | str, *, within: timedelta | None = None) -> Any:
        """Waits for the result of a job that was enqueued elsewhere, or by an earlier process: its plain JSON value.

        Raises as `EnqueuedJob.result`, which also knows the type of what the job returns.
        """
        stored = await self._results.wait(parsed_id(job_id), within)
        return None if stored is None else msgspec.json.decode(stored)

    # -- what the other faces are made of: job functions, the blocking twin, follow-ups of running jobs

    async def enqueue_with(
        self, job: Any, args: Any, options: EnqueueOptions, transaction: object = None
    ) -> EnqueuedJob[Any]:
        """`enqueue` with its options as one value."""
        prepared = self._preparation.prepare(job, args, options)
        [enqueued] = await self._store_all([prepared], transaction)
        return enqueued

    async def enqueue_many_with(
        self, jobs: Iterable[Any], options: EnqueueOptions, transaction: object = None
    ) -> list[EnqueuedJob[Any]]:
        """`enqueue_many` with its options as one value."""
        making = self._preparation.prepare_many(jobs, options)
        if transaction is not None or current_unit_of_work() is not None:
            return await self._store_all(list(making), transaction)
        first = list(islice(making, _BATCH))
        if len(first) < _BATCH:
            return await self._store_all(first, transaction)
        return await self._store_stream(chain(first, making))

    def enqueue_inside_blocking(
        self, jobs: Iterable[tuple[Any, Any]], options: EnqueueOptions, transaction: object
    ) -> list[EnqueuedJob[Any]]:
        """Adds (job, args) pairs inside a blocking transaction, on the calling thread."""
        store, adapted = self._transactional_store(), self._transactions.adapt(transaction)
        if adapted.is_async:
            raise TransactionError(
                f"transaction= got the asynchronous {type(transaction).__qualname__} in blocking code: await "
                "app.jobs.enqueue(...) where that transaction lives"
            )
        check_same_database(adapted.database_blocking(), store.database)
        prepared = [self._preparation.prepare(job, args, options) for job, args in jobs]
        new_jobs = [each.job for each in prepared]
        if not new_jobs:
            return []
        adapted.run_blocking(store.add_statements(new_jobs))
        if not self._announce_at_commit(adapted, new_jobs) and (rings := store.ring_statements(new_jobs)):
            adapted.run_blocking(rings)
        return self._answers(prepared, [True] * len(prepared))

    async def add_prepared(self, job: NewJob) -> None:
        """Stores, at once, a follow-up that a running job prepared with `now=True`."""
        await self._add([job])

    async def _add(self, jobs: list[NewJob]) -> list[bool]:
        """Stores jobs in a transaction of their own, and says so."""
        created = await self._store.add(jobs)
        reached(CrashPoint.ENQUEUE_STORED, jobs[0].name)
        self._tell(jobs, created)
        return created

    def _announce_at_commit(self, transaction: Transaction, jobs: list[NewJob]) -> bool:
        """Rings once the transaction has committed. False: it cannot tell of that, so it has to ring by a statement."""
        created = [True] * len(jobs)

        def announce() -> None:
            for topic in topics_of(jobs):
                self._store.doorbell.ring(topic, queues_of(jobs))
            self._tell(jobs, created)

        if transaction.after_commit(announce):
            return True
        self._tell(jobs, created)
        return False

    def _tell(self, jobs: list[NewJob], created: list[bool]) -> None:
        if self._events.wants(JobEnqueued):
            for job, is_new in zip(jobs, created, strict=True):
                self._events.emit(JobEnqueued(job, is_new))

    async def _store_all(self, prepared: list[Prepared], transaction: object) -> list[EnqueuedJob[Any]]:
        jobs = [each.job for each in prepared]
        if not jobs:
            return []
        unit = current_unit_of_work()
        if transaction is not None:
            adapted = self._transactions.adapt(transaction)
            check_same_database(await adapted.database(), self._transactional_store().database)
            await self._add_inside(jobs, adapted)
            created = [True] * len(jobs)
        elif unit is not None:
            await self._add_with(unit, jobs)
            created = [True] * len(jobs)
        else:
            created = await self._add(jobs)
        return self._answers(prepared, created)

    async def _store_stream(self, making: Iterator[Prepared]) -> list[EnqueuedJob[Any]]:
        """Each batch is prepared while the store takes the one before."""
        prepared = list[Prepared]()

        def batches() -> Iterator[list[NewJob]]:
            while batch := list(islice(making, _BATCH)):
                prepared.extend(batch)
                yield [each.job for each in batch]

        created = await self._store.add_stream(batches())
        self._tell([each.job for each in prepared], created)
        return self._answers(prepared, created)

    async def _add_with(self, unit: ActiveUnit, jobs: list[NewJob]) -> None:
        """Joins the unit's transaction where it is on our database, or else waits for its commit."""
        transaction = self._own_transaction(unit)
        if transaction is not None and await transaction.database() == self._transactional_store().database:
            await self._add_inside(jobs, transaction)
            return

        async def add() -> None:
            await self._add(jobs)

        unit.after_commit(add)

    def _own_transaction(self, unit: ActiveUnit) -> Transaction | None:
        """The unit's transaction, if it may be one on our database: of some other kind of store it never is."""
        if Capability.TRANSACTIONAL_ENQUEUE not in self._store.capabilities:
            return None
        try:
            return self._transactions.adapt(unit.transaction)
        except TransactionError:
            return None

    async def _add_inside(self, jobs: list[NewJob], transaction: Transaction) -> None:
        store = self._transactional_store()
        await transaction.run(store.add_statements(jobs))
        if not self._announce_at_commit(transaction, jobs) and (rings := store.ring_statements(jobs)):
            await transaction.run(rings)

    def _transactional_store(self) -> TransactionalWriter:
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

    def _answers(self, prepared: Iterable[Prepared], created: Iterable[bool]) -> list[EnqueuedJob[Any]]:
        return [self._answer(each, created=is_new) for each, is_new in zip(prepared, created, strict=True)]

    def _answer(self, prepared: Prepared, *, created: bool) -> EnqueuedJob[Any]:
        job = prepared.job
        return EnqueuedJob(
            id=job.id,
            name=job.name,
            run_at=job.run_at,
            created=created,
            waiter=self._results.wait,
            codec=prepared.definition.result_codec,
        )
