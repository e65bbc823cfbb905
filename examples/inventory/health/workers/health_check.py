"""The guide's health check: looks every half minute whether the application has what it needs."""

import asyncio
from datetime import timedelta

from dawam import AsyncPeriodicBackgroundWorker, Logger, PeriodicWorkerContext, RunsOn
from dawam.clock import Clock
from examples.inventory.health.board import HealthBoard
from examples.inventory.health.check import HealthCheck, finding_of
from examples.inventory.health.options import HealthOptions
from examples.inventory.health.suite import HealthChecks


class HealthCheckWorker(AsyncPeriodicBackgroundWorker):
    """Looks at everything at once and hangs each finding on the board as it comes; what has changed sides is logged.

    Each process looks for itself: what one can reach, another may not.
    """

    every = timedelta(seconds=30)
    runs_on = RunsOn.EVERY_HOST
    run_on_start = True

    def __init__(
        self, checks: HealthChecks, board: HealthBoard, options: HealthOptions, clock: Clock, logger: Logger
    ) -> None:
        self._checks = checks
        self._board = board
        self._limit = options.check_timeout
        self._clock = clock
        self._logger = logger

    async def do_work(self, context: PeriodicWorkerContext) -> None:
        async with asyncio.TaskGroup() as looks:
            for check in self._checks:
                looks.create_task(self._look(check))

    async def _look(self, check: HealthCheck) -> None:
        finding = await finding_of(check, self._limit, self._clock)
        is_news = self._board.put(finding)
        if is_news and finding.is_well:
            self._logger.info("%s is well again: %s", finding.name, finding.detail)
        elif is_news:
            self._logger.warning("%s is not well: %s", finding.name, finding.detail)
