"""Every check of `dawam doctor`: its code, what it finds, and the cure. The reference page is made of this."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is looked at. Its code never changes, so that scripts may rely on it."""

    code: str
    is_error: bool
    """Else it is a warning."""
    finds: str
    """What is wrong when it finds something."""
    cure: str
    fine: str
    """What is said when it finds nothing."""


_APPLICATION = (
    Check(
        code="application-not-found",
        is_error=True,
        finds="The application cannot be found, or fails while it is imported.",
        cure="name it as `dawam run` takes it, and mend what its import raises",
        fine="the application is found",
    ),
    Check(
        code="settings-refused",
        is_error=True,
        finds="A settings file, a variable or an option cannot be used.",
        cure="correct the setting that is named",
        fine="the settings load",
    ),
    Check(
        code="settings-doubt",
        is_error=False,
        finds="A section of the settings has a name that nobody reads and that looks like one of ours.",
        cure="correct the name of the section",
        fine="no section of the settings is misspelt",
    ),
    Check(
        code="application-refused",
        is_error=True,
        finds="Jobs, workers, handlers, modules and their dependencies do not fit together.",
        cure="mend what is named; the application does not start before",
        fine="jobs, workers, handlers and their dependencies fit together",
    ),
    Check(
        code="no-time-limit",
        is_error=False,
        finds="Jobs have no `time_limit`, and there is no default: one that hangs keeps its slot for ever.",
        cure="set BackgroundJobs.DefaultTimeLimit, or the job's time_limit",
        fine="every job has a time limit",
    ),
    Check(
        code="blocking-call",
        is_error=False,
        finds="The body of an `async def` job or worker calls something that blocks the event loop, and all other "
        "jobs with it.",
        cure="write it as a plain `def`, which runs in a thread, or use `await asyncio.to_thread(...)`",
        fine="no async job or worker calls something that is known to block",
    ),
    Check(
        code="too-frequent-worker",
        is_error=False,
        finds="A worker or recurring job ticks more often than `BackgroundWorkers.ShortestPeriod`.",
        cure="tick less often, or write a BackgroundWorker that waits for an event",
        fine="no worker or recurring job ticks too often",
    ),
)

_STORE = (
    Check(
        code="store-not-shared",
        is_error=False,
        finds="Jobs are kept in the memory of the process that enqueues them. They end with it, and nothing more can "
        "be looked at from here.",
        cure="keep them in a file, as in Store.Url = sqlite:///dawam.db",
        fine="the store can be shared by several processes",
    ),
    Check(
        code="store-unreachable",
        is_error=True,
        finds="The store cannot be opened, read or written: it is missing, damaged, locked, or on a network.",
        cure="mend what is named; `dawam store migrate` creates a store",
        fine="the store can be opened, read and written",
    ),
    Check(
        code="schema-behind",
        is_error=True,
        finds="The tables are missing, too old or too new for this version of Dawam.",
        cure="dawam store migrate",
        fine="the tables are up to date",
    ),
    Check(
        code="weak-durability",
        is_error=False,
        finds="A power failure can take the last jobs that were enqueued: the store does not wait for the disk.",
        cure="leave `synchronous` out of Store.Url, or turn on what is named in the server's settings",
        fine="what was enqueued survives a power failure",
    ),
    Check(
        code="server-upkeep",
        is_error=False,
        finds="The database server cannot clean up what is gone: autovacuum is off or does not keep up, or somebody "
        "holds an old snapshot. Claims become slow in the end.",
        cure="turn autovacuum on, and end what has been open for long",
        fine="the database server cleans up what is gone",
    ),
    Check(
        code="few-connections",
        is_error=False,
        finds="The database server takes too few connections: those of the live hosts do not fit, or those of one host "
        "more would not.",
        cure="raise max_connections, run fewer processes with more concurrency each, or put a pooler in between",
        fine="the database server takes the connections of the live hosts, and of one more",
    ),
    Check(
        code="disk-full",
        is_error=True,
        finds="The disk of the store has less than 100 MB left.",
        cure="free some space, or shorten the retention and run `dawam store prune` and `dawam store vacuum`",
        fine="the disk of the store is not full",
    ),
    Check(
        code="disk-low",
        is_error=False,
        finds="The disk of the store has less than 1 GB left, or less than the store is large, which a backup needs.",
        cure="free some space, or shorten the retention and run `dawam store prune` and `dawam store vacuum`",
        fine="the disk of the store has room, for a backup too",
    ),
    Check(
        code="marks-unwritable",
        is_error=False,
        finds="Hosts cannot leave their start marks beside the store, so deaths of processes are noticed late, and "
        "nobody knows which jobs to charge with them.",
        cure="let the user of the hosts write to that folder",
        fine="hosts can leave their start marks",
    ),
    Check(
        code="endless-history",
        is_error=False,
        finds="Finished jobs are kept for ever, and there are 10,000 or more of them.",
        cure="set BackgroundJobs.SuccessfulJobRetention or BackgroundJobs.FailedJobRetention",
        fine="finished jobs do not pile up",
    ),
)

_JOBS = (
    Check(
        code="no-live-host",
        is_error=False,
        finds="Jobs wait, and no host lives that could run them.",
        cure="start one: dawam run",
        fine="a host lives, or nothing waits for one",
    ),
    Check(
        code="lapsed-hosts",
        is_error=False,
        finds="A host's lease is over, and nobody has given it up: it is dead or frozen, and so is whoever rescues.",
        cure="see why its process died or hangs; any live host takes its jobs back",
        fine="no host's lease is over",
    ),
    Check(
        code="stranded-jobs",
        is_error=False,
        finds="Jobs are running on a host that does not live.",
        cure="start a host: it takes them back within seconds",
        fine="every running job runs on a live host",
    ),
    Check(
        code="unserved-queues",
        is_error=False,
        finds="Jobs wait in a queue that no live host serves.",
        cure="name the queue in Host.Queues of a host, or start one that serves all",
        fine="every queue with waiting jobs is served, where a host lives",
    ),
    Check(
        code="paused-queues",
        is_error=False,
        finds="Jobs wait in a queue that is paused.",
        cure="dawam queues resume NAME",
        fine="no paused queue has waiting jobs",
    ),
    Check(
        code="parked-jobs",
        is_error=False,
        finds="Jobs were put aside, because the host that claimed them did not know their name or their version.",
        cure="deploy the code that knows them; they run as soon as a host does",
        fine="no job is put aside",
    ),
    Check(
        code="unknown-job-names",
        is_error=True,
        finds="Jobs wait under a name that neither this application nor a live host knows.",
        cure="register the job under that name, give its successor the alias, or cancel them: dawam jobs cancel --name",
        fine="every waiting job has a name that somebody knows",
    ),
    Check(
        code="names-of-other-hosts",
        is_error=False,
        finds="Jobs wait under a name that live hosts know and this application does not: once it has taken their "
        "place, nobody will.",
        cure="give the job's successor the alias, unless other code keeps on running these jobs",
        fine="no waiting job depends on hosts of other code",
    ),
    Check(
        code="newer-args",
        is_error=False,
        finds="The args of waiting jobs are of a later version than this application knows.",
        cure="deploy the later code first; hosts of this one put such jobs aside",
        fine="no waiting job has args of a later version",
    ),
    Check(
        code="unreadable-args",
        is_error=True,
        finds="The args of waiting jobs cannot be read by this application: it would fail them for good. Up to 100 "
        "jobs of each name are read.",
        cure="give new fields a default, and do not rename or narrow those that are stored",
        fine="the args of the waiting jobs can be read",
    ),
    Check(
        code="clock-ahead",
        is_error=False,
        finds="Jobs were enqueued more than a minute in the future: the clock of some machine is, or was, wrong.",
        cure="synchronise the clocks; such jobs run when the time of their clock has come",
        fine="no job was enqueued in the future",
    ),
)

_WORKERS = (
    Check(
        code="unreadable-schedules",
        is_error=True,
        finds="A schedule is stored that this code cannot read: newer code wrote it, or one with other time zones.",
        cure="deploy the later code, or give it another one: dawam workers reschedule NAME",
        fine="the schedules of workers and recurring jobs can be read",
    ),
    Check(
        code="unknown-recurring-names",
        is_error=True,
        finds="A recurring job enqueues jobs of a name that neither this application nor a live host knows.",
        cure="register the job under that name, give its successor the alias, or remove it: dawam workers remove NAME",
        fine="every recurring job enqueues a job that somebody knows",
    ),
    Check(
        code="unreadable-recurring-args",
        is_error=True,
        finds="A recurring job enqueues args that this application cannot read: each of its jobs would fail for good.",
        cure="give new fields a default, or put the recurring job there again, with args of now",
        fine="the args of the recurring jobs can be read",
    ),
    Check(
        code="recurring-names-of-other-hosts",
        is_error=False,
        finds="A recurring job that was put there at run time enqueues jobs of a name that live hosts know and this "
        "application does not: once it has taken their place, nobody will.",
        cure="give the job's successor the alias, or remove the recurring job: dawam workers remove NAME",
        fine="no stored recurring job depends on hosts of other code",
    ),
    Check(
        code="undeclared-workers",
        is_error=False,
        finds="A worker or recurring job is stored that the code of no live host has: it does not tick.",
        cure="start a host whose code has it, or remove it: dawam workers remove NAME. By itself it is forgotten after "
        "BackgroundWorkers.ForgetAfter",
        fine="every stored worker belongs to a live host, where a host lives",
    ),
    Check(
        code="late-workers",
        is_error=False,
        finds="A worker or recurring job has been due for more than five minutes, and live hosts do not tick it.",
        cure="see what their log says, whether BackgroundWorkers.IsEnabled is true, and whether their clocks agree",
        fine="nothing has been due for long, where a live host has it",
    ),
    Check(
        code="failing-workers",
        is_error=False,
        finds="A worker failed three times in a row, or more often.",
        cure="see dawam workers show NAME",
        fine="no worker fails again and again",
    ),
    Check(
        code="paused-workers",
        is_error=False,
        finds="A worker or recurring job is paused, and stays so over every start and deployment.",
        cure="dawam workers resume NAME",
        fine="no worker or recurring job is paused",
    ),
    Check(
        code="rescheduled-workers",
        is_error=False,
        finds="A person gave a worker or recurring job another schedule; it stays over every deployment, whatever the "
        "code says.",
        cure="write it into the code as well, or go back to that: dawam workers reschedule NAME --as-declared",
        fine="every worker and recurring job has the schedule of the code",
    ),
)

CHECKS = {check.code: check for check in (*_APPLICATION, *_STORE, *_JOBS, *_WORKERS)}
"""By code, in the order in which they are made."""
SECTIONS = {
    "The application": _APPLICATION,
    "The store": _STORE,
    "What waits and what runs": _JOBS,
    "What ticks": _WORKERS,
}
