"""`dawam workers`: what recurs, how it went, and the hand that pauses, triggers and reschedules."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from dawam.clock import SystemClock
from dawam.ids import HostId
from dawam.jobs.outcome import ErrorDetails
from dawam.jobs.priority import Priority
from dawam.workers.record import JobTemplate, TickClaim, TickOutcome, TickSettlement, WorkerDeclaration
from dawam.workers.schedules.schedule import Cron, Every, Schedule
from dawam.workers.schedules.stored import to_text
from tests.cli.conftest import Host, Shop
from tests.support.stocked import Stock, stocked

LATER = datetime(2090, 1, 1, 3, tzinfo=UTC)
REPORT = JobTemplate(
    name="reports.daily", args=b'{"format":"pdf"}', args_version=1, queue="slow", priority=Priority.NORMAL
)


def declaration(name: str, schedule: Schedule, job: JobTemplate | None = None) -> WorkerDeclaration:
    return WorkerDeclaration(name=name, schedule=to_text(schedule), first_at=LATER, job=job)


async def two_workers(stock: Stock) -> HostId:
    """A clean-up that a live host has, and a recurring job that a person put there."""
    host = await stock.host()
    await stock.store.declare_workers(host, [declaration("clean-up", Cron("0 3 * * *", "Asia/Riyadh"))])
    await stock.store.put_recurring(declaration("daily-report", Every(timedelta(days=1)), REPORT))
    return host


async def a_failed_tick(stock: Stock) -> None:
    """The clean-up was triggered, and raised."""
    host = await two_workers(stock)
    await stock.store.trigger_worker("clean-up")
    (due,) = (await stock.store.due_ticks(host, 10)).ticks
    now = SystemClock().now()
    key = {"name": due.name, "place": due.place}
    claim = TickClaim(**key, fence=due.fence, revision=due.revision, planned_at=now, is_triggered=True)
    assert await stock.store.claim_ticks(host, [claim]) == [True]
    await stock.store.settle_ticks(
        host,
        [
            TickSettlement(
                **key,
                fence=due.fence + 1,
                outcome=TickOutcome.FAILED,
                planned_at=now,
                is_triggered=True,
                started_at=now,
                ended_at=now + timedelta(seconds=2),
                next_at=due.next_at,
                due_at=due.next_at,
                attempt_count=2,
                error=ErrorDetails("OSError", "no connection", "Traceback"),
            )
        ],
    )


def test_workers_and_recurring_jobs_are_listed_with_their_schedule_and_state(shop: Shop) -> None:
    host = stocked(shop.folder / "dawam.db", two_workers)
    lines = shop.dawam("workers", "list").stdout.splitlines()
    assert lines[0].split() == ["NAME", "SCHEDULE", "NEXT", "LAST", "STATE"]
    assert "clean-up" in lines[1]
    assert "0 3 * * * (Asia/Riyadh)" in lines[1]
    assert lines[1].endswith("waiting")
    assert "every 1d" in lines[2]
    assert lines[2].endswith("enqueues reports.daily")
    first, second = shop.json("workers", "list")["workers"]
    assert (first["name"], first["explained"], first["declared_by"]) == (
        "clean-up",
        "every day at 03:00 (Asia/Riyadh)",
        [host],
    )
    assert second["job"] == {"name": "reports.daily", "queue": "slow", "args": '{"format":"pdf"}'}


def test_one_is_shown_with_what_became_of_its_ticks(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", a_failed_tick)
    shown = shop.dawam("workers", "show", "clean-up").stdout
    assert "schedule    0 3 * * * (Asia/Riyadh): every day at 03:00 (Asia/Riyadh)" in shown
    assert "failed" in shown
    assert "failed after 2 attempts, triggered" in shown
    assert "OSError: no connection" in shown
    (worker,) = shop.json("workers", "show", "clean-up")["workers"]
    assert [record["outcome"] for record in worker["history"]] == ["failed"]


async def a_running_tick(stock: Stock) -> None:
    host = await two_workers(stock)
    await stock.store.trigger_worker("clean-up")
    (due,) = (await stock.store.due_ticks(host, 10)).ticks
    now = SystemClock().now()
    claim = TickClaim(
        name=due.name, place=due.place, fence=due.fence, revision=due.revision, planned_at=now, is_triggered=True
    )
    await stock.store.claim_ticks(host, [claim])


def test_while_a_tick_runs_the_next_one_is_the_one_after_it(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", a_running_tick)
    line = shop.dawam("workers", "list").stdout.splitlines()[1]
    assert "after this one" in line
    assert "running on" in line
    shop.dawam("workers", "trigger", "clean-up")
    assert "when this one ends" in shop.dawam("workers", "list").stdout


def test_a_worker_is_paused_resumed_and_triggered(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", two_workers)
    assert "'clean-up' is paused" in shop.dawam("workers", "pause", "clean-up").stdout
    assert shop.json("workers", "show", "clean-up")["workers"][0]["is_paused"]
    assert "'clean-up' is resumed" in shop.dawam("workers", "resume", "clean-up").stdout
    assert not shop.json("workers", "show", "clean-up")["workers"][0]["is_paused"]
    assert "ticks as soon as" in shop.dawam("workers", "trigger", "clean-up").stdout
    assert shop.json("workers", "show", "clean-up")["workers"][0]["is_triggered"]


def test_tools_are_told_of_each_worker_in_json(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", two_workers)
    told = shop.json_of(1, "workers", "pause", "clean-up", "clean-upp")["answers"]
    assert [(each["of"], each["is_done"]) for each in told] == [("clean-up", True), ("clean-upp", False)]
    assert "did you mean 'clean-up'?" in told[1]["text"]
    (again,) = shop.json("workers", "reschedule", "clean-up", "--every", "5m")["answers"]
    assert again["text"] == "'clean-up' has another schedule"


def test_a_worker_gets_another_schedule_and_its_own_again(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", two_workers)
    shop.dawam("workers", "reschedule", "clean-up", "--every", "5m", "--fixed-rate")
    (worker,) = shop.json("workers", "show", "clean-up")["workers"]
    assert (worker["schedule"], worker["declared_schedule"]) == ("every 5m at a fixed rate", "0 3 * * * (Asia/Riyadh)")
    assert "in the code 0 3 * * *" in shop.dawam("workers", "show", "clean-up").stdout
    shop.dawam("workers", "reschedule", "clean-up", "--as-declared")
    (worker,) = shop.json("workers", "show", "clean-up")["workers"]
    assert worker["schedule"] == "0 3 * * * (Asia/Riyadh)"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--cron", "0 25 * * *"), "25"),
        (("--cron", "0 3 * * *", "--time-zone", "Asia/Riyad"), "Asia/Riyadh"),
        (("--every", "0s"), "longer than zero"),
        (("--every", "5m", "--cron", "* * * * *"), "both"),
    ],
)
def test_a_schedule_that_cannot_be_meant_is_refused(shop: Shop, options: tuple[str, ...], reason: str) -> None:
    stocked(shop.folder / "dawam.db", two_workers)
    done = shop.dawam("workers", "reschedule", "clean-up", *options, expect=1)
    assert reason in done.stderr


def test_saying_nothing_or_both_is_a_misspelt_command(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", two_workers)
    assert "say one of" in shop.dawam("workers", "reschedule", "clean-up", expect=2).stderr
    assert (
        "say one of"
        in shop.dawam("workers", "reschedule", "clean-up", "--every", "5m", "--as-declared", expect=2).stderr
    )


def test_a_recurring_job_is_removed_after_a_yes(shop: Shop) -> None:
    stocked(shop.folder / "dawam.db", two_workers)
    assert "say --yes" in shop.dawam("workers", "remove", "daily-report", expect=1).stderr
    assert "is removed" in shop.dawam("workers", "remove", "daily-report", "--yes").stdout
    assert [worker["name"] for worker in shop.json("workers", "list")["workers"]] == ["clean-up"]


@pytest.mark.parametrize("verb", ["show", "pause", "resume", "trigger"])
def test_a_name_that_nobody_has_is_answered_with_the_nearest(shop: Shop, verb: str) -> None:
    stocked(shop.folder / "dawam.db", two_workers)
    done = shop.dawam("workers", verb, "clean-pu", expect=1)
    assert "no worker or recurring job is named 'clean-pu'; did you mean 'clean-up'?" in done.stderr


def test_a_store_without_workers_says_so(shop: Shop) -> None:
    shop.dawam("store", "migrate")
    assert "no workers" in shop.dawam("workers", "list").stdout
    assert shop.json("workers", "list") == {"workers": []}


CLOCKWORK = """
from dawam import App, PeriodicWorkerContext

app = App()


@app.worker(name="check", cron="0 0 1 1 *")
async def check(context: PeriodicWorkerContext) -> None:
    print(f"tick {context.tick} {'asked for' if context.is_triggered else 'planned'}", flush=True)
"""


def test_what_a_person_does_reaches_a_running_host_within_seconds(shop: Shop, start: Callable[..., Host]) -> None:
    shop.write("clockwork.py", CLOCKWORK)
    host = start("clockwork.py")
    host.says("worker check started")
    host.says("host ")
    shop.dawam("workers", "trigger", "check")
    host.says("tick 1 asked for")
    shop.dawam("workers", "reschedule", "check", "--every", "200ms")
    host.says("tick 3 planned")
    shop.dawam("workers", "pause", "check")
    (paused,) = shop.json("workers", "show", "check")["workers"]
    shop.dawam("workers", "trigger", "check")
    host.says("asked for")
    assert paused["is_paused"]
    assert host.stop() == 0
    (worker,) = shop.json("workers", "show", "check")["workers"]
    assert worker["declared_by"] == []
    assert {record["outcome"] for record in worker["history"]} == {"succeeded"}


def test_what_a_person_did_stays_over_a_restart(shop: Shop, start: Callable[..., Host]) -> None:
    shop.write("clockwork.py", CLOCKWORK)
    host = start("clockwork.py")
    host.says("worker check started")
    host.says("host ")
    shop.dawam("workers", "reschedule", "check", "--every", "300ms")
    host.says("tick 1 planned")
    assert host.stop() == 0
    again = start("clockwork.py")
    again.says("planned")
    shop.dawam("workers", "reschedule", "check", "--as-declared")
    (worker,) = shop.json("workers", "show", "check")["workers"]
    assert worker["schedule"] == "0 0 1 1 * (UTC)"
