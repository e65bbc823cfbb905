"""A witness gives up the hosts whose processes died, charges what had started, and tells."""

import asyncio
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from uuid import UUID

import pytest

from dawam.clock import SystemClock
from dawam.doorbells.base import Topic
from dawam.events.lifecycle import HostCrashed, LifecycleEvents
from dawam.host.marks import StartMarks
from dawam.host.witness import Witness
from dawam.ids import HostId, new_host_id
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import Rescue
from tests.support.sqlite import Claims


class Bench:
    """A store on a file, a host whose process is dead as soon as we say so, and a witness."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.told: list[HostCrashed] = []
        events = LifecycleEvents()
        events.subscribe(HostCrashed, self.told.append)
        self.witness = Witness(store=store, events=events)

    async def host(self) -> HostId:
        self.marks = StartMarks(self.store.marks_folder, new_host_id(), 3)
        await self.marks.start()
        return self.marks._host

    def die(self) -> None:
        """The lock is gone, the file is not."""
        self.marks.let_go()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    store = SqliteStore(tmp_path / "jobs.db", clock=SystemClock())
    await store.open()
    yield Bench(store)
    await store.close()


async def test_the_jobs_of_a_dead_process_are_ready_again_at_once_and_what_had_started_is_charged(
    bench: Bench,
) -> None:
    host = await bench.host()
    started, ahead = await Claims(bench.store).claimed(host, 2)
    bench.marks.begin(started.id)
    rung = asyncio.Event()
    bell = bench.store.doorbell.listen(Topic.READY, rung.set)

    await bench.witness.look()
    assert bench.told == []  # it lives
    bench.die()
    await bench.witness.look()

    [event] = bench.told
    assert (event.host, set(event.readied)) == (host, {started.id, ahead.id})
    assert (event.charged, event.is_excused) == (((started.id, "orders.receipt"),), False)
    info = await bench.store.get(started.id)
    assert info is not None
    assert info.crash_count == 1
    async with asyncio.timeout(5):
        await rung.wait()
    bell.close()
    assert list(bench.store.marks_folder.iterdir()) == []


async def test_whoever_was_excused_is_given_up_without_a_charge(bench: Bench) -> None:
    host = await bench.host()
    [job] = await Claims(bench.store).claimed(host, 1)
    bench.marks.begin(job.id)
    bench.marks.excuse()
    bench.die()
    await bench.witness.look()
    assert [(event.readied, event.charged, event.is_excused) for event in bench.told] == [((job.id,), (), True)]


async def test_a_host_that_was_given_up_before_is_no_news(bench: Bench) -> None:
    host = await bench.host()
    await Claims(bench.store).claimed(host, 1)
    await bench.store.give_up(host)
    bench.die()
    await bench.witness.look()
    assert bench.told == []
    assert list(bench.store.marks_folder.iterdir()) == []


async def test_a_death_on_another_boot_is_left_to_the_rescuer(bench: Bench) -> None:
    host = await bench.host()
    [job] = await Claims(bench.store).claimed(host, 1)
    bench.marks.begin(job.id)
    bench.marks._memory[0:4] = b"????"
    bench.die()
    await bench.witness.look()
    assert bench.told == []
    assert [claim[0] for claim in await bench.store.claims_of(host)] == [job.id]
    assert list(bench.store.marks_folder.iterdir()) == []


async def test_while_the_store_is_away_the_death_is_kept_for_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = await bench.host()
    [job] = await Claims(bench.store).claimed(host, 1)
    bench.marks.begin(job.id)
    bench.die()

    async def away(host: HostId, crashed: Collection[UUID] = ()) -> Rescue:
        raise OSError("away")

    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "give_up", away)
        with pytest.raises(OSError, match="away"):
            await bench.witness.look()
    await bench.witness.look()
    assert [event.host for event in bench.told] == [host]


async def test_two_witnesses_charge_once(bench: Bench) -> None:
    host = await bench.host()
    [job] = await Claims(bench.store).claimed(host, 1)
    bench.marks.begin(job.id)
    bench.die()
    await asyncio.gather(*(bench.witness.look() for _ in range(5)))
    info = await bench.store.get(job.id)
    assert info is not None
    assert (len(bench.told), info.crash_count) == (1, 1)
