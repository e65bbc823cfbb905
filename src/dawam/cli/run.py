"""`dawam run`: a process that runs the jobs and workers of an application until it is told to stop."""

from collections.abc import Mapping
from pathlib import Path

import click

from dawam.cli.loading import load_app
from dawam.cli.options import environment_option, settings_option
from dawam.cli.processes import LIFELINE, run_processes
from dawam.cli.shape import Command
from dawam.errors import ConfigurationError
from dawam.host.lifeline import hold
from dawam.host.signals import end_at_once
from dawam.observability.logs import configure_logging
from dawam.opening import load
from dawam.runtime import LAST_STEPS, Runtime

_RELOADING = "dawam.cli.reload:run_reloading"
_EXECUTION = "BackgroundJobs.IsJobExecutionEnabled"
_SETTINGS = {
    "name": "Host.Name",
    "queues": "Host.Queues",
    "queue_weights": "Host.QueueWeights",
    "queue_limits": "Host.QueueLimits",
    "concurrency": "Host.Concurrency",
}
"""Options that are settings, too, by which word of the command says them."""


@click.command(cls=Command)
@click.argument("target", required=False)
@click.option("--name", metavar="NAME", help="Lead the host's id in lists and logs with this name.")
@click.option("--queues", metavar="A,B", help="Serve only these queues. Default: every queue that a job names.")
@click.option(
    "--queue-weights",
    metavar="A=3,B=1",
    help="Share out the slots by weight while several queues have work. A queue without a weight has 1.",
)
@click.option(
    "--queue-limits", metavar="A=2", help="Run no more jobs of a queue at once than this, in each of the processes."
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many jobs run at once, in each of the processes.",
)
@settings_option
@environment_option
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Run N processes, and start them again when they die. Default: this process alone, without a parent.",
)
@click.option("--reload", is_flag=True, help="Start again when a source file below this folder changes.")
@click.option(LIFELINE, type=int, hidden=True)
def run(
    target: str | None,
    said: tuple[tuple[str, str], ...],
    environment: str | None,
    processes: int | None,
    reload: bool,
    lifeline: int | None,
    **spoken: str | int | None,
) -> None:
    """Run the jobs and workers of an application until Ctrl-C or SIGTERM.

    TARGET is `module:app`, `module`, `file.py`, `file.py:app`, or a function that makes the application
    (`module:create_app`). Without one, pyproject.toml says it: `[tool.dawam] app = "module:app"`.
    """
    end_at_once()
    command_line = _command_line(dict(said), spoken)
    arguments = _arguments(target, command_line, environment)
    if reload and processes is not None:
        raise click.UsageError(
            "--reload starts one process again at each change, for development; --processes keeps several alive, for "
            "production: use one of them"
        )
    if reload:
        _run_reloading(arguments)
        return
    app = load_app(target, Path.cwd()).app
    runtime = app.build(command_line=command_line, environment=environment)
    configure_logging(runtime.parts.options.log)
    if processes is not None:
        _say_if_nothing_is_run(runtime)
        click.get_current_context().exit(run_processes(runtime, arguments, processes))
    if lifeline is None:
        _say_if_nothing_is_run(runtime)
    else:
        hold(lifeline, runtime.parts.options.host.shutdown_grace + LAST_STEPS)
    app.serve(runtime, has_parent=lifeline is not None)


def _command_line(said: dict[str, str], spoken: Mapping[str, str | int | None]) -> dict[str, str]:
    queues = spoken["queues"]
    if queues is not None and not str(queues).replace(",", " ").strip():
        raise click.BadParameter("the names of queues were expected, as in mail,reports", param_hint="--queues")
    return {**said, **{_SETTINGS[name]: str(value) for name, value in spoken.items() if value is not None}}


def _arguments(target: str | None, command_line: dict[str, str], environment: str | None) -> list[str]:
    """What a child has to be told in order to run the same."""
    arguments = [*([target] if target else []), *(["--environment", environment] if environment else [])]
    for key, value in command_line.items():
        arguments += ["--set", f"{key}={value}"]
    return arguments


def _run_reloading(arguments: list[str]) -> None:
    try:
        run_reloading = load(_RELOADING)
    except ModuleNotFoundError as error:
        if error.name != "watchfiles":
            raise
        raise ConfigurationError(
            "--reload watches files with the library watchfiles, which is not installed: pip install 'dawam[reload]'"
        ) from None
    click.get_current_context().exit(run_reloading(arguments, Path.cwd()))


def _say_if_nothing_is_run(runtime: Runtime) -> None:
    if runtime.parts.options.jobs.is_job_execution_enabled:
        return
    rest = "only workers" if runtime.parts.options.workers.is_enabled else "and no workers"
    source = next((value.source for value in runtime.parts.settings.report() if value.name == _EXECUTION), "code")
    click.secho(f"this process runs no jobs, {rest}: {_EXECUTION} is false ({source})", fg="yellow", err=True)
