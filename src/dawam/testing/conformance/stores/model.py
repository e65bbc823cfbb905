"""A store in its plainest words, to which a random walk holds a real one: lists, loops, nothing clever."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from dawam.ids import HostId
from dawam.jobs.outcome import (
    Cancelled,
    Failed,
    HandedBack,
    Outcome,
    Parked,
    Retrying,
    SettleAnswer,
    Snoozed,
    Succeeded,
)
from dawam.jobs.record import JobInfo, NewJob
from dawam.jobs.state import FINISHED, StoredState
from dawam.stores.values import CRASH_LIMIT, LOST_LIMIT, SUSPECT_FROM, CancelAnswer, Rescue

S = StoredState
Claim = tuple[UUID, int]
_REST = {Succeeded: S.SUCCEEDED, Failed: S.FAILED, Cancelled: S.CANCELLED, Parked: S.PARKED, HandedBack: S.READY}


@dataclass(slots=True)
class ModelJob:
    """One job, as far as the verbs change it."""

    new: NewJob
    state: StoredState
    run_at: datetime
    fence: int = 0
    attempt_count: int = 0
    crash_count: int = 0
    lost_count: int = 0
    snooze_count: int = 0
    cancel_requested: bool = False
    host: HostId | None = None
    settled: list[int] = field(default_factory=list[int])

    @property
    def claim_key(self) -> tuple[int, int, datetime, UUID]:
        return -self.new.priority, self.attempt_count, self.run_at, self.new.id

    @property
    def is_suspect(self) -> bool:
        return self.crash_count >= SUSPECT_FROM

    def rest(self, state: StoredState) -> None:
        """Is not running any more."""
        self.state, self.host = state, None
        if state in FINISHED:
            self.cancel_requested = False


class Model:
    """What the store is expected to hold and to answer."""

    def __init__(self) -> None:
        self.jobs: dict[UUID, ModelJob] = {}
        self.paused: set[str] = set()

    def add(self, job: NewJob, now: datetime) -> bool:
        if job.id in self.jobs:
            return False
        self.jobs[job.id] = ModelJob(job, S.READY if job.run_at <= now else S.SCHEDULED, job.run_at)
        return True

    def claim(self, host: HostId, queues: list[str], limit: int) -> list[Claim]:
        ready = [job for job in self._claimable(S.READY) if job.new.queue in queues and not job.is_suspect]
        return [self._start(job, host) for job in sorted(ready, key=lambda job: job.claim_key)[:limit]]

    def claim_parked(self, host: HostId) -> list[Claim]:
        """All parked jobs of open queues, in whatever order."""
        return [self._start(job, host) for job in self._claimable(S.PARKED) if not job.is_suspect]

    def claim_suspect(self, host: HostId) -> Claim | None:
        suspects = [job for job in (*self._claimable(S.READY), *self._claimable(S.PARKED)) if job.is_suspect]
        first = min(suspects, key=lambda job: job.claim_key, default=None)
        return None if first is None else self._start(first, host)

    def settle(self, claim: Claim, outcome: Outcome, now: datetime) -> set[SettleAnswer]:
        """The answers that are right; a store need not remember more than the last fence that was settled."""
        job = self.jobs.get(claim[0])
        if job is None:
            return {SettleAnswer.LOST}
        if job.state is not S.RUNNING or job.fence != claim[1]:
            return _too_late(job, claim[1])
        job.settled.append(claim[1])
        if isinstance(outcome, Retrying | Failed) and not (isinstance(outcome, Retrying) and job.cancel_requested):
            job.attempt_count += 1
        if job.cancel_requested and not isinstance(outcome, Succeeded | Failed):
            outcome = Cancelled()
        if isinstance(outcome, Retrying | Snoozed):
            job.run_at = outcome.run_at
            job.snooze_count += isinstance(outcome, Snoozed)
            job.rest(S.READY if outcome.run_at <= now else S.SCHEDULED)
        else:
            job.rest(_REST[type(outcome)])
        return {SettleAnswer.ACCEPTED}

    def promote(self, limit: int, now: datetime) -> int:
        due = sorted((job.run_at, job.new.id) for job in self._in(S.SCHEDULED) if job.run_at <= now)[:limit]
        for _, job_id in due:
            self.jobs[job_id].rest(S.READY)
        return len(due)

    def lose(self, host: HostId) -> dict[StoredState, set[UUID]]:
        """The host is dead: where each of its jobs goes."""
        fates: dict[StoredState, set[UUID]] = {S.READY: set(), S.FAILED: set(), S.CANCELLED: set()}
        for job in self._running_on(host):
            job.lost_count += 1
            fate = S.CANCELLED if job.cancel_requested else S.FAILED if job.lost_count > LOST_LIMIT else S.READY
            job.rest(fate)
            fates[fate].add(job.new.id)
        return fates

    def give_up(self, host: HostId, crashed: set[UUID]) -> dict[str, set[UUID]]:
        """The host is gone, and its process died while it ran the `crashed`: where each job goes, who is charged."""
        running = self._running_on(host)
        started = [job for job in running if job.new.id in crashed]
        suspects = [job for job in started if job.is_suspect]
        charged = suspects or started
        fates: dict[str, set[UUID]] = {"readied": set(), "failed": set(), "cancelled": set()}
        for job in running:
            job.crash_count += job in charged
            job.lost_count += job in started and job not in charged
            is_last = [job] == suspects and job.crash_count >= CRASH_LIMIT
            fate = S.CANCELLED if job.cancel_requested else S.FAILED if is_last else S.READY
            job.rest(fate)
            fates["readied" if fate is S.READY else fate.value].add(job.new.id)
        return {**fates, "crashed": {job.new.id for job in charged}}

    def cancel(self, job_id: UUID) -> CancelAnswer:
        job = self.jobs.get(job_id)
        if job is None:
            return CancelAnswer.UNKNOWN
        if job.state in FINISHED:
            return CancelAnswer.FINISHED
        if job.state is S.RUNNING:
            job.cancel_requested = True
            return CancelAnswer.REQUESTED
        job.rest(S.CANCELLED)
        return CancelAnswer.CANCELLED

    def retry(self, job_id: UUID, now: datetime) -> bool:
        job = self.jobs.get(job_id)
        if job is None or job.state is S.RUNNING:
            return False
        job.attempt_count = job.crash_count = job.lost_count = job.snooze_count = 0
        job.run_at = now
        job.rest(S.READY)
        return True

    def delete(self, job_id: UUID) -> bool:
        job = self.jobs.get(job_id)
        if job is None or job.state is S.RUNNING:
            return False
        del self.jobs[job_id]
        return True

    def differences(self, found: list[JobInfo]) -> Iterator[str]:
        """In words, how the store's jobs differ from these."""
        by_id = {job.id: job for job in found}
        for missing in self.jobs.keys() ^ by_id.keys():
            yield f"{missing} is {'missing' if missing in self.jobs else 'too many'}"
        for job_id in self.jobs.keys() & by_id.keys():
            expected, actual = _seen(self.jobs[job_id]), _seen(by_id[job_id])
            if expected != actual:
                yield f"{job_id}: {expected} was expected, {actual} is there"

    def _in(self, state: StoredState) -> list[ModelJob]:
        return [job for job in self.jobs.values() if job.state is state]

    def _claimable(self, state: StoredState) -> list[ModelJob]:
        return [job for job in self._in(state) if job.new.queue not in self.paused]

    def _running_on(self, host: HostId) -> list[ModelJob]:
        return [job for job in self._in(S.RUNNING) if job.host == host]

    def _start(self, job: ModelJob, host: HostId) -> Claim:
        job.state, job.host = S.RUNNING, host
        job.fence += 1
        return job.new.id, job.fence


def fates_of(rescue: Rescue) -> dict[str, set[UUID]]:
    """What a store did, in the model's words."""
    return {name: set(getattr(rescue, name)) for name in ("readied", "failed", "cancelled", "crashed")}


def _too_late(job: ModelJob, fence: int) -> set[SettleAnswer]:
    if fence not in job.settled:
        return {SettleAnswer.LOST}
    is_last = fence == job.settled[-1]
    return {SettleAnswer.ALREADY} if is_last else {SettleAnswer.ALREADY, SettleAnswer.LOST}


def _seen(job: ModelJob | JobInfo) -> tuple[object, ...]:
    state = job.state if isinstance(job, ModelJob) else job.stored_state
    counters = job.attempt_count, job.crash_count, job.lost_count, job.snooze_count
    return state, job.fence, counters, job.run_at, job.cancel_requested, job.host if state is S.RUNNING else None
