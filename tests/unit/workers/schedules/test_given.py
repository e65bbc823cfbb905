"""What a worker's keywords ask for."""

from datetime import UTC, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dawam.errors import RegistrationError
from dawam.workers.schedules.given import schedule_of
from dawam.workers.schedules.schedule import Cron, Dialect, Every

FIVE = timedelta(minutes=5)


def test_a_period() -> None:
    assert schedule_of("stock", every=FIVE, cron=None) == Every(FIVE)
    assert schedule_of("stock", every=FIVE, cron=None, fixed_rate=True) == Every(FIVE, fixed_rate=True)


def test_an_expression() -> None:
    assert schedule_of("stock", every=None, cron="0 3 * * *") == Cron("0 3 * * *")
    assert schedule_of("stock", every=None, cron="0 0 3 ? * 2", dialect="quartz") == Cron(
        "0 0 3 ? * 2", dialect=Dialect.QUARTZ
    )


@pytest.mark.parametrize(
    ("time_zone", "name"),
    [("Asia/Riyadh", "Asia/Riyadh"), (ZoneInfo("Asia/Riyadh"), "Asia/Riyadh"), (UTC, "UTC"), (ZoneInfo("UTC"), "UTC")],
)
def test_a_zone_by_its_name_or_as_an_object(time_zone: Any, name: str) -> None:
    assert schedule_of("stock", every=None, cron="0 3 * * *", time_zone=time_zone) == Cron("0 3 * * *", name)


def test_h_is_computed_from_the_name_of_the_worker() -> None:
    assert schedule_of("stock", every=None, cron="H 3 * * *") == Cron("H 3 * * *", hash_key="stock")


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({"every": FIVE, "cron": "0 3 * * *"}, "worker 'stock' has both `every` and `cron`; leave one of them out"),
        ({}, "worker 'stock' has no schedule: give it `every=timedelta(minutes=5)` or `cron='0 3 * * *'`"),
        ({"every": timedelta(0)}, "worker 'stock': every=0:00:00 was given, but a period must be longer than zero"),
        ({"every": -FIVE}, "but a period must be longer than zero"),
        ({"every": 300}, "worker 'stock': every=300 has no unit; a timedelta was expected, as in timedelta(minutes=5)"),
        ({"every": FIVE, "time_zone": "UTC"}, "worker 'stock' has time_zone='UTC', which only `cron` can use"),
        ({"every": FIVE, "time_zone": UTC}, "worker 'stock' has time_zone='UTC', which only `cron` can use"),
        ({"every": FIVE, "dialect": "unix"}, "worker 'stock' has dialect='unix', which only `cron` can use"),
        ({"cron": "0 3 * * *", "fixed_rate": True}, "worker 'stock' has fixed_rate=True, which only `every` can use"),
        ({"cron": 5}, "worker 'stock': cron=5 is no text; an expression was expected, as in cron='0 3 * * *'"),
        ({"cron": "0 25 * * *"}, "worker 'stock': cron='0 25 * * *': field 2 (hour), character 3: 25 is not between"),
        ({"cron": "0 3 * * *", "time_zone": "Asia/Riyad"}, "did you mean 'Asia/Riyadh'?"),
        ({"cron": "0 3 * * *", "time_zone": timezone(timedelta(hours=3))}, "has no name, and a schedule is stored by"),
        ({"cron": "0 3 * * *", "dialect": "qartz"}, "dialect='qartz' is not known: 'unix', 'seconds', 'quartz' were"),
    ],
)
def test_what_cannot_be_meant_names_the_worker_and_the_cure(keywords: dict[str, Any], expected: str) -> None:
    with pytest.raises(RegistrationError) as refused:
        schedule_of("stock", **{"every": None, "cron": None, **keywords})

    assert str(refused.value).startswith("worker 'stock'")
    assert expected in str(refused.value)
