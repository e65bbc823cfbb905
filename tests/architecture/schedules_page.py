"""Writes docs/reference/schedules.md: the grammar, hard cases beside other libraries, and schedules in words.

Run by `make reference`. What the other libraries answer is kept in schedule_answers.json (see `schedule_cases`).
"""

import json
from datetime import datetime, timedelta

from dawam.errors import ScheduleError
from dawam.workers.schedules.expression import MACROS
from dawam.workers.schedules.schedule import Cron, Dialect, Every
from tests.architecture.code import ROOT
from tests.architecture.schedule_cases import CASES, PEERS, PINNED, REFUSED, WORKER, Case, told

PAGE = ROOT / "docs" / "reference" / "schedules.md"

_HEAD = """# Schedules

Written by `make reference`; do not edit.

A periodic worker has an interval or a cron expression.

| Keyword | The next tick comes |
|---|---|
| `every=timedelta(minutes=5)` | five minutes after the last one ended, as in ABP |
| `every=timedelta(minutes=5), fixed_rate=True` | five minutes after the moment for which the last one was planned |
| `cron="0 3 * * *"` | when the clock in UTC shows such a time |
| `cron="0 3 * * *", time_zone="Asia/Riyadh"` | when the clock in Riyadh does; also a `ZoneInfo` |
| `cron="0 0 3 ? * 2", dialect="quartz"` | as Quartz reads it; six or seven fields have to say their dialect |

## Dialects

| `dialect=` | Fields | Sunday is | Both day fields given |
|---|---|---|---|
| `"unix"` | minute, hour, day of month, month, weekday | 0 or 7 | either is enough; both, if one begins with `*` |
| `"seconds"` | second, and those of unix | 0 or 7 | as in unix |
| `"quartz"` | second, and those of unix, and perhaps a year (1970 to 2099) | 1 | refused: one of the two is `?` |

Five fields are `unix` without being told. The same six fields mean different days in the other two, so they are refused
until the worker says which is meant.

## Fields

| Written | In | Means |
|---|---|---|
| `*` | every field | each value |
| `5`, `MON`, `JAN` | every field; names in month and weekday | this value; capitals do not matter |
| `1,15` | every field | several, of any form below |
| `9-17`, `22-2`, `FRI-MON` | every field | from one to the other, over the end if need be (not in years) |
| `*/15`, `9-17/2`, `5/15` | every field | every so many; without an end, up to the last of the field |
| `?` | both day fields | the other day field decides |
| `L`, `L-3` | day of month | the last day; three days before it |
| `15W`, `LW` | day of month | the day from Monday to Friday nearest to the 15th, within the month; the last one |
| `5L`, `FRIL` | weekday | the last Friday of the month |
| `L` | weekday, quartz only | Saturday |
| `MON#2` | weekday | the second Monday of the month |
| `H`, `H(0-29)`, `H/15`, `H(0-29)/10` | every field but the year | a value of the worker's own |

`H` is computed from the worker's name, so that many workers do not start at once, and stays what it is. As a day of
the month it is at most 28, unless a range is given.

Macros, in every dialect: MACROS. `@reboot` names no time: `run_on_start=True` does that.

A step that is longer than its field is refused: `*/90` as minutes would start anew each hour. So is a day that never
comes. A day that only some months have is left out in the others.

## When clocks change

An expression has a **rhythm** if the second, the minute or the hour holds a `*`, or a step without an end (`*/15`,
`5/15`, `H/15`). All others name **fixed times**: values, lists, ranges, ranges with a step.

- A fixed time comes once a day, whatever clocks do. If it falls into a gap it comes at the first moment after the gap;
  if it comes twice, at the first of the two. Fixed times that fall on the same moment are one tick.
- A rhythm follows real time: it runs in both passes of an hour that is repeated, and does not make up for one that is
  missing.
- A day that was left out altogether (Samoa, 30 December 2011) is a gap like any other.

Ticks are kept in UTC; a zone's rules are those of the time zone database of the machine, and of the package `tzdata`
where the system has none.

## Hard cases

The first ticks after a local time, beside cronsim VERSION:cronsim, croniter VERSION:croniter and APScheduler
VERSION:APScheduler (`from_crontab`). "same" is our answer. What another library does not claim to read it refuses,
or reads in its own way: Quartz's numbers of weekdays are known to none of them, croniter writes `5L` as `L5`, and
APScheduler counts weekdays from Monday and takes five fields.

| Case | Expression | After | Dawam | cronsim | croniter | APScheduler |
|---|---|---|---|---|---|---|
"""
_WORDS = """
## In words

`schedule.explain()` and `schedule.explain("ar")`:

| Schedule | English | Arabic |
|---|---|---|
"""
_TOLD = (
    Cron("0 3 * * *", "Asia/Riyadh"),
    Cron("*/15 9-17 * * SUN-THU", "Asia/Riyadh"),
    Cron("@hourly"),
    Cron("0 22-2 * * *"),
    Cron("0 9 * * MON#2"),
    Cron("0 9 * * 5L"),
    Cron("0 9 L-3 * *"),
    Cron("0 9 15W 1,7 *"),
    Cron("0 9 13 * FRI"),
    Cron("0 9 29 2 *"),
    Cron("*/10 * * * * *", dialect=Dialect.SECONDS),
    Cron("0 0 12 ? * 2-6 2027-2029", dialect=Dialect.QUARTZ),
    Cron("H H(1-5) * * *", hash_key=WORKER),
    Every(timedelta(minutes=5)),
    Every(timedelta(hours=1, minutes=30), fixed_rate=True),
)


def page() -> str:
    """The page as it should be."""
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    head = _HEAD.replace("MACROS", ", ".join(f"`{name}`" for name in MACROS))
    for peer, version in pinned["versions"].items():
        head = head.replace(f"VERSION:{peer}", version)
    cases = "".join(f"{_row(case, pinned['answers'][case.title])}\n" for case in CASES)
    words = "".join(f"| `{each}` | {each.explain()} | {each.explain('ar')} |\n" for each in _TOLD)
    return head + cases + _WORDS + words


def _row(case: Case, theirs: dict[str, list[str]]) -> str:
    ours = _ours(case)
    cells = ["same" if theirs[peer] == ours else _cell(theirs[peer]) for peer in PEERS]
    expression = f"`{case.expression}`" + (f" ({case.dialect})" if case.dialect else "")
    return " | ".join(
        [f"| {case.title}", expression, f"{case.start} {case.time_zone}", _cell(ours), *cells]
    ) + " |"  # fmt: skip


def _ours(case: Case) -> list[str]:
    try:
        schedule = case.schedule
    except ScheduleError:
        return [REFUSED]
    found: list[datetime] = []
    moment = schedule.next_after(case.begin)
    while moment is not None and len(found) < case.count:
        found.append(moment)
        moment = schedule.next_after(moment)
    return told(case, found)


def _cell(answers: list[str]) -> str:
    return "<br>".join(answers) or "nothing, without an error"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
