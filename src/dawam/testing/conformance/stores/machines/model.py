"""A store in its plainest words, to which a machine holds a real one: lists, loops, nothing clever."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dawam.clock import Clock
from dawam.ids import HostId
from dawam.jobs.outcome import (
    Cancelled,
    Failed,
    HandedBack,
    Outcome,
    Parked,
    Retrying,
    SettleAnswer,
    Settlement,
    Snoozed,
    Succeeded,
)
from dawam.jobs.record import NewJob
from dawam.jobs.state import FINISHED, WAITING, StoredState
from dawam.stores.values import (
    CRASH_LIMIT,
    LOST_LIMIT,
    CancelAnswer,
    HostCommand,
    JobChange,
    ProgressNote,
    Promotion,
    Rescue,
    Retention,
)
from dawam.testing.conformance.stores.machines.model_job import ModelJob

S = StoredState
Claim = tuple[UUID, int]
"""A job, and the fence under which it was claimed."""
Fates = dict[str, set[UUID]]
"""By the names that `Rescue` has for them."""
_CHANGED_BY_A_CANCEL_REQUEST = Retrying | Snoozed | Parked | HandedBack


@dataclass(slots=True)
class ModelHost:
    """A process with a lease."""

    live_until: datetime
    is_stopping: bool = False
    command: HostCommand = HostCommand.GO_ON


class Model:
    """What the store of one application is expected to hold and to answer."""

    def __init__(self, clock: Clock, retention: Retention) -> None:
        self.clock, self.retention = clock, retention
        self.jobs: dict[UUID, ModelJob] = {}
        self.hosts: dict[HostId, ModelHost] = {}
        self.paused: set[str] = set()
        self.limits: dict[str, int] = {}

    @property
    def unfinished_count(self) -> int:
        return sum(job.state not in FINISHED for job in self.jobs.values())

    # -- added, claimed, settled

    def add(self, jobs: Iterable[NewJob]) -> list[bool]:
        return [self._add(job) for job in jobs]

    def claim(self, host: HostId, queues: Sequence[str], limit: int) -> list[Claim]:
        return self._take(host, [job for job in self._claimable(queues, S.READY) if not job.is_suspect], limit)

    def claim_parked(self, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int) -> list[Claim]:
        parked = [job for job in self._claimable(queues, S.PARKED) if not job.is_suspect and _knows(known, job)]
        return self._take(host, parked, limit)

    def claim_suspect(self, host: HostId, queues: Sequence[str], known: Mapping[str, int]) -> list[Claim]:
        waiting = self._claimable(queues, S.READY, S.PARKED)
        return self._take(host, [job for job in waiting if job.is_suspect and _knows(known, job)], 1)

    def holds(self, claim: Claim) -> bool:
        """Whether the job runs under that very fence."""
        job = self.jobs.get(claim[0])
        return job is not None and job.state is S.RUNNING and job.fence == claim[1]

    def settle(self, end: Settlement) -> set[SettleAnswer]:
        """The answers that are right; a store need not remember more than the last fence that was settled."""
        job = self.jobs.get(end.id)
        if job is None:
            return {SettleAnswer.LOST}
        if not self.holds((end.id, end.fence)):
            return _too_late(job, end.fence)
        outcome = end.outcome
        if job.cancel_requested and isinstance(outcome, _CHANGED_BY_A_CANCEL_REQUEST):
            outcome = Cancelled(job.cancel_reason)
        job.settled.append(end.fence)
        job.progress = job.progress if end.progress is None else end.progress
        self._move(job, outcome, end.ended_at)
        self.add(end.new_jobs)
        return {SettleAnswer.ACCEPTED}

    def note_progress(self, host: HostId, note: ProgressNote) -> None:
        if self.holds((note.id, note.fence)) and self.jobs[note.id].host == host:
            self.jobs[note.id].progress = note.text

    # -- hosts

    def register(self, host: HostId, lease: timedelta) -> None:
        self.hosts[host] = ModelHost(self.clock.now() + lease)

    def extend(self, host: HostId, lease: timedelta) -> HostCommand | None:
        if host not in self.hosts:
            return None
        self.hosts[host].live_until = self.clock.now() + lease
        return self.hosts[host].command

    def command(self, host: HostId, command: HostCommand) -> bool:
        known = self.hosts.get(host)
        if known is None or known.command is HostCommand.STOP:
            return False
        known.command, known.is_stopping = command, command is not HostCommand.GO_ON
        return True

    def is_live(self, host: HostId | None) -> bool:
        return host is not None and host in self.hosts and self.hosts[host].live_until > self.clock.now()

    def orphans(self) -> set[UUID]:
        """The running jobs whose owner is not a host with a live lease."""
        return {job.id for job in self.jobs.values() if job.state is S.RUNNING and not self.is_live(job.host)}

    def rescue(self, orphans: Collection[UUID]) -> tuple[set[HostId], Fates]:
        """The hosts whose lease lapsed are dead, and these of the orphans are taken: where does each of them go?"""
        dead = {host for host in self.hosts if not self.is_live(host)}
        for host in dead:
            del self.hosts[host]
        fates = no_fates()
        for job in [self.jobs[job_id] for job_id in orphans]:
            job.charge("HostLost")
            job.lost_count += 1
            self._take_back(job, fates, is_last=job.lost_count > LOST_LIMIT)
        return dead, fates

    def give_up(self, host: HostId, crashed: Collection[UUID]) -> Fates:
        """The host is gone, and its process died while it ran the `crashed`: where each job goes, who is charged."""
        self.hosts.pop(host, None)
        running = self.running_on(host)
        started = [job for job in running if job.id in crashed]
        suspects = [job for job in started if job.is_suspect]
        charged = suspects or started
        fates = no_fates()
        for job in running:
            is_last = [job] == suspects and job.crash_count + 1 >= CRASH_LIMIT
            if job in charged:
                job.charge("HostCrashed")
                job.crash_count += 1
            elif job in started:
                job.charge("HostLost")
                job.lost_count += 1
            self._take_back(job, fates, is_last=is_last)
        return {**fates, "crashed": {job.id for job in charged}}

    def running_on(self, host: HostId) -> list[ModelJob]:
        return [job for job in self.jobs.values() if job.state is S.RUNNING and job.host == host]

    # -- chores

    def promote(self, limit: int) -> Promotion:
        scheduled = sorted((job.run_at, job.id) for job in self.jobs.values() if job.state is S.SCHEDULED)
        due = [job_id for run_at, job_id in scheduled if run_at <= self.clock.now()][:limit]
        for job_id in due:
            self.jobs[job_id].wait(S.READY)
        return Promotion(len(due), next((run_at for run_at, _ in scheduled[len(due) :]), None))

    def prune(self, retention: Retention, limit: int) -> int:
        outlived = sorted((job.finished_at, job.id) for job in self.jobs.values() if self._is_outlived(job, retention))
        for _, job_id in outlived[:limit]:
            del self.jobs[job_id]
        return len(outlived[:limit])

    # -- the human hand

    def cancel(self, job_id: UUID, reason: str = "") -> CancelAnswer:
        job = self.jobs.get(job_id)
        if job is None:
            return CancelAnswer.UNKNOWN
        if job.state in FINISHED:
            return CancelAnswer.FINISHED
        if job.state is S.RUNNING:
            job.cancel_requested, job.cancel_reason = True, reason
            return CancelAnswer.REQUESTED
        self._cancel(job, self.clock.now(), reason)
        return CancelAnswer.CANCELLED

    def retry(self, job_id: UUID) -> bool:
        job = self.jobs.get(job_id)
        if job is None or job.state is S.RUNNING:
            return False
        job.retry(self.clock.now())
        return True

    def change(self, job_id: UUID, change: JobChange) -> bool:
        job = self.jobs.get(job_id)
        if job is None or job.state not in WAITING:
            return False
        job.change(change, self.clock.now())
        return True

    def delete(self, job_id: UUID) -> bool:
        job = self.jobs.get(job_id)
        if job is None or job.state is S.RUNNING:
            return False
        del self.jobs[job_id]
        return True

    # -- the moves of one job

    def _add(self, job: NewJob) -> bool:
        if job.id in self.jobs:
            return False
        state = S.READY if job.run_at <= self.clock.now() else S.SCHEDULED
        self.jobs[job.id] = ModelJob(job, state, job.run_at, expires_at=job.expires_at)
        return True

    def _claimable(self, queues: Sequence[str], *states: StoredState) -> list[ModelJob]:
        open_queues = set(queues) - self.paused
        return [job for job in self.jobs.values() if job.state in states and job.new.queue in open_queues]

    def _take(self, host: HostId, waiting: list[ModelJob], limit: int) -> list[Claim]:
        now, taken = self.clock.now(), list[Claim]()
        if not self.is_live(host) or self.hosts[host].is_stopping:
            return []
        for job in sorted(waiting, key=lambda job: job.claim_key):
            if len(taken) >= limit:
                break
            if job.has_expired(now):
                self._cancel(job, now, "it expired")
            else:
                job.start(host, now)
                taken.append((job.id, job.fence))
        return taken

    def _move(self, job: ModelJob, outcome: Outcome, ended_at: datetime) -> None:
        match outcome:
            case Succeeded(result):
                job.result = None if result is None else result.decode()
                self._finish(job, S.SUCCEEDED, ended_at)
            case Failed(error):
                job.attempt_count += 1
                job.charge(error.type)
                self._finish(job, S.FAILED, ended_at)
            case Cancelled(reason):
                self._cancel(job, ended_at, reason)
            case Retrying(run_at, error):
                job.attempt_count += 1
                job.charge(error.type)
                self._wait_until(job, run_at)
            case Snoozed(run_at):
                job.snooze_count += 1
                self._wait_until(job, run_at)
            case Parked():
                job.trouble = "Parked"
                job.wait(S.PARKED)
            case HandedBack():
                job.wait(S.READY)

    def _wait_until(self, job: ModelJob, run_at: datetime) -> None:
        job.run_at = run_at
        job.wait(S.READY if run_at <= self.clock.now() else S.SCHEDULED)

    def _take_back(self, job: ModelJob, fates: Fates, *, is_last: bool) -> None:
        now = self.clock.now()
        if job.cancel_requested:
            fates["cancelled"].add(job.id)
            self._cancel(job, now, job.cancel_reason)
        elif is_last:
            fates["failed"].add(job.id)
            self._finish(job, S.FAILED, now)
        else:
            fates["readied"].add(job.id)
            job.wait(S.READY)

    def _cancel(self, job: ModelJob, moment: datetime, reason: str) -> None:
        job.cancel(moment, reason)
        self._forget_unkept(job)

    def _finish(self, job: ModelJob, state: StoredState, moment: datetime) -> None:
        job.finish(state, moment)
        self._forget_unkept(job)

    def _forget_unkept(self, job: ModelJob) -> None:
        if getattr(self.retention, job.state.value) == timedelta(0):
            del self.jobs[job.id]

    def _is_outlived(self, job: ModelJob, retention: Retention) -> bool:
        if job.finished_at is None:
            return False
        kept_for: timedelta | None = getattr(retention, job.state.value)
        return kept_for is not None and job.finished_at < self.clock.now() - kept_for


def no_fates() -> Fates:
    return {name: set() for name in ("readied", "failed", "cancelled", "crashed")}


def fates_of(rescue: Rescue) -> Fates:
    """What a store did, in the model's words."""
    return {name: set(getattr(rescue, name)) for name in no_fates()}


def _knows(known: Mapping[str, int], job: ModelJob) -> bool:
    return job.new.args_version <= known.get(job.new.name, 0)


def _too_late(job: ModelJob, fence: int) -> set[SettleAnswer]:
    if fence not in job.settled:
        return {SettleAnswer.LOST}
    is_last = fence == job.settled[-1]
    return {SettleAnswer.ALREADY} if is_last else {SettleAnswer.ALREADY, SettleAnswer.LOST}
