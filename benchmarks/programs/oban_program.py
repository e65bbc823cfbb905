"""Oban for Python, with uvloop (one of its dependencies) and 1,000 jobs at once, its best: see `peer_program.py`."""

import asyncio
import logging
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module

from benchmarks.programs import store
from benchmarks.programs.payload import payload
from benchmarks.programs.peer_program import main
from benchmarks.programs.producing import Producer
from benchmarks.programs.stamps import Stamps

_CONCURRENCY = 1_000
logging.disable(logging.WARNING)
oban = import_module("oban")
stamps = Stamps.of_this_process()


@oban.job(queue="default")  # type: ignore[untyped-decorator]
async def note(number: int, name: str, ratio: float, flag: bool) -> None:  # noqa: ARG001  (the payload is decoded)
    """The measured job."""
    if stamps is not None:
        stamps.stamp(number)


class _Oban:
    async def install(self) -> None:
        pool = await oban.Oban.create_pool(store.url())
        await import_module("oban.schema").install(pool)
        await pool.close()

    def work(self) -> None:
        import_module("uvloop").run(_work())

    @asynccontextmanager
    async def producer(self) -> AsyncGenerator[Producer, None]:
        pool = await oban.Oban.create_pool(store.url(), min_size=1, max_size=4)
        client = oban.Oban(pool=pool)
        yield Producer(
            one=lambda number: client.enqueue(note.new(**payload(number))),
            many=lambda numbers: client.enqueue_many([note.new(**payload(number)) for number in numbers]),
        )
        await pool.close()


async def _work() -> None:
    pool, stopped = await oban.Oban.create_pool(store.url(), min_size=1, max_size=10), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with oban.Oban(pool=pool, queues={"default": _CONCURRENCY}):
        await stopped.wait()
    await pool.close()


if __name__ == "__main__":
    main(_Oban())
