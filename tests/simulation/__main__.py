"""Simulates hosts: `python -m tests.simulation [--seeds N] [--first SEED] [--processes N]`, or one: `--seed SEED`.

One seed tells its whole story. Of many it tells the numbers, and every violation; it fails where there is one.
"""

import argparse
import gc
import logging
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator

from tests.simulation.guards import GUARDS
from tests.simulation.seeds import simulate, simulate_all, summed
from tests.simulation.world import Outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="this one, with its story")
    parser.add_argument("--seeds", type=int, default=1_000, help="so many, one after the other")
    parser.add_argument("--first", type=int, default=random.randrange(1_000_000), help="the first of them")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--without", choices=list(GUARDS), help="leaves out a guard: what it is there for is found")
    chosen = parser.parse_args()
    _same_each_time()
    if chosen.without is not None:
        GUARDS[chosen.without]()
    if chosen.seed is not None:
        one = simulate(chosen.seed)
        print(*one.story, f"fingerprint {one.fingerprint}", sep="\n")
        found = [one]
    else:
        began = time.perf_counter()
        outcomes = simulate_all(range(chosen.first, chosen.first + chosen.seeds), processes=chosen.processes)
        found = list(outcomes if chosen.without is None else _up_to_a_violation(outcomes))
        a_minute = 60 * len(found) / (time.perf_counter() - began)
        numbers = ", ".join(f"{count:,} {what}" for what, count in sorted(summed(found).items()))
        print(f"{len(found):,} seeds from {chosen.first} on, {a_minute:,.0f} a minute: {numbers}")
    violated = [outcome for outcome in found if outcome.violations]
    for outcome in violated:
        print(f"seed {outcome.seed}:", *outcome.violations[:3], sep="\n  ")
    if violated:
        raise SystemExit(f"{len(violated)} seeds with violations: see python -m tests.simulation --seed ...")


def _up_to_a_violation(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    for outcome in outcomes:
        yield outcome
        if outcome.violations:
            return


def _same_each_time() -> None:
    """Sets of texts are in the same order in each process of this hash seed; and the dead say nothing."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
                  {**os.environ, "PYTHONHASHSEED": "0"})  # fmt: skip
    logging.disable(logging.CRITICAL)
    sys.unraisablehook = lambda _: None
    gc.freeze()  # each life looks for what the one before has left, and not through all that was imported


if __name__ == "__main__":
    main()
