"""What is done to the processes of a crew, each with what must hold in the end.

A scenario answers with the numbers that people read; whatever a promise forbids is an `AssertionError`.
"""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from uuid import UUID

from dawam.crash_points import CrashPoint
from dawam.jobs.function import JobCall
from dawam.jobs.priority import Priority
from tests.faults.checker import violations
from tests.faults.crew import LEASE, PATIENCE, SHORT_LEASE, Crew, Hand, becomes, crew
from tests.faults.ground import Ground
from tests.faults.history import Record, Settled, Started
from tests.faults.ledger import was_checked
from tests.faults.past import Past
from tests.faults.tally import Spread, in_the_middle, tally

Numbers = Mapping[str, object]
GRACE = 1.0
LAST_STEPS = 5.0
"""Seconds that a process may take beyond the grace of its jobs."""
_FEW, _MANY = 500, 1_000
"""How many jobs wait at least, and at most, while processes are killed."""


def right(records: Sequence[Record], *, drained: bool = True) -> Mapping[str, int]:
    """The numbers of a history in which nothing is wrong."""
    wrong, numbers = violations(records, drained=drained), tally(records)
    was_checked(numbers["jobs enqueued"], len(wrong))
    assert not wrong, f"{len(wrong)} violations, such as: {'; '.join(map(str, wrong[:5]))}"
    return numbers


async def no_operation(ground: Ground, *, jobs: int, processes: int) -> Numbers:
    """Jobs that do nothing, on some processes: all are done, none twice."""
    async with crew(ground, {}) as there:
        await there.stock(jobs)
        began = time.monotonic()
        await there.hosts(processes)
        await there.drained(PATIENCE + jobs / 100)
        seconds = time.monotonic() - began
        await there.stop_all()
        numbers = right(there.close_the_book())
    assert numbers["jobs succeeded"] == numbers["attempts started"] == jobs
    return {"processes": processes, "seconds": round(seconds, 1), **numbers}


async def kills(
    ground: Ground, luck: random.Random, *, processes: int, hits: int, every: float, seconds: float = 0
) -> Numbers:
    """Jobs of 2 ms, and a random process killed again and again: for so long, and until enough kills hit a job."""
    async with crew(ground, {**SHORT_LEASE, "DAWAM__HOST__CONCURRENCY": "2"}) as there:
        hands = await there.hosts(processes)
        ends_at, hit = time.monotonic() + seconds, 0
        async with _UnderLoad(there, there.shift.work.call(0.002)), asyncio.timeout(seconds + PATIENCE):
            while time.monotonic() < ends_at or hit < hits:
                await asyncio.sleep(every * luck.uniform(0.5, 1.5))
                unlucky = hands.pop(luck.randrange(len(hands)))
                await there.kill(unlucky)
                hit += len(in_the_middle(Past(there.written_by(unlucky))))
                hands.append(await there.host())
        await there.drained()
        await there.stop_all()
        numbers = right(there.close_the_book())
    assert numbers["jobs failed"] == 0
    return {"processes": processes, **numbers}


async def freezes(ground: Ground, luck: random.Random, *, processes: int, seconds: float = 0) -> Numbers:
    """Processes frozen for longer than the lease, under load: for so long, and until a settlement came too late."""
    async with crew(ground) as there:
        hands = await there.hosts(processes)
        ends_at, was_late = time.monotonic() + seconds, False
        short, long = there.shift.work.call(0.05), there.shift.work.call(1.2 * LEASE.total_seconds())
        # a long one still runs elsewhere when its first attempt is thawed: the fence alone tells them apart
        async with _UnderLoad(there, *[short] * 9, long), asyncio.timeout(seconds + PATIENCE):
            while time.monotonic() < ends_at or not was_late:
                unlucky = luck.choice(hands)
                await asyncio.sleep(luck.uniform(1, 2) * LEASE.total_seconds())  # all may judge others by then
                there.freeze(unlucky)
                await asyncio.sleep(luck.uniform(1.5, 2) * LEASE.total_seconds())
                there.thaw(unlucky)
                await asyncio.sleep(LEASE.total_seconds() / 2)
                was_late = was_late or _rejected(there.written_by(unlucky))
        await there.drained()
        await there.stop_all()
        numbers = right(there.close_the_book())
    return {"processes": processes, **numbers}


async def everything(ground: Ground, luck: random.Random, *, processes: int, seconds: float) -> Numbers:
    """Kills, freezes and stops in any order, while jobs succeed, and fail at first: for so long."""
    async with crew(ground) as there:
        hands, frozen = await there.hosts(processes), set[asyncio.Task[Hand]]()
        ends_at = time.monotonic() + seconds
        async with _UnderLoad(there, there.shift.work.call(0.02), there.shift.stumble.call(0.02)):
            while time.monotonic() < ends_at:
                await asyncio.sleep(LEASE.total_seconds() * luck.uniform(0.2, 0.8))
                if not hands:  # all are frozen at this moment
                    hands.append(await frozen.pop())
                unlucky = hands.pop(luck.randrange(len(hands)))
                match luck.choice(["kill", "freeze", "stop"]):
                    case "kill":
                        await there.kill(unlucky)
                    case "freeze":
                        frozen.add(asyncio.create_task(_frozen_for_a_while(there, unlucky, luck.uniform(0.5, 2))))
                    case _:
                        await there.stop(unlucky)
                thawed = {task for task in frozen if task.done()}
                frozen -= thawed
                hands += [task.result() for task in thawed]
                hands += await there.hosts(processes - len(hands) - len(frozen))
            await asyncio.gather(*frozen)
        await there.drained()
        await there.stop_all()
        numbers = right(there.close_the_book())
    assert numbers["jobs failed"] == 0
    return {"processes": processes, **numbers}


async def rescues(ground: Ground, *, samples: int) -> tuple[Spread, Numbers]:
    """How long after the kill of its host a job begins again."""
    delays = []
    async with crew(ground) as there:
        await there.hosts(2)
        for _ in range(samples):
            await asyncio.sleep(LEASE.total_seconds())  # who is to judge has to be on time for one lease
            [job] = await there.enqueue(there.shift.hang_once.call())
            first = await _start_of(there, job, 1)
            killed_at = await there.kill(next(hand for hand in there.hands if hand.pid == first.pid))
            second = await _start_of(there, job, 2)
            delays.append(second.at - killed_at)
            await there.host()
        await there.drained()
        await there.stop_all()
        numbers = right(there.close_the_book())
    return Spread.of(delays), {"lease": LEASE, **numbers}


async def dies_at(ground: Ground, point: CrashPoint, *, jobs: int = 200, skip: int = 1) -> Numbers:
    """A host that dies at a point of our own code, for the so many-th time that it comes there; another one goes on."""
    async with crew(ground, {**SHORT_LEASE, "DAWAM__HOST__SHUTDOWN_GRACE": f"{GRACE}s"}) as there:
        if point is CrashPoint.ENQUEUE_STORED:
            doomed = await there.start("produce", "60", "0", fault=f"{point}:{skip}")
            await doomed.ready()
        elif point is CrashPoint.HOST_LEAVES:
            doomed = await there.host(fault=point)
            await there.enqueue(there.shift.stay.call(False), *[there.shift.work.call(0.02)] * jobs)
            await _start_of_any(there, doomed)
            doomed.process.terminate()
        else:
            doomed = await there.host(fault=f"{point}:{skip}")
            await there.stock(jobs, takes=0.02)
        await there.died(doomed)
        await there.host()
        if point is CrashPoint.HOST_LEAVES:
            await becomes(lambda: _is_last(there))
            await there.stop_all()
            return right(there.close_the_book(), drained=False)
        await there.drained()
        await there.stop_all()
        numbers = right(there.close_the_book())
    assert numbers["jobs failed"] == 0
    return numbers


async def stop_under_load(ground: Ground, luck: random.Random, *, jobs: int) -> tuple[float, Numbers]:
    """A host that holds so many jobs is told to stop: all are handed back, and none is charged.

    Most run without end, and some of these do not listen. In the other slots short ones come and go, so that more are
    claimed ahead at any time.
    """
    passing, ahead = 10, max(100, jobs // 50)
    endless = jobs - passing - ahead
    settings = {
        "DAWAM__HOST__CONCURRENCY": str(endless + passing),
        "DAWAM__HOST__PREFETCH": str(ahead),
        "DAWAM__HOST__SHUTDOWN_GRACE": f"{GRACE}s",
    }
    async with crew(ground, settings) as there:
        hand = await there.host()
        await there.enqueue(*[there.shift.stay.call(luck.random() < 0.05) for _ in range(endless)])
        await becomes(lambda: _run_there(there, hand, endless))
        await there.stock(10_000, takes=0.01)
        await becomes(lambda: _are_claimed(there, endless + passing + ahead // 2))
        seconds = await there.stop(hand)
        past = Past(there.close_the_book())
    numbers = right(past.records, drained=False)
    charged = [kept for kept in past.kept.values() if kept.attempt_count or kept.crash_count or kept.lost_count]
    assert not charged, f"{len(charged)} jobs were charged, such as {charged[0]}"
    assert {kept.state for kept in past.kept.values()} == {"ready", "succeeded"}
    untouched = len(_untouched(past))
    assert untouched, "none was claimed ahead: that was not shown"
    return seconds, {**numbers, "claims handed back before they began": untouched}


async def order(ground: Ground, *, jobs: int, takes: float) -> Numbers:
    """Urgent jobs that come while many usual ones wait are run before them: the checker looks who went first."""
    async with crew(ground, {**SHORT_LEASE, "DAWAM__HOST__CONCURRENCY": "5"}) as there:
        await there.stock(jobs, takes)
        await there.hosts(2)
        await becomes(lambda: _are_done(there, jobs // 10))
        urgent = await there.enqueue(*[there.shift.work.call(takes)] * 20, priority=Priority.HIGH)
        await there.drained()
        await there.stop_all()
        records = there.close_the_book()
    numbers, past = right(records), Past(records)
    last_urgent = max(past.starts[job][0].at for job in urgent)
    behind = sum(starts[0].at > last_urgent for starts in past.starts.values())
    assert behind > jobs // 3, f"only {behind} usual jobs waited so long: nothing was shown"
    return numbers


async def beside_long_jobs(ground: Ground, *, takes: float) -> tuple[Spread, Numbers]:
    """Long jobs hold half of the slots of a host, and short ones come all the time: how long these wait to begin."""
    async with crew(ground, {**SHORT_LEASE, "DAWAM__HOST__CONCURRENCY": "20"}) as there:
        hand = await there.host()
        long = set(await there.enqueue(*[there.shift.work.call(takes)] * 10))
        await becomes(lambda: _run_there(there, hand, len(long)))
        ends_at = time.monotonic() + takes
        while time.monotonic() < ends_at:
            await there.enqueue(*[there.shift.work.call(0.01)] * 10)
            await asyncio.sleep(0.1)
        await there.drained()
        await there.stop_all()
        records = there.close_the_book()
    numbers, past = right(records), Past(records)
    assert numbers["attempts started"] == numbers["jobs succeeded"] == numbers["jobs enqueued"]
    first_end = min(past.ends[job][0].at for job in long)
    waits = [starts[0].at - past.handed_in[job].at for job, starts in past.starts.items() if job not in long]
    early = sum(ends[0].at < first_end for job, ends in past.ends.items() if job not in long)
    assert early > len(waits) * 3 // 4, f"only {early} of {len(waits)} short jobs ended before the first long one"
    return Spread.of([max(0, wait) for wait in waits]), numbers


# -- the words of these stories


async def _frozen_for_a_while(there: Crew, hand: Hand, leases: float) -> Hand:
    there.freeze(hand)
    await asyncio.sleep(leases * LEASE.total_seconds())
    there.thaw(hand)
    return hand


class _UnderLoad:
    """While the block runs there is always something to do, and never so much that the end takes long."""

    def __init__(self, there: Crew, *calls: JobCall[None]) -> None:
        self._there, self._calls = there, calls
        self._is_over = False

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._feed())

    async def __aexit__(self, *_: object) -> None:
        self._is_over = True
        await self._task

    async def _feed(self) -> None:
        while not self._is_over:
            if await self._there.left() < _FEW:
                await self._there.enqueue(*self._calls * ((_MANY - _FEW) // len(self._calls)))
            await asyncio.sleep(0.05)


async def _run_there(there: Crew, hand: Hand, count: int) -> bool:
    return len(Past(there.written_by(hand)).of(Started)) >= count


async def _are_claimed(there: Crew, count: int) -> bool:
    return (await there.counts()).running >= count


async def _are_done(there: Crew, count: int) -> bool:
    return (await there.counts()).succeeded >= count


def _untouched(past: Past) -> set[tuple[UUID, int]]:
    """The claims that were handed back with nothing begun."""
    back = {(each.job, each.fence) for each in past.of(Settled) if each.outcome == "HandedBack"}
    return back - {(each.job, each.fence) for each in past.of(Started)}


async def _is_last(there: Crew) -> bool:
    """Whether only the one job is left that never ends by itself."""
    return await there.left() == 1


async def _start_of_any(there: Crew, hand: Hand) -> None:
    async def has_begun() -> bool:
        return bool(Past(there.written_by(hand)).of(Started))

    await becomes(has_begun)


def _rejected(records: list[Record]) -> bool:
    return any(each.answer == "lost" for each in Past(records).of(Settled))


async def _start_of(there: Crew, job: UUID, fence: int) -> Started:
    """The start of this attempt, soon after it is written down."""
    async with asyncio.timeout(PATIENCE):
        while True:
            for start in Past(there.written_by(*there.hands)).starts[job]:
                if start.fence == fence:
                    return start
            await asyncio.sleep(0.05)
