"""The last resort: the earliest end counts, and a process that ends by itself is left alone."""

import subprocess
import sys
import time

import pytest

PROGRAM = """
import time
from datetime import timedelta
from dawam.host.last_resort import LastResort

last_resort = LastResort()
for seconds in {ends}:
    last_resort.arm(timedelta(seconds=seconds))
if {disarmed}:
    last_resort.disarm()
time.sleep({sleeps})
print("ended by itself")
"""


def said_by(ends: list[float], sleeps: float, *, disarmed: bool = False) -> str:
    program = PROGRAM.format(ends=ends, sleeps=sleeps, disarmed=disarmed)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)
    return ended.stdout


@pytest.mark.parametrize("ends", [[0.05, 60.0], [60.0, 0.05]])
def test_the_earliest_end_counts(ends: list[float]) -> None:
    began = time.monotonic()
    assert said_by(ends, sleeps=15) == ""
    assert time.monotonic() - began < 10


def test_without_need_it_does_nothing() -> None:
    assert said_by([0.2], sleeps=0.4, disarmed=True) == "ended by itself\n"
    assert said_by([60.0], sleeps=0) == "ended by itself\n"
