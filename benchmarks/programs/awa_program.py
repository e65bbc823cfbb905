"""awa, whose core is written in Rust, with its queue storage and 256 jobs at once, its best: see `peer_program.py`."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from benchmarks.programs import store
from benchmarks.programs.payload import payload
from benchmarks.programs.peer_program import main
from benchmarks.programs.producing import Producer
from benchmarks.programs.stamps import Stamps

_CONCURRENCY, _POLL_MS = 256, 50
_QUEUE = "bench"
awa = import_module("awa")
stamps = Stamps.of_this_process()


@dataclass
class Note:
    """The payload."""

    number: int
    name: str
    ratio: float
    flag: bool


class _Awa:
    async def install(self) -> None:
        client = awa.AsyncClient(store.url())
        await client.migrate()
        await client.install_queue_storage(schema="awa", reset=True)
        await client.close()

    def work(self) -> None:
        asyncio.run(_work())

    @asynccontextmanager
    async def producer(self) -> AsyncGenerator[Producer, None]:
        client = _client()
        yield Producer(
            one=lambda number: client.insert(Note(**payload(number)), queue=_QUEUE),
            many=lambda numbers: client.enqueue_many_copy(
                [Note(**payload(number)) for number in numbers], queue=_QUEUE
            ),
        )
        await client.close()


def _client() -> Any:
    client = awa.AsyncClient(store.url())

    @client.task(Note, queue=_QUEUE)  # type: ignore[untyped-decorator]
    async def note(job: Any) -> None:
        if stamps is not None:
            stamps.stamp(job.args.number)

    return client


async def _work() -> None:
    client, stopped = _client(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await client.start([(_QUEUE, _CONCURRENCY)], poll_interval_ms=_POLL_MS)
    await stopped.wait()
    await client.shutdown(timeout_ms=5_000)


if __name__ == "__main__":
    main(_Awa())
