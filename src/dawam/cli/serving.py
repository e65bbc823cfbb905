"""Serves what `dawam dashboard` is asked for. Needs `dawam[dashboard]`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from dawam.cli import access
from dawam.cli.shape import Failure
from dawam.dashboard import Account, BasicAuth, Colour, Dashboard, DashboardOptions, Role
from dawam.dashboard.serving import serve as serve_dashboard

_SHORTEST = 8
_ROLES = {role.name.lower(): role for role in Role}


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody in the file of accounts."""

    password: str
    role: str = "view"
    queues: tuple[str, ...] | None = None


def serve(
    choice: access.StoreChoice, accounts: Path | None, *, host: str, prefix: str, said: Mapping[str, Any]
) -> None:
    """Until SIGINT or SIGTERM."""
    app = choice.load()
    runtime = choice.build_of(app)
    access.shared_store(runtime)
    options = DashboardOptions(
        name=said["name"], colour=Colour(said["colour"]), is_read_only=said["read_only"], is_secure=said["secure"]
    )
    dashboard = Dashboard(app, authenticate=None if accounts is None else authenticator(accounts), options=options)
    serve_dashboard(app, runtime, dashboard, host=host, port=said["port"], prefix=prefix, tell=_tell)


def _tell(address: str) -> None:
    click.echo(f"the dashboard is at {address} (Ctrl-C ends it)")


def authenticator(path: Path) -> BasicAuth:
    """From the file of accounts. Raises `Failure` that names the account, and says what was expected."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=dict[str, _Entry])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Failure(
            f'{path}: {error}; accounts were expected, as in {{"amal": {{"password": "...", "role": "operate"}}}}'
        ) from None
    if not found:
        raise Failure(f"{path}: it names nobody, so nobody could look")
    return BasicAuth({name: _account(path, name, entry) for name, entry in found.items()})


def _account(path: Path, name: str, entry: _Entry) -> Account:
    if entry.role not in _ROLES:
        raise Failure(f"{path}: the role {entry.role!r} of {name!r}: one of {', '.join(_ROLES)} was expected")
    if len(entry.password) < _SHORTEST or ":" in name:
        raise Failure(
            f"{path}: {name!r}: a name without a colon was expected, and a password of {_SHORTEST} letters or more"
        )
    return Account(entry.password, _ROLES[entry.role], entry.queues)
