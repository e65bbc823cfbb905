"""Processes of the demo: started, listened to, stopped, and never left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[3]
_STOPPING = 30.0
_TOLD = 15


class DemoError(Exception):
    """The story cannot go on."""


class Process:
    """`python -m` something, whose lines are kept in a file and handed to a listener.

    It has a session of its own, so that Ctrl-C reaches the demo alone, which then stops everything in order.
    """

    def __init__(
        self, name: str, folder: Path, arguments: list[str], environment: Mapping[str, str], hear: Callable[[str], None]
    ) -> None:
        self.name = name
        self._hear = hear
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._has_ended = False
        self._log = folder / f"{name.replace(' ', '-')}.log"
        self._process = subprocess.Popen(  # noqa: S603  (our own modules)
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        threading.Thread(target=self._listen, name=name, daemon=True).start()

    @property
    def id(self) -> int:
        return self._process.pid

    def until(self, is_it: Callable[[str], bool], *, within: float = 20.0) -> str:
        """The first line of which this is true, waiting for it if need be."""
        deadline, seen = time.monotonic() + within, 0
        with self._news:
            while True:
                for line in self._lines[seen:]:
                    if is_it(line):
                        return line
                seen = len(self._lines)
                if self._has_ended or not self._news.wait(max(deadline - time.monotonic(), 0.0)):
                    raise DemoError(self._what_it_said(within))

    def finish(self, *, within: float = 30.0) -> list[str]:
        """Waits until it ends by itself, and answers with what it said."""
        self._wait(within)
        if self._process.returncode != 0:
            raise DemoError(self._what_it_said(within))
        return self._lines

    def terminate(self) -> float:
        """Asks it to stop with SIGTERM, waits until it has, and answers how long that took."""
        began = time.monotonic()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._wait(_STOPPING)
        return time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.terminate()
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()

    def _wait(self, within: float) -> None:
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            raise DemoError(f"{self.name} did not end within {within:.0f} s") from None
        with self._news:
            self._news.wait_for(lambda: self._has_ended, 5.0)

    def _listen(self) -> None:
        stream = self._process.stdout
        with stream or open(os.devnull, encoding="utf-8") as lines, self._log.open("w", encoding="utf-8") as log:
            for line in lines:
                log.write(line)
                self._hear(line.rstrip("\n"))
                with self._news:
                    self._lines.append(line.rstrip("\n"))
                    self._news.notify_all()
        with self._news:
            self._has_ended = True
            self._news.notify_all()

    def _what_it_said(self, within: float) -> str:
        how = "ended" if self._has_ended else f"did not do so within {within:.0f} s"
        said = "\n  ".join(self._lines[-_TOLD:]) or "nothing"
        return f"{self.name} was expected to go on, and {how}; the last that it said:\n  {said}"


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """What the demo says, and nothing of what the user has set for an application of theirs."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DAWAM_", "ASPNETCORE_"))}
    paths = [str(ROOT), *filter(None, [inherited.get("PYTHONPATH")])]
    return {**inherited, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **own}
