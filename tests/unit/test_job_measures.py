"""How jobs went lately, as people are told."""

from datetime import timedelta

import pytest

from dawam.ids import new_id
from dawam.job_measures import JobMeasures
from dawam.measures.compacting import FINEST, floor
from dawam.measures.record import Measure, with_wholes
from dawam.measures.spread import Spread
from dawam.stores.memory import MemoryStore
from dawam.testing.clock import ManualClock


class Shop:
    """A store, and what is read of it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore(clock=self.clock)
        self.measures = JobMeasures(self.store)


@pytest.fixture
async def shop() -> Shop:
    shop = Shop()
    await shop.store.open()
    return shop


def measured(shop: Shop, name: str = "mail", **more: int | str) -> Measure:
    fields = {"queue": "default", "part": str(new_id()), "succeeded": 1, **more}
    at = floor(shop.clock.now(), FINEST)
    return Measure(at=at, span=FINEST, name=name, waits=Spread(), runs=Spread(), **fields)  # type: ignore[arg-type]


async def keep(shop: Shop, *measures: Measure) -> None:
    """As hosts do: with a row for each queue, and one for all."""
    await shop.store.keep_measures(with_wholes(measures))


async def test_what_ended_lately_is_told_minute_by_minute(shop: Shop) -> None:
    await keep(shop, measured(shop, succeeded=3), measured(shop, "report", failed=2))
    shop.clock.advance(timedelta(minutes=2))
    await keep(shop, measured(shop))
    found = await shop.measures.series(timedelta(minutes=2))
    assert [each.count for each in found.steps] == [6, 0, 1]
    assert [each.count for each in (await shop.measures.series(timedelta(minutes=2), name="report")).steps] == [
        3,
        0,
        0,
    ]
    assert [each.count for each in (await shop.measures.series(timedelta(minutes=1))).steps] == [0, 1]


async def test_what_ended_lately_is_told_name_by_name(shop: Shop) -> None:
    await keep(shop, measured(shop), measured(shop, "report", failed=2), measured(shop, queue="slow"))
    found = await shop.measures.by_name(timedelta(hours=1))
    assert [(each.name, each.queue, each.count) for each in found] == [
        ("report", "default", 3), ("mail", "default", 1), ("mail", "slow", 1),
    ]  # fmt: skip
    assert [each.queue for each in await shop.measures.by_name(timedelta(hours=1), queue="slow")] == ["slow"]


async def test_old_measures_are_the_same_sum_in_larger_steps(shop: Shop) -> None:
    for _ in range(3):
        await keep(shop, measured(shop))
        shop.clock.advance(timedelta(days=1))
        while await shop.store.merge_measures(100):
            pass
    found = await shop.measures.series(timedelta(days=10))
    assert found.step == timedelta(hours=1)
    assert sum(each.count for each in found.steps) == 3


async def test_each_queue_is_told_step_by_step(shop: Shop) -> None:
    await keep(shop, measured(shop), measured(shop, "report"), measured(shop, queue="slow", failed=2))
    found = await shop.measures.by_queue(timedelta(hours=1))
    assert {queue: (series.total.count, len(series.steps)) for queue, series in found.items()} == {
        "default": (2, 61), "slow": (3, 61),
    }  # fmt: skip
    assert (await shop.measures.series(timedelta(hours=1), queue="slow")).total.failed == 2
    assert (await shop.measures.series(timedelta(hours=1))).total.count == 5


@pytest.mark.parametrize("duration", [timedelta(0), timedelta(days=-1), timedelta(days=401)])
async def test_a_time_that_nothing_is_kept_for_is_refused(shop: Shop, duration: timedelta) -> None:
    with pytest.raises(ValueError, match="400 days at most"):
        await shop.measures.series(duration)
