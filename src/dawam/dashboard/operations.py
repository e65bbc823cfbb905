"""What is done to many jobs goes on in the background, while people look at how far it is."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from dawam.control import BatchReport

_logger = logging.getLogger("dawam.dashboard")


class Operations:
    """Those of this process. One that its process does not end says so in its record, and can be begun again."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    async def begin(self, reports: AsyncGenerator[BatchReport, None]) -> None:
        """Returns once it is written down and its first batch is done."""
        begun = asyncio.Event()
        task = asyncio.create_task(self._go_through(reports, begun), name="dawam dashboard: operation")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        waiting = asyncio.create_task(begun.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def close(self) -> None:
        """Interrupts them all; what is done is done."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _go_through(self, reports: AsyncGenerator[BatchReport, None], begun: asyncio.Event) -> None:
        try:
            async with aclosing(reports):
                async for _ in reports:
                    begun.set()
        except Exception:
            _logger.exception("what was done to many jobs came to no good end")
