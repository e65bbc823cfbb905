"""A history, with what happened to each job and each process at hand."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
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
    Troubled,
    Underway,
)

R = TypeVar("R", bound=Record)
FOR_EVER = 1 << 62
AFTERMATH = 5_000_000_000
"""Nanoseconds within which a host that was thawed, or was too slow, has learned that its claims are gone."""
PUT_BACK = frozenset({"Retrying", "Snoozed", "Parked", "HandedBack"})


class Past:
    """What is asked of a history."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self._by_kind: dict[type[Record], list[Record]] = defaultdict(list)
        for record in records:
            self._by_kind[type(record)].append(record)
        self.starts = self._by_job(Started)
        self.ends = self._by_job(Ended)
        self.settlements = self._by_job(Settled)
        self.underway = self._by_job(Underway)
        self.handed_in = {record.job: record for record in self.of(Enqueued)}
        self.kept = {record.job: record for record in self.of(Kept)}
        self.killed = {record.pid: record.at for record in self.of(Killed)}
        self._troubles = self._disturbances()
        self._settler_failures: dict[int, list[int]] = defaultdict(list)
        for trouble in self.of(Troubled):
            if trouble.where == "settler":
                self._settler_failures[trouble.pid].append(trouble.at)
        self._stops = {record.pid: record.at for record in self.of(Stopped)}
        unrest = (Killed, Frozen, Continued, Stopped, DeclaredDead, Troubled)
        self._unrest = sorted(record.at for kind in unrest for record in self.of(kind))

    def of(self, kind: type[R]) -> list[R]:
        """The records of one kind, in order."""
        return self._by_kind[kind]  # type: ignore[return-value]

    def explains(self, start: Started, other: Started) -> bool:
        """Whether something that happened to the process of `start` let its job be started elsewhere as well."""
        begin, end = sorted((start.at, other.at))
        stop = self._stops.get(start.pid, FOR_EVER)
        return stop <= end or any(since <= end and until >= begin for since, until in self._troubles[start.pid])

    def was_put_back(self, start: Started) -> bool:
        """Whether this attempt's own settlement made the job wait again, or may have done so."""
        found = [each for each in self.settlements[start.job] if each.fence == start.fence]
        is_known = any(each.answer != "lost" and each.outcome in PUT_BACK for each in found)
        return is_known or self.is_in_doubt(start)

    def is_in_doubt(self, start: Started) -> bool:
        """Whether the store may have written its end, which was no success, without anybody knowing.

        The process was killed soon after it, before it noted the answer; or the store was away, and when the end was
        sent once more somebody had begun the job again already.
        """
        ends = [each.at for each in self.ends[start.job] if _is_of(each, start) and each.how != "done"]
        answers = [each for each in self.settlements[start.job] if _is_of(each, start)]
        if not ends or not answers:
            return bool(ends) and ends[0] <= self.killed.get(start.pid, 0) <= ends[0] + 2 * AFTERMATH
        failures = self._settler_failures[start.pid]
        was_away = bisect_left(failures, ends[0]) < bisect_left(failures, answers[0].at)
        return was_away and answers[0].answer == "lost" and answers[0].outcome in PUT_BACK

    def was_disturbed(self, host: str) -> bool:
        """Whether the process of this host was killed, frozen or too slow."""
        return bool(self._troubles[process_of(host)])

    def was_told_to_end(self, pid: int) -> bool:
        return pid in self._stops

    def was_calm(self, since: int, until: int) -> bool:
        """Whether nothing was done to any process meanwhile, and none was in trouble."""
        return bisect_left(self._unrest, since) == bisect_left(self._unrest, until)

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
            found[frozen.pid].append((frozen.at, FOR_EVER if thawed is None else thawed + AFTERMATH))
        for pid, at in self.killed.items():
            found[pid].append((at, FOR_EVER))
        for dead in self.of(DeclaredDead):
            found[dead.pid].append((dead.at - AFTERMATH, dead.at + AFTERMATH))
        return found


def _is_of(record: Ended | Settled, start: Started) -> bool:
    return (record.fence, record.pid) == (start.fence, start.pid)


def process_of(host: str) -> int:
    """The process of a host, which its id names: `machine-pid-random`."""
    return int(host.rsplit("-", 2)[1])
