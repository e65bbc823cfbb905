"""The table that people read."""

from collections.abc import Sequence

from benchmarks.figures import FIGURES, Figure
from benchmarks.results import Results, Spread

_HEAD = ("figure", "unit", "Dawam", "[least .. most]", "peer", "raw limit", "× peer", "× raw", "goal", "reached")
_LEFT = {0, 1, 8, 9}


def table(results: Results) -> str:
    """Every figure that was measured in this run."""
    rows = [_HEAD, *(_row(results, figure) for figure in FIGURES if results.spread(figure.ours))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def remarks(results: Results) -> str:
    """What a reader must know before believing the table."""
    calibrations = results.calibrations()
    said = [
        f"calibration {min(calibrations):.1f} .. {max(calibrations):.1f} ms: the speed of the machine during the run. "
        "Only ratios within one run mean anything."
        if calibrations
        else "nothing was measured"
    ]
    said += [f"DISTURBED  {line}" for line in results.disturbed()]
    said += [f"FAILED     {line}" for line in results.failures]
    wrong = results.wrong_counts()
    said += [f"WRONG      {line}" for line in wrong]
    said.append("NOT EXACTLY ONCE: see above" if wrong else "every job of every run ran exactly once")
    return "\n".join(said)


def number(value: float | None) -> str:
    """Three significant digits, and thousands in groups."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _row(results: Results, figure: Figure) -> tuple[str, ...]:
    ours = results.spread(figure.ours)
    goal = "-" if figure.goal is None else str(figure.goal)
    reached = "-" if figure.goal is None else results.reached(figure).value
    return (
        figure.label,
        figure.unit,
        number(ours.median if ours else None),
        _range(ours),
        number(_median(results.spread(figure.peer))),
        number(_median(results.spread(figure.raw))),
        number(results.ratio(figure.ours, figure.peer)),
        number(results.ratio(figure.ours, figure.raw)),
        f"({goal})" if figure.is_borrowed else goal,
        f"({reached})" if figure.is_borrowed else reached,
    )


def _median(spread: Spread | None) -> float | None:
    return None if spread is None else spread.median


def _range(spread: Spread | None) -> str:
    return "-" if spread is None else f"[{number(spread.least)} .. {number(spread.most)}]"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.ljust(width) if column in _LEFT else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
