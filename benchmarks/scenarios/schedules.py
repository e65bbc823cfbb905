"""Cron expressions: reading one and finding its next tick, and the tick after that, beside two libraries.

All three read the same expressions and start at the same moments. Dawam keeps what it has read; here it reads anew.
"""

from timeit import Timer

from benchmarks.bench import Run, Values

_LOOPS, _REPEATS = 200, 5
_COMMON = """
from datetime import datetime
from zoneinfo import ZoneInfo
cases = [
    (expression, name, datetime(2026, 3, 28, 12, tzinfo=ZoneInfo(name)))
    for expression, name in [
        ("*/5 * * * *", "UTC"),
        ("0 3 * * *", "Asia/Riyadh"),
        ("30 2 * * *", "Europe/Berlin"),
        ("*/15 9-17 * * MON-FRI", "America/New_York"),
        ("0 9 1,15 * *", "Europe/Berlin"),
        ("0 0 L * *", "Asia/Riyadh"),
    ]
]
"""
_DAWAM = """
from dawam.workers.schedules.rule import rule_of
read = rule_of.__wrapped__
ticking = [[read(expression, name, None, ""), moment] for expression, name, moment in cases]
"""
_CRONSIM = """
from cronsim import CronSim
ticking = [CronSim(expression, moment) for expression, _, moment in cases]
"""
_CRONITER = """
from croniter import croniter
ticking = [croniter(expression, moment) for expression, _, moment in cases]
"""
_PROGRAMS = {
    "schedules": (
        _DAWAM,
        "for expression, name, moment in cases: read(expression, name, None, '').next_after(moment)",
        "for each in ticking: each[1] = each[0].next_after(each[1])",
    ),
    "schedules-cronsim": (
        _CRONSIM,
        "for expression, _, moment in cases: next(CronSim(expression, moment))",
        "for each in ticking: next(each)",
    ),
    "schedules-croniter": (
        _CRONITER,
        "for expression, _, moment in cases: croniter(expression, moment).get_next(datetime)",
        "for each in ticking: each.get_next(datetime)",
    ),
}


def runs() -> list[Run]:
    """Dawam and the two libraries, each in turn."""
    return [_run(name, *program) for name, program in _PROGRAMS.items()]


def _run(name: str, setup: str, first: str, following: str) -> Run:
    def measure() -> Values:
        return {"first_us": _microseconds(first, setup), "next_us": _microseconds(following, setup)}

    return Run(name, measure)


def _microseconds(statement: str, setup: str) -> float:
    """For one expression, as the mean over all of them: the best of some repeats."""
    best = min(Timer(statement, _COMMON + setup).repeat(_REPEATS, _LOOPS))
    return 1_000_000 * best / _LOOPS / 6
