"""Measures runs in turns, each while the machine is quiet."""

import sys
from dataclasses import dataclass

from benchmarks import machine, report
from benchmarks.bench import Group, Run, Values
from benchmarks.results import DISTURBANCE, Results

_LONGEST_LINE = 8
"""So many values of a run are shown while it goes; all of them are in the JSON."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How often to measure, how long to wait for a quiet machine, and how often to repeat what others disturbed."""

    rounds: int
    patience: float
    repeats: int = 2


QUICKLY = Rules(rounds=1, patience=0, repeats=0)


def measure(group: Group, rules: Rules, results: Results) -> None:
    """All runs of the first round, then all of the second, ...: what is compared has met the same machine."""
    for turn in range(1, rules.rounds + 1):
        for run in group.runs:
            if turn == 1 or not run.is_long:
                _measure(run, group, turn, results, rules)


def _measure(run: Run, group: Group, turn: int, results: Results, rules: Rules) -> None:
    try:
        values = _in_peace(run, group, rules)
    except Exception as error:  # noqa: BLE001  (one run that fails must not cost the others)
        results.fail(run.name, turn, error)
        print(f"[{turn}] {run.name}: FAILED: {error}", file=sys.stderr, flush=True)
        return
    results.add(run.name, turn, values)
    shown = ", ".join(f"{key} {report.number(value)}" for key, value in list(values.items())[:_LONGEST_LINE])
    print(f"[{turn}] {run.name}: {shown}", file=sys.stderr, flush=True)


def _in_peace(run: Run, group: Group, rules: Rules) -> Values:
    """Measures, again and again within the rules, until a run had the machine to itself.

    A run that went wrong is not repeated, and neither is a long one.
    """
    for _ in range(0 if run.is_long else rules.repeats):
        values = _watched(run, group, rules)
        if values["foreign_cores"] <= DISTURBANCE or values.get("lost") or values.get("duplicate"):
            return values
        print(f"    ({run.name} again: others took {values['foreign_cores']:.2f} cores)", file=sys.stderr, flush=True)
    return _watched(run, group, rules)


def _watched(run: Run, group: Group, rules: Rules) -> Values:
    machine.wait_until_quiet(rules.patience)
    watch = machine.Watch(group.arena.places.servers)
    return {**run.measure(), **watch.stop()}
