"""Puts applications together for tests: no settings file, no environment, the store and clock that a test chooses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dawam import App
from dawam.clock import Clock
from dawam.composition import MakeStore
from dawam.opening import make_store
from dawam.runtime import Runtime
from dawam.settings import SettingsSources
from dawam.stores.base import JobStore

E = TypeVar("E")
_PATIENCE = 10.0


def built(
    app: App,
    *,
    settings: Mapping[str, object] | None = None,
    clock: Clock | None = None,
    store: MakeStore = make_store,
) -> Runtime:
    """The application as it would be opened, of nothing but its code and these settings."""
    sources = SettingsSources(overrides=dict(settings or {}), environment="Test")
    return app.blueprint.build(sources, clock=clock, store=store)


@asynccontextmanager
async def running(
    app: App,
    *,
    settings: Mapping[str, object] | None = None,
    clock: Clock | None = None,
    store: MakeStore = make_store,
    run_host: bool = True,
) -> AsyncIterator[Runtime]:
    """The application, open, with a host unless told otherwise; jobs are kept in memory unless the app says where."""
    runtime = built(app, settings=settings, clock=clock, store=store)
    await runtime.start(run_host=run_host)
    try:
        yield runtime
    finally:
        await runtime.stop()


def always(store: JobStore) -> MakeStore:
    """A `MakeStore` that answers with this one."""
    return lambda *_: store


@dataclass
class Seen:
    """Keeps every event of some types, in order."""

    events: list[Any] = field(default_factory=list)

    def of(self, event_type: type[E]) -> list[E]:
        return [event for event in self.events if type(event) is event_type]


def seen_by(runtime: Runtime, *event_types: type[Any]) -> Seen:
    """What happens from now on in this runtime."""
    seen = Seen()
    for event_type in event_types:
        runtime.parts.events.subscribe(event_type, seen.events.append)
    return seen


async def until(holds: Callable[[], bool | Awaitable[bool]], within: float = _PATIENCE) -> None:
    """For what nobody tells of: asks until it holds, and fails the test when it never does."""
    async with asyncio.timeout(within):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.005)
