"""The checker finds what is wrong: each history here is right but for one record."""

from pathlib import Path
from uuid import UUID

import pytest

from dawam.jobs.priority import Priority
from tests.faults.checker import Kind, violations
from tests.faults.history import (
    Continued,
    DeclaredDead,
    Doubted,
    Ended,
    Enqueued,
    Frozen,
    History,
    Kept,
    Killed,
    Record,
    Serving,
    Settled,
    Started,
    Stopped,
    Troubled,
    Underway,
    read_history,
)

SECOND = 1_000_000_000
JOB, OTHER = UUID(int=1), UUID(int=2)
SHOP, FIRST, SECOND_HOST = 10, 11, 12
FIRST_ID, SECOND_ID = "machine-11-aa", "machine-12-bb"


def at(seconds: float) -> int:
    return int(seconds * SECOND)


def enqueued(when: float = 0, job: UUID = JOB, priority: Priority = Priority.NORMAL) -> Record:
    return Enqueued(at=at(when), pid=SHOP, job=job, priority=priority)


def started(when: float, fence: int, pid: int = FIRST, job: UUID = JOB) -> Record:
    return Started(at=at(when), pid=pid, job=job, fence=fence, host=FIRST_ID if pid == FIRST else SECOND_ID)


def underway(when: float, fence: int, pid: int = FIRST) -> Record:
    return Underway(at=at(when), pid=pid, job=JOB, fence=fence)


def ended(when: float, fence: int, pid: int = FIRST, how: str = "done", job: UUID = JOB) -> Record:
    return Ended(at=at(when), pid=pid, job=job, fence=fence, how=how)  # type: ignore[arg-type]


def settled(when: float, fence: int, pid: int = FIRST, outcome: str = "Succeeded", answer: str = "accepted") -> Record:
    return Settled(at=at(when), pid=pid, job=JOB, fence=fence, outcome=outcome, answer=answer)  # type: ignore[arg-type]


def kept(state: str = "succeeded", fence: int = 1, job: UUID = JOB, **counts: object) -> Record:
    return Kept(at=at(99), pid=SHOP, job=job, state=state, fence=fence, **counts)  # type: ignore[arg-type]


def killed(when: float, pid: int = FIRST) -> Record:
    return Killed(at=at(when), pid=pid)


def without(history: list[Record], *kinds: type[Record]) -> list[Record]:
    return [record for record in history if not isinstance(record, kinds)]


DONE_ONCE = [enqueued(), started(1, 1), ended(2, 1), settled(3, 1), kept()]
RESCUED = [
    enqueued(),
    started(1, 1),
    killed(2),
    started(4, 2, SECOND_HOST),
    ended(5, 2, SECOND_HOST),
    settled(6, 2, SECOND_HOST),
    kept(fence=2, lost_count=1, losses=((1, FIRST_ID),)),
    underway(1, 1),
]
FROZEN = [
    enqueued(),
    started(1, 1),
    Frozen(at=at(2), pid=FIRST),
    started(4, 2, SECOND_HOST),
    ended(5, 2, SECOND_HOST),
    settled(6, 2, SECOND_HOST),
    Continued(at=at(7), pid=FIRST),
    ended(7.1, 1),
    settled(7.2, 1, answer="lost"),
    kept(fence=2, lost_count=1, losses=((1, FIRST_ID),)),
]
FROZEN_BEFORE_ITS_START = [
    enqueued(),
    Frozen(at=at(2), pid=FIRST),
    started(4, 2, SECOND_HOST),
    ended(5, 2, SECOND_HOST),
    settled(6, 2, SECOND_HOST),
    Continued(at=at(7), pid=FIRST),
    started(7.05, 1),
    ended(7.1, 1),
    settled(7.2, 1, answer="lost"),
    kept(fence=2, lost_count=1, losses=((1, FIRST_ID),)),
]
HANDED_BACK = [
    enqueued(),
    started(1, 1),
    Stopped(at=at(2), pid=FIRST),
    ended(3, 1, how="interrupted"),
    settled(3.1, 1, outcome="HandedBack"),
    started(4, 2, SECOND_HOST),
    ended(5, 2, SECOND_HOST),
    settled(6, 2, SECOND_HOST),
    kept(fence=2),
]
RETRIED = [
    enqueued(),
    started(1, 1),
    ended(2, 1, how="failed"),
    settled(3, 1, outcome="Retrying"),
    started(4, 2),
    ended(5, 2),
    settled(6, 2),
    kept(fence=2, attempt_count=1),
]
TOO_SLOW = [
    enqueued(),
    started(1, 1),
    started(4, 2, SECOND_HOST),
    DeclaredDead(at=at(4.5), pid=FIRST),
    ended(5, 2, SECOND_HOST),
    settled(6, 2, SECOND_HOST),
    settled(6.5, 1, answer="lost"),
    kept(fence=2, lost_count=1, losses=((1, FIRST_ID),)),
]
ANSWERED_TOO_LATE = [
    settled(4.5, 1, outcome="Retrying", answer="lost") if each == RETRIED[3] else each for each in RETRIED
]
ANSWERED_TOO_LATE.append(Troubled(at=at(2.5), pid=FIRST, where="settler", error="StoreUnavailableError()"))
NEVER_ANSWERED = [Doubted(at=at(0), pid=SHOP, error="StoreUnavailableError()"), *DONE_ONCE[1:]]


def usual_and_urgent(*, usual: float, came: float, urgent: float) -> list[Record]:
    """When the usual job began, when the urgent one was enqueued, and when it began, on a host for one at a time."""
    return [
        Serving(at=at(0), pid=FIRST, concurrency=1),
        enqueued(),
        started(usual, 1),
        ended(usual + 0.5, 1),
        kept(),
        enqueued(came, OTHER, Priority.HIGH),
        started(urgent, 1, job=OTHER),
        ended(urgent + 0.5, 1, job=OTHER),
        kept(job=OTHER),
    ]


CUT_OFF = [each for each in usual_and_urgent(usual=3, came=1, urgent=2) if each != enqueued()]
CUT_OFF.append(killed(1.5, SHOP))
RIGHT = {
    "done once": DONE_ONCE,
    "rescued": RESCUED,
    "frozen": FROZEN,
    "frozen before its start": FROZEN_BEFORE_ITS_START,
    "handed back": HANDED_BACK,
    "retried": RETRIED,
    "too slow": TOO_SLOW,
    "nobody heard that its retry was accepted": [*(each for each in RETRIED if each != RETRIED[3]), killed(9)],
    "its retry was accepted at the first try and answered at the second": [
        settled(3, 1, outcome="Retrying", answer="already") if each == RETRIED[3] else each for each in RETRIED
    ],
    "its retry was accepted, which nobody heard before another began it": ANSWERED_TOO_LATE,
    "its enqueue was never answered": NEVER_ANSWERED,
    "its producer was killed before it heard": CUT_OFF,
    "the urgent first": usual_and_urgent(usual=3, came=1, urgent=2),
    "the urgent when the usual was claimed": usual_and_urgent(usual=3, came=2.5, urgent=8),
    "the urgent later, for somebody was killed": [*usual_and_urgent(usual=3, came=1, urgent=8), killed(2, SHOP)],
}


@pytest.mark.parametrize("history", RIGHT.values(), ids=RIGHT)
def test_a_history_that_is_right_has_no_violation(history: list[Record]) -> None:
    assert violations(in_order(history), drained=True) == []


def but(history: list[Record], record: Record) -> list[Record]:
    """With this record in the place of what the store said at the end."""
    return [*without(history, Kept), record]


DONE_TWICE = [*DONE_ONCE[:3], started(4, 2, SECOND_HOST), ended(5, 2, SECOND_HOST), kept(fence=2)]
LONG_THAWED = [Frozen(at=at(-20), pid=FIRST), Continued(at=at(-10), pid=FIRST)]
PLANTED = [
    (Kind.LOST, "the store does not have it", without(DONE_ONCE, Kept)),
    (Kind.STRANDED, "it is running at the end", but(RESCUED[:3], kept("running"))),
    (Kind.UNFINISHED, "it waits at the end", but(RESCUED[:3], kept("ready"))),
    (Kind.TWICE, "nobody was killed", but(without(RESCUED, Killed), kept(fence=2))),
    (Kind.TWICE, "somebody else was killed", but([*without(RESCUED, Killed), killed(2, SHOP)], kept(fence=2))),
    (Kind.TWICE, "the kill came after the second start", but([*without(RESCUED, Killed), killed(9)], kept(fence=2))),
    (Kind.TWICE, "the freeze was long over", [*LONG_THAWED, *without(FROZEN, Frozen, Continued)]),
    (Kind.TWICE, "a retry that nobody accepted", [each for each in RETRIED if each != RETRIED[3]]),
    (Kind.TWICE, "a retry that was rejected though the store was there", without(ANSWERED_TOO_LATE, Troubled)),
    (Kind.TWICE, "it was killed long after its end", [*(each for each in RETRIED if each != RETRIED[3]), killed(30)]),
    (Kind.TWICE, "it had done its work", [*DONE_TWICE, killed(9)]),
    (Kind.FENCE_REPEATED, "another host starts the same fence", [*DONE_ONCE, started(1.5, 1, SECOND_HOST)]),
    (Kind.FENCE_FELL, "a lower fence is started later", [*RETRIED[:1], *RETRIED[2:], started(7, 1)]),
    (Kind.FENCE_FELL, "the store forgot a claim", but(RETRIED, kept(fence=1, attempt_count=1))),
    (Kind.STALE_ACCEPTED, "a frozen host's success is accepted", [*FROZEN, settled(7.3, 1)]),
    (
        Kind.STALE_ACCEPTED,
        "a frozen host's hand-back is accepted",
        [*FROZEN, settled(7.3, 1, outcome="HandedBack")],
    ),
    (Kind.SETTLED_TWICE, "the same settlement again", [*DONE_ONCE, settled(3.5, 1)]),
    (
        Kind.FAILED_UNTRIED,
        "its crashes made it fail",
        but(RESCUED[:3], kept("failed", crash_count=1, losses=((1, FIRST_ID),))),
    ),
    (Kind.CHARGED, "a hand-back is an attempt", but(HANDED_BACK, kept(fence=2, attempt_count=1))),
    (Kind.CHARGED, "a hand-back is a loss", but(HANDED_BACK, kept(fence=2, lost_count=1, losses=((1, FIRST_ID),)))),
    (Kind.CHARGED, "a crash that nobody saw", but(HANDED_BACK, kept(fence=2, crash_count=1))),
    (Kind.UNCHARGED, "a crash is not counted", but(RESCUED, kept(fence=2))),
    (Kind.UNDONE, "it never came to its end", without(DONE_ONCE, Ended)),
    (Kind.UNDONE, "only an earlier attempt came to its end", [each for each in FROZEN if each != FROZEN[4]]),
    (Kind.FORGOTTEN, "it waits again", but(DONE_ONCE, kept("ready"))),
    (Kind.INVENTED, "nobody enqueued it", DONE_ONCE[1:]),
    (Kind.INVENTED, "one too many", [*NEVER_ANSWERED, kept("ready", 0, OTHER)]),
    (Kind.OUT_OF_ORDER, "the urgent waits longer", usual_and_urgent(usual=3, came=1, urgent=8)),
    (Kind.OVER_THE_LIMIT, "both run at one time", usual_and_urgent(usual=3, came=1, urgent=3.2)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "history"), [(kind, history) for kind, _, history in PLANTED], ids=[title for _, title, _ in PLANTED]
)
def test_one_wrong_record_is_found(kind: Kind, history: list[Record]) -> None:
    found = violations(in_order(history), drained=kind is Kind.UNFINISHED)

    assert {violation.kind for violation in found} == {kind}, [str(each) for each in found]


def test_every_kind_is_planted() -> None:
    assert {kind for kind, *_ in PLANTED} == set(Kind)


def test_a_record_that_a_kill_cut_short_is_left_out(tmp_path: Path) -> None:
    history = History(tmp_path)
    whole = history.write(Started, job=JOB, fence=1, host=FIRST_ID)
    history.close()
    with next(tmp_path.glob("*.jsonl")).open("ab") as file:
        file.write(b'{"what":"Ended","at":1')

    assert read_history(tmp_path) == [whole]


def in_order(history: list[Record]) -> list[Record]:
    return sorted(history, key=lambda record: record.at)
