"""What the steps of the machine of jobs are made of. What comes first in a list is what a failure is cut down to."""

from hypothesis import strategies as st
from hypothesis.stateful import Bundle

from dawam.jobs.priority import Priority
from dawam.jobs.state import JobState

QUEUES = ("mail", "print")
NAMES: tuple[str, ...] = ("orders.receipt", "orders.refund")
OUTCOMES = (
    *("succeeded", "failed", "cancelled", "handed back", "parked"),
    *("retrying", "retrying at once", "snoozed", "snoozed at once"),
)
EVERYTHING = 10_000

JOBS, CLAIMS, HOSTS = Bundle("jobs"), Bundle("claims"), Bundle("hosts")

at = st.sampled_from(["shop", "shop", "bakery"])
"""The application whose store is asked."""
of = st.sampled_from(["its own", "its own", "its own", "its own", "its own", "the other"])
"""The same where something of one is shown: now and then to the other, which must neither see nor touch it."""
queues = st.just(list(QUEUES)) | st.lists(st.sampled_from(QUEUES), min_size=1, max_size=3)
EVERY_VERSION: dict[str, int] = dict.fromkeys(NAMES, 2)
known = st.just(EVERY_VERSION) | st.dictionaries(st.sampled_from(NAMES), st.integers(1, 2))
"""What a host knows: a name, and up to which version of its args."""
limits = st.integers(1, 4) | st.just(EVERYTHING) | st.just(0)
outcomes = st.sampled_from(OUTCOMES)
reasons = st.sampled_from(["", "nobody wants it"])
drafts = st.fixed_dictionaries(
    {},
    optional={
        "queue": st.sampled_from(QUEUES),
        "due_in": st.sampled_from([-1, 5, 60]),
        "priority": st.sampled_from(list(Priority)),
        "name": st.sampled_from(NAMES),
        "args_version": st.just(2),
        "tags": st.just(("web",)),
        "expires_in": st.sampled_from([1, 60]),
    },
)
"""What is not usual of a new job."""
changes = st.fixed_dictionaries(
    {},
    optional={
        "due_in": st.sampled_from([-1, 5, 60]),
        "queue": st.sampled_from(QUEUES),
        "priority": st.sampled_from(list(Priority)),
    },
)
"""What is to be said of a job that waits."""
kept_for = st.sampled_from([None, 0, 1, 3600])
"""Seconds for which a finished job is kept; None: for ever."""
filters = st.fixed_dictionaries(
    {},
    optional={
        "states": st.frozensets(st.sampled_from(list(JobState)), min_size=1, max_size=3),
        "name": st.sampled_from(NAMES),
        "queue": st.sampled_from(QUEUES),
        "due_only": st.just(True),
        "priority": st.sampled_from(list(Priority)),
        "host": HOSTS,
        "error": st.sampled_from(["Paper", "Host", "Cancelled"]),
        "tag": st.sampled_from(["web", "we"]),
        "created_from": st.sampled_from([0, 7]),
        "created_before": st.sampled_from([0, 7]),
        "finished_before": st.sampled_from([0, 7]),
    },
)
"""The fields of a `JobFilter`; moments as so many seconds ago."""
