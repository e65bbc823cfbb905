"""Writes what was measured as JSON, with all that a reader must know of the machine, the databases and the peers."""

import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.figures import FIGURES
from benchmarks.figures.figure import Figure
from benchmarks.preparation import Preparation
from benchmarks.results import Results

_DRIVERS = ("psycopg", "asyncpg", "msgspec")


def save(results: Results, preparation: Preparation, bench: Bench, arguments: dict[str, object]) -> Path:
    """Into a file that is named after the moment."""
    now = datetime.now(UTC)
    path = bench.results / f"{now:%Y%m%d-%H%M%S}.json"
    content = {
        "at": now.isoformat(timespec="seconds"),
        "machine": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "cores": os.cpu_count(),
            **{name: version(name) for name in _DRIVERS},
        },
        "databases": preparation.databases,
        "peers": preparation.peers,
        "left_out": preparation.remarks,
        "arguments": arguments,
        "sizes": asdict(bench.sizes),
        "figures": {figure.label: _figure(results, figure) for figure in FIGURES},
        "failures": results.failures,
        "wrong_counts": results.wrong_counts(),
        "runs": results.as_json(),
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False))
    return path


def _figure(results: Results, figure: Figure) -> dict[str, object]:
    spread = results.spread(figure.ours)
    return {
        "unit": figure.unit,
        "median": spread and spread.median,
        "times_peer": results.ratio(figure.ours, figure.peer),
        "times_raw": results.ratio(figure.ours, figure.raw),
        "goal": str(figure.goal) if figure.goal else None,
        "reached": results.reached(figure).value if figure.goal else None,
    }
