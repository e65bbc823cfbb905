"""Recurring jobs: a schedule that enqueues a job, with retry, history and all."""

from collections.abc import Mapping
from typing import Any, Unpack, cast

from dawam.clock import Clock
from dawam.doorbells.base import Doorbell, Topic
from dawam.errors import RegistrationError
from dawam.events.lifecycle import LifecycleEvents, WorkerTooFrequent
from dawam.jobs.absent import ABSENT
from dawam.jobs.current import fresh_context
from dawam.jobs.names import checked_name
from dawam.preparation import EnqueueOptions, EnqueueWords, JobPreparation
from dawam.stores.workers import WorkerStore
from dawam.workers.declaring import RecurringJob, recurring_declaration
from dawam.workers.frequency import too_short
from dawam.workers.options import BackgroundWorkerOptions
from dawam.workers.record import JobTemplate, WorkerInfo
from dawam.workers.tick_options import RecurringWords, TickOptions, refuse_unknown

_PAGE = 1_000
_JOB_WORDS = frozenset({"queue", "priority", "headers"})


def recurring_job(
    preparation: JobPreparation, name: str, job: Any, args: Any, words: Mapping[str, Any]
) -> RecurringJob:
    """Looks up, checks and encodes what is to recur. Raises `RegistrationError` or `EnqueueError`."""
    checked_name(name, "a recurring job")
    refuse_unknown(words, RecurringWords.__annotations__, f"recurring job {name!r}")
    if job is ABSENT and args is ABSENT:
        raise RegistrationError(
            f"recurring job {name!r} has no job: a call, a job class with args=, or args= was expected"
        )
    options = EnqueueOptions.of(cast("EnqueueWords", {word: words[word] for word in _JOB_WORDS if word in words}))
    given = (args, ABSENT) if job is ABSENT else (job, args)
    # whoever says so may work for somebody; the job recurs for nobody but whom its own headers and args name
    prepared = fresh_context().run(preparation.prepare, *given, options).job
    template = JobTemplate(
        name=prepared.name,
        args=prepared.args,
        args_version=prepared.args_version,
        queue=prepared.queue,
        priority=prepared.priority,
        headers=prepared.headers,
    )
    return RecurringJob(name, TickOptions.of(name, words, kind="recurring job"), template)


class RecurringJobManager:
    """Recurring jobs that come and go at run time; those of the code are declared with `app.recurring`.

    All is stored: such a job recurs whichever hosts run, until it is removed. Pausing, triggering and the history are
    those of `WorkerControl`, which knows these jobs too.
    """

    def __init__(
        self,
        *,
        preparation: JobPreparation,
        store: WorkerStore,
        doorbell: Doorbell,
        clock: Clock,
        options: BackgroundWorkerOptions,
        events: LifecycleEvents,
    ) -> None:
        self._preparation, self._store, self._doorbell = preparation, store, doorbell
        self._clock, self._options, self._events = clock, options, events

    async def put(self, name: str, job: Any = ABSENT, *, args: Any = ABSENT, **words: Unpack[RecurringWords]) -> None:
        """Creates the recurring job of this name, or changes it: `put("daily", report.call(), cron="0 3 * * *")`.

        Args:
            job: a `JobCall`, a job class or a job's name, with `args`; left out, `args` say which job it is.
            words: `every=` or `cron=` with `time_zone=`, as `@app.worker` takes them; `queue`, `priority`, `headers`.

        What is carried where it is put (`carry`) is not taken along: `headers` are.

        Raises `RegistrationError` for a schedule that cannot be meant or a name that the code has, and `EnqueueError`
        for args that cannot be stored.
        """
        recurring = recurring_job(self._preparation, name, job, args, words)
        now, shortest = self._clock.now(), self._options.shortest_period
        declaration = recurring_declaration(recurring, now, self._options.kept_records)
        if not await self._store.put_recurring(declaration):
            raise RegistrationError(
                f"{name!r} is declared in the code: use another name, or change its schedule with "
                f"app.workers.reschedule({name!r}, ...)"
            )
        self._doorbell.ring(Topic.WORKERS)
        if (gap := too_short(recurring.options.schedule, shortest, now)) is not None:
            self._events.emit(WorkerTooFrequent(name, gap, is_recurring_job=True))

    async def get(self, name: str) -> WorkerInfo | None:
        """The recurring job of this name; None where there is none."""
        return next((each for each in await self._store.worker(name) if each.job is not None), None)

    async def list(self) -> list[WorkerInfo]:
        """Every recurring job, by name."""
        found, after = list[WorkerInfo](), None
        while page := await self._store.workers(_PAGE, after):
            found += [each for each in page if each.job is not None]
            after = (page[-1].name, page[-1].place)
        return found

    async def remove(self, name: str) -> bool:
        """Takes it away, with its history; jobs that it enqueued stay. False where there is none.

        Raises `RegistrationError` for one that the code has: it would come back with the next look of a host.
        """
        known = await self.get(name)
        if known is None:
            return False
        if not known.is_stored and known.declared_by:
            raise RegistrationError(
                f"{name!r} is declared in the code: take it out there, or hold it with app.workers.pause({name!r})"
            )
        return await self._store.remove_worker(name)
