"""Jobs in words: the rows of `jobs list`, the page of `jobs show`, and both as JSON."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import structs

from dawam.cli.output import one_line, table_width
from dawam.jobs.log import AttemptLog
from dawam.jobs.record import AttemptRecord, JobCounts, JobInfo
from dawam.jobs.state import StoredState
from dawam.observability.counts import WAITING, spoken_count
from dawam.observability.durations import spoken_duration, spoken_moment, spoken_wait
from dawam.stores.values import SUSPECT_FROM

LIST_HEADERS = ("ID", "NAME", "QUEUE", "STATE", "ATTEMPTS", "WHEN", "LAST ERROR")
_SHORT_HEADERS = ("ID ENDS", *LIST_HEADERS[1:])
_LAST_DIGITS = 8
_LABEL_WIDTH = 14
_OTHERS = ("running", "succeeded", "failed", "cancelled")


def list_row(job: JobInfo, now: datetime) -> tuple[str, ...]:
    """One line of `jobs list`."""
    attempts = str(job.attempt_count) if job.attempt_count else "-"
    return (str(job.id), job.name, job.queue, state_text(job), attempts, when_text(job, now), job.last_error or "")


def list_table(
    jobs: Sequence[JobInfo], now: datetime, width: int | None
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headers and lines of `jobs list`. Where a terminal is too narrow, ids are told by their last digits.

    Commands take those as well; the first ones are much the same for all jobs of a day.
    """
    rows = [list_row(job, now) for job in jobs]
    if width is None or table_width(LIST_HEADERS, rows, but_last=True) <= width:
        return LIST_HEADERS, rows
    return _SHORT_HEADERS, [(row[0][-_LAST_DIGITS:], *row[1:]) for row in rows]


def state_text(job: JobInfo) -> str:
    """The state; of a waiting job also why it waits."""
    reasons: dict[StoredState | str, str] = {
        StoredState.READY: "suspect" if job.crash_count >= SUSPECT_FROM else "due",
        StoredState.SCHEDULED: "retrying" if job.attempt_count else "scheduled",
        StoredState.PARKED: "parked",
    }
    why = reasons.get(job.stored_state)
    return job.state if why is None else f"{job.state}, {why}"


def when_text(job: JobInfo, now: datetime) -> str:
    """The moment that matters in this state."""
    if job.finished_at is not None:
        return spoken_moment(job.finished_at, now)
    if job.state == "running" and job.claimed_at is not None:
        return f"since {spoken_moment(job.claimed_at, now)}"
    return spoken_wait(job.run_at, now) if job.run_at > now else f"since {spoken_moment(job.run_at, now)}"


def counts_text(counts: JobCounts, at_most: int | None = None) -> str:
    """`waiting 3 (1 due, 2 scheduled), running 1, ...`; what was counted no further ends with a plus."""
    told = {name: spoken_count(counts, name, at_most) for name in ("waiting", *WAITING, *_OTHERS)}
    reasons = [f"{told[name]} {name}" for name in WAITING if getattr(counts, name)]
    waiting = f"waiting {told['waiting']}" + (f" ({', '.join(reasons)})" if reasons else "")
    return ", ".join([waiting, *(f"{name} {told[name]}" for name in _OTHERS)])


def job_page(job: JobInfo, attempts: Sequence[AttemptRecord], logs: Sequence[AttemptLog] = ()) -> Iterator[str]:
    """Everything about one job, line by line."""
    yield f"{job.name}  {job.id}"
    for label, text in _facts(job):
        if text:
            first, *more = text.splitlines()
            yield f"  {label:<{_LABEL_WIDTH}}{first}"
            yield from (f"  {'':<{_LABEL_WIDTH}}{line}" for line in more)
    for attempt in attempts:
        yield ""
        yield from _attempt_lines(attempt)
    for log in logs:
        yield ""
        yield from _log_lines(log)


def log_json(log: AttemptLog) -> dict[str, Any]:
    """What an attempt logged as one JSON object, each line as one in it."""
    return {**structs.asdict(log), "lines": [structs.asdict(line) for line in log.lines]}


def job_json(job: JobInfo) -> dict[str, Any]:
    """The job as one JSON object; args and result are JSON inside it, not text."""
    fields: dict[str, Any] = msgspec.to_builtins(job)
    raw = {name: _parsed(getattr(job, name)) for name in ("args", "result")}
    return {"id": fields.pop("id"), "name": fields.pop("name"), "state": job.state, **fields, **raw}


def _facts(job: JobInfo) -> Iterator[tuple[str, str]]:
    yield "state", state_text(job) + (" (cancel requested)" if job.cancel_requested else "")
    yield "queue", job.queue
    yield "priority", job.priority.name.lower().replace("_", " ")
    yield "created", _moment(job.created_at)
    yield "first due", _moment(job.first_due_at)
    yield "next at", _moment(job.run_at) if job.state == "waiting" else ""
    yield "claimed", _moment(job.claimed_at)
    yield "finished", _moment(job.finished_at)
    yield "host", job.host or ""
    yield "attempts", f"{job.attempt_count} failed, {job.lost_count} lost with their host, {job.crash_count} crashed"
    yield "snoozes", str(job.snooze_count or "")
    yield "fence", str(job.fence)
    yield "parent", str(job.parent or "")
    yield "tags", ", ".join(job.tags)
    yield "headers", "\n".join(f"{key}: {value}" for key, value in job.headers.items())
    yield "args", _pretty(job.args) + (f"\n(version {job.args_version})" if job.args_version > 1 else "")
    yield "progress", job.progress or ""
    yield "result", _pretty(job.result)
    yield "last error", job.last_error or ""


def _attempt_lines(attempt: AttemptRecord) -> Iterator[str]:
    started = attempt.started_at or attempt.ended_at
    took = f" after {spoken_duration(attempt.ended_at - attempt.started_at)}" if attempt.started_at else ""
    yield f"attempt {attempt.attempt}, {_moment(started)} on {attempt.host}: failed{took}"
    yield f"  {attempt.error_type}: {one_line(attempt.error_message)}".rstrip(": ")
    yield from (f"    {line}" for line in attempt.traceback.splitlines())


def _log_lines(log: AttemptLog) -> Iterator[str]:
    missing = f", without the first {log.missing:,}" if log.missing else ""
    yield f"log of attempt {log.attempt} on {log.host}{missing}:"
    for line in log.lines:
        first, *more = line.text.splitlines() or [""]
        yield f"  {_moment(line.at)}  {line.level:<8} {line.logger}: {first}"
        yield from (f"    {each}" for each in more)


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone().isoformat(sep=" ", timespec="milliseconds")


def _parsed(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:  # another encoding than JSON: shown as it is stored
        return text


def _pretty(text: str | None) -> str:
    if text is None:
        return ""
    try:
        return msgspec.json.format(text, indent=2 if len(text) > 80 else -1)
    except msgspec.DecodeError:
        return text
