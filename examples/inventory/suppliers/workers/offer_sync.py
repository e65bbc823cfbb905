"""The guide's hourly worker: brings the offers up to date with the supplier's system."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from dawam import AsyncPeriodicBackgroundWorker, Logger, PeriodicWorkerContext, UnitOfWork
from dawam.clock import Clock
from examples.inventory.suppliers.api import SupplierApi
from examples.inventory.suppliers.offers import Offers
from examples.inventory.suppliers.options import SupplierOptions
from examples.inventory.suppliers.page import OfferPage, PageError


class IncompleteSyncError(Exception):
    """Some pages could not be had. What the others said is kept, and the next tick asks for all of them again."""


class OfferSyncWorker(AsyncPeriodicBackgroundWorker):
    """Fetches page after page; each is a transaction of its own, so that one that fails loses nothing but itself.

    Items that are no offers are logged and passed over. A page that cannot be had is logged, and the tick fails at its
    end, so that it shows as failed.
    """

    every = timedelta(hours=1)

    def __init__(
        self,
        api: SupplierApi,
        options: SupplierOptions,
        unit_of_work: UnitOfWork[AsyncSession],
        clock: Clock,
        logger: Logger,
    ) -> None:
        self._api = api
        self._options = options
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._logger = logger

    async def do_work(self, context: PeriodicWorkerContext) -> None:
        failed: list[int] = []
        number, page_count, changed = 1, None, 0
        while page_count is None or number <= page_count:
            if context.stopping or self._is_away(failed, number):
                break
            page = await self._fetched(number)
            if page is None:
                failed.append(number)
            else:
                page_count = page.page_count
                changed += await self._kept(page)
            number += 1
        self._logger.info(
            "%d offers were new or different, on %d of %s pages",
            changed,
            number - 1 - len(failed),
            "unknown" if page_count is None else page_count,
        )
        if failed:
            raise IncompleteSyncError(
                f"page {', '.join(map(str, failed))} of {self._options.url} could not be had; the rest is up to date"
            )

    def _is_away(self, failed: list[int], number: int) -> bool:
        """Whether all of the last pages failed."""
        count = self._options.give_up_after
        return failed[-count:] == list(range(number - count, number))

    async def _fetched(self, number: int) -> OfferPage | None:
        try:
            page = await self._api.page(number)
        except PageError as error:
            self._logger.warning("page %d of the offers is left out: %s", number, error)
            return None
        for reason in page.refused:
            self._logger.warning("page %d of the offers: %s; it is left out", number, reason)
        return page

    async def _kept(self, page: OfferPage) -> int:
        async with self._unit_of_work.begin() as session:
            return await Offers(session).put(page.items, self._clock.now())
