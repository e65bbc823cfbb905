"""`python -m benchmarks.pictures [results.json [folder]]`: draws what was measured, into docs/explain/pictures/.

Without a file it takes the latest one of results/. A picture whose runs are not in the file is left as it is.
"""

import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.drawing import Line, Row, bars, lines
from benchmarks.figures.peers import PEERS
from benchmarks.scenarios.held import PARTS
from benchmarks.stage import ROOT

_FOLDER = ROOT / "docs" / "explain" / "pictures"
_RESULTS = Path(__file__).parent / "results"
_NAMES = {
    "pgqueuer": "PgQueuer",
    "awa": "awa",
    "chancy": "Chancy",
    "oban": "Oban",
    "procrastinate": "Procrastinate",
    "huey": "Huey",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One file of results."""

    content: dict[str, Any]

    def median(self, run: str, value: str) -> float | None:
        """Of all rounds; None when it was not measured."""
        rounds = self.content["runs"].get(run, {}).values()
        values = [each[value] for each in rounds if value in each]
        return statistics.median(values) if values else None

    def medians(self, runs: Sequence[str], value: str) -> tuple[float | None, ...]:
        """The same value of several runs."""
        return tuple(self.median(run, value) for run in runs)

    @property
    def remark(self) -> str:
        """When and where."""
        machine = self.content["machine"]
        versions = [
            f"{name} {facts.get('version') or facts.get('server_version', '')}".split(" (")[0]
            for name, facts in self.content["databases"].items()
        ]
        said = [self.content["at"][:10], f"{machine['cores']} cores", f"Python {machine['python']}", *versions]
        return ", ".join(said)


def main(*arguments: str) -> None:
    """Draws all that can be drawn."""
    file = Path(arguments[0]) if arguments else max(_RESULTS.glob("*.json"))
    folder = Path(arguments[1]) if len(arguments) > 1 else _FOLDER
    measured = Measured(json.loads(file.read_text()))
    for name, draw in _PICTURES.items():
        picture = draw(measured)
        if picture is None:
            print(f"{name}: nothing of it is in {file}")
            continue
        (folder / name).write_text(picture)
        print(f"{name}: drawn")


def _postgres_process(measured: Measured) -> str | None:
    rows = [
        Row("Dawam, deleted", measured.medians(["pg-process-deleted", "pg-process-two-deleted"], "settled_rate"), True),
        Row("Dawam, kept", measured.medians(["pg-process-kept", "pg-process-two-kept"], "settled_rate"), True),
        *_peer_rows(measured, ["pg-process-{}", "pg-process-two-{}"], "settled_rate"),
    ]
    return _bars("Jobs a second, on PostgreSQL", measured, ["1 worker", "2 workers"], rows)


def _sqlite_process(measured: Measured) -> str | None:
    rows = [
        Row(
            "Dawam, deleted", measured.medians(["process-full-deleted", "process-normal-deleted"], "settled_rate"), True
        ),
        Row("Dawam, kept", measured.medians(["process-full-kept", "process-normal-kept"], "settled_rate"), True),
        Row("Huey", measured.medians(["process-huey"], "settled_rate"), False),
    ]
    return _bars("Jobs a second, on SQLite", measured, ["FULL", "NORMAL"], rows)


def _postgres_latency(measured: Measured) -> str | None:
    return _latency("Milliseconds from enqueue to start, one job every 20 ms", measured, "pg-latency-two", "pg-latency")


def _postgres_loaded(measured: Measured) -> str | None:
    return _latency("Milliseconds from enqueue to start, at half of the own peak", measured, "pg-loaded", "pg-loaded")


def _latency(title: str, measured: Measured, ours: str, theirs: str) -> str | None:
    rows = [Row("Dawam", (measured.median(ours, "p50_ms"), measured.median(ours, "p99_ms")), True)]
    for peer in PEERS:
        run = f"{theirs}-{peer}"
        rows.append(Row(_NAMES[peer], (measured.median(run, "p50_ms"), measured.median(run, "p99_ms")), False))
    return _bars(title, measured, ["p50", "p99"], rows, is_logarithmic=True)


def _growth(measured: Measured) -> str | None:
    stores = {
        "10k wait": "growth-small",
        "100k wait": "growth-tenth",
        "1M wait": "growth-waiting",
        "1M scheduled": "growth-scheduled",
        "100k unknown": "growth-parked",
        "many finished": "growth-finished",
    }
    drawn = [
        Line("PostgreSQL", measured.medians([f"pg-{run}" for run in stores.values()], "rate")),
        Line("SQLite", measured.medians(list(stores.values()), "rate")),
    ]
    return _lines("Jobs a second, by what else lies in the store", measured, list(stores), drawn)


def _held_latency(measured: Measured) -> str | None:
    title = "Milliseconds to start (p99) while an old snapshot is held open"
    return _held(title, measured, "p99_ms", is_logarithmic=True)


def _held_rate(measured: Measured) -> str | None:
    return _held("Jobs started a second while an old snapshot is held open", measured, "rate")


def _held(title: str, measured: Measured, value: str, *, is_logarithmic: bool = False) -> str | None:
    runs = {
        "Dawam, 2,000/s": "pg-held-2000",
        "Dawam, 10,000/s": "pg-held-10000",
        "PgQueuer, 2,000/s": "pg-held-2000-pgqueuer",
    }
    parts = range(1, PARTS + 1)
    drawn = [
        Line(label, tuple(measured.median(run, f"{value}_{part}") for part in parts)) for label, run in runs.items()
    ]
    minutes = measured.content["sizes"]["held_seconds"] / 60
    return _lines(
        title,
        measured,
        [f"{minutes * part / PARTS:.3g} min" for part in parts],
        drawn,
        is_logarithmic=is_logarithmic,
    )


def _peer_rows(measured: Measured, runs: Sequence[str], value: str) -> list[Row]:
    return [Row(_NAMES[peer], measured.medians([run.format(peer) for run in runs], value), False) for peer in PEERS]


def _bars(
    title: str, measured: Measured, series: Sequence[str], rows: list[Row], *, is_logarithmic: bool = False
) -> str | None:
    if all(value is None for row in rows if row.is_ours for value in row.values):
        return None
    return bars(title, measured.remark, series, rows, is_logarithmic=is_logarithmic)


def _lines(
    title: str, measured: Measured, x_labels: Sequence[str], drawn: list[Line], *, is_logarithmic: bool = False
) -> str | None:
    found = [line for line in drawn if any(value is not None for value in line.values)]
    return lines(title, measured.remark, x_labels, found, is_logarithmic=is_logarithmic) if found else None


_PICTURES: dict[str, Callable[[Measured], str | None]] = {
    "sqlite-process.svg": _sqlite_process,
    "postgres-process.svg": _postgres_process,
    "postgres-latency.svg": _postgres_latency,
    "postgres-loaded.svg": _postgres_loaded,
    "growth.svg": _growth,
    "postgres-snapshot-latency.svg": _held_latency,
    "postgres-snapshot-rate.svg": _held_rate,
}


if __name__ == "__main__":
    main(*sys.argv[1:])
