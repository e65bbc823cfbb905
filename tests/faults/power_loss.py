"""Power fails at any moment: what `enqueue` answered for is there, and the file opens.

`python -m tests.faults.power_loss record FOLDER SYNCHRONOUS JOBS` enqueues and runs jobs on a disk that takes notes.
`losses` then lets power fail at many points of such a recording, and looks at what is left.
"""

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import msgspec
from msgspec import Struct

from dawam import App
from dawam.clock import SystemClock
from dawam.events.lifecycle import JobSettled
from dawam.jobs.outcome import SettleAnswer
from dawam.stores.sqlite.store import SqliteStore
from tests.faults.disk import Operation, RecordingDisk
from tests.faults.outage import Platter, lay_out
from tests.support.applications import running

ROOT = Path(__file__).parents[2]
_STORE, _RECORDING = "jobs.db", "recording"
_AT_ONCE = 4
_CHECKPOINT_EVERY = 20


class Promised(Struct, frozen=True, tag=True):
    """`enqueue` returned, or a settlement was accepted: from now on this is true, whatever happens."""

    job: UUID
    is_finished: bool = False


class Kind(StrEnum):
    """What a loss of power may do that it must not."""

    DAMAGED = "the file does not open, or is not whole"
    LOST = "enqueue had returned, and the job is gone"
    UNSETTLED = "a settlement had been accepted, and is gone"


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that was lost when power failed after this event of the recording."""

    event: int
    kind: Kind
    details: str


Event = Operation | Promised
_decode = msgspec.msgpack.Decoder(list[Event]).decode


# -- recording, in a process of its own


def recorded(folder: Path, *, synchronous: str, jobs: int) -> list[Event]:
    """What a process did to its disk, and what it was promised."""
    command = [sys.executable, "-m", "tests.faults.power_loss", "record", str(folder), synchronous, str(jobs)]
    subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    return _decode((folder / _RECORDING).read_bytes())


async def record(folder: Path, synchronous: str, jobs: int) -> None:
    disk, store = RecordingDisk(), folder / _STORE
    app = App(store=f"sqlite:///{store}?synchronous={synchronous}")

    @app.job("work")
    async def work() -> None:
        pass

    def settled(event: JobSettled) -> None:
        if event.answer is SettleAnswer.ACCEPTED:
            disk.operations.append(Promised(event.job.id, is_finished=True))

    app.events.subscribe(JobSettled, settled)
    async with running(app) as runtime:

        async def produce() -> None:
            for number in range(jobs // _AT_ONCE):
                job = await runtime.parts.manager.enqueue(work.call())
                disk.operations.append(Promised(job.id))
                if number % _CHECKPOINT_EVERY == _CHECKPOINT_EVERY - 1:
                    await asyncio.to_thread(_checkpoint, store)

        await asyncio.gather(*(produce() for _ in range(_AT_ONCE)))
    (folder / _RECORDING).write_bytes(msgspec.msgpack.encode(disk.operations))


def _checkpoint(store: Path) -> None:
    """As the store does by itself when its log is long: here more often, so that power fails in the middle of it."""
    with closing(sqlite3.connect(store, timeout=5)) as db:
        db.execute("PRAGMA wal_checkpoint(RESTART)")


# -- letting power fail


async def losses(
    events: Sequence[Event], luck: random.Random, *, points: int, tells_the_truth: bool = True
) -> list[Loss]:
    """What is wrong after power failed at so many random moments; nothing should be."""
    moments = set(luck.sample(range(len(events)), min(points, len(events))))
    platter, promises, found = Platter(tells_the_truth=tells_the_truth), list[Promised](), list[Loss]()
    for index, event in enumerate(events):
        if isinstance(event, Promised):
            promises.append(event)
        else:
            platter.see(index, event)
        if index in moments:
            with TemporaryDirectory(prefix="dawam-power-") as folder:
                lay_out(platter.fail(luck), Path(folder))
                found += await _losses_in(Path(folder), index, promises)
    return found


async def _losses_in(folder: Path, event: int, promises: Sequence[Promised]) -> list[Loss]:
    store = SqliteStore(folder / _STORE, clock=SystemClock())
    try:
        await store.open()
        await store.close()
        with closing(sqlite3.connect(store.path)) as db:
            (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
            alive = {UUID(bytes=key) for (key,) in db.execute("SELECT id FROM dawam_job")}
            finished = {UUID(bytes=key) for (key,) in db.execute("SELECT id FROM dawam_finished")}
    except Exception as error:  # a damaged file may show itself in any way
        return [Loss(event, Kind.DAMAGED, repr(error))]
    enqueued = {promise.job for promise in promises}
    settled = {promise.job for promise in promises if promise.is_finished}
    return [
        *(Loss(event, Kind.DAMAGED, str(verdict)) for _ in range(verdict != "ok")),
        *(Loss(event, Kind.LOST, f"job {job}") for job in sorted(enqueued - alive - finished)),
        *(Loss(event, Kind.UNSETTLED, f"job {job}") for job in sorted(settled & alive - finished)),
    ]


if __name__ == "__main__":
    _, verb, where, how, count = sys.argv
    assert verb == "record", __doc__
    asyncio.run(record(Path(where), how, int(count)))
