"""The lines about hosts."""

import logging
from logging import ERROR, INFO, WARNING

from dawam.errors import StoreUnavailableError
from dawam.events.lifecycle import (
    DurabilityDoubted,
    ExecutionDisabled,
    HostCommanded,
    HostCrashed,
    HostDeclaredDead,
    HostStarted,
    HostStopped,
    HostStopping,
    HostWornOut,
    LifecycleEvents,
    ServiceFailed,
    UnknownClaimsReturned,
)
from dawam.jobs.outcome import ErrorDetails
from dawam.observability.durations import spoken_duration
from dawam.observability.lines import plural, said, write

_host_logger = logging.getLogger("dawam.host")

_COMMANDS = {
    "go on": "go on",
    "quiet": "be quiet: it begins nothing more, and what runs goes on",
    "stop": "stop",
}
_SAID_AT_FIRST, _SAID_AGAIN_EVERY = 3, 6
"""Of the failures while the store is away, which come every few seconds, and from every part of a host."""


class HostLines:
    """Writes to the logger `dawam.host`."""

    def subscribe(self, events: LifecycleEvents, level: int) -> None:
        """Subscribes to the events whose lines reach `level`."""
        if level <= INFO:
            events.subscribe(HostStarted, self.started)
            events.subscribe(HostCommanded, self.commanded)
            events.subscribe(HostStopping, self.stopping)
            events.subscribe(HostStopped, self.stopped)
        events.subscribe(ExecutionDisabled, self.execution_disabled)
        events.subscribe(DurabilityDoubted, self.durability_doubted)
        events.subscribe(HostWornOut, self.worn_out)
        events.subscribe(HostDeclaredDead, self.declared_dead)
        events.subscribe(HostCrashed, self.crashed)
        events.subscribe(UnknownClaimsReturned, self.unknown_claims_returned)
        events.subscribe(ServiceFailed, self.service_failed)

    def started(self, event: HostStarted) -> None:
        if _host_logger.isEnabledFor(INFO):
            text = "\n  ".join((f"host {event.host} started", *event.banner))
            write(_host_logger, INFO, text, {"host": event.host})

    def commanded(self, event: HostCommanded) -> None:
        if _host_logger.isEnabledFor(INFO):
            write(_host_logger, INFO, f"host {event.host} is told to {_COMMANDS[event.command]}", {"host": event.host})

    def worn_out(self, event: HostWornOut) -> None:
        if _host_logger.isEnabledFor(WARNING):
            then = (
                "it ends when its jobs have, and another takes its place"
                if event.is_replaced
                else "nothing here would start another one, so it goes on: `dawam run --processes` does"
            )
            write(_host_logger, WARNING, f"this process is worn out: {event.reason}; {then}", {"host": event.host})

    def execution_disabled(self, event: ExecutionDisabled) -> None:
        if _host_logger.isEnabledFor(INFO):
            title = (
                "started for workers only: BackgroundJobs.IsJobExecutionEnabled is false"
                if event.runs_workers
                else "started to run nothing: BackgroundJobs.IsJobExecutionEnabled and BackgroundWorkers.IsEnabled are "
                "false"
            )
            write(_host_logger, INFO, "\n  ".join((title, *event.banner)), {})

    def durability_doubted(self, event: DurabilityDoubted) -> None:
        if _host_logger.isEnabledFor(WARNING):
            write(_host_logger, WARNING, f"{event.store}: {event.doubt}; {event.cure}", {"store": event.store})

    def stopping(self, event: HostStopping) -> None:
        if _host_logger.isEnabledFor(INFO):
            text = f"host {event.host} is stopping, {plural(event.running_count, 'job')} running"
            write(_host_logger, INFO, text, {"host": event.host})

    def stopped(self, event: HostStopped) -> None:
        if _host_logger.isEnabledFor(INFO):
            text = f"host {event.host} stopped, {plural(event.handed_back_count, 'job')} handed back"
            write(_host_logger, INFO, text, {"host": event.host})

    def declared_dead(self, event: HostDeclaredDead) -> None:
        if _host_logger.isEnabledFor(WARNING):
            text = (
                f"host {event.host} was taken for dead, and its jobs were rescued by others: its lease was not "
                "extended in time (was the process suspended or starved?). It stops what it runs and registers anew"
            )
            write(_host_logger, WARNING, text, {"host": event.host})

    def crashed(self, event: HostCrashed) -> None:
        level = ERROR if event.failed else WARNING
        if not _host_logger.isEnabledFor(level):
            return
        how = "was ended before its jobs had" if event.is_excused else "died"
        parts = [f"{plural(len(event.readied), 'job')} ready again"]
        if event.failed:
            parts.append(f"{len(event.failed)} failed for good, after too many crashes")
        if event.cancelled:
            parts.append(f"{len(event.cancelled)} cancelled")
        text = f"the process {event.process_id} of host {event.host} {how}: {', '.join(parts)}"
        if event.charged:
            text += f"; it is counted as a crash of {', '.join(f'{name} {id_}' for id_, name in event.charged)}"
        fields = {name: [str(id_) for id_ in getattr(event, name)] for name in ("readied", "failed", "cancelled")}
        charged = [str(id_) for id_, _ in event.charged]
        write(_host_logger, level, text, {**fields, "dead_hosts": [event.host], "charged": charged})

    def unknown_claims_returned(self, event: UnknownClaimsReturned) -> None:
        if _host_logger.isEnabledFor(WARNING):
            jobs = [str(each) for each in event.jobs]
            text = (
                f"{plural(len(jobs), 'job')} had been claimed for host {event.host}, but the store's answer was lost: "
                f"handed back, uncharged ({', '.join(jobs)})"
            )
            write(_host_logger, WARNING, text, {"host": event.host, "jobs": jobs})

    def service_failed(self, event: ServiceFailed) -> None:
        is_away = isinstance(event.error, StoreUnavailableError)
        if not _host_logger.isEnabledFor(WARNING) or (is_away and not _is_worth_a_line(event.failure_count)):
            return
        error = ErrorDetails.of(event.error)
        text = (
            f"{event.service} failed ({plural(event.failure_count, 'time')} in a row), next try in "
            f"{spoken_duration(event.next_in)}: {said(error)}"
        )
        # the first time tells where; repeating it every few seconds of an outage would bury the log, and where the
        # store is away the message says it all
        trace = error.traceback if event.failure_count == 1 and not is_away else ""
        fields = {"service": event.service, "failure_count": event.failure_count}
        write(_host_logger, WARNING, text, fields, trace)


def _is_worth_a_line(failure_count: int) -> bool:
    return failure_count <= _SAID_AT_FIRST or failure_count % _SAID_AGAIN_EVERY == 0
