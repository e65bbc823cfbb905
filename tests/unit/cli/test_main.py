"""The command itself: its list of commands, its errors and its exit codes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from dawam.cli.main import Dawam, dawam
from dawam.opening import load
from dawam.version import __version__


def run(*arguments: str) -> Result:
    return CliRunner().invoke(dawam, arguments)


def test_the_list_of_commands_has_one_line_for_each() -> None:
    result = run("--help")

    assert result.exit_code == 0
    for name, (_, line) in Dawam.table.items():
        assert any(shown.split()[:1] == [name] and line in shown for shown in result.output.splitlines())


def test_the_list_of_commands_loads_none_of_them() -> None:
    program = (
        "import sys\n"
        "from dawam.cli.main import dawam\n"
        "dawam(['--help'], standalone_mode=False)\n"
        "print([name for name in sys.modules if name.startswith('dawam.cli.')], file=sys.stderr)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "['dawam.cli.shape', 'dawam.cli.main']"


@pytest.mark.parametrize("name", Dawam.table)
def test_every_command_of_the_table_is_there_and_explains_itself(name: str) -> None:
    entry, _ = Dawam.table[name]

    assert load(entry).name == name
    assert run(name, "--help").exit_code == 0


def test_the_version_is_the_packages() -> None:
    assert run("--version").output == f"dawam {__version__}\n"


@pytest.mark.parametrize(("arguments", "meant"), [(("jbos",), "jobs"), (("jobs", "lits"), "list")])
def test_a_misspelt_command_is_answered_with_the_nearest(arguments: tuple[str, ...], meant: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert f"did you mean '{meant}'?" in result.output


def test_a_command_like_no_other_is_a_usage_error_too() -> None:
    assert run("qqqq").exit_code == 2


def test_an_error_of_ours_is_a_message_and_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = run("run", "nowhere:app")

    assert result.exit_code == 1
    assert result.output.startswith("Error: there is no module 'nowhere'")
    assert "Traceback" not in result.output


def test_a_traceback_is_shown_when_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = run("run", "nowhere:app", "--traceback")

    assert result.exit_code == 1
    assert "Traceback" in result.output
    assert "Error: there is no module 'nowhere'" in result.output


def test_colours_are_left_out_where_the_user_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    coloured = CliRunner().invoke(dawam, ["run", "nowhere:app"], color=True)
    plain = CliRunner(env={"NO_COLOR": "1"}).invoke(dawam, ["run", "nowhere:app"], color=True)

    assert "\x1b[" in coloured.output
    assert "\x1b[" not in plain.output


def test_a_word_that_is_not_utf_8_is_a_usage_error() -> None:
    result = run("jobs", "list", "--name", "\udcff")

    assert result.exit_code == 2
    assert "Error: '\\udcff' is no text in UTF-8" in result.output


@pytest.mark.parametrize(
    "words", [("jobs", "list", "--limit"), ("workers", "list", "--limit"), ("workers", "show", "a", "--history")]
)
def test_more_lines_than_anybody_reads_are_a_usage_error(words: tuple[str, ...]) -> None:
    result = run(*words, "9" * 30)

    assert result.exit_code == 2
    assert "<=1000000" in result.output


def test_every_command_that_looks_or_changes_speaks_json() -> None:
    """Others run something, or write a script."""
    silent = {"run", "dashboard", "demo", "new", "top", "completion"}

    def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            if isinstance(command, click.Group):
                yield from commands(command, (*path, name))
            else:
                yield " ".join((*path, name)), command

    without = {
        name for name, command in commands(dawam) if not any("--json" in option.opts for option in command.params)
    }
    assert without == silent
