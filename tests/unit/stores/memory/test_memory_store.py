"""What only the in-memory store promises; the rest is the conformance suite's."""

import pytest

from dawam.errors import SettingsError
from dawam.ids import new_id
from dawam.jobs.priority import Priority
from dawam.jobs.record import JobCounts, NewJob
from dawam.stores.memory import MemoryShelf, MemoryStore, from_url
from dawam.stores.values import Retention
from dawam.testing.clock import ManualClock


def _job(clock: ManualClock) -> NewJob:
    return NewJob(
        id=new_id(),
        name="orders.receipt",
        args=b"{}",
        queue="default",
        priority=Priority.NORMAL,
        created_at=clock.now(),
        run_at=clock.now(),
    )


async def _count_of(store: MemoryStore) -> int:
    await store.open()
    return (await store.counts()).due


async def test_two_stores_without_a_common_shelf_are_two_places() -> None:
    clock = ManualClock()
    one, other = MemoryStore(clock=clock), MemoryStore(clock=clock)
    await one.open()
    await one.add([_job(clock)])

    assert (await _count_of(one), await _count_of(other)) == (1, 0)


async def test_a_shelf_keeps_its_jobs_when_a_store_on_it_is_closed() -> None:
    clock, shelf = ManualClock(), MemoryShelf()
    first = MemoryStore(clock=clock, shelf=shelf)
    await first.open()
    await first.add([_job(clock)])
    await first.close()

    second = MemoryStore(clock=clock, shelf=shelf)
    await second.open()

    assert await second.counts() == JobCounts(due=1)


async def test_memory_is_named_by_a_url_with_nothing_behind_it() -> None:
    clock = ManualClock()

    store = from_url("memory://", application="shop", clock=clock, retention=Retention())

    assert store.description == "memory of this process"
    with pytest.raises(SettingsError, match="memory:// was expected"):
        from_url("memory://jobs.db", application="shop", clock=clock, retention=Retention())


def test_what_stands_behind_memory_is_not_shown_for_it_may_be_a_password() -> None:
    with pytest.raises(SettingsError, match=r"^Store\.Url 'memory://\.\.\.': memory:// was expected") as raised:
        from_url("memory://me:hunter2@host/db", application="default", clock=ManualClock(), retention=Retention())
    assert "hunter2" not in str(raised.value)
