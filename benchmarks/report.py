"""The tables that people read."""

from collections.abc import Collection, Sequence

from benchmarks.figures import SECTIONS, peers
from benchmarks.figures.figure import Figure
from benchmarks.results import Results, Spread

_HEAD = ("figure", "unit", "Dawam", "[least .. most]", "peer", "raw limit", "× peer", "× raw", "goal", "reached")
_LEFT, _LEFT_OF_PEERS = {0, 1, 8, 9}, {0, 1}


def everything(results: Results, left_out: Sequence[str]) -> str:
    """The tables of what was measured in this run, and what a reader must know before believing them."""
    tables = [*(_table(results, *section) for section in SECTIONS.items()), _table_of_peers(results)]
    return "\n\n".join([*filter(None, tables), _remarks(results, left_out)])


def number(value: float | None) -> str:
    """Three significant digits, and thousands in groups."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _table(results: Results, title: str, figures: Sequence[Figure]) -> str:
    """Every figure that was measured; nothing when there is none."""
    rows = [_row(results, figure) for figure in figures if results.spread(figure.ours)]
    return f"{title}\n{_drawn([_HEAD, *rows], _LEFT)}" if rows else ""


def _table_of_peers(results: Results) -> str:
    rows = [
        (row.label, row.unit, *(number(_median(results.spread(source))) for source in row.sources))
        for row in peers.ROWS
        if any(results.spread(source) for source in row.sources)
    ]
    return _drawn([peers.HEAD, *rows], _LEFT_OF_PEERS) if rows else ""


def _remarks(results: Results, left_out: Sequence[str]) -> str:
    calibrations = results.calibrations()
    said = [
        f"calibration {min(calibrations):.1f} .. {max(calibrations):.1f} ms: the speed of the machine during the run. "
        "Only ratios within one run mean anything."
        if calibrations
        else "nothing was measured"
    ]
    said += [f"LEFT OUT   {line}" for line in left_out]
    said += [f"DISTURBED  {line}" for line in results.disturbed()]
    said += [f"FAILED     {line}" for line in results.failures]
    wrong = results.wrong_counts()
    said += [f"WRONG      {line}" for line in wrong]
    if wrong:
        said.append("NOT EXACTLY ONCE: see above")
    elif calibrations:
        said.append("every job of every run ran exactly once")
    return "\n".join(said)


def _row(results: Results, figure: Figure) -> tuple[str, ...]:
    ours = results.spread(figure.ours)
    goal = "-" if figure.goal is None else str(figure.goal)
    reached = "-" if figure.goal is None else results.reached(figure).value
    return (
        figure.label,
        figure.unit,
        number(_median(ours)),
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


def _drawn(rows: Sequence[Sequence[str]], left: Collection[int]) -> str:
    """The first row is the head; columns that are not `left` are numbers."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths, left) for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _line(row: Sequence[str], widths: Sequence[int], left: Collection[int]) -> str:
    cells = [
        cell.ljust(width) if column in left else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
