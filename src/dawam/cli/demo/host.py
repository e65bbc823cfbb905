"""A host in a process of its own, whose log lines are shown while they come."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dawam.settings import process_environment

_TIMED = re.compile(r"\d\d:\d\d:\d\d ")
_GRACE = 10.0


class HostProcess:
    """`dawam run` for the demo's application. Leaving it `async with` kills what still runs."""

    def __init__(self, arguments: Sequence[str], folder: Path, show: Callable[[str], None]) -> None:
        self._arguments, self._folder, self._show = arguments, folder, show
        self._process: Process | None = None
        self._showing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "HostProcess":
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dawam", "run", *self._arguments),
            cwd=self._folder,  # the settings files of the folder where the demo was started are none of its business
            env=_plain_environment(),
            stdout=PIPE,
            stderr=STDOUT,
        )
        self._showing = asyncio.create_task(self._show_lines(self._process))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.returncode if self._process is not None else None

    async def kill(self) -> None:
        """`kill -9`: it can neither finish anything nor say goodbye."""
        if self._process is None or self._showing is None:
            return
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._showing

    async def stop(self) -> None:
        """Asks it to stop, as an operator would, and waits until it has."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await asyncio.wait_for(self._process.wait(), _GRACE)

    async def _show_lines(self, process: Process) -> None:
        """Tracebacks are left out: the story says what failed, and `jobs show` where."""
        is_traceback = False
        assert process.stdout is not None  # noqa: S101  (it was asked for)
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            is_traceback = not _TIMED.match(line) and (is_traceback or line.startswith("Traceback"))
            if not is_traceback:
                self._show(line)


def _plain_environment() -> Mapping[str, str]:
    """The environment without anything that would set up Dawam differently."""
    own = ("DAWAM_", "ASPNETCORE_ENVIRONMENT")
    return {name: value for name, value in process_environment().items() if not name.upper().startswith(own)}
