"""The application of each simulated process: jobs that take some time, fail, beget others, and end when they please.

Nothing is injected into them: to put a container together takes longer than all that a process does in its life here.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from dawam import App, JobContext, PeriodicWorkerContext, Retry
from dawam.jobs.current import current_job
from dawam.jobs.decisions import Snooze
from dawam.jobs.function import JobCall, JobFunction
from tests.simulation.loop import Process
from tests.simulation.tick_witness import TickWitness
from tests.simulation.witness import Witness

SOON = timedelta(milliseconds=300)
LIMIT = timedelta(seconds=1)
BEAT = "beat"


@dataclass(frozen=True, slots=True)
class Application:
    """One process's own."""

    app: App
    process: Process
    witness: Witness
    ticks: TickWitness
    work: JobFunction[[float, int], None]
    """Takes so many seconds; so many attempts fail."""
    others: tuple[JobFunction[[float], None], ...]

    def call(self, number: int, seconds: float, failures: int) -> JobCall[None]:
        """The work for every second number, and for the others the others in turn."""
        if number % 2 == 0:
            return self.work.call(seconds, failures)
        return self.others[number // 2 % len(self.others)].call(seconds)

    async def beat(self, context: PeriodicWorkerContext) -> None:
        """A worker that takes longer than its period now and then."""
        self.ticks.began(self.process, BEAT, context.fence_token)
        await asyncio.sleep(0.2 if context.tick % 4 else 1.3)


def application(process: Process, witness: Witness, ticks: TickWitness) -> Application:
    app = App()

    @contextmanager
    def attempt() -> Generator[JobContext]:
        context = current_job.get()
        assert context is not None
        witness.began(process, context.id, context.fence_token)
        is_done = False
        try:
            yield context
            is_done = True
        finally:
            witness.ended(process, context.id, context.fence_token, is_done=is_done)

    @app.job("work", retry=Retry(first_wait=SOON))
    async def work(seconds: float, failures: int) -> None:
        with attempt() as context:
            await asyncio.sleep(seconds)
            if context.attempt <= failures:
                raise OSError("not yet")

    @app.job("beget")
    async def beget(seconds: float) -> None:
        with attempt() as context:
            await context.enqueue(work.call(seconds, 0))
            await asyncio.sleep(seconds)

    @app.job("snooze")
    async def snooze(seconds: float) -> None:
        with attempt() as context:
            await asyncio.sleep(seconds)
            if context.fence_token == 1:
                raise Snooze(after=SOON)

    @app.job("stubborn", time_limit=LIMIT, retry=Retry.NEVER)
    async def stubborn(seconds: float) -> None:
        with attempt():
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                await asyncio.sleep(SOON.total_seconds())

    return Application(app, process, witness, ticks, work, (beget, snooze, stubborn))
