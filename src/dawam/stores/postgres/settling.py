"""`settle`: writes how attempts ended, each guarded by its fence."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Any

from dawam.clock import Clock, to_microseconds
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
from dawam.stores.postgres.arrays import Ids, Numbers, Texts
from dawam.stores.postgres.link import Link
from dawam.stores.postgres.statements import Statement
from dawam.stores.values import Retention

_SettleEach = Callable[[Sequence[Settlement]], Awaitable[list[SettleAnswer]]]
_Write = Callable[[Sequence[Settlement]], Awaitable[set[int]]]
"""Writes some ends in one statement, and answers which were accepted, by `id()`."""
_by_id = attrgetter("id.int")


class Ends:
    """The quick way: all that succeeded are one statement, all that failed another, and all that are put back a third.

    What is left takes a closer look: rows that a statement did not find, and ends that bring other jobs along.
    """

    def __init__(
        self,
        link: Link,
        statements: Mapping[str, Statement],
        application: str,
        retention: Retention,
        clock: Clock | None,
        settle_each: _SettleEach,
    ) -> None:
        """`settle_each` judges and writes settlements of every kind, one by one. `clock`: see `PostgresStore`."""
        self._link, self._statements, self._application = link, statements, application
        self._retention, self._clock, self._settle_each = retention, clock, settle_each

    async def settle(self, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
        ends = sorted(settlements, key=_by_id)  # in one order everywhere, so that nobody waits for each other
        others = [each for each in ends if not isinstance(each.outcome, Succeeded) or each.new_jobs]
        if others and len({each.id for each in ends}) < len(ends):
            return await self._settle_each(settlements)  # of two ends of one job the first counts
        # successes come last: of one that is not kept nobody could tell, if what follows failed, that it was written
        answers = await self._answers(others, self._otherwise) if others else {}
        answers |= await self._answers([each for each in ends if id(each) not in answers], self._succeeded)
        return [answers[id(each)] for each in settlements]

    async def _answers(self, ends: Sequence[Settlement], write: _Write) -> dict[int, SettleAnswer]:
        """Writes all of them at once, and has a closer look at the rest; the answers by `id()`."""
        accepted = await write(ends)
        answers = dict.fromkeys(accepted, SettleAnswer.ACCEPTED)
        if len(accepted) < len(ends):
            rest = [each for each in ends if id(each) not in accepted]
            answers.update(zip(map(id, rest), await self._settle_each(rest), strict=True))
        return answers

    async def _otherwise(self, ends: Sequence[Settlement]) -> set[int]:
        """Writes those that bring no other jobs along."""
        alone = [each for each in ends if not each.new_jobs]
        done = await self._put_back([each for each in alone if isinstance(each.outcome, _Back)])
        return done | await self._failed([each for each in alone if self._is_kept(each.outcome)])

    def _is_kept(self, outcome: Outcome) -> bool:
        """Whether it ends a job without success, and such are kept."""
        match outcome:
            case Failed():
                return self._retention.failed != timedelta(0)
            case Cancelled():
                return self._retention.cancelled != timedelta(0)
            case _:
                return False

    async def _succeeded(self, ends: Sequence[Settlement]) -> set[int]:
        if self._retention.succeeded == timedelta(0):
            return await self._accepted("end_removed", ends)
        return await self._accepted("end_kept", ends, _ended_at(ends), _results(ends), _progress(ends))

    async def _failed(self, ends: Sequence[Settlement]) -> set[int]:
        states = Texts(["failed" if isinstance(each.outcome, Failed) else "cancelled" for each in ends])
        times = (_started_at(ends), _ended_at(ends))
        return await self._accepted(
            "end_failed", ends, states, _charges(ends, Failed), *times, *_errors(ends), _progress(ends)
        )

    async def _put_back(self, ends: Sequence[Settlement]) -> set[int]:
        stamp = None if self._clock is None else to_microseconds(self._clock.now())
        places = Texts([_PLACES.get(type(each.outcome)) for each in ends])
        counts = (_charges(ends, Retrying), _charges(ends, Snoozed))
        times = (_started_at(ends), _ended_at(ends), _due_at(ends))
        return await self._accepted("put_back", ends, places, *counts, *times, *_errors(ends), _progress(ends), stamp)

    async def _accepted(self, statement: str, ends: Sequence[Settlement], *more: Any) -> set[int]:
        """Writes these, and answers which of them were found running under their fence, by `id()`."""
        if not ends:
            return set()
        ids, fences = Ids([each.id for each in ends]), Numbers([each.fence for each in ends])
        parameters = [self._application, ids, fences, *more]
        ((their_ids, their_fences),) = await self._link.fetch(self._statements[statement], parameters)
        if their_ids is None:
            return set(map(id, ends))
        accepted, done = set(zip(their_ids, their_fences, strict=True)), set[int]()
        for each in ends:
            if (each.id, each.fence) in accepted:
                accepted.remove((each.id, each.fence))  # of two that say the same the first one did it
                done.add(id(each))
        return done


_Back = Retrying | Snoozed | Parked | HandedBack
_PLACES: Mapping[type[Outcome], str] = {Parked: "parked", HandedBack: "ready"}
"""Where a job goes, unless that depends on when it is due."""


def _started_at(ends: Iterable[Settlement]) -> Numbers:
    return Numbers([to_microseconds(each.started_at) for each in ends])


def _ended_at(ends: Iterable[Settlement]) -> Numbers:
    return Numbers([to_microseconds(each.ended_at) for each in ends])


def _due_at(ends: Iterable[Settlement]) -> Numbers:
    """Zero for those that leave it as it is."""
    outcomes = [each.outcome for each in ends]
    return Numbers([to_microseconds(each.run_at) if isinstance(each, Retrying | Snoozed) else 0 for each in outcomes])


def _charges(ends: Iterable[Settlement], kind: type[Outcome]) -> Numbers:
    """One for each outcome of that kind."""
    return Numbers([int(isinstance(each.outcome, kind)) for each in ends])


def _results(ends: Iterable[Settlement]) -> Texts | None:
    outcomes = [each.outcome for each in ends]
    return _unless_all_none(
        [each.result.decode() if isinstance(each, Succeeded) and each.result is not None else None for each in outcomes]
    )


def _progress(ends: Iterable[Settlement]) -> Texts | None:
    return _unless_all_none([each.progress for each in ends])


def _errors(ends: Iterable[Settlement]) -> Iterator[Texts]:
    """Of all of them the types, the messages, the tracebacks and the fingerprints."""
    for column in zip(*(_error(each.outcome) for each in ends), strict=True):
        yield Texts(column)


def _error(outcome: Outcome) -> tuple[str | None, ...]:
    match outcome:
        case Failed(error) | Retrying(error=error):
            return error.type, error.message, error.traceback, error.fingerprint or None
        case Cancelled(reason):
            return "Cancelled", reason or None, None, None  # one without a reason leaves the last error as it is
        case Parked(reason):
            return "Parked", reason, None, None
        case _:
            return None, None, None, None


def _unless_all_none(texts: list[str | None]) -> Texts | None:
    return None if texts.count(None) == len(texts) else Texts(texts)
