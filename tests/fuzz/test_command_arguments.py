"""Any arguments of the command are answered with an exit code that its help names, and never with a traceback.

Commands that start processes, listen for changes or write files where they are told stay out.
"""

import tempfile
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given

from dawam.cli.main import dawam
from tests.fuzz.mutation import as_text, grown_text, replayed
from tests.support.stocked import stocked

LEFT_OUT = frozenset({"run", "demo", "new", "backup"})
EXIT_CODES = frozenset({0, 1, 2})


@pytest.fixture(scope="module")
def shop() -> Iterator[Path]:
    """A folder with a store of a few jobs, and nothing else in it."""
    with tempfile.TemporaryDirectory() as folder:
        stocked(Path(folder) / "jobs.db", lambda stock: stock.add(3))
        yield Path(folder)


def answered(shop: Path, text: str) -> Result:
    """What the command says to the arguments, one to a line."""
    store = f"sqlite:///{shop / 'jobs.db'}"
    arguments = text.split("\n") if text else []
    with chdir(shop):
        return CliRunner().invoke(dawam, arguments, env={"DAWAM__STORE__URL": store})


def check(shop: Path, text: str) -> None:
    if not LEFT_OUT.isdisjoint(text.split("\n")):
        return
    answer = answered(shop, text)
    assert answer.exception is None or isinstance(answer.exception, SystemExit), (text, answer.exc_info)
    assert answer.exit_code in EXIT_CODES, text
    assert "Traceback" not in answer.output or "--traceback" in text
    assert answer.exit_code == 2 or "hunter2@" not in answer.output  # click repeats what is misspelt


@replayed("commands")
def test_kept_arguments_are_answered(shop: Path, data: bytes) -> None:
    check(shop, as_text(data))


@given(text=grown_text("commands"))
def test_any_arguments_are_answered(shop: Path, text: str) -> None:
    check(shop, text)


def test_the_guard_sees_a_command_do_its_work(shop: Path) -> None:
    assert answered(shop, "queues\nlist").exit_code == 0
