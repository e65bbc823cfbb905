"""Every section of the settings that Dawam itself reads, and what they mean together."""

from datetime import timedelta

from msgspec import Struct, structs

from dawam.host.options import HostOptions
from dawam.jobs.options import BackgroundJobOptions
from dawam.observability.logs import LogOptions
from dawam.stores.base import StoreOptions
from dawam.stores.values import Retention
from dawam.workers.options import BackgroundWorkerOptions

_NOTHING = timedelta(0)


class RuntimeOptions(Struct, frozen=True, kw_only=True):
    """Every section of the settings that Dawam itself reads."""

    jobs: BackgroundJobOptions
    workers: BackgroundWorkerOptions
    host: HostOptions
    store: StoreOptions
    log: LogOptions

    @property
    def runs_anything(self) -> bool:
        """Whether there is to be a host at all, where one is wanted."""
        return self.jobs.is_job_execution_enabled or self.workers.is_enabled

    @property
    def retention(self) -> Retention:
        """How long finished jobs are kept, from the words of `BackgroundJobs`."""
        kept = self.jobs.successful_job_retention
        succeeded = kept if self.jobs.store_successful_jobs else _NOTHING
        return Retention(succeeded=succeeded, failed=self.jobs.failed_job_retention, cancelled=kept)

    @property
    def retention_of_history(self) -> Retention:
        """What a host prunes by: where successful jobs are not kept any more, those that were kept before are left."""
        retention = self.retention
        return retention if self.jobs.store_successful_jobs else structs.replace(retention, succeeded=None)
