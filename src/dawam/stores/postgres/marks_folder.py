"""Where processes of this machine leave their start marks: in its folder for temporary files, one for each store."""

import os
import tempfile
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

from dawam.stores.postgres.address import Address


def marks_folder(address: Address, application: str) -> Path | None:
    """The folder of an application, which may not be there yet. None: its place cannot be trusted, or written to."""
    user = getattr(os, "getuid", lambda: 0)()
    ours = Path(tempfile.gettempdir()) / f"dawam-{user}"
    try:
        ours.mkdir(mode=0o700, exist_ok=True)
        if ours.is_symlink() or ours.stat().st_uid != user:
            return None  # somebody else made it: whatever is in it is not to be trusted
    except OSError:
        return None
    return ours / _name(address) / quote(application, safe="")


def remove_empty(folder: Path) -> None:
    """Unless others use it, or have died in it."""
    with suppress(OSError):
        folder.rmdir()
        folder.parent.rmdir()


def _name(address: Address) -> str:
    return blake2b(f"{address.place} {address.schema}".encode(), digest_size=8).hexdigest()
