"""What a history holds, in numbers, for people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.history import (
    DeclaredDead,
    Doubted,
    Effect,
    Ended,
    Enqueued,
    Frozen,
    Kept,
    Killed,
    Record,
    Returned,
    Settled,
    Started,
    Troubled,
)
from tests.faults.past import Past


@dataclass(frozen=True, slots=True)
class Spread:
    """Many measurements in three numbers, in milliseconds."""

    count: int
    p50: float
    p99: float
    most: float

    @classmethod
    def of(cls, nanoseconds: Iterable[int]) -> "Spread":
        values = sorted(each / 1e6 for each in nanoseconds)
        if not values:
            raise ValueError("nothing was measured")
        return cls(len(values), _at(values, 0.5), _at(values, 0.99), values[-1])

    def __str__(self) -> str:
        return f"p50 {self.p50:,.1f} ms, p99 {self.p99:,.1f} ms, max {self.most:,.1f} ms (of {self.count:,})"


def _at(values: Sequence[float], fraction: float) -> float:
    return values[min(len(values) - 1, int(len(values) * fraction))]


def tally(records: Sequence[Record]) -> Mapping[str, int]:
    """The numbers of one run, by what they count."""
    past = Past(records)
    settled = past.of(Settled)
    return {
        "jobs enqueued": len(past.of(Enqueued)),
        "jobs succeeded": sum(kept.state == "succeeded" for kept in past.of(Kept)),
        "jobs failed": sum(kept.state == "failed" for kept in past.of(Kept)),
        "attempts started": len(past.of(Started)),
        "jobs whose effect was seen again": _seen_again(past),
        "kills": len(past.of(Killed)),
        "kills that hit running jobs": kills_that_hit(past),
        "freezes": len(past.of(Frozen)),
        "settlements rejected": sum(each.answer == "lost" for each in settled),
        "attempts handed back": sum(each.outcome == "HandedBack" and each.answer == "accepted" for each in settled),
        "attempts recorded as lost": sum(len(kept.losses) for kept in past.of(Kept)),
        "claims handed back of which the host had not known": sum(each.count for each in past.of(Returned)),
        "ends of which nobody knew whether they were written": sum(map(past.is_in_doubt, past.of(Started))),
        "crashes charged": sum(kept.crash_count for kept in past.of(Kept)),
        "living hosts that lost their lease": len(past.of(DeclaredDead)),
        "errors from an enqueue": len(past.of(Doubted)),
        "jobs stored of which nobody was told": len(past.kept.keys() - past.handed_in.keys()),
        "failures that hosts reported": len(past.of(Troubled)),
    }


def kills_that_hit(past: Past) -> int:
    """How many of the killed processes were in the middle of a job."""
    return len(past.killed.keys() & in_the_middle(past))


def in_the_middle(past: Past) -> set[int]:
    """The processes that began an attempt whose end is not written down."""
    ended = {(each.job, each.fence, each.pid) for each in past.of(Ended)}
    return {start.pid for start in past.of(Started) if (start.job, start.fence, start.pid) not in ended}


def _seen_again(past: Past) -> int:
    effects = [effect.job for effect in past.of(Effect)]
    return len(effects) - len(set(effects))
