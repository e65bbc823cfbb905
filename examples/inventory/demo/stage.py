"""Who takes part in the demo: a mail server, a web process and hosts, in a folder of their own."""

import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from examples.inventory.demo.mail_server import MailServer
from examples.inventory.demo.processes import Process
from examples.inventory.demo.requests import Client
from examples.inventory.demo.screen import Screen
from examples.inventory.demo.supplier_server import SupplierServer

SECONDS_PER_MAIL = 0.05
_LISTENING = re.compile(r"Uvicorn running on http://127\.0\.0\.1:(\d+)")
_SHOWN = ("dawam.host", "dawam.workers")
_CARETAKERS = ("examples.inventory.activity", "examples.inventory.suppliers")
_ROUTINE = re.compile(r"(ActivityCleanup|OfferSync|HealthCheck)Worker ticked|^0 (activities|offers)")
"""Who comes every second in the demo need not say each time that there was nothing to do."""


class Stage:
    """Starts what the story needs; what is still there at the end is stopped with it."""

    def __init__(self, folder: Path, screen: Screen, exits: ExitStack) -> None:
        self.folder = folder
        self.database = folder / "inventory.db"
        self.mail_server = exits.enter_context(MailServer(seconds_per_mail=SECONDS_PER_MAIL))
        self.supplier = exits.enter_context(SupplierServer())
        self._screen = screen
        self._exits = exits

    def run(self, name: str, *arguments: str) -> list[str]:
        """Runs something to its end, and answers with what it said."""
        return self._start(name, arguments, {}, partial(self._screen.line, name)).finish()

    def web(self) -> tuple[Process, Client]:
        """The web process: it enqueues, and runs no jobs, checks no stock and fetches no offers."""
        arguments = ("uvicorn", "examples.inventory.web:api", "--port", "0", "--no-access-log")
        environment = {
            "DAWAM__BACKGROUND_JOBS__IS_JOB_EXECUTION_ENABLED": "false",
            "DAWAM__PRODUCTS__CHECKS_STOCK": "false",
            "DAWAM__SUPPLIERS__URL": "",
        }
        process = self._start("web", arguments, environment, _say_nothing)
        found = _LISTENING.search(process.until(lambda line: _LISTENING.search(line) is not None))
        port = found[1] if found else ""
        self._screen.line("web", f"process {process.id} listens on http://127.0.0.1:{port}")
        return process, Client(int(port))

    def host(self, name: str, **settings: str) -> Process:
        """A process of `dawam run`, once it is at work."""
        environment = {"DAWAM__LOG__FORMAT": "json", **settings}
        arguments = ("dawam", "run", "examples.inventory.app:app")
        process = self._start(name, arguments, environment, partial(self._show, name))
        process.until(lambda line: " started" in line and '"dawam.host"' in line)
        return process

    def _start(
        self, name: str, arguments: tuple[str, ...], environment: dict[str, str], hear: Callable[[str], None]
    ) -> Process:
        shared = {
            "DAWAM_ENVIRONMENT": "Demo",
            "DAWAM__STORE__URL": f"sqlite:///{self.database}",
            "DAWAM__MAIL__PORT": str(self.mail_server.port),
            "DAWAM__SUPPLIERS__URL": self.supplier.url,
        }
        return self._exits.enter_context(Process(name, self.folder, list(arguments), {**shared, **environment}, hear))

    def _show(self, name: str, line: str) -> None:
        """Of what a host says: its beginning and end, ticks, what they did, and attempts that failed."""
        try:
            said = json.loads(line)
        except ValueError:
            self._screen.line(name, line)
            return
        text = str(said["message"]).splitlines()[0]
        if _ROUTINE.search(text):
            return
        if (
            said["logger"].startswith(_CARETAKERS)
            or said["logger"] in _SHOWN
            or (said["logger"] == "dawam.jobs" and said["level"] != "INFO")
        ):
            self._screen.line(name, _shortened(text))


def _say_nothing(_line: str) -> None:
    """The web process tells nothing that the requests do not."""


def _shortened(text: str) -> str:
    """Without what only a machine needs: packages, and all but the end of an id."""
    text = re.sub(r"\b(?:\w+\.)+([A-Z]\w+)", r"\1", text)
    return re.sub(r"\b[0-9a-f]{8}-[0-9a-f-]{18}-?[0-9a-f]*([0-9a-f]{6})\b", r"…\1", text)
