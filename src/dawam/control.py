"""The human hand: cancel, retry and delete jobs, pause and resume queues."""

from uuid import UUID

from dawam.doorbells.base import Doorbell, Topic
from dawam.ids import job_id
from dawam.stores.base import CancelAnswer, JobController


class JobControl:
    """Changes jobs on a person's word, and rings where somebody waits for the change."""

    def __init__(self, controller: JobController, doorbell: Doorbell) -> None:
        self._controller = controller
        self._doorbell = doorbell

    async def cancel(self, id: UUID | str, reason: str = "") -> CancelAnswer:  # noqa: A002  (it is the id)
        """Cancels a waiting job at once; a running one is asked to stop, and hears it within about a second."""
        answer = await self._controller.cancel(job_id(id), reason)
        if answer is CancelAnswer.CANCELLED:
            self._doorbell.ring(Topic.FINISHED)
        return answer

    async def retry(self, id: UUID | str) -> bool:  # noqa: A002
        """Makes a finished or waiting job ready now, under its id, with all its attempts before it again.

        False when it is running or unknown.
        """
        readied = await self._controller.retry(job_id(id))
        if readied:
            self._doorbell.ring(Topic.READY)
        return readied

    async def delete(self, id: UUID | str) -> bool:  # noqa: A002
        """Deletes a waiting or finished job with all its records. False when it is running or unknown."""
        deleted = await self._controller.delete(job_id(id))
        if deleted:
            self._doorbell.ring(Topic.FINISHED)
        return deleted

    async def pause_queue(self, queue: str) -> None:
        """Nothing more of this queue is claimed, by any host, until it is resumed; what runs goes on."""
        await self._controller.pause_queue(queue)

    async def resume_queue(self, queue: str) -> None:
        """The queue is claimed again."""
        await self._controller.resume_queue(queue)
        self._doorbell.ring(Topic.READY)

    async def paused_queues(self) -> frozenset[str]:
        """The queues that are paused."""
        return await self._controller.paused_queues()
