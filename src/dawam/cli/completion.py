"""`dawam completion`: what a shell needs to complete the commands and their options."""

import click
from click.shell_completion import get_completion_class

from dawam.cli.shape import Command

_SHELLS = ("bash", "zsh", "fish")


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete `dawam`: in bash, eval "$(dawam completion bash)" in ~/.bashrc."""
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101  (these shells are click's own)
    click.echo(found(context.find_root().command, {}, "dawam", "_DAWAM_COMPLETE").source())
