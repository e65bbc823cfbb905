"""Which tick comes next, and when: pure arithmetic that is told the time and never asks for it."""

from dataclasses import dataclass, replace
from datetime import datetime

from dawam.workers.registry import WorkerDefinition


@dataclass(frozen=True, slots=True)
class PlannedTick:
    """One tick of a worker: its number (1 is the first) and the moment it is planned for."""

    definition: WorkerDefinition
    number: int
    planned_at: datetime


class TickPlan:
    """The next tick of every periodic worker.

    A tick that was taken is under way until `ticked` says that it ended, and only then is the next one planned, one
    period later: so a worker never overlaps with itself and never catches up on what it missed.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, PlannedTick] = {}
        self._under_way: dict[str, PlannedTick] = {}

    def add(self, definition: WorkerDefinition, now: datetime) -> None:
        """Plans the first tick: one period from now, or now for a worker that runs on start.

        Adding a worker again gives it its new period: at once, or from the end of a tick that is under way.
        """
        name = definition.name
        if name in self._under_way:
            self._under_way[name] = replace(self._under_way[name], definition=definition)
            return
        number = self._waiting[name].number if name in self._waiting else 1
        first_at = now if definition.run_on_start and number == 1 else now + definition.period
        self._waiting[name] = PlannedTick(definition, number, first_at)

    def take_due(self, now: datetime) -> list[PlannedTick]:
        """Hands out the ticks whose time has come, earliest first; they are under way from here on."""
        due = [tick for tick in self._waiting.values() if tick.planned_at <= now]
        for tick in due:
            self._under_way[tick.definition.name] = self._waiting.pop(tick.definition.name)
        return sorted(due, key=lambda tick: tick.planned_at)

    def ticked(self, name: str, ended_at: datetime) -> None:
        """The tick of this worker ended: its next one comes one period later."""
        done = self._under_way.pop(name)
        self._waiting[name] = PlannedTick(done.definition, done.number + 1, ended_at + done.definition.period)

    def next_at(self) -> datetime | None:
        """When the next tick is due; None while nothing waits."""
        return min((tick.planned_at for tick in self._waiting.values()), default=None)
