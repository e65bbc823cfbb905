"""`python -m benchmarks.run`: measures, prints the table, writes everything as JSON.

Ends with 1 when a run could not be measured, or did not run each of its jobs exactly once; slow is no error.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import keeping, plan, report, turns
from benchmarks.bench import QUICK, Arena, Bench, Sizes
from benchmarks.contenders import postgres_peers
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.huey import huey
from benchmarks.places.postgres import PostgresPlaces
from benchmarks.places.sqlite import SqlitePlaces
from benchmarks.preparation import Preparation
from benchmarks.results import Results
from benchmarks.stage import ROOT

_POSTGRES_PEERS = (
    postgres_peers.pgqueuer,
    postgres_peers.awa,
    postgres_peers.chancy,
    postgres_peers.oban,
    postgres_peers.procrastinate,
)


def main() -> int:
    """Does what the command line asks."""
    arguments = _arguments()
    bench = _bench(arguments)
    groups = plan.groups(bench)
    wanted = plan.chosen(groups, [word for word in arguments.only.split(",") if word], arguments.on)
    if not wanted:
        names = ", ".join(run.name for group in groups for run in group.runs)
        print(f"--only {arguments.only} --on {arguments.on}: no such run; known: {names}", file=sys.stderr)
        return 2
    rules = turns.QUICKLY if arguments.quick else turns.Rules(arguments.rounds, arguments.patience)
    results = Results()
    with Preparation() as preparation:
        try:
            for group in preparation.ready(wanted):
                turns.measure(group, rules, results)
        except KeyboardInterrupt:
            print("stopped: what was measured so far follows", file=sys.stderr)
    print(f"\n{report.everything(results, preparation.remarks)}")
    print(f"written to {keeping.save(results, preparation, bench, vars(arguments))}")
    return 1 if results.failures or results.wrong_counts() else 0


def _bench(arguments: argparse.Namespace) -> Bench:
    cache, folder = ROOT / ".bench", Path(__file__).parent / "results"
    cache.mkdir(exist_ok=True)
    folder.mkdir(exist_ok=True)
    sizes = QUICK if arguments.quick else Sizes()
    if arguments.held_minutes is not None:
        sizes = replace(sizes, held_seconds=60 * arguments.held_minutes)
    return Bench(
        cache,
        folder,
        sqlite=Arena(cache, SqlitePlaces(cache), _peers((huey,), arguments.peers, cache)),
        postgres=Arena(cache, PostgresPlaces(cache), _peers(_POSTGRES_PEERS, arguments.peers, cache)),
        sizes=sizes,
        profile=arguments.profile,
    )


def _peers(known: Sequence[Callable[[Path], Contender]], names: str, cache: Path) -> tuple[Contender, ...]:
    """Those with one of the names; all of them unless some are named."""
    peers = [peer(cache) for peer in known]
    return tuple(peer for peer in peers if not names or peer.name in names.split(","))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: a smoke test, not a measurement")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often everything is measured (3)")
    parser.add_argument(
        "--only", default="", metavar="run,run", help="only runs whose names begin so, as in process,pg-latency"
    )
    parser.add_argument("--peers", default="", metavar="peer,peer", help="only these peers, or none")
    parser.add_argument("--on", default="", choices=("", *plan.DATABASES), help="only runs on this database")
    parser.add_argument(
        "--profile", action="store_true", help="also profile the worker of the process rate, into results/"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=30,
        metavar="SECONDS",
        help="how long to wait for a quiet machine before a run (30)",
    )
    parser.add_argument(
        "--held-minutes", type=float, metavar="N", help="how long pg-held holds an old snapshot open (10)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
