"""Nothing is said of a completion before the store knows; nobody else waits for that, and no outage loses it."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import pytest

from dawam.errors import StoreUnavailableError
from dawam.events.lifecycle import CompletionLeftOpen, LifecycleEvents, ServiceFailed
from dawam.host import completions as completions_module
from dawam.host.completions import Completions
from dawam.stores.values import CompletionAnswer
from tests.support.applications import until
from tests.support.claims import claimed

COMMITTED, NOT_COMMITTED, OPEN = CompletionAnswer.COMMITTED, CompletionAnswer.NOT_COMMITTED, CompletionAnswer.OPEN
AWAY = StoreUnavailableError("the server is away")


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions_module, "_LONGEST_WAIT", 0.02)


class Shelf:
    """In the store's place: answers as told, and with the last of it from then on."""

    database = "shelf"

    def __init__(self, *answers: CompletionAnswer | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[UUID, int]] = []

    def completion_statements(self, success: object) -> None: ...

    async def completion_of(self, job_id: UUID, fence: int) -> CompletionAnswer:
        self.asked.append((job_id, fence))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def over(shelf: Shelf, events: LifecycleEvents | None = None) -> Completions:
    return Completions(shelf, events or LifecycleEvents())  # type: ignore[arg-type]


@pytest.mark.parametrize(("answer", "is_committed"), [(COMMITTED, True), (NOT_COMMITTED, False)])
async def test_what_the_store_knows_is_handed_on_and_the_claim_is_held_until_then(
    answer: CompletionAnswer, is_committed: bool
) -> None:
    shelf, known, job = Shelf(answer), list[bool](), claimed(fence=3)
    completions = over(shelf)
    completions.find_out(job, known.append)
    assert (completions.claims(), known) == ({(job.id, 3)}, [])
    await completions.all_known()
    assert (completions.claims(), known, shelf.asked) == (set(), [is_committed], [(job.id, 3)])


async def test_it_asks_again_while_the_transaction_is_open() -> None:
    shelf, known = Shelf(OPEN, OPEN, COMMITTED), list[bool]()
    completions = over(shelf)
    completions.find_out(claimed(), known.append)
    await completions.all_known()
    assert (known, len(shelf.asked)) == ([True], 3)


async def test_one_that_stays_open_is_told_of_once_and_delays_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions_module, "_WARN_AFTER", 0.05)
    events, told, known, forgotten = LifecycleEvents(), list[CompletionLeftOpen](), list[str](), claimed()
    events.subscribe(CompletionLeftOpen, told.append)

    class TwoKinds(Shelf):
        async def completion_of(self, job_id: UUID, fence: int) -> CompletionAnswer:
            self.asked.append((job_id, fence))
            return OPEN if job_id == forgotten.id else COMMITTED

    shelf = TwoKinds(OPEN)
    completions = over(shelf, events)
    completions.find_out(forgotten, lambda _: known.append("forgotten"))
    await until(lambda: bool(told))
    asked = len(shelf.asked)
    completions.find_out(claimed(), lambda _: known.append("other"))
    await until(lambda: len(shelf.asked) > asked + 3)
    assert (known, [each.job for each in told]) == (["other"], [forgotten])
    assert not completions.is_behind
    await completions.stop()
    assert known == ["other"]


async def test_while_the_store_is_away_it_is_behind_and_asks_on() -> None:
    events, failures, known = LifecycleEvents(), list[ServiceFailed](), list[bool]()
    events.subscribe(ServiceFailed, failures.append)
    shelf = Shelf(AWAY)
    completions = over(shelf, events)
    completions.find_out(claimed(), known.append)
    await until(lambda: len(failures) >= 2)
    assert (completions.is_behind, known) == (True, [])
    assert [(each.service, each.error, each.failure_count) for each in failures[:2]] == [
        ("settler", AWAY, 1),
        ("settler", AWAY, 2),
    ]
    shelf.answers = [COMMITTED]
    await completions.all_known()
    assert (completions.is_behind, known) == (False, [True])


async def test_stopping_forgets_what_is_not_known() -> None:
    known: list[bool] = []
    then: Callable[[bool], None] = known.append
    completions = over(Shelf(OPEN))
    completions.find_out(claimed(), then)
    await asyncio.sleep(0)
    await completions.stop()
    await completions.stop()
    assert (completions.claims(), known) == (set(), [])
