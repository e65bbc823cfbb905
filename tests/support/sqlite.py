"""Claims in a real store, for tests of those who take them back."""

from datetime import UTC, datetime, timedelta

from dawam import Priority
from dawam.ids import HostId, new_id
from dawam.jobs.record import ClaimedJob, NewJob
from dawam.stores.base import JobStore
from dawam.stores.values import HostInfo

_LEASE = timedelta(hours=1)


class Claims:
    """Makes hosts that run jobs."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    async def claimed(self, host: HostId, count: int) -> list[ClaimedJob]:
        """So many new jobs, claimed by a host that is registered here."""
        now = datetime.now(UTC)
        await self._store.register(
            HostInfo(
                id=host,
                process_id=1,
                machine="here",
                queues=("default",),
                job_names=("orders.receipt",),
                concurrency=count,
                version="1.0",
                started_at=now,
            ),
            _LEASE,
        )
        await self._store.add(
            [
                NewJob(
                    id=new_id(),
                    name="orders.receipt",
                    args=b"{}",
                    queue="default",
                    priority=Priority.NORMAL,
                    created_at=now,
                    run_at=now,
                )
                for _ in range(count)
            ]
        )
        return await self._store.claim(host, ["default"], count)
