"""`claim`, `claim_parked` and `claim_suspect`: hand jobs to a host that is alive."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from typing import Any
from uuid import UUID

from dawam.clock import Clock, to_microseconds
from dawam.ids import HostId
from dawam.jobs.record import ClaimedJob
from dawam.stores.postgres.arrays import Numbers, Texts
from dawam.stores.postgres.bounds import Bounds
from dawam.stores.postgres.link import Link
from dawam.stores.postgres.lookout import Lookout
from dawam.stores.postgres.statements import Statement
from dawam.stores.postgres.strides import stride_arrays, strides
from dawam.stores.sql.database import Database
from dawam.stores.sql.ending import cancel_waiting
from dawam.stores.sql.place import Place


class Claimer:
    """Claims for the hosts of this process, and remembers which claims have jobs that still run."""

    def __init__(
        self,
        link: Link,
        lookout: Lookout,
        statements: Mapping[str, Statement],
        application: str,
        clock: Clock | None,
    ) -> None:
        """`clock` stands in for the server's, in tests."""
        self._link, self._lookout = link, lookout
        self._statements, self._application, self._clock = statements, application, clock
        self._bounds: defaultdict[str, Bounds] = defaultdict(Bounds)
        self._numbers = count(time.time_ns())  # larger than those of a claim that this host id ever made
        self._open: dict[tuple[int, int], _Claim] = {}
        """By the number that the id of a job is (those are compared quickly) and the fence."""
        self._spent: defaultdict[HostId, list[int]] = defaultdict(list)

    async def ready(self, host: HostId, queues: Sequence[str], limit: int) -> list["Row"]:
        """The next rows of these queues, in the order of claims; those that have expired are among them."""
        served = list(dict.fromkeys(queues))
        if limit <= 0 or not served:
            return []
        if len(served) == 1:
            return await self._looked("claim_ready", host, served, limit)
        rows = await self._looked("claim_queues", host, served, limit)
        # others took some of what was seen; what has expired would be seen again, until it is cancelled
        while rows and len(rows) < limit and not any(map(is_expired, rows)):
            more = await self._looked("claim_queues", host, served, limit - len(rows))
            if not more:
                break
            rows += more
        rows.sort()
        return rows

    async def _looked(self, statement: str, host: HostId, queues: Sequence[str], limit: int) -> list["Row"]:
        """Claims behind the bounds of these queues, and moves them."""
        bounds = [self._bounds[queue] for queue in queues]
        for queue, each in zip(queues, bounds, strict=True):
            await self._lookout.look(queue, each)
        parts = [list(strides(each.spans())) for each in bounds]
        named = Texts([queue for queue, part in zip(queues, parts, strict=True) for _ in part])
        whose = [queues[0]] if statement == "claim_ready" else [named]
        rows = await self._take(statement, host, *whose, limit, *stride_arrays(list(chain.from_iterable(parts))))
        is_all = len(rows) < limit
        if len(queues) == 1:
            bounds[0].claimed(rows, is_all=is_all)
        else:
            for queue, each in zip(queues, bounds, strict=True):
                each.claimed([row for row in rows if row[_QUEUE] == queue], is_all=is_all)
        return rows

    async def parked(self, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int) -> list["Row"]:
        if limit <= 0 or not queues or not known:
            return []
        return await self._take("claim_parked", host, Texts(queues), Texts(known), Numbers(known.values()), limit)

    async def suspect(self, host: HostId, queues: Sequence[str], known: Mapping[str, int]) -> list["Row"]:
        if not queues or not known:
            return []
        return await self._take("claim_suspect", host, Texts(queues), Texts(known), Numbers(known.values()))

    async def close(self) -> None:
        """Ends what is under way beside the claims."""
        await self._lookout.close()

    def look_again(self) -> None:
        """Jobs became ready that may sort before what was claimed: they were handed back, rescued, promoted."""
        for bounds in list(self._bounds.values()):  # it may be another thread that says so
            bounds.look_again()

    def settled(self, ended: Iterable[tuple[UUID, int]]) -> None:
        """These are running under that fence no more; a claim all of whose jobs are through is forgotten soon."""
        for job_id, fence in ended:
            claim = self._open.pop((job_id.int, fence), None)
            if claim is not None:
                claim.left -= 1
                if claim.left == 0:
                    self._spent[claim.host].append(claim.number)

    async def _take(self, statement: str, host: HostId, *parameters: Any) -> list["Row"]:
        stamp = None if self._clock is None else to_microseconds(self._clock.now())
        number = next(self._numbers)
        spent = self._spent.pop(host, [])
        common = [self._application, host, stamp, number, Numbers(spent)]
        rows = await self._link.fetch(self._statements[statement], [*common, *parameters])
        if rows:
            rows.sort()
            taken = [(row[3].int, row[4]) for row in rows if not row[-1]]
            self._open.update(dict.fromkeys(taken, _Claim(host, number, len(taken))))
        return rows


_QUEUE = 9
"""Where the queue stands in a row."""
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
    """Ends jobs that wait and have expired, unless somebody has claimed, ended or prolonged them meanwhile."""
    now = place.now()
    for row in rows:
        if db.execute("hold_expired", (row[3], place.application, now)).fetchone() is not None:
            cancel_waiting(db, place, row[3], now, "it expired before it could run")
