"""A doorbell inside one process."""

import asyncio
import threading

from dawam.doorbells.base import Topic
from dawam.doorbells.local import LocalDoorbell

SOON = 10.0


async def _heard(event: asyncio.Event) -> None:
    async with asyncio.timeout(SOON):
        await event.wait()


async def test_a_ring_wakes_everybody_who_listens_to_its_topic() -> None:
    doorbell, ready, also, finished = LocalDoorbell(), asyncio.Event(), asyncio.Event(), asyncio.Event()
    doorbell.listen(Topic.READY, ready.set)
    doorbell.listen(Topic.READY, also.set)
    doorbell.listen(Topic.FINISHED, finished.set)

    doorbell.ring(Topic.READY)

    await _heard(ready)
    await _heard(also)
    assert not finished.is_set()


async def test_a_ring_for_some_queues_wakes_those_who_serve_one_of_them() -> None:
    doorbell, mail, reports, any_queue = LocalDoorbell(), asyncio.Event(), asyncio.Event(), asyncio.Event()
    doorbell.listen(Topic.READY, mail.set, ("default", "mail"))
    doorbell.listen(Topic.READY, reports.set, ("reports",))
    doorbell.listen(Topic.READY, any_queue.set)

    doorbell.ring(Topic.READY, {"mail"})

    await _heard(mail)
    await _heard(any_queue)
    assert not reports.is_set()
    doorbell.ring(Topic.READY)
    await _heard(reports)


async def test_rings_before_the_listener_had_a_turn_wake_it_once() -> None:
    doorbell, wakes, end = LocalDoorbell(), list[str](), asyncio.Event()
    doorbell.listen(Topic.READY, lambda: wakes.append("awake"))
    doorbell.listen(Topic.FINISHED, end.set)

    for _ in range(100):
        doorbell.ring(Topic.READY)
    doorbell.ring(Topic.FINISHED)
    await _heard(end)
    assert wakes == ["awake"]

    end.clear()
    doorbell.ring(Topic.READY)
    doorbell.ring(Topic.FINISHED)
    await _heard(end)
    assert wakes == ["awake", "awake"]


async def test_a_ring_while_the_listener_is_being_woken_wakes_it_once_more() -> None:
    doorbell, wakes, end = LocalDoorbell(), list[int](), asyncio.Event()

    def wake() -> None:
        wakes.append(len(wakes))
        if len(wakes) == 1:
            doorbell.ring(Topic.READY)
        else:
            end.set()

    doorbell.listen(Topic.READY, wake)
    doorbell.ring(Topic.READY)

    await _heard(end)
    assert wakes == [0, 1]


async def test_a_ring_from_a_thread_wakes_on_the_listeners_own_loop() -> None:
    doorbell, heard = LocalDoorbell(), asyncio.Event()
    woken_on: list[threading.Thread] = []

    def wake() -> None:
        woken_on.append(threading.current_thread())
        heard.set()

    doorbell.listen(Topic.READY, wake)
    await asyncio.to_thread(doorbell.ring, Topic.READY)

    await _heard(heard)
    assert woken_on == [threading.current_thread()]


async def test_threads_that_ring_at_once_lose_no_wake_up() -> None:
    doorbell, heard = LocalDoorbell(), asyncio.Event()
    doorbell.listen(Topic.READY, heard.set)

    for _ in range(50):
        heard.clear()
        await asyncio.gather(*(asyncio.to_thread(doorbell.ring, Topic.READY) for _ in range(4)))
        await _heard(heard)


async def test_who_closed_its_bell_is_not_woken() -> None:
    doorbell, heard, other = LocalDoorbell(), asyncio.Event(), asyncio.Event()
    bell = doorbell.listen(Topic.READY, heard.set)
    doorbell.listen(Topic.READY, other.set)

    bell.close()
    bell.close()
    doorbell.ring(Topic.READY)

    await _heard(other)
    assert not heard.is_set()


async def test_who_closed_its_bell_after_the_ring_is_not_woken_either() -> None:
    doorbell, heard, other = LocalDoorbell(), asyncio.Event(), asyncio.Event()
    bell = doorbell.listen(Topic.READY, heard.set)
    doorbell.listen(Topic.READY, other.set)

    doorbell.ring(Topic.READY)
    bell.close()

    await _heard(other)
    assert not heard.is_set()


async def test_a_closed_doorbell_wakes_nobody_and_may_still_be_rung() -> None:
    doorbell, heard = LocalDoorbell(), asyncio.Event()
    bell = doorbell.listen(Topic.READY, heard.set)

    doorbell.close()
    doorbell.ring(Topic.READY)
    bell.close()

    await asyncio.sleep(0)
    assert not heard.is_set()


def test_a_listener_whose_loop_is_gone_does_not_break_the_ring() -> None:
    doorbell = LocalDoorbell()

    async def listen() -> None:
        doorbell.listen(Topic.READY, lambda: None)

    asyncio.run(listen())

    doorbell.ring(Topic.READY)
    doorbell.ring(Topic.READY)
