"""The table that shows Dawam among all the peers that keep jobs in PostgreSQL."""

from dataclasses import dataclass

from benchmarks.figures.figure import Source

PEERS = ("pgqueuer", "awa", "chancy", "oban", "procrastinate")


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One value of everybody; `ours` is with finished jobs kept, `deleted` without, where that makes a difference."""

    label: str
    unit: str
    value: str
    runs: str
    ours: str
    deleted: str = ""

    @property
    def sources(self) -> list[Source]:
        """In the order of the columns."""
        runs = (self.ours, self.deleted, *(f"{self.runs}-{peer}" for peer in PEERS))
        return [Source(run, self.value) for run in runs]


def _process(label: str, unit: str, value: str) -> PeerRow:
    return PeerRow(label, unit, value, "pg-process", "pg-process-kept", "pg-process-deleted")


HEAD = ("everybody on PostgreSQL", "unit", "Dawam, kept", "deleted", *PEERS)
ROWS = (
    _process("process, 1 worker", "jobs/s", "settled_rate"),
    PeerRow(
        "process, 2 workers",
        "jobs/s",
        "settled_rate",
        "pg-process-two",
        "pg-process-two-kept",
        "pg-process-two-deleted",
    ),
    PeerRow("enqueue one by one", "jobs/s", "rate", "pg-enqueue-one", "pg-enqueue-one"),
    PeerRow("enqueue from 100 tasks", "jobs/s", "rate", "pg-enqueue-hundred", "pg-enqueue-hundred"),
    PeerRow("enqueue in bulk of 1,000", "jobs/s", "rate", "pg-enqueue-bulk", "pg-enqueue-bulk"),
    PeerRow("latency p50, light load", "ms", "p50_ms", "pg-latency", "pg-latency-two"),
    PeerRow("latency p99, light load", "ms", "p99_ms", "pg-latency", "pg-latency-two"),
    PeerRow("half of the peak, offered", "jobs/s", "offered_rate", "pg-loaded", "pg-loaded"),
    PeerRow("latency p50 at half of the peak", "ms", "p50_ms", "pg-loaded", "pg-loaded"),
    PeerRow("latency p99 at half of the peak", "ms", "p99_ms", "pg-loaded", "pg-loaded"),
    _process("CPU per job, worker", "µs", "cpu_us_per_job"),
    _process("CPU per job, server", "µs", "server_cpu_us_per_job"),
    _process("process start to first job", "s", "startup_seconds"),
    _process("peak memory of one worker", "MiB", "peak_memory_mib"),
    PeerRow("idle worker, CPU in 10 s", "s", "cpu_seconds", "pg-idle", "pg-idle"),
    PeerRow("idle worker, CPU of its server", "s", "server_cpu_seconds", "pg-idle", "pg-idle"),
    PeerRow("idle worker, transactions in 10 s", "", "commits", "pg-idle", "pg-idle"),
)
