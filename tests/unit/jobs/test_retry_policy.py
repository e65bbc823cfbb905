"""When a failed attempt is tried again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.errors import RegistrationError
from dawam.jobs.decisions import RetryLater
from dawam.jobs.retry import Retry

START = datetime(2026, 1, 1, tzinfo=UTC)
ABP_TRIES = [0, 60, 180, 420, 900, 1860, 3780, 7620, 15300, 30660, 61380, 122820]


def tries(policy: Retry, error: BaseException | None = None) -> list[float]:
    """The seconds at which a job begins that fails each time at once."""
    begins: list[datetime] = [START]
    while (
        next_at := policy.next_attempt_at(
            attempt=len(begins), error=error or OSError(), ended_at=begins[-1], counted_from=START
        )
    ) is not None:
        begins.append(next_at)
    return [(moment - START).total_seconds() for moment in begins]


@pytest.mark.guide(6)
@pytest.mark.abp("retry formula")
def test_the_default_tries_twelve_times_at_the_moments_that_abp_has() -> None:
    assert tries(Retry()) == ABP_TRIES


@pytest.mark.guide(6)
@pytest.mark.parametrize(
    ("give_up_after", "count"), [(timedelta(days=2), 12), (timedelta(days=10), 14), (timedelta(0), 1)]
)
def test_the_age_at_which_it_gives_up_decides_how_often_it_tries(give_up_after: timedelta, count: int) -> None:
    policy = Retry(give_up_after=give_up_after)
    assert len(tries(policy)) == count
    assert policy.attempt_limit() == count


def test_a_try_that_begins_exactly_at_the_limit_is_still_made() -> None:
    assert tries(Retry(give_up_after=timedelta(seconds=180))) == [0, 60, 180]
    assert tries(Retry(give_up_after=timedelta(seconds=179))) == [0, 60]


def test_the_age_counts_from_the_moment_given_and_not_from_the_first_attempt() -> None:
    late = START + timedelta(days=2)
    wait = Retry().next_attempt_at(attempt=1, error=OSError(), ended_at=late, counted_from=late)
    assert wait == late + timedelta(seconds=60)
    assert Retry().next_attempt_at(attempt=1, error=OSError(), ended_at=late, counted_from=START) is None


@pytest.mark.abp("retry formula")
def test_the_wait_begins_when_the_attempt_ends() -> None:
    ended = START + timedelta(minutes=10)
    next_at = Retry().next_attempt_at(attempt=2, error=OSError(), ended_at=ended, counted_from=START)
    assert next_at == ended + timedelta(seconds=120)


def test_max_attempts_ends_it_sooner() -> None:
    assert tries(Retry(max_attempts=3)) == [0, 60, 180]
    assert tries(Retry.NEVER) == [0]
    assert (Retry(max_attempts=3).attempt_limit(), Retry.NEVER.attempt_limit()) == (3, 1)


def test_the_longest_wait_caps_the_growth() -> None:
    policy = Retry(longest_wait=timedelta(seconds=100), max_attempts=5)
    assert tries(policy) == [0, 60, 160, 260, 360]


def test_a_factor_of_one_waits_the_same_each_time() -> None:
    assert tries(Retry(first_wait=timedelta(seconds=1), factor=1, max_attempts=4)) == [0, 1, 2, 3]


def test_jitter_adds_at_most_its_fraction_and_takes_nothing() -> None:
    policy = Retry(jitter=0.1)
    assert policy.wait_after(1, luck=0.0) == timedelta(seconds=60)
    assert policy.wait_after(1, luck=0.5) == timedelta(seconds=63)
    assert Retry(jitter=0).wait_after(1, luck=0.9) == timedelta(seconds=60)


@given(st.integers(1, 20), st.floats(0, 1, exclude_max=True))
def test_jitter_stays_within_its_bounds(attempt: int, luck: float) -> None:
    policy = Retry(jitter=0.1)
    plain = policy.wait_after(attempt)
    assert plain <= policy.wait_after(attempt, luck) <= plain * 1.1


@pytest.mark.parametrize("attempt", [50, 2_000, 10**6])
def test_waits_beyond_every_calendar_give_the_job_up_instead_of_breaking(attempt: int) -> None:
    policy = Retry(give_up_after=None)
    assert policy.next_attempt_at(attempt=attempt, error=OSError(), ended_at=START, counted_from=START) is None


def test_a_policy_without_end_has_no_limit() -> None:
    assert Retry(give_up_after=None).attempt_limit() is None
    assert Retry(give_up_after=None, factor=1).attempt_limit() is None
    assert Retry(give_up_after=None, max_attempts=5_000).attempt_limit() == 5_000


class TestWhichErrorsAreWorthAnotherAttempt:
    def test_every_exception_by_default(self) -> None:
        assert Retry().covers(ValueError())
        assert not Retry().covers(KeyboardInterrupt())

    def test_only_those_that_are_named(self) -> None:
        policy = Retry(on=(OSError,))
        assert policy.covers(TimeoutError())
        assert len(tries(policy, ValueError())) == 1

    def test_not_those_that_give_up_at_once_which_win(self) -> None:
        policy = Retry(on=(OSError,), give_up_on=(FileNotFoundError,))
        assert policy.covers(PermissionError())
        assert len(tries(policy, FileNotFoundError())) == 1


class TestAJobThatAsksForItsNextAttempt:
    def next_at(self, policy: Retry, error: RetryLater, attempt: int = 1) -> datetime | None:
        return policy.next_attempt_at(attempt=attempt, error=error, ended_at=START, counted_from=START)

    def test_gets_the_moment(self) -> None:
        moment = START + timedelta(hours=5)
        assert self.next_at(Retry(), Retry.at(moment)) == moment

    def test_gets_the_wait(self) -> None:
        assert self.next_at(Retry(), Retry.after(timedelta(seconds=7))) == START + timedelta(seconds=7)
        assert self.next_at(Retry(), Retry.after(timedelta(0))) == START

    def test_gets_it_whatever_errors_the_policy_names(self) -> None:
        assert self.next_at(Retry(on=(OSError,)), Retry.after(timedelta(seconds=7))) is not None

    def test_is_given_up_all_the_same_when_its_attempts_or_its_age_are_over(self) -> None:
        assert self.next_at(Retry(max_attempts=1), Retry.after(timedelta(seconds=7))) is None
        assert self.next_at(Retry(), Retry.after(timedelta(days=3))) is None

    def test_must_name_a_moment_with_a_time_zone(self) -> None:
        with pytest.raises(ValueError, match=r"datetime\.now\(UTC\)"):
            Retry.at(datetime(2026, 1, 1))  # noqa: DTZ001

    def test_cannot_ask_for_the_past(self) -> None:
        with pytest.raises(ValueError, match="cannot lie in the past"):
            Retry.after(timedelta(seconds=-1))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"first_wait": 60}, "first_wait=60.*a duration is a timedelta"),
        ({"give_up_after": timedelta(-1)}, "give_up_after=.*below zero"),
        ({"longest_wait": "1h"}, "longest_wait='1h'.*timedelta"),
        ({"factor": 0.5}, "factor=0.5.*must not shrink"),
        ({"jitter": 1.5}, "jitter=1.5.*between 0 and 1"),
        ({"max_attempts": 0}, "max_attempts=0.*NEVER is 1"),
        ({"on": OSError}, r"on=.*as in \(OSError,\)"),
        ({"give_up_on": [OSError]}, r"give_up_on=.*tuple of exception classes"),
    ],
)
def test_a_policy_that_nobody_can_mean_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(RegistrationError, match=message):
        Retry(**wrong)
