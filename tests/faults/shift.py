"""An application whose processes are killed, and which writes down what it does.

`python -m tests.faults.shift host` runs jobs; `produce SECONDS` enqueues, one job after the other, for so long.
"""

import asyncio
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from dawam import App, JobContext, Retry, injected
from dawam.events.lifecycle import (
    HostDeclaredDead,
    HostStarted,
    JobSettled,
    JobsRescued,
    JobStarted,
    ServiceFailed,
)
from dawam.jobs.function import JobFunction
from tests.faults.history import (
    DeclaredDead,
    Effect,
    Ended,
    Enqueued,
    History,
    Rescued,
    Settled,
    Started,
    Troubled,
    now,
)

STORE, HISTORY = "SHIFT_STORE", "SHIFT_HISTORY"
"""The variables that tell a process where the jobs and the records are."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The application, in this process, and its jobs."""

    app: App
    work: JobFunction[[float], None]
    """Takes so many seconds."""
    stumble: JobFunction[[float], None]
    """The same, but its first attempt fails at the end, and the next comes soon."""
    hang_once: JobFunction[[], None]
    """Its first attempt never ends by itself."""
    stay: JobFunction[[bool], None]
    """Ends when it is told to; a stubborn one does not."""


@contextmanager
def _attempt(history: History, context: JobContext) -> Generator[None]:
    """An attempt that says how it ended."""
    how = "failed"
    try:
        yield
        how = "done"
    except asyncio.CancelledError:
        how = "interrupted"
        raise
    finally:
        history.write(Ended, job=context.id, fence=context.fence_token, how=how)


async def _until_told(is_stubborn: bool) -> None:
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            if not is_stubborn:
                raise


def shift(store: Path, history: History) -> Shift:
    app = App(store=f"sqlite:///{store}")

    @app.job("work")
    async def work(seconds: float, context: JobContext = injected) -> None:
        with _attempt(history, context):
            if seconds:
                await asyncio.sleep(seconds)
            history.write(Effect, job=context.id, fence=context.fence_token)

    @app.job("stumble", retry=Retry(first_wait=timedelta(milliseconds=200)))
    async def stumble(seconds: float, context: JobContext = injected) -> None:
        with _attempt(history, context):
            await asyncio.sleep(seconds)
            if context.attempt == 1:
                raise OSError("it stumbled")
            history.write(Effect, job=context.id, fence=context.fence_token)

    @app.job("hang once")
    async def hang_once(context: JobContext = injected) -> None:
        with _attempt(history, context):
            if context.fence_token == 1:
                await asyncio.get_running_loop().create_future()

    @app.job("stay")
    async def stay(is_stubborn: bool, context: JobContext = injected) -> None:
        with _attempt(history, context):
            await _until_told(is_stubborn)

    _write_down(app, history)
    return Shift(app, work, stumble, hang_once, stay)


def _write_down(app: App, history: History) -> None:
    """What the host tells of."""

    def started(event: JobStarted) -> None:
        history.write(Started, job=event.job.id, fence=event.job.fence, host=event.host)

    def settled(event: JobSettled) -> None:
        outcome = type(event.outcome).__name__
        history.write(Settled, job=event.job.id, fence=event.job.fence, outcome=outcome, answer=event.answer.value)

    def rescued(event: JobsRescued) -> None:
        count = len(event.readied) + len(event.failed) + len(event.cancelled)
        history.write(Rescued, count=count, dead_hosts=event.dead_hosts)

    def declared_dead(_: HostDeclaredDead) -> None:
        history.write(DeclaredDead)

    def failed(event: ServiceFailed) -> None:
        history.write(Troubled, where=event.service, error=repr(event.error))

    app.events.subscribe(JobStarted, started)
    app.events.subscribe(JobSettled, settled)
    app.events.subscribe(JobsRescued, rescued)
    app.events.subscribe(HostDeclaredDead, declared_dead)
    app.events.subscribe(ServiceFailed, failed)


async def produce(app: App, history: History, seconds: float) -> None:
    """Enqueues for so long; each waits for the one before."""
    async with app.open(run_host=False):
        print("ready", flush=True)
        ends_at = now() + int(seconds * 1e9)
        while (began := now()) < ends_at:
            try:
                job = await app.jobs.enqueue("work", {"seconds": 0})
            except Exception as error:
                history.write(Troubled, where="enqueue", error=repr(error))
            else:
                history.write(Enqueued, job=job.id, waited=now() - began)


def main(*arguments: str) -> None:
    history = History(Path(os.environ[HISTORY]))
    app = shift(Path(os.environ[STORE]), history).app
    match arguments:
        case ["host"]:
            app.events.subscribe(HostStarted, lambda _: print("ready", flush=True))
            app.run()
        case ["produce", seconds]:
            asyncio.run(produce(app, history, float(seconds)))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
