"""Rows 7 and 8: periodic workers, and those that are no timers."""

from tests.mutants.mutant import Mutant

WORKER_MUTANTS = (
    Mutant(
        "7", "the next tick is counted from the planned moment, and not from the end of the last",
        "src/dawam/workers/planning.py",
        "return ended_at + schedule.period",
        "return planned_at + schedule.period",
    ),
    Mutant(
        "7", "a tick that is under way is handed out again",
        "src/dawam/stores/ticking/row.py",
        "if self.host is not None or (self.fence, self.revision) != (claim.fence, claim.revision):",
        "if self.revision != claim.revision:",
    ),
    Mutant(
        "7", "a worker is one instance for all its ticks, which may ask for nothing of a scope",
        "src/dawam/host/roots.py",
        "is_singleton=worker.kind is WorkerKind.CUSTOM",
        "is_singleton=worker.kind is not WorkerKind.FUNCTION",
    ),
    Mutant(
        "7", "an error of a worker ends its ticks",
        "src/dawam/host/tick.py",
        "except BaseException as raised:  # noqa: BLE001  (no worker ends the process, or its own next ticks)",
        "except TimeoutError as raised:",
    ),
    Mutant(
        "8", "workers are stopped in the order in which they were started",
        "src/dawam/host/custom_workers.py",
        "self._started.pop()",
        "self._started.pop(0)",
    ),
    Mutant(
        "8", "nobody is told of a stop that failed",
        "src/dawam/host/custom_workers.py",
        "return asyncio.CancelledError() if task.cancelled() else task.exception()",
        "return None",
    ),
    Mutant(
        "8", "a change of stock that may still be rolled back counts as one that has happened",
        "examples/inventory/products/workers/stock_change_watcher.py",
        "        if unit is None:\n",
        "        if unit is None or unit.is_open:\n",
    ),
)  # fmt: skip
