"""Whether rings come through is found out by ringing for oneself; where they do not, that costs a poll, and a line."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dawam.doorbells.base import Topic
from dawam.doorbells.postgres import ECHO, NotHeardError, PostgresDoorbell
from dawam.errors import StoreUnavailableError
from tests.support.applications import until

SOON = 10.0


class Wire:
    """A server that may be away, and a way there that may lose what is sent."""

    def __init__(self) -> None:
        self.is_away = self.is_deaf = self.is_shared = False
        self.connected = self.lost = 0
        self.echoes = 0
        self._ear = asyncio.Queue[str | None]()

    async def send(self, words: str) -> None:
        if self.is_away:
            raise StoreUnavailableError("away")
        self.echoes += ECHO in words.split()
        if not self.is_deaf:
            self._ear.put_nowait(words)

    async def hear(self) -> AsyncGenerator[str, None]:
        if self.is_shared:
            raise NotHeardError
        self.connected += 1
        yield ""
        while (words := await self._ear.get()) is not None:
            yield words
        raise StoreUnavailableError("the connection was lost")

    def lose(self) -> None:
        self._ear.put_nowait(None)


@asynccontextmanager
async def listening(wire: Wire) -> AsyncIterator[PostgresDoorbell]:
    doorbell = PostgresDoorbell(wire, on_again=lambda: None)
    doorbell.open()
    doorbell.listen(Topic.READY, lambda: None)
    yield doorbell
    doorbell.close()
    await doorbell.ended()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("dawam.doorbells.postgres._UNHEARD_AFTER", 0.05)
    monkeypatch.setattr("dawam.doorbells.postgres._FIRST_WAIT", 0.001)


async def test_a_ring_of_ones_own_that_comes_back_says_that_all_do(caplog: pytest.LogCaptureFixture) -> None:
    async with listening(Wire()) as doorbell:
        await until(lambda: doorbell.hears is True)
    assert caplog.messages == []


async def test_what_does_not_come_back_is_said_once_however_often_the_connection_is_made(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wire = Wire()
    wire.is_deaf = True
    async with listening(wire) as doorbell:
        await until(lambda: doorbell.hears is False)
        wire.lose()
        await until(lambda: wire.echoes == 2)
        await asyncio.sleep(0.1)
    [line] = caplog.messages
    assert line.startswith("wake-ups do not come through from PostgreSQL")
    assert "session=off" in line


async def test_a_ring_that_could_not_be_sent_says_nothing_about_the_way(caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire()
    wire.is_away = True
    async with listening(wire) as doorbell:
        await asyncio.sleep(0.2)
        assert doorbell.hears is None
        wire.is_away = False
        await until(lambda: doorbell.hears is True)
    assert caplog.messages == []


async def test_where_nothing_can_be_heard_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire()
    wire.is_shared = True
    async with listening(wire) as doorbell:
        await until(lambda: doorbell.hears is False)
        await asyncio.sleep(0.05)
    assert wire.connected == 0
    [line] = caplog.messages
    assert line.startswith("wake-ups of other processes are not heard")


async def test_after_a_loss_everybody_is_woken_for_what_was_missed() -> None:
    wire, woken = Wire(), asyncio.Event()
    async with listening(wire) as doorbell:
        await until(lambda: doorbell.hears is True)
        doorbell.listen(Topic.SCHEDULED, woken.set)
        wire.lose()
        async with asyncio.timeout(SOON):
            await woken.wait()
    assert wire.connected == 2
