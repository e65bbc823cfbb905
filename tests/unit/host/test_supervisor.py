"""Jobs that run for longer than expected, and jobs that do not stop, are named while they run, each once."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from dawam import App, JobContext
from dawam.attempt import Attempt
from dawam.events.lifecycle import CancelIgnored, JobRunsLong, LifecycleEvents
from dawam.host.supervisor import Supervisor
from dawam.ids import HostId
from dawam.jobs.context import CANCEL_REQUESTED, OVER_TIME_LIMIT
from dawam.jobs.options import BackgroundJobOptions
from dawam.testing import ManualClock
from tests.support.applications import built
from tests.support.claims import claimed

HOST = HostId("here-1-ab")


def _application() -> App:
    app = App(store="memory://")

    @app.job("shop.count")
    async def count() -> None: ...

    @app.job("shop.import", expected_run_time=timedelta(hours=1))
    async def import_all() -> None: ...

    @app.job("shop.limited", time_limit=timedelta(minutes=10))
    async def limited() -> None: ...

    @app.job("shop.print")
    def print_all() -> None: ...

    return app


@dataclass
class Bench:
    """Attempts that run as long as the test says, on a clock that it moves."""

    options: BackgroundJobOptions = field(default_factory=BackgroundJobOptions)
    running: list[Attempt] = field(default_factory=list)
    said: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock, events = ManualClock(), LifecycleEvents()
        for event_type in (JobRunsLong, CancelIgnored):
            events.subscribe(event_type, self.said.append)
        self.supervisor = Supervisor(
            runner=self,  # type: ignore[arg-type]
            registry=built(_application()).parts.registry,
            options=self.options,
            clock=self.clock,
            events=events,
            host=HOST,
        )

    def attempts(self) -> list[Attempt]:
        return self.running

    def begin(self, name: str, *, has_thread: bool = True) -> Attempt:
        job = claimed(name)
        attempt = Attempt(job, JobContext(job), lambda _: slice(1))
        if has_thread:
            attempt.begin()
        self.running.append(attempt)
        return attempt

    def look_after(self, seconds: float) -> list[Any]:
        """What is said in this time, with a look at each of its seconds."""
        known = len(self.said)
        for _ in range(int(seconds)):
            self.supervisor.look()
            self.clock.advance(timedelta(seconds=1))
        self.supervisor.look()
        return self.said[known:]


@pytest.mark.guide(19)
def test_a_job_that_runs_for_longer_than_expected_is_named_once_while_it_runs() -> None:
    bench = Bench()
    attempt = bench.begin("shop.count")
    assert bench.look_after(60) == []
    assert bench.look_after(1) == [
        JobRunsLong(attempt.claimed, HOST, timedelta(seconds=61), timedelta(seconds=60)),
    ]
    assert bench.look_after(300) == []


def test_each_attempt_is_named_anew() -> None:
    bench = Bench()
    bench.begin("shop.count")
    bench.look_after(70)
    bench.running.clear()
    bench.look_after(1)
    bench.begin("shop.count")
    assert [type(event) for event in bench.look_after(70)] == [JobRunsLong]


def test_what_a_job_says_of_itself_wins_over_the_default() -> None:
    bench = Bench()
    bench.begin("shop.import")
    assert bench.look_after(3600) == []
    assert [event.expected for event in bench.look_after(2)] == [timedelta(hours=1)]


def test_a_job_with_a_time_limit_of_its_own_is_expected_to_use_it() -> None:
    bench = Bench()
    bench.begin("shop.limited")
    assert bench.look_after(599) == []


def test_the_time_that_a_job_waits_for_a_thread_does_not_count() -> None:
    bench = Bench()
    attempt = bench.begin("shop.print", has_thread=False)
    assert bench.look_after(100) == []
    attempt.begin()
    assert bench.look_after(60) == []
    assert [event.running_for for event in bench.look_after(2)] == [timedelta(seconds=61)]


def test_it_can_be_switched_off() -> None:
    bench = Bench(BackgroundJobOptions(default_expected_run_time=None, cancel_warning=None))
    bench.begin("shop.count")
    bench.begin("shop.print").stop(CANCEL_REQUESTED)
    assert bench.look_after(1000) == []
    bench.supervisor.tell_of_those_left()
    assert bench.said == []


@pytest.mark.guide(19)
def test_a_job_that_goes_on_though_it_was_asked_to_stop_is_named_once_with_the_reason() -> None:
    bench = Bench()
    coroutine, thread = bench.begin("shop.count"), bench.begin("shop.print")
    bench.look_after(3)
    coroutine.stop(OVER_TIME_LIMIT)
    thread.stop(CANCEL_REQUESTED)
    assert bench.look_after(4) == []
    assert bench.look_after(1) == [
        CancelIgnored(coroutine.claimed, OVER_TIME_LIMIT, timedelta(seconds=5), True),
        CancelIgnored(thread.claimed, CANCEL_REQUESTED, timedelta(seconds=5), False),
    ]
    assert bench.look_after(300) == []


def test_what_is_left_behind_when_its_host_leaves_is_named_at_once() -> None:
    bench = Bench()
    attempt = bench.begin("shop.count")
    bench.begin("shop.print")
    bench.look_after(1)
    attempt.stop("the host is stopping")
    bench.supervisor.look()
    bench.clock.advance(timedelta(seconds=2))
    bench.supervisor.tell_of_those_left()
    assert [(event.job.name, event.asked_for) for event in bench.said] == [("shop.count", timedelta(seconds=2))]


def test_threads_that_go_on_some_time_after_they_were_asked_to_stop_are_counted() -> None:
    bench = Bench()
    blocking, coroutine = bench.begin("shop.print"), bench.begin("shop.count")
    for attempt in (blocking, coroutine):
        attempt.stop(CANCEL_REQUESTED)

    bench.look_after(4)
    assert bench.supervisor.leaked_thread_count == 0
    bench.look_after(2)
    assert bench.supervisor.leaked_thread_count == 1

    bench.running.remove(blocking)
    bench.look_after(1)
    assert bench.supervisor.leaked_thread_count == 0
