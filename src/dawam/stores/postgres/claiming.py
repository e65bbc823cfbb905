"""`claim`, `claim_parked` and `claim_suspect`: hand jobs to a host that is alive."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any
from uuid import UUID

from dawam.clock import Clock, to_microseconds
from dawam.ids import HostId
from dawam.jobs.record import ClaimedJob
from dawam.stores.postgres.bounds import Bounds
from dawam.stores.postgres.lane import Lane
from dawam.stores.postgres.statements import Statement
from dawam.stores.sql.database import Database
from dawam.stores.sql.ending import cancel_waiting
from dawam.stores.sql.place import Place


class Claimer:
    """Claims for the hosts of this process, and remembers which claims have jobs that still run."""

    def __init__(self, lane: Lane, statements: Mapping[str, Statement], application: str, clock: Clock | None) -> None:
        """`clock` stands in for the server's, in tests."""
        self._lane, self._statements, self._application, self._clock = lane, statements, application, clock
        self._bounds: defaultdict[str, Bounds] = defaultdict(Bounds)
        self._numbers = count(time.time_ns())  # larger than those of a claim that this host id ever made
        self._open: dict[int, _Claim] = {}
        """By the number that the id of a job is: those are compared quickly."""
        self._spent: defaultdict[HostId, list[int]] = defaultdict(list)

    async def ready(self, host: HostId, queues: Sequence[str], limit: int) -> list["Row"]:
        """The next rows of these queues, in the order of claims; those that have expired are among them."""
        served = list(dict.fromkeys(queues))
        if limit <= 0 or not served:
            return []
        if len(served) > 1:
            return await self._take("claim_queues", host, served, limit)
        bounds = self._bounds[served[0]]
        began = time.monotonic()
        spans = bounds.spans(began)
        is_full_look = bounds.is_full_look
        rows = await self._take("claim_ready", host, served[0], limit, *spans)
        if is_full_look:
            now = time.monotonic()
            bounds.looked(now, now - began)
        bounds.claimed(rows)
        return rows

    async def parked(self, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int) -> list["Row"]:
        if limit <= 0 or not queues or not known:
            return []
        return await self._take("claim_parked", host, list(queues), list(known), list(known.values()), limit)

    async def suspect(self, host: HostId, queues: Sequence[str], known: Mapping[str, int]) -> list["Row"]:
        if not queues or not known:
            return []
        return await self._take("claim_suspect", host, list(queues), list(known), list(known.values()))

    def look_again(self) -> None:
        """Jobs became ready that may sort before what was claimed: they were handed back, rescued, promoted."""
        for bounds in self._bounds.values():
            bounds.look_again()

    def settled(self, ids: Iterable[UUID]) -> None:
        """These are running no more; a claim all of whose jobs are through is forgotten soon."""
        for each in ids:
            claim = self._open.pop(each.int, None)
            if claim is not None:
                claim.left -= 1
                if claim.left == 0:
                    self._spent[claim.host].append(claim.number)

    async def forget_spent(self, host: HostId) -> None:
        """Removes the rows of claims that are through."""
        numbers, self._spent[host] = self._spent[host], []
        if numbers:
            await self._lane.fetch(self._statements["forget_claims"], [self._application, host, numbers])

    async def _take(self, statement: str, host: HostId, *parameters: Any) -> list["Row"]:
        stamp = None if self._clock is None else to_microseconds(self._clock.now())
        number = next(self._numbers)
        rows = await self._lane.fetch(
            self._statements[statement], [self._application, host, stamp, number, *parameters]
        )
        if rows:
            rows.sort()
            taken = [row[3].int for row in rows if not row[-1]]
            self._open.update(dict.fromkeys(taken, _Claim(host, number, len(taken))))
        return rows


Row = tuple[Any, ...]
"""What `claimed_columns` says: the fields of a `ClaimedJob`, with args as bytes, and whether it has expired."""


class _Claim:
    """One claim, and how many of its jobs still run."""

    __slots__ = ("host", "left", "number")

    def __init__(self, host: HostId, number: int, left: int) -> None:
        self.host, self.number, self.left = host, number, left


def claimed_job(row: Row) -> ClaimedJob:
    """From a row of a claim."""
    rank, attempt_count, run_at, job_id, fence, name, args, *rest = row
    try:
        text, is_hexadecimal = args.decode(), 0
    except UnicodeDecodeError:
        text, is_hexadecimal = args.hex(), 1
    return ClaimedJob(rank, attempt_count, run_at, job_id, fence, name, text, is_hexadecimal, *rest[:-1])


def is_expired(row: Row) -> bool:
    found: bool = row[-1]
    return found


def cancel_expired(db: Database, place: Place, rows: Sequence[Row]) -> None:
    """Ends jobs that wait and have expired, unless somebody else has done so meanwhile."""
    now = place.now()
    for row in rows:
        found = db.execute("claim_of", (row[3], place.application)).fetchone()
        if found is not None and found[0] != "running":
            cancel_waiting(db, place, row[3], now, "it expired before it could run")
