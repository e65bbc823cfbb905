"""The guide's daily cleanup: what is older than thirty days leaves the activity log."""

from sqlalchemy.ext.asyncio import AsyncSession

from dawam import AsyncPeriodicBackgroundWorker, Logger, PeriodicWorkerContext, UnitOfWork
from dawam.clock import Clock
from examples.inventory.activity.log import ActivityLog
from examples.inventory.activity.options import ActivityOptions


class ActivityCleanupWorker(AsyncPeriodicBackgroundWorker):
    """Deletes old entries, so many per transaction, and stops between two of these when the host does.

    What one tick leaves, because it was stopped or failed half-way, the next one finds: each transaction stands for
    itself, and deleting twice does no harm.
    """

    cron = "0 3 * * *"

    def __init__(
        self, unit_of_work: UnitOfWork[AsyncSession], options: ActivityOptions, clock: Clock, logger: Logger
    ) -> None:
        self._unit_of_work = unit_of_work
        self._options = options
        self._clock = clock
        self._logger = logger

    async def do_work(self, context: PeriodicWorkerContext) -> None:
        oldest_kept = self._clock.now() - self._options.keep_for
        total = 0
        while not context.stopping:
            async with self._unit_of_work.begin() as session:
                deleted = await ActivityLog(session).delete_before(oldest_kept, self._options.batch_size)
            total += deleted
            if deleted < self._options.batch_size:
                self._logger.info("%d activities from before %s deleted", total, oldest_kept.isoformat())
                return
        self._logger.info("%d activities deleted; the host is stopping, so the rest goes with the next tick", total)
