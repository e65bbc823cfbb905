"""What a host is made of, and what it says of itself."""

import os
import platform
from collections.abc import Callable
from datetime import timedelta

from msgspec import Struct

from dawam.clock import Clock
from dawam.events.lifecycle import LifecycleEvents
from dawam.executor import JobExecutor
from dawam.host.options import HostOptions
from dawam.host.pacemaker import Pacemaker, ThreadPacemaker
from dawam.host.ticker import TickerParts
from dawam.ids import HostId
from dawam.inspector import JobInspector
from dawam.jobs.context import JobContext
from dawam.jobs.options import BackgroundJobOptions
from dawam.jobs.record import ClaimedJob
from dawam.jobs.registry import JobRegistry
from dawam.observability.logs import LogOptions
from dawam.stores.base import JobStore
from dawam.stores.values import HostInfo, Retention


class HostParts(Struct, frozen=True, kw_only=True):
    """What a host is made of; the composition root fills it in."""

    store: JobStore
    registry: JobRegistry
    executor: JobExecutor
    inspector: JobInspector
    clock: Clock
    events: LifecycleEvents
    options: HostOptions
    job_options: BackgroundJobOptions
    retention: Retention
    log_options: LogOptions
    make_context: Callable[[ClaimedJob], JobContext]
    version: str
    ticker: TickerParts
    pacemaker: Callable[[], Pacemaker] = ThreadPacemaker
    runs_jobs: bool = True
    runs_workers: bool = True

    @property
    def keeps_successes(self) -> bool:
        """Whether jobs that succeeded stay in the store for a while."""
        return self.job_options.store_successful_jobs and self.job_options.successful_job_retention != timedelta(0)

    @property
    def queues(self) -> tuple[str, ...]:
        """Whose jobs it runs: those of the settings, or every queue that a job of this process names."""
        return (self.options.queues or self.registry.queues) if self.runs_jobs else ()

    def info(self, host: HostId) -> HostInfo:
        """What a store is told of the host when it registers."""
        return HostInfo(
            id=host,
            process_id=os.getpid(),
            machine=platform.node(),
            queues=self.queues,
            job_names=tuple(sorted(self.registry.known())) if self.runs_jobs else (),
            concurrency=self.options.concurrency,
            version=self.version,
            started_at=self.clock.now(),
        )
