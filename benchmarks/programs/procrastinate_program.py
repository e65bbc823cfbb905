"""Procrastinate, with 50 jobs at once, its best; finished jobs are kept, its default: see `peer_program.py`."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module

from benchmarks.programs import store
from benchmarks.programs.payload import payload
from benchmarks.programs.peer_program import main
from benchmarks.programs.producing import Producer
from benchmarks.programs.stamps import Stamps

_CONCURRENCY = 50
logging.disable(logging.WARNING)
procrastinate = import_module("procrastinate")
stamps = Stamps.of_this_process()
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=store.url()))


@app.task(name="note")  # type: ignore[untyped-decorator]
async def note(number: int, name: str, ratio: float, flag: bool) -> None:  # noqa: ARG001  (the payload is decoded)
    """The measured job."""
    if stamps is not None:
        stamps.stamp(number)


class _Procrastinate:
    async def install(self) -> None:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()

    def work(self) -> None:
        asyncio.run(_work())

    @asynccontextmanager
    async def producer(self) -> AsyncGenerator[Producer, None]:
        async with app.open_async():
            yield Producer(
                one=lambda number: note.defer_async(**payload(number)),
                many=lambda numbers: note.batch_defer_async(*map(payload, numbers)),
            )


async def _work() -> None:
    async with app.open_async():
        await app.run_worker_async(concurrency=_CONCURRENCY, delete_jobs="never")


if __name__ == "__main__":
    main(_Procrastinate())
