"""A worker that beats every second on several processes, which are killed and frozen; and who reads what became of it.

`python -m tests.faults.beats STORE NOTES AFTER_CRASH` is one of the processes.
"""

import asyncio
import os
import random
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import msgspec

from dawam import AfterCrash, App, Dialect, PeriodicWorkerContext
from dawam.clock import from_microseconds
from dawam.crash_points import CrashPoint
from dawam.events.lifecycle import HostStarted
from dawam.workers.record import MOST_COUNTED, TickOutcome, TickRecord
from tests.faults import stepped_clock
from tests.faults.ground import Ground
from tests.faults.stepped_clock import set_clock

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "DAWAM__HOST__LEASE": "1s",
    "DAWAM__HOST__HEARTBEAT": "200ms",
    "DAWAM__HOST__POLL": "200ms",
    "DAWAM__BACKGROUND_WORKERS__KEPT_RECORDS": "100000",
}
SECOND = timedelta(seconds=1)
_LONG = 2.5
"""Seconds that a tick takes now and then: longer than its period."""
_RAN = (TickOutcome.SUCCEEDED, TickOutcome.FAILED)


class Note(msgspec.Struct, frozen=True):
    """A tick began or ended in a process: when, by a clock that all processes of the machine share."""

    is_end: bool
    planned_at: str
    fence: int
    process: int
    at: float


def beating(store: str, notes: Path, after_crash: AfterCrash) -> App:
    """The application of each process."""
    app = App(store=store)
    book = notes.open("ab", buffering=0)

    def note(context: PeriodicWorkerContext, *, is_end: bool) -> None:
        moment = context.planned_at.isoformat()
        written = Note(is_end, moment, context.fence_token, os.getpid(), time.clock_gettime(time.CLOCK_BOOTTIME))
        book.write(msgspec.json.encode(written) + b"\n")  # one write, appended whole

    @app.worker(name="beat", cron="* * * * * *", dialect=Dialect.SECONDS, catch_up=3, after_crash=after_crash)
    async def beat(context: PeriodicWorkerContext) -> None:
        note(context, is_end=False)
        await asyncio.sleep(_LONG if random.random() < 0.1 else random.uniform(0, 0.6))
        note(context, is_end=True)

    app.events.subscribe(HostStarted, lambda _: print("ready", flush=True))
    return app


# ------------------------------------------------------------------------------------------------------- the driver


@dataclass(frozen=True, slots=True, kw_only=True)
class Beats:
    """What became of the planned moments."""

    moments: int
    outcomes: Counter[str]
    second_runs: int
    """Moments that were begun again after they had been lost."""
    violations: tuple[str, ...]


async def beats(
    ground: Ground, luck: random.Random, *, processes: int, seconds: float, after_crash: AfterCrash = AfterCrash.AGAIN
) -> Beats:
    """So many processes beat for so long. In turns one is killed (and replaced), and one frozen for two leases."""
    notes = ground.folder / "notes.jsonl"
    crew = list(await asyncio.gather(*(_start(ground, notes, after_crash) for _ in range(processes))))
    try:
        ends_at = time.monotonic() + seconds
        for number in range(10**6):
            await asyncio.sleep(luck.uniform(1.5, 2.5))
            if time.monotonic() > ends_at:
                break
            place = _busy(crew, notes) if luck.random() < 0.8 else luck.randrange(processes)
            if number % 2 == 0:
                crew[place].kill()
                await crew[place].wait()
                crew[place] = await _start(ground, notes, after_crash)
            else:
                crew[place].send_signal(signal.SIGSTOP)
                await asyncio.sleep(2.2)
                crew[place].send_signal(signal.SIGCONT)
        await asyncio.sleep(1.5)  # a frozen one finds out that it was taken for dead
        for process in crew:
            process.terminate()
        await asyncio.gather(*(process.wait() for process in crew))
    finally:
        for process in crew:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
    return read(_records(ground), _notes(notes))


def _busy(crew: Sequence[Process], notes: Path) -> int:
    """Which of them began the last tick: most is broken by hitting that one."""
    latest = [note.process for note in _notes(notes) if not note.is_end][-1:]
    return next((place for place, process in enumerate(crew) if process.pid in latest), 0)


async def beats_beyond(ground: Ground, point: CrashPoint, *, seconds: float = 4) -> Beats:
    """A process dies when it comes for the second time to a point of our own code; another one beats on for so long."""
    notes = ground.folder / "notes.jsonl"
    doomed = await _start(ground, notes, AfterCrash.AGAIN, fault=f"{point}:1")
    crew = [doomed]
    try:
        async with asyncio.timeout(60):
            assert await doomed.wait() == -signal.SIGKILL
        crew.append(await _start(ground, notes, AfterCrash.AGAIN))
        await asyncio.sleep(seconds)
        crew[-1].terminate()
        await crew[-1].wait()
    finally:
        for process in crew:
            if process.returncode is None:
                process.kill()
    return read(_records(ground), _notes(notes))


async def beats_by_a_set_clock(ground: Ground, steps: Sequence[timedelta], *, each: float) -> Beats:
    """Two processes beat while the wall clock of the machine is set: it is so far off for so many seconds each time."""
    notes, clock = ground.folder / "notes.jsonl", ground.folder / "clock"
    crew = [await _start(ground, notes, AfterCrash.AGAIN, clock=clock) for _ in range(2)]
    try:
        for off_by in steps:
            set_clock(clock, off_by)
            await asyncio.sleep(each)
        for process in crew:
            process.terminate()
        await asyncio.gather(*(process.wait() for process in crew))
    finally:
        for process in crew:
            if process.returncode is None:
                process.kill()
    return read(_records(ground), _notes(notes))


async def _start(
    ground: Ground, notes: Path, after_crash: AfterCrash, *, fault: str | None = None, clock: Path | None = None
) -> Process:
    armed = [] if fault is None else ["-m", "dawam.testing.faults", fault]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("DAWAM")}
    environ |= {} if clock is None else {stepped_clock.SETTING: str(clock)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *armed, "-m", "tests.faults.beats", ground.url, str(notes), after_crash.value,
        stdout=PIPE, stderr=DEVNULL, cwd=ground.folder, env={**environ, **SETTINGS, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"ready\n"
    return process


# ------------------------------------------------------------------------------------------------------- the checker


def read(records: Sequence[TickRecord], notes: Sequence[Note]) -> Beats:
    """Whether the promises were kept: from what the store recorded, and what the processes noted."""
    recorded = defaultdict[str, list[TickRecord]](list)
    for record in records:
        for moment in _moments(record):
            recorded[moment].append(record)
    begun = defaultdict[str, list[int]](list)
    for note in notes:
        if not note.is_end:
            begun[note.planned_at].append(note.fence)
    violations = [
        *_gaps(recorded),
        *_twice(recorded),
        *_unexplained(recorded, begun),
        *_overlaps(recorded, notes),
    ]
    return Beats(
        moments=len(recorded),
        outcomes=Counter(record.outcome.value for records in recorded.values() for record in records),
        second_runs=sum(len(set(fences)) > 1 for fences in begun.values()),
        violations=tuple(violations),
    )


def _moments(record: TickRecord) -> Iterator[str]:
    for number in range(record.count):
        yield (record.planned_at + number * SECOND).isoformat()


def _gaps(recorded: dict[str, list[TickRecord]]) -> Iterator[str]:
    """Every planned moment ran, or is recorded as missed, lost or interrupted."""
    moments = sorted(record.planned_at for records in recorded.values() for record in records)
    if not moments:
        yield "nothing was recorded at all"
        return
    stops = {
        record.planned_at + record.count * SECOND
        for records in recorded.values() for record in records if record.count == MOST_COUNTED
    }  # fmt: skip
    moment = moments[0]
    while moment < moments[-1]:
        if moment in stops:  # more were missed, which nobody counts
            moment = min(each for each in moments if each >= moment)
        elif moment.isoformat() not in recorded:
            yield f"{moment} is not recorded at all"
        moment += SECOND


def _twice(recorded: dict[str, list[TickRecord]]) -> Iterator[str]:
    """No planned moment has two valid runs, and none that ran was missed."""
    for moment, records in recorded.items():
        valid = [record for record in records if record.outcome in _RAN]
        if len(valid) > 1:
            yield f"{moment} ran twice, under the fences {[record.fence for record in valid]}"
        if valid and any(record.outcome is TickOutcome.MISSED for record in records):
            yield f"{moment} ran, and is recorded as missed"


def _unexplained(recorded: dict[str, list[TickRecord]], begun: dict[str, list[int]]) -> Iterator[str]:
    """A moment is begun again only after its first run was recorded as lost or interrupted."""
    for moment, fences in begun.items():
        ended = {record.fence: record.outcome for record in recorded.get(moment, [])}
        for fence in sorted(set(fences))[:-1]:
            if ended.get(fence) not in (TickOutcome.LOST, TickOutcome.INTERRUPTED):
                yield f"{moment} was begun again after fence {fence}, which ended as {ended.get(fence)}"


def _overlaps(recorded: dict[str, list[TickRecord]], notes: Sequence[Note]) -> Iterator[str]:
    """Two runs that were both valid never lie side by side."""
    valid = {record.fence for records in recorded.values() for record in records if record.outcome in _RAN}
    began = {note.fence: note.at for note in notes if not note.is_end and note.fence in valid}
    ended = {note.fence: note.at for note in notes if note.is_end and note.fence in valid}
    runs = sorted((began[fence], ended[fence], fence) for fence in valid if fence in began and fence in ended)
    for (_, end, fence), (begin, _, next_fence) in pairwise(runs):
        if begin < end:
            yield f"fences {fence} and {next_fence} ran side by side"


def _records(ground: Ground) -> list[TickRecord]:
    """Every record in the store, by plain SQL."""
    columns = "worker, place, outcome, planned_at, moments, fence, host, ended_at"
    return [_record(*row) for row in ground.rows(f"SELECT {columns} FROM dawam_tick ORDER BY fence")]


def _record(
    worker: str, place: str, outcome: str, planned_at: int, count: int, fence: int, host: str, ended_at: int
) -> TickRecord:
    return TickRecord(
        worker=worker,
        place=place,
        outcome=TickOutcome(outcome),
        planned_at=from_microseconds(planned_at),
        count=count,
        fence=fence,
        host=host,
        ended_at=from_microseconds(ended_at),
    )


def _notes(path: Path) -> list[Note]:
    decode = msgspec.json.Decoder(Note).decode
    return [decode(line) for line in path.read_bytes().splitlines()] if path.exists() else []


if __name__ == "__main__":
    if (clock := os.environ.get(stepped_clock.SETTING)) is not None:
        stepped_clock.obey(Path(clock))
    beating(sys.argv[1], Path(sys.argv[2]), AfterCrash(sys.argv[3])).run()
