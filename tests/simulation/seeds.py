"""From a seed to what came of it, for one seed or thousands, on as many cores as are wanted."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.acts import EVERYTHING, OUTAGES
from tests.simulation.world import Outcome, World

_AT_ONCE = 20
_OUTAGES_ONLY = 8
"""In so many seeds there is one in which nothing happens but that the store is away."""


def simulate(seed: int) -> Outcome:
    """The same each time."""
    luck = random.Random(f"{seed} of the world")
    world = World(seed, seconds=luck.uniform(2, 6), hosts=luck.randint(2, 4))
    if seed % _OUTAGES_ONLY:
        return world.run(EVERYTHING)
    world.witness.forbids_deaths = True
    return world.run(OUTAGES)


def simulate_all(seeds: Sequence[int], *, processes: int) -> Iterator[Outcome]:
    """Without their stories, which are long."""
    with ProcessPoolExecutor(processes) as pool:
        for outcomes in pool.map(_some, [seeds[at : at + _AT_ONCE] for at in range(0, len(seeds), _AT_ONCE)]):
            yield from outcomes


def _some(seeds: Sequence[int]) -> list[Outcome]:
    return [simulate(seed).without_story() for seed in seeds]


def summed(outcomes: Sequence[Outcome]) -> Counter[str]:
    """All their numbers together."""
    total: Counter[str] = Counter()
    for outcome in outcomes:
        total.update(outcome.counts)
    return total
