"""Where the next claim begins: behind what was claimed before, so that dead rows are not walked again.

Claimed rows leave dead entries at the head of the index until a vacuum can remove them, which an old snapshot somewhere
prevents for as long as it is open. A claim that begins at the head walks over all of them, each time. So the index is
seen as grades, each of equal rank and attempts, in which jobs come in order of their due time; and each grade begins a
little behind the last key that was claimed in it. What sorts before that (a job that was handed back, or one whose
transaction took long to commit) is found by a full look, every few seconds.
"""

from bisect import bisect, insort
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from dawam.stores.postgres.arrays import Ids, Numbers

_STEPPED_OVER = 200
"""Jobs of a grade before its last one that are looked at again by every claim: latecomers are mostly among them."""
_FULL_LOOK_EVERY = 2.0
_FULL_LOOK_SHARE = 20
"""A full look that took a second is not repeated for so many of them."""
_MOST_GRADES = 12
"""Beyond so many grades the shortest way is to begin with the first."""

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


class Bounds:
    """Of one queue. The moments are those of a clock that never steps, in seconds."""

    def __init__(self) -> None:
        self._grades: list[tuple[int, int]] = []
        self._claimed: dict[tuple[int, int], deque[tuple[Key, int]]] = {}
        """Of each grade the last key of each claim, and how many it took, the newest last."""
        self._next_full_look = self._earliest_full_look = 0.0
        self._is_asked = False
        """Whether a full look was asked for since the last one began."""

    def spans(self, now: float) -> list[Span]:
        """Where to look, in order: what lies before the first grade, and from the bound of each up to the next."""
        if now >= self._next_full_look:
            self._grades, self._claimed, self._is_asked = [], {}, False
        begins = [_BEGIN, *(self._claimed[grade][0][0] for grade in self._grades)]
        ends = [*((rank, attempts - 1) for rank, attempts in self._grades), _END]
        return list(zip(begins, ends, strict=True))

    @property
    def is_full_look(self) -> bool:
        """Whether the next claim looks at everything."""
        return not self._grades

    def looked(self, now: float, took: float) -> None:
        """A full look is over; the next one is due the later the longer it took."""
        self._earliest_full_look = now + _FULL_LOOK_SHARE * took
        usual = self._earliest_full_look if self._is_asked else now + _FULL_LOOK_EVERY
        self._next_full_look = max(usual, self._earliest_full_look)

    def claimed(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """What a claim took, in the order of claims; each row begins with its key."""
        begin = 0
        while begin < len(rows):
            grade = rows[begin][:2]
            # nearly always all of them are of one grade
            end = len(rows) if rows[-1][:2] == grade else bisect(rows, grade, begin, key=lambda row: row[:2])
            self._move(grade, rows[end - 1][:4], end - begin)
            begin = end

    def look_again(self) -> None:
        """Something became ready that may sort before what was claimed."""
        self._is_asked, self._next_full_look = True, self._earliest_full_look

    def _move(self, grade: Any, key: Any, count: int) -> None:
        taken = self._claimed.get(grade)
        if taken is None:
            if len(self._grades) >= _MOST_GRADES:
                return
            insort(self._grades, grade)
            # the grade is known from here on, and walked from its head until enough of it is claimed
            taken = self._claimed[grade] = deque([((*grade, _LEAST, _FIRST_ID), 0)])
        if key > taken[-1][0]:
            taken.append((key, count))
        left = sum(count for _, count in taken) - taken[0][1]
        while len(taken) > 1 and left - taken[1][1] >= _STEPPED_OVER:
            taken.popleft()
            left -= taken[0][1]


def strides(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans cut up where the rank changes.

    PostgreSQL ends its walk along an index when a condition on one column fails, if all columns before it are held to
    one value; not at the end of a comparison of rows, where it goes on to the end of the index, a million jobs away. So
    a stride lies within one rank, or holds all whose rank lies between two.
    """
    for begin, (end_rank, end_attempts) in spans:
        rank, attempts = begin[:2]
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
