"""The fault suite for longer: `python -m tests.faults.chaos [what ...] --store S --seconds N --processes N --seed S`.

It prints its seed, and then a table in Markdown, a row for each scenario as soon as that is over. A broken promise ends
it with a list of violations, and the folder with the history (and the file, where there is one) is kept.
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from dawam import AfterCrash
from tests.faults import blows, contention, power_loss, scenarios
from tests.faults.beats import beats
from tests.faults.crew import LEASE
from tests.faults.ground import File, Grounds
from tests.support.postgres import PostgresServer

_DO_NOT_SAY = frozenset({"processes", "producers", "hosts", "seconds", "lease"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much of everything."""

    seconds: float
    processes: int
    seed: int
    jobs: int
    samples: int
    times: int
    running: int
    points: int


Row = tuple[str, str]
Scenario = Callable[[Plan, random.Random, Grounds], AsyncIterator[Row]]


def in_words(numbers: Mapping[str, object]) -> str:
    """The numbers that are not zero."""
    return ", ".join(f"{value:,} {what}" for what, value in numbers.items() if value and what not in _DO_NOT_SAY)


async def no_operation(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    for processes in (1, 2, 4):
        numbers = await scenarios.no_operation(grounds.new(), jobs=plan.jobs, processes=processes)
        hosts = "1 process" if processes == 1 else f"{processes} processes"
        yield f"Jobs that do nothing, {hosts}", f"{numbers['seconds']} s: {in_words(numbers)}"


async def kills(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    numbers = await scenarios.kills(
        grounds.new(), luck, processes=plan.processes, hits=20, every=2.0, seconds=plan.seconds
    )  # fmt: skip
    yield f"Jobs of 2 ms, a random one of {plan.processes} processes killed every 2 s", in_words(numbers)


async def freezes(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    numbers = await scenarios.freezes(grounds.new(), luck, processes=plan.processes, seconds=plan.seconds)
    yield f"A random one of {plan.processes} processes frozen for longer than its lease", in_words(numbers)


async def everything(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    numbers = await scenarios.everything(grounds.new(), luck, processes=plan.processes, seconds=plan.seconds)
    yield (
        f"{plan.processes} processes killed, frozen and stopped in any order; half of the jobs fail at first",
        in_words(numbers),
    )


async def rescues(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    delays, _ = await scenarios.rescues(grounds.new(), samples=plan.samples)
    yield f"From `kill -9` to the second start, lease {LEASE.total_seconds():.0f} s", f"{delays}"


async def stops(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    seconds, ahead = list[float](), list[int]()
    for _ in range(plan.times):
        ground = grounds.new()
        took, numbers = await scenarios.stop_under_load(ground, luck, jobs=plan.running)
        seconds.append(took)
        ahead.append(int(str(numbers["claims handed back before they began"])))
        shutil.rmtree(ground.folder)
    yield (
        f"SIGTERM to a host that holds {plan.running:,} jobs, some of which do not listen; {plan.times} times",
        f"all handed back ({sum(ahead) // len(ahead):,} of them claimed ahead, as a rule), none charged; ended within "
        f"{min(seconds):.1f} to {max(seconds):.1f} s (grace {scenarios.GRACE:.0f} s)",
    )


async def order(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    numbers = await scenarios.order(grounds.new(), jobs=plan.jobs // 10, takes=0.01)
    yield "20 urgent jobs that come behind thousands of usual ones on 2 processes", in_words(numbers)


async def long(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    waits, numbers = await scenarios.beside_long_jobs(grounds.new(), takes=plan.seconds)
    yield (
        f"10 jobs of {plan.seconds:,.0f} s in a host of 20 slots: how long jobs of 10 ms wait beside them",
        f"{waits}; {in_words(numbers)}",
    )


async def writers(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    waits, numbers = await contention.writers(_file(grounds), producers=4, hosts=2, seconds=plan.seconds)
    yield "4 producers and 2 hosts write one file: how long an enqueue takes", f"{waits}; {in_words(numbers)}"


async def lock(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    waits, numbers = await contention.writers(_file(grounds), producers=4, hosts=2, seconds=plan.seconds, lock=5)
    yield "The same, and somebody else's transaction holds the lock for 5 s", f"{waits}; {in_words(numbers)}"


async def power(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    events = power_loss.recorded(grounds.new().folder, synchronous="FULL", jobs=1_000)
    found = await power_loss.losses(events, luck, points=plan.points)
    assert not found, f"{len(found)} losses, such as {found[:3]}"
    yield (
        f"Power fails at {plan.points:,} random moments, synchronous FULL",
        "no job and no settlement lost, every file whole",
    )


async def ticks(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    for processes in (2, 4):
        for after_crash in AfterCrash:
            found = await beats(
                grounds.new(), luck, processes=processes, seconds=plan.seconds, after_crash=after_crash
            )  # fmt: skip
            assert not found.violations, f"{len(found.violations)} violations, such as {found.violations[:3]}"
            outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(found.outcomes.items()))
            yield (
                f"A tick every second on {processes} processes, killed and frozen; after a crash: {after_crash}",
                f"{found.moments} moments, all accounted for: {outcomes}; {found.second_runs} begun again after a loss",
            )


async def outage(plan: Plan, luck: random.Random, grounds: Grounds) -> AsyncIterator[Row]:
    server, lease = _own(grounds), LEASE.total_seconds()
    for what, away in (("at once", 0.0), ("after a second", 1.0), ("after 5 leases", 5 * lease)):
        found = await blows.under_blows(grounds.new(), blows.kill(server, away), jobs=plan.jobs)
        yield f"The server killed in the middle of {plan.jobs:,} jobs on 2 processes, started again {what}", str(found)
    found = await blows.under_blows(grounds.new(), blows.freeze(server, 5 * lease), jobs=plan.jobs)
    yield "The same, and the server frozen for 5 leases", str(found)
    cuts = blows.end_sessions(server, luck, count=200)
    yield (
        "The same, and 200 random sessions ended, one after the other",
        str(await blows.under_blows(grounds.new(), cuts, jobs=plan.jobs, takes=0.02)),
    )


def _own(grounds: Grounds) -> PostgresServer:
    assert grounds.server is not None
    return grounds.server


def _file(grounds: Grounds) -> File:
    ground = grounds.new()
    assert isinstance(ground, File)
    return ground


FOR_EVERY_STORE: Mapping[str, Scenario] = {
    "no-operation": no_operation,
    "kills": kills,
    "freezes": freezes,
    "everything": everything,
    "rescues": rescues,
    "stops": stops,
    "order": order,
    "long": long,
    "ticks": ticks,
}
SCENARIOS: Mapping[str, Mapping[str, Scenario]] = {
    "sqlite": {**FOR_EVERY_STORE, "writers": writers, "lock": lock, "power": power},
    "postgres": {**FOR_EVERY_STORE, "outage": outage},
}


async def run(store: str, plan: Plan, names: list[str]) -> None:
    print(f"{store}, seed {plan.seed}\n\n| What was done | What came of it |\n|---|---|", flush=True)
    with nullcontext() if store == "sqlite" else PostgresServer() as server:
        for name in names:
            folder = Path(tempfile.mkdtemp(prefix=f"dawam-{name}-"))
            luck = random.Random(f"{plan.seed} {name}")
            try:
                async for row in SCENARIOS[store][name](plan, luck, Grounds(folder, server)):
                    print(f"| {' | '.join(row)} |", flush=True)
            except BaseException:
                print(f"\n{name} is kept in {folder}; seed {plan.seed}", file=sys.stderr, flush=True)
                raise
            shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    every = dict.fromkeys(name for scenarios in SCENARIOS.values() for name in scenarios)
    parser.add_argument("what", nargs="*", choices=[*every, []], help=f"of {', '.join(every)}; all of the store")
    parser.add_argument("--store", choices=list(SCENARIOS), default="sqlite", help="on which jobs are kept")
    parser.add_argument("--seconds", type=float, default=60, help="of those that go on for as long as one likes")
    parser.add_argument("--processes", type=int, default=4, help="that are killed and frozen")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--jobs", type=int, default=100_000, help="that do nothing")
    parser.add_argument("--samples", type=int, default=20, help="of rescues")
    parser.add_argument("--times", type=int, default=50, help="that a process is stopped under load")
    parser.add_argument("--running", type=int, default=10_000, help="jobs, when it is")
    parser.add_argument("--points", type=int, default=1_000, help="at which power fails")
    chosen = vars(parser.parse_args())
    store = chosen.pop("store")
    names = chosen.pop("what") or list(SCENARIOS[store])
    if unknown := [name for name in names if name not in SCENARIOS[store]]:
        parser.error(f"there is no {', '.join(unknown)} on {store}, only {', '.join(SCENARIOS[store])}")
    asyncio.run(run(store, Plan(**chosen), names))


if __name__ == "__main__":
    main()
