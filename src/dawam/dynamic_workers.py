"""Workers that come and go at run time, by name, as ABP's `IDynamicBackgroundWorkerManager` has them."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol, Unpack

from dawam.errors import NotRunningError
from dawam.jobs.names import checked_name
from dawam.workers.registry import WorkerDefinition, WorkerKind, WorkerRegistry, handler_definition
from dawam.workers.tick_options import TickOptions, TickWords, refuse_unknown
from dawam.workers.worker import PeriodicWorkerContext

DEFAULT_PERIOD = timedelta(minutes=1)
"""How often a dynamic worker ticks that was told nothing else; ABP's default."""

DynamicWorkerHandler = Callable[[PeriodicWorkerContext], Any]
"""What a dynamic worker does: a coroutine function, or a plain one, which runs in a thread."""


class WorkerHome(Protocol):
    """Where workers run: told which ones come and go."""

    async def worker_came(self, definition: WorkerDefinition) -> None: ...

    async def workers_went(self, names: Sequence[str]) -> None: ...


class DynamicBackgroundWorkerManager:
    """Adds, changes and removes workers while the application runs. Injectable.

    A handler lives in this process: it is to be added again at every start, on every host that shall run it. What the
    store keeps is the plan, so that it ticks once in the cluster (unless `runs_on` says otherwise) and goes on where it
    was. Changes are made one after the other, in the order of the calls.
    """

    def __init__(self, registry: WorkerRegistry) -> None:
        self._registry = registry
        self._home: WorkerHome | None = None
        self._is_stopped = False
        self._changing = asyncio.Lock()

    def connect(self, home: WorkerHome) -> None:
        """For the runtime: who starts what is added."""
        self._home = home

    async def add(self, name: str, handler: DynamicWorkerHandler, **words: Unpack[TickWords]) -> None:
        """Adds a worker of this name, or puts it in the place of the dynamic one that has it.

        Args:
            handler: is called with the `PeriodicWorkerContext` of each tick; services come from `context.get`.
            words: when and how it ticks, as `@app.worker` takes them; without `every` and `cron`, once a minute.

        Raises `RegistrationError` for a schedule that cannot be meant or a name that the code has, and
        `NotRunningError` after `stop_all`.
        """
        checked_name(name, "a dynamic worker")
        refuse_unknown(words, TickWords.__annotations__, f"worker {name!r}")
        planned = words if {"every", "cron"} & words.keys() else {**words, "every": DEFAULT_PERIOD}
        definition = handler_definition(name, handler, TickOptions.of(name, planned))
        async with self._changing:
            await self._put(definition)

    async def update_schedule(self, name: str, **words: Unpack[TickWords]) -> bool:
        """Gives a dynamic worker other words than it was added with; False where there is none of this name."""
        refuse_unknown(words, TickWords.__annotations__, f"worker {name!r}")
        options = TickOptions.of(name, words)
        async with self._changing:
            self._refuse_after_stop()
            known = self._registry.find(name)
            if known is None or known.kind is not WorkerKind.HANDLER:
                return False
            await self._put(handler_definition(name, known.target, options))
            return True

    async def remove(self, name: str) -> bool:
        """Takes a dynamic worker away; a tick that runs goes on to its end. False where there is none of this name."""
        async with self._changing:
            return await self._remove([name]) == 1

    def is_registered(self, name: str) -> bool:
        """Whether a dynamic worker has this name here."""
        known = self._registry.find(name)
        return known is not None and known.kind is WorkerKind.HANDLER

    async def stop_all(self) -> None:
        """Takes all of them away; nothing can be added any more. Twice is fine."""
        self._is_stopped = True
        async with self._changing:
            await self._remove([each.name for each in self._registry if each.kind is WorkerKind.HANDLER])

    async def _put(self, definition: WorkerDefinition) -> None:
        self._refuse_after_stop()
        self._registry.put(definition)
        if self._home is not None:
            await self._home.worker_came(definition)

    async def _remove(self, names: Sequence[str]) -> int:
        gone = [name for name in names if self._registry.remove(name)]
        if gone and self._home is not None:
            await self._home.workers_went(gone)
        return len(gone)

    def _refuse_after_stop(self) -> None:
        if self._is_stopped:
            raise NotRunningError("the dynamic workers were stopped: nothing can be added or changed any more")
