"""One part after the other: they have to be written in turn, and those that wait here do not wait for a lock."""

import asyncio


class ImportLane:
    """Whoever writes the rows of a part holds its lock. One for each process."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
