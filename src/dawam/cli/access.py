"""Opens the store that a command is about: an application's, the one of a URL, or the one the settings name."""

import asyncio
import os
import shlex
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path
from platform import node
from typing import Any, TypeVar
from uuid import UUID

import click

from dawam.action_history import ActionHistory
from dawam.action_log import ActionLog, Actor
from dawam.app import App
from dawam.cli.loading import configured_target, load_app
from dawam.cli.options import environment_option
from dawam.control import JobControl
from dawam.errors import NotSupportedError, StoreUnavailableError
from dawam.host_control import HostControl
from dawam.inspector import JobInspector
from dawam.job_errors import JobErrors
from dawam.job_measures import JobMeasures
from dawam.preparation import EnqueueWords
from dawam.runtime import Runtime
from dawam.stores.base import Capability, JobStore
from dawam.stores.keeper import StoreGauge, StoreKeeper, TableScript
from dawam.stores.values import Retention
from dawam.worker_control import WorkerControl

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreChoice:
    """Which store the arguments name."""

    app: str | None = None
    store: str | None = field(default=None, repr=False)
    application: str | None = None
    environment: str | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "StoreChoice":
        """What the options of `store_options` said."""
        return cls(
            app=said["app"],
            store=said["store_url"],
            application=said["application"],
            environment=said["environment"],
        )

    @property
    def target(self) -> str | None:
        """The application to load; where a URL is given, only one that was named is."""
        return self.app if self.app or self.store else configured_target(Path.cwd())

    def build(self) -> Runtime:
        """The application, built and not open; one without jobs of its own where only the store is known."""
        return self.build_of(self.load())

    def load(self) -> App:
        """The application itself."""
        target = self.target
        return App() if target is None else load_app(target, Path.cwd()).app

    def build_of(self, app: App) -> Runtime:
        """This application on the store that is named."""
        said = {"Store.Url": self.store, "Store.Application": self.application}
        command_line = {key: value for key, value in said.items() if value is not None}
        return app.build(command_line=command_line, environment=self.environment)


@dataclass(frozen=True, slots=True)
class OpenedStore:
    """The store, and who reads and changes it for people."""

    store: JobStore
    inspector: JobInspector
    measures: JobMeasures
    errors: JobErrors
    actions: ActionHistory
    control: JobControl
    workers: WorkerControl
    hosts: HostControl
    who: Actor
    retention: Retention
    """How long the settings keep finished jobs."""
    run_command: str
    """What a person types to start a host for it."""

    def control_for(self, reason: str) -> JobControl:
        """The same, with the reason why."""
        return self.control.by(self.who.by, via=self.who.via, reason=reason)


def store_options(command: F) -> F:
    """The options that name a store; the command gets them as `app`, `store_url`, `application`, `environment`."""
    options = (
        click.option(
            "--app", metavar="TARGET", help="The application, as `dawam run` takes it. Default: pyproject.toml."
        ),
        click.option("--store", "store_url", metavar="URL", help="The store itself, as in sqlite:///dawam.db."),
        click.option("--application", metavar="NAME", help="Whose jobs, where several applications share the store."),
        environment_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@asynccontextmanager
async def opened(choice: StoreChoice) -> AsyncGenerator[OpenedStore, None]:
    """Opens the store as it is, without migrating it and without starting anything of the application."""
    runtime = choice.build()
    store, parts, who = shared_store(runtime), runtime.parts, person()
    try:
        await store.open(migrate=False)
    except StoreUnavailableError as error:
        if choice.store or choice.target:
            raise
        raise StoreUnavailableError(f"{error}, or name another with --app or --store") from error
    desk = parts.desk.by(who.by, via=who.via)
    try:
        yield OpenedStore(
            store=store,
            inspector=desk.inspector,
            measures=desk.measures,
            errors=desk.errors,
            actions=desk.actions,
            control=desk.control,
            workers=desk.workers,
            hosts=desk.hosts,
            who=who,
            retention=parts.options.retention_of_history,
            run_command=_run_command(choice),
        )
    finally:
        await store.close()


def with_store(said: Mapping[str, Any], use: Callable[[OpenedStore], Awaitable[T]]) -> T:
    """Opens the store that the options name, uses it, and closes it again."""

    async def work() -> T:
        async with opened(StoreChoice.of(said)) as store:
            return await use(store)

    return asyncio.run(work())


def person(reason: str = "") -> Actor:
    """Who types this: the account that the operating system knows, and the machine."""
    try:
        account = getuser()
    except (OSError, KeyError):  # a container may run as a number without a name
        account = str(os.getuid())
    return Actor(by=f"{account}@{node()}", via="command line", reason=reason)


def enqueued(choice: StoreChoice, name: str, args: dict[str, Any], words: EnqueueWords, who: Actor) -> UUID:
    """Enqueues a job of the application, and writes down who did."""
    runtime = choice.build()
    store = shared_store(runtime)

    async def work() -> UUID:
        await store.open(migrate=False)
        try:
            async with ActionLog(store, store.clock, who).noting("enqueue", name) as note:
                job = await runtime.parts.manager.enqueue(name, args, **words)
                note.outcome = f"job {job.id}"
                return job.id
        finally:
            await store.close()

    return asyncio.run(work())


def _run_command(choice: StoreChoice) -> str:
    said = {"Store.Url": choice.store, "Store.Application": choice.application}
    settings = [f"--set {key}={shlex.quote(value)}" for key, value in said.items() if value is not None]
    return " ".join(["dawam run", choice.target or "module:app", *settings])


def shared_store(runtime: Runtime) -> JobStore:
    """The store; refuses one of which another process, such as this command, sees nothing."""
    store, url = runtime.parts.store, runtime.parts.options.store.url
    if Capability.SEVERAL_PROCESSES not in store.capabilities:
        raise NotSupportedError(
            url.partition(":")[0],
            Capability.SEVERAL_PROCESSES,
            "its jobs are seen only by the process that holds them; use sqlite:///dawam.db to look at them from here",
        )
    return store


def gauge_of(store: JobStore) -> StoreGauge:
    """The store as one that can be measured; refuses one that cannot."""
    if not isinstance(store, StoreGauge):
        raise NotSupportedError(store.description, Capability.STATISTICS, "`dawam jobs list` counts its jobs")
    return store


def keeper_of(store: JobStore, instead: str) -> StoreKeeper:
    """The store as the keeper of its place; refuses one that is none, and says what to do instead."""
    if not isinstance(store, StoreKeeper):
        raise NotSupportedError(store.description, Capability.UPKEEP, instead)
    return store


def script_of(store: JobStore) -> TableScript:
    """The store as one that tells how its tables are made; refuses one that does not."""
    if not isinstance(store, TableScript):
        raise NotSupportedError(
            store.description, Capability.TABLE_SCRIPT, "leave --sql out, and let it migrate itself"
        )
    return store
