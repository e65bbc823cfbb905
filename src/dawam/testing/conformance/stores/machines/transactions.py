"""Jobs that are added, and claims that are completed, in a caller's transaction, which is committed or not."""

from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import multiple, precondition

from dawam.stores.base import Capability
from dawam.stores.transaction import TransactionalCompleter, TransactionalWriter
from dawam.stores.values import CompletionAnswer
from dawam.testing.conformance.stores.machines.machine import step
from dawam.testing.conformance.stores.machines.shops import Job, Shops, has_room
from dawam.testing.conformance.stores.machines.strategies import JOBS, at, drafts, of


class _RolledBack(Exception):  # noqa: N818  (nothing is wrong)
    pass


def takes_part(machine: Any) -> bool:
    """Whether the store settles in callers' transactions."""
    return Capability.TRANSACTIONAL_COMPLETION in machine.bench.store.capabilities


def lets_add(machine: Any) -> bool:
    """Whether it adds in them."""
    return Capability.TRANSACTIONAL_ENQUEUE in machine.bench.store.capabilities


class Transactions(Shops):
    """`TransactionalWriter` and `TransactionalCompleter`."""

    @precondition(has_room)
    @precondition(lets_add)
    @step(target=JOBS, at=at, drafts=st.lists(drafts, min_size=1, max_size=2), is_committed=st.booleans())
    async def add_in_a_transaction(self, at: str, drafts: list[dict[str, Any]], is_committed: bool) -> Any:
        shop, jobs = self.shops[at], [self.job(draft) for draft in drafts]
        assert isinstance(shop.store, TransactionalWriter)
        with suppress(_RolledBack):
            async with self.bench.transaction() as transaction:
                await transaction.run(shop.store.add_statements(jobs))
                if not is_committed:
                    raise _RolledBack
        added = shop.model.add(jobs) if is_committed else []
        return multiple(*(Job(at, job.id) for job, _ in zip(jobs, added, strict=False)))

    @precondition(takes_part)
    @step(job=JOBS, of=of, by=st.sampled_from([0, 0, -1, 1]), is_committed=st.booleans())
    async def complete_in_a_transaction(self, job: Job, of: str, by: int, is_committed: bool) -> None:
        """Under the fence that holds, or under another one."""
        shop = self.shop_of(job, of)
        claim = job.id, shop.model.jobs[job.id].fence + by if job.id in shop.model.jobs else 1
        end, is_held = self.end_of(claim, "succeeded", progress="1.0000"), shop.model.holds(claim)
        assert isinstance(shop.store, TransactionalCompleter)
        statements = shop.store.completion_statements(end)
        with suppress(_RolledBack):
            async with self.bench.transaction() as transaction:
                assert await transaction.answers(statements.guard) is is_held
                if not (is_held and is_committed):
                    raise _RolledBack
                await transaction.run(statements.rest)
        if is_held:
            expected = CompletionAnswer.COMMITTED if is_committed else CompletionAnswer.NOT_COMMITTED
            assert await shop.store.completion_of(*claim) is expected
        if is_held and is_committed:
            shop.model.settle(end)
