"""`dawam dashboard`: the pages, in a process of their own."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import click

from dawam.cli.access import StoreChoice, store_options
from dawam.cli.shape import Command, Failure
from dawam.opening import load

_SERVING = "dawam.cli.serving:serve"
_COLOURS = ("blue", "green", "orange", "red", "purple", "grey")


@click.command(cls=Command)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8_088, show_default=True, help="0 takes any free one.")
@click.option(
    "--accounts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='Who may look, as JSON: {"amal": {"password": "...", "role": "operate"}}. Without it: this machine only.',
)
@click.option("--name", default="", help="Of this installation, as in production: it stands beside the title.")
@click.option("--colour", type=click.Choice(_COLOURS), default="blue", show_default=True, help="Of the top line.")
@click.option("--read-only", is_flag=True, help="Nobody may change anything here.")
@click.option("--secure", is_flag=True, help="Browsers reach it by https only: its cookies are for https only.")
@click.option("--prefix", default="", metavar="/PATH", help="The path under which a proxy passes it on.")
@store_options
def dashboard(host: str, accounts: Path | None, prefix: str, **said: Any) -> None:
    """Serve the pages that show what waits, runs and fails, and let people act on it.

    It opens the store as it is, and runs no job. Roles of accounts: view, operate, admin; "queues" limits one to some.
    """
    if accounts is None and not _is_loopback(host):
        raise click.UsageError(
            f"--host {host} is reached from other machines, and nobody says who may look: --accounts FILE was expected"
        )
    if prefix and not prefix.startswith("/"):
        raise click.UsageError(f"--prefix {prefix}: a path was expected, as in /dawam")
    try:
        serve = load(_SERVING)
    except ImportError as error:
        raise Failure(
            f'the dashboard needs more than Dawam itself ({error}): pip install "dawam[dashboard]"'
        ) from error
    serve(StoreChoice.of(said), accounts, host=host, prefix=prefix.rstrip("/"), said=said)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
