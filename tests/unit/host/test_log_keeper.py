"""What jobs log is stored while they run and when they have ended, and never in the way of a job."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from dawam import App, JobContext, Logger, Retry, injected
from dawam.attempt import Attempt
from dawam.errors import StoreUnavailableError
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.log_keeper import LogKeeper
from dawam.ids import HostId
from dawam.jobs.log import AttemptLog, LogLine
from dawam.jobs.outcome import ErrorDetails, Failed, Outcome, Succeeded
from dawam.observability.logs import LogOptions
from tests.support.applications import running, until
from tests.support.claims import claimed

HOST = HostId("here-1-ab")
AT = datetime(2026, 11, 27, 13, 5, tzinfo=UTC)
FAILED = Failed(ErrorDetails("OSError", "out of paper"))


class Shelf:
    """In the store's place."""

    def __init__(self) -> None:
        self.is_away = False
        self.calls: list[list[tuple[str, ...]]] = []
        self.kept: dict[int, list[str]] = {}
        self.meanwhile = lambda: None

    async def keep_logs(self, kept: Sequence[AttemptLog]) -> None:
        if self.is_away:
            raise StoreUnavailableError("the store is away")
        if any(line.text == "poison" for log in kept for line in log.lines):
            raise ValueError("refused")
        self.calls.append([tuple(line.text for line in log.lines) for log in kept])
        self.meanwhile()
        for log in kept:
            self.kept.pop(log.job_id.int, None)
            if log.lines:
                self.kept[log.job_id.int] = [line.text for line in log.lines]


class Bench:
    """A keeper, and attempts that run."""

    def __init__(self, *, keeps_successes: bool = True, **options: object) -> None:
        self.shelf = Shelf()
        self.running: list[Attempt] = []
        self.keeper = LogKeeper(
            store=self.shelf,  # type: ignore[arg-type]
            running=lambda: self.running,
            events=LifecycleEvents(),
            host=HOST,
            options=LogOptions(**options),  # type: ignore[arg-type]
            poll=timedelta(milliseconds=5),
            keeps_successes=keeps_successes,
        )

    def begun(self, *texts: str) -> Attempt:
        job = claimed()
        attempt = Attempt(job, JobContext(job, kept_lines=10))
        self.running.append(attempt)
        self.says(attempt, *texts)
        return attempt

    @staticmethod
    def says(attempt: Attempt, *texts: str) -> None:
        if texts:
            attempt.context.hear([LogLine(AT, "INFO", "shop", text) for text in texts])

    def ends(self, attempt: Attempt, outcome: Outcome | None = None) -> None:
        self.running.remove(attempt)
        if attempt.context.log is not None:
            self.keeper.ended(attempt, attempt.context.log, outcome or Succeeded())

    def kept(self, attempt: Attempt) -> list[str]:
        return self.shelf.kept.get(attempt.claimed.id.int, [])


async def test_what_runs_is_stored_when_it_has_said_more_and_only_then() -> None:
    bench = Bench()
    quiet, talkative = bench.begun(), bench.begun("one")
    await bench.keeper.flush()
    await bench.keeper.flush()
    bench.says(talkative, "two")
    await bench.keeper.flush()
    assert bench.shelf.calls == [[("one",)], [("one", "two")]]
    assert bench.kept(quiet) == []


async def test_what_has_ended_is_stored_whole_and_once() -> None:
    bench = Bench()
    job = bench.begun("one")
    await bench.keeper.flush()
    bench.says(job, "two")
    bench.ends(job)
    await bench.keeper.flush()
    await bench.keeper.flush()
    assert bench.shelf.calls == [[("one",)], [("one", "two")]]


async def test_where_the_store_is_away_nothing_is_lost() -> None:
    bench = Bench()
    runs, ended = bench.begun("runs"), bench.begun("ended")
    bench.ends(ended)
    bench.shelf.is_away = True
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            await bench.keeper.flush()
    bench.shelf.is_away = False
    await bench.keeper.flush()
    assert (bench.kept(runs), bench.kept(ended)) == (["runs"], ["ended"])


async def test_what_an_attempt_that_succeeded_said_is_not_kept_where_nobody_wants_it() -> None:
    bench = Bench(kept_of="failed")
    short, long, failed = bench.begun("short"), bench.begun("long"), bench.begun("failed")
    bench.ends(short)
    await bench.keeper.flush()
    assert (bench.kept(short), bench.kept(long), bench.kept(failed)) == ([], ["long"], ["failed"])
    bench.ends(long)
    bench.ends(failed, FAILED)
    await bench.keeper.flush()
    assert (bench.kept(long), bench.kept(failed)) == ([], ["failed"])


async def test_nor_where_jobs_that_succeed_are_not_kept_themselves() -> None:
    bench = Bench(keeps_successes=False)
    short, long, failed = bench.begun("short"), bench.begun("long"), bench.begun("failed")
    bench.ends(short)
    await bench.keeper.flush()
    bench.ends(long)
    bench.ends(failed, FAILED)
    await bench.keeper.flush()
    assert (bench.kept(short), bench.kept(long), bench.kept(failed)) == ([], [], ["failed"])


async def test_what_the_store_refuses_keeps_nobody_elses_from_being_stored() -> None:
    bench = Bench()
    jobs = [bench.begun(text) for text in ("one", "poison", "three", "four", "poison")]
    for job in jobs[2:]:
        bench.ends(job)
    await bench.keeper.flush()
    assert [bench.kept(job) for job in jobs] == [["one"], [], ["three"], ["four"], []]


async def test_nor_when_it_ends_while_it_is_being_stored() -> None:
    bench = Bench(kept_of="failed")
    job = bench.begun("one")
    bench.shelf.meanwhile = lambda: bench.ends(job) if job in bench.running else None
    await bench.keeper.flush()
    assert bench.kept(job) == []


async def test_of_very_many_that_succeeded_within_a_second_not_all_are_kept_but_all_that_failed() -> None:
    bench = Bench()
    good, bad = [bench.begun("good") for _ in range(1_200)], [bench.begun("bad") for _ in range(100)]
    for job in good:
        bench.ends(job)
    for job in bad:
        bench.ends(job, FAILED)
    await bench.keeper.flush()
    assert [len(bench.kept(job)) for job in good] == [1] * 1_000 + [0] * 200
    assert all(bench.kept(job) for job in bad)
    bench.ends(late := bench.begun("good"))
    await bench.keeper.flush()
    assert bench.kept(late) == ["good"]


async def test_many_that_ended_go_in_pieces_and_beyond_that_the_oldest_are_dropped() -> None:
    bench = Bench()
    jobs = [bench.begun(str(number)) for number in range(10_100)]
    for job in jobs:
        bench.running.clear()
        bench.running.append(job)
        bench.ends(job, FAILED)
    await bench.keeper.flush()
    assert [len(call) for call in bench.shelf.calls] == [100] * 100
    assert bench.kept(jobs[99]) == []
    assert bench.kept(jobs[100]) == ["100"]


async def test_where_no_lines_are_kept_it_does_nothing_at_all() -> None:
    before, bench = logging.getLogRecordFactory(), Bench(kept_lines=0)
    await bench.keeper.start()
    assert logging.getLogRecordFactory() is before
    await bench.keeper.stop()


async def test_it_hears_from_its_start_until_its_stop() -> None:
    before, bench = logging.getLogRecordFactory(), Bench()
    await bench.keeper.start()
    assert logging.getLogRecordFactory() is not before
    bench.begun("one")
    await until(lambda: bool(bench.shelf.calls))
    await bench.keeper.stop()
    await bench.keeper.stop()
    assert logging.getLogRecordFactory() is before


# -- the whole way

app = App(store="memory://")
goes_on = asyncio.Event()


@app.job("mail.send", retry=Retry(max_attempts=2, first_wait=timedelta(0), jitter=0))
async def send(to: str, logger: Logger = injected, context: JobContext = injected) -> None:
    logger.warning("to %s", to)
    logging.getLogger("some.library").warning("connected")
    await goes_on.wait()
    if context.attempt == 1:
        raise OSError("out of paper")
    logger.error("sent in the end")


@app.job("mail.weigh", retry=Retry.NEVER)
def weigh(to: str, logger: Logger = injected) -> None:
    logger.warning("weighed for %s", to)


async def test_what_a_job_logs_is_seen_beside_it_while_it_runs_and_afterwards() -> None:
    goes_on.clear()
    async with running(app) as runtime:
        inspector = runtime.parts.desk.inspector
        job, weighed = await send.enqueue("lina"), await weigh.enqueue("omar")

        async def is_seen() -> bool:
            return bool(await inspector.logs(job.id))

        await until(is_seen)
        goes_on.set()
        await job.result(within=timedelta(seconds=20))
        await weighed.result(within=timedelta(seconds=20))
        await runtime.host.stop()  # what was not stored yet is stored now

        first, second = await inspector.logs(job.id)
        assert [line.text for line in first.lines] == ["to lina", "connected"]
        assert [line.text for line in second.lines] == ["to lina", "connected", "sent in the end"]
        assert {(line.level, line.logger) for line in second.lines} >= {("WARNING", "some.library")}
        assert (first.attempt, second.attempt, second.host) == (1, 2, runtime.host.id)
        [of_a_thread] = await inspector.logs(weighed.id)
        assert [line.text for line in of_a_thread.lines] == ["weighed for omar"]
