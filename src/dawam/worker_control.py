"""Workers and recurring jobs, for people: what there is, how it went, and the human hand.

All of it is stored, so it reaches every host, within a second or so, and stays over restarts and deployments.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol, Unpack

from dawam.action_log import ActionLog, Actor, Note
from dawam.clock import Clock
from dawam.doorbells.base import Doorbell, Topic
from dawam.stores.actions import ActionStore
from dawam.stores.workers import WorkerStore
from dawam.workers.planning import first_moment
from dawam.workers.record import TickRecord, WorkerInfo
from dawam.workers.schedules.schedule import Schedule
from dawam.workers.schedules.stored import from_text, to_text
from dawam.workers.tick_options import ScheduleWords, refuse_unknown, scheduled


class ControlledWorkerStore(WorkerStore, ActionStore, Protocol):
    """As much of a store as is looked at and changed here."""


class WorkerControl:
    """Lists, pauses, resumes, triggers and reschedules workers and recurring jobs, by name.

    What changes something answers whether there is a worker of this name.
    """

    def __init__(
        self, store: ControlledWorkerStore, doorbell: Doorbell, clock: Clock, actor: Actor | None = None
    ) -> None:
        self._store, self._doorbell, self._clock = store, doorbell, clock
        self._log = ActionLog(store, clock, actor)

    def by(self, by: str, *, via: str = "code", reason: str = "") -> "WorkerControl":
        """The same, on the word of this person: what they do is written down."""
        return WorkerControl(self._store, self._doorbell, self._clock, Actor(by=by, via=via, reason=reason))

    # -- looking

    async def list(self, *, max_result_count: int = 1_000, after: WorkerInfo | None = None) -> list[WorkerInfo]:
        """Workers and recurring jobs by name, behind `after`; what ticks on every host is there once for each."""
        if max_result_count < 0:
            raise ValueError(f"max_result_count={max_result_count}: 0 or more was expected")
        return await self._store.workers(max_result_count, None if after is None else (after.name, after.place))

    async def get(self, name: str) -> tuple[WorkerInfo, ...]:
        """The worker of this name: one, or one for each host that ticks for itself, or none."""
        return tuple(await self._store.worker(name))

    async def history(self, name: str, *, max_result_count: int = 100) -> tuple[TickRecord, ...]:
        """What became of the latest ticks of this name, newest first: how long, on which host, with which error."""
        return tuple(await self._store.tick_records(name, max_result_count))

    # -- the human hand

    async def pause(self, name: str) -> bool:
        """No tick is begun any more, but those that are triggered; one that runs goes on."""
        async with self._noting("pause", name) as note:
            return note.of(await self._store.pause_worker(name))

    async def resume(self, name: str) -> bool:
        """Ticks go on as planned from now; what was planned during the pause is not made up for."""
        async with self._noting("resume", name) as note:
            known = await self._store.worker(name)
            if not known:
                return note.of(False)
            next_at = first_moment(from_text(known[0].schedule), self._clock.now())
            return self._told(note.of(await self._store.resume_worker(name, next_at)))

    async def trigger(self, name: str) -> bool:
        """One tick now, beside the plan, paused or not; after the one that is running, if one is."""
        async with self._noting("trigger", name) as note:
            return self._told(note.of(await self._store.trigger_worker(name)))

    async def reschedule(self, name: str, **words: Unpack[ScheduleWords]) -> bool:
        """Another schedule than the code's, until `restore_schedule`: `every=` or `cron=`, as `@app.worker` takes them.

        Raises `RegistrationError` for a schedule that cannot be meant.
        """
        refuse_unknown(words, ScheduleWords.__annotations__, "reschedule")
        schedule = scheduled(name, words, kind="worker or recurring job")
        async with self._noting(f"reschedule to {to_text(schedule)}", name) as note:
            return note.of(await self._reschedule(name, schedule, to_text(schedule)))

    async def restore_schedule(self, name: str) -> bool:
        """The schedule that the code says."""
        async with self._noting("restore the schedule of", name) as note:
            known = await self._store.worker(name)
            if not known:
                return note.of(False)
            return note.of(await self._reschedule(name, from_text(known[0].declared_schedule), None))

    async def remove(self, name: str) -> bool:
        """Deletes it with its history. What code declares comes back within about 10 s while a host has it."""
        async with self._noting("remove", name) as note:
            return note.of(await self._store.remove_worker(name))

    def _noting(self, verb: str, name: str) -> AbstractAsyncContextManager[Note]:
        return self._log.noting(verb, f"worker {name}")

    async def _reschedule(self, name: str, schedule: Schedule, text: str | None) -> bool:
        next_at = first_moment(schedule, self._clock.now())
        return self._told(await self._store.reschedule_worker(name, text, next_at))

    def _told(self, is_there: bool) -> bool:
        if is_there:
            self._doorbell.ring(Topic.WORKERS)
        return is_there
