"""`dawam new`: writes a first application that runs as it stands."""

import sys
from importlib.resources import files
from pathlib import Path

import click

from dawam.cli.shape import Command, Failure

_NEXT = """{path} is written. Try:

  python {path}                     opens a store, runs a job and prints its result
  dawam run {path}                  runs what waits, until Ctrl-C
  dawam jobs list --app {path}      what waits, runs, and has ended
"""


@click.command(cls=Command)
@click.argument("file", metavar="NAME.py", type=click.Path(path_type=Path))
def new(file: Path) -> None:
    """Write a first application into a new file, and say what to try next."""
    _check_name(file)
    template = files("dawam.cli") / "templates" / "hello.py.txt"
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(template.read_text(encoding="utf-8"))
    except FileExistsError:
        raise Failure(f"{file} is there already, and is left as it is: name a new file") from None
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}") from error
    click.echo(_NEXT.format(path=file), nl=False)


def _check_name(file: Path) -> None:
    if file.suffix != ".py" or not file.stem.isidentifier():
        raise click.BadParameter(
            f"{file.name!r}: a module name and .py were expected, as in hello.py", param_hint="NAME.py"
        )
    if file.stem in sys.stdlib_module_names or file.stem in sys.modules:
        raise click.BadParameter(
            f"{file.name!r} would hide the module {file.stem!r}, which other code imports: choose another name",
            param_hint="NAME.py",
        )
