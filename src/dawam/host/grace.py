"""The time in which what runs may end by itself, unless somebody hurries."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Grace:
    """One for each end of a host."""

    def __init__(self) -> None:
        self._is_over = asyncio.Event()

    def begin(self) -> None:
        """From now on there is one again."""
        self._is_over.clear()

    def end(self) -> None:
        """Whatever still runs has had its time."""
        self._is_over.set()

    async def give(self, *endings: Coroutine[Any, Any, object]) -> None:
        """Waits until all of these are through, or the grace is over."""
        ending: list[asyncio.Task[object]] = [asyncio.create_task(each) for each in endings]
        over = asyncio.create_task(self._is_over.wait())
        try:
            while ending and not over.done():
                both: set[asyncio.Task[Any]] = {*ending, over}
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                ending = [each for each in ending if not each.done()]
        finally:
            for each in (*ending, over):
                each.cancel()
