"""Chancy, with its asyncio executor and 1,000 jobs at once, its best: see `peer_program.py`."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from benchmarks.programs import store
from benchmarks.programs.payload import payload
from benchmarks.programs.peer_program import main
from benchmarks.programs.producing import Producer
from benchmarks.programs.stamps import Stamps

_CONCURRENCY = 1_000
_log = logging.getLogger("bench")
_log.setLevel(logging.ERROR)
chancy = import_module("chancy")
stamps = Stamps.of_this_process()


@chancy.job()  # type: ignore[untyped-decorator]
async def note(*, number: int, name: str, ratio: float, flag: bool) -> None:  # noqa: ARG001  (the payload is decoded)
    """The measured job."""
    if stamps is not None:
        stamps.stamp(number)


class _Chancy:
    async def install(self) -> None:
        queue = chancy.Queue(
            "default",
            concurrency=_CONCURRENCY,
            executor=chancy.Chancy.Executor.Async,
            polling_interval=1,
            eager_polling=True,
        )
        async with _opened() as app:
            await app.migrate()
            await app.declare(queue, upsert=True)

    def work(self) -> None:
        asyncio.run(_work())

    @asynccontextmanager
    async def producer(self) -> AsyncGenerator[Producer, None]:
        async with _opened() as app:

            async def many(numbers: range) -> None:
                async for _ in app.push_many([_job(number) for number in numbers]):
                    pass

            yield Producer(one=lambda number: app.push(_job(number)), many=many)


def _opened() -> Any:
    return chancy.Chancy(store.url(), log=_log)


async def _work() -> None:
    async with _opened() as app, chancy.Worker(app) as worker:
        await worker.wait_for_shutdown()


def _job(number: int) -> Any:
    return note.job.with_kwargs(**payload(number))


if __name__ == "__main__":
    main(_Chancy())
