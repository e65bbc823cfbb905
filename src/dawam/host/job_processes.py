"""Processes of their own for jobs that want one: begun when needed, used again, killed when need be."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from dawam.attempt import Attempt
from dawam.errors import JobProcessDied, RegistrationError
from dawam.host.channel import Answer, Channel, Logged, Origin, Progress, Ready, Run, Stop
from dawam.host.processes import spoken_end
from dawam.jobs.context import OVER_TIME_LIMIT

_COMMAND = (sys.executable, "-m", "dawam.job_process")
_PATIENCE = 1.0
"""Seconds that a job has to end by itself once it was asked to."""
_LOOK_EVERY = 1.0
"""Seconds between two looks whether a process is still there that says nothing."""
_LAST_WORDS, _LAST_STEPS = 0.2, 1.0
"""Seconds that it may take to read what a dead process has said, and a process to end by itself."""
_IDLE_FOR = 300.0
"""Seconds after which a process that nobody needs is ended."""


class JobProcesses:
    """At most `count` processes, each with one job at a time; jobs beyond that wait for the next that is free."""

    def __init__(self, count: int, origin: Callable[[], Origin], memory_limit: int | None) -> None:
        """`origin` is asked when a process begins; one that holds more than so many bytes after a job is ended."""
        self._origin, self._memory_limit = origin, memory_limit
        self._places = asyncio.Semaphore(count)
        self._idle: list[_JobProcess] = []
        self._all: set[_JobProcess] = set()
        self._ending: set[asyncio.Task[None]] = set()

    async def run(self, attempt: Attempt, limit: timedelta | None) -> Answer:
        """Runs one attempt to its end. Raises `JobProcessDied` when its process is gone before it has answered."""
        waiting = asyncio.current_task()
        attempt.interrupt = None if waiting is None else waiting.cancel
        async with self._places:
            process = await self._take()
            try:
                answer = await process.run(attempt, limit)
            finally:
                self._give_back(process)
        return answer

    def check(self) -> None:
        """Raises a `ConfigurationError` where no process could be begun, or find the application."""
        if not hasattr(os, "killpg"):
            raise RegistrationError('runs_in="process" is for Linux and macOS: leave it out on this system')
        self._origin()

    async def close(self) -> None:
        """Ends all of them; what still runs is killed."""
        processes, self._all, self._idle = list(self._all), set(), []
        await asyncio.gather(*(process.end() for process in processes), *self._ending)

    async def _take(self) -> "_JobProcess":
        while self._idle:
            process = self._idle.pop()
            process.is_needed()
            if process.is_free:
                return process
            self._all.discard(process)
        process = _JobProcess()
        self._all.add(process)
        try:
            await process.begin(self._origin())
        except BaseException:
            self._all.discard(process)
            process.kill()
            raise
        return process

    def _give_back(self, process: "_JobProcess") -> None:
        is_too_large = self._memory_limit is not None and process.memory > self._memory_limit
        if process.is_free and not is_too_large:
            self._idle.append(process)
            process.is_idle(lambda: self._let_go(process))
        else:
            self._let_go(process)

    def _let_go(self, process: "_JobProcess") -> None:
        """Ends it in the background."""
        with suppress(ValueError):
            self._idle.remove(process)
        self._all.discard(process)
        ending = asyncio.get_running_loop().create_task(process.end(), name="dawam job process ends")
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


class _JobProcess:
    """One of them, from the side of the host."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._is_busy = False
        self._killing: asyncio.TimerHandle | None = None
        self._ending: asyncio.TimerHandle | None = None
        self.memory = 0
        """What it held after its last job, in bytes."""

    @property
    def is_free(self) -> bool:
        """Whether it can be given a job."""
        return self._is_there and not self._is_busy

    @property
    def _is_there(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def begin(self, origin: Origin) -> None:
        """Waits until its application is open. Raises `JobProcessDied`."""
        ours, theirs = socket.socketpair()
        try:
            # a session of its own: Ctrl-C is the host's matter, and whatever the job starts dies with it
            self._process = _started(theirs)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._channel = await Channel.of(ours)
        self._channel.send(origin)
        self._is_busy = True
        if not isinstance(await self._receive("could begin: what it said is on standard error"), Ready):
            raise JobProcessDied("the process for a job said something else than that it was ready")
        self._is_busy = False

    async def run(self, attempt: Attempt, limit: timedelta | None) -> Answer:
        channel, loop = self._open_channel, asyncio.get_running_loop()
        attempt.interrupt = lambda: self._ask_to_stop(attempt)
        alarm = None if limit is None else loop.call_later(limit.total_seconds(), attempt.stop, OVER_TIME_LIMIT)
        self._is_busy = True
        try:
            channel.send(Run(attempt.claimed))
            attempt.has_begun = True
            while True:
                message = await self._receive("had ended")
                if isinstance(message, Progress):
                    attempt.context.take_over(message.text)
                elif isinstance(message, Logged):
                    attempt.context.hear(message.lines, message.missing)
                elif isinstance(message, Answer):
                    self.memory, self._is_busy = message.memory, False
                    return message
        finally:
            attempt.interrupt = None
            for timer in (alarm, self._killing):
                if timer is not None:
                    timer.cancel()
            self._killing = None  # the next job of this process is another matter
            if self._is_busy:  # nobody waits for what it does any more
                self.kill()

    def _ask_to_stop(self, attempt: Attempt) -> None:
        """The job is told, and the process is killed a moment later if that has not helped."""
        claimed = attempt.claimed
        self._open_channel.send(Stop(claimed.id, claimed.fence, attempt.asked[-1]))
        if self._killing is None:
            self._killing = asyncio.get_running_loop().call_later(_PATIENCE, self.kill)

    async def _receive(self, what: str) -> object:
        """The next message. A process is also looked for, because what a job has started may hold its end open."""
        receiving = asyncio.ensure_future(self._open_channel.receive())
        try:
            while not receiving.done() and self._is_there:
                await asyncio.wait({receiving}, timeout=_LOOK_EVERY)
            await asyncio.wait({receiving}, timeout=_LAST_WORDS)  # what it said before its end counts
            if receiving.done():
                return receiving.result()
        except EOFError:
            pass
        finally:
            receiving.cancel()
        code = await self._exit_code()
        raise JobProcessDied(f"its process ended with {spoken_end(code)} before the job {what}")

    @property
    def _open_channel(self) -> Channel:
        if self._channel is None:
            raise JobProcessDied("its process was never begun")
        return self._channel

    async def _exit_code(self) -> int:
        process = self._process
        if process is None:
            return 0
        with suppress(subprocess.TimeoutExpired):
            return await asyncio.to_thread(process.wait, _LAST_STEPS)
        self.kill()
        return await asyncio.to_thread(process.wait)

    # -- its end

    def is_idle(self, on_long_idle: Callable[[], None]) -> None:
        """Nobody needs it now; `on_long_idle` is called if that stays so."""
        self._ending = asyncio.get_running_loop().call_later(_IDLE_FOR, on_long_idle)

    def is_needed(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def kill(self) -> None:
        """With everything that its job has started."""
        if self._process is not None and self._is_there:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Lets it close its application; kills it if it is busy, or takes long."""
        self.is_needed()
        if self._channel is not None:
            self._channel.close()
        if self._is_busy:
            self.kill()
        await self._exit_code()


def _started(end: socket.socket) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  (our own command)
        [*_COMMAND, str(end.fileno())], pass_fds=(end.fileno(),), stdin=subprocess.DEVNULL, start_new_session=True
    )
