"""The text in which a schedule is kept reads back as the same schedule, today and in the next version."""

from datetime import timedelta

import pytest

from dawam.errors import ScheduleError
from dawam.workers.schedules.schedule import Cron, Dialect, Every, Schedule
from dawam.workers.schedules.stored import from_text, to_text

KEPT: list[tuple[Schedule, str]] = [
    (Every(timedelta(minutes=5)), '{"kind":"every","microseconds":300000000,"fixed_rate":false}'),
    (Every(timedelta.max, fixed_rate=True), '{"kind":"every","microseconds":86399999999999999999,"fixed_rate":true}'),
    (
        Cron("0 3 * * mon", "Asia/Riyadh"),
        '{"kind":"cron","expression":"0 3 * * MON","time_zone":"Asia/Riyadh","dialect":"unix","hash_key":""}',
    ),
    (
        Cron("0 H 3 ? * 2 2030", dialect=Dialect.QUARTZ, hash_key="مخزون"),
        '{"kind":"cron","expression":"0 H 3 ? * 2 2030","time_zone":"UTC","dialect":"quartz","hash_key":"مخزون"}',
    ),
    (Cron("@Daily"), '{"kind":"cron","expression":"@daily","time_zone":"UTC","dialect":"unix","hash_key":""}'),
]


@pytest.mark.parametrize(("schedule", "text"), KEPT)
def test_the_text_is_the_same_for_ever_and_reads_back(schedule: Schedule, text: str) -> None:
    assert to_text(schedule) == text
    assert from_text(text) == schedule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "every 5m",
        "null",
        '{"kind":"lunar"}',
        '{"kind":"every","microseconds":0,"fixed_rate":false}',
        '{"kind":"every","microseconds":1e30,"fixed_rate":false}',
        '{"kind":"every","microseconds":99999999999999999999999,"fixed_rate":false}',
        '{"kind":"cron","expression":"0 25 * * *","time_zone":"UTC","dialect":"unix","hash_key":""}',
        '{"kind":"cron","expression":"0 3 * * *","time_zone":"UTC","dialect":"lunar","hash_key":""}',
        '{"kind":"cron","expression":"0 3 * * *"}',
        '{"deep":' * 3000,
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError):
        from_text(text)
