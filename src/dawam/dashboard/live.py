"""Tells open pages that something has changed, so that they ask for themselves anew."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress

from starlette.responses import Response, StreamingResponse

from dawam.doorbells.base import Bell, Doorbell, Topic

MOST_LISTENERS = 100
_AT_LEAST_EVERY = 5.0
_AT_MOST_EVERY = 2.0
_STREAM_LASTS = 10.0
"""Then the page connects again: a server that is to end waits for streams, and we hear of it only when they ended."""
_CHANGE = b"event: change\ndata: \n\n"


class Live:
    """One listener for all open pages of this process. Nothing is asked of the store while none is open.

    A change is told at most every two seconds, and at least every five, since not all that changes rings.
    """

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()
        self._bells: list[Bell] = []
        self._pulse: asyncio.Task[None] | None = None
        self._rung = asyncio.Event()
        self.is_closed = False

    async def serve(self, doorbell: Doorbell) -> Response:
        """The stream of one page."""
        if self.is_closed or len(self._waiting) >= MOST_LISTENERS:
            return Response("too many pages are open: this one is not live\n", 503, headers={"Retry-After": "30"})
        heard = asyncio.Event()
        self._join(heard, doorbell)
        return StreamingResponse(self._told(heard), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    def close(self) -> None:
        """Ends all streams."""
        self.is_closed = True
        for heard in self._waiting:
            heard.set()
        self._rest()

    async def _told(self, heard: asyncio.Event) -> AsyncGenerator[bytes, None]:
        try:
            yield b": here\n\n"
            until = time.monotonic() + _STREAM_LASTS
            while not self.is_closed and time.monotonic() < until:
                await heard.wait()
                heard.clear()
                yield _CHANGE
        finally:
            self._waiting.discard(heard)
            if not self._waiting:
                self._rest()

    def _join(self, heard: asyncio.Event, doorbell: Doorbell) -> None:
        self._waiting.add(heard)
        if self._pulse is None:
            topics = (Topic.READY, Topic.SCHEDULED, Topic.FINISHED, Topic.WORKERS)
            self._bells = [doorbell.listen(topic, self._rung.set) for topic in topics]
            self._pulse = asyncio.create_task(self._beat(), name="dawam dashboard: live")

    def _rest(self) -> None:
        for bell in self._bells:
            bell.close()
        self._bells = []
        if self._pulse is not None:
            self._pulse.cancel()
            self._pulse = None

    async def _beat(self) -> None:
        while True:
            began = time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(_AT_LEAST_EVERY):
                    await self._rung.wait()
            self._rung.clear()
            for heard in self._waiting:
                heard.set()
            await asyncio.sleep(max(0.0, _AT_MOST_EVERY - (time.monotonic() - began)))
