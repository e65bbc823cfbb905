"""What running jobs say of themselves goes to the store; nothing of those that have settled themselves."""

from collections.abc import Sequence
from datetime import timedelta

from dawam.attempt import Attempt
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

    def attempts(self) -> list[Attempt]:
        return self._attempts

    def stop_jobs(self, ids: object, reason: str) -> None:
        self.stopped_count += 1


class Shelf:
    """In the store's place."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    async def orders(self, host: HostId) -> HostOrders:
        return HostOrders()

    async def note_progress(self, host: HostId, notes: Sequence[ProgressNote]) -> None:
        self.notes += [note.text for note in notes]


async def test_a_job_that_completed_itself_is_left_alone_because_its_transaction_holds_the_row() -> None:
    running, completed = JobContext(claimed()), JobContext(claimed())
    running.progress(0.5, "running")
    completed.progress(1, "completed")
    completed.completed(Succeeded())
    shelf, runner = Shelf(), Runner(running, completed)
    commander = Commander(
        store=shelf,  # type: ignore[arg-type]
        runner=runner,  # type: ignore[arg-type]
        events=LifecycleEvents(),
        host=HOST,
        poll=timedelta(milliseconds=5),
    )
    await commander.start()
    await until(lambda: runner.stopped_count > 3)
    assert shelf.notes == ["0.5000 running"]
    completed.completed(None)
    await until(lambda: shelf.notes == ["0.5000 running", "1.0000 completed"])
    await commander.stop()
