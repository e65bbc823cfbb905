"""The command `dawam demo`: a folder of its own for the story, and an exit code for how it ended."""

import asyncio
import shutil
import signal
import tempfile
from pathlib import Path

import click

from dawam.cli.demo.story import Story, introduction
from dawam.cli.shape import Command, Failure


@click.command(cls=Command)
@click.option("--keep", is_flag=True, help="Keep the store, to look at it afterwards.")
def demo(keep: bool) -> None:
    """Show live what Dawam does: run, retry, kill, rescue. Takes about 10 s and leaves nothing behind.

    Exit code 0 says that every job ended as it should.
    """
    signal.signal(signal.SIGTERM, _as_if_interrupted)
    folder = Path(tempfile.mkdtemp(prefix="dawam-demo-"))
    story = Story(folder)
    try:
        click.echo(introduction(story))
        is_as_expected = asyncio.run(story.tell())
    finally:
        if keep:
            click.echo(f"The store is kept. Look at it: dawam jobs list --store {story.url}")
        else:
            shutil.rmtree(folder)
    if not is_as_expected:
        raise Failure("not every job ended as it should: see the table above")


def _as_if_interrupted(*_: object) -> None:
    """SIGTERM must not leave hosts running and a folder behind either."""
    raise KeyboardInterrupt
