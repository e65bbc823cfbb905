"""Reads a page of Markdown as a reader would use it, and does what its blocks say, in order, in one folder.

A block whose first line is a file's name (`# hello.py`, `// appsettings.json`, `-- roles.sql`) is written to that file.
Any other `python` block is run. A `console` block is a session: the lines behind `$` are typed, the others must be what
comes out. In it `...` stands for any text, alone on a line for any lines, and `^C` for the key. `sh` blocks only show
what to type.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER_OF_READERS = "/srv/shop"
"""How pages write the folder in which a reader works."""
_FENCE = re.compile(r"^```(\w*)[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_FILE_NAME = re.compile(r"(?:#|//|--) ([\w./-]+\.(?:py|json|toml|sql))")
_PATIENCE = 60.0
_VARYING = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "(a job's id)"),
    (re.compile(r"[\w.-]+-\d+-[0-9a-f]{8}\b"), "(a host's id)"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "(a time)"),
    (re.compile(r"\b20\d\d-\d\d-\d\d\b"), "(a day)"),
    (re.compile(r"\b\d+(?:\.\d+)? (?:s|ms)\b"), "(a duration)"),
    (re.compile(r"\bin \d+(?:\.\d+)?s\b"), "in (a duration)"),
    (re.compile(r" {2,}"), "  "),
)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a page."""

    language: str
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The file that its first line names."""
        named = _FILE_NAME.fullmatch(self.text.partition("\n")[0])
        return named[1] if named else None


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a session, what it prints, and what it prints after a `^C`."""

    command: str
    printed: tuple[str, ...]
    printed_after_interrupt: tuple[str, ...] | None


def blocks(page: Path) -> list[Block]:
    """The fenced blocks, in order."""
    text = page.read_text(encoding="utf-8")
    return [Block(each[1], each[2], text.count("\n", 0, each.start()) + 1) for each in _FENCE.finditer(text)]


class Reader:
    """Somebody who follows a page, in a folder, with these programs at hand."""

    def __init__(self, folder: Path, programs: Path = Path(sys.executable).parent) -> None:
        self.folder = folder
        self._python = programs / "python"
        self._environment = _clean_environment(folder, programs)

    def follow(self, page: Path) -> int:
        """Does what every block says, and answers how many were run. `AssertionError` names the block's line."""
        count = 0
        for block in blocks(page):
            place = f"{page.name}:{block.line}"
            if block.file is not None:
                self._write(block.file, block.text)
            elif block.language == "python":
                self._write("example.py", block.text)
                self._run(Step(f"{self._python} example.py", ("...",), None), place)
                count += 1
            elif block.language == "console":
                for step in steps(block.text):
                    self._run(step, place)
                    count += 1
        return count

    def run(self, command: str) -> str:
        """What a command prints; it has to succeed."""
        return self._run(Step(command, ("...",), None), command)

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _run(self, step: Step, place: str) -> str:
        log = self.folder / ".output"
        with log.open("wb") as output:
            process = subprocess.Popen(
                step.command,
                shell=True,
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._see_it_end(process, step, log, place)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        printed = self._output(log)
        pattern = _pattern(step.printed + (step.printed_after_interrupt or ()))
        assert pattern.fullmatch(_normal(printed)), f"{place}: `{step.command}` printed something else:\n{printed}"
        return printed

    def _see_it_end(self, process: "subprocess.Popen[bytes]", step: Step, log: Path, place: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        if step.printed_after_interrupt is not None:
            pattern = _pattern(step.printed)
            while not pattern.fullmatch(_normal(self._output(log))):
                is_hopeless = process.poll() is not None or time.monotonic() > deadline
                assert not is_hopeless, f"{place}: `{step.command}` printed something else:\n{self._output(log)}"
                time.sleep(0.02)
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{place}: `{step.command}` does not end:\n{self._output(log)}") from None
        expects_error = any(line.startswith(("Error:", "Traceback")) for line in step.printed)
        was_fine = process.returncode == 0 or (
            step.printed_after_interrupt is not None and process.returncode == -signal.SIGINT  # the shell's own end
        )
        assert was_fine is not expects_error, (
            f"{place}: `{step.command}` ended with {process.returncode}:\n{self._output(log)}"
        )

    def _output(self, log: Path) -> str:
        return log.read_text(encoding="utf-8", errors="replace").replace(str(self.folder), FOLDER_OF_READERS)


def steps(session: str) -> Iterator[Step]:
    """The commands of a console block."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, *lines = part.rstrip("\n").split("\n")
        if "^C" in lines:
            at = lines.index("^C")
            yield Step(command, tuple(lines[:at]), tuple(lines[at + 1 :]))
        else:
            yield Step(command, tuple(lines), None)


def _pattern(lines: tuple[str, ...]) -> "re.Pattern[str]":
    parts = [
        r"(?:.*\n)*?" if line == "..." else re.escape(_normal_line(line)).replace(r"\.\.\.", ".*?") for line in lines
    ]
    return re.compile("".join(parts))


def _normal(text: str) -> str:
    """The text without what differs from run to run."""
    return "".join(_normal_line(line) for line in text.splitlines())


def _normal_line(line: str) -> str:
    for pattern, name in _VARYING:
        line = pattern.sub(name, line)
    return f"{line.rstrip()}\n"


def _clean_environment(folder: Path, programs: Path) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DAWAM_", "ASPNETCORE_", "PY"))}
    said = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "TMPDIR": str(folder)}
    return {**kept, **said, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1", "COLUMNS": "120"}
