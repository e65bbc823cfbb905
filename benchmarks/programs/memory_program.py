"""The memory store in one process, and the floor beneath it.

dawam N    enqueue N jobs, then run them with a host of this process
floor N    what the interpreter itself takes: decode the same args, and a task with a context of its own for each job
"""

import asyncio
import sys
import time
from collections import Counter
from contextvars import copy_context

import msgspec

from benchmarks.programs import answer
from benchmarks.programs.payload import payload
from dawam import App
from dawam.settings import SettingsSources

_CONCURRENCY, _CHUNK = 50, 1_000
_SETTINGS = {"Log.Level": "WARNING"}


class _Args(msgspec.Struct):
    number: int
    name: str
    ratio: float
    flag: bool


async def dawam(count: int) -> float:
    """Jobs per second, until the last one has run."""
    app, seen, all_done = App(store="memory://"), Counter[int](), asyncio.Event()

    @app.job("bench.memory")
    async def note(number: int, name: str, ratio: float, flag: bool) -> None:  # noqa: ARG001  (the payload is decoded)
        seen[number] += 1
        if len(seen) == count:
            all_done.set()

    runtime = app.blueprint.build(SettingsSources(overrides=_SETTINGS, environment="Benchmark"))
    with app.opened_as(runtime):
        await runtime.start(run_host=False)
        try:
            for start in range(0, count, _CHUNK):
                await app.jobs.enqueue_many([note.call(**payload(number)) for number in range(start, start + _CHUNK)])
            began = time.perf_counter()
            await runtime.host.start()
            await all_done.wait()
            took = time.perf_counter() - began
            await runtime.host.stop()
        finally:
            await runtime.stop()
    assert set(seen.values()) == {1}, "not exactly once"
    return count / took


async def floor(count: int) -> float:
    """Jobs per second of bare tasks, as many at once as a host runs."""
    decode = msgspec.json.Decoder(_Args).decode
    waiting = [msgspec.json.encode(payload(number)) for number in range(count)]
    context, loop, running = copy_context(), asyncio.get_running_loop(), set[asyncio.Task[None]]()
    all_done = asyncio.Event()

    async def note(number: int, name: str, ratio: float, flag: bool) -> None: ...

    async def one(data: bytes) -> None:
        await note(**msgspec.structs.asdict(decode(data)))
        fill()

    def fill() -> None:
        while waiting and len(running) < _CONCURRENCY:
            task = loop.create_task(one(waiting.pop()), context=context.copy())
            running.add(task)
            task.add_done_callback(ended)

    def ended(task: asyncio.Task[None]) -> None:
        running.discard(task)
        fill()
        if not running:
            all_done.set()

    began = time.perf_counter()
    fill()
    await all_done.wait()
    return count / (time.perf_counter() - began)


def main(command: str, count: str) -> None:
    """Measures one of them."""
    answer.give({"rate": asyncio.run({"dawam": dawam, "floor": floor}[command](int(count)))})


if __name__ == "__main__":
    main(*sys.argv[1:])
