"""What the demo shows: a heading for each act, a line for each thing that happens, with the seconds since the start."""

import os
import sys
import threading
import time


class Screen:
    """Lines from several threads, one at a time."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._in_colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def act(self, title: str) -> None:
        """A new part of the story."""
        self._print(f"\n{self._painted(title, '1')}")

    def line(self, who: str, text: str) -> None:
        """Something that somebody did."""
        seconds = self._painted(f"{time.monotonic() - self._began:6.2f} s", "2")
        self._print(f"{seconds}  {who:<7}{text}")

    def plain(self, text: str = "") -> None:
        self._print(text)

    def verdict(self, fine: bool) -> str:
        """A sign that something is as it should be, or is not."""
        return self._painted("ok", "32") if fine else self._painted("WRONG", "31;1")

    def _painted(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._in_colour else text

    def _print(self, text: str) -> None:
        with self._lock:
            print(text, flush=True)
