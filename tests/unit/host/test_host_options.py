"""Options that cannot work are refused, with what was expected."""

from datetime import timedelta
from typing import Any

import pytest

from dawam.errors import SettingsError
from dawam.host.options import HostOptions

SECOND = timedelta(seconds=1)


def test_the_defaults_can_work() -> None:
    HostOptions().check()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"queues": ("a/b",)}, "Host.queues names 'a/b'"),
        ({"concurrency": 0}, "Host.concurrency = 0: 1 or more was expected"),
        ({"prefetch": -1}, "Host.prefetch = -1: 0 or more was expected"),
        ({"poll": timedelta(0)}, "Host.poll = 0:00:00: more than zero was expected"),
        ({"slow_step_warning": timedelta(0)}, "Host.slow_step_warning = 0:00:00: more than zero was expected"),
        ({"block_warning": timedelta(0)}, "Host.block_warning = 0:00:00: more than zero was expected"),
        ({"max_block": SECOND}, "Host.max_block = 0:00:01 comes before Host.block_warning = 0:00:30"),
        ({"shutdown_grace": -SECOND}, "zero or more was expected"),
        ({"heartbeat": 11 * SECOND}, "Host.heartbeat = 0:00:11 is too slow for Host.lease = 0:00:20"),
    ],
)
def test_an_option_that_cannot_work_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        HostOptions(**options).check()
    assert message in str(raised.value)
