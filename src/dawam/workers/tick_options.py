"""When and how a worker ticks: the words that decorators, classes and managers share, and the checked value of them."""

from collections.abc import Mapping
from datetime import timedelta, tzinfo
from enum import StrEnum
from typing import Any, TypedDict

from msgspec import Struct

from dawam.errors import RegistrationError
from dawam.jobs.priority import Priority
from dawam.jobs.retry import Retry
from dawam.workers.record import AfterCrash
from dawam.workers.schedules.given import schedule_of
from dawam.workers.schedules.schedule import Dialect, Schedule

_MOST_CAUGHT_UP = 1_000
_NO_JITTER, _MOST_JITTER = timedelta(0), timedelta(days=366)


class RunsOn(StrEnum):
    """Where a worker ticks."""

    ONE_HOST = "one host"
    """Each tick on one host, whichever comes first: once in the whole cluster."""
    EVERY_HOST = "every host"
    """On each host for itself."""


class ScheduleWords(TypedDict, total=False):
    """When; `every` or `cron`."""

    every: timedelta | None
    """How long to rest between the end of one tick and the start of the next."""
    fixed_rate: bool
    """True: `every` counts from start to start."""
    cron: str | None
    """A cron expression: five fields, or what `dialect` says."""
    time_zone: str | tzinfo | None
    """In which `cron` is meant, as "Asia/Riyadh"; UTC without it."""
    dialect: Dialect | str | None
    """`unix`, `seconds` (six fields) or `quartz` (six or seven, Sunday is 1)."""


class PlanWords(ScheduleWords, total=False):
    """When, and what of chance and bad luck."""

    catch_up: int
    """How many of the latest moments that were missed are run after all: 0 none, 1 (the default) the last one."""
    jitter: timedelta
    """Up to how much later than planned a tick may begin, by chance, so that not all begin at once."""


class TickWords(PlanWords, total=False):
    """All that a worker can be told beside its name."""

    run_on_start: bool
    """Whether to tick at once when the first host starts, beside the plan."""
    runs_on: RunsOn
    """Once in the cluster (the default), or on every host."""
    after_crash: AfterCrash
    """Whether a tick whose host died is run again (the default) or skipped."""
    retry: Retry | None
    """Tries a tick that raised again, inside of it; None: the next tick is the next try."""


class RecurringWords(PlanWords, total=False):
    """When a recurring job comes, and what every one of its jobs is told."""

    run_on_start: bool
    """Whether to enqueue one when the first host starts, beside the plan."""
    queue: str | None
    """Instead of the job's own."""
    priority: Priority | None
    """Instead of the job's own."""
    headers: Mapping[str, str] | None
    """Texts that each of the jobs finds in `JobContext.headers`."""


class TickOptions(Struct, frozen=True, kw_only=True):
    """`TickWords` that were checked, with the schedule made of them."""

    schedule: Schedule
    catch_up: int = 1
    jitter: timedelta = _NO_JITTER
    run_on_start: bool = False
    runs_on: RunsOn = RunsOn.ONE_HOST
    after_crash: AfterCrash = AfterCrash.AGAIN
    retry: Retry | None = None

    @classmethod
    def of(cls, name: str, words: Mapping[str, Any], *, kind: str = "worker") -> "TickOptions":
        """Checks the words; name and kind are for the messages of `RegistrationError`."""
        given = {key: words[key] for key in words if key in _OWN}
        _check(f"{kind} {name!r}", given)
        return cls(schedule=scheduled(name, words, kind=kind), **given)


_OWN = frozenset(TickOptions.__struct_fields__) - {"schedule"}


def scheduled(name: str, words: Mapping[str, Any], *, kind: str) -> Schedule:
    """The schedule that `ScheduleWords` among these words say. Raises `RegistrationError` with kind and name."""
    return schedule_of(
        name,
        kind=kind,
        every=words.get("every"),
        cron=words.get("cron"),
        time_zone=words.get("time_zone"),
        dialect=words.get("dialect"),
        fixed_rate=words.get("fixed_rate", False),
    )


def refuse_unknown(words: Mapping[str, Any], known: Mapping[str, Any], what: str) -> None:
    """Raises `TypeError` for a word that nobody knows, as a call does."""
    unknown = words.keys() - known.keys()
    if unknown:
        raise TypeError(f"{what} got an unexpected keyword argument {min(unknown)!r}; it knows {', '.join(known)}")


def _check(what: str, given: Mapping[str, Any]) -> None:
    catch_up = given.get("catch_up", 1)
    if not isinstance(catch_up, int) or not 0 <= catch_up <= _MOST_CAUGHT_UP:
        raise RegistrationError(f"{what}: catch_up={catch_up!r}: 0 to {_MOST_CAUGHT_UP:,} was expected")
    jitter = given.get("jitter", _NO_JITTER)
    if not isinstance(jitter, timedelta) or not _NO_JITTER <= jitter <= _MOST_JITTER:
        raise RegistrationError(
            f"{what}: jitter={jitter!r}: a timedelta from zero to {_MOST_JITTER.days} days was expected, "
            "as timedelta(seconds=30)"
        )
    if not isinstance(given.get("run_on_start", False), bool):
        raise RegistrationError(f"{what}: run_on_start={given['run_on_start']!r}: True or False was expected")
    for word, kind in (("runs_on", RunsOn), ("after_crash", AfterCrash)):
        if word in given and not isinstance(given[word], kind):
            names = ", ".join(f"{kind.__name__}.{each}" for each in kind.__members__)
            raise RegistrationError(f"{what}: {word}={given[word]!r}: one of {names} was expected")
    if given.get("retry") is not None and not isinstance(given["retry"], Retry):
        raise RegistrationError(f"{what}: retry={given['retry']!r}: a Retry was expected")
