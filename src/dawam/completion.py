"""Settles a running job inside the caller's own transaction, so that what it did and its end commit together."""

from typing import Any

from dawam.clock import Clock
from dawam.errors import ClaimLost, NotSupportedError, TransactionError
from dawam.jobs.context import JobContext
from dawam.jobs.options import BackgroundJobOptions
from dawam.jobs.outcome import Settlement, Succeeded
from dawam.jobs.registry import JobRegistry
from dawam.stores.base import Capability, JobStore
from dawam.stores.transaction import Transaction, TransactionalCompleter, Transactions, check_same_database
from dawam.stores.values import CompletionStatements


class JobCompletion:
    """Behind `JobContext.complete_in`."""

    def __init__(
        self,
        *,
        registry: JobRegistry,
        store: JobStore,
        transactions: Transactions,
        clock: Clock,
        options: BackgroundJobOptions,
    ) -> None:
        self._registry, self._store, self._transactions = registry, store, transactions
        self._clock, self._options = clock, options

    async def complete(self, job: JobContext, transaction: object, result: Any) -> None:
        """See `JobContext.complete_in`."""
        adapted, store = self._adapted(transaction)
        check_same_database(await adapted.database(), store.database)
        success, before = Succeeded(self._encoded(job, result)), job.completion
        statements = store.completion_statements(self._settlement(job, success))
        job.completed(success)  # first, because whoever is interrupted in the middle may commit all the same
        try:
            await _execute(adapted, statements, job)
        except BaseException as error:
            await adapted.spoil()  # half of it must not be committed
            if isinstance(error, Exception):
                job.completed(before)
            raise

    def complete_blocking(self, job: JobContext, transaction: object, result: Any) -> None:
        """See `JobContext.complete_in_sync`."""
        adapted, store = self._adapted(transaction)
        if adapted.is_async:
            raise TransactionError(
                f"complete_in_sync got the asynchronous {type(transaction).__qualname__} in blocking code: write the "
                "job as a coroutine, and await context.complete_in(...)"
            )
        check_same_database(adapted.database_blocking(), store.database)
        success, before = Succeeded(self._encoded(job, result)), job.completion
        statements = store.completion_statements(self._settlement(job, success))
        job.completed(success)
        try:
            _execute_blocking(adapted, statements, job)
        except BaseException as error:
            adapted.spoil_blocking()
            if isinstance(error, Exception):
                job.completed(before)
            raise

    def _adapted(self, transaction: object) -> tuple[Transaction, TransactionalCompleter]:
        if Capability.TRANSACTIONAL_COMPLETION not in self._store.capabilities or not isinstance(
            self._store, TransactionalCompleter
        ):
            raise NotSupportedError(
                self._store.description,
                Capability.TRANSACTIONAL_COMPLETION,
                "leave complete_in out and make the effect safe to repeat (docs/howto/retries-and-idempotency.md), or "
                "keep jobs in the database of your data",
            )
        return self._transactions.adapt(transaction), self._store

    def _settlement(self, job: JobContext, success: Succeeded) -> Settlement:
        now = self._clock.now()
        return Settlement(job.id, job.fence_token, success, now, now, job.said_progress, job.follow_ups)

    def _encoded(self, job: JobContext, result: Any) -> bytes | None:
        definition = self._registry.find(job.name)
        if definition is None or not self._options.store_successful_jobs:
            return None
        return definition.result_codec.encode(result)


async def _execute(transaction: Transaction, statements: CompletionStatements, job: JobContext) -> None:
    if not await transaction.answers(statements.guard):
        raise _lost(job)
    await transaction.run(statements.rest)


def _execute_blocking(transaction: Transaction, statements: CompletionStatements, job: JobContext) -> None:
    if not transaction.answers_blocking(statements.guard):
        raise _lost(job)
    transaction.run_blocking(statements.rest)


def _lost(job: JobContext) -> ClaimLost:
    return ClaimLost(
        f"job {job.name} {job.id} is not this attempt's any more: its host was taken for dead, or it was completed "
        "before. What was done in this transaction cannot be committed: let this error end it"
    )
