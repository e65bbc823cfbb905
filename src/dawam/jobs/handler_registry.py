"""The handlers of a process, by name: any thread may set and drop them while others look."""

import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any

from dawam.jobs.codec import ResultCodec
from dawam.jobs.definition import JobDefinition
from dawam.jobs.handlers import HandlerJob, JsonCodec
from dawam.jobs.options import JobOptions


class HandlerRegistry:
    """Whoever looks finds a whole mapping, the old one or the new."""

    def __init__(self) -> None:
        self._by_name: Mapping[str, JobDefinition] = {}
        self._watchers: tuple[Callable[[], object], ...] = ()
        self._door = threading.Lock()
        self.queues: frozenset[str] = frozenset()
        """Every queue that a handler has named. That of one which was dropped stays: the jobs in it are claimed, and
        parked, as those of unknown names are."""

    @property
    def names(self) -> Collection[str]:
        return self._by_name.keys()

    def find(self, name: str) -> JobDefinition | None:
        """The job of this handler."""
        return self._by_name.get(name)

    def set(self, job: HandlerJob, options: JobOptions) -> None:
        """Has this handler run the jobs of its name; the one before is replaced."""
        definition = JobDefinition(
            name=job.name,
            aliases=(),
            args_type=object,
            args_version=1,
            codec=JsonCodec(job.name),
            result_codec=ResultCodec(Any, job.name),
            options=options,
            target=job,
            is_async=job.is_async,
        )
        self._put({job.name: definition})

    def drop(self, name: str) -> bool:
        """Takes a handler away, and says whether there was one."""
        with self._door:
            was_there = name in self._by_name
            self._by_name = {key: each for key, each in self._by_name.items() if key != name}
        return was_there

    def take_from(self, other: "HandlerRegistry") -> None:
        """Has the other's handlers run here as well."""
        self._put(other._by_name)

    def watch(self, on_new_name: Callable[[], object]) -> Callable[[], None]:
        """Calls back, in the thread of whoever did it, when a handler was set; answers with what ends that."""
        with self._door:
            self._watchers = (*self._watchers, on_new_name)

        def end() -> None:
            with self._door:
                self._watchers = tuple(each for each in self._watchers if each is not on_new_name)

        return end

    def _put(self, definitions: Mapping[str, JobDefinition]) -> None:
        with self._door:
            self._by_name = {**self._by_name, **definitions}
            self.queues |= {each.options.queue for each in definitions.values()}
        for tell in self._watchers:
            tell()
