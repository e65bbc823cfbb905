"""What all commands have in common: they are loaded when used, and end with a message and a stable exit code."""

import traceback
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, cast

import click

from dawam.errors import DawamError
from dawam.opening import load

_TRACEBACK = "dawam.traceback"


class Failure(click.ClickException):
    """Ends the command with exit code 1 and this message."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        context = click.get_current_context(silent=True)  # it is gone when the message is shown
        self._color = None if context is None else context.color

    def show(self, file: Any = None) -> None:
        click.echo(f"{click.style('Error:', fg='red')} {self.message}", file=file, err=True, color=self._color)


def _remember(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        context.meta[_TRACEBACK] = True


class Command(click.Command):
    """A command that reports a `DawamError` as its message; with `--traceback`, where it was raised as well."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = super().get_params(ctx)
        flag = click.Option(
            ["--traceback"],
            is_flag=True,
            expose_value=False,
            callback=_remember,
            help="Show where an error was raised.",
        )
        return [*own[:-1], flag, own[-1]]  # --help stays the last one

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DawamError as error:
            if ctx.meta.get(_TRACEBACK):
                click.echo(traceback.format_exc().rstrip(), err=True)
            raise Failure(str(error)) from error


class Group(click.Group):
    """A command made of commands; a misspelt one is answered with the nearest."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        nearest = get_close_matches(args[0], self.list_commands(ctx), n=1)
        if nearest and nearest[0] != args[0]:
            ctx.fail(f"there is no command {args[0]!r}: did you mean {nearest[0]!r}?")
        return super().resolve_command(ctx, args)


class LazyGroup(Group):
    """A group that knows its commands by a table, and loads one only when it is used."""

    table: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """name -> (`module:attribute`, one line of help)"""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's signature)
        if cmd_name not in self.table:
            return None
        return cast("click.Command", load(self.table[cmd_name][0]))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  (click's signature)
        """The list in `--help`, which needs none of the commands loaded."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])
