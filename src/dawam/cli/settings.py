"""`dawam settings`: every value as it came out, who said it, and what that overruled."""

from pathlib import Path
from typing import Any

import click

from dawam.app import App
from dawam.cli.loading import configured_target, load_app
from dawam.cli.options import environment_option, json_option, settings_option
from dawam.cli.output import print_json, print_table
from dawam.cli.shape import Group
from dawam.settings import SettingValue
from dawam.settings.report import as_text


@click.group(cls=Group)
def settings() -> None:
    """Show every setting, and where it comes from."""


@settings.command()
@click.argument("target", required=False)
@settings_option
@environment_option
@json_option
def show(target: str | None, said: tuple[tuple[str, str], ...], environment: str | None, as_json: bool) -> None:
    """Show every setting of an application: its value, its source, and what it shadowed.

    Without TARGET, and without one in pyproject.toml, Dawam's own settings are shown. Secrets are masked.
    """
    named = target or configured_target(Path.cwd())
    app = App() if named is None else load_app(named, Path.cwd()).app
    built = app.build(command_line=dict(said), environment=environment).parts.settings
    values = built.report()
    if as_json:
        print_json({"environment": built.environment, "settings": [_as_json(value) for value in values]})
        return
    click.echo(f"environment {built.environment}\n")
    print_table(("SETTING", "VALUE", "SOURCE", "SHADOWED"), [_row(value) for value in values])


def _row(value: SettingValue) -> tuple[str, ...]:
    shadowed = ", ".join(f"{as_text(other)} ({source})" for source, other in value.shadowed)
    return value.name, value.text or "(empty)", value.source, shadowed


def _as_json(value: SettingValue) -> dict[str, Any]:
    return {
        "name": value.name,
        "value": value.text,
        "source": value.source,
        "shadowed": [{"source": source, "value": as_text(other)} for source, other in value.shadowed],
        "is_secret": value.is_secret,
    }
