"""How a host stands, in a word: for probes and people."""

from enum import StrEnum

from dawam.host.heartbeat import Heartbeat
from dawam.stores.values import HostCommand


class Standing(StrEnum):
    """What it is about just now."""

    STARTING = "starting"
    """It has not been a host yet: the store may be away."""
    READY = "ready"
    """It begins jobs and ticks."""
    LATE = "late"
    """Its heartbeat does not come through: the store is away, or so slow that others may take its jobs."""
    QUIET = "quiet"
    """Somebody wants it to begin nothing more."""
    ENDING = "ending"
    ENDED = "ended"


def standing_of(heartbeat: Heartbeat) -> Standing:
    """How a host stands that runs, as its heartbeat knows."""
    if not heartbeat.is_on_time():
        return Standing.LATE
    return Standing.READY if heartbeat.command is HostCommand.GO_ON else Standing.QUIET
