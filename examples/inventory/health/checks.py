"""The checks: the database, the jobs, the mail server and the disk."""

import asyncio
import shutil
from datetime import datetime

from sqlalchemy import select

from dawam import JobInspector
from dawam.clock import Clock
from dawam.jobs.state import JobState
from dawam.stores.values import QueueInfo
from examples.inventory.database import Database
from examples.inventory.health.check import HealthCheck, UnhealthyError
from examples.inventory.health.options import HealthOptions
from examples.inventory.mail.options import MailOptions
from examples.inventory.products.entities import Product


class DatabaseCheck(HealthCheck):
    """Reads from a table of the inventory."""

    name = "database"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self) -> str:
        async with self._database.sessions() as session:
            await session.execute(select(Product.id).limit(1))
        return "answers"


class JobsCheck(HealthCheck):
    """Asks the job store which jobs wait, and for how long. A queue that a person has paused is left out."""

    name = "jobs"

    def __init__(self, jobs: JobInspector, clock: Clock, options: HealthOptions) -> None:
        self._jobs = jobs
        self._clock = clock
        self._longest_wait = options.longest_wait

    async def look(self) -> str:
        queues = [queue for queue in await self._jobs.queues() if not queue.is_paused]
        due_count = sum(queue.due for queue in queues)
        host_count = sum(host.is_live and bool(host.queues) for host in await self._jobs.hosts())
        found = f"{due_count} due, hosts that run jobs: {host_count}"
        since = min([since for queue in queues if (since := await self._waits_since(queue))], default=None)
        if since is not None and self._clock.now() - since > self._longest_wait:
            raise UnhealthyError(f"{found}; the oldest has waited since {since.isoformat(timespec='seconds')}")
        return found

    async def _waits_since(self, queue: QueueInfo) -> datetime | None:
        """When the first job of a queue should have begun, or should begin."""
        if queue.oldest_due_at is not None or not (queue.scheduled or queue.parked):
            return queue.oldest_due_at
        # hosts make jobs due: where none lives, those whose time came long ago are still called scheduled
        first = await self._jobs.get_jobs(state=JobState.WAITING, queue=queue.name, max_result_count=1)
        return first[0].run_at if first else None


class MailServerCheck(HealthCheck):
    """Waits for the mail server's greeting. Mails are sent by jobs, which try again: nothing is lost meanwhile."""

    name = "mail server"
    is_vital = False

    def __init__(self, options: MailOptions) -> None:
        self._host, self._port = options.host, options.port

    async def look(self) -> str:
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=1024)
        try:
            greeting = (await reader.readline()).decode("latin-1").strip()
            if not greeting.startswith("220"):
                raise UnhealthyError(f"{self._host}:{self._port} greets with {greeting[:80]!r}: 220 was expected")
            writer.write(b"QUIT\r\n")
            await writer.drain()
        finally:
            writer.close()
        return f"{self._host}:{self._port} is ready"


class DiskCheck(HealthCheck):
    """Looks how much room there is for the files of this process: beside the database, where that is a file."""

    name = "disk"

    def __init__(self, database: Database, options: HealthOptions) -> None:
        self._folder = database.folder
        self._least = options.least_free_bytes

    async def look(self) -> str:
        free = (await asyncio.to_thread(shutil.disk_usage, self._folder)).free
        found = f"{free / 1e9:.1f} GB free in {self._folder}"
        if free < self._least:
            raise UnhealthyError(f"{found}: {self._least / 1e9:.1f} GB were expected")
        return found
