"""The rows of SQLite, and those that need no database.

A goal that was set for PostgreSQL only is borrowed: it says where SQLite stands.
"""

from benchmarks.figures.figure import Figure, Source
from benchmarks.goals import Against, AtLeast, AtMost, Goal

_HUEY_RATE = Source("process-huey", "settled_rate")
_RAW_FULL, _RAW_NORMAL = Source("raw-drain-full", "rate"), Source("raw-drain-normal", "rate")
_FULL_GOAL = AtLeast(5, 8, Against.PEER)
_NORMAL_GOAL = AtLeast(8, 12, Against.PEER)
_ONE_BY_ONE = Source("enqueue-one", "rate")
_SMALL_STORE, _EMPTY_STORE = Source("growth-small", "rate"), Source("growth-empty", "p50_ms")


def _rate(label: str, run: str, raw: Source, goal: Goal | None) -> Figure:
    return Figure(
        label=label, unit="jobs/s", ours=Source(run, "settled_rate"), peer=_HUEY_RATE, raw=raw, goal=goal
    )  # fmt: skip


def _latency(label: str, run: str, value: str, must: float, *, is_between_two: bool) -> Figure:
    peer = Source("latency-huey", value) if is_between_two else None
    raw = Source("raw-latency", value)
    return Figure(label=label, unit="ms", ours=Source(run, value), peer=peer, raw=raw, goal=AtMost(must))


def _growth(label: str, run: str) -> Figure:
    goal = AtLeast(0.9, against=Against.SMALL)
    return Figure(label=f"process, {label}", unit="jobs/s", ours=Source(run, "rate"), base=_SMALL_STORE, goal=goal)


def _latency_beside(label: str, run: str) -> Figure:
    goal = AtMost(1.1, Against.EMPTY)
    return Figure(label=f"latency p50, {label}", unit="ms", ours=Source(run, "p50_ms"), base=_EMPTY_STORE, goal=goal)


def _schedule(label: str, value: str, goal: Goal | None) -> Figure:
    peer = Source("schedules-cronsim", value)
    return Figure(label=f"{label} (cronsim)", unit="µs", ours=Source("schedules", value), peer=peer, goal=goal)


def _worker(label: str, unit: str, value: str, goal: Goal | None, raw: Source | None = None) -> Figure:
    run = "process-full-kept"
    return Figure(
        label=label, unit=unit, ours=Source(run, value), peer=Source("process-huey", value), raw=raw, goal=goal
    )  # fmt: skip


FIGURES = (
    _rate("process, FULL, kept in history", "process-full-kept", _RAW_FULL, _FULL_GOAL),
    _rate("process, FULL, deleted at once", "process-full-deleted", _RAW_FULL, _FULL_GOAL),
    _rate("process, NORMAL, kept in history", "process-normal-kept", _RAW_NORMAL, _NORMAL_GOAL),
    _rate("process, NORMAL, deleted at once", "process-normal-deleted", _RAW_NORMAL, _NORMAL_GOAL),
    _rate("process, FULL, kept, class + scope", "process-class", _RAW_FULL, None),
    _rate("process, FULL, kept, log lines", "process-logged", _RAW_FULL, None),
    _rate("process, FULL, kept, 2 processes", "process-two", _RAW_FULL, None),
    _rate("process, FULL, kept, 4 processes", "process-four", _RAW_FULL, None),
    Figure(
        label="process, memory store",
        unit="jobs/s",
        ours=Source("memory", "rate"),
        raw=Source("memory-floor", "rate"),  # the bare interpreter
    ),
    Figure(
        label="enqueue one by one",
        unit="jobs/s",
        ours=_ONE_BY_ONE,
        peer=Source("enqueue-huey", "rate"),
        raw=Source("raw-insert-full", "rate"),
        goal=AtLeast(0.85, against=Against.RAW),
        is_borrowed=True,
    ),
    Figure(
        label="enqueue from 100 tasks",
        unit="jobs/s",
        ours=Source("enqueue-hundred", "rate"),
        peer=Source("enqueue-huey", "rate"),
        raw=Source("raw-bulk-full", "rate"),
        base=_ONE_BY_ONE,
        goal=AtLeast(10, against=Against.ONE_BY_ONE),
        is_borrowed=True,
    ),
    Figure(
        label="enqueue in bulk of 1,000",
        unit="jobs/s",
        ours=Source("enqueue-bulk", "rate"),
        peer=Source("enqueue-huey", "rate"),
        raw=Source("raw-bulk-full", "rate"),
        goal=AtLeast(0.7, against=Against.RAW),
        is_borrowed=True,
    ),
    _latency("latency p50, one process", "latency-one", "p50_ms", 1, is_between_two=False),
    _latency("latency p99, one process", "latency-one", "p99_ms", 3, is_between_two=False),
    _latency("latency p50, two processes", "latency-two", "p50_ms", 5, is_between_two=True),
    _latency("latency p99, two processes", "latency-two", "p99_ms", 15, is_between_two=True),
    Figure(label="process, 10k waiting", unit="jobs/s", ours=_SMALL_STORE),
    _growth("100k waiting", "growth-tenth"),
    _growth("1M waiting", "growth-waiting"),
    _growth("1M scheduled for later", "growth-scheduled"),
    _growth("1M finished and kept", "growth-finished"),
    _latency_beside("1M scheduled", "growth-scheduled"),
    _latency_beside("1M finished", "growth-finished"),
    Figure(
        label="import above asyncio + msgspec",
        unit="ms",
        ours=Source("import", "import_ms"),
        peer=Source("import-huey", "import_ms"),
        goal=AtMost(100),
    ),
    _schedule("cron: read, and the next tick", "first_us", None),
    _schedule("cron: the next tick", "next_us", AtMost(20)),
    _worker("process start to first job", "s", "startup_seconds", AtMost(0.35)),
    _worker("peak memory of one worker", "MiB", "peak_memory_mib", AtMost(50)),
    _worker(
        "CPU per job, whole worker", "µs", "cpu_us_per_job", AtMost(25), Source("raw-drain-full", "cpu_us_per_job")
    ),
    _worker("CPU per job, its main thread", "µs", "loop_cpu_us_per_job", None),
    Figure(
        label="idle worker, CPU in 10 s",
        unit="s",
        ours=Source("idle", "cpu_seconds"),
        peer=Source("idle-huey", "cpu_seconds"),
        goal=AtMost(0.05),
    ),
    Figure(
        label="idle with 10,000 workers and recurring jobs, CPU in 10 s",
        unit="s",
        ours=Source("idle-many-workers", "cpu_seconds"),
        goal=AtMost(0.1),
    ),
    Figure(
        label="idle worker, commits in 10 s",
        unit="",
        ours=Source("idle", "commits"),
        peer=Source("idle-huey", "commits"),
        goal=AtMost(3),  # a heartbeat every 5 s, and nothing else
    ),
)
