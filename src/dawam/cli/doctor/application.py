"""What can be found in the application itself, before any store is touched."""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dawam.cli.doctor.blocking import blocking_calls
from dawam.cli.doctor.findings import Report
from dawam.cli.loading import load_app
from dawam.errors import AppNotFoundError, ConfigurationError, SettingsError
from dawam.jobs.definition import JobDefinition
from dawam.observability.durations import spoken_duration
from dawam.observability.lines import plural
from dawam.runtime import Runtime
from dawam.workers.frequency import too_short
from dawam.workers.registry import WorkerDefinition, WorkerKind
from dawam.workers.schedules.schedule import Schedule

_settings_logger = logging.getLogger("dawam.settings")


def built_application(
    target: str | None, said: Mapping[str, str], environment: str | None, report: Report
) -> Runtime | None:
    """The application, put together and not open; None where that cannot be done, and why is in the report."""
    report.looked("application-not-found")
    try:
        app = load_app(target, Path.cwd()).app
    except AppNotFoundError as error:
        report.found("application-not-found", str(error))
        return None
    except ConfigurationError as error:  # a decorator refused what was declared
        report.found("application-refused", str(error))
        return None
    report.looked("settings-refused", "settings-doubt")
    try:
        with _settings_doubts() as doubts:
            runtime = app.build(command_line=said, environment=environment)
    except SettingsError as error:
        report.found("settings-refused", str(error))
        return None
    except ConfigurationError as error:
        report.found("application-refused", str(error))
        return None
    report.looked("application-refused")
    for doubt in doubts:
        report.found("settings-doubt", doubt)
    return runtime


def examine_application(runtime: Runtime, report: Report) -> None:
    """What its jobs and workers are like."""
    report.looked("no-time-limit", "blocking-call", "too-frequent-worker")
    definitions = [each for each in runtime.parts.registry.definitions() if each.can_run]
    if runtime.parts.options.jobs.default_time_limit is None:
        without = [each.name for each in definitions if each.options.time_limit is None]
        if without:
            have = "has" if len(without) == 1 else "have"
            report.found("no-time-limit", f"{plural(len(without), 'job')} {have} no time limit: {', '.join(without)}")
    for owner, function in _coroutines(definitions, runtime.workers):
        for call in blocking_calls(function):
            report.found(
                "blocking-call",
                f"{owner} calls {call.name}(...), which blocks: {call.file}:{call.line}",
                f"use {call.instead}, or write it as a plain `def`, which runs in a thread",
            )
    shortest, now = runtime.parts.options.workers.shortest_period, runtime.parts.clock.now()
    for owner, schedule in _schedules(runtime):
        if (gap := too_short(schedule, shortest, now)) is not None:
            report.found("too-frequent-worker", f"{owner} ticks every {spoken_duration(gap)}")


def _schedules(runtime: Runtime) -> Iterator[tuple[str, Schedule]]:
    for worker in runtime.workers:
        if worker.options is not None:
            yield f"worker {worker.name}", worker.options.schedule
    for each in runtime.parts.ticker.declarations.recurring:
        yield f"recurring job {each.name}", each.options.schedule


def _coroutines(
    definitions: list[JobDefinition], workers: tuple[WorkerDefinition, ...]
) -> Iterator[tuple[str, Callable[..., Any]]]:
    for job in definitions:
        if job.is_async and job.target is not None:
            function = getattr(job.target, "execute", None) if job.function is None else job.function.function
            if function is not None:
                yield f"job {job.name}", function
    for worker in workers:
        if worker.is_async and worker.kind is not WorkerKind.CUSTOM:
            yield f"worker {worker.name}", getattr(worker.target, "do_work", worker.target)


@contextmanager
def _settings_doubts() -> Generator[list[str], None, None]:
    """What is otherwise logged while the settings are read."""
    doubts: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            doubts.append(record.getMessage())

    listener = Listener()
    _settings_logger.addHandler(listener)
    try:
        yield doubts
    finally:
        _settings_logger.removeHandler(listener)
