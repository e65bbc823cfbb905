"""The command `dawam doctor`: every check that can be made without running a job, and an exit code for scripts."""

import asyncio
from pathlib import Path
from typing import Any

import click
import msgspec

from dawam.cli.doctor.application import built_application, examine_application
from dawam.cli.doctor.findings import Finding, Report, Severity
from dawam.cli.doctor.jobs import examine_jobs
from dawam.cli.doctor.store import examine_place, open_store
from dawam.cli.doctor.workers import examine_workers
from dawam.cli.loading import configured_target
from dawam.cli.options import environment_option, json_option, settings_option
from dawam.cli.output import print_json
from dawam.cli.shape import Command
from dawam.errors import StoreError
from dawam.observability.lines import plural
from dawam.runtime import Runtime

_COLORS = {Severity.OK: "green", Severity.WARNING: "yellow", Severity.ERROR: "red"}
_WIDTH = 9


@click.command(cls=Command)
@click.argument("target", required=False)
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
@settings_option
@environment_option
@json_option
@click.pass_context
def doctor(
    context: click.Context,
    target: str | None,
    strict: bool,
    said: tuple[tuple[str, str], ...],
    environment: str | None,
    as_json: bool,
) -> None:
    """Look for what is wrong, or will be: in the application, its settings, its store, and what waits there.

    Runs no job, registers no host, creates and migrates nothing. TARGET is named as for `dawam run`. Before a
    deployment, run it with the new code on the store of the old one: it says which waiting jobs the new code does not
    know or cannot read. Exit code 1 on errors; every finding has a code that stays (docs/reference/doctor.md).
    """
    report = Report()
    runtime = built_application(target, dict(said), environment, report)
    if runtime is not None:
        examine_application(runtime, report)
        named = target or configured_target(Path.cwd()) or "module:app"
        asyncio.run(_examine_store(runtime, report, f"dawam run {named}"))
    _print_json(report) if as_json else _print(report)
    if report.count(Severity.ERROR) or (strict and report.count(Severity.WARNING)):
        context.exit(1)


async def _examine_store(runtime: Runtime, report: Report, run_command: str) -> None:
    try:
        if await open_store(runtime, report) is not None:
            await examine_place(runtime, report)
            await examine_jobs(runtime, report, run_command)
            await examine_workers(runtime, report)
    except StoreError as error:
        report.found("store-unreachable", str(error))
    finally:
        await runtime.parts.store.close()


def _print(report: Report) -> None:
    for finding in report:
        first, *others = _lines(finding)
        click.echo(click.style(f"{finding.severity.value:<{_WIDTH}}", fg=_COLORS[finding.severity]) + first)
        for line in others:
            click.echo(" " * _WIDTH + line)
    errors, warnings = report.count(Severity.ERROR), report.count(Severity.WARNING)
    fine = report.count(Severity.OK)
    click.echo(f"\n{plural(errors, 'error')}, {plural(warnings, 'warning')}; {plural(fine, 'check')} fine")


def _lines(finding: Finding) -> list[str]:
    if finding.severity is Severity.OK:
        return [finding.text]
    return [*f"{finding.code}: {finding.text}".splitlines(), f"cure: {finding.cure}"]


def _print_json(report: Report) -> None:
    findings: list[Any] = [msgspec.to_builtins(finding) for finding in report]
    counts = {f"{severity.value}_count": report.count(severity) for severity in Severity}
    print_json({"findings": findings, **counts})
