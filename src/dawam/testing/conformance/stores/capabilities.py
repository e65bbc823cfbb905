"""Opening, closing, and what a store says about itself; a skip here names the capability that is lacking."""

import pytest

from dawam.errors import NotRunningError
from dawam.jobs.outcome import Succeeded
from dawam.jobs.state import StoredState
from dawam.stores.base import Capability
from dawam.stores.keeper import StoreGauge, StoreKeeper, TableScript
from dawam.stores.transaction import TransactionalCompleter, TransactionalWriter
from dawam.stores.values import Retention
from dawam.testing.conformance.stores.bench import Bench


class Capabilities(Bench):
    """`JobStore` and `Schema`."""

    async def test_a_store_says_for_people_what_it_is(self) -> None:
        assert self.store.description.strip()

    async def test_a_store_says_what_time_it_is(self) -> None:
        assert self.store.clock.now() == self.clock.now()

    async def test_a_store_names_its_capabilities(self) -> None:
        assert self.store.capabilities <= frozenset(Capability)

    async def test_a_store_takes_part_in_transactions_exactly_if_it_says_so(self) -> None:
        says_so = Capability.TRANSACTIONAL_ENQUEUE in self.store.capabilities

        assert isinstance(self.store, TransactionalWriter) == says_so

    async def test_a_store_settles_in_transactions_exactly_if_it_says_so(self) -> None:
        says_so = Capability.TRANSACTIONAL_COMPLETION in self.store.capabilities

        assert isinstance(self.store, TransactionalCompleter) == says_so

    async def test_a_store_looks_after_its_place_exactly_as_it_says(self) -> None:
        ports = {
            Capability.STATISTICS: StoreGauge,
            Capability.UPKEEP: StoreKeeper,
            Capability.TABLE_SCRIPT: TableScript,
        }

        for capability, port in ports.items():
            assert isinstance(self.store, port) == (capability in self.store.capabilities), capability

    async def test_a_script_leads_to_the_newest_tables_and_from_them_nowhere(self) -> None:
        self.requires(Capability.TABLE_SCRIPT)
        assert isinstance(self.store, TableScript)
        newest = (await self.store.check()).expected

        assert len(self.store.script()) > len(self.store.script(newest))

    async def test_an_open_store_has_nothing_left_to_migrate(self) -> None:
        report = await self.store.check()

        assert (report.found, report.pending) == (report.expected, ())
        assert await self.store.migrate() == report

    async def test_a_store_may_be_opened_again_without_migrating(self) -> None:
        job_id = await self.added()
        store = self.new_store(application="shop", clock=self.clock, retention=Retention())
        await store.open(migrate=False)

        assert await store.get(job_id) is not None

        await store.close()

    async def test_closing_twice_or_before_opening_is_fine(self) -> None:
        store = self.new_store(application="shop", clock=self.clock, retention=Retention())
        await store.close()
        await store.open()
        await store.close()
        await store.close()

    async def test_a_store_that_is_not_open_refuses_to_work(self) -> None:
        store = self.new_store(application="shop", clock=self.clock, retention=Retention())
        with pytest.raises(NotRunningError):
            await store.add([self.new_job()])
        await store.open()
        await store.close()

        with pytest.raises(NotRunningError):
            await store.add([self.new_job()])

    @pytest.mark.guide(4)
    async def test_jobs_outlive_the_store_that_took_them(self) -> None:
        self.requires(Capability.DURABLE)
        waiting, done = self.new_job(), await self.running()
        await self.settle(done, Succeeded(b"1"))
        await self.store.add([waiting])
        await self.store.close()

        self.store = await self.open_store()

        assert await self.state_of(done.id) is StoredState.SUCCEEDED
        assert (await self.claimed()).id == waiting.id

    async def test_statements_for_a_transaction_execute_nothing_by_themselves(self) -> None:
        self.requires(Capability.TRANSACTIONAL_ENQUEUE)
        assert isinstance(self.store, TransactionalWriter)
        jobs = [self.new_job(), self.new_job()]

        statements = self.store.add_statements(jobs)

        assert statements
        assert [await self.store.get(job.id) for job in jobs] == [None, None]

    async def test_stores_on_the_same_place_name_the_same_database(self) -> None:
        self.requires(Capability.TRANSACTIONAL_ENQUEUE)
        other = await self.open_store(application="bakery")
        assert isinstance(self.store, TransactionalWriter)
        assert isinstance(other, TransactionalWriter)

        assert self.store.database == other.database
