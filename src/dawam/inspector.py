"""What people may ask about jobs: which wait, which failed and why, who runs them. It changes nothing."""

from collections.abc import Callable, Collection
from difflib import get_close_matches
from typing import Protocol
from uuid import UUID

from dawam.events.lifecycle import UnknownJobsWaiting
from dawam.ids import job_id
from dawam.job_search import LOOKED_AT, JobSearch
from dawam.jobs.log import AttemptLog
from dawam.jobs.record import AttemptRecord, JobCounts, JobInfo
from dawam.jobs.state import JobState
from dawam.stores.people import JobReader
from dawam.stores.values import HostInfo, JobFilter, QueueInfo

_LIKENESS = 0.5


class InspectedStore(JobReader, Protocol):
    """As much of a store as the inspector reads."""

    async def hosts(self) -> list[HostInfo]: ...


class JobInspector:
    """Reads jobs, attempts, counts and hosts. Inject it where an application shows its own jobs."""

    def __init__(self, store: InspectedStore, known_names: Callable[[], Collection[str]] | None = None) -> None:
        self._store = store
        self._known_names = known_names

    async def get_waiting_jobs(self, *, max_result_count: int = 100, due_only: bool = False) -> list[JobInfo]:
        """The jobs that wait: those that are due in the order in which they will run, then the later ones.

        ABP's call of this name answers due jobs only: `due_only=True`.
        """
        return await self.get_jobs(state=JobState.WAITING, due_only=due_only, max_result_count=max_result_count)

    async def get_jobs(
        self,
        *,
        state: JobState | str | None = None,
        name: str | None = None,
        queue: str | None = None,
        due_only: bool = False,
        max_result_count: int = 100,
        after: UUID | str | None = None,
    ) -> list[JobInfo]:
        """Up to `max_result_count` jobs: waiting, then running, then finished ones, newest first.

        `after` is the id of the last job of one page, and gives the next page of the same question.
        """
        states = frozenset[JobState]() if state is None else frozenset({_state(state)})
        chosen = JobFilter(states=states, name=name, queue=queue, due_only=due_only)
        return await self.find_jobs(chosen, max_result_count=max_result_count, after=after)

    async def find_jobs(
        self, chosen: JobFilter, *, max_result_count: int = 100, after: UUID | str | None = None
    ) -> list[JobInfo]:
        """The same for everything that a `JobFilter` can say."""
        if max_result_count < 0:
            raise ValueError(f"max_result_count={max_result_count}: 0 or more was expected")
        return (await self._store.look(chosen, max_result_count, None if after is None else job_id(after))).jobs

    async def get_job(self, id: UUID | str) -> JobInfo | None:  # noqa: A002  (it is the id)
        """One job, alive or finished; None when there is none of this id (any more)."""
        return await self._store.get(job_id(id))

    async def history(self, id: UUID | str) -> list[AttemptRecord]:  # noqa: A002
        """The failed attempts of one job, oldest first, each with its error."""
        return await self._store.attempts(job_id(id))

    async def logs(self, id: UUID | str) -> list[AttemptLog]:  # noqa: A002
        """What the attempts of one job logged, oldest first: those of its last claims, and the last lines of each."""
        return await self._store.logs(job_id(id))

    async def find_ids(self, part: str, *, max_result_count: int = 10) -> list[UUID]:
        """The ids that begin or end with these hexadecimal digits; hyphens do not count."""
        digits = part.replace("-", "").lower()
        if not (1 <= len(digits) <= 32 and set(digits) <= set("0123456789abcdef")):
            raise ValueError(f"{part!r} is no part of a job id: up to 32 digits from 0 to 9 and a to f were expected")
        return await self._store.find_ids(digits, max_result_count)

    async def count(self, chosen: JobFilter) -> int:
        """How many jobs the filter means, each of them counted, which may take long where there are very many."""
        return (await JobSearch(self._store).count(chosen)).count

    async def counts(self, at_most: int | None = None) -> JobCounts:
        """How many jobs are in each state; the waiting ones are split by why they wait.

        With `at_most` no state is counted further than that, which stays quick however many jobs there are.
        """
        return await self._store.counts(at_most)

    async def queues(self, at_most: int | None = None) -> list[QueueInfo]:
        """Every queue that has unfinished jobs, is served by a live host or is paused, by name.

        With `at_most` no more than that many due jobs are counted in each queue, nor looked at in each other place,
        which stays quick however many jobs there are. Since when the oldest has been due is known all the same.
        """
        known = {queue.name: queue for queue in await self._store.queues(at_most)}
        served = {name for host in await self._store.hosts() if host.is_live for name in host.queues}
        return [known.get(name) or QueueInfo(name=name) for name in sorted(known.keys() | served)]

    async def hosts(self) -> list[HostInfo]:
        """The processes that run jobs, oldest first."""
        return await self._store.hosts()

    async def unknown_waiting(self, at_most: int = LOOKED_AT) -> list[UnknownJobsWaiting]:
        """Which waiting jobs have a name that no live host knows, each with the nearest name that is known.

        While no host lives, the names that this process knows stand in for theirs. In each place where jobs wait
        the first `at_most` are looked at.
        """
        live = [host for host in await self._store.hosts() if host.is_live]
        own = frozenset(self._known_names()) if self._known_names is not None else frozenset[str]()
        known = frozenset(name for host in live for name in host.job_names) if live else own
        if not known:
            return []
        waiting = await self._store.waiting_names(at_most)
        return [
            UnknownJobsWaiting(name, queue, count, _nearest(name, known | own))
            for (name, queue), count in sorted(waiting.items())
            if name not in known
        ]

    async def unserved_queues(self) -> dict[str, int]:
        """Queue -> how many jobs wait in it, as far as they are looked at, for every queue that no live host serves."""
        served = {queue for host in await self._store.hosts() if host.is_live for queue in host.queues}
        unserved: dict[str, int] = {}
        for (_, queue), count in sorted((await self._store.waiting_names(LOOKED_AT)).items()):
            if queue not in served:
                unserved[queue] = unserved.get(queue, 0) + count
        return unserved


def _state(value: JobState | str) -> JobState:
    try:
        return JobState(value)
    except ValueError:
        raise ValueError(f"{value!r} is no state of a job: one of {', '.join(JobState)} was expected") from None


def _nearest(name: str, known: Collection[str]) -> str | None:
    others = sorted(other for other in known if other != name)
    return next(iter(get_close_matches(name, others, n=1, cutoff=_LIKENESS)), None)
