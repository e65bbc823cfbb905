"""What was measured: values by run and round, their medians, and ratios that a drifting machine does not spoil."""

import statistics
from collections import defaultdict
from dataclasses import dataclass

from benchmarks.bench import Values
from benchmarks.figures.figure import Figure, Source
from benchmarks.goals import Against, Reached

DISTURBANCE = 0.35
"""More cores than this, taken by others, spoil a run."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the rounds, and between which values they lay."""

    median: float
    least: float
    most: float


class Results:
    """Values by run and round; a round that failed has none."""

    def __init__(self) -> None:
        self._values: defaultdict[str, dict[int, Values]] = defaultdict(dict)
        self.failures: list[str] = []

    def add(self, run: str, turn: int, values: Values) -> None:
        """Keeps what a run measured in a round."""
        self._values[run][turn] = values

    def fail(self, run: str, turn: int, error: Exception) -> None:
        """Keeps that a run could not be measured."""
        self.failures.append(f"{run}, round {turn}: {error}")

    def spread(self, source: Source | None) -> Spread | None:
        """The rounds of one value in short; None when there is no round of it."""
        values = list(self._by_round(source).values())
        return Spread(statistics.median(values), min(values), max(values)) if values else None

    def ratio(self, ours: Source, other: Source | None) -> float | None:
        """The median of the ratios within each round, because only runs of one round met the same machine."""
        theirs = self._by_round(other)
        pairs = [(value, theirs[turn]) for turn, value in self._by_round(ours).items() if theirs.get(turn)]
        return statistics.median(one / another for one, another in pairs) if pairs else None

    def held_against_goal(self, figure: Figure) -> float | None:
        """The number that the figure's goal judges."""
        if figure.goal is None:
            return None
        match figure.goal.against:
            case Against.PEER:
                return self.ratio(figure.ours, figure.peer)
            case Against.RAW:
                return self.ratio(figure.ours, figure.raw)
            case Against.ONE_BY_ONE | Against.SMALL | Against.EMPTY:
                return self.ratio(figure.ours, figure.base)
            case Against.ITSELF:
                spread = self.spread(figure.ours)
                return None if spread is None else spread.median

    def reached(self, figure: Figure) -> Reached:
        """How far the figure's goal was reached."""
        return Reached.UNKNOWN if figure.goal is None else figure.goal.judge(self.held_against_goal(figure))

    def wrong_counts(self) -> list[str]:
        """Every run that lost a job or ran one twice, in words. There must be none."""
        return [
            f"{run}, round {turn}: {values['lost']:.0f} lost, {values['duplicate']:.0f} run more than once"
            for run, rounds in self._values.items()
            for turn, values in rounds.items()
            if values.get("lost") or values.get("duplicate")
        ]

    def disturbed(self) -> list[str]:
        """Every run during which others took much of the machine."""
        return [
            f"{run}, round {turn}: others took {values['foreign_cores']:.2f} cores"
            for run, rounds in self._values.items()
            for turn, values in rounds.items()
            if values.get("foreign_cores", 0) > DISTURBANCE
        ]

    def calibrations(self) -> list[float]:
        """The calibration loop, before and after every run, in milliseconds."""
        ends = ("calibration_before_ms", "calibration_after_ms")
        return [values[end] for rounds in self._values.values() for values in rounds.values() for end in ends]

    def as_json(self) -> dict[str, dict[int, Values]]:
        """Everything, by run and round."""
        return {run: dict(rounds) for run, rounds in self._values.items()}

    def _by_round(self, source: Source | None) -> dict[int, float]:
        if source is None or source.run not in self._values:
            return {}
        return {
            turn: values[source.value] for turn, values in self._values[source.run].items() if source.value in values
        }
