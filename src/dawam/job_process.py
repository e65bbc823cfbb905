"""A process in which one job runs at a time, for a host that has begun it: `python -m dawam.job_process DESCRIPTOR`.

It opens the same application without a host, runs what it is told to run, and ends when the host is gone.
"""

import asyncio
import importlib
import multiprocessing.spawn
import os
import signal
import socket
import sys
from types import FrameType
from typing import Any

from dawam.app import App
from dawam.attempt import Attempt
from dawam.host.channel import Answer, Channel, Logged, Origin, Progress, Ready, Run, Stop
from dawam.host.memory import resident_memory
from dawam.jobs.current import fresh_context
from dawam.observability.hearing import log_hearing
from dawam.observability.logs import configure_logging
from dawam.runtime import Runtime

_SAY_EVERY = 0.5
"""Seconds between two looks whether the job has said how far it is."""


def main() -> None:
    descriptor = int(sys.argv[1])
    os.set_inheritable(descriptor, False)  # what jobs start is none of it
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave_it_to_the_host)
    end = socket.socket(fileno=descriptor)
    try:
        origin = Channel.first(end)
    except EOFError:  # the host is gone already
        return
    assert isinstance(origin, Origin)  # noqa: S101  (nothing else comes first)
    app = _found(origin)  # before any loop runs: modules may run one of their own as they are imported
    asyncio.run(_serve(end, app, origin))


def _leave_it_to_the_host(_number: int, _frame: FrameType | None) -> None:
    """Service managers tell all processes that they find: the host has its grace first, and ends this one.

    A function, because what is ignored outright would be ignored by whatever jobs start as well.
    """


async def _serve(end: socket.socket, app: App, origin: Origin) -> None:
    channel = await Channel.of(end)
    runtime = app.build(command_line=origin.command_line, environment=origin.environment)
    configure_logging(runtime.parts.options.log)
    with app.opened_as(runtime):
        try:
            await runtime.start(run_host=False)
            channel.send(Ready())
            log_hearing.begin()
            await _JobServer(runtime, channel).serve()
        finally:
            await runtime.stop()


def _found(origin: Origin) -> App:
    multiprocessing.spawn.prepare(dict(origin.main))
    found: Any = importlib.import_module(origin.module)
    for part in origin.name.split("."):
        found = getattr(found, part)
    app: App = found if isinstance(found, App) else found()
    return app


class _JobServer:
    """Runs one job after the other, and listens meanwhile."""

    def __init__(self, runtime: Runtime, channel: Channel) -> None:
        self._runtime, self._channel = runtime, channel
        self._running: tuple[Attempt, asyncio.Task[None]] | None = None
        self._told_count = 0
        """So many lines of the running job were passed on."""

    async def serve(self) -> None:
        """Until the host closes the channel, or is gone."""
        while True:
            try:
                message = await self._channel.receive()
            except EOFError:
                if self._running is not None:
                    os._exit(1)  # the host is dead: nobody may do on what it has no claim to any more
                return
            if isinstance(message, Run):
                attempt = Attempt(message.claimed, self._runtime.job_context(message.claimed))
                running = asyncio.get_running_loop().create_task(self._run(attempt), context=fresh_context())
                self._running = attempt, running
            elif isinstance(message, Stop) and self._running is not None:
                claimed = self._running[0].claimed
                if (claimed.id, claimed.fence) == (message.job_id, message.fence):
                    self._running[0].stop(message.reason)

    async def _run(self, attempt: Attempt) -> None:
        self._told_count = 0
        saying = asyncio.create_task(self._say(attempt))
        outcome = await self._runtime.parts.executor.run_here(attempt)
        saying.cancel()
        self._running = None
        context = attempt.context
        self._pass_on_log(attempt)
        self._channel.send(
            Answer.of(
                outcome,
                progress=context.said_progress,
                follow_ups=context.follow_ups,
                completion=context.completion,
                memory=resident_memory(),
            )
        )

    async def _say(self, attempt: Attempt) -> None:
        said: str | None = None
        while True:
            await asyncio.sleep(_SAY_EVERY)
            text = attempt.context.said_progress
            if text is not None and text != said:
                said = text
                self._channel.send(Progress(text))
            self._pass_on_log(attempt)

    def _pass_on_log(self, attempt: Attempt) -> None:
        log = attempt.context.log
        if log is not None and log.said_count > self._told_count:
            missing, lines = log.since(self._told_count)
            self._told_count += missing + len(lines)
            self._channel.send(Logged(missing, lines))


if __name__ == "__main__":
    main()
