"""What can be found among the jobs and hosts of a store: what waits for nobody, and what nobody can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from dawam.cli.doctor.findings import Report
from dawam.cli.hosts import lease_text
from dawam.errors import ArgsUnreadableError
from dawam.events.lifecycle import UnknownJobsWaiting
from dawam.job_search import LOOKED_AT
from dawam.jobs.definition import JobDefinition
from dawam.jobs.record import JobInfo
from dawam.jobs.state import JobState
from dawam.observability.lines import one_line, plural
from dawam.runtime import Runtime
from dawam.stores.values import HostInfo, JobFilter, QueueInfo

_READ = 100
"""Jobs of each name whose args are read."""
_RUNNING = 1_000
"""Running jobs that are looked at."""
_AHEAD = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """What the store says, read once. Hosts last, so that no job seems to run on a host that had not come yet."""

    running: list[JobInfo]
    queues: list[QueueInfo]
    waiting: Mapping[tuple[str, str], int]
    """(name, queue) -> how many, as far as they are looked at."""
    unknown: list[UnknownJobsWaiting]
    hosts: list[HostInfo]

    @property
    def live(self) -> list[HostInfo]:
        return [host for host in self.hosts if host.is_live]


async def examine_jobs(runtime: Runtime, report: Report, run_command: str) -> None:
    """What waits and what runs; `run_command` starts a host of this application."""
    inspector, running = runtime.parts.desk.inspector, JobFilter(states=frozenset({JobState.RUNNING}))
    scene = _Scene(
        running=await inspector.find_jobs(running, max_result_count=_RUNNING),
        queues=await inspector.queues(),
        waiting=await runtime.parts.store.waiting_names(LOOKED_AT),
        unknown=await inspector.unknown_waiting(),
        hosts=await inspector.hosts(),
    )
    _examine_hosts(scene, report, run_command)
    _examine_queues(scene, report)
    _examine_names(scene, runtime, report)
    await _examine_args(scene, runtime, report)
    await _examine_clock(runtime, report)


def _examine_hosts(scene: _Scene, report: Report, run_command: str) -> None:
    report.looked("no-live-host", "lapsed-hosts", "stranded-jobs")
    waiting = sum(scene.waiting.values())
    if waiting and not scene.live:
        wait = "waits" if waiting == 1 else "wait"
        report.found("no-live-host", f"{_jobs(waiting)} {wait}, and no host lives", f"start one: {run_command}")
    for host in scene.hosts:
        if not host.is_live:
            report.found("lapsed-hosts", f"host {host.id}: {lease_text(host)}, {plural(host.running_count, 'job')}")
    live = {str(host.id) for host in scene.live}
    stranded = [job for job in scene.running if job.host not in live]
    if stranded:
        named = ", ".join(f"{job.name} {job.id} on {job.host}" for job in stranded[:3])
        more = ", ..." if len(stranded) > 3 else ""
        report.found("stranded-jobs", f"{plural(len(stranded), 'job')} on no live host: {named}{more}")


def _examine_queues(scene: _Scene, report: Report) -> None:
    report.looked("unserved-queues", "paused-queues", "parked-jobs")
    served = {queue for host in scene.live for queue in host.queues}
    for queue in scene.queues:
        waiting = queue.due + queue.scheduled + queue.parked
        text = f"queue {queue.name!r}: {plural(waiting, 'job')} waiting"
        if waiting and scene.live and queue.name not in served:
            report.found("unserved-queues", f"{text}, and no live host serves it")
        if waiting and queue.is_paused:
            report.found("paused-queues", f"{text}, and it is paused", f"dawam queues resume {queue.name}")
        if queue.parked:
            report.found("parked-jobs", f"queue {queue.name!r}: {plural(queue.parked, 'job')} put aside")


def _examine_names(scene: _Scene, runtime: Runtime, report: Report) -> None:
    """Names that live hosts know are no error yet: this application may be about to take their place."""
    report.looked("unknown-job-names", "names-of-other-hosts")
    ours = runtime.parts.registry.known()
    of_hosts = {name for host in scene.live for name in host.job_names}
    nearest = {unknown.name: unknown.nearest for unknown in scene.unknown}
    for (name, queue), count in sorted(scene.waiting.items()):
        text = f"{_jobs(count)} named {name!r} in queue {queue!r}"
        if name in ours:
            continue
        if name in of_hosts:
            report.found("names-of-other-hosts", f"{text}: live hosts know this name, this application does not")
            continue
        like = nearest.get(name) or runtime.parts.registry.nearest(name)
        known = f"; the nearest that is known is {like!r}" if like and like != name else ""
        report.found("unknown-job-names", f"{text}: nobody knows this name{known}")


async def _examine_args(scene: _Scene, runtime: Runtime, report: Report) -> None:
    report.looked("newer-args", "unreadable-args")
    for name in sorted({name for name, _ in scene.waiting}):
        definition = runtime.parts.registry.find(name)
        if definition is None or not definition.can_run:
            continue
        chosen = JobFilter(states=frozenset({JobState.WAITING}), name=name)
        jobs = await runtime.parts.desk.inspector.find_jobs(chosen, max_result_count=_READ)
        newer = [job for job in jobs if job.args_version > definition.args_version]
        if newer:
            versions = f"version {newer[0].args_version}, and this application knows {definition.args_version}"
            report.found("newer-args", f"{plural(len(newer), 'job')} named {name!r}: their args are of {versions}")
        _read_args(definition, [job for job in jobs if job not in newer], report)


def _read_args(definition: JobDefinition, jobs: list[JobInfo], report: Report) -> None:
    failures: list[tuple[JobInfo, ArgsUnreadableError]] = []
    for job in jobs:
        try:
            definition.codec.decode(job.args)
        except ArgsUnreadableError as error:
            failures.append((job, error))
    if failures:
        first, reason = failures[0]
        text = f"{len(failures)} of {plural(len(jobs), 'waiting job')} named {first.name!r}, the first being {first.id}"
        report.found("unreadable-args", f"{text}: {one_line(str(reason))}")


async def _examine_clock(runtime: Runtime, report: Report) -> None:
    report.looked("clock-ahead")
    ahead = JobFilter(created_from=runtime.parts.clock.now() + _AHEAD)
    found = await runtime.parts.desk.inspector.find_jobs(ahead, max_result_count=1)
    if found:
        report.found("clock-ahead", f"{found[0].name} {found[0].id} was enqueued at {found[0].created_at.isoformat()}")


def _jobs(count: int) -> str:
    return plural(count, "job") if count < LOOKED_AT else f"{LOOKED_AT:,} jobs or more"
