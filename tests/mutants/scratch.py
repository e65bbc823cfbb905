"""A scratch copy of the repository, in which the product may be broken."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import Mutant

_LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", ".*_cache", ".hypothesis", ".demo", ".bench", "dist", "build", "results", "dawam.db*"
)


@dataclass(frozen=True, slots=True)
class Scratch:
    """A copy of a repository, and the Python that imports the product from there."""

    root: Path
    python: Path

    @contextmanager
    def with_mutant(self, mutant: Mutant) -> Iterator[None]:
        """The copy has the sabotage in it, and afterwards no longer."""
        path = self.root / mutant.path
        sound = path.read_text(encoding="utf-8")
        _write(path, mutant.sabotaged(self.root))
        try:
            yield
        finally:
            _write(path, sound)


def copy_of(root: Path, folder: Path) -> Scratch:
    """Copies the repository at `root`, with the packages of its `.venv`, to the new `folder`.

    The copy has an environment of its own instead of a search path in a variable: tests start processes, some of them
    with no variables at all, and those must not find the sound product of the environment that we copied.
    """
    shutil.copytree(root, folder, ignore=_LEFT_BEHIND)
    packages = Path(sys.prefix)
    _environment(packages, folder / ".venv", root, folder)
    scratch = Scratch(folder, folder / ".venv" / "bin" / "python")
    _check(scratch)
    return scratch


def _environment(given: Path, made: Path, root: Path, folder: Path) -> None:
    """Links to all packages; what leads to the product leads to the copy."""
    (made / "bin").mkdir(parents=True)
    (made / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    shutil.copy(given / "pyvenv.cfg", made)
    program = (given / "bin" / "dawam").read_text(encoding="utf-8")
    (made / "bin" / "dawam").write_text(program.replace(str(given), str(made)), encoding="utf-8")
    (made / "bin" / "dawam").chmod(0o755)
    for site in given.glob("lib/python*/site-packages"):
        packages = made / site.relative_to(given)
        packages.mkdir(parents=True)
        for entry in site.iterdir():
            if entry.suffix == ".pth" and str(root) in (text := entry.read_text(encoding="utf-8")):
                (packages / entry.name).write_text(text.replace(str(root), str(folder)), encoding="utf-8")
            else:
                (packages / entry.name).symlink_to(entry)


def _check(scratch: Scratch) -> None:
    """A trial with the sound product would prove nothing."""
    program = "import dawam; print(dawam.__file__)"
    told = subprocess.run([scratch.python, "-c", program], capture_output=True, text=True, check=True, env={})
    if not Path(told.stdout.strip()).is_relative_to(scratch.root):
        message = (
            f"the copy at {scratch.root} takes dawam from {told.stdout.strip()}: is it installed editable in .venv?"
        )
        raise RuntimeError(message)


def _write(path: Path, text: str) -> None:
    """Compiled code is valid for a size and a second: two texts of one length, one soon after the other, look alike."""
    path.write_text(text, encoding="utf-8")
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        compiled.unlink()
