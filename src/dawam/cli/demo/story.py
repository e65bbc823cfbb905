"""The story of the demo, act by act. Each act waits for what the store says, never for a guessed time."""

import asyncio
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import click

from dawam.cli.demo.application import FAILURES, STEPS, app, fragile, greet, long
from dawam.cli.demo.host import HostProcess
from dawam.cli.demo.outcomes import HEADERS, Expected
from dawam.cli.output import print_table
from dawam.cli.shape import Failure
from dawam.jobs.record import JobInfo
from dawam.runtime import Runtime
from dawam.settings import SettingsSources

_PATIENCE = 30.0
_LOOK_EVERY = 0.05


class Story:
    """Tells the whole story in one folder; `tell` answers whether every job ended as it should."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'demo.db'}"
        self._folder = folder
        self._runtime = _runtime(self.url)
        self._expected: list[Expected] = []

    async def tell(self) -> bool:
        began = time.monotonic()
        await self._runtime.start(run_host=False)
        try:
            await self._enqueue_before_any_host_lives()
            await self._run_and_retry_then_kill()
            await self._rescue()
            is_as_expected = await self._compare()
        finally:
            await self._runtime.stop()
        click.echo(f"\n{time.monotonic() - began:.0f} s. Next: dawam new hello.py")
        return is_as_expected

    # -- the acts

    async def _enqueue_before_any_host_lives(self) -> None:
        self._act("Enqueue two jobs. No host is running: they wait in the store, and survive whatever happens now.")
        greeting = await greet.enqueue("Amal")
        sending = await fragile.enqueue()
        self._expect(greeting.id, greet.name, result='"Hello Amal!"')
        self._expect(sending.id, fragile.name, result='"sent"', failed_count=FAILURES)
        for expected in self._expected:
            self._say(f"{expected.name} is stored as {expected.job_id}")

    async def _run_and_retry_then_kill(self) -> None:
        self._act(f"Start a host. {fragile.name} fails {FAILURES} times, and is tried again after 1 s each time.")
        greeting, sending = self._expected
        async with self._host("host 1") as host:
            await self._until(greeting.job_id, "to succeed", lambda job: job.state == "succeeded", host)
            await self._until(sending.job_id, "to succeed", lambda job: job.state == "succeeded", host)

            self._act(f"Enqueue a job of {STEPS} s, and kill -9 the host in the middle of it.")
            job = await long.enqueue(STEPS)
            self._expect(job.id, long.name, result=str(STEPS), crash_count=1)
            await self._until(job.id, "to run", lambda job: job.state == "running", host)
            await asyncio.sleep(1.5)
            await host.kill()
        left = await self._job(job.id)
        self._say(f"host 1 is dead. The store still says: {long.name} is {left.state if left else 'gone'}")

    async def _rescue(self) -> None:
        self._act("Start another host. It sees that the process of the first is dead, and runs its job again.")
        job_id = self._expected[-1].job_id
        async with self._host("host 2") as host:
            await self._until(job_id, "to succeed", lambda job: job.state == "succeeded", host)
            await host.stop()

    async def _compare(self) -> bool:
        self._act("What the store says at the end:")
        click.echo()
        found = [(expected, await self._job(expected.job_id)) for expected in self._expected]
        print_table(HEADERS, [expected.row(job) for expected, job in found])
        return all(expected.is_met_by(job) for expected, job in found)

    # -- how they are told

    def _act(self, text: str) -> None:
        click.secho(f"\n{text}", bold=True)

    def _say(self, text: str) -> None:
        click.echo(f"  {text}")

    def _expect(self, job_id: UUID, name: str, *, result: str, failed_count: int = 0, crash_count: int = 0) -> None:
        self._expected.append(
            Expected(job_id=job_id, name=name, result=result, failed_count=failed_count, crash_count=crash_count)
        )

    def _host(self, name: str) -> HostProcess:
        arguments = ["dawam.cli.demo.application:app", "--set", f"Store.Url={self.url}"]
        self._say(f"$ dawam run {shlex.join(arguments)}")
        return HostProcess(arguments, self._folder, lambda line: click.secho(f"  {name} | {line}", dim=True))

    async def _until(self, job_id: UUID, what: str, is_so: Callable[[JobInfo], bool], host: HostProcess) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            job = await self._job(job_id)
            if job is not None and is_so(job):
                return
            if host.exit_code is not None:
                raise Failure(f"the host ended with exit code {host.exit_code}, while job {job_id} was {what}")
            if time.monotonic() > deadline:
                state = "gone" if job is None else job.state
                raise Failure(f"job {job_id} was {what} within {_PATIENCE:.0f} s, but is {state}")
            await asyncio.sleep(_LOOK_EVERY)

    async def _job(self, job_id: UUID) -> JobInfo | None:
        return await self._runtime.parts.desk.inspector.get_job(job_id)


def introduction(story: Story) -> str:
    """What stands above the first act."""
    title = "Dawam demo: a fresh store, two hosts, and a kill -9"
    return f"{title}\n\n  store  {story.url}"


def _runtime(url: str) -> Runtime:
    """The demo's own end of the store: it enqueues and looks. It reads no settings file and no variable."""
    return app.blueprint.build(SettingsSources(command_line={"Store.Url": url}))
