"""PgQueuer, with asyncpg and uvloop and in batches of 1,000, its best: see `peer_program.py`."""

import json
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

_BATCH = 1_000
logging.disable(logging.WARNING)
asyncpg, pgqueuer = import_module("asyncpg"), import_module("pgqueuer")
stamps = Stamps.of_this_process()


class _PgQueuer:
    async def install(self) -> None:
        connection = await asyncpg.connect(store.url())
        await pgqueuer.Queries(pgqueuer.AsyncpgDriver(connection)).install()
        await connection.close()

    def work(self) -> None:
        import_module("uvloop").run(_work())

    @asynccontextmanager
    async def producer(self) -> AsyncGenerator[Producer, None]:
        connection = await asyncpg.connect(store.url())
        queries = pgqueuer.Queries(pgqueuer.AsyncpgDriver(connection))

        async def many(numbers: range) -> None:
            count = len(numbers)
            await queries.enqueue(["note"] * count, [_encoded(number) for number in numbers], [0] * count)

        yield Producer(one=lambda number: queries.enqueue("note", _encoded(number)), many=many)
        await connection.close()


async def _work() -> None:
    queuer = pgqueuer.PgQueuer.from_asyncpg_connection(await asyncpg.connect(store.url()))

    @queuer.entrypoint("note")  # type: ignore[untyped-decorator]
    async def note(job: Any) -> None:
        if stamps is not None:
            stamps.stamp(json.loads(job.payload)["number"])

    await queuer.run(batch_size=_BATCH)


def _encoded(number: int) -> bytes:
    return json.dumps(payload(number)).encode()


if __name__ == "__main__":
    main(_PgQueuer())
