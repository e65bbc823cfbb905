"""The options that several commands share."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

import click

from dawam.ids import job_id
from dawam.settings.durations import parse_duration

F = TypeVar("F", bound=Callable[..., Any])
_FEWEST_DIGITS = 4
MOST_SHOWN = 1_000_000
"""Lines that a command may be asked for."""


class JobIdType(click.ParamType[UUID | str]):
    """The id of a job, or its beginning or ending, in hexadecimal digits and without hyphens."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID | str:
        digits = str(value).replace("-", "").lower()
        if _FEWEST_DIGITS <= len(digits) < 32 and set(digits) <= set("0123456789abcdef"):
            return digits
        try:
            return job_id(value)
        except ValueError as error:
            self.fail(f"{error}; {_FEWEST_DIGITS} or more of its first or last digits will do", param, ctx)


class DurationType(click.ParamType[timedelta]):
    """A duration as the settings take it."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(f"{value!r}: {error} was expected", param, ctx)


class SettingType(click.ParamType[tuple[str, str]]):
    """`Section.Key=value`, as a pair."""

    name = "Section.Key=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return cast("tuple[str, str]", value)
        key, equals, said = str(value).partition("=")
        if not equals or not key.strip():
            self.fail(f"{value!r}: Section.Key=value was expected, as in Host.Concurrency=10", param, ctx)
        return key.strip(), said


def json_option(command: F) -> F:
    """`--json`: the same facts as JSON."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for tools.")(command)


def yes_option(command: F) -> F:
    """`--yes`: does it without a question."""
    return click.option("--yes", is_flag=True, help="Do not ask.")(command)


def dry_run_option(command: F) -> F:
    """`--dry-run`: only says what would be done."""
    return click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")(command)


def environment_option(command: F) -> F:
    """`--environment`: which environment's settings file to read."""
    return click.option(
        "--environment",
        metavar="NAME",
        help="Read appsettings.NAME.json too. Default: DAWAM_ENVIRONMENT, ASPNETCORE_ENVIRONMENT, else Production.",
    )(command)


def settings_option(command: F) -> F:
    """`--set`: settings that win over every other source."""
    return click.option(
        "--set",
        "said",
        type=SettingType(),
        multiple=True,
        metavar="Section.Key=value",
        help="A setting that wins over files and variables; may be repeated.",
    )(command)
