"""What can be found among the workers and recurring jobs of a store: what does not tick, and what people forget."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from dawam.cli.doctor.findings import Report
from dawam.cli.worker_text import schedule_text
from dawam.errors import ArgsUnreadableError
from dawam.ids import HostId
from dawam.jobs.registry import JobRegistry
from dawam.observability.durations import spoken_duration
from dawam.observability.lines import one_line
from dawam.runtime import Runtime
from dawam.stores.values import HostInfo
from dawam.worker_control import WorkerControl
from dawam.workers.record import WorkerInfo
from dawam.workers.schedules.stored import from_text

_PAGE = 1_000
_LOOKED_AT = 10_000
"""Workers and recurring jobs that are looked at."""
_NAMED = 10
"""So many of each check are named, and the others counted."""
_LATE = timedelta(minutes=5)
_OFTEN = 3
"""Failures in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """Who could tick and run what is stored; whatever takes long is found out once, and not for each row."""

    now: datetime
    live: Mapping[HostId, HostInfo]
    job_names_of_hosts: frozenset[str]
    registry: JobRegistry
    job_names: frozenset[str]
    """Those that this application can run."""
    nearest: Callable[[str], str | None]
    ours: frozenset[str]
    """The workers and recurring jobs that this application declares."""

    def ticking_hosts(self, worker: WorkerInfo) -> list[HostInfo]:
        """The live hosts that may tick it."""
        if worker.is_stored:
            return list(self.live.values())
        return [self.live[host] for host in worker.declared_by if host in self.live]

    def matters(self, worker: WorkerInfo) -> bool:
        """Whether it ticks now, or will with this application; else it is a remainder, to be forgotten soon."""
        return worker.is_stored or bool(worker.declared_by) or worker.name in self.ours


async def examine_workers(runtime: Runtime, report: Report) -> None:
    """What ticks, and what does not. Hosts first: of one that comes later, no worker is missed."""
    scene = await _scene(runtime)
    workers = await _stored(runtime.parts.desk.workers)
    for code, look in _LOOKS.items():
        report.looked(code)
        seen = ((worker, look(worker, scene)) for worker in workers)
        texts = list(dict.fromkeys(f"{_called(worker)} {text}" for worker, text in seen if text))
        for text in texts[:_NAMED]:
            report.found(code, text)
        if len(texts) > _NAMED:
            report.found(code, f"and {len(texts) - _NAMED:,} more: dawam workers list")


async def _scene(runtime: Runtime) -> _Scene:
    parts = runtime.parts
    live = [host for host in await parts.desk.inspector.hosts() if host.is_live]
    recurring = [each.name for each in parts.ticker.declarations.recurring]
    return _Scene(
        now=parts.clock.now(),
        live={host.id: host for host in live},
        job_names_of_hosts=frozenset(name for host in live for name in host.job_names),
        registry=parts.registry,
        job_names=frozenset(parts.registry.known()),
        nearest=cache(parts.registry.nearest),
        ours=frozenset([*(worker.name for worker in runtime.workers), *recurring]),
    )


async def _stored(control: WorkerControl) -> list[WorkerInfo]:
    found = await control.list(max_result_count=_PAGE)
    page = found
    while len(page) == _PAGE and len(found) < _LOOKED_AT:
        page = await control.list(max_result_count=_PAGE, after=page[-1])
        found = [*found, *page]
    return found


# -- the checks: what is wrong with one of them, or nothing


def _unreadable_schedule(worker: WorkerInfo, scene: _Scene) -> str:
    reason = _refusal(worker.schedule) if scene.matters(worker) else ""
    return f"does not tick here: {reason}" if reason else ""


@cache
def _refusal(schedule: str) -> str:
    try:
        from_text(schedule)
    except Exception as error:  # noqa: BLE001  (newer code may have written anything)
        return one_line(str(error))
    return ""


def _unknown_name(worker: WorkerInfo, scene: _Scene) -> str:
    if worker.job is None or not scene.matters(worker) or worker.name in scene.ours:
        return ""
    name = worker.job.name
    if name in scene.job_names or name in scene.job_names_of_hosts:
        return ""
    like = scene.nearest(name)
    nearest = f"; the nearest that is known is {like!r}" if like and like != name else ""
    return f"enqueues jobs named {name!r}: nobody knows this name{nearest}"


def _name_of_others(worker: WorkerInfo, scene: _Scene) -> str:
    """Only of those that were put there at run time: the others end with the hosts whose code has them."""
    if worker.job is None or not worker.is_stored or worker.name in scene.ours:
        return ""
    name = worker.job.name
    if name in scene.job_names or name not in scene.job_names_of_hosts:
        return ""
    return f"enqueues jobs named {name!r}: live hosts know this name, this application does not"


def _unreadable_args(worker: WorkerInfo, scene: _Scene) -> str:
    """Its own declarations are checked where the application is put together, and take the place of what is stored."""
    if worker.job is None or not scene.matters(worker) or worker.name in scene.ours:
        return ""
    definition = scene.registry.find(worker.job.name)
    if definition is None or not definition.can_run or worker.job.args_version > definition.args_version:
        return ""  # hosts put jobs of a later version aside, and the jobs that wait tell of that
    try:
        definition.codec.decode(worker.job.args)
    except ArgsUnreadableError as error:
        return f"enqueues {worker.job.name!r} with args that cannot be read: {one_line(str(error))}"
    return ""


def _undeclared(worker: WorkerInfo, scene: _Scene) -> str:
    if worker.is_stored or worker.declared_by or not scene.live:
        return ""
    return "is stored, and the code of no live host has it"


def _late(worker: WorkerInfo, scene: _Scene) -> str:
    """Late from when a host could have ticked it: after its last tick, and after the start of the host."""
    hosts = scene.ticking_hosts(worker)
    if worker.is_paused or worker.host is not None or worker.next_at is None or not hosts:
        return ""
    since = max(worker.next_at, worker.last_ended_at or worker.next_at, min(host.started_at for host in hosts))
    late = scene.now - since - worker.jitter
    return f"has been due for {spoken_duration(late)}, and does not tick" if late > _LATE else ""


def _failing(worker: WorkerInfo, scene: _Scene) -> str:
    if worker.failure_count < _OFTEN or not scene.matters(worker):
        return ""
    where = "" if worker.is_cluster_wide else f" on {worker.place}"
    error = f"; the last error: {one_line(worker.last_error)}" if worker.last_error else ""
    return f"failed {worker.failure_count:,} times in a row{where}{error}"


def _paused(worker: WorkerInfo, _: _Scene) -> str:
    return "is paused" if worker.is_paused else ""


def _rescheduled(worker: WorkerInfo, _: _Scene) -> str:
    if worker.schedule == worker.declared_schedule:
        return ""
    return f"ticks {schedule_text(worker.schedule)}; declared is {schedule_text(worker.declared_schedule)}"


_LOOKS: Mapping[str, Callable[[WorkerInfo, _Scene], str]] = {
    "unreadable-schedules": _unreadable_schedule,
    "unknown-recurring-names": _unknown_name,
    "unreadable-recurring-args": _unreadable_args,
    "recurring-names-of-other-hosts": _name_of_others,
    "undeclared-workers": _undeclared,
    "late-workers": _late,
    "failing-workers": _failing,
    "paused-workers": _paused,
    "rescheduled-workers": _rescheduled,
}
"""By the code of the check."""


def _called(worker: WorkerInfo) -> str:
    return f"{'worker' if worker.job is None else 'recurring job'} {worker.name}"
