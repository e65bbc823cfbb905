"""Disks that are small, become full, and can be written no more, by the system's own means where it lets us."""

import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

_BALLAST = "ballast"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Generator[Path]:
    """Makes `folder` a disk of its own that is soon full; skips the test where this user may mount nothing."""
    folder.mkdir()
    _do_or_skip("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> None:
    """Leaves no byte free."""
    with (disk / _BALLAST).open("wb", buffering=0) as ballast:
        while True:
            try:
                ballast.write(b"x" * 4096)
            except OSError:
                return


def empty(disk: Path) -> None:
    """Gives back what `fill` took."""
    (disk / _BALLAST).unlink()


@contextmanager
def unwritable(files: Sequence[Path]) -> Generator[None]:
    """Nobody can write them, not even who has them open; skips the test where this user may not order that."""
    _do_or_skip("chattr", "+i", *files)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *map(str, files)], check=True)


def _do_or_skip(*command: str | Path) -> None:
    try:
        subprocess.run([*map(str, command)], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        pytest.skip(f"{command[0]} cannot be used here: {said.splitlines()[0]}")
