"""What running jobs say of themselves goes to the store; nothing of those that have settled themselves."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from dawam.attempt import Attempt
from dawam.errors import StoreUnavailableError
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.commander import Commander
from dawam.ids import HostId
from dawam.jobs.context import JobContext
from dawam.jobs.outcome import Succeeded
from dawam.stores.values import HostOrders, ProgressNote
from tests.support.applications import until
from tests.support.claims import claimed

HOST = HostId("here-1-ab")


class Runner:
    """In the place of `JobRunner`: some attempts that run."""

    def __init__(self, *contexts: JobContext) -> None:
        jobs = [claimed() for _ in contexts]
        self._attempts = [Attempt(job, context) for job, context in zip(jobs, contexts, strict=True)]
        self.running_count = len(jobs)
        self.stopped_count = 0
        self.limits: dict[str, int] = {}

    def attempts(self) -> list[Attempt]:
        return self._attempts

    def stop_jobs(self, ids: object, reason: str) -> None:
        self.stopped_count += 1

    def limit_queues(self, limits: Mapping[str, int]) -> bool:
        is_new, self.limits = limits != self.limits, dict(limits)
        return is_new


class Shelf:
    """In the store's place."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.limits: dict[str, int] = {}
        self.is_away = False

    async def orders(self, host: HostId) -> HostOrders:
        if self.is_away:
            raise StoreUnavailableError("away")
        return HostOrders(queue_limits=self.limits)

    async def note_progress(self, host: HostId, notes: Sequence[ProgressNote]) -> None:
        self.notes += [note.text for note in notes]


def commanding(shelf: Shelf, runner: Runner, on_limits: Callable[[], object] = lambda: None) -> Commander:
    return Commander(
        store=shelf,  # type: ignore[arg-type]
        runner=runner,  # type: ignore[arg-type]
        events=LifecycleEvents(),
        host=HOST,
        poll=timedelta(milliseconds=5),
        on_limits=on_limits,
    )


async def test_a_job_that_completed_itself_is_left_alone_because_its_transaction_holds_the_row() -> None:
    running, completed = JobContext(claimed()), JobContext(claimed())
    running.progress(0.5, "running")
    completed.progress(1, "completed")
    completed.completed(Succeeded())
    shelf, runner = Shelf(), Runner(running, completed)
    commander = commanding(shelf, runner)
    await commander.start()
    await until(lambda: runner.stopped_count > 3)
    assert shelf.notes == ["0.5000 running"]
    completed.completed(None)
    await until(lambda: shelf.notes == ["0.5000 running", "1.0000 completed"])
    await commander.stop()


async def test_what_people_allow_is_known_before_anything_is_claimed_and_heard_of_while_nothing_runs() -> None:
    shelf, runner, heard = Shelf(), Runner(), list[dict[str, int]]()
    shelf.limits = {"mail": 2}
    commander = commanding(shelf, runner, lambda: heard.append(runner.limits))
    await commander.start()
    assert heard == [{"mail": 2}]
    shelf.limits = {"mail": 3}
    await until(lambda: heard == [{"mail": 2}, {"mail": 3}])
    await commander.stop()


async def test_a_store_that_is_away_keeps_no_host_from_starting() -> None:
    shelf, runner = Shelf(), Runner()
    shelf.is_away = True
    commander = commanding(shelf, runner)
    await commander.start()
    shelf.is_away, shelf.limits = False, {"mail": 2}
    await until(lambda: runner.limits == {"mail": 2})
    await commander.stop()
