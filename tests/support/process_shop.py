"""An application whose jobs run in processes of their own, which import it from here."""

import asyncio
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

from dawam import App, BackgroundJob, JobContext, Logger, Module, OnCrash, Retry, Services, injected, job_args
from dawam.jobs.decisions import Fail

ONCE = Retry.NEVER
LIMIT = timedelta(milliseconds=500)


async def _price_list() -> dict[str, int]:
    return {"tea": 3}


PRICES = asyncio.run(_price_list())
"""Read while the module is imported, as some applications do: no loop may be running then, in whatever process."""


class Till:
    """Something that a job asks for."""

    def __init__(self) -> None:
        self.place = os.getpid()


@job_args("shop.count")
@dataclass(frozen=True)
class CountArgs:
    amount: int


class Count(BackgroundJob[CountArgs]):
    runs_in = "process"

    def __init__(self, till: Till, context: JobContext) -> None:
        self._till, self._context = till, context

    def execute(self, args: CountArgs) -> dict[str, int]:
        assert self._till.place == os.getpid()
        return {"counted": args.amount * 2, "attempt": self._context.attempt}


class ShopModule(Module):
    def configure_services(self, services: Services) -> None:
        services.add_singleton(Till)
        services.add_job(Count)


app = App(ShopModule)


@app.job("place", runs_in="process")
def place() -> int:
    return os.getpid()


@app.job("place.of.a.coroutine", runs_in="process")
async def place_of_a_coroutine() -> int:
    await asyncio.sleep(0)
    return os.getpid()


@app.job("refuse", runs_in="process", retry=ONCE)
def refuse(what: str) -> None:
    raise ValueError(f"no {what}")


@app.job("decide", runs_in="process")
def decide() -> NoReturn:
    raise Fail("it will never do")


@app.job("deaf", runs_in="process", retry=ONCE, time_limit=LIMIT)
def deaf(mark: str) -> None:
    """Holds the interpreter in one call, and has begun another process."""
    child = subprocess.Popen(["sleep", "1000"])
    Path(mark).write_text(f"{os.getpid()} {child.pid}")
    sum(range(10**12))


@app.job("polite", runs_in="process", retry=ONCE, time_limit=LIMIT)
def polite(mark: str, context: JobContext = injected) -> None:
    while not context.cancelled:
        time.sleep(0.01)
    Path(mark).write_text("tidied up")
    context.raise_if_cancelled()


@app.job("patient", runs_in="process")
def patient(mark: str) -> None:
    Path(mark).write_text(str(os.getpid()))
    time.sleep(1000)


@app.job("wait", runs_in="process")
def wait(mark: str, go_on: str) -> int:
    Path(mark).write_text(str(os.getpid()))
    while not Path(go_on).exists():
        time.sleep(0.01)
    return os.getpid()


@app.job("die", runs_in="process", retry=Retry(max_attempts=2, first_wait=timedelta(0), jitter=0))
def die() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


@app.job("die.once", runs_in="process", on_crash=OnCrash.FAIL)
def die_once() -> None:
    os._exit(3)


@app.job("grow", runs_in="process")
def grow(size: int) -> int:
    global kept
    kept = bytearray(os.urandom(1) * size)
    return os.getpid()


kept = bytearray()


@app.job("report", runs_in="process")
def report(go_on: str, context: JobContext = injected, logger: Logger = injected) -> None:
    context.progress(0.5, "half of it")
    logger.warning("half of it is done")
    while not Path(go_on).exists():
        time.sleep(0.01)
    logger.error("all of it is done")
    context.enqueue_sync(place.call())


def made() -> App:
    """An application that no module holds."""
    return App()
