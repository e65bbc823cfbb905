"""What is written when something happens, word by word."""

import asyncio
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dawam.errors import StoreUnavailableError
from dawam.events.lifecycle import (
    ArgsLarge,
    CancelIgnored,
    CancelSwallowed,
    CompletionLeftOpen,
    HostCrashed,
    HostDeclaredDead,
    HostStarted,
    HostStopped,
    HostStopping,
    JobEnqueued,
    JobRunsLong,
    JobSettled,
    JobsRescued,
    JobStarted,
    LifecycleEvents,
    LoopBlocked,
    ResultDropped,
    ServiceFailed,
    UnknownClaimsReturned,
    UnknownJobsWaiting,
    WorkerStarted,
    WorkerStopFailed,
    WorkerTicked,
    WorkerTickRejected,
    WorkerTickRetried,
    WorkerTicksLost,
    WorkerTicksMissed,
    WorkerTooFrequent,
    WorkerUnplannable,
)
from dawam.ids import HostId
from dawam.jobs.outcome import (
    Cancelled,
    ErrorDetails,
    Failed,
    HandedBack,
    Outcome,
    Parked,
    Retrying,
    SettleAnswer,
    Snoozed,
    Succeeded,
)
from dawam.jobs.priority import Priority
from dawam.jobs.record import ClaimedJob, NewJob
from dawam.observability.logs import LogOptions, subscribe_logs
from dawam.workers.record import MissedTicks
from dawam.workers.schedules.schedule import Every
from tests.support import claims

NOW = datetime(2026, 3, 1, 12, 2, 10, tzinfo=UTC)
ID = UUID("019a3c5e-7b1d-7c2a-9f00-1234567890ab")
HOST = HostId("shop-1-abcd")
ERROR = ErrorDetails("ValueError", "no such product\nand a second line", "Traceback ...\nValueError: no such product")


class StandingClock:
    def now(self) -> datetime:
        return NOW

    def boot_time(self) -> float:
        return 0.0


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> LifecycleEvents:
    caplog.set_level(logging.DEBUG, "dawam")
    events = LifecycleEvents()
    subscribe_logs(events, LogOptions(level="DEBUG"), StandingClock())
    return events


def claimed(attempt: int = 1) -> ClaimedJob:
    return claims.claimed(
        "products.low-stock-alert", id=ID, fence=7, queue="mail", attempt_count=attempt - 1, run_at=NOW
    )


def settled(
    outcome: Outcome,
    *,
    attempt: int = 1,
    answer: SettleAnswer = SettleAnswer.ACCEPTED,
    counted_max: int | None = 12,
) -> JobSettled:
    return JobSettled(claimed(attempt), HOST, outcome, answer, timedelta(milliseconds=120), counted_max)


def new_job(run_at: datetime = NOW) -> NewJob:
    return NewJob(
        id=ID, name="greet", args=b"{}", queue="default", priority=Priority.NORMAL, created_at=NOW, run_at=run_at
    )


JOB = f"products.low-stock-alert {ID}"
BLOCKED = (
    "and no other job could go on: write a job that blocks as a plain `def`, which runs in a thread, or hand the "
    "blocking call to `await asyncio.to_thread(...)` (threshold: Host.SlowStepWarning)"
)


@pytest.mark.guide(6)
def test_a_failed_attempt_says_which_it_was_and_when_the_next_comes(
    events: LifecycleEvents, caplog: pytest.LogCaptureFixture
) -> None:
    events.emit(settled(Retrying(NOW + timedelta(seconds=60), ERROR)))
    (record,) = caplog.records
    assert record.getMessage() == (
        f"{JOB} failed after 0.12 s: ValueError: no such product; attempt 1 of 12, next at 12:03:10 (in 60 s)"
    )
    assert record.levelname == "WARNING"
    assert "Traceback ...\nValueError: no such product" in caplog.text


@pytest.mark.guide(6)
def test_a_final_failure_is_logged_as_an_error(events: LifecycleEvents, caplog: pytest.LogCaptureFixture) -> None:
    events.emit(settled(Failed(ERROR), attempt=12))
    (record,) = caplog.records
    assert record.getMessage() == (
        f"{JOB} failed for good after 0.12 s: ValueError: no such product; attempt 12 of 12, no further one"
    )
    assert record.levelname == "ERROR"
    assert "Traceback ..." in caplog.text


@pytest.mark.parametrize(
    ("event", "level", "text"),
    [
        (JobEnqueued(new_job(), True), "DEBUG", f"greet {ID} enqueued"),
        (JobEnqueued(new_job(), False), "DEBUG", f"greet {ID} is in the store already"),
        (
            JobEnqueued(new_job(NOW + timedelta(days=1)), True),
            "DEBUG",
            f"greet {ID} enqueued, due at 2026-03-02 12:02:10 (in 1 d)",
        ),
        (JobStarted(claimed(), HOST), "DEBUG", f"{JOB} started, attempt 1"),
        (settled(Succeeded()), "INFO", f"{JOB} succeeded in 0.12 s"),
        (settled(Succeeded(), attempt=3), "INFO", f"{JOB} succeeded in 0.12 s, attempt 3"),
        (
            settled(Succeeded(), answer=SettleAnswer.LOST),
            "WARNING",
            f"{JOB} succeeded in 0.12 s (not written: this host had lost the claim, "
            "and the job is or was run by another)",
        ),
        (
            settled(Retrying(NOW + timedelta(minutes=2), ErrorDetails("KeyError", "")), counted_max=None),
            "WARNING",
            f"{JOB} failed after 0.12 s: KeyError; attempt 1, next at 12:04:10 (in 2 min)",
        ),
        (
            settled(Snoozed(NOW + timedelta(minutes=90), "the shop is closed")),
            "INFO",
            f"{JOB} snoozed after 0.12 s (the shop is closed); next at 13:32:10 (in 1 h 30 min)",
        ),
        (settled(Cancelled("sold out")), "INFO", f"{JOB} was cancelled after 0.12 s (sold out)"),
        (settled(Parked()), "WARNING", f"{JOB} was put aside for a host that knows it"),
        (
            settled(HandedBack("the host is stopping")),
            "INFO",
            f"{JOB} was handed back after 0.12 s (the host is stopping)",
        ),
        (
            HostCrashed(HOST, 12, (ID, ID), (), (), ((ID, "shop.pay"),), is_excused=False),
            "WARNING",
            f"the process 12 of host shop-1-abcd died: 2 jobs ready again; it is counted as a crash of shop.pay {ID}",
        ),
        (
            HostCrashed(HOST, 12, (), (ID,), (ID,), (), is_excused=True),
            "ERROR",
            "the process 12 of host shop-1-abcd was ended before its jobs had: 0 jobs ready again, 1 failed for good, "
            "after too many crashes, 1 cancelled",
        ),
        (
            UnknownClaimsReturned(HOST, (ID,)),
            "WARNING",
            "1 job had been claimed for host shop-1-abcd, but the store's answer was lost: handed back, uncharged "
            f"({ID})",
        ),
        (JobsRescued((ID,), (), (), (HOST,)), "WARNING", "rescued from shop-1-abcd: 1 job ready again"),
        (
            JobsRescued((), (ID,), (ID, ID), ()),
            "ERROR",
            "rescued from a host that is gone: 0 jobs ready again, 1 failed for good, after too many lost hosts, "
            "2 cancelled",
        ),
        (
            ArgsLarge("greet", 70_000, 65_536),
            "WARNING",
            "the args of greet are 70,000 bytes, more than 65,536: store the data elsewhere and pass its id (or raise "
            "BackgroundJobs.ArgsSizeWarning)",
        ),
        (
            JobRunsLong(claimed(), HOST, timedelta(seconds=61), timedelta(seconds=60)),
            "WARNING",
            f"{JOB} has run for 61 s and goes on; 60 s at most were expected: divide it into small jobs, give it a "
            "time_limit, or serve its queue by hosts of its own. If so long is right, say so: expected_run_time=... "
            "(for all jobs: BackgroundJobs.DefaultExpectedRunTime)",
        ),
        (
            LoopBlocked(claimed(), "Task-7", timedelta(seconds=1.5), "File shop.py"),
            "WARNING",
            f"{JOB} blocked the event loop for 1.5 s, {BLOCKED}",
        ),
        (
            LoopBlocked(None, "dawam worker stock", timedelta(seconds=1.5), "File shop.py"),
            "WARNING",
            f"the task 'dawam worker stock' blocked the event loop for 1.5 s, {BLOCKED}",
        ),
        (
            LoopBlocked(None, "", timedelta(seconds=1.5), "File shop.py"),
            "WARNING",
            f"the steps of several tasks held the event loop for 1.5 s, {BLOCKED}",
        ),
        (
            CancelIgnored(claimed(), "the time limit was reached", timedelta(seconds=5), True),
            "WARNING",
            f"{JOB} was asked to stop 5 s ago (the time limit was reached) and still runs, in a slot of its host: "
            "catch neither CancelledError nor BaseException, or raise it again after the clean-up "
            "(BackgroundJobs.CancelWarning)",
        ),
        (
            CancelIgnored(claimed(), "a person asked for it", timedelta(seconds=5), False),
            "WARNING",
            f"{JOB} was asked to stop 5 s ago (a person asked for it) and still runs, in a slot of its host: a thread "
            "cannot be interrupted: call context.raise_if_cancelled() often (BackgroundJobs.CancelWarning)",
        ),
        (
            CancelSwallowed(claimed(), "the time limit was reached", None),
            "WARNING",
            f"{JOB} was cancelled (the time limit was reached), swallowed it and returned, and that stands: catch "
            "neither CancelledError nor BaseException, or raise it again after the clean-up",
        ),
        (
            CancelSwallowed(claimed(), "a person asked for it", "OSError"),
            "WARNING",
            f"{JOB} was cancelled (a person asked for it), swallowed it and raised OSError instead: catch neither "
            "CancelledError nor BaseException, or raise it again after the clean-up",
        ),
        (
            WorkerTooFrequent("stock", timedelta(milliseconds=50)),
            "WARNING",
            "worker stock ticks every 50 ms, which is very often: tick less often, or write a BackgroundWorker that "
            "waits for an event, which costs less and reacts sooner. If so often is right, set "
            "BackgroundWorkers.ShortestPeriod",
        ),
        (
            WorkerTooFrequent("daily", timedelta(milliseconds=50), is_recurring_job=True),
            "WARNING",
            "recurring job daily ticks every 50 ms, which is very often: tick less often, or write a BackgroundWorker "
            "that waits for an event, which costs less and reacts sooner. If so often is right, set "
            "BackgroundWorkers.ShortestPeriod",
        ),
        (
            ResultDropped(claimed(), "a socket is no JSON"),
            "WARNING",
            f"{JOB} succeeded, but its result was dropped: a socket is no JSON; return what JSON can hold, or nothing",
        ),
        (
            CompletionLeftOpen(claimed(), timedelta(seconds=5)),
            "WARNING",
            f"{JOB} ended 5 s ago, and the transaction in which it completed itself is still open: commit it, or "
            "roll it back, before the job returns. Until then its end is not known",
        ),
        (
            UnknownJobsWaiting("gret", "default", 3, "greet"),
            "WARNING",
            "3 jobs named 'gret' in queue 'default': no live host knows this name; the nearest that is known is "
            "'greet'. Register the job under that name, give its successor the alias, or cancel them",
        ),
        (
            HostStarted(HOST, ("store SQLite /srv/dawam.db", "2 jobs")),
            "INFO",
            "host shop-1-abcd started\n  store SQLite /srv/dawam.db\n  2 jobs",
        ),
        (HostStopping(HOST, 1), "INFO", "host shop-1-abcd is stopping, 1 job running"),
        (HostStopped(HOST, 2), "INFO", "host shop-1-abcd stopped, 2 jobs handed back"),
        (
            WorkerStarted("stock", Every(timedelta(minutes=5))),
            "INFO",
            "worker stock started, every 5 min",
        ),
        (WorkerStarted("listener", None), "INFO", "worker listener started"),
        (WorkerTicked("stock", NOW, timedelta(seconds=1.5), None, NOW), "INFO", "worker stock ticked in 1.5 s"),
        (
            WorkerTicked("stock", NOW, timedelta(seconds=20), asyncio.CancelledError(), NOW),
            "WARNING",
            "worker stock was cancelled after 20 s",
        ),
        (
            WorkerTicked("stock", NOW, timedelta(seconds=1), ValueError("no connection"), NOW),
            "ERROR",
            "worker stock failed after 1 s: ValueError: no connection; it ticks again as planned",
        ),
        (
            WorkerTickRetried("sync", 1, OSError("no answer"), timedelta(seconds=30)),
            "WARNING",
            "worker sync failed in attempt 1 of its tick, next one in 30 s: OSError: no answer",
        ),
        (
            WorkerTicksMissed("report", MissedTicks(NOW, NOW, 1)),
            "WARNING",
            f"worker report missed 1 tick, planned for {NOW:%Y-%m-%d %H:%M:%S} UTC, because no host could run it "
            "(its catch_up says how many are made up for)",
        ),
        (
            WorkerTicksMissed("report", MissedTicks(NOW, NOW + timedelta(hours=2), 1_000)),
            "WARNING",
            f"worker report missed 1,000 ticks or more, planned for {NOW:%Y-%m-%d %H:%M:%S} to "
            f"{NOW + timedelta(hours=2):%Y-%m-%d %H:%M:%S} UTC, because no host could run it "
            "(its catch_up says how many are made up for)",
        ),
        (
            WorkerTicksLost(("report", "sync")),
            "WARNING",
            "2 ticks lost with a dead or frozen host, report, sync: run again or skipped, as each worker's after_crash "
            "says",
        ),
        (
            WorkerTickRejected("report", NOW, 7),
            "WARNING",
            f"worker report ended a tick that was no longer its own (planned for {NOW:%Y-%m-%d %H:%M:%S} UTC): what it "
            "did may be done twice. Was the process suspended or starved, or the worker removed meanwhile?",
        ),
        (
            WorkerUnplannable("report", ValueError("no such dialect")),
            "ERROR",
            "the stored schedule of worker report cannot be read by this code, so it does not tick here: ValueError: "
            "no such dialect. Give it another one: dawam workers reschedule",
        ),
        (
            WorkerStopFailed("listener", OSError("gone")),
            "ERROR",
            "worker listener did not stop properly: OSError: gone",
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
@pytest.mark.guide(19)
def test_each_event_becomes_one_line(
    events: LifecycleEvents, caplog: pytest.LogCaptureFixture, event: object, level: str, text: str
) -> None:
    events.emit(event)  # type: ignore[arg-type]
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [(level, text)]


def test_a_blocked_loop_shows_where_it_was_while_it_was_blocked(
    events: LifecycleEvents, caplog: pytest.LogCaptureFixture
) -> None:
    events.emit(LoopBlocked(claimed(), "Task-7", timedelta(seconds=1.5), "File shop.py, line 7"))
    assert caplog.records[0].exc_text == "while it was blocked, the loop's thread was here:\nFile shop.py, line 7"


def test_a_host_that_was_taken_for_dead_says_what_may_have_happened(
    events: LifecycleEvents, caplog: pytest.LogCaptureFixture
) -> None:
    events.emit(HostDeclaredDead(HOST))
    assert "taken for dead" in caplog.text
    assert "suspended or starved" in caplog.text


def test_an_outage_shows_its_traceback_once(events: LifecycleEvents, caplog: pytest.LogCaptureFixture) -> None:
    error = OSError("the disk is gone")
    for count in (1, 2):
        events.emit(ServiceFailed("promote", error, count, timedelta(seconds=0.2)))
    assert caplog.messages[1] == "promote failed (2 times in a row), next try in 0.2 s: OSError: the disk is gone"
    assert [bool(record.exc_text) for record in caplog.records] == [True, False]


def test_a_store_that_is_away_is_said_in_lines_not_in_tracebacks_and_less_often_in_time(
    events: LifecycleEvents, caplog: pytest.LogCaptureFixture
) -> None:
    error = StoreUnavailableError("the server is gone")
    for count in range(1, 19):
        events.emit(ServiceFailed("intake", error, count, timedelta(seconds=5)))
    said = [int(line.split("(")[1].split()[0]) for line in caplog.messages]
    assert said == [1, 2, 3, 6, 12, 18]
    assert not any(record.exc_text for record in caplog.records)


@pytest.mark.guide(19)
def test_every_line_about_a_job_carries_the_fields_that_tools_need(
    events: LifecycleEvents, caplog: pytest.LogCaptureFixture
) -> None:
    events.emit(JobStarted(claimed(2), HOST))
    events.emit(settled(Retrying(NOW, ERROR), attempt=2))
    started, ended = (vars(record) for record in caplog.records)
    common = {"job_id": str(ID), "job_name": "products.low-stock-alert", "attempt": 2, "queue": "mail", "fence": 7}
    assert common.items() <= started.items()
    assert {**common, "duration": 0.12, "host": HOST, "error_type": "ValueError"}.items() <= ended.items()


def test_lines_are_written_to_the_logger_of_their_subject(
    events: LifecycleEvents, caplog: pytest.LogCaptureFixture
) -> None:
    events.emit(settled(Succeeded()))
    events.emit(HostStopping(HOST, 0))
    events.emit(WorkerStarted("stock", None))
    assert [record.name for record in caplog.records] == ["dawam.jobs", "dawam.host", "dawam.workers"]


def test_events_below_the_level_are_not_even_wanted() -> None:
    events = LifecycleEvents()
    subscribe_logs(events, LogOptions(level="INFO"), StandingClock())
    assert not events.wants(JobStarted)
    assert not events.wants(JobEnqueued)
    assert events.wants(JobSettled)


def test_no_text_is_built_for_a_level_that_is_switched_off(
    events: LifecycleEvents, caplog: pytest.LogCaptureFixture
) -> None:
    class Unreadable(Exception):
        def __str__(self) -> str:
            raise AssertionError("somebody read it")

    caplog.set_level(logging.CRITICAL, "dawam")
    events.emit(WorkerTicked("stock", NOW, timedelta(0), Unreadable(), NOW))
    events.emit(settled(Succeeded()))
    assert caplog.records == []


def test_a_percent_sign_in_an_error_is_only_text(events: LifecycleEvents, caplog: pytest.LogCaptureFixture) -> None:
    events.emit(settled(Failed(ErrorDetails("ValueError", "100 %s of %d"))))
    assert "100 %s of %d" in caplog.messages[0]


def test_a_long_message_is_bounded_in_the_line(events: LifecycleEvents, caplog: pytest.LogCaptureFixture) -> None:
    events.emit(settled(Failed(ErrorDetails("ValueError", "x" * 4_000))))
    assert len(caplog.messages[0]) < 600
