"""`dawam run --reload`: a parent that starts its child again when a source file changes. Needs `dawam[reload]`."""

import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

import click
from watchfiles import Change, DefaultFilter, watch

_LOOK_EVERY_MS = 200
_PATIENCE = 5.0
"""Seconds that a child gets to end by itself, then to hurry, before it is killed."""
_USAGE = 2


class SourceFilter(DefaultFilter):
    """Sources and settings; the store's own files, which change all the time, are neither."""

    def __call__(self, change: Change, path: str) -> bool:
        name = Path(path).name
        is_settings = name.startswith("appsettings.") and name.endswith(".json")
        return (name.endswith((".py", ".toml")) or is_settings) and super().__call__(change, path)


class Child:
    """The process that runs the application."""

    def __init__(self, arguments: list[str]) -> None:
        self._command = [sys.executable, "-m", "dawam", "run", *arguments]
        self._process: subprocess.Popen[bytes] | None = None
        self._is_end_told = False

    def start(self) -> None:
        self._process = subprocess.Popen(self._command)  # noqa: S603  (our own command again)
        self._is_end_told = False

    def stop(self) -> None:
        """Ends it as an operator would: asks, asks again, and kills."""
        if self._process is None:
            return
        for ask in (self._process.terminate, self._process.terminate, self._process.kill):
            ask()
            if self._ended_within(_PATIENCE):
                return

    def wait(self) -> None:
        """Lets a child end that was told to stop by the terminal, as we were."""
        if not self._ended_within(_PATIENCE):
            self.stop()

    def ended_by_itself(self) -> int | None:
        """Its exit code, told once."""
        code = None if self._process is None else self._process.poll()
        if code is None or self._is_end_told:
            return None
        self._is_end_told = True
        return code

    def _ended_within(self, seconds: float) -> bool:
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def run_reloading(arguments: list[str], folder: Path) -> int:
    """Runs `dawam run` with these arguments, anew after each change below the folder, until a signal."""
    told, child = _Told(), Child(arguments)
    click.echo(f"watching {folder} for changes", err=True)
    child.start()
    try:
        for changes in watch(
            folder,
            watch_filter=SourceFilter(),
            stop_event=told.stop,
            rust_timeout=_LOOK_EVERY_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
        ):
            code = child.ended_by_itself()
            if code == _USAGE:
                return code
            if code is not None:
                click.echo(f"the host ended with exit code {code}; it starts again after the next change", err=True)
            if changes:
                _restart(child, sorted(path for _, path in changes), folder)
    finally:
        child.wait() if told.by_terminal else child.stop()
    return 0


def _restart(child: Child, paths: list[str], folder: Path) -> None:
    names = ", ".join(str(Path(path).relative_to(folder)) for path in paths[:3])
    click.echo(f"changed: {names}{' and more' if len(paths) > 3 else ''}; starting again", err=True)
    child.stop()
    child.start()


class _Told:
    """Whether we were told to stop, and by whom: Ctrl-C in a terminal reaches the child as well."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.by_terminal = False
        signal.signal(signal.SIGINT, self._received)
        signal.signal(signal.SIGTERM, self._received)

    def _received(self, number: int, _: FrameType | None) -> None:
        self.by_terminal = number == signal.SIGINT and sys.stdin.isatty()
        self.stop.set()
