"""Refuses options of a job that nobody can mean."""

from datetime import timedelta
from typing import get_args

from dawam.errors import RegistrationError
from dawam.jobs.options import JobOptions, OnCrash, RunsIn
from dawam.jobs.priority import Priority
from dawam.jobs.retry import Retry

QUEUE_NAME_LIMIT = 64
QUEUE_NAME_RULE = f"a name of 1 to {QUEUE_NAME_LIMIT} characters without white space and '/'"


def checked_options(options: JobOptions, owner: str) -> JobOptions:
    """The options, if each of them can be meant; `owner` names the job in the error."""
    _check_queue(options.queue, owner)
    _check_priority(options.priority, owner)
    _check_retry(options.retry, owner)
    _check_duration("time_limit", options.time_limit, "no limit", owner)
    _check_duration("expected_run_time", options.expected_run_time, "the application's", owner)
    _check_on_crash(options.on_crash, owner)
    _check_runs_in(options.runs_in, owner)
    if not isinstance(options.abandon_thread, bool):
        raise RegistrationError(f"{owner}: abandon_thread={options.abandon_thread!r}: True or False was expected")
    return options


def is_queue_name(queue: object) -> bool:
    """Whether a queue can be called so."""
    return (
        isinstance(queue, str)
        and 0 < len(queue) <= QUEUE_NAME_LIMIT
        and "/" not in queue
        and not any(mark.isspace() for mark in queue)
    )


def _check_priority(priority: object, owner: str) -> None:
    if not isinstance(priority, Priority):
        raise RegistrationError(
            f"{owner}: priority={priority!r}: a Priority was expected, one of {', '.join(Priority.__members__)}"
        )


def _check_retry(retry: object, owner: str) -> None:
    if retry is not None and not isinstance(retry, Retry):
        raise RegistrationError(f"{owner}: retry={retry!r}: a Retry(...) was expected, or Retry.NEVER")


def _check_queue(queue: object, owner: str) -> None:
    if not is_queue_name(queue):
        raise RegistrationError(f"{owner}: queue={queue!r}: {QUEUE_NAME_RULE} was expected")


def _check_duration(name: str, duration: object, what_none_means: str, owner: str) -> None:
    if duration is None:
        return
    if not isinstance(duration, timedelta):
        raise RegistrationError(f"{owner}: {name}={duration!r}: a timedelta was expected, as in timedelta(seconds=60)")
    if duration <= timedelta(0):
        raise RegistrationError(
            f"{owner}: {name}={duration!r}: more than zero was expected, or None for {what_none_means}"
        )


def _check_on_crash(on_crash: object, owner: str) -> None:
    if not isinstance(on_crash, OnCrash):
        raise RegistrationError(
            f"{owner}: on_crash={on_crash!r}: an OnCrash was expected, OnCrash.RETRY or OnCrash.FAIL"
        )


def _check_runs_in(runs_in: object, owner: str) -> None:
    if runs_in not in get_args(RunsIn):
        known = " or ".join(repr(each) for each in get_args(RunsIn))
        raise RegistrationError(f"{owner}: runs_in={runs_in!r}: {known} was expected")
