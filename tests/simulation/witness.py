"""Sees all that the store does, when it does it, and what jobs do: and says which promise that breaks.

An attempt is valid from its claim until it is settled, or taken back. Attempts that lost their claim may still act
outside: that is counted, and allowed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from dawam.ids import HostId
from dawam.jobs.outcome import Cancelled, Failed, HandedBack, Parked, Retrying, SettleAnswer, Settlement, Snoozed
from dawam.jobs.outcome import Succeeded as Success
from dawam.jobs.record import ClaimedJob, JobInfo, NewJob
from dawam.jobs.state import FINISHED, StoredState
from dawam.stores.values import CancelAnswer, HostInfo, Rescue
from tests.simulation.loop import Process, VirtualLoop


@dataclass(slots=True)
class Job:
    """One job, as the store's answers tell."""

    new: NewJob
    holder: HostId | None = None
    """Whose claim is valid."""
    fence: int = 0
    attempt_count: int = 0
    crash_count: int = 0
    lost_count: int = 0
    is_over: bool = False
    cancel_answer: CancelAnswer | None = None
    settled: set[int] = field(default_factory=set[int])
    began: dict[int, Process] = field(default_factory=dict[int, Process])
    done: set[int] = field(default_factory=set[int])
    """The fences under which its work came to its end."""


class Witness:
    """What it saw of jobs and hosts, in numbers and in words; `violations` stays empty while all promises hold."""

    def __init__(self, loop: VirtualLoop, *, concurrency: int, limits: dict[str, int]) -> None:
        self._loop, self._concurrency, self._limits = loop, concurrency, limits
        self.jobs: dict[UUID, Job] = {}
        self.acknowledged: set[UUID] = set()
        self.processes: dict[HostId, Process] = {}
        self._leases: dict[HostId, float] = {}
        self.forbids_deaths = False
        """Whether nothing is done to any process, so that none may be taken for dead."""
        self._running: dict[Process, Counter[str]] = {}
        self.violations: list[str] = []
        self.story: list[str] = []
        self.counts: Counter[str] = Counter()

    # -- what it writes down

    def note(self, what: str) -> None:
        self.story.append(f"{self._loop.time() - 1_000:9.4f}  {what}")

    def accuse(self, promise: str, what: str) -> None:
        self.violations.append(f"{promise}: {what}")
        self.note(f"VIOLATION  {self.violations[-1]}")

    def saw(self, process: Process, verb: str, words: tuple[Any, ...], answer: Any) -> None:
        """A verb of the store was carried out."""
        match verb, words:
            case "add", (jobs,):
                self._stored(jobs)
            case "claim" | "claim_parked", (host, *_):
                self._claimed(host, answer)
            case "claim_suspect", (host, *_):
                self._claimed(host, [] if answer is None else [answer])
            case "settle", (settlements,):
                self._settled(process, settlements, answer)
            case "cancel", (job_id, *_):
                self._cancelled(job_id, answer)
            case _:
                self._saw_of_hosts(process, verb, words, answer)

    def _saw_of_hosts(self, process: Process, verb: str, words: tuple[Any, ...], answer: Any) -> None:
        match verb, words:
            case "register", (info, lease):
                self._registered(process, info, lease)
            case "extend", (host, lease) if answer:
                self._leases[host] = self._loop.time() + lease.total_seconds()
            case "rescue", _:
                self._taken(answer)
            case "give_up", (host, *crashed):
                self._taken(answer, given_up=host, started=frozenset(*crashed))
            case _:
                pass

    # -- the store

    def _registered(self, process: Process, info: HostInfo, lease: timedelta) -> None:
        self.processes[info.id] = process
        self._leases[info.id] = self._loop.time() + lease.total_seconds()
        self.note(f"{process} is host {info.id}")

    def _stored(self, jobs: Iterable[NewJob]) -> None:
        for job in jobs:
            if job.id not in self.jobs:
                self.jobs[job.id] = Job(job)
                self.note(f"stored {job.id} {job.name} {job.queue} {job.priority.name}")

    def _claimed(self, host: HostId, claimed: Sequence[ClaimedJob]) -> None:
        keys = [job.claim_key for job in claimed]
        if keys != sorted(keys):
            self.accuse("claims come in order", f"{host} was given {keys}")
        for each in claimed:
            job = self.jobs[each.id]
            self.note(f"{host} claims {each.id} under {each.fence}")
            if job.holder is not None or job.is_over:
                state = "is over" if job.is_over else f"is held by {job.holder}"
                self.accuse("one valid attempt at a time", f"{each.id} {state}, and is claimed by {host}")
            if each.fence != job.fence + 1:
                self.accuse("a fence grows by one", f"{each.id} had {job.fence}, and has {each.fence}")
            if job.cancel_answer is not None:
                self.accuse("what is cancelled does not begin again", f"{each.id} is claimed by {host}")
            job.holder, job.fence = host, each.fence
            self.counts["claims"] += 1

    def _settled(self, process: Process, settlements: Sequence[Settlement], answers: Sequence[SettleAnswer]) -> None:
        for each, answer in zip(settlements, answers, strict=True):
            job, kind = self.jobs[each.id], type(each.outcome).__name__
            self.note(f"{process} settles {each.id} under {each.fence} as {kind}: {answer}")
            self.counts[f"settlements {answer}"] += 1
            if answer is SettleAnswer.ACCEPTED:
                self._accepted(process, job, each)
            elif answer is SettleAnswer.ALREADY and each.fence not in job.settled:
                self.accuse("an answer tells the truth", f"{each.id} was never settled under {each.fence}")

    def _accepted(self, process: Process, job: Job, each: Settlement) -> None:
        if job.holder is None or job.fence != each.fence:
            self.accuse("no stale settlement is accepted", f"{each.id} under {each.fence}, and {job.fence} is out")
        elif self.processes.get(job.holder) is not process:
            self.accuse("only the holder settles", f"{each.id} is held by {job.holder}, and {process} settled it")
        outcome = each.outcome
        if isinstance(outcome, Success) and each.fence not in job.done:
            self.accuse("what succeeded has done its work", f"{each.id} under {each.fence}")
        if isinstance(outcome, Retrying | Snoozed | Parked | HandedBack) and job.cancel_answer is not None:
            outcome = Cancelled()
        job.attempt_count += isinstance(outcome, Retrying | Failed)
        job.is_over = isinstance(outcome, Success | Failed | Cancelled)
        job.holder = None
        job.settled.add(each.fence)
        self._stored(each.new_jobs)

    def _taken(self, rescue: Rescue, *, given_up: HostId | None = None, started: frozenset[UUID] = frozenset()) -> None:
        is_judged, now = given_up is None, self._loop.time()
        for host in rescue.dead_hosts if given_up is None else (given_up,):
            self.note(f"{host} is {'found dead' if is_judged else 'given up'}")
            if is_judged and self.forbids_deaths and self.processes[host].is_alive:
                self.accuse("an outage of the store is no death of a host", f"{host}")
            if is_judged and self._leases.get(host, 0.0) > now:
                self.accuse("nothing is taken from the living", f"the lease of {host} had {self._leases[host] - now} s")
            self._leases[host] = 0.0
        crashed = set(rescue.crashed)
        for job_id in (*rescue.readied, *rescue.failed, *rescue.cancelled):
            job = self.jobs[job_id]
            self.note(f"taken back: {job_id} of {job.holder} under {job.fence}")
            if job.holder is None:
                self.accuse("only what is claimed is taken back", f"{job_id}")
            elif is_judged and self._leases.get(job.holder, 0.0) > now:
                self.accuse("nothing is taken from the living", f"{job_id} of {job.holder}")
            job.crash_count += job_id in crashed
            job.lost_count += is_judged or (job_id in started and job_id not in crashed)
            job.is_over = job_id not in rescue.readied
            job.holder = None
            self.counts["jobs taken back"] += 1

    def _cancelled(self, job_id: UUID, answer: CancelAnswer) -> None:
        self.note(f"a person cancels {job_id}: {answer}")
        job = self.jobs.get(job_id)
        if job is not None and answer in (CancelAnswer.CANCELLED, CancelAnswer.REQUESTED):
            job.cancel_answer = answer
            job.is_over = job.is_over or answer is CancelAnswer.CANCELLED

    # -- the jobs

    def began(self, process: Process, job_id: UUID, fence: int) -> None:
        job = self.jobs[job_id]
        self.note(f"{process} begins {job_id} under {fence}")
        if fence in job.began:
            self.accuse("one claim is one attempt", f"{job_id} under {fence} began again in {process}")
        has_claim = job.fence == fence and job.holder is not None
        if has_claim and self.processes.get(job.holder or HostId("")) is not process:
            self.accuse("only the holder begins", f"{job_id} under {fence} in {process}, held by {job.holder}")
        job.began[fence] = process
        self.counts["attempts"] += 1
        self.counts["attempts without a claim"] += not has_claim
        running = self._running.setdefault(process, Counter())
        running[job.new.queue] += 1
        if running.total() > self._concurrency:
            self.accuse("limits are never exceeded", f"{running.total()} jobs run in {process}")
        if running[job.new.queue] > self._limits.get(job.new.queue, self._concurrency):
            self.accuse("limits are never exceeded", f"{running[job.new.queue]} of {job.new.queue} run in {process}")

    def ended(self, process: Process, job_id: UUID, fence: int, *, is_done: bool) -> None:
        if process.is_alive:
            job = self.jobs[job_id]
            self._running[process][job.new.queue] -= 1
            self.note(f"{process} ends {job_id} under {fence}{'' if is_done else ' early'}")
            if is_done:
                job.done.add(fence)

    def started_in(self, process: Process) -> set[UUID]:
        """The jobs whose work is under way there: what the start marks of a process say when it dies."""
        hosts = {host for host, its in self.processes.items() if its is process}
        return {
            job_id
            for job_id, job in self.jobs.items()
            if job.began.get(job.fence) is process and job.holder in hosts and job.fence not in job.done
        }

    # -- the end

    def compare(self, kept: Sequence[JobInfo]) -> None:
        """When all is quiet: what is there is what there should be."""
        found = {job.id: job for job in kept}
        for job_id in sorted(self.acknowledged - found.keys()):
            self.accuse("nothing that was enqueued is lost", f"{job_id} is not there")
        for job in kept:
            self._compare_one(self.jobs[job.id], job)

    def _compare_one(self, seen: Job, kept: JobInfo) -> None:
        if kept.stored_state not in FINISHED:
            self.accuse("nothing is left undone", f"{kept.id} is {kept.stored_state} under {kept.fence}")
        counted = seen.attempt_count, seen.crash_count, seen.lost_count
        if counted != (kept.attempt_count, kept.crash_count, kept.lost_count):
            was = (kept.attempt_count, kept.crash_count, kept.lost_count)
            self.accuse("charged is what happened", f"{kept.id}: {counted} attempts, crashes and losses, and not {was}")
        if kept.stored_state is StoredState.SUCCEEDED and not seen.done:
            self.accuse("what succeeded has done its work", f"{kept.id}")
        self.counts[f"jobs {kept.stored_state}"] += 1
