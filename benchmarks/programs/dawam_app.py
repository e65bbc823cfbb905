"""The application that is measured: a job as a plain function, and as a class with a scope of its own."""

import os
from dataclasses import dataclass

from benchmarks.programs import store
from benchmarks.programs.payload import payload
from benchmarks.programs.stamps import Stamps
from dawam import App, AsyncBackgroundJob, Module, Services, job_args

stamps = Stamps.of_this_process()


class Ledger:
    """What the class job depends on: made anew for each run."""

    def note(self, number: int) -> None:
        """Says that a job runs."""
        if stamps is not None:
            stamps.stamp(number)


@job_args("bench.class")
@dataclass(frozen=True, slots=True)
class NoteArgs:
    """The payload as an args class."""

    number: int
    name: str
    ratio: float
    flag: bool


class NoteJob(AsyncBackgroundJob[NoteArgs]):
    """The job as a class with an injected dependency."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def execute(self, args: NoteArgs) -> None:
        self._ledger.note(args.number)


class BenchModule(Module):
    """Registers the class job."""

    def configure_services(self, services: Services) -> None:
        services.add_scoped(Ledger)
        services.add_job(NoteJob)


IS_CLASS = os.environ["DAWAM_BENCH_JOB"] == "class"

app = App(
    *([BenchModule] if IS_CLASS else []),  # who injects nothing does not load the container either
    store=store.url() + os.environ["DAWAM_BENCH_STORE_OPTIONS"],
)


@app.job("bench.function")
async def note(number: int, name: str, ratio: float, flag: bool) -> None:  # noqa: ARG001  (the payload is to be decoded)
    """The job as a plain function."""
    if stamps is not None:
        stamps.stamp(number)


async def tick() -> None:
    """The work of a worker that is not due while anybody measures."""


for _number in range(int(os.environ["DAWAM_BENCH_RECURRING"]) // 2):
    app.worker(cron="0 0 1 1 *", name=f"worker-{_number}")(tick)
    app.recurring(f"recurring-{_number}", note.call(**payload(_number)), cron="0 0 1 1 *")


def job(number: int) -> object:
    """What to enqueue as job `number`, in the form that this run measures."""
    fields = payload(number)
    return NoteArgs(**fields) if IS_CLASS else note.call(**fields)
