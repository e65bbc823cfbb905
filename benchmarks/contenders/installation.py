"""A peer's virtual environment: made from a list of pinned requirements, below the cache, when it is needed first."""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_LISTS = Path(__file__).parent / "requirements"
_DONE = "installed"


class PeerMissingError(Exception):
    """The peer cannot be installed here; the message says why."""


@dataclass(frozen=True, slots=True)
class Installation:
    """`python` is the version that the peer asks for, such as 3.12; empty: the one that runs the benchmarks."""

    name: str
    cache: Path
    python: str = ""

    @property
    def requirements(self) -> list[str]:
        """What is installed, each in its version."""
        return (_LISTS / f"{self.name}.txt").read_text().split()

    @property
    def folder(self) -> Path:
        """Another list is another environment."""
        digest = hashlib.sha256("\n".join([self.python, *self.requirements]).encode()).hexdigest()
        return self.cache / f"{self.name}-{digest[:8]}"

    def program(self, name: str) -> Path:
        """A program that is installed there."""
        return self.folder / "bin" / name

    def make(self) -> None:
        """Installs it, unless that was done. Raises `PeerMissingError`."""
        done = self.folder / _DONE
        if done.exists():
            return
        print(f"installing {self.name} into {self.folder} ...", file=sys.stderr, flush=True)
        _run(_interpreter(self.python), "-m", "venv", "--clear", str(self.folder))
        requirements = str(_LISTS / f"{self.name}.txt")
        _run(str(self.program("python")), "-m", "pip", "install", "--quiet", "--requirement", requirements)
        done.touch()


def _interpreter(version: str) -> str:
    if not version:
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [
        shutil.which(f"python{version}"),
        *map(str, sorted(pyenv.glob(f"versions/{version}*/bin/python{version}"))),
    ]
    for each in candidates:
        # a name on the path may be a shim that only prints an error
        if each and subprocess.run([each, "-c", ""], check=False, capture_output=True).returncode == 0:
            return each
    raise PeerMissingError(f"it needs Python {version}, and there is no python{version} on the path")


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines() or ["it said nothing"]
        raise PeerMissingError(f"`{' '.join(command)}` failed: {said[-1]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerMissingError(str(error)) from error
