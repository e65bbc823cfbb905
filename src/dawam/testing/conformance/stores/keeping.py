"""`StoreGauge` and `StoreKeeper`: what a store's place holds, a copy of it, and space given back."""

from pathlib import Path

import pytest

from dawam.errors import StoreError
from dawam.jobs.record import JobCounts
from dawam.stores.base import Capability
from dawam.stores.keeper import StoreGauge, StoreKeeper
from dawam.testing.conformance.stores.bench import HOUR, MINUTE
from dawam.testing.conformance.stores.worker_bench import WorkerBench


class Keeping(WorkerBench):
    """For stores that have `Capability.STATISTICS`, and `Capability.UPKEEP`."""

    def gauge(self) -> StoreGauge:
        self.requires(Capability.STATISTICS)
        assert isinstance(self.store, StoreGauge)
        return self.store

    def keeper(self) -> StoreKeeper:
        self.requires(Capability.UPKEEP)
        assert isinstance(self.store, StoreKeeper)
        return self.store

    async def test_stats_tell_what_is_there_and_since_when(self) -> None:
        gauge, began = self.gauge(), self.clock.now()
        await self.finished(self.failed(), due_in=-HOUR)
        await self.pass_time(MINUTE)
        await self.finished(due_in=-HOUR)
        await self.added()
        await self.added(due_in=-MINUTE)
        bakery = await self.open_store(application="bakery")
        await bakery.add([self.new_job()])
        cafe = await self.open_store(application="cafe")
        await cafe.put_recurring(self.recurring())

        stats = await gauge.stats()

        assert stats.counts == JobCounts(due=2, succeeded=1, failed=1)
        assert (stats.attempt_count, stats.oldest_due_at, stats.oldest_finished_at) == (1, began, began)
        assert (stats.schema, stats.other_applications) == (await self.store.check(), ("bakery", "cafe"))
        assert stats.size >= 0
        assert stats.settings

    async def test_stats_count_workers_and_the_records_of_their_ticks(self) -> None:
        gauge, host = self.gauge(), await self.declared(first_at=self.clock.now())
        await self.ticked(host)
        await self.store.put_recurring(self.recurring())

        stats = await gauge.stats()

        assert (stats.worker_count, stats.tick_count) == (2, 1)

    async def test_stats_of_an_empty_store_name_no_moments(self) -> None:
        stats = await self.gauge().stats()

        assert (stats.counts, stats.attempt_count) == (JobCounts(), 0)
        assert (stats.oldest_due_at, stats.oldest_finished_at, stats.other_applications) == (None, None, ())

    async def test_a_backup_is_written_and_tells_how_far_it_is(self, tmp_path: Path) -> None:
        keeper, told = self.keeper(), list[tuple[int, int]]()
        for _ in range(10):
            await self.added()

        size = await keeper.backup(tmp_path / "copy", progress=lambda done, total: told.append((done, total)))

        assert (tmp_path / "copy").stat().st_size == size > 0
        assert told
        assert told[-1][0] == told[-1][1]

    async def test_a_backup_replaces_nothing_unless_it_is_told_to(self, tmp_path: Path) -> None:
        keeper, target = self.keeper(), tmp_path / "copy"
        target.write_text("precious")
        with pytest.raises(StoreError, match="is there already"):
            await keeper.backup(target)
        assert target.read_text() == "precious"

        await keeper.backup(target, replace=True)

        assert target.read_bytes() != b"precious"

    async def test_a_vacuum_keeps_every_job(self) -> None:
        keeper = self.keeper()
        ids = [await self.added() for _ in range(100)]
        for job_id in ids[10:]:
            await self.store.delete(job_id)

        report = await keeper.vacuum()

        assert report.size_after <= report.size_before
        assert (await self.store.counts()).due == 10
        assert (await self.claimed()).id == ids[0]
