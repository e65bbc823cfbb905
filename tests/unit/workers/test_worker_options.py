"""The options of workers: what cannot work is refused, naming the option."""

from datetime import timedelta

import pytest

from dawam.errors import SettingsError
from dawam.workers.options import BackgroundWorkerOptions


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (BackgroundWorkerOptions(kept_records=0), "BackgroundWorkers.kept_records = 0: 1 or more"),
        (
            BackgroundWorkerOptions(forget_after=timedelta(0)),
            "BackgroundWorkers.forget_after = 0:00:00: more than zero",
        ),
        (
            BackgroundWorkerOptions(shortest_period=timedelta(seconds=-1)),
            "BackgroundWorkers.shortest_period = -1 day, 23:59:59: more than zero was expected, or null",
        ),
    ],
)
def test_what_cannot_work_is_refused(options: BackgroundWorkerOptions, named: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        options.check()
    assert str(refusal.value).startswith(named)


def test_the_defaults_work_and_so_does_no_warning_at_all() -> None:
    BackgroundWorkerOptions().check()
    BackgroundWorkerOptions(shortest_period=None).check()
