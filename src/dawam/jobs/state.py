"""The states of a job, and every move between them.

People see five states; a store keeps waiting jobs in three places, so that a claim reads only what is ready.
The table of moves is the whole life of a job: the conformance suite walks all of it on every store.
"""

from enum import StrEnum


class JobState(StrEnum):
    """What people see."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StoredState(StrEnum):
    """Where a store keeps a job."""

    READY = "ready"
    """Due: claims read these, and only these."""
    SCHEDULED = "scheduled"
    """Not due yet: enqueued for later, snoozed, or between two attempts."""
    PARKED = "parked"
    """Claimed once by a host that knows neither the name nor the args version; waits for one that does."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def seen_as(self) -> JobState:
        """The state that people see."""
        return JobState.WAITING if self in WAITING else JobState(self.value)


def stored_state(word: str) -> StoredState | str:
    """The state that a store has under this word; a word of newer code stays as it is, to be shown."""
    return StoredState(word) if word in _WORDS else word


_WORDS = frozenset(StoredState)
WAITING = frozenset({StoredState.READY, StoredState.SCHEDULED, StoredState.PARKED})
FINISHED = frozenset({StoredState.SUCCEEDED, StoredState.FAILED, StoredState.CANCELLED})
LIVE = frozenset({*WAITING, StoredState.RUNNING})

_S = StoredState

MOVES: dict[str, dict[StoredState | None, frozenset[StoredState | None]]] = {
    # None stands for "not in the store"
    "add": {None: frozenset({_S.READY, _S.SCHEDULED})},
    "promote": {_S.SCHEDULED: frozenset({_S.READY})},
    "claim": {_S.READY: frozenset({_S.RUNNING}), _S.PARKED: frozenset({_S.RUNNING})},
    "settle": {_S.RUNNING: frozenset({_S.READY, _S.SCHEDULED, _S.PARKED, *FINISHED, None})},
    "hand back": {_S.RUNNING: frozenset({_S.READY, _S.CANCELLED})},
    "rescue": {_S.RUNNING: frozenset({_S.READY, _S.FAILED, _S.CANCELLED})},
    "give up": {_S.RUNNING: frozenset({_S.READY, _S.FAILED, _S.CANCELLED})},
    "cancel": {
        # a running job only gets its cancel request noted; the host that runs it settles it
        **{state: frozenset({_S.CANCELLED}) for state in WAITING},
        _S.RUNNING: frozenset({_S.RUNNING}),
    },
    "retry": {
        **{state: frozenset({_S.READY}) for state in FINISHED},
        _S.SCHEDULED: frozenset({_S.READY}),
        _S.PARKED: frozenset({_S.READY}),
        _S.READY: frozenset({_S.READY}),
    },
    "delete": {state: frozenset({None}) for state in (*WAITING, *FINISHED)},
    "prune": {state: frozenset({None}) for state in FINISHED},
}
"""verb -> the states it applies to -> where it may lead. Anything else leaves the job untouched."""
