"""The command `dawam`: a table of its commands, none of which is loaded before it is used."""

import re
from collections.abc import Mapping
from typing import ClassVar

import click

from dawam.cli.shape import LazyGroup
from dawam.settings import process_environment
from dawam.version import __version__

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""What the system hands over in place of a byte that is not of UTF-8."""


class Dawam(LazyGroup):
    """All commands, in the order in which a newcomer meets them."""

    table: ClassVar[Mapping[str, tuple[str, str]]] = {
        "demo": ("dawam.cli.demo.command:demo", "Show live what Dawam does: run, retry, kill, rescue (10 s)."),
        "new": ("dawam.cli.new:new", "Write a first application into a new file."),
        "run": ("dawam.cli.run:run", "Run the jobs and workers of an application."),
        "top": ("dawam.cli.top:top", "Show what goes on just now, on a screen that follows it."),
        "jobs": ("dawam.cli.jobs:jobs", "List, show, retry, change, cancel and delete jobs."),
        "errors": ("dawam.cli.errors:errors", "List, show and mark the errors by which jobs failed."),
        "enqueue": ("dawam.cli.enqueue:enqueue", "Enqueue a job by its name."),
        "queues": ("dawam.cli.queues:queues", "List, pause, resume and limit queues."),
        "workers": ("dawam.cli.workers:workers", "List, pause, trigger and reschedule workers and recurring jobs."),
        "hosts": ("dawam.cli.hosts:hosts", "List, quiet and stop the processes that run jobs."),
        "store": ("dawam.cli.store:store", "Look after a store: migrate, check, stats, prune, vacuum, backup."),
        "audit": ("dawam.cli.audit:audit", "List what people did by hand."),
        "dashboard": ("dawam.cli.dashboard:dashboard", "Serve the pages that show jobs, and let people act on them."),
        "doctor": ("dawam.cli.doctor.command:doctor", "Look for what is wrong, or will be, without running a job."),
        "completion": ("dawam.cli.completion:completion", "Print what makes a shell complete these commands."),
        "settings": ("dawam.cli.settings:settings", "Show every setting, and where it comes from."),
    }

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for word in args:
            if _LONE_SURROGATE.search(word):
                ctx.fail(f"{word!r} is no text in UTF-8, so it can name nothing that is stored: type it anew")
        return super().parse_args(ctx, args)


@click.group(cls=Dawam, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dawam", message="%(prog)s %(version)s")
@click.pass_context
def dawam(context: click.Context) -> None:
    """Background jobs and periodic workers that are never lost.

    Exit codes: 0 fine, 1 it could not be done (the message says why), 2 the command was misspelt.
    """
    if process_environment().get("NO_COLOR"):
        context.color = False


def main() -> None:
    """Runs the command that the arguments name, and exits."""
    dawam(prog_name="dawam")
