"""Named points of our own code at which a test can let something happen, such as the end of the process.

`dawam.testing.faults` arms them. Nobody else does, and an unarmed point is a look at one global.
"""

from collections.abc import Callable
from enum import StrEnum


class CrashPoint(StrEnum):
    """A moment between two steps, after which the one must be safe and the other has not been done."""

    ENQUEUE_STORED = "enqueue.stored"
    """The store has taken a job, and whoever enqueued it has not been told."""
    CLAIM_ANSWERED = "claim.answered"
    """The store has handed out jobs, and none of them has a place here yet."""
    JOB_BEGINS = "job.begins"
    """Right before the first step of a job's own code."""
    JOB_ENDED = "job.ended"
    """Its code has ended, and nothing of that is written."""
    SETTLE_BEGINS = "settle.begins"
    """A batch of ends is about to be handed to the store."""
    SETTLE_ANSWERED = "settle.answered"
    """The store has written it, and nobody here knows."""
    TICK_CLAIMED = "tick.claimed"
    """The ticks of workers are claimed, and none has begun."""
    TICK_ENDED = "tick.ended"
    """The worker's own code has ended, and nothing of that is written."""
    TICK_SETTLED = "tick.settled"
    """The ends of ticks are written, and nobody here knows."""
    HOST_LEAVES = "host.leaves"
    """A host that was told to end has written its outcomes, and not given up its lease."""


armed: Callable[[CrashPoint, str], None] | None = None
"""What happens at points, with the name of the job or worker whose point it is, where there is one."""


def reached(point: CrashPoint, subject: str = "") -> None:
    """This is the point."""
    if armed is not None:
        armed(point, subject)
