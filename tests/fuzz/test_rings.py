"""Whatever comes over the wires of the doorbells is survived, and a true ring that comes after it still wakes."""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from dawam.doorbells.base import Topic
from dawam.doorbells.fifo import FifoDoorbell
from dawam.doorbells.postgres import PostgresDoorbell
from dawam.doorbells.queue_bits import EVERY_QUEUE, bits_text, queue_bits, read_bits
from tests.fuzz.mutation import as_text, grown, grown_text, replayed

SOON = 10.0
TOPICS = st.sampled_from(list(Topic))


class Wire:
    """A server that says to the one who listens what a test puts into its mouth."""

    def __init__(self) -> None:
        self.said = asyncio.Queue[str]()

    async def send(self, words: str) -> None:
        self.said.put_nowait(words)

    async def hear(self) -> AsyncGenerator[str, None]:
        yield ""
        while True:
            yield await self.said.get()
            self.said.task_done()


async def hear_a_ring_after(payload: str, topic: Topic) -> None:
    """The listener that heard the payload, and no other in its place, hears a ring for its queue afterwards."""
    wire, woken = Wire(), asyncio.Event()
    doorbell = PostgresDoorbell(wire, on_again=lambda: None)
    doorbell.open()
    try:
        async with asyncio.timeout(SOON):
            doorbell.listen(topic, woken.set, ("mail",))
            await doorbell.begun_to_hear()
            hearing = doorbell._hearing
            await wire.send(payload)
            await wire.said.join()
            woken.clear()
            await wire.send(f"{topic}/{bits_text(queue_bits(('mail',)))}")
            await woken.wait()
        assert doorbell._hearing is hearing
        assert hearing is not None
        assert not hearing.done()
    finally:
        doorbell.close()
        await doorbell.ended()


async def hear_a_ring_after_bytes(data: bytes, name: str, topic: Topic) -> None:
    """The bytes are written into the pipe, and stand as a name in its folder as well."""
    with tempfile.TemporaryDirectory() as folder:
        here, there, woken = FifoDoorbell(Path(folder)), FifoDoorbell(Path(folder)), asyncio.Event()
        there.listen(topic, woken.set, ("mail",))
        (pipe,) = os.listdir(folder)
        descriptor = os.open(Path(folder) / pipe, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(descriptor, data or b"!")
            (Path(folder) / f"{topic}-{name}").touch()
            async with asyncio.timeout(SOON):
                await woken.wait()  # for nothing, which costs one look
                woken.clear()
                here.ring(topic, ("mail",))
                await woken.wait()
        finally:
            os.close(descriptor)
            here.close()
            there.close()


@replayed("rings")
async def test_kept_words_of_notify_are_survived(data: bytes) -> None:
    for topic in Topic:
        await hear_a_ring_after(as_text(data), topic)


@given(grown_text("rings"), TOPICS)
def test_any_words_of_notify_are_survived(payload: str, topic: Topic) -> None:
    asyncio.run(hear_a_ring_after(payload, topic))


@replayed("rings")
async def test_kept_bytes_in_a_pipe_are_survived(data: bytes) -> None:
    await hear_a_ring_after_bytes(data, _as_name(data), Topic.READY)


@given(grown("rings"), TOPICS)
def test_any_bytes_in_a_pipe_are_survived(data: bytes, topic: Topic) -> None:
    asyncio.run(hear_a_ring_after_bytes(data, _as_name(data), topic))


@example("-" + "0" * 30 + "1")
@given(st.text("0123456789abcdefx_-+ \u0663z", min_size=32, max_size=32) | grown_text("rings"))
def test_any_text_in_place_of_bits_wakes_somebody(text: str) -> None:
    assert 0 < read_bits(text) <= EVERY_QUEUE


def _as_name(data: bytes) -> str:
    return os.fsdecode(data.replace(b"\0", b"").replace(b"/", b"-"))[:100]
