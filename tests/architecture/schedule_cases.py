"""Hard cases of schedules, and how three other libraries answer them. `python -m tests.architecture.schedule_cases`
asks those that are installed, and keeps their answers with their versions in schedule_answers.json."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import islice
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from cronsim import CronSim

from dawam.workers.schedules.schedule import Cron, Dialect
from tests.architecture.code import ROOT

PINNED = ROOT / "tests" / "architecture" / "schedule_answers.json"
PEERS = ("cronsim", "croniter", "APScheduler")
REFUSED = "refused"
WORKER = "stock"


@dataclass(frozen=True)
class Case:
    """One expression, asked at one local time."""

    title: str
    expression: str
    time_zone: str
    start: str
    count: int = 2
    dialect: Dialect | None = None

    @property
    def begin(self) -> datetime:
        """The moment after which ticks are asked for, on the clocks of the zone."""
        return datetime.fromisoformat(self.start).replace(tzinfo=ZoneInfo(self.time_zone))

    @property
    def schedule(self) -> Cron:
        """Ours."""
        return Cron(self.expression, self.time_zone, self.dialect, WORKER)


_BERLIN, _LORD_HOWE, _SAO_PAULO, _APIA = "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"
_SPRING, _AUTUMN, _YEAR = "2026-03-29 00:00", "2026-10-25 00:00", "2026-01-01 00:00"
SECONDS, QUARTZ = Dialect.SECONDS, Dialect.QUARTZ
CASES = (
    Case("Spring gap, a fixed time", "30 2 * * *", _BERLIN, _SPRING),
    Case("Spring gap, two fixed times", "0,30 2 * * *", _BERLIN, _SPRING, 3),
    Case("Spring gap, a rhythm", "*/30 * * * *", _BERLIN, "2026-03-29 01:00", 3),
    Case("Spring gap, a rhythm within the hour", "*/30 2 * * *", _BERLIN, _SPRING),
    Case("Autumn fold, a fixed time", "30 2 * * *", _BERLIN, _AUTUMN),
    Case("Autumn fold, a rhythm", "*/30 * * * *", _BERLIN, "2026-10-25 01:45", 5),
    Case("Autumn fold, 6 fields, a fixed time", "0 30 2 * * *", _BERLIN, _AUTUMN, 2, SECONDS),
    Case("Lord Howe, gap of 30 minutes", "15 2 * * *", _LORD_HOWE, "2026-10-04 00:00"),
    Case("Lord Howe, fold of 30 minutes", "45 1 * * *", _LORD_HOWE, "2026-04-05 00:00"),
    Case("Gap at midnight", "0 0 * * *", _SAO_PAULO, "2018-11-03 12:00"),
    Case("Fold at midnight", "30 23 * * *", _SAO_PAULO, "2018-02-17 12:00"),
    Case("Gap at midnight, one day", "0 0 24 4 *", "Africa/Cairo", "2026-04-01 00:00", 1),
    Case("A day left out", "0 9 * * *", _APIA, "2011-12-29 01:00", 3),
    Case("A day left out, weekly", "0 9 * * 5", _APIA, "2011-12-29 01:00"),
    Case("Leap day", "0 0 29 2 *", "UTC", _YEAR),
    Case("Three days before the last", "0 9 L-3 * *", "UTC", _YEAR),
    Case("Nearest weekday", "0 9 15W * *", "UTC", "2026-02-01 00:00"),
    Case("Last weekday", "0 9 LW * *", "UTC", _YEAR),
    Case("Fifth Monday", "0 9 * * MON#5", "UTC", _YEAR),
    Case("Last Friday", "0 9 * * 5L", "UTC", _YEAR),
    Case("Day of month and weekday", "0 9 13 * 5", "UTC", _YEAR, 3),
    Case("One of them begins with a star", "0 9 */2 * 5", "UTC", _YEAR, 3),
    Case("Hours over midnight", "0 22-2 * * *", "UTC", _YEAR, 4),
    Case("Weekdays over the weekend", "0 9 * * FRI-MON", "UTC", _YEAR, 5),
    Case("Sunday is 7", "0 9 * * 7", "UTC", _YEAR),
    Case("H, a value of the worker's own", "H H * * *", "UTC", _YEAR),
    Case("A macro", "@weekly", "UTC", _YEAR),
    Case("A second in front", "*/20 30 4 * * *", "UTC", _YEAR, 4, SECONDS),
    Case("Quartz, Monday is 2", "0 0 9 ? * 2", "UTC", _YEAR, 2, QUARTZ),
    Case("Quartz, a year", "0 0 9 1 1 ? 2030", "UTC", _YEAR, 2, QUARTZ),
    Case("A day that never comes", "0 9 30 2 *", "UTC", _YEAR),
)


def told(case: Case, moments: list[datetime]) -> list[str]:
    """Moments as people in the zone read them."""
    own = [moment.astimezone(UTC).astimezone(ZoneInfo(case.time_zone)) for moment in moments]
    texts = [f"{each:%Y-%m-%d %H:%M:%S}{f'{each:%z}' if case.time_zone != 'UTC' else ''}" for each in own]
    return [text.replace(":00+", " +").replace(":00-", " -").removesuffix(":00") for text in texts]


def answers_of_peers() -> dict[str, dict[str, list[str]]]:
    """By case and library: the first moments, `REFUSED`, or nothing where none ever comes."""
    ways = {"cronsim": _by_cronsim, "croniter": _by_croniter, "APScheduler": _by_apscheduler}
    return {case.title: {peer: _asked(case, ways[peer]) for peer in PEERS} for case in CASES}


def installed_versions() -> dict[str, str]:
    """What answers today."""
    return {peer: version(peer) for peer in PEERS}


def _asked(case: Case, way: Callable[[Case], Iterator[datetime]]) -> list[str]:
    found: list[datetime] = []
    try:
        for moment in islice(way(case), case.count):
            found.append(moment)  # noqa: PERF402  (what came before an error counts)
    except Exception:  # each library has its own errors, and some have none of their own
        return told(case, found) or [REFUSED]
    return told(case, found)


def _by_cronsim(case: Case) -> Iterator[datetime]:
    return CronSim(case.expression, case.begin)


def _by_croniter(case: Case) -> Iterator[datetime]:
    identity = WORKER if "H " in case.expression else None
    ticks = croniter(case.expression, case.begin, hash_id=identity, second_at_beginning=case.dialect is not None)
    while True:
        yield ticks.get_next(datetime)


def _by_apscheduler(case: Case) -> Iterator[datetime]:
    trigger = CronTrigger.from_crontab(case.expression, ZoneInfo(case.time_zone))
    tick = trigger.get_next_fire_time(None, case.begin + timedelta(seconds=1))
    while tick is not None:
        yield tick
        tick = trigger.get_next_fire_time(tick, tick)


if __name__ == "__main__":
    pinned = {"versions": installed_versions(), "answers": answers_of_peers()}
    PINNED.write_text(json.dumps(pinned, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
