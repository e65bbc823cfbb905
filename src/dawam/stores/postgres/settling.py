"""`settle`: writes how attempts ended, each guarded by its fence."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from dawam.clock import to_microseconds
from dawam.jobs.outcome import SettleAnswer, Settlement, Succeeded
from dawam.stores.postgres.arrays import Ids, Numbers, Texts
from dawam.stores.postgres.link import Link
from dawam.stores.postgres.statements import Statement

_SettleEach = Callable[[Sequence[Settlement]], Awaitable[list[SettleAnswer]]]
_by_id = attrgetter("id.int")


class Ends:
    """The quick way for what nearly every settlement is: the job succeeded, and brings no others along.

    All of them are one statement; so are those rows that it did not find, whose answer takes a closer look.
    """

    def __init__(
        self,
        link: Link,
        statements: Mapping[str, Statement],
        application: str,
        settle_each: _SettleEach,
        *,
        keeps: bool,
    ) -> None:
        """`settle_each` judges and writes settlements of every kind, one by one. `keeps`: successes become history."""
        self._link, self._application, self._settle_each, self._keeps = link, application, settle_each, keeps
        self._statement = statements["end_kept" if keeps else "end_removed"]

    async def settle(self, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
        plain = [each for each in settlements if isinstance(each.outcome, Succeeded) and not each.new_jobs]
        if len(plain) < len(settlements) and len({each.id for each in settlements}) < len(settlements):
            plain = []  # of two ends of one job the first counts, so they are written in order
        done = await self._ended(plain) if plain else set[int]()
        if len(done) == len(settlements):
            return [SettleAnswer.ACCEPTED] * len(settlements)
        rest = [each for each in settlements if id(each) not in done]
        answers = iter(await self._settle_each(rest))
        return [SettleAnswer.ACCEPTED if id(each) in done else next(answers) for each in settlements]

    async def _ended(self, successes: list[Settlement]) -> set[int]:
        """Ends jobs that succeeded, and answers which of these settlements were accepted, by `id()`."""
        successes.sort(key=_by_id)  # in one order everywhere, so that nobody waits for each other
        ids, fences = Ids([each.id for each in successes]), Numbers([each.fence for each in successes])
        parameters: list[Any] = [self._application, ids, fences]
        if self._keeps:
            parameters += [Numbers([to_microseconds(each.ended_at) for each in successes]), *_said(successes)]
        ((their_ids, their_fences),) = await self._link.fetch(self._statement, parameters)
        if their_ids is None:
            return set(map(id, successes))
        accepted, done = set(zip(their_ids, their_fences, strict=True)), set[int]()
        for each in successes:
            if (each.id, each.fence) in accepted:
                accepted.remove((each.id, each.fence))  # of two that say the same the first one did it
                done.add(id(each))
        return done


def _said(successes: Sequence[Settlement]) -> tuple[Texts | None, Texts | None]:
    """Their results and their progress; None where nobody says any."""
    results = [_result(each) for each in successes]
    progress = [each.progress for each in successes]
    return _unless_all_none(results), _unless_all_none(progress)


def _result(success: Settlement) -> str | None:
    outcome = success.outcome
    return outcome.result.decode() if isinstance(outcome, Succeeded) and outcome.result is not None else None


def _unless_all_none(texts: list[str | None]) -> Texts | None:
    return None if texts.count(None) == len(texts) else Texts(texts)
