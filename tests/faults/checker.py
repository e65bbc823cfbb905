"""Reads a history, and says which promises it breaks.

An attempt is valid from its claim until a higher fence exists or it is settled. An attempt that lost its claim may
still act outside: that is counted and allowed. What must never happen is here, one function for each kind.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, combinations, pairwise
from typing import NamedTuple
from uuid import UUID

from tests.faults.history import Doubted, Ended, Enqueued, Kept, Record, Serving, Settled, Started, Underway
from tests.faults.past import PUT_BACK, Past

_FINISHED = frozenset({"succeeded", "failed", "cancelled"})
_LATE = 1_000_000_000
"""Nanoseconds that may lie between a claim and the start: who is claimed ahead waits no longer for a slot."""


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
    UNCHARGED = "its process died while it ran, and nobody is charged with it"
    UNDONE = "it is kept as succeeded, and never came to its end"
    FORGOTTEN = "its end was accepted, and the store says otherwise"
    INVENTED = "nobody handed it in"
    OUT_OF_ORDER = "jobs of lower priority began while it waited"
    OVER_THE_LIMIT = "more ran in its process than may"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise."""

    kind: Kind
    job: UUID
    details: str

    def __str__(self) -> str:
        return f"job {self.job}: {self.kind.value} ({self.details})"


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
    if settled.outcome in PUT_BACK:
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


def _uncharged(past: Past) -> Iterator[Violation]:
    """An attempt whose code ran as its process was killed, before anybody else began it."""
    for kept in past.of(Kept):
        ended = {each.fence for each in past.ends[kept.job]} | {each.fence for each in past.settlements[kept.job]}
        running = [each for each in past.underway[kept.job] if each.fence not in ended]
        cut_short = [each for each in running if _was_killed_with(past, each)]
        if kept.crash_count + kept.lost_count < len(cut_short):
            fences = ", ".join(str(each.fence) for each in cut_short)
            yield Violation(
                Kind.UNCHARGED, kept.job, f"fences {fences}; {kept.crash_count} crashes, {kept.lost_count} losses"
            )


def _was_killed_with(past: Past, attempt: Underway) -> bool:
    """Whether it had its claim when its process was killed, and somebody began it again after that."""
    killed = past.killed.get(attempt.pid)
    if killed is None or past.was_told_to_end(attempt.pid):
        return False
    later = [each.at for each in past.starts[attempt.job] if each.fence > attempt.fence]
    return bool(later) and min(later) > killed


def _undone(past: Past) -> Iterator[Violation]:
    for kept in past.of(Kept):
        done = {ended.fence for ended in past.ends[kept.job] if ended.how == "done"}
        if kept.state == "succeeded" and kept.fence > max(done, default=0):
            yield Violation(Kind.UNDONE, kept.job, f"fence {kept.fence}")


def _forgotten(past: Past) -> Iterator[Violation]:
    for job, settlements in past.settlements.items():
        accepted = {each.outcome for each in settlements if each.answer != "lost"}
        kept = past.kept.get(job)
        if "Succeeded" in accepted and kept is not None and kept.state != "succeeded":
            yield Violation(Kind.FORGOTTEN, job, f"it is {kept.state}")


def _invented(past: Past) -> Iterator[Violation]:
    """Whoever enqueues and gets no answer cannot know: as many may be there as were handed in so."""
    strangers = [kept for kept in past.of(Kept) if kept.job not in past.handed_in]
    doubtful = sum(each.count for each in past.of(Doubted))
    doubtful += len({each.pid for each in past.of(Enqueued)} & past.killed.keys())
    for kept in strangers[doubtful:]:
        yield Violation(Kind.INVENTED, kept.job, f"{len(strangers)} are there, and {doubtful} were doubtful")


def _out_of_order(past: Past) -> Iterator[Violation]:
    """While nothing was done to anybody, none waits whose turn it was when another one was claimed."""
    waits: dict[int, list[_Wait]] = defaultdict(list)
    for each in past.of(Enqueued):
        if starts := past.starts.get(each.job):
            waits[each.priority].append(_Wait(each.at + each.due_in, starts[0].at, each.job))
    for lower, higher in ((low, high) for low in waits for high in waits if low < high):
        waiting = sorted(waits[higher])
        longest = list(accumulate(waiting, _longer))
        for overtaker in waits[lower]:
            claimed = overtaker.until - _LATE
            came_before = bisect_right(waiting, claimed, key=_came)
            for wait in longest[came_before - 1 : came_before] if came_before else ():
                if wait.until > overtaker.until + _LATE and past.was_calm(wait.since, wait.until):
                    yield Violation(Kind.OUT_OF_ORDER, wait.job, f"job {overtaker.job} was begun before it")


class _Wait(NamedTuple):
    """From when a job may begin until it does."""

    since: int
    until: int
    job: UUID


def _came(wait: _Wait) -> int:
    return wait.since


def _longer(one: _Wait, other: _Wait) -> _Wait:
    return max(one, other, key=lambda wait: wait.until)


def _over_the_limit(past: Past) -> Iterator[Violation]:
    limits = {each.pid: each.concurrency for each in past.of(Serving)}
    running = Counter[int]()
    moments: list[Started | Ended] = sorted([*past.of(Started), *past.of(Ended)], key=lambda each: each.at)
    for each in moments:
        running[each.pid] += 1 if isinstance(each, Started) else -1
        if running[each.pid] > limits.get(each.pid, running[each.pid]):
            yield Violation(Kind.OVER_THE_LIMIT, each.job, f"{running[each.pid]} ran in process {each.pid}")


def _failures(past: Past, job: UUID) -> int:
    return sum(ended.how == "failed" for ended in past.ends[job])


def _cut_short(past: Past, job: UUID) -> int:
    """How many attempts had begun, and were not known to be settled, in processes that were killed."""
    settled = {each.fence for each in past.settlements[job]}
    return sum(start.pid in past.killed and start.fence not in settled for start in past.starts[job])


_RULES: tuple[Callable[[Past], Iterator[Violation]], ...] = (
    _lost, _stranded, _twice, _fence_repeated, _fence_fell, _stale_accepted, _settled_twice, _failed_untried, _charged,
    _uncharged, _undone, _forgotten, _invented, _out_of_order, _over_the_limit,
)  # fmt: skip
