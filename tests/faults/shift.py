"""An application whose processes are killed, and which writes down what it does.

`python -m tests.faults.shift host` runs jobs; `produce SECONDS PAUSE` enqueues, one job after the other, for so long or
until it is told to stop.
"""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from dawam import App, JobContext, Module, Retry, injected
from dawam.events.lifecycle import (
    HostDeclaredDead,
    HostStarted,
    JobSettled,
    JobsRescued,
    JobStarted,
    ServiceFailed,
    UnknownClaimsReturned,
)
from dawam.jobs.function import JobFunction
from tests.faults import stepped_clock
from tests.faults.history import (
    DeclaredDead,
    Doubted,
    Effect,
    Ended,
    Enqueued,
    History,
    Rescued,
    Returned,
    Serving,
    Settled,
    Started,
    Troubled,
    Underway,
    now,
)

STORE, HISTORY = "SHIFT_STORE", "SHIFT_HISTORY"
"""The variables that tell a process where the jobs and the records are."""
_PAUSE = 0.05
"""Seconds from a failure to the next try."""


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
    block: JobFunction[[float], None]
    """Holds up the loop of its host for so many seconds."""
    hold_once: JobFunction[[float], None]
    """Its first attempt is a C call of so many seconds that lets no other Python code of its process run."""
    stay: JobFunction[[bool], None]
    """Ends when it is told to; a stubborn one does not."""


@contextmanager
def _attempt(history: History, context: JobContext) -> Generator[None]:
    """An attempt that says that it runs, and how it ended."""
    how = "failed"
    history.write(Underway, job=context.id, fence=context.fence_token)
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


def shift(store: str, history: History, *modules: Module) -> Shift:
    app = App(*modules, store=store)

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

    block, hold_once = _hold_ups(app, history)
    _write_down(app, history)
    return Shift(app, work, stumble, hang_once, block, hold_once, stay)


def _hold_ups(app: App, history: History) -> tuple[JobFunction[[float], None], JobFunction[[float], None]]:
    """Jobs beside which nothing else goes on in their process."""

    @app.job("block")
    async def block(seconds: float, context: JobContext = injected) -> None:
        with _attempt(history, context):
            time.sleep(seconds)  # noqa: ASYNC251  (this is what it is for)
            history.write(Effect, job=context.id, fence=context.fence_token)

    @app.job("hold once")
    def hold_once(seconds: float, context: JobContext = injected) -> None:
        with _attempt(history, context):
            if context.fence_token == 1:
                ctypes.PyDLL(None).usleep(int(seconds * 1e6))  # unlike CDLL it keeps the interpreter's lock
            history.write(Effect, job=context.id, fence=context.fence_token)

    return block, hold_once


def _write_down(app: App, history: History) -> None:
    """What the host tells of."""

    def serving(_: HostStarted) -> None:
        history.write(Serving, concurrency=app.runtime.parts.options.host.concurrency)

    def started(event: JobStarted) -> None:
        history.write(Started, job=event.job.id, fence=event.job.fence, host=event.host)

    def settled(event: JobSettled) -> None:
        outcome = type(event.outcome).__name__
        history.write(Settled, job=event.job.id, fence=event.job.fence, outcome=outcome, answer=event.answer.value)

    def rescued(event: JobsRescued) -> None:
        count = len(event.readied) + len(event.failed) + len(event.cancelled)
        history.write(Rescued, count=count, dead_hosts=event.dead_hosts)

    def returned(event: UnknownClaimsReturned) -> None:
        history.write(Returned, count=len(event.jobs))

    def declared_dead(_: HostDeclaredDead) -> None:
        history.write(DeclaredDead)

    def failed(event: ServiceFailed) -> None:
        history.write(Troubled, where=event.service, error=repr(event.error))

    app.events.subscribe(HostStarted, serving)
    app.events.subscribe(JobStarted, started)
    app.events.subscribe(JobSettled, settled)
    app.events.subscribe(JobsRescued, rescued)
    app.events.subscribe(UnknownClaimsReturned, returned)
    app.events.subscribe(HostDeclaredDead, declared_dead)
    app.events.subscribe(ServiceFailed, failed)


async def produce(app: App, history: History, seconds: float, pause: float) -> None:
    """Enqueues for so long, and rests after each: the next waits for the one before."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with app.open(run_host=False):
        print("ready", flush=True)
        ends_at = now() + int(seconds * 1e9)
        while (began := now()) < ends_at and not stopped.is_set():
            try:
                job = await app.jobs.enqueue("work", {"seconds": 0})
            except Exception as error:
                history.write(Doubted, error=repr(error))
                await asyncio.sleep(_PAUSE)
            else:
                history.write(Enqueued, job=job.id, waited=now() - began)
            if pause:
                await asyncio.sleep(pause)


def main(*arguments: str) -> None:
    history = History(Path(os.environ[HISTORY]))
    if (clock := os.environ.get(stepped_clock.SETTING)) is not None:
        stepped_clock.obey(Path(clock))
    app = shift(os.environ[STORE], history).app
    match arguments:
        case ["host"]:
            app.events.subscribe(HostStarted, lambda _: print("ready", flush=True))
            app.run()
        case ["produce", seconds, pause]:
            asyncio.run(produce(app, history, float(seconds), float(pause)))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
