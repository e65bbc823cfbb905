"""The rows of PostgreSQL. The peer is PgQueuer, the fastest; all of them stand in the table of peers."""

from benchmarks.figures.figure import Figure, Source
from benchmarks.goals import Against, AtLeast, AtMost, Goal

_DELETED_GOAL, _KEPT_GOAL = AtLeast(1.5, 3, Against.PEER), AtLeast(1.2, 2, Against.PEER)
_TWO_GOAL = AtLeast(1.5, 2.5, Against.PEER)
_DELETED, _KEPT, _PEER = "pg-process-deleted", "pg-process-kept", "pg-process-pgqueuer"
_RAW = {_DELETED: "pg-raw-drain-delete-200", _KEPT: "pg-raw-drain-update-200"}
_UNDER_LOAD = ("pg-loaded", "pg-same-rate")
_ONE_BY_ONE = Source("pg-enqueue-one", "rate")
_SMALL_STORE, _EMPTY_STORE = Source("pg-growth-small", "rate"), Source("pg-growth-empty", "p50_ms")


def _rate(label: str, run: str, goal: Goal | None, *, peer: str = _PEER, is_borrowed: bool = False) -> Figure:
    return Figure(
        label=f"PostgreSQL: process, {label}",
        unit="jobs/s",
        ours=Source(run, "settled_rate"),
        peer=Source(peer, "settled_rate"),
        raw=Source(_RAW[_KEPT if run.endswith("kept") else _DELETED], "rate"),
        goal=goal,
        is_borrowed=is_borrowed,
    )


def _enqueue(label: str, how: str, raw: str, goal: Goal) -> Figure:
    return Figure(
        label=f"PostgreSQL: enqueue {label}",
        unit="jobs/s",
        ours=Source(f"pg-enqueue-{how}", "rate"),
        peer=Source(f"pg-enqueue-{how}-pgqueuer", "rate"),
        raw=Source(raw, "rate"),
        base=_ONE_BY_ONE,
        goal=goal,
    )


def _latency(label: str, run: str, value: str, goal: Goal | None, raw: str = "pg-raw-latency") -> Figure:
    return Figure(
        label=f"PostgreSQL: latency {label}",
        unit="ms",
        ours=Source(run, value),
        peer=Source(f"{run}-pgqueuer" if run in _UNDER_LOAD else "pg-latency-pgqueuer", value),
        raw=Source(raw, value),
        goal=goal,
    )


def _cost(label: str, unit: str, run: str, value: str, goal: Goal | None) -> Figure:
    return Figure(
        label=f"PostgreSQL: {label}",
        unit=unit,
        ours=Source(run, value),
        peer=Source(_PEER, value),
        raw=Source(_RAW[run], value),
        goal=goal,
    )


def _growth(label: str, run: str) -> Figure:
    return Figure(
        label=f"PostgreSQL: process, {label}",
        unit="jobs/s",
        ours=Source(run, "rate"),
        base=_SMALL_STORE,
        goal=AtLeast(0.9, against=Against.SMALL),
    )


def _latency_beside(label: str, run: str) -> Figure:
    return Figure(
        label=f"PostgreSQL: latency p50, {label}",
        unit="ms",
        ours=Source(run, "p50_ms"),
        base=_EMPTY_STORE,
        goal=AtMost(1.1, Against.EMPTY),
    )


def _idle(label: str, unit: str, value: str, goal: Goal | None, run: str = "pg-idle") -> Figure:
    peer = Source("pg-idle-pgqueuer", value)
    return Figure(label=f"PostgreSQL: {label} in 10 s", unit=unit, ours=Source(run, value), peer=peer, goal=goal)


def _held(rate: str, run: str) -> tuple[Figure, ...]:
    label = f"PostgreSQL: old snapshot, {rate} offered"
    peer = f"{run}-pgqueuer"
    return (
        Figure(
            label=f"{label}, p99 last / first",
            unit="×",
            ours=Source(run, "p99_last_to_first"),
            peer=Source(peer, "p99_last_to_first"),
            goal=AtMost(2),
        ),
        Figure(
            label=f"{label}, rate last / first",
            unit="×",
            ours=Source(run, "rate_last_to_first"),
            peer=Source(peer, "rate_last_to_first"),
            goal=AtLeast(0.8),
        ),
        Figure(
            label=f"{label}, p99 in the last part",
            unit="ms",
            ours=Source(run, "p99_ms_10"),
            peer=Source(peer, "p99_ms_10"),
        ),
    )


FIGURES = (
    _rate("deleted at once", _DELETED, _DELETED_GOAL),
    _rate("kept in history", _KEPT, _KEPT_GOAL),
    _rate("kept, class + scope", "pg-process-class", None),
    _rate("deleted, 2 processes", "pg-process-two-deleted", _TWO_GOAL, peer="pg-process-two-pgqueuer"),
    _rate("kept, 2 processes", "pg-process-two-kept", _TWO_GOAL, peer="pg-process-two-pgqueuer", is_borrowed=True),
    _enqueue("one by one", "one", "pg-raw-insert", AtLeast(0.85, against=Against.RAW)),
    _enqueue("from 100 tasks", "hundred", "pg-raw-copy", AtLeast(10, against=Against.ONE_BY_ONE)),
    _enqueue("in bulk of 1,000", "bulk", "pg-raw-copy", AtLeast(0.7, against=Against.RAW)),
    _latency("p50, one process", "pg-latency-one", "p50_ms", AtMost(2)),
    _latency("p99, one process", "pg-latency-one", "p99_ms", AtMost(6)),
    _latency("p50, two processes", "pg-latency-two", "p50_ms", AtMost(2)),
    _latency("p99, two processes", "pg-latency-two", "p99_ms", AtMost(6)),
    _latency("p50 at half of the peak", "pg-loaded", "p50_ms", None),
    _latency("p99 at half of the peak", "pg-loaded", "p99_ms", None),
    _latency("p50 at 5,000 jobs/s", "pg-same-rate", "p50_ms", None),
    _latency("p99 at 5,000 jobs/s", "pg-same-rate", "p99_ms", None),
    _cost("CPU per job, worker, deleted", "µs", _DELETED, "cpu_us_per_job", AtMost(25)),
    _cost("CPU per job, worker, kept", "µs", _KEPT, "cpu_us_per_job", AtMost(25)),
    _cost("CPU per job, server, deleted", "µs", _DELETED, "server_cpu_us_per_job", AtMost(20)),
    _cost("CPU per job, server, kept", "µs", _KEPT, "server_cpu_us_per_job", AtMost(30)),
    _cost("process start to first job", "s", _KEPT, "startup_seconds", AtMost(0.35)),
    _cost("peak memory of one worker", "MiB", _KEPT, "peak_memory_mib", AtMost(50)),
    _idle("idle worker, CPU", "s", "cpu_seconds", AtMost(0.05)),
    _idle("idle worker, CPU of its server", "s", "server_cpu_seconds", None),
    _idle("idle worker, transactions", "", "commits", None),
    _idle("idle worker, rows written", "", "writes", AtMost(3)),  # a heartbeat every 5 s, and nothing else
    _idle("idle, 10,000 workers and recurring jobs, CPU", "s", "cpu_seconds", AtMost(0.1), "pg-idle-many-workers"),
    Figure(label="PostgreSQL: process, 10k waiting", unit="jobs/s", ours=_SMALL_STORE),
    _growth("100k waiting", "pg-growth-tenth"),
    _growth("1M waiting", "pg-growth-waiting"),
    _growth("1M scheduled for later", "pg-growth-scheduled"),
    _growth("100k of an unknown name", "pg-growth-parked"),
    _growth("10M finished and kept", "pg-growth-finished"),
    _latency_beside("1M scheduled", "pg-growth-scheduled"),
    _latency_beside("100k of an unknown name", "pg-growth-parked"),
    _latency_beside("10M finished", "pg-growth-finished"),
    *_held("2,000/s", "pg-held-2000"),
    *_held("10,000/s", "pg-held-10000"),
)
