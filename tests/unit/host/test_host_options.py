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
        ({"name": "mail host"}, "Host.name = 'mail host': a name of 1 to 40 ASCII letters, digits, '_', '.' and '-'"),
        ({"name": ""}, "Host.name = ''"),
        ({"name": "a" * 41}, "was expected"),
        ({"name": "../marks"}, "Host.name = '../marks'"),
        ({"name": "mail@shop"}, "Host.name = 'mail@shop'"),
        ({"queue_weights": ("mail", 3)}, "Host.queue_weights = ('mail', 3): numbers by queue were expected"),
        ({"queue_weights": {"a/b": 3}}, "Host.queue_weights names 'a/b'"),
        ({"queue_weights": {"mail": 0}}, "Host.queue_weights: mail = 0: a whole number of 1 or more was expected"),
        ({"queue_weights": {"mail": -1}}, "leave the queue out for a weight of 1"),
        ({"queue_weights": {"mail": 0.5}}, "Host.queue_weights: mail = 0.5"),
        ({"queue_weights": {"mail": True}}, "Host.queue_weights: mail = True"),
        ({"queue_limits": {"mail": 0}}, "Host.queue_limits: mail = 0: a whole number of 1 or more was expected"),
        ({"queue_limits": {"mail": "2"}}, "Host.queue_limits: mail = '2'"),
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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"queue_weights": {"mial": 3}},
            "Host.queue_weights names the queue 'mial', which neither Host.queues nor a job",
        ),
        ({"queue_weights": {"mial": 3}}, "did you mean 'mail'?"),
        ({"queue_limits": {"elsewhere": 3}}, "known are default, mail"),
    ],
)
def test_a_queue_that_nobody_knows_is_named_with_the_nearest(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        HostOptions(**options).check_queues({"mail", "default"})
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("options", "queues", "slots"),
    [
        ({}, ["default", "mail"], ""),
        ({"queue_weights": {"default": 3}}, ["default (75 %)", "mail (25 %)"], "shared out by weight"),
        ({"queue_limits": {"mail": 2}}, ["default", "mail (at most 2 at once)"], "as the limits are"),
        (
            {"queue_weights": {"elsewhere": 3}, "queue_limits": {"mail": 2}},
            ["default (50 %)", "mail (50 %, at most 2 at once)"],
            "in each process, shared out by weight",
        ),
    ],
)
def test_a_host_says_how_it_shares_its_slots_out(options: dict[str, Any], queues: list[str], slots: str) -> None:
    said = HostOptions(**options)
    assert said.spoken_queues(["default", "mail"]) == queues
    assert slots in said.spoken_shares
    assert bool(slots) == bool(said.spoken_shares)
