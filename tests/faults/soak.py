"""Hours under fire: `python -m tests.faults.soak [--minutes N] [--store S ...] [--seed SEED] [--to FOLDER]`.

On each store so many processes work for so long, while at random moments one is killed, frozen, stopped, or dies at a
named point of our own code; the PostgreSQL server is killed, frozen, and ends sessions as well. One host is left alone,
so that its memory can be watched. In the end the history of all of it is checked, and rate and memory are drawn.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.drawing import Line, lines
from dawam.crash_points import CrashPoint
from dawam.errors import StoreError
from tests.faults import blows
from tests.faults.chaos import in_words
from tests.faults.crew import LEASE, SHORT_LEASE, Crew, Hand, crew
from tests.faults.ground import Ground, Grounds
from tests.faults.scenarios import right
from tests.support.postgres import PostgresServer

_A_SECOND = 100
"""Jobs that are enqueued: few enough for the history of half an hour to be read at one go."""
_SAMPLES = 60
_PAGE = 4096
_OF_HOSTS = (CrashPoint.CLAIM_ANSWERED, CrashPoint.JOB_BEGINS, CrashPoint.JOB_ENDED, CrashPoint.SETTLE_BEGINS,
             CrashPoint.SETTLE_ANSWERED)  # fmt: skip


@dataclass(slots=True)
class Course:
    """What was measured while it went on."""

    seconds: list[float] = field(default_factory=list[float])
    rates: list[float] = field(default_factory=list[float])
    """Jobs begun in a second."""
    memory: list[float] = field(default_factory=list[float])
    """Of the host that is left alone, in MiB."""
    acts: dict[str, int] = field(default_factory=dict[str, int])


class Soak:
    """One store, for so long."""

    def __init__(self, ground: Ground, luck: random.Random, server: PostgresServer | None, processes: int) -> None:
        self._ground, self._luck, self._server, self._processes = ground, luck, server, processes
        self._hands: list[Hand] = []
        self._doomed: set[Hand] = set()
        """Those who die by themselves."""
        self._watching: list[asyncio.Task[None]] = []
        self._is_over = False
        self.course = Course()

    async def run(self, seconds: float) -> Mapping[str, int]:
        """The numbers of a history in which nothing is wrong."""
        async with crew(self._ground, {**SHORT_LEASE, "DAWAM__HOST__CONCURRENCY": "10"}) as there:
            steady = await there.host()
            self._hands = await there.hosts(self._processes - 1)
            beside = [asyncio.create_task(self._feed(there)), asyncio.create_task(self._sample(steady, seconds))]
            ends_at = time.monotonic() + seconds
            while time.monotonic() < ends_at:
                await asyncio.sleep(LEASE.total_seconds() * self._luck.uniform(0.2, 1.5))
                await self._act(there)
            self._is_over = True
            await asyncio.gather(*beside)
            for hand in [each for each in self._doomed if each.is_there]:
                self._doomed.discard(hand)
                await there.kill(hand)
            await there.drained(300)
            assert steady.is_there, "the host that nothing was done to has ended"
            await there.stop_all()
            await asyncio.gather(*self._watching)
            return right(there.close_the_book())

    # -- what is done

    async def _act(self, there: Crew) -> None:
        acts: dict[str, Callable[[Crew], Awaitable[None]]] = {
            "kill": self._kill, "freeze": self._freeze, "stop": self._stop, "die at a point": self._doom,
        }  # fmt: skip
        weights = [4, 3, 3, 3]
        if self._server is not None:
            acts |= {"end sessions": self._end_sessions, "kill the server": self._kill_server,
                     "freeze the server": self._freeze_server}  # fmt: skip
            weights += [2, 1, 1]
        [name] = self._luck.choices(list(acts), weights)
        self.course.acts[name] = self.course.acts.get(name, 0) + 1
        await acts[name](there)
        self._hands = [hand for hand in self._hands if hand.is_there]
        while len(self._hands) < self._processes - 1:
            self._hands.append(await there.host())

    async def _some(self, there: Crew) -> Hand:
        """One of those who live; others have come to the point at which they were to die."""
        while not (hand := self._hands.pop(self._luck.randrange(len(self._hands)))).is_there:
            self._hands.append(await there.host())
        return hand

    async def _kill(self, there: Crew) -> None:
        hand = await self._some(there)
        self._doomed.discard(hand)
        await there.kill(hand)

    async def _stop(self, there: Crew) -> None:
        hand = await self._some(there)
        if hand in self._doomed:  # it might come to its point on the way
            self._doomed.discard(hand)
            await there.kill(hand)
        else:
            await there.stop(hand)

    async def _freeze(self, there: Crew) -> None:
        hand = await self._some(there)
        there.freeze(hand)
        await asyncio.sleep(self._luck.uniform(0.5, 2) * LEASE.total_seconds())
        if hand.is_there:  # one that was to die by itself may have done so just before
            there.thaw(hand)
            self._hands.append(hand)

    async def _doom(self, there: Crew) -> None:
        await self._kill(there)
        point = self._luck.choice(_OF_HOSTS)
        hand = await there.host(fault=f"{point}:{self._luck.randrange(100)}")
        self._hands.append(hand)
        self._doomed.add(hand)
        self._watching.append(asyncio.create_task(self._watch(there, hand)))

    async def _watch(self, there: Crew, hand: Hand) -> None:
        """Writes down its death when it comes: what is begun again is explained from then on."""
        await hand.process.wait()
        if hand in self._doomed:
            await there.died(hand)

    async def _end_sessions(self, _: Crew) -> None:
        assert self._server is not None
        await blows.end_sessions(self._server, self._luck, count=5)()

    async def _kill_server(self, _: Crew) -> None:
        assert self._server is not None
        await blows.kill(self._server, self._luck.choice([0.0, 1.0, 3 * LEASE.total_seconds()]))()

    async def _freeze_server(self, _: Crew) -> None:
        assert self._server is not None
        await blows.freeze(self._server, self._luck.uniform(0.5, 3) * LEASE.total_seconds())()

    # -- meanwhile

    async def _feed(self, there: Crew) -> None:
        calls = [there.shift.work.call(0.02), there.shift.stumble.call(0.02)]
        next_at = time.monotonic()
        while not self._is_over:
            with suppress(StoreError):  # away
                if await there.left() < 10 * _A_SECOND:
                    await there.enqueue(*calls * (_A_SECOND // 4))
            next_at = max(next_at + 0.5, time.monotonic())  # at one pace, however long it takes to count them
            await asyncio.sleep(next_at - time.monotonic())

    async def _sample(self, steady: Hand, seconds: float) -> None:
        began, before, course = time.monotonic(), 0, self.course
        while True:
            await asyncio.sleep(seconds / _SAMPLES)
            if self._is_over:
                return
            size = await asyncio.to_thread(self._begun)
            now = time.monotonic() - began
            course.rates.append((size - before) / (now - (course.seconds[-1] if course.seconds else 0.0)))
            course.seconds.append(now)
            course.memory.append(resident(steady.pid) / 2**20)
            before = size

    def _begun(self) -> int:
        """How many attempts have begun, as far as is written down."""
        return sum(file.read_bytes().count(b'"what":"Started"') for file in (self._ground.folder / "history").iterdir())


def resident(pid: int) -> int:
    """Bytes that a process holds in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def drawn(store: str, course: Course) -> str:
    """Rate and memory over time, as SVG: each as a share of its median, so that growth would be seen."""
    labels = [f"{second / 60:.0f}" if number % 10 == 0 else "" for number, second in enumerate(course.seconds)]
    rate, memory = (sorted(values)[len(values) // 2] for values in (course.rates, course.memory))
    return lines(
        f"Under fire on {store}",
        f"Minutes; 1 is {rate:,.0f} attempts a second, and {memory:,.0f} MiB of a host that is left alone",
        labels,
        [
            Line("attempts a second", tuple(each / rate for each in course.rates)),
            Line("memory", tuple(each / memory for each in course.memory)),
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--store", nargs="*", choices=["sqlite", "postgres"], default=["sqlite", "postgres"])
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--to", type=Path, default=Path(".soak"), help="the folder of the drawings")
    chosen = parser.parse_args()
    for store in chosen.store:
        _soak(store, chosen)


def _soak(store: str, chosen: argparse.Namespace) -> None:
    print(f"{store}, {chosen.minutes:g} minutes, seed {chosen.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix=f"dawam-soak-{store}-"))
    with nullcontext() if store == "sqlite" else PostgresServer() as server:
        luck = random.Random(f"{chosen.seed} {store}")
        soak = Soak(Grounds(folder, server).new(), luck, server, chosen.processes)
        try:
            numbers = asyncio.run(soak.run(chosen.minutes * 60))
        except BaseException:
            print(f"its history is kept in {folder}; seed {chosen.seed}", flush=True)
            raise
    course = soak.course
    chosen.to.mkdir(exist_ok=True)
    drawing = chosen.to / f"{store}.svg"
    drawing.write_text(drawn({"sqlite": "SQLite", "postgres": "PostgreSQL"}[store], course))
    print(f"  no violation: {in_words(numbers)}")
    print(f"  done to it: {in_words(course.acts)}")
    print(f"  memory of a host left alone: {_three(course.memory)} MiB; {_three(course.rates)} attempts a second")
    print(f"  drawn in {drawing}", flush=True)


def _three(values: Sequence[float]) -> str:
    return f"{values[0]:,.0f} at first, {max(values):,.0f} at most, {values[-1]:,.0f} in the end"


if __name__ == "__main__":
    main()
