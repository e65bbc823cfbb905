"""Import time: what `import dawam` costs above asyncio and msgspec, which every such program has loaded anyway."""

import subprocess
import time
from pathlib import Path

from benchmarks.bench import Bench, Run, Values
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.dawam import dawam
from benchmarks.stage import ROOT

_TRIES = 5


def runs(bench: Bench) -> list[Run]:
    """Dawam, and the peer above asyncio alone."""
    return [
        Run("import", lambda: _above(dawam().python, "import asyncio, msgspec", "import dawam")),
        *map(_peer, bench.sqlite.peers),
    ]


def _peer(peer: Contender) -> Run:
    return Run(
        f"import-{peer.name}", lambda: _above(peer.python, "import asyncio", f"import {peer.name}"), peer.installation
    )


def _above(python: Path, base: str, module: str) -> Values:
    """Milliseconds of `module` above `base`: the best of five of each, taken in turns, byte code at hand."""
    for code in (base, f"{base}; {module}"):
        _seconds(python, code)
    pairs = [(_seconds(python, base), _seconds(python, f"{base}; {module}")) for _ in range(_TRIES)]
    return {"import_ms": 1000 * (min(full for _, full in pairs) - min(bare for bare, _ in pairs))}


def _seconds(python: Path, code: str) -> float:
    began = time.perf_counter()
    subprocess.run([python, "-c", code], check=True, cwd=ROOT)
    return time.perf_counter() - began
