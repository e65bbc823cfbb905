"""The application of the demo: three jobs, one for each thing that it shows."""

import asyncio
from datetime import timedelta
from logging import Logger

from dawam.app import App
from dawam.jobs.context import JobContext
from dawam.jobs.retry import Retry
from dawam.jobs.signature import injected

FAILURES = 2
"""How often the fragile job fails before it succeeds."""
STEPS = 3
"""Seconds that the long job takes."""

app = App()


@app.job("demo.greet")
async def greet(name: str) -> str:
    return f"Hello {name}!"


@app.job("demo.fragile", retry=Retry(first_wait=timedelta(seconds=1), factor=1, jitter=0))
async def fragile(context: JobContext = injected) -> str:
    if context.attempt <= FAILURES:
        raise ConnectionError("the mail server does not answer")
    return "sent"


@app.job("demo.long")
async def long(steps: int, log: Logger = injected) -> int:
    for step in range(1, steps + 1):
        await asyncio.sleep(1)
        log.info("step %d of %d", step, steps)
    return steps
