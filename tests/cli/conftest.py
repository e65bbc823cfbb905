"""Real processes: the command as a user starts it, in a folder of the user's own."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 30
SHOP = """
import asyncio
import logging
from datetime import timedelta
from pathlib import Path

from dawam import App, Retry

app = App()


@app.job(queue="mail")
async def send(to: str) -> str:
    return f"sent to {to}"


@app.job(retry=Retry(max_attempts=1))
async def break_down() -> None:
    logging.getLogger("shop.stock").info("counting\\nthe %s", "tea")
    raise ValueError("no stock")


@app.job
async def wait(seconds: float) -> None:
    await asyncio.sleep(seconds)


@app.job
async def pass_on(to: str) -> str:
    return str(await app.jobs.enqueue(send.call(to)))
"""
"""An application in `shop.py`."""


class Shop:
    """A folder with an application in it, the command `dawam`, and somebody who enqueues."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("DAWAM_")}
        self.write("shop.py", SHOP)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def dawam(self, *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs the command to its end."""
        done = self._python("-m", "dawam", *arguments)
        assert done.returncode == expect, done.stdout + done.stderr
        return done

    def json(self, *arguments: str) -> Any:
        return self.json_of(0, *arguments)

    def json_of(self, code: int, *arguments: str) -> Any:
        """What it prints as JSON when it ends with this exit code."""
        return json.loads(self.dawam(*arguments, "--json", expect=code).stdout)

    def enqueue(self, call: str, options: str = "") -> str:
        """Enqueues as a web process would; answers the id."""
        program = (
            "import asyncio, shop\nfrom datetime import timedelta\nfrom shop import *\n"
            "async def main():\n"
            "    async with app.open(run_host=False):\n"
            f"        print(await app.jobs.enqueue({call}, {options}))\n"
            "asyncio.run(main())\n"
        )
        done = self._python("-c", program)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def host(self, *arguments: str) -> "Host":
        """Starts `dawam run`; wait for one of its lines."""
        return Host(
            subprocess.Popen(
                [sys.executable, "-m", "dawam", "run", *arguments],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


class Host:
    """A running `dawam run`, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._said = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def says(self, text: str) -> str:
        """Waits until a line holds this text, and answers it."""

        def line() -> str | None:
            return next((line for line in self.lines if text in line), None)

        with self._said:
            self._said.wait_for(lambda: line() is not None or self._ended, PATIENCE)
        found = line()
        assert found is not None, f"{text!r} was not said:\n" + "".join(self.lines)
        return found

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to stop; answers the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def end(self) -> None:
        """Whatever it does, it is gone after this."""
        self.process.kill()
        self.process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                with self._said:
                    self.lines.append(line)
                    self._said.notify_all()
        with self._said:
            self._ended = True
            self._said.notify_all()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def start(shop: Shop) -> Iterator[Callable[..., Host]]:
    """Starts hosts of the shop; those that still run at the end are killed."""
    started: list[Host] = []

    def begin(*arguments: str) -> Host:
        started.append(shop.host(*arguments))
        return started[-1]

    yield begin
    for host in started:
        host.end()
