"""An application whose processes are killed: `python -m tests.faults.shop host | enqueue NAME | hold NAME | write`.

Whatever happens is said on standard output, a line at a time, so that a test can wait for it.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from dawam import App, JobContext, injected
from dawam.events.lifecycle import HostDeclaredDead, HostStarted, HostStopped, HostStopping, JobSettled

app = App(store=os.environ["SHOP_STORE"])


def say(*words: object) -> None:
    print(*words, flush=True)


@app.job("greet")
async def greet(name: str) -> str:
    say("greet", name)
    return f"Hello {name}"


@app.job("hang once")
async def hang_once(context: JobContext = injected) -> str:
    """Whoever claims it first never ends by itself."""
    say("began", context.fence_token)
    if context.fence_token == 1:
        await asyncio.get_running_loop().create_future()
    return f"claim {context.fence_token}"


@app.job("sleep in a thread")
def sleep_in_a_thread(context: JobContext = injected) -> None:
    """A thread that listens to nobody."""
    say("began", context.fence_token)
    time.sleep(120)


@app.job("work through the stop")
async def work_through_the_stop() -> str:
    say("began")
    await asyncio.sleep(3)  # longer than a signal takes on a busy machine
    return "done"


@app.job("poison")
async def poison() -> None:
    """Takes its whole process along, as soon as its neighbour has begun."""
    while not Path("begun").exists():  # noqa: ASYNC110, ASYNC240  (the neighbour may be in this process or not)
        await asyncio.sleep(0.01)
    Path("begun").unlink()  # noqa: ASYNC240
    os.kill(os.getpid(), signal.SIGKILL)


@app.job("outlive others")
async def outlive_others(context: JobContext = injected) -> None:
    """Ends only at its third claim."""
    Path("begun").touch()  # noqa: ASYNC240
    if context.fence_token < 3:
        await asyncio.get_running_loop().create_future()


app.events.subscribe(HostStarted, lambda event: say("started", event.host))
app.events.subscribe(HostStopped, lambda event: say("stopped", event.handed_back_count))
app.events.subscribe(HostStopping, lambda _: say("stopping"))
app.events.subscribe(HostDeclaredDead, lambda _: say("declared dead"))
app.events.subscribe(JobSettled, lambda event: say("settled", type(event.outcome).__name__, event.answer))


async def enqueue(name: str, *, hold: bool) -> None:
    async with app.open(run_host=False):
        args = {"name": "Amal"} if name == "greet" else {}
        job = await app.jobs.enqueue(name, args)
        say("enqueued", job)
        if hold:  # for a result, or for the kill
            say("result", await job.result())


async def write() -> None:
    """Enqueues until it is killed, and says each job when it is stored."""
    async with app.open(run_host=False):
        while True:
            say("enqueued", await app.jobs.enqueue("greet", {"name": "Amal"}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["host"]:
            app.run()
        case ["enqueue", wanted]:
            asyncio.run(enqueue(wanted, hold=False))
        case ["hold", wanted]:
            asyncio.run(enqueue(wanted, hold=True))
        case ["write"]:
            asyncio.run(write())
