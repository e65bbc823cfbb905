"""Where the last findings hang, for GET /health to read without waiting for anything."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dawam.clock import Clock
from examples.inventory.health.check import Finding
from examples.inventory.health.options import HealthOptions


class Health(StrEnum):
    """How something is, best first."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    """Something that is not vital is missing: the application works on."""
    UNHEALTHY = "unhealthy"
    STALE = "stale"
    """Nobody has looked for too long, or ever."""

    @property
    def is_serviceable(self) -> bool:
        """Whether requests should be sent here."""
        return self in (Health.HEALTHY, Health.DEGRADED)


@dataclass(frozen=True, slots=True)
class CheckState:
    """How one thing is."""

    finding: Finding
    health: Health
    since: datetime
    """Since when it is well, or is not."""
    checked_at: datetime
    age: timedelta


@dataclass(frozen=True, slots=True)
class HealthReport:
    """How the application is: as bad as the worst of what it needs."""

    health: Health
    checks: list[CheckState]


@dataclass(frozen=True, slots=True)
class _Note:
    finding: Finding
    since: datetime
    checked_at: datetime
    boot_time: float


class HealthBoard:
    """The last finding of each check, in this process's memory."""

    def __init__(self, clock: Clock, options: HealthOptions) -> None:
        self._clock = clock
        self._stale_after = options.stale_after
        self._notes: dict[str, _Note] = {}

    def put(self, finding: Finding) -> bool:
        """Hangs up what was found just now; answers whether the thing has changed sides, or is ill at first sight."""
        now, before = self._clock.now(), self._notes.get(finding.name)
        is_news = not finding.is_well if before is None else finding.is_well is not before.finding.is_well
        since = now if before is None or is_news else before.since
        self._notes[finding.name] = _Note(finding, since, now, self._clock.boot_time())
        return is_news

    def report(self) -> HealthReport:
        """How everything is now, by what was found last and how long ago that is."""
        checks = [self._state(note) for _, note in sorted(self._notes.items())]
        worst = max((check.health for check in checks), key=list(Health).index, default=Health.STALE)
        return HealthReport(worst, checks)

    def _state(self, note: _Note) -> CheckState:
        # by the clock that never steps: a wall clock that is put right makes nothing stale
        age = timedelta(seconds=self._clock.boot_time() - note.boot_time)
        return CheckState(note.finding, self._health(note.finding, age), note.since, note.checked_at, age)

    def _health(self, finding: Finding, age: timedelta) -> Health:
        if age > self._stale_after:
            return Health.STALE
        if finding.is_well:
            return Health.HEALTHY
        return Health.UNHEALTHY if finding.is_vital else Health.DEGRADED
