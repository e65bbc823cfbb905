"""What NOTIFY carries between processes: topics, and the queues that a ring is about."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from dawam.doorbells.base import Topic
from dawam.doorbells.postgres import PostgresDoorbell

SOON = 10.0


class Wire:
    """A server that tells every process what one of them has sent."""

    def __init__(self) -> None:
        self._ears: list[asyncio.Queue[str]] = []
        self.sent: list[str] = []

    async def send(self, words: str) -> None:
        self.sent.append(words)
        for ear in self._ears:
            ear.put_nowait(words)

    async def hear(self) -> AsyncGenerator[str, None]:
        ear = asyncio.Queue[str]()
        self._ears.append(ear)
        yield ""
        while True:
            yield await ear.get()


@asynccontextmanager
async def doorbell_on(wire: Wire) -> AsyncIterator[PostgresDoorbell]:
    doorbell = PostgresDoorbell(wire, on_again=lambda: None)
    doorbell.open()
    yield doorbell
    doorbell.close()
    await doorbell.ended()


async def test_whoever_begins_to_hear_looks_once_for_what_was_rung_for_before() -> None:
    wire, woken = Wire(), asyncio.Event()
    async with doorbell_on(wire) as doorbell:
        doorbell.listen(Topic.READY, woken.set)
        async with asyncio.timeout(SOON):
            await woken.wait()


async def test_in_another_process_only_those_are_woken_who_serve_one_of_the_queues() -> None:
    wire, mail, reports, anything = Wire(), asyncio.Event(), asyncio.Event(), asyncio.Event()
    async with doorbell_on(wire) as here, doorbell_on(wire) as there:
        there.listen(Topic.READY, mail.set, ("mail",))
        there.listen(Topic.READY, reports.set, ("reports",))
        there.listen(Topic.READY, anything.set)
        await there.begun_to_hear()
        for woken in (mail, reports, anything):
            woken.clear()

        here.ring(Topic.READY, ("default", "mail"))

        async with asyncio.timeout(SOON):
            await asyncio.gather(mail.wait(), anything.wait())
        assert not reports.is_set()

        here.ring_elsewhere(Topic.READY)  # for all

        async with asyncio.timeout(SOON):
            await reports.wait()


async def test_words_of_newer_code_about_queues_wake_all() -> None:
    wire, heard = Wire(), asyncio.Event()
    async with doorbell_on(wire) as there:
        there.listen(Topic.READY, heard.set, ("mail",))
        await there.begun_to_hear()

        await wire.send("ready/what-is-this")

        async with asyncio.timeout(SOON):
            await heard.wait()
