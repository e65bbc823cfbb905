"""The lease is extended from a thread of its own, and only who was on time may judge others."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from dawam.errors import StoreBusyError
from dawam.events.lifecycle import LifecycleEvents, ServiceFailed
from dawam.host.heartbeat import Heartbeat
from dawam.host.pacemaker import ThreadPacemaker
from dawam.stores.values import HostCommand
from dawam.testing import ManualClock

LEASE = timedelta(seconds=20)
INTERVAL = timedelta(milliseconds=2)


class Link:
    """In the store's place; each beat waits until the test lets it through."""

    def __init__(self) -> None:
        self.answers: list[HostCommand | Exception | None] = []
        self.threads: set[str] = set()
        self.beats = 0
        self.closed = 0
        self._beat = threading.Condition()

    def extend(self, lease: timedelta) -> HostCommand | None:
        assert lease == LEASE
        self.threads.add(threading.current_thread().name)
        answer = self.answers.pop(0) if self.answers else HostCommand.GO_ON
        with self._beat:
            self.beats += 1
            self._beat.notify_all()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.closed += 1

    async def after(self, count: int) -> None:
        """Returns when the beat after that number was sent, so that this one was answered."""
        await asyncio.to_thread(self._wait_for, count + 1)

    def _wait_for(self, count: int) -> None:
        with self._beat:
            assert self._beat.wait_for(lambda: self.beats >= count, timeout=5)


class Bench:
    def __init__(self) -> None:
        self.link, self.clock, self.events = Link(), ManualClock(), LifecycleEvents()
        self.declared_dead = asyncio.Event()
        self.commands: list[HostCommand] = []
        self.may_extend = True
        self.pulses = 0
        self.heartbeat = Heartbeat(
            self.link,
            lease=LEASE,
            interval=INTERVAL,
            clock=self.clock,
            events=self.events,
            watch=self,  # type: ignore[arg-type]
            pacemaker=ThreadPacemaker(),
            on_declared_dead=self.declared_dead.set,
            on_command=self.commands.append,
        )

    # in the watch's place
    def start(self) -> None: ...

    def beat(self) -> bool:
        self.pulses += 1
        return self.may_extend

    async def pass_time(self, duration: timedelta) -> None:
        """Beats are on time meanwhile."""
        for _ in range(10):
            self.clock.advance(duration / 10)
            await self.link.after(self.link.beats + 1)

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[Heartbeat]:
        await self.heartbeat.start()
        yield self.heartbeat
        await self.heartbeat.stop()


@pytest.fixture
async def bench() -> Bench:
    return Bench()


async def test_while_the_loop_is_blocked_for_too_long_the_lease_is_not_extended(bench: Bench) -> None:
    async with bench.beating():
        await bench.link.after(1)
        bench.may_extend = False
        await asyncio.sleep(0.01)  # a beat that was under way has ended
        beats, pulses = bench.link.beats, bench.pulses
        await asyncio.sleep(0.03)
        assert bench.link.beats == beats
        assert bench.pulses > pulses
        bench.may_extend = True
        await bench.link.after(beats)


async def test_it_beats_in_a_thread_of_its_own_while_the_loop_is_blocked(bench: Bench) -> None:
    async with bench.beating():
        time.sleep(0.1)  # noqa: ASYNC251  (this is what the test is about)
        assert bench.link.beats >= 5
    assert bench.link.threads == {"dawam heartbeat"}


async def test_stopping_ends_the_beats_twice_is_fine_and_without_a_start_as_well(bench: Bench) -> None:
    await bench.heartbeat.stop()
    async with bench.beating():
        await bench.link.after(1)
    await bench.heartbeat.stop()
    beats = bench.link.beats
    await asyncio.sleep(0.02)
    assert (bench.link.beats, bench.link.closed) == (beats, 1)


async def test_who_was_declared_dead_is_told_once_and_beats_no_more(bench: Bench) -> None:
    bench.link.answers = [HostCommand.GO_ON, None]
    async with bench.beating():
        async with asyncio.timeout(5):
            await bench.declared_dead.wait()
        await asyncio.sleep(0.02)
        assert bench.link.beats == 2


async def test_a_store_that_is_away_for_a_beat_is_told_and_the_next_comes(bench: Bench) -> None:
    told: list[ServiceFailed] = []
    bench.events.subscribe(ServiceFailed, told.append)
    bench.link.answers = [
        StoreBusyError("locked"),
        StoreBusyError("locked"),
        HostCommand.GO_ON,
        StoreBusyError("again"),
    ]
    async with bench.beating():
        await bench.link.after(4)
        await asyncio.sleep(0)
    assert [(event.service, event.failure_count) for event in told] == [
        ("heartbeat", 1),
        ("heartbeat", 2),
        ("heartbeat", 1),
    ]
    assert not bench.declared_dead.is_set()


class TestJudgingOthers:
    async def test_needs_one_lease_of_being_on_time(self, bench: Bench) -> None:
        async with bench.beating() as heartbeat:
            assert not heartbeat.may_judge_others()
            await bench.pass_time(LEASE - timedelta(seconds=1))
            assert not heartbeat.may_judge_others()
            await bench.pass_time(timedelta(seconds=1))
            assert heartbeat.may_judge_others()

    async def test_is_not_for_who_cannot_reach_the_store_himself(self, bench: Bench) -> None:
        async with bench.beating() as heartbeat:
            await bench.pass_time(LEASE)
            assert heartbeat.may_judge_others()
            bench.link.answers = [StoreBusyError("away")] * 10_000
            await bench.link.after(bench.link.beats + 1)
            bench.clock.advance(LEASE / 4 + timedelta(seconds=1))
            assert not heartbeat.may_judge_others()

    async def test_begins_anew_after_a_gap_in_which_the_lease_of_another_may_have_run_out(self, bench: Bench) -> None:
        """An outage, or a machine that slept: ours may have been extended just before, and that of others long ago."""
        async with bench.beating() as heartbeat:
            await bench.pass_time(LEASE)
            assert heartbeat.may_judge_others()
            bench.clock.advance(LEASE / 2)
            await bench.link.after(bench.link.beats + 1)
            assert not heartbeat.may_judge_others()
            await bench.pass_time(LEASE)
            assert heartbeat.may_judge_others()


async def test_after_a_beat_that_failed_the_next_one_comes_sooner(bench: Bench) -> None:
    told: list[ServiceFailed] = []
    bench.events.subscribe(ServiceFailed, told.append)
    bench.link.answers = [StoreBusyError("away")]
    async with bench.beating():
        await bench.link.after(1)
        await asyncio.sleep(0)
    assert [event.next_in for event in told] == [INTERVAL / 5]


async def test_a_beat_that_hangs_does_not_hold_up_the_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    began = threading.Event()

    def hang(lease: timedelta) -> bool:
        began.set()
        return release.wait(10)

    monkeypatch.setattr(bench.link, "extend", hang)
    await bench.heartbeat.start()
    assert await asyncio.to_thread(began.wait, 5)
    async with asyncio.timeout(3):
        await bench.heartbeat.stop()
    release.set()


async def test_what_is_wanted_of_the_host_is_told_once(bench: Bench) -> None:
    quiet, go_on, stop = HostCommand.QUIET, HostCommand.GO_ON, HostCommand.STOP
    bench.link.answers = [go_on, quiet, quiet, go_on, *[stop] * 10_000]
    async with bench.beating():
        await bench.link.after(6)
    assert bench.commands == [quiet, go_on, stop]


def test_what_only_newer_code_can_say_is_not_followed() -> None:
    assert HostCommand("dance") is HostCommand.GO_ON
