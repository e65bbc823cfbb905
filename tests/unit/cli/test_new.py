"""`dawam new`: a first application that runs, and never over somebody's file."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dawam.app import App
from dawam.cli.loading import load_app
from dawam.cli.main import dawam


def new(name: str) -> Result:
    return CliRunner().invoke(dawam, ["new", name])


def test_the_new_file_holds_an_application_with_a_job_and_a_worker(folder: Path) -> None:
    result = new("hello.py")

    app = load_app("hello.py", folder).app
    assert result.exit_code == 0
    assert isinstance(app, App)
    assert [job.name for job in app.declarations.functions] == ["hello.greet"]
    assert len(app.declarations.workers) == 1


def test_it_says_what_to_try_next(folder: Path) -> None:
    output = new("hello.py").output

    assert "python hello.py" in output
    assert "dawam run hello.py" in output


def test_a_file_that_is_there_is_left_as_it_is(folder: Path) -> None:
    (folder / "hello.py").write_text("mine", encoding="utf-8")

    result = new("hello.py")

    assert result.exit_code == 1
    assert "is there already" in result.output
    assert (folder / "hello.py").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_is_missing_is_named(folder: Path) -> None:
    result = new("nowhere/hello.py")

    assert result.exit_code == 1
    assert "nowhere/hello.py cannot be written" in result.output


@pytest.mark.parametrize("name", ["hello", "my-app.py", "hello.txt", "3.py"])
def test_a_name_that_cannot_be_imported_is_refused(folder: Path, name: str) -> None:
    result = new(name)

    assert result.exit_code == 2
    assert "as in hello.py" in result.output
    assert not (folder / name).exists()


@pytest.mark.parametrize("name", ["queue.py", "email.py", "dawam.py"])
def test_a_name_that_would_hide_another_module_is_refused(folder: Path, name: str) -> None:
    result = new(name)

    assert result.exit_code == 2
    assert "would hide" in result.output
    assert not (folder / name).exists()
