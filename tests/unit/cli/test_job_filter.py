"""Which jobs are meant, in words and as a filter."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest

from dawam.cli.job_filter import filter_words, job_filter, says_any
from dawam.jobs.priority import Priority
from dawam.jobs.state import JobState
from dawam.stores.values import JobFilter

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOTHING: dict[str, Any] = {
    "states": (),
    "name": None,
    "queue": None,
    "priority": None,
    "host": None,
    "error": None,
    "tag": None,
    "older_than": None,
    "newer_than": None,
    "fingerprint": None,
    "args": None,
    "attempts": None,
    "took": None,
}


def said(**words: Any) -> dict[str, Any]:
    return {**NOTHING, **words}


def test_nothing_said_means_everything() -> None:
    assert not says_any(NOTHING)
    assert job_filter(NOTHING, NOW) == JobFilter()


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ({"states": ("failed",)}, JobFilter(states=frozenset({JobState.FAILED}))),
        ({"name": "a", "queue": "b"}, JobFilter(name="a", queue="b")),
        ({"priority": "above-normal"}, JobFilter(priority=Priority.ABOVE_NORMAL)),
        ({"older_than": HOUR}, JobFilter(created_before=NOW - HOUR)),
        ({"newer_than": HOUR}, JobFilter(created_from=NOW - HOUR)),
        ({"error": "smtp", "tag": "t", "host": "h"}, JobFilter(error="smtp", tag="t", host="h")),
    ],
)
def test_what_is_said_is_what_is_meant(words: dict[str, Any], chosen: JobFilter) -> None:
    assert says_any(said(**words))
    assert job_filter(said(**words), NOW) == chosen


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ({}, "jobs"),
        ({"states": ("failed",), "error": "smtp"}, "failed jobs, with 'smtp' in the last error"),
        ({"states": ("waiting", "running"), "queue": "mail"}, "waiting or running jobs in queue 'mail'"),
        (
            {"states": ("failed", "succeeded", "cancelled"), "name": "a", "older_than": HOUR},
            "succeeded, failed or cancelled jobs named 'a', older than 1h",
        ),
        ({"priority": "high", "tag": "t", "host": "h", "newer_than": HOUR}, None),
    ],
)
def test_what_is_meant_is_told_in_words(words: dict[str, Any], text: str | None) -> None:
    told = filter_words(said(**words), job_filter(said(**words), NOW))

    assert told == (text or "jobs of priority high, of host h, with the tag 't', newer than 1h")


def test_an_age_between_nothing_and_nothing_is_refused() -> None:
    with pytest.raises(click.UsageError, match="--newer-than has to be the longer one"):
        job_filter(said(older_than=HOUR, newer_than=HOUR), NOW)
