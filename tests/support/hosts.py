"""A host as a store is told of it."""

from datetime import datetime

from dawam.ids import HostId
from dawam.stores.values import HostInfo


def host_info(host: HostId, started_at: datetime) -> HostInfo:
    """One that runs nothing in particular."""
    return HostInfo(
        id=host,
        process_id=1,
        machine="test",
        queues=("default",),
        job_names=(),
        concurrency=1,
        version="0",
        started_at=started_at,
    )
