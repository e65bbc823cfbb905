"""Offers jobs to running workers at a steady rate, and says how long each waited for its start."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.bench import Values
from benchmarks.programs.pace import quantile
from benchmarks.stage import Stage

_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Offering:
    """So many jobs a second, for so long."""

    rate: float
    seconds: float

    @property
    def count(self) -> int:
        """How many jobs that makes."""
        return max(2, int(self.rate * self.seconds))

    def make(self, stage: Stage) -> "Offered":
        """Offers them, and waits, not for ever, until all have been run."""
        answer = stage.command("offer", 0, self.count, self.rate, patience=2 * self.seconds + _PATIENCE)
        deadline = time.monotonic() + _PATIENCE
        while stage.workers and stage.record.done() < self.count and time.monotonic() < deadline:
            time.sleep(0.05)
        ended, verdict = time.monotonic(), stage.record.verdict()
        late = stage.unfinished() if verdict.lost else 0  # who is too slow has them still: that is no loss
        return Offered(
            calls=[called for size, called in answer["batches"] for _ in range(size)],
            starts=[start or ended for start in stage.record.moments_by_number()],
            verdict={"lost": max(0, verdict.lost - late), "late": late, "duplicate": verdict.duplicate},
        )


@dataclass(frozen=True, slots=True)
class Offered:
    """When each job was enqueued and when it started, by number; one that never did, when waiting ended."""

    calls: Sequence[float]
    starts: Sequence[float]
    verdict: Values

    @property
    def _span(self) -> float:
        return self.calls[-1] - self.calls[0]

    def values(self) -> Values:
        """All of it in short."""
        return {
            "offered_rate": (len(self.calls) - 1) / self._span,
            "rate": (len(self.starts) - 1) / (max(self.starts) - min(self.starts)),
            **_waits([start - called for called, start in zip(self.calls, self.starts, strict=True)]),
            **self.verdict,
        }

    def parts(self, count: int) -> list[Values]:
        """The same for equal parts of the time in which jobs were enqueued."""
        length = self._span / count
        waits: list[list[float]] = [[] for _ in range(count)]
        started = [0] * count
        for called, start in zip(self.calls, self.starts, strict=True):
            waits[min(count - 1, int((called - self.calls[0]) / length))].append(start - called)
            part = int((start - self.calls[0]) / length)
            if part < count:  # else it started after the last was enqueued
                started[part] += 1
        return [{"rate": jobs / length, **_waits(each)} for jobs, each in zip(started, waits, strict=True)]


def _waits(seconds: list[float]) -> Values:
    if not seconds:
        return {}
    seconds.sort()
    return {"p50_ms": 1000 * quantile(seconds, 0.5), "p99_ms": 1000 * quantile(seconds, 0.99)}
