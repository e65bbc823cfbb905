"""Schedules that cannot be meant."""

from datetime import timedelta
from typing import Unpack

from dawam import App
from dawam.workers.tick_options import TickWords
from tests.bad_input.case import BadInput, Provoke
from tests.bad_input.provoking import building


async def _tick() -> None: ...


def _nightly(**words: Unpack[TickWords]) -> Provoke:
    """An application with the worker `nightly`."""

    def make() -> App:
        app = App()
        app.worker(name="nightly", **words)(_tick)
        return app

    return building(make)


def _two_of_one_name() -> App:
    async def other() -> None: ...

    app = App()
    for function in (_tick, other):
        app.worker(every=timedelta(minutes=1), name="nightly")(function)
    return app


def _recurring_like_a_worker() -> App:
    app = App()

    @app.job("report")
    async def report() -> None: ...

    app.worker(every=timedelta(minutes=1), name="nightly")(_tick)
    app.recurring("nightly", report.call(), every=timedelta(minutes=1))
    return app


def _refused(title: str, written: str, provoke: Provoke, problem: str, cure: str) -> BadInput:
    return BadInput(
        title=title,
        written=written,
        provoke=provoke,
        how="RegistrationError",
        thing="nightly",
        problem=problem,
        cure=cure,
    )


_CASES = (
    (
        "A cron expression has a value that its field does not have",
        'cron="61 * * * *"',
        _nightly(cron="61 * * * *"),
        "field 1 (minute), character 1",
        "61 is not between 0 and 59",
    ),
    (
        "A cron expression has a name that nobody knows",
        'cron="0 3 * * MOM"',
        _nightly(cron="0 3 * * MOM"),
        "field 5 (weekday), character 9: 'MOM' is not known",
        "did you mean MON?",
    ),
    (
        "A cron expression has six fields and no dialect",
        'cron="0 0 3 * * *"',
        _nightly(cron="0 0 3 * * *"),
        "has 6 fields, which two dialects read differently",
        "Say which",
    ),
    (
        "A cron expression would never come",
        'cron="0 0 30 2 *"',
        _nightly(cron="0 0 30 2 *"),
        "would never run",
        "FEB never has such a day",
    ),
    (
        "A time zone is misspelt",
        'cron="0 3 * * *", time_zone="Asia/Riyad"',
        _nightly(cron="0 3 * * *", time_zone="Asia/Riyad"),
        "time_zone='Asia/Riyad' is not known",
        "did you mean 'Asia/Riyadh'?",
    ),
    (
        "A worker has a period and a calendar",
        'every=timedelta(days=1), cron="0 3 * * *"',
        _nightly(every=timedelta(days=1), cron="0 3 * * *"),
        "has both `every` and `cron`",
        "leave one of them out",
    ),
    (
        "A worker catches up more than it may",
        "catch_up=5_000",
        _nightly(every=timedelta(days=1), catch_up=5_000),
        "catch_up=5000",
        "0 to 1,000 was expected",
    ),
    (
        "Two workers have one name",
        '@app.worker(..., name="nightly"), twice',
        building(_two_of_one_name),
        "two workers are named 'nightly'",
        "give one of them another `name`",
    ),
    (
        "A recurring job has the name of a worker",
        'app.recurring("nightly", ...)',
        building(_recurring_like_a_worker),
        "has the name of a worker",
        "give it another one",
    ),
)

SCHEDULES = tuple(_refused(*case) for case in _CASES)
