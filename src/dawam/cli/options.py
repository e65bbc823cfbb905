"""The options that several commands share."""

from collections.abc import Callable
from typing import Any, TypeVar, cast
from uuid import UUID

import click

from dawam.ids import job_id

F = TypeVar("F", bound=Callable[..., Any])


class JobIdType(click.ParamType[UUID]):
    """The id of a job."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        try:
            return job_id(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


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
