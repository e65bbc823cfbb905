"""Retries very many failed jobs by filter while a host is at work, and tells how fast both went."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from dawam import App
from dawam.jobs.state import JobState
from dawam.stores.values import JobFilter

_FAILED, _SUCCEEDED = frozenset({JobState.FAILED}), frozenset({JobState.SUCCEEDED})
_PATIENCE = timedelta(milliseconds=100)


async def retry_many(app: App, url: str, *, seconds: float) -> None:
    """Those of a fifth of all errors, of the last half week: a filter that no index serves."""
    store = app.runtime.parts.store
    chosen = JobFilter(states=_FAILED, error="Timeout", finished_from=store.clock.now() - timedelta(days=3.5))
    async with hosted(url):
        await asyncio.sleep(5)
        alone = await _rate(app, seconds)
        total = await app.inspector.count(chosen)
        partial, took = await _timed_count(app, chosen)
        began, changed, longest, last = time.monotonic(), 0, 0.0, time.monotonic()
        meanwhile = asyncio.create_task(_rate(app, seconds))
        async for report in app.control.by("benchmarks").retry_all(chosen, total=total):
            changed += report.changed
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        print(
            f"retried {changed:,} of {total:,} in {last - began:.1f} s, 250 at a time, {longest * 1000:.0f} ms at most"
        )
        print(f"a person who asks how many they are is told {partial:,} or more after {took * 1000:.0f} ms")
        print(f"the host ran {alone:,.0f} jobs a second before, and {await meanwhile:,.0f} meanwhile")


async def _timed_count(app: App, chosen: JobFilter) -> tuple[int, float]:
    began = time.monotonic()
    found = await app.runtime.parts.desk.search.count(chosen, _PATIENCE)
    return found.count, time.monotonic() - began


async def _rate(app: App, seconds: float) -> float:
    """Jobs a second that succeed from now on."""
    done = JobFilter(states=_SUCCEEDED, finished_from=app.runtime.parts.store.clock.now())
    await asyncio.sleep(seconds)
    return await app.inspector.count(done) / seconds


@asynccontextmanager
async def hosted(url: str) -> AsyncGenerator[None, None]:
    """A host at work in a process of its own."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.pages.shop_host", url)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()
