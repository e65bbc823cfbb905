"""Whatever another session of the server says on our channel is survived; a true ring that comes after it wakes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.clock import SystemClock
from dawam.doorbells.base import Topic
from dawam.doorbells.postgres import PostgresDoorbell
from dawam.doorbells.queue_bits import bits_text, queue_bits
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.store import PostgresStore
from dawam.stores.postgres.wire import NotifyWire, channel
from tests.fuzz.mutation import as_text, grown_text, kept

SOON = 20.0
RING = f"{Topic.READY}/{bits_text(queue_bits(('mail',)))}"


def drawn() -> list[str]:
    """As much as one run of Hypothesis tries."""
    found = [as_text(path.read_bytes()) for path in kept("rings")]

    @given(payload=grown_text("rings") | st.text(max_size=200))
    def draw(payload: str) -> None:
        found.append(payload[:2000])

    draw()
    return found


class CountedWire(NotifyWire):
    """Knows how often somebody had to connect."""

    connected = 0

    async def hear(self) -> AsyncGenerator[str, None]:
        CountedWire.connected += 1
        async with aclosing(super().hear()) as heard:
            async for words in heard:
                yield words


async def test_any_words_of_another_session_are_survived(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dawam.stores.postgres.store.NotifyWire", CountedWire)
    address, woken = Address.of(postgres_url), asyncio.Event()
    store = PostgresStore(address, application="shop", clock=SystemClock())
    await store.open()
    doorbell = store.doorbell
    assert isinstance(doorbell, PostgresDoorbell)
    doorbell.listen(Topic.READY, woken.set, ("mail",))
    async with asyncio.timeout(SOON):
        await doorbell.begun_to_hear()

    with psycopg.connect(postgres_url, autocommit=True) as other:
        for payload in drawn():
            with suppress(psycopg.Error, UnicodeError):  # what the server or its driver take for no text
                other.execute("SELECT pg_notify(%s, %s)", [channel(address, "shop"), payload])
        for _ in range(3):  # of all that was said, one wake-up at most may still be on its way
            woken.clear()
            other.execute("SELECT pg_notify(%s, %s)", [channel(address, "shop"), RING])
            async with asyncio.timeout(SOON):
                await woken.wait()
    assert CountedWire.connected == 1
    await store.close()
