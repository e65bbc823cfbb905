"""Spin walks through every order in which the steps of hosts can come, and finds nothing; without a guard it does."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
LIMIT = 120.0
_ERRORS = re.compile(r"errors: (\d+)")
_WHAT = re.compile(r"pan:1: (.*)")


@dataclass(frozen=True)
class Verdict:
    """What was found: in all states, and on all endless paths on which nobody is left out for ever."""

    wrong_state: str | None
    never_finished: str | None

    @property
    def is_right(self) -> bool:
        return self.wrong_state is None and self.never_finished is None


@pytest.fixture(scope="module", autouse=True)
def _tools() -> None:
    missing = [tool for tool in ("spin", "cc") if shutil.which(tool) is None]
    if missing:
        reason = f"not installed: {', '.join(missing)} (Debian: spin, gcc, libc6-dev)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


def checked(model: str, folder: Path, *left_out: str) -> Verdict:
    """The model without some of its guards."""
    shutil.copy(FOLDER / f"{model}.pml", folder)
    _run(folder, "spin", "-a", *(f"-D{guard}" for guard in left_out), f"{model}.pml")
    _run(folder, "cc", "-O1", "-DSAFETY", "-DNOCLAIM", "-o", "states", "pan.c")
    _run(folder, "cc", "-O1", "-o", "paths", "pan.c")
    return Verdict(_found(folder, "./states", "-m100000"), _found(folder, "./paths", "-a", "-f", "-m100000"))


def _found(folder: Path, *command: str) -> str | None:
    said = _run(folder, *command)
    errors = _ERRORS.search(said)
    assert errors is not None, said
    assert "max search depth too small" not in said, said
    if errors[1] == "0":
        return None
    what = _WHAT.search(said)
    return said if what is None else what[1]


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("model", ["claims", "ticks"])
def test_with_all_guards_nothing_goes_wrong_and_all_is_done_in_the_end(tmp_path: Path, model: str) -> None:
    assert checked(model, tmp_path).is_right


def test_nor_with_a_third_host(tmp_path: Path) -> None:
    assert checked("claims", tmp_path, "HOSTS=3").is_right


def test_a_claim_that_does_not_look_again_takes_a_job_that_runs(tmp_path: Path) -> None:
    assert "assertion violated (state==" in str(checked("claims", tmp_path, "NO_STATE_CHECK").wrong_state)


def test_without_the_fence_a_stale_settlement_is_accepted(tmp_path: Path) -> None:
    assert "claim==fence" in str(checked("claims", tmp_path, "NO_FENCE").wrong_state)


def test_a_rescue_that_does_not_ask_for_the_owner_takes_from_the_living(tmp_path: Path) -> None:
    assert "live[owner]" in str(checked("claims", tmp_path, "NO_OWNER_CHECK").wrong_state)


class TestTheLeaseIsLookedAtTwice:
    """When a host claims, and when its jobs are rescued: each is enough, and without both a job is lost."""

    def test_a_dead_hosts_claim_is_rescued(self, tmp_path: Path) -> None:
        assert checked("claims", tmp_path, "NO_LEASE_CHECK").is_right

    def test_where_only_what_it_ran_when_it_died_is_rescued_a_dead_host_must_not_claim(self, tmp_path: Path) -> None:
        assert checked("claims", tmp_path, "RESCUE_WITH_THE_HOST").is_right

    def test_without_either_a_job_is_lost(self, tmp_path: Path) -> None:
        verdict = checked("claims", tmp_path, "RESCUE_WITH_THE_HOST", "NO_LEASE_CHECK")

        assert verdict.wrong_state is not None  # everybody stands still, and the job is not done
        assert "invalid end state" in verdict.wrong_state
        assert verdict.never_finished is not None


@pytest.mark.parametrize("guard", ["NO_CLAIM_CHECK", "NO_FENCE"])
def test_without_a_guard_a_planned_moment_has_two_valid_runs(tmp_path: Path, guard: str) -> None:
    assert "valid[moment]==1" in str(checked("ticks", tmp_path, guard).wrong_state)
