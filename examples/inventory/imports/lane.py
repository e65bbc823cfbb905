"""One part after the other: SQLite has one writer, and those that wait here do not wait for its lock."""

import asyncio


class ImportLane:
    """Whoever writes the rows of a part holds its lock. One for each process."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
