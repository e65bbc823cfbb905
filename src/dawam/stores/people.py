"""The port of a job store for people: what they read of jobs, and what they change by hand."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from dawam.ids import HostId
from dawam.jobs.log import AttemptLog
from dawam.jobs.record import AttemptRecord, JobCounts, JobInfo
from dawam.stores.looks import Bookmark, CountLook, IdLook, JobLook
from dawam.stores.values import CancelAnswer, EditedArgs, HostCommand, JobChange, JobFilter, QueueInfo


class JobReader(Protocol):
    """What people see. Asked by the inspector; reads never wait for writers."""

    async def get(self, job_id: UUID) -> JobInfo | None: ...

    async def look(
        self, chosen: JobFilter, limit: int, after: UUID | Bookmark | None = None, within: int | None = None
    ) -> JobLook:
        """Up to `limit` jobs of a list, and where it goes on.

        Waiting jobs that are due come first, in claim order, then the other waiting ones by due time; then running
        jobs, then finished ones, newest first. `after` goes on with a list of the same filter: from its bookmark, or
        behind the job with that id; behind one that is gone there is nothing. No more than `within` jobs are looked
        at in vain, or a few more, so that a filter that means few of very many answers soon, with what it has found.
        `ValueError` for a bookmark that no list has made.
        """
        ...

    async def find_ids(self, part: str, limit: int) -> list[UUID]:
        """Up to `limit` ids that begin or end with these hexadecimal digits, written without hyphens; by id.

        The end is looked for among the newest of very many only.
        """
        ...

    async def count(self, chosen: JobFilter, bookmark: Bookmark | None = None, within: int | None = None) -> CountLook:
        """How many jobs are meant, of the next ones of a pass, each of them counted."""
        ...

    async def ids(
        self, chosen: JobFilter, limit: int, bookmark: Bookmark | None = None, within: int | None = None
    ) -> IdLook:
        """Up to `limit` ids of jobs that are meant, of the next ones of a pass; there may be none, and yet more.

        A pass goes through all jobs, no more than `within` at a time. Unlike the order of lists its own does not
        change when a job moves: whoever changes all of them as they go on meets each once.
        """
        ...

    async def counts(self, at_most: int | None = None) -> JobCounts:
        """How many jobs are in each state, counted no further than `at_most` in each.

        A number that reaches it means that many, or more; scheduled and retrying ones are counted together.
        """
        ...

    async def queues(self, at_most: int | None = None) -> list[QueueInfo]:
        """Every queue that has unfinished jobs, or is paused or limited, by name.

        With `at_most` no more than that many due jobs are counted in each queue, nor looked at in each other place:
        a number that reaches it means that many, or more. Since when the oldest has been due is known all the same.
        """
        ...

    async def waiting_names(self, at_most: int | None = None) -> dict[tuple[str, str], int]:
        """(name, queue) -> how many jobs wait, parked ones included; at most a few hundred names.

        With `at_most` no more than that many jobs are looked at in each place (ready ones: in each queue).
        """
        ...

    async def attempts(self, job_id: UUID) -> list[AttemptRecord]:
        """The failed attempts of one job, oldest first."""
        ...

    async def logs(self, job_id: UUID) -> list[AttemptLog]:
        """What the attempts of one job logged, as far as it was kept, oldest first."""
        ...


class JobController(Protocol):
    """The human hand on jobs. Asked by control."""

    async def cancel(self, job_id: UUID, reason: str = "") -> CancelAnswer:
        """Cancels a waiting job at once; asks the host of a running one to stop it."""
        ...

    async def retry(self, job_id: UUID, args: EditedArgs | None = None) -> bool:
        """Makes a finished or waiting job ready now, under its id and fence, with fresh counters and no progress.

        With `args` it has those from now on. False when it is running or unknown.
        """
        ...

    async def change(self, job_id: UUID, change: JobChange) -> bool:
        """Changes what is said of a waiting job. False when it is running, finished or unknown.

        A new moment counts as that from which the give-up age counts; a parked job stays parked.
        """
        ...

    async def delete(self, job_id: UUID) -> bool:
        """Deletes a waiting or finished job with all its records. False when it is running or unknown."""
        ...

    async def cancel_chosen(self, ids: Sequence[UUID], chosen: JobFilter, reason: str = "") -> list[CancelAnswer]:
        """Cancels those of these jobs that are (still) meant, in one transaction, and answers for each of them."""
        ...

    async def retry_chosen(self, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
        """Retries those of these jobs that are (still) meant, in one transaction, and answers for each of them."""
        ...

    async def delete_chosen(self, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
        """Deletes those of these jobs that are (still) meant, in one transaction, and answers for each of them."""
        ...

    async def change_chosen(self, ids: Sequence[UUID], chosen: JobFilter, change: JobChange) -> list[bool]:
        """Changes those of these jobs that are (still) meant, in one transaction, and answers for each of them."""
        ...


class QueueController(Protocol):
    """The human hand on queues. Asked by control."""

    async def pause_queue(self, queue: str) -> None: ...

    async def resume_queue(self, queue: str) -> None: ...

    async def paused_queues(self) -> frozenset[str]: ...

    async def limit_queue(self, queue: str, limit: int | None) -> None:
        """Notes how many jobs of a queue each host may have at once; None: as many as its settings say."""
        ...


class HostController(Protocol):
    """The human hand on hosts. Asked by host control."""

    async def command_host(self, host: HostId, command: HostCommand) -> bool:
        """Notes what is wanted of a host, which hears it with its next heartbeat.

        From now on it claims nothing, or claims again where it is to go on.
        False where there is no such host, or it is ending already.
        """
        ...
