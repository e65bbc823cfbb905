"""An application with a job that kills its process each time, beside others that do no harm."""

import asyncio
import os
import signal

from dawam import App, Priority

app = App()
_TAKES = 0.2
_neighbours = 0


@app.job("poison", priority=Priority.HIGH)
async def poison() -> None:
    """Takes its whole process along as soon as somebody else is at work in it."""
    while not _neighbours:  # noqa: ASYNC110  (nobody tells of that)
        await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)


@app.job("innocent")
async def innocent() -> None:
    global _neighbours
    _neighbours += 1
    await asyncio.sleep(_TAKES)
    _neighbours -= 1
