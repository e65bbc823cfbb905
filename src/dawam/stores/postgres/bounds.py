"""Where the next claim begins: behind what was claimed before, so that dead rows are not walked again.

Claimed rows leave dead entries at the head of the index until a vacuum can remove them, which an old snapshot somewhere
prevents for as long as it is open. A claim that begins at the head walks over all of them, each time. So the index is
seen as grades, each of equal rank and attempts, in which jobs come in order of their due time; and each grade begins a
little behind the last key that was claimed in it. What sorts before that (a job that was handed back, or one whose
transaction took long to commit) is late: a look of its own finds it, and the next claim takes it by its id. A look
walks over dead rows as well: where that takes long it is made seldom, and in between only what was claimed last is
looked at, where nearly all that is late lies.
"""

from bisect import bisect, insort
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

_STEPPED_OVER = 200
"""Jobs of a grade before its last one that are looked at again by every claim: latecomers are mostly among them."""
_HEAD_START = 5_000_000
"""Where walking from the head of a grade is slow, it begins so many microseconds before the first job found in it."""
_NEAR = 10_000
"""Jobs of a grade before where claims begin that a short look is for."""
_LOOK_EVERY = 2.0
_SHORT_SHARE, _LONG_SHARE = 20, 100
"""A look that took a second is not repeated for so many of them: one that ends soon, and one that reads much."""
_SLOW = 0.02
"""Seconds of a look at everything for which no claim should wait."""
_MOST_GRADES = 12
"""Of more than so many the one in which nothing was claimed for longest is walked from its head."""
MOST_LATE = 100
"""If a grade has so many late jobs, claims begin with the first of them."""

Key = tuple[int, int, int, UUID]
"""Rank, attempts, due time, id: the order of claims."""
Span = tuple[Key, tuple[int, int]]
"""Behind which key, and up to which rank and attempts."""
_FIRST_ID, _LAST_ID = UUID(int=0), UUID(int=2**128 - 1)
_LEAST, MOST = -(2**62), 2**62
FIRST_OF_A_RANK = (_LEAST, _LEAST, _FIRST_ID)
_LEAST_RANK, _MOST_RANK = -(2**15), 2**15 - 1
"""Which no job has."""
_BEGIN, _END = (_LEAST_RANK, MOST, MOST, _LAST_ID), (_MOST_RANK, -1)
_NO_FURTHER = (_LEAST_RANK, -1)
"""The end of a span that is one late job."""


class Look(NamedTuple):
    """One that is to be made: in each grade from behind one key up to another."""

    is_long: bool
    """Whether it is at everything, and not only at what was claimed last."""
    is_beside: bool
    """Whether it may take so long that no claim should wait for it."""
    ranges: list[tuple[Key, Key]]


class Bounds:
    """Of one queue. The moments are those of a clock that never steps, in seconds."""

    def __init__(self) -> None:
        self._order: list[tuple[int, int]] = []
        self._grades: dict[tuple[int, int], _Grade] = {}
        """The one in which was claimed last comes last."""
        self._late: dict[UUID, Key] = {}
        self._tried: list[UUID] = []
        """The late jobs that the last claim was told of."""
        self._long, self._short = _Pace(), _Pace()
        """Of looks at everything, and of those at what was claimed last."""
        self._is_slow = False
        """Whether the last look at everything took so long that no claim should wait for the next."""

    def spans(self) -> list[Span]:
        """Where to look, in order: what lies before the first grade, and from the bound of each up to the next; and
        the late jobs."""
        begins = [_BEGIN, *(self._grades[grade].begin for grade in self._order)]
        ends = [*((rank, attempts - 1) for rank, attempts in self._order), _END]
        spans = list(zip(begins, ends, strict=True))
        self._tried = list(self._late)
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
        if self._late:  # where there was no more, somebody else has taken what was tried and is not among them
            for job_id in self._tried if is_all else [row[3] for row in rows]:
                self._late.pop(job_id, None)

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

    def next_look(self, now: float) -> Look | None:
        """The look that it is time for now; it is under way from here on."""
        if not self._order:
            return None
        grades = [self._grades[grade] for grade in self._order]
        if self._long.is_due(now):
            self._long.begins()
            return Look(True, self._is_slow, [(each.head, each.look_until) for each in grades])
        if self._is_slow and self._short.is_due(now):
            self._short.begins()
            return Look(False, False, [(each.near, each.begin) for each in grades])
        return None

    def look_ended(self, look: Look, now: float, took: float, late: Sequence[Key]) -> None:
        """What was found, in order, at most `MOST_LATE` of each grade."""
        if look.is_long:
            self._is_slow = took > _SLOW
            self._long.ended(now, took, _LONG_SHARE if self._is_slow else _SHORT_SHARE)
        else:
            self._short.ended(now, took, _SHORT_SHARE)
        for key, grade in self._grades.items():
            of_grade = [each for each in late if each[:2] == key]
            if len(of_grade) >= MOST_LATE:
                grade.go_back(of_grade[0])
            elif look.is_long and self._is_slow:
                grade.leave_head()
        if look.is_long:
            self._late.clear()
        self._late.update({key[3]: key for key in late if not self._is_claimed_anyway(key)})

    def _is_claimed_anyway(self, key: Key) -> bool:
        grade = self._grades.get(key[:2])
        return grade is None or key > grade.begin

    def look_again(self) -> None:
        """Something became ready that may sort before what was claimed."""
        self._long.again()
        self._short.again()


class _Pace:
    """When one kind of look is due: the later the longer the last one took, and sooner where somebody asks for it."""

    def __init__(self) -> None:
        self._next = self._earliest = 0.0
        self._is_asked = self._is_under_way = False

    def is_due(self, now: float) -> bool:
        return now >= self._next and not self._is_under_way

    def begins(self) -> None:
        self._is_asked, self._is_under_way = False, True

    def ended(self, now: float, took: float, share: int) -> None:
        self._is_under_way = False
        self._earliest = now + share * took
        # what somebody asked for meanwhile may have come too late for the one that is over
        self._next = self._earliest if self._is_asked else max(now + _LOOK_EVERY, self._earliest)

    def again(self) -> None:
        self._is_asked, self._next = True, self._earliest


class _Grade:
    """Where claims begin in one grade: at its head at first, and then behind all but the last that were claimed."""

    __slots__ = ("_before", "_claims", "_count", "_count_before", "_first", "begin", "head")

    def __init__(self, first: Key) -> None:
        """`first` is the first job that was found in it."""
        rank, attempts, moment, _ = first
        self.head: Key = (rank, attempts, _LEAST, _FIRST_ID)
        self.begin = self.head
        self._first: Key = (rank, attempts, moment - _HEAD_START, _FIRST_ID)
        self._claims: deque[tuple[Key, int]] = deque()
        """The last key of each claim, and how many it took, the newest last."""
        self._count = 0
        self._before: deque[tuple[Key, int]] = deque()
        """The same of claims before `begin`, for short looks."""
        self._count_before = 0

    def claimed(self, last: Key, count: int) -> None:
        """A claim took so many, up to this one."""
        claims = self._claims
        if not claims or last > claims[-1][0]:
            claims.append((last, count))
            self._count += count
        while self._count - claims[0][1] >= _STEPPED_OVER:
            self.begin, passed = claims.popleft()
            self._count -= passed
            self._before.append((self.begin, passed))
            self._count_before += passed
        before = self._before
        while len(before) > 1 and self._count_before - before[0][1] - before[1][1] >= _NEAR:
            self._count_before -= before.popleft()[1]

    @property
    def near(self) -> Key:
        """Where a short look begins."""
        return self._before[0][0] if self._before else self.begin

    @property
    def look_until(self) -> Key:
        """The last key that a look is for; all before it was looked at once."""
        return max(self.begin, self._first)

    def leave_head(self) -> None:
        """The way from the head is long."""
        self.begin = self.look_until

    def go_back(self, late: Key) -> None:
        rank, attempts, moment, _ = late
        self.begin = (rank, attempts, moment - 1, _FIRST_ID)
        self._claims.clear()
        self._before.clear()
        self._count = self._count_before = 0
