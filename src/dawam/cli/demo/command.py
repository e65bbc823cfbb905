"""The command `dawam demo`: a folder of its own for the story, and an exit code for how it ended."""

import asyncio
import tempfile
from pathlib import Path

import click

from dawam.cli.demo.story import Story, introduction
from dawam.cli.shape import Command, Failure


@click.command(cls=Command)
@click.option("--keep", is_flag=True, help="Keep the store, to look at it afterwards.")
def demo(keep: bool) -> None:
    """Show live what Dawam does: run, retry, kill, rescue. Takes about 15 s and leaves nothing behind.

    Exit code 0 says that every job ended as it should.
    """
    folder = tempfile.TemporaryDirectory(prefix="dawam-demo-", delete=not keep)
    with folder as name:
        story = Story(Path(name))
        click.echo(introduction(story))
        is_as_expected = asyncio.run(story.tell())
    if keep:
        click.echo(f"The store is kept: dawam jobs list --store {story.url}")
    if not is_as_expected:
        raise Failure("not every job ended as it should: see the table above")
