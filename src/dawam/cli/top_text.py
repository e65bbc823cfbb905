"""What goes on just now, as lines."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import click
from msgspec import Struct

from dawam.cli.output import one_line, shortened, table_lines
from dawam.cli.stats_text import blocks
from dawam.job_errors import ErrorReport
from dawam.jobs.record import JobCounts, JobInfo
from dawam.measures.series import Series
from dawam.measures.spread import Spread
from dawam.observability.counts import spoken_count
from dawam.observability.durations import spoken_duration
from dawam.observability.lines import plural
from dawam.problems import Problem, Severity
from dawam.stores.values import HostInfo, QueueInfo

_QUEUES, _RUNNING, _ERRORS, _PROBLEMS = 12, 8, 5, 4
_COLOURS = {Severity.ALARM: "red", Severity.WARNING: "yellow", Severity.NOTE: None}


class Glance(Struct, frozen=True, kw_only=True):
    """What was seen at one moment."""

    now: datetime
    place: str
    counts: JobCounts
    counted: int
    """No state is counted further."""
    queues: Sequence[QueueInfo]
    hosts: Sequence[HostInfo]
    running: Sequence[JobInfo]
    lately: Series
    errors: Sequence[ErrorReport]
    problems: Sequence[Problem]


def glance_lines(seen: Glance, width: int | None) -> list[str]:
    """The lines of a screen, the most important first; cut at this width, where there is one."""
    return [
        *_head(seen, width),
        *(_problem(each, width) for each in seen.problems[:_PROBLEMS]),
        "",
        *_table(("QUEUE", "DUE", "SCHEDULED", "RUNNING", "OLDEST DUE", "HOSTS"), _queue_rows(seen), width),
        "",
        *_table(("RUNNING FOR", "NAME", "QUEUE", "ATTEMPT", "HOST", "ID"), _running_rows(seen), width),
        "",
        *_table(("FAILED", "LAST", "NAME", "ERROR"), _error_rows(seen), width),
    ]


def _head(seen: Glance, width: int | None) -> Iterator[str]:
    live = [host for host in seen.hosts if host.is_live]
    slots = sum(host.concurrency for host in live)
    busy = sum(host.running_count for host in live)
    moment = seen.now.isoformat(timespec="seconds").replace("+00:00", "Z")
    yield click.style(_cut(f"{seen.place}  {moment}", width), bold=True)
    counts = (f"{spoken_count(seen.counts, name, seen.counted)} {name}" for name in _STATES)
    yield _cut(", ".join(counts), width)
    yield _cut(f"{plural(len(live), 'live host')}, {busy:,} of {plural(slots, 'slot')} busy", width)
    total = seen.lately.total
    ended = f"last hour: {total.succeeded:,} succeeded, {total.retried:,} retried, {total.failed:,} failed"
    yield _cut(f"{ended}; waited {_spoken(total.waits)}, ran {_spoken(total.runs)} (p50 / p95)", width)
    yield _cut(f"each {spoken_duration(seen.lately.step)}: {blocks([each.count for each in seen.lately.steps])}", width)


_STATES = ("due", "scheduled", "retrying", "running", "succeeded", "failed")


def _problem(problem: Problem, width: int | None) -> str:
    facts = ", ".join(f"{name} {_fact(value)}" for name, value in problem.facts.items() if value not in (None, ""))
    return click.style(
        _cut(f"! {problem.kind}: {facts}" if facts else f"! {problem.kind}", width), fg=_COLOURS[problem.severity]
    )


def _fact(value: Any) -> str:
    if isinstance(value, timedelta):
        return spoken_duration(value)
    if isinstance(value, list):
        return " and ".join(map(str, cast("list[object]", value)))
    return f"{value:,}" if isinstance(value, int) else str(getattr(value, "text", value))


def _queue_rows(seen: Glance) -> list[tuple[str, ...]]:
    """The fullest first."""
    live = [host for host in seen.hosts if host.is_live]
    queues = sorted(seen.queues, key=lambda queue: (-queue.due, -queue.running, queue.name))[:_QUEUES]
    return [
        (
            f"{queue.name} (paused)" if queue.is_paused else queue.name,
            f"{queue.due:,}{'+' if queue.due >= seen.counted else ''}",
            f"{queue.scheduled:,}",
            f"{queue.running:,}",
            "-" if queue.oldest_due_at is None else spoken_duration(seen.now - queue.oldest_due_at),
            str(sum(queue.name in host.queues for host in live)),
        )
        for queue in queues
    ]


def _running_rows(seen: Glance) -> list[tuple[str, ...]]:
    """Those that have run for longest first, of a few hundred where more run."""
    begun = sorted((job for job in seen.running if job.claimed_at), key=lambda job: job.claimed_at or seen.now)
    return [
        (
            spoken_duration(seen.now - (job.claimed_at or seen.now)),
            job.name,
            job.queue,
            str(job.attempt_count + 1),
            job.host or "-",
            str(job.id),
        )
        for job in begun[:_RUNNING]
    ]


def _error_rows(seen: Glance) -> list[tuple[str, ...]]:
    return [
        (
            f"{each.count:,}",
            f"{spoken_duration(seen.now - each.group.last_seen_at)} ago",
            each.group.name,
            f"{each.group.error_type}: {each.group.error_message}",
        )
        for each in seen.errors[:_ERRORS]
    ]


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    first, *others = table_lines(headers, rows, width)
    return [click.style(_cut(first, width), bold=True), *(_cut(line, width) for line in others or ["none"])]


def _cut(text: str, width: int | None) -> str:
    text = one_line(text)
    return text if width is None else shortened(text, width)


def _spoken(spread: Spread) -> str:
    return " / ".join("-" if found is None else spoken_duration(found) for found in map(spread.percentile, (0.5, 0.95)))
