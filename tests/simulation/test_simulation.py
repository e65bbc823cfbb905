"""Hosts on a clock and in a network of their own: hundreds of lives a minute, and each can be lived again."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEEDS = int(os.environ.get("SIMULATED_SEEDS", "200"))


def simulated(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-W", "ignore", "-m", "tests.simulation", "--processes", "1", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500)


def test_whatever_happens_to_hosts_no_promise_is_broken() -> None:
    told = simulated("--seeds", str(SEEDS))

    print(told.stdout)
    assert told.returncode == 0, told.stderr
    assert re.search(r"[1-9][\d,]* jobs taken back", told.stdout), "nothing happened to anybody: nothing was shown"


def test_a_seed_is_the_same_life_each_time() -> None:
    first, again = (simulated("--seed", "11").stdout for _ in range(2))

    assert "fingerprint" in first
    assert first == again


@pytest.mark.parametrize(
    ("guard", "first", "promise"),
    [
        ("the fence in settlements", 0, "no stale settlement is accepted"),
        ("no charge for what is handed back", 0, "charged is what happened"),
        ("the lease in rescues", 0, "nothing is taken from the living"),
        ("the lease of the judge", 800, "an outage of the store is no death of a host"),
        ("the look for lost answers", 0, "nothing is left undone"),
        ("the fence in ticks", 0, "ticks never overlap"),
        ("what a limit does not allow goes back", 0, "limits are never exceeded"),
    ],
)
def test_without_a_guard_what_it_is_there_for_happens(guard: str, first: int, promise: str) -> None:
    """`first` is a seed not far before one that finds it; any change of a host shuffles them."""
    told = simulated("--first", str(first), "--seeds", "600", "--without", guard)

    assert told.returncode == 1, told.stdout + told.stderr
    assert promise in told.stdout
