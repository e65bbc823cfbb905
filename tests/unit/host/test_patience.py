"""A process that does nothing but run jobs waits for a store that is away."""

import asyncio
from datetime import timedelta

import pytest

from dawam.errors import SchemaError, StoreUnavailableError
from dawam.events.lifecycle import LifecycleEvents, ServiceFailed
from dawam.host.patience import open_patiently

AWAY = StoreUnavailableError("no server", is_away=True)


class Store:
    """Opens after some failures; then, or where there is no end to them, it says how often it was asked."""

    def __init__(self, *failures: Exception) -> None:
        self.failures, self.asked = list(failures), 0
        self.told: list[ServiceFailed] = []
        self.events = LifecycleEvents()
        self.events.subscribe(ServiceFailed, self.told.append)

    async def open(self) -> None:
        self.asked += 1
        if self.failures:
            raise self.failures.pop(0)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dawam.host.patience._FIRST_WAIT", 0.001)


async def test_it_is_tried_until_it_opens_and_each_failure_is_told() -> None:
    store = Store(AWAY, AWAY)
    assert await open_patiently(store.open, store.events, asyncio.Event())
    assert [(event.service, event.failure_count) for event in store.told] == [("store", 1), ("store", 2)]
    assert store.asked == 3


async def test_the_wait_grows_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dawam.host.patience._LONGEST_WAIT", 0.004)
    store = Store(*[AWAY] * 5)
    assert await open_patiently(store.open, store.events, asyncio.Event())
    waits = [event.next_in / timedelta(milliseconds=1) for event in store.told]
    assert waits == [1, 2, 4, 4, 4]


@pytest.mark.parametrize("error", [StoreUnavailableError("no such folder"), SchemaError("too new")], ids=repr)
async def test_what_cannot_mend_itself_is_raised_at_once(error: Exception) -> None:
    store = Store(error)
    with pytest.raises(type(error), match=str(error)):
        await open_patiently(store.open, store.events, asyncio.Event())
    assert store.asked == 1


async def test_whoever_is_told_to_stop_between_two_tries_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dawam.host.patience._FIRST_WAIT", 3600)
    monkeypatch.setattr("dawam.host.patience._LONGEST_WAIT", 3600)
    store, stopped = Store(*[AWAY] * 10), asyncio.Event()
    store.events.subscribe(ServiceFailed, lambda _: stopped.set())
    async with asyncio.timeout(5):
        assert not await open_patiently(store.open, store.events, stopped)


async def test_and_in_the_middle_of_one_as_well() -> None:
    began, stopped = asyncio.Event(), asyncio.Event()

    async def never() -> None:
        began.set()
        await asyncio.get_running_loop().create_future()

    waiting = asyncio.create_task(open_patiently(never, LifecycleEvents(), stopped))
    await began.wait()
    stopped.set()
    async with asyncio.timeout(5):
        assert not await waiting
