"""Keeps the Overview open while a host is at work, as a browser does, and tells what that takes of the machine."""

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx2
import psycopg

from benchmarks import machine
from benchmarks.pages.acting import hosted
from dawam import App
from dawam.jobs.state import JobState
from dawam.stores.values import JobFilter

_TOOK = re.compile(r"dur=([\d.]+)")
_CALM, _AT_MOST = 100, 60.0
"""How many times as long as a page took nothing is asked for, and for how many seconds at most: as `dawam.js` does."""


async def watch(app: App, url: str, *, seconds: float) -> None:
    """One open page, and all of its server, against a host that has work the whole time."""
    before = await _backends(url)
    async with _dashboard(url) as (process, address), httpx2.AsyncClient(base_url=address, timeout=None) as http:
        await http.get("/")
        servers = {process, *(await _backends(url) - before)}
        async with hosted(url):
            await asyncio.sleep(5)
            since, began = app.runtime.parts.store.clock.now(), time.monotonic()
            taken, visits = machine.exact_cpu_seconds(servers), await _stay(http, seconds)
            taken, took = machine.exact_cpu_seconds(servers) - taken, time.monotonic() - began
            until = app.runtime.parts.store.clock.now()
            done = JobFilter(states=frozenset({JobState.SUCCEEDED}), finished_from=since, finished_before=until)
            rate = await app.inspector.count(done) / took
        left = (await app.inspector.counts(1_000)).due
    cores = os.cpu_count() or 1
    print(
        f"one open Overview, asked for {visits} times in {took:.0f} s: the dashboard and its connections took "
        f"{100 * taken / took / cores:.2f} % of {cores} cores, while a host ran {rate:,.0f} jobs a second"
        + ("" if left else " (and ran out of them: fill in more)")
    )


async def _stay(http: httpx2.AsyncClient, seconds: float) -> int:
    """What an open page does: it hears that there is something new, and asks for itself unless it is to be calm."""
    visits, calm_until = 0, 0.0
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                async for _ in _beats(http):
                    if time.monotonic() >= calm_until:
                        answer = await http.get("/", headers={"HX-Request": "true"})
                        found = _TOOK.search(answer.headers["Server-Timing"])
                        assert found is not None
                        visits += 1
                        calm_until = time.monotonic() + min(_CALM * float(found[1]) / 1000, _AT_MOST)
    return visits


async def _beats(http: httpx2.AsyncClient) -> AsyncGenerator[None, None]:
    async with http.stream("GET", "/live") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("event: change"):
                yield


@asynccontextmanager
async def _dashboard(url: str) -> AsyncGenerator[tuple[int, str], None]:
    """Its process, and where it answers."""
    command = (sys.executable, "-m", "dawam", "dashboard", "--store", url, "--port", "0")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            while not (found := re.search(r"http://\S+", (await process.stdout.readline()).decode())):
                pass
        draining = asyncio.create_task(process.stdout.read())  # so that it never waits for somebody to read
        yield process.pid, found[0]
        draining.cancel()
    finally:
        process.terminate()
        await process.wait()


async def _backends(url: str) -> set[int]:
    """The processes of the server that work for somebody; a file has none."""
    if not url.startswith("postgres"):
        return set()
    return await asyncio.to_thread(_asked, url)


def _asked(url: str) -> set[int]:
    with psycopg.connect(url) as connection:
        rows: Iterable[Any] = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return {int(pid) for (pid,) in rows}
