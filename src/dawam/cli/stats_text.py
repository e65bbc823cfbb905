"""What was measured, as lines for people and as JSON for tools."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dawam.measures.record import Measure, Totals
from dawam.measures.series import Series
from dawam.measures.spread import Spread
from dawam.observability.durations import spoken_duration

STATS_HEADERS = (
    "NAME", "QUEUE", "SUCCEEDED", "RETRIED", "FAILED", "CANCELLED", "WAIT p50", "p95", "p99", "RUN p50", "p95", "p99",
)  # fmt: skip
_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_BLOCKS = ".▁▂▃▄▅▆▇█"


def stats_row(measure: Measure) -> tuple[str, ...]:
    counts = (measure.succeeded, measure.retried, measure.failed, measure.cancelled)
    waits, runs = _percentiles(measure.waits).values(), _percentiles(measure.runs).values()
    return (measure.name, measure.queue, *(f"{count:,}" for count in counts), *map(_spoken, (*waits, *runs)))


def stats_line(over_time: Series) -> str:
    """How many ended in each step, as blocks of a height."""
    counts = [each.count for each in over_time.steps]
    most = max(counts, default=0)
    return f"each {spoken_duration(over_time.step)}, {most:,} at most  {blocks(counts)}"


def blocks(counts: Sequence[int]) -> str:
    """One block for each number, the higher the larger it is."""
    most = max(counts, default=0)
    return "".join(_BLOCKS[-(-count * (len(_BLOCKS) - 1) // most) if most else 0] for count in counts)


def stats_json(measured: Sequence[Measure], over_time: Series) -> dict[str, Any]:
    return {
        "jobs": [{"name": each.name, "queue": each.queue, **_json(each)} for each in measured],
        "step_seconds": over_time.step.total_seconds(),
        "steps": [{"at": each.at, **_json(each)} for each in over_time.steps],
    }


def _json(each: Totals) -> dict[str, Any]:
    return {
        "succeeded": each.succeeded,
        "retried": each.retried,
        "failed": each.failed,
        "cancelled": each.cancelled,
        "wait_seconds": _seconds(each.waits),
        "run_seconds": _seconds(each.runs),
    }


def _percentiles(spread: Spread) -> dict[str, timedelta | None]:
    return {name: spread.percentile(share) for name, share in _SHARES.items()}


def _seconds(spread: Spread) -> dict[str, float | None]:
    found = _percentiles(spread).items()
    return {name: None if duration is None else duration.total_seconds() for name, duration in found}


def _spoken(duration: timedelta | None) -> str:
    return "-" if duration is None else spoken_duration(duration)
