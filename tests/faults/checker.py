"""Reads a history, and says which promises it breaks.

An attempt is valid from its claim until a higher fence exists or it is settled. An attempt that lost its claim may
still act outside: that is counted and allowed. What must never happen is here, one function for each kind.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise
from typing import TypeVar
from uuid import UUID

from tests.faults.history import (
    Continued,
    DeclaredDead,
    Ended,
    Enqueued,
    Frozen,
    Kept,
    Killed,
    Record,
    Settled,
    Started,
    Stopped,
)

R = TypeVar("R", bound=Record)
_FOR_EVER = 1 << 62
_AFTERMATH = 5_000_000_000
"""Nanoseconds within which a host that was thawed, or was too slow, has learned that its claims are gone."""
_PUT_BACK = frozenset({"Retrying", "Snoozed", "Parked", "HandedBack"})
_FINISHED = frozenset({"succeeded", "failed", "cancelled"})


class Kind(StrEnum):
    """What can be wrong with a history."""

    LOST = "enqueue returned, and the job is gone"
    STRANDED = "nobody runs it, and it is running for ever"
    UNFINISHED = "everything was to be finished, and it is not"
    TWICE = "it was run again, and nothing explains why"
    FENCE_REPEATED = "one fence was started twice"
    FENCE_FELL = "its fence fell"
    STALE_ACCEPTED = "a settlement was accepted though a higher fence was out: two valid attempts at one time"
    SETTLED_TWICE = "two settlements of one fence were accepted"
    FAILED_UNTRIED = "it failed, and none of its attempts did"
    CHARGED = "it was charged for what was not its fault"
    UNDONE = "it is kept as succeeded, and never came to its end"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise."""

    kind: Kind
    job: UUID
    details: str

    def __str__(self) -> str:
        return f"job {self.job}: {self.kind.value} ({self.details})"


class Past:
    """A history, with what happened to each job and each process at hand."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._by_kind: dict[type[Record], list[Record]] = defaultdict(list)
        for record in records:
            self._by_kind[type(record)].append(record)
        self.starts = self._by_job(Started)
        self.ends = self._by_job(Ended)
        self.settlements = self._by_job(Settled)
        self.kept = {record.job: record for record in self.of(Kept)}
        self.killed = {record.pid: record.at for record in self.of(Killed)}
        self._troubles = self._disturbances()
        self._stops = {record.pid: record.at for record in self.of(Stopped)}

    def of(self, kind: type[R]) -> list[R]:
        """The records of one kind, in order."""
        return self._by_kind[kind]  # type: ignore[return-value]

    def explains(self, start: Started, other: Started) -> bool:
        """Whether something that happened to the process of `start` let its job be started elsewhere as well."""
        begin, end = sorted((start.at, other.at))
        stop = self._stops.get(start.pid, _FOR_EVER)
        return stop <= end or any(since <= end and until >= begin for since, until in self._troubles[start.pid])

    def was_put_back(self, start: Started) -> bool:
        """Whether this attempt's own settlement made the job wait again."""
        return any(
            each.fence == start.fence and each.answer == "accepted" and each.outcome in _PUT_BACK
            for each in self.settlements[start.job]
        )

    def was_disturbed(self, host: str) -> bool:
        """Whether the process of this host was killed, frozen or too slow."""
        return bool(self._troubles[process_of(host)])

    def _by_job(self, kind: type[R]) -> dict[UUID, list[R]]:
        found: dict[UUID, list[R]] = defaultdict(list)
        for record in self.of(kind):
            found[record.job].append(record)  # type: ignore[attr-defined]
        return found

    def _disturbances(self) -> dict[int, list[tuple[int, int]]]:
        """When each process could not keep its claims, for no fault of its jobs."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        thaws = self.of(Continued)
        for frozen in self.of(Frozen):
            thawed = min((each.at for each in thaws if each.pid == frozen.pid and each.at > frozen.at), default=None)
            found[frozen.pid].append((frozen.at, _FOR_EVER if thawed is None else thawed + _AFTERMATH))
        for pid, at in self.killed.items():
            found[pid].append((at, _FOR_EVER))
        for dead in self.of(DeclaredDead):
            found[dead.pid].append((dead.at - _AFTERMATH, dead.at + _AFTERMATH))
        return found


def process_of(host: str) -> int:
    """The process of a host, which its id names: `machine-pid-random`."""
    return int(host.rsplit("-", 2)[1])


def violations(records: Sequence[Record], *, drained: bool = False) -> list[Violation]:
    """Every broken promise; with `drained` also what is not finished. Empty: the history is right."""
    past = Past(records)
    rules = _RULES if not drained else (*_RULES, _unfinished)
    return [violation for rule in rules for violation in rule(past)]


def _lost(past: Past) -> Iterator[Violation]:
    for enqueued in past.of(Enqueued):
        if enqueued.job not in past.kept:
            yield Violation(Kind.LOST, enqueued.job, f"enqueued by process {enqueued.pid}")


def _stranded(past: Past) -> Iterator[Violation]:
    for kept in past.of(Kept):
        if kept.state == "running":
            yield Violation(Kind.STRANDED, kept.job, f"fence {kept.fence}")


def _unfinished(past: Past) -> Iterator[Violation]:
    for kept in past.of(Kept):
        if kept.state not in _FINISHED:
            yield Violation(Kind.UNFINISHED, kept.job, kept.state)


def _twice(past: Past) -> Iterator[Violation]:
    for job, starts in past.starts.items():
        for lower, higher in pairwise(sorted(starts, key=lambda start: start.fence)):
            if lower.fence < higher.fence and not past.was_put_back(lower) and not past.explains(lower, higher):
                yield Violation(
                    Kind.TWICE, job, f"fence {lower.fence} by {lower.host}, {higher.fence} by {higher.host}"
                )


def _fence_repeated(past: Past) -> Iterator[Violation]:
    for job, starts in past.starts.items():
        for fence in {start.fence for start in starts}:
            by = [start.host for start in starts if start.fence == fence]
            if len(by) > 1:
                yield Violation(Kind.FENCE_REPEATED, job, f"fence {fence} by {' and '.join(by)}")


def _fence_fell(past: Past) -> Iterator[Violation]:
    for job, starts in past.starts.items():
        for earlier, later in combinations(starts, 2):
            if later.fence < earlier.fence and not past.explains(later, earlier):
                yield Violation(Kind.FENCE_FELL, job, f"fence {earlier.fence} was started before {later.fence}")
        highest, kept = max(start.fence for start in starts), past.kept.get(job)
        if kept is not None and kept.fence < highest:
            yield Violation(Kind.FENCE_FELL, job, f"kept with fence {kept.fence}, and {highest} was started")


def _stale_accepted(past: Past) -> Iterator[Violation]:
    for job, settlements in past.settlements.items():
        for settled in settlements:
            if settled.answer == "accepted" and (overtaker := _overtaker(past, settled)):
                yield Violation(
                    Kind.STALE_ACCEPTED, job, f"fence {settled.fence}, and {overtaker.fence} by {overtaker.host}"
                )


def _overtaker(past: Past, settled: Settled) -> Started | None:
    """A later claim than the one that was settled, known to have been there before its settlement was sent.

    After a final outcome there is no later claim at all. One that puts the job back is known to have been sent after
    the end of the attempt only.
    """
    higher = [start for start in past.starts[settled.job] if start.fence > settled.fence]
    if settled.outcome in _PUT_BACK:
        ended = [each.at for each in past.ends[settled.job] if each.fence == settled.fence]
        higher = [start for start in higher if ended and start.at < ended[0]]
    return higher[0] if higher else None


def _settled_twice(past: Past) -> Iterator[Violation]:
    for job, settlements in past.settlements.items():
        fences = [settled.fence for settled in settlements if settled.answer == "accepted"]
        for fence in {fence for fence in fences if fences.count(fence) > 1}:
            yield Violation(Kind.SETTLED_TWICE, job, f"fence {fence}")


def _failed_untried(past: Past) -> Iterator[Violation]:
    for kept in past.of(Kept):
        if kept.state == "failed" and not _failures(past, kept.job):
            yield Violation(Kind.FAILED_UNTRIED, kept.job, f"{kept.crash_count} crashes, {kept.lost_count} losses")


def _charged(past: Past) -> Iterator[Violation]:
    for kept in past.of(Kept):
        if kept.attempt_count > _failures(past, kept.job):
            yield Violation(Kind.CHARGED, kept.job, f"{kept.attempt_count} attempts, more than failed")
        if kept.crash_count > (witnessed := _cut_short(past, kept.job)):
            yield Violation(Kind.CHARGED, kept.job, f"{kept.crash_count} crashes, and {witnessed} attempts were killed")
        for fence, host in kept.losses:
            if not past.was_disturbed(host):
                yield Violation(Kind.CHARGED, kept.job, f"fence {fence} counted as lost with {host}, which was well")


def _undone(past: Past) -> Iterator[Violation]:
    for kept in past.of(Kept):
        if kept.state == "succeeded" and not any(ended.how == "done" for ended in past.ends[kept.job]):
            yield Violation(Kind.UNDONE, kept.job, f"fence {kept.fence}")


def _failures(past: Past, job: UUID) -> int:
    return sum(ended.how == "failed" for ended in past.ends[job])


def _cut_short(past: Past, job: UUID) -> int:
    """How many attempts had begun, and were not known to be settled, in processes that were killed."""
    settled = {each.fence for each in past.settlements[job]}
    return sum(start.pid in past.killed and start.fence not in settled for start in past.starts[job])


_RULES: tuple[Callable[[Past], Iterator[Violation]], ...] = (
    _lost, _stranded, _twice, _fence_repeated, _fence_fell, _stale_accepted, _settled_twice, _failed_untried, _charged,
    _undone,
)  # fmt: skip
