"""All checks together."""

from collections.abc import Iterator

from examples.inventory.health.check import HealthCheck
from examples.inventory.health.checks import DatabaseCheck, DiskCheck, JobsCheck, MailServerCheck


class HealthChecks:
    """What is looked at. A check more is a parameter more, and a line in the module."""

    def __init__(self, database: DatabaseCheck, jobs: JobsCheck, mail: MailServerCheck, disk: DiskCheck) -> None:
        self._checks: tuple[HealthCheck, ...] = (database, jobs, mail, disk)

    def __iter__(self) -> Iterator[HealthCheck]:
        return iter(self._checks)
