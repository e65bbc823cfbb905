"""Writes docs/reference/cli.md from the commands themselves. Run by `make reference`."""

import inspect
from collections.abc import Iterator

import click

from dawam.cli.main import dawam
from tests.architecture.code import ROOT

PAGE = ROOT / "docs" / "reference" / "cli.md"

_HEAD = """# Command line

Written by `make reference` from the commands; do not edit.

Exit codes: 0 fine, 1 it could not be done (the message says why), 2 the command was misspelt, 70 a job blocked the
event loop for longer than `Host.MaxBlock`. `--traceback` shows where an error was raised. With `NO_COLOR` set nothing
is coloured. Listings with `--json` print one JSON document.

An application is named as `module:app`, `module`, `file.py`, `file.py:app`, or a function that makes it
(`module:create_app`). Where it may be left out, `pyproject.toml` says it: `[tool.dawam] app = "module:app"`. The
working folder is put on Python's path.

## Which store

Commands that read or change jobs need only the store, which these options name. They load an application where one is
named, and start nothing of it.

| Option | Meaning |
|---|---|
"""
_OF_STORES = ("app", "store_url", "application", "environment")


def page() -> str:
    """The page as it should be."""
    commands = list(_commands(dawam, click.Context(dawam, info_name="dawam"), "dawam"))
    of_stores = next(options for _, command in commands if (options := _store_options(command)))
    head = _HEAD + "".join(f"{_row(each)}\n" for each in of_stores)
    return head + "".join(_section(name, command) for name, command in commands)


def _commands(group: click.Group, context: click.Context, prefix: str) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, context, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def _section(name: str, command: click.Command) -> str:
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    of_stores = _store_options(command)
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    own = [each for each in options if each not in of_stores]
    usage = " ".join([name, *(_placeholder(each) for each in arguments)])
    table = ["", "| Option | Meaning |", "|---|---|", *(_row(each) for each in own)] if own else []
    pointer = ["", "And those of [which store](#which-store)."] if of_stores else []
    return "\n".join([f"\n## {name}\n", f"`{usage}`\n", inspect.cleandoc(command.help or ""), *table, *pointer, ""])


def _store_options(command: click.Command) -> list[click.Option]:
    """The options that name a store, where a command has them all."""
    found = [each for each in command.params if isinstance(each, click.Option) and each.name in _OF_STORES]
    return found if len(found) == len(_OF_STORES) else []


def _placeholder(argument: click.Argument) -> str:
    name = argument.metavar or (argument.name or "").upper()
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _row(option: click.Option) -> str:
    values = "" if option.is_flag else f" {_values(option)}"
    default = f" Default: {option.default}." if option.show_default else ""
    return f"| `{', '.join(option.opts)}{values}` | {(option.help or '').replace('|', '/')}{default} |"


def _values(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "/".join(str(choice) for choice in option.type.choices)
    return option.metavar or ("N" if isinstance(option.type, click.IntRange) else "TEXT")


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
