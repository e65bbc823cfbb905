"""Every error that Dawam raises.

DawamError
├── ConfigurationError              the application is put together wrongly: it does not start
│   ├── SettingsError               a settings file, variable or option cannot be used
│   ├── RegistrationError           a job, args type, worker or handler cannot be registered
│   ├── ModuleError                 modules depend on each other wrongly, or a module failed in a phase
│   ├── DependencyError             something asks for a dependency that nobody provides
│   ├── ScheduleError               a period, cron expression, dialect or time zone that cannot be meant
│   └── AppNotFoundError            the command line was given something that is not an application
├── EnqueueError                    this enqueue was refused, and nothing was stored
│   ├── UnknownJobError             no job is registered for these args, this class or this name
│   ├── ArgsError                   the args cannot be stored so that they read back as they are
│   │   └── ArgsTooLargeError       the encoded args are larger than the limit
│   ├── EnqueueOptionError          a delay, moment, queue or priority that cannot be meant
│   └── TransactionError            this transaction cannot carry the job
├── StoreError                      the store could not do what was asked
│   ├── StoreBusyError              somebody else held the database's lock for too long
│   ├── StoreUnavailableError       the database cannot be opened, read or written
│   ├── RowRefusedError             the database does not take what one row says
│   ├── SchemaError                 the tables are missing, too old or too new
│   └── NotSupportedError           this store lacks a named capability
├── JobError                        about one job that was enqueued
│   ├── JobNotFoundError            there is no such job
│   ├── JobFailedError              the awaited job failed for good
│   ├── JobCancelledError           the awaited job was cancelled
│   ├── ResultNotKeptError          there is no result to wait for
│   └── ResultTimeoutError          the job did not finish within the time given
├── ArgsUnreadableError             stored args do not decode to the registered type
├── TimeLimitExceeded               this attempt was stopped at its time limit
├── JobProcessDied                  the process in which this attempt ran is gone
├── ClaimLost                       this attempt no longer holds its claim and must stop
├── CompletionRolledBack            this attempt completed itself in a transaction that was not committed
└── NotRunningError                 used before it was opened, after it was closed, or from the wrong thread
"""

from uuid import UUID


class DawamError(Exception):
    """The root: `except DawamError` catches everything that Dawam itself raises."""


class ConfigurationError(DawamError):
    """The application is put together wrongly; it refuses to start."""


class SettingsError(ConfigurationError):
    """A settings file, environment variable or option cannot be used."""


class RegistrationError(ConfigurationError):
    """A job, args type, worker or handler cannot be registered; the message names it and the cure."""


class ModuleError(ConfigurationError):
    """Modules depend on each other wrongly, or one of them failed in a phase of its life."""


class DependencyError(ConfigurationError):
    """Something asks for a dependency that nobody provides; the message draws the path to it."""


class ScheduleError(ConfigurationError):
    """A period, cron expression, dialect or time zone cannot be meant.

    Raised by the values `Every` and `Cron`; a worker or recurring job that is given such a schedule is refused with
    `RegistrationError`, which names it.
    """


class AppNotFoundError(ConfigurationError):
    """The command line was given something that is not an application."""


class EnqueueError(DawamError):
    """This enqueue was refused, and nothing was stored."""


class UnknownJobError(EnqueueError):
    """No job is registered for these args, this class or this name."""


class ArgsError(EnqueueError):
    """The args cannot be stored so that they read back exactly as they are."""


class ArgsTooLargeError(ArgsError):
    """The encoded args are larger than `BackgroundJobOptions.args_size_limit`."""

    def __init__(self, name: str, size: int, limit: int) -> None:
        self.name, self.size, self.limit = name, size, limit
        super().__init__(
            f"the args of job {name!r} are {size:,} bytes, more than the limit of {limit:,}: store the data "
            "elsewhere and pass its id (or raise BackgroundJobs.ArgsSizeLimit)"
        )


class EnqueueOptionError(EnqueueError):
    """A delay below zero, a moment without a time zone, both at once, or a queue or priority that there cannot be."""


class TransactionError(EnqueueError):
    """This transaction cannot carry the job: an unknown kind, or not on the job store's database."""


class StoreError(DawamError):
    """The store could not do what was asked."""


class StoreBusyError(StoreError):
    """Somebody else held the database's lock for longer than we are willing to wait."""


class StoreUnavailableError(StoreError):
    """The database cannot be opened, read or written; the message says why and what to do."""

    def __init__(self, message: str, *, is_away: bool = False) -> None:
        self.is_away = is_away
        """Whether it is a server that cannot be reached now, and may be back any moment."""
        super().__init__(message)


class RowRefusedError(StoreError):
    """The database is well, and does not take what one row says: a constraint or trigger of somebody's own, a value.

    A host finds the row among its neighbours by this, and settles it with less in it.
    """

    def __init__(self, where: str, complaint: str) -> None:
        super().__init__(
            f"{where} does not take this row: {complaint}. If nothing is wrong with it, look for a constraint or "
            "trigger on the tables of Dawam that is not Dawam's own"
        )


class SchemaError(StoreError):
    """The tables are missing, too old or too new for this version of Dawam."""


class NotSupportedError(StoreError):
    """This store lacks the named capability; the operation was refused instead of doing less in silence."""

    def __init__(self, store: str, capability: str, cure: str) -> None:
        self.store, self.capability = store, capability
        super().__init__(f"the store ({store}) has no {capability}: {cure}")


class JobError(DawamError):
    """About one job that was enqueued."""

    def __init__(self, job_id: UUID, message: str) -> None:
        self.job_id = job_id
        super().__init__(message)


class JobNotFoundError(JobError):
    """There is no such job: never enqueued here, deleted, or pruned after its retention."""


class JobFailedError(JobError):
    """The job whose result was awaited failed for good; the message holds its last error."""


class JobCancelledError(JobError):
    """The job whose result was awaited was cancelled."""


class ResultNotKeptError(JobError):
    """There is no result to wait for: finished jobs are deleted, or the job is not committed yet."""


class ResultTimeoutError(JobError, TimeoutError):
    """The job did not finish within the time given; it may still finish later."""


class ArgsUnreadableError(DawamError):
    """Stored args do not decode to the registered type; the message holds the field's path."""


class TimeLimitExceeded(DawamError, TimeoutError):  # noqa: N818  (it says what happened, as TimeoutError does)
    """This attempt was stopped at its time limit; it counts as a failed one."""


class JobProcessDied(DawamError):  # noqa: N818  (it says what happened, as TimeLimitExceeded does)
    """The process in which this attempt ran ended before the job did: killed, out of memory, or crashed."""


class ClaimLost(DawamError):  # noqa: N818  (promises.md names it)
    """This attempt no longer holds its claim: it must stop, and nothing that it settles is accepted."""


class CompletionRolledBack(DawamError):  # noqa: N818  (promises.md names it)
    """This attempt completed itself in a transaction that was not committed; it counts as a failed one."""


class NotRunningError(DawamError):
    """Used before it was opened, after it was closed, after a fork, or from the wrong thread."""
