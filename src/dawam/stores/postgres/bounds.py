"""Where the next claim begins: behind what was claimed before, so that dead rows are not walked again.

Claimed rows leave dead entries at the head of the index until a vacuum can remove them, which an old snapshot somewhere
prevents for as long as it is open. A claim that begins at the head walks over all of them, each time. So the index is
seen as grades, each of equal rank and attempts, in which jobs come in order of their due time; and each grade begins a
little behind the last key that was claimed in it. What sorts before that (a job that was handed back, or one whose
transaction took long to commit) is late: a look of its own finds it, every few seconds, and the next claim takes it by
its id.
"""

from bisect import bisect, insort
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from dawam.stores.postgres.arrays import Ids, Numbers

_STEPPED_OVER = 200
"""Jobs of a grade before its last one that are looked at again by every claim: latecomers are mostly among them."""
_HEAD_START = 5_000_000
"""Where walking from the head of a grade is slow, it begins so many microseconds before the first job found in it."""
_LOOK_EVERY = 2.0
_LOOK_SHARE = 20
"""A look for late jobs that took a second is not repeated for so many of them."""
_SLOW = 0.02
"""Seconds of a look for which no claim should wait."""
_MOST_GRADES = 12
"""Of more than so many the one in which nothing was claimed for longest is walked from its head."""
MOST_LATE = 100
"""If a grade has so many late jobs, claims begin with the first of them."""

Key = tuple[int, int, int, UUID]
"""Rank, attempts, due time, id: the order of claims."""
Span = tuple[Key, tuple[int, int]]
"""Behind which key, and up to which rank and attempts."""
_FIRST_ID, _LAST_ID = UUID(int=0), UUID(int=2**128 - 1)
_LEAST, _MOST = -(2**62), 2**62
_FIRST_OF_A_RANK = (_LEAST, _LEAST, _FIRST_ID)
_LEAST_RANK, _MOST_RANK = -(2**15), 2**15 - 1
"""Which no job has."""
_BEGIN, _END = (_LEAST_RANK, _MOST, _MOST, _LAST_ID), (_MOST_RANK, -1)
_NO_FURTHER = (_LEAST_RANK, -1)
"""The end of a span that is one late job."""


class Bounds:
    """Of one queue. The moments are those of a clock that never steps, in seconds."""

    def __init__(self) -> None:
        self._order: list[tuple[int, int]] = []
        self._grades: dict[tuple[int, int], _Grade] = {}
        """The one in which was claimed last comes last."""
        self._late: dict[UUID, Key] = {}
        self._next_look = self._earliest_look = 0.0
        self._is_asked = self._is_looking = False
        """Whether a look was asked for since the last one began, and whether one is under way."""
        self.is_slow_to_look = False
        """Whether the last look took so long that the next one should not hold up a claim."""

    def spans(self) -> list[Span]:
        """Where to look, in order: what lies before the first grade, and from the bound of each up to the next; and
        the late jobs."""
        begins = [_BEGIN, *(self._grades[grade].begin for grade in self._order)]
        ends = [*((rank, attempts - 1) for rank, attempts in self._order), _END]
        spans = list(zip(begins, ends, strict=True))
        if self._late:
            spans = sorted([*spans, *((key, _NO_FURTHER) for key in self._late.values())])
        return spans

    def claimed(self, rows: Sequence[tuple[Any, ...]], *, is_all: bool) -> None:
        """What a claim took, in the order of claims; each row begins with its key. `is_all`: there was no more."""
        begin = 0
        while begin < len(rows):
            grade = rows[begin][:2]
            # nearly always all of them are of one grade
            end = len(rows) if rows[-1][:2] == grade else bisect(rows, grade, begin, key=lambda row: row[:2])
            self._move(grade, rows[begin][:4], rows[end - 1][:4], end - begin)
            begin = end
        if is_all:  # whatever is late and was not among them, somebody else has taken
            self._late.clear()
        elif self._late:
            for row in rows:
                self._late.pop(row[3], None)

    def _move(self, grade: Any, first: Key, last: Key, count: int) -> None:
        moved = self._grades.pop(grade, None)
        if moved is None:
            if len(self._order) >= _MOST_GRADES:
                forgotten = next(iter(self._grades))
                del self._grades[forgotten]
                self._order.remove(forgotten)
            insort(self._order, grade)
            moved = _Grade(first)
        self._grades[grade] = moved
        moved.claimed(last, count)

    # -- looking for late jobs

    def is_look_due(self, now: float) -> bool:
        """Whether it is time for one, and there is anything that claims do not look at."""
        return now >= self._next_look and bool(self._order) and not self._is_looking

    def look_begins(self) -> list[Key]:
        """Where to look: from the head of each grade to this key."""
        self._is_asked, self._is_looking = False, True
        return [self._grades[grade].look_until for grade in self._order]

    def look_ended(self, now: float, took: float, late: Sequence[Key]) -> None:
        """What was found, in order, at most `MOST_LATE` of each grade. The next look is due the later the longer this
        one took."""
        self._is_looking, self.is_slow_to_look = False, took > _SLOW
        self._earliest_look = now + _LOOK_SHARE * took
        usual = self._earliest_look if self._is_asked else now + _LOOK_EVERY
        self._next_look = max(usual, self._earliest_look)
        for key, grade in self._grades.items():
            grade.looked([each for each in late if each[:2] == key], is_slow=self.is_slow_to_look)
        self._late = {key[3]: key for key in late if not self._is_claimed_anyway(key)}

    def _is_claimed_anyway(self, key: Key) -> bool:
        grade = self._grades.get(key[:2])
        return grade is None or key > grade.begin

    def look_again(self) -> None:
        """Something became ready that may sort before what was claimed."""
        self._is_asked, self._next_look = True, self._earliest_look


class _Grade:
    """Where claims begin in one grade: at its head at first, and then behind all but the last that were claimed."""

    __slots__ = ("_claims", "_count", "_first", "begin")

    def __init__(self, first: Key) -> None:
        """`first` is the first job that was found in it."""
        rank, attempts, moment, _ = first
        self.begin: Key = (rank, attempts, _LEAST, _FIRST_ID)
        self._first: Key = (rank, attempts, moment - _HEAD_START, _FIRST_ID)
        self._claims: deque[tuple[Key, int]] = deque()
        """The last key of each claim, and how many it took, the newest last."""
        self._count = 0

    def claimed(self, last: Key, count: int) -> None:
        """A claim took so many, up to this one."""
        claims = self._claims
        if not claims or last > claims[-1][0]:
            claims.append((last, count))
            self._count += count
        while self._count - claims[0][1] >= _STEPPED_OVER:
            self.begin, passed = claims.popleft()
            self._count -= passed

    @property
    def look_until(self) -> Key:
        """The last key that a look is for; all before it was looked at once."""
        return max(self.begin, self._first)

    def looked(self, late: Sequence[Key], *, is_slow: bool) -> None:
        """What a look found in this grade, in order; and whether the way from its head is long."""
        if len(late) >= MOST_LATE:
            self._go_back(late[0])
        elif is_slow:
            self.begin = self.look_until

    def _go_back(self, late: Key) -> None:
        rank, attempts, moment, _ = late
        self.begin = (rank, attempts, moment - 1, _FIRST_ID)
        self._claims.clear()
        self._count = 0


def strides(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans cut up where the rank changes.

    PostgreSQL ends its walk along an index when a condition on one column fails, if all columns before it are held to
    one value; not at the end of a comparison of rows, where it goes on to the end of the index, a million jobs away. So
    a stride lies within one rank, or holds all whose rank lies between two, or is one job.
    """
    for begin, (end_rank, end_attempts) in spans:
        rank, attempts = begin[:2]
        if rank > end_rank:
            yield begin, (end_rank, end_attempts)
        if rank < end_rank:
            if attempts < _MOST:
                yield begin, (rank, _MOST)
            if rank + 1 < end_rank:
                yield begin, (end_rank, 0)
            begin = (end_rank, *_FIRST_OF_A_RANK)
        if end_attempts >= begin[1] and end_attempts >= 0:
            yield begin, (end_rank, end_attempts)


def stride_arrays(cut: Sequence[Span]) -> list[Any]:
    """Strides as the parameters of claims: four arrays of what their keys are made of, and two of their ends."""
    ranks, attempts, moments, ids = zip(*(begin for begin, _ in cut), strict=True)
    ends = zip(*(end for _, end in cut), strict=True)
    return [Numbers(ranks), Numbers(attempts), Numbers(moments), Ids(ids), *map(Numbers, ends)]
