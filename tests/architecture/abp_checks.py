"""The checks that ABP's own tests make of its jobs, workers and event bus, and what we say beside some of them."""

from collections.abc import Mapping
from dataclasses import dataclass

CLAIMING = "src/dawam/testing/conformance/stores/claiming.py::Claiming"


@dataclass(frozen=True, slots=True)
class Difference:
    """Why a check of ABP's locks has no meaning here, and the property in its place."""

    why: str
    tests: tuple[str, ...] = ()
    """Beside those that are marked with the check: `path::name`."""


SUBJECTS: Mapping[str, Mapping[int, str]] = {
    "Jobs": {
        1: "A blocking job is run with its args",
        2: "An async job is run with its args",
        3: "The tenant in the args is the current one while the job runs",
        4: "Enqueueing a blocking job answers with an id under which the store has it",
        5: "The same for an async job",
        6: "A blocking job is enqueued by its name, with loose args, and stored under that name",
        7: "The same for an async job",
        8: "A job with a handler given at run time is stored with the handler's name and its payload",
        9: "Such a handler is called with its payload",
        10: "Where a typed job and such a handler have one name, the typed job wins",
        11: "A name that nobody knows is refused when it is enqueued",
        12: "A handler is registered and taken away again",
        13: "Such a handler sees the tenant of the moment of enqueueing",
        14: "With history on, a job that succeeded is kept with its end, and waits no more",
        15: "With history off, it is gone",
        16: "A dedicated worker runs the jobs that it includes, and no others",
        17: "A worker runs all but the jobs that it excludes",
        18: "No choice, an including and an excluding one: which jobs fit",
        19: "Choices that cannot be meant are refused",
        20: "Only a job that is due, and not finished, may run",
        21: "A job outside of the choice may not",
        22: "A dedicated worker of nothing is refused",
        23: "Two jobs for one args type are refused",
        24: "Two workers with one lock are refused",
        25: "A worker with the lock of the default worker is refused",
        26: "Several jobs run side by side, each in a scope of its own",
        27: "No more run at once than allowed",
        28: "A job that somebody else holds is passed over; a free one runs",
        29: "Jobs that ran side by side are marked as completed",
        30: "Dedicated workers and a default one run as configured, and do not take each other's jobs",
        31: "A worker without a lock name gets one of bounded length, made from its jobs",
        32: "One args type in two workers: nothing starts",
        33: "One lock in two workers: nothing starts",
        34: "One name for two args types: nothing starts",
        35: "History older than its retention goes, the rest stays",
        36: "With history off, nothing is cleaned up",
        37: "Without a retention, nothing is cleaned up",
        38: "The clean-up goes on in batches until nothing is left",
        39: "The oldest go first, and their number is answered",
        40: "A batch of nothing ends, and does not loop",
    },
    "Stores": {
        41: "A stored job is found with its id, name and args",
        42: "The waiting jobs: at most as many as asked for, due ones, and those of one application only",
        43: "Chosen by name: those of the name, and none for an unknown one",
        44: "All but the chosen ones",
        45: "A job that is not there is none, and no error",
        46: "Completed jobs do not wait",
        47: "The clean-up of one application leaves the others' history alone",
    },
    "Workers that are registered at run time": {
        48: "The manager says what it can do: registering yes, cron no",
        49: "A worker is registered",
        50: "Its handler is called, and knows its name",
        51: "It may come with the default schedule",
        52: "It is removed",
        53: "Removing one that is not there is answered with no",
        54: "A new schedule holds at once",
        55: "A new schedule for one that is not there is answered with no",
        56: "A second worker of one name replaces the first",
        57: "A period of zero is refused",
        58: "A period below zero is refused",
        59: "Neither a period nor a cron expression is refused",
        60: "Cron is refused by a manager that cannot do it, when adding",
        61: "And when changing",
        62: "A handler that raises is called again",
        63: "After its removal a worker is registered no more",
        64: "Ten concurrent registrations of one name leave one",
        65: "Concurrent registrations and removals of many names all succeed",
        66: "Concurrent registrations and changes leave a consistent state",
        67: "Stopping takes all away",
        68: "Afterwards registering is refused",
        69: "And so is changing",
        70: "Stopping twice is fine",
        71: "The container is valid without a class for such workers",
    },
    "Local event bus": {
        72: "Handlers run in ascending order",
        73: "One failure is raised as it is",
        74: "Several are raised together, in order",
        75: "The tenant of the event is the current one in its handler",
        76: "A handler of a base type gets derived events, and not the other way round",
        77: "A handler is made and ended for each event",
    },
}

UNTESTED: Mapping[str, str] = {
    "retry formula": "When the next try comes: 60 s, and twice as long after each failure",
    "abandonment": "After the last try a job is not tried again, and that is recorded",
    "fetch order": "Which of the waiting jobs is run first",
    "delayed jobs": "A job is not run before its delay is over",
    "args that cannot be read": "What becomes of a job whose stored args do not fit its type any more",
    "unknown name in the worker": "What becomes of a waiting job whose name the process does not know",
    "success that cannot be written": "The job is done, and the store does not take that",
    "nap while the lock is busy": "Who does not get the lock waits and tries again",
    "fail-over": "Another process goes on when the one that ran jobs is gone",
    "sequential mode": "One job after the other, in order",
    "execution disabled": "A process in which execution is switched off enqueues, and runs nothing",
    "cancellation of a running job": "A running job can be told to stop",
    "ticks never overlap": "The timer waits for a tick before it counts to the next",
    "run on start": "The first tick comes at once where that is asked for",
    "stop waits for the tick": "Stopping the timer waits for the tick that is under way",
    "exceptions in periodic workers": "An error in a tick never ends the worker",
    "order of start and stop": "Workers start in the order in which they were added, and each is stopped",
    "crash recovery": "Nothing is lost when a process, or the machine, ends in the middle",
    "two processes on one database": "Several processes share the work, and no job is run twice",
}
"""What ABP has and does not test, by the word that our marks use: `@pytest.mark.abp("fetch order")`."""

REMARKS: Mapping[str, str] = {
    "args that cannot be read": "Such a job fails at once, naming the field, and can be retried after a fix",
    "unknown name in the worker": "It is parked until a host comes that knows the name",
    "success that cannot be written": "No deletion can fail: the outcome is kept and written later, and its host does "
    "not run the job again; when that host is killed before, another one does",
    "nap while the lock is busy": "There is no lock of a worker. What is left of it is the wait for the lock of an "
    "SQLite file, for up to 30 s",
    "fail-over": "No process stands by: all hosts share the work, and a lease says when one is gone",
    "sequential mode": "`Host.Concurrency` of 1",
}
"""What is to be known beside some of them."""

NOTES: Mapping[int, str] = {
    **dict.fromkeys((16, 17, 18, 19, 21, 22, 44), "a host chooses by queue, and not by the names of jobs"),
    8: "under the handler's own name, and not under one for all handlers",
    48: "both can be done by all stores, so there is nothing to ask",
    60: "there is no such manager: cron is taken",
    61: "there is no such manager: cron is taken",
}
"""What is to be known to see the check in our test."""

_FENCED = "There is no lock whose name could be shared: each job is claimed by itself, with a fence"

DIFFERENCES: Mapping[int, Difference] = {
    24: Difference(_FENCED, (f"{CLAIMING}.test_two_hosts_that_claim_at_once_never_get_the_same_job",)),
    25: Difference(_FENCED, (f"{CLAIMING}.test_a_queue_that_is_named_twice_hands_out_each_job_once",)),
    28: Difference(
        "What is claimed is no longer ready, so nobody has to try its lock",
        (
            f"{CLAIMING}.test_a_claimed_job_is_not_claimed_again",
            f"{CLAIMING}.test_two_hosts_that_claim_at_once_never_get_the_same_job",
        ),
    ),
    30: Difference("A dedicated worker is a host that serves some queues"),
    31: Difference(
        "Claims belong to a host, whose id is made when it starts",
        ("tests/unit/test_ids.py::test_a_host_id_names_its_process_and_is_never_the_same",),
    ),
    32: Difference("Hosts may serve one queue together; what must not be twice is a job for the same args"),
    33: Difference(_FENCED, (f"{CLAIMING}.test_claims_of_a_host_are_what_it_is_running_and_no_more",)),
    34: Difference("Workers have no names of jobs; the application as a whole refuses one that is used twice"),
}
"""The checks of locks: a lock per worker is how ABP keeps two processes from one job."""

DEVIATIONS: tuple[tuple[str, str, str], ...] = (
    (
        "The wait before a retry counts from the start of the attempt.",
        "It counts from the end, and is up to 10 % longer by chance (`jitter=0` for none).",
        "A job that runs longer than its wait would be due again as soon as it fails; retries of one outage would come "
        "in one crowd.",
    ),
    (
        "The two days after which a job is given up count from its creation.",
        "They count from the moment when it was first due.",
        "A job that is enqueued for next week would get one attempt.",
    ),
    (
        "Jobs that succeeded are deleted, unless history is switched on.",
        "They are kept for 7 days, failed ones for 90; `StoreSuccessfulJobs: false` deletes them as ABP does.",
        "The question that people ask first is what has become of a job.",
    ),
    (
        "An args type that nobody registered is stored, and found out when a worker picks it.",
        "Args are checked when they are enqueued: registered, readable as they were, and not too large.",
        "The caller is the one who can mend it.",
    ),
    (
        "A job whose name the worker does not know is abandoned at once.",
        "It is parked, uncharged, until a host comes that knows the name.",
        "During a deployment old and new hosts run side by side, and an old one would destroy new jobs.",
    ),
    (
        "One process in the cluster holds a lock and runs one job after the other; others wait.",
        "Each job is claimed with a lease and a fence, by any host, 50 at once by default (`Host.Concurrency`).",
        "A process that dies strands nothing for more than seconds, and hosts add up.",
    ),
    (
        "Nothing is written before a job runs, so one that kills its process is tried for ever.",
        "The claim is written first; a job that is lost with its host again and again fails at last.",
        "One bad job would take the whole application down, again and again.",
    ),
    (
        "A job that was cancelled because the application stops is charged an attempt.",
        "It is handed back, uncharged.",
        "A deployment is no failure of the job.",
    ),
    (
        "A poll every 5 seconds.",
        "A doorbell wakes the host at once; a poll every second finds what no bell told of.",
        "A job that is enqueued now is meant to run now.",
    ),
    (
        "`DefaultTimeout` is a number of seconds, and the age at which a job is given up.",
        "`GiveUpAfter` and `DefaultTimeLimit`, with a unit; `DefaultTimeout` is refused and shows both.",
        "It is read as milliseconds, and as the time that one run may take.",
    ),
    (
        "A section of `appsettings.json` has to be bound by the application.",
        "`BackgroundJobs` and the other sections of Dawam are read unasked; unknown keys in them are errors.",
        "A switch that does nothing is worse than none.",
    ),
    (
        "A periodic worker is one object for the life of the application.",
        "It is made anew for each tick, in the tick's scope.",
        "Repositories in its constructor, as people write it, would otherwise never be closed.",
    ),
    (
        "Dedicated workers choose jobs by their args types, and need a lock each.",
        "Jobs name a queue; a host serves all queues or some.",
        "One word does for both, and a host can be told so by its operator.",
    ),
    (
        "`GetWaitingJobsAsync` answers with the jobs that are due.",
        "`get_waiting_jobs` answers with all that wait; `due_only=True` as ABP does.",
        "A job that is scheduled, or between two attempts, waits as well.",
    ),
    (
        "A job with a handler is stored under one name for all handlers; the handler's name is among its args.",
        "It is stored under the handler's name, with the payload as its args.",
        "Lists, counts and logs show what it is; retry, queue and time limit belong to the handler.",
    ),
    (
        "A job whose handler is not registered fails, and is tried again.",
        "It is parked, uncharged, and taken as soon as a host registers the handler.",
        "Handlers come and go; that is no failure of the job.",
    ),
    (
        "The tenant comes from the args, and for handlers from the enqueue. User, culture and correlation id are lost.",
        "Tenant, user, correlation id, trace and culture of the enqueue are current again in every job.",
        "What a request has begun goes on for the same people.",
    ),
    (
        "Every instance ticks; a lock in each worker, or a switch, keeps it to one.",
        "Each tick is claimed by one host; `runs_on=RunsOn.EVERY_HOST` is the other way.",
        "Most workers must not do their work twice, and nobody remembers the lock.",
    ),
    (
        "A period counts from the start of the process, and nothing is kept of the last run.",
        "The plan, the last run and a record of each tick are stored.",
        "A daily worker would never tick in an application that is deployed twice a day.",
    ),
    (
        "The manager without Hangfire or Quartz refuses cron expressions; that of a typed worker is ignored.",
        "`cron=` with a time zone is taken everywhere, for workers, dynamic workers and recurring jobs.",
        "Whoever says three in the morning means three in the morning.",
    ),
    (
        "A worker that raises when it is stopped keeps the next ones from being stopped.",
        "Each has its turn, in reverse order, whatever the others do.",
        "What was started has to be ended.",
    ),
)
"""(ABP, Dawam, why): where we behave differently on purpose."""
