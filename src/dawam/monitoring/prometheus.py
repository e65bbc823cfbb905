"""Metrics as Prometheus reads them. Needs `dawam[prometheus]`."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from dawam.host.host import Host
from dawam.jobs.record import JobCounts
from dawam.measures.record import Measure
from dawam.measures.spread import Spread
from dawam.stores.values import HostInfo, QueueInfo

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1_800, 3_600)
"""Seconds."""
_OUTCOMES = ("succeeded", "failed", "retried", "cancelled")


def of_host(host: Host, slot_count: int) -> tuple[str, str]:
    """What this process has done since it started, and does now: the text, and the type of its content."""
    return _text(_families_of_host(host, slot_count))


def of_store(counts: JobCounts, queues: Iterable[QueueInfo], hosts: Iterable[HostInfo]) -> tuple[str, str]:
    """What the store holds, the same whoever is asked."""
    return _text(_families_of_store(counts, list(queues), list(hosts)))


def _families_of_host(host: Host, slot_count: int) -> Iterator[Metric]:
    slots = GaugeMetricFamily("dawam_host_slots", "Jobs that may run at once in this process")
    slots.add_metric([], slot_count)
    running = GaugeMetricFamily("dawam_host_running", "Jobs that run in this process")
    running.add_metric([], host.running_count)
    standing = GaugeMetricFamily("dawam_host_standing", "How this process stands", labels=["standing"])
    standing.add_metric([host.standing.value], 1)
    yield from (slots, running, standing, *_families_of_attempts(host.measured()))


def _families_of_attempts(measured: Iterable[Measure]) -> Iterator[Metric]:
    labels = ["name", "queue"]
    attempts = CounterMetricFamily("dawam_attempts", "Attempts that ended in this process", labels=[*labels, "outcome"])
    waits = HistogramMetricFamily("dawam_attempt_wait_seconds", "From when it was due until it began", labels=labels)
    runs = HistogramMetricFamily("dawam_attempt_run_seconds", "From its begin to its end", labels=labels)
    for each in measured:
        of = [each.name, each.queue]
        for outcome in _OUTCOMES:
            attempts.add_metric([*of, outcome], getattr(each, outcome))
        waits.add_metric(of, *_buckets(each.waits))
        runs.add_metric(of, *_buckets(each.runs))
    yield from (attempts, waits, runs)


def _families_of_store(counts: JobCounts, queues: list[QueueInfo], hosts: list[HostInfo]) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("dawam_jobs", "Jobs by state, no further than they are counted", labels=["state"])
    for state in ("due", "scheduled", "retrying", "parked", "running", "succeeded", "failed", "cancelled"):
        jobs.add_metric([state], getattr(counts, state))
    due = GaugeMetricFamily("dawam_queue_due", "Jobs that are due, no further than they are counted", labels=["queue"])
    since = GaugeMetricFamily("dawam_queue_oldest_due_timestamp_seconds", "Since when the oldest is", labels=["queue"])
    paused = GaugeMetricFamily("dawam_queue_paused", "Whether nothing of it is claimed", labels=["queue"])
    for queue in queues:
        due.add_metric([queue.name], queue.due)
        paused.add_metric([queue.name], queue.is_paused)
        if queue.oldest_due_at is not None:
            since.add_metric([queue.name], queue.oldest_due_at.timestamp())
    live = GaugeMetricFamily("dawam_hosts_live", "Processes that run jobs")
    live.add_metric([], sum(host.is_live for host in hosts))
    yield from (jobs, due, since, paused, live)


def _buckets(spread: Spread) -> tuple[list[tuple[str, float]], float]:
    """How many took no longer than each bound, and how long all took together; to a sixteenth, as spreads are."""
    durations = [(middle.total_seconds(), count) for middle, count in spread.durations()]
    bounds = [(str(bound), float(sum(count for took, count in durations if took <= bound))) for bound in BUCKETS]
    total = sum(count for _, count in durations)
    return [*bounds, ("+Inf", float(total))], sum(took * count for took, count in durations)


def _text(families: Iterable[Metric]) -> tuple[str, str]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(list(families)))
    return generate_latest(registry).decode(), CONTENT_TYPE_LATEST


class _Collected(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
