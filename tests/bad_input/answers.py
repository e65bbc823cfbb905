"""All bad inputs by subject, and what each is told: provoked once, with what varies between two runs written over."""

import asyncio
import re
import tempfile
from functools import cache
from pathlib import Path

from tests.bad_input import (
    of_applications,
    of_commands,
    of_completions,
    of_declarations,
    of_enqueues,
    of_places,
    of_schedules,
    of_servers,
    of_settings,
    of_stores,
)
from tests.bad_input.case import BadInput, Told
from tests.support.pages import FOLDER_OF_READERS

CASES: dict[str, tuple[BadInput, ...]] = {
    "Settings": of_settings.CASES,
    "Stores": of_stores.CASES,
    "PostgreSQL": of_servers.CASES,
    "The command line": of_commands.CASES,
    "Jobs": of_declarations.JOBS,
    "Args of jobs": of_declarations.ARGS,
    "Modules": of_applications.MODULES,
    "Dependencies": of_applications.DEPENDENCIES,
    "Workers and handlers": of_applications.WORKERS,
    "Schedules": of_schedules.SCHEDULES,
    "What is enqueued": of_enqueues.ARGS,
    "How it is enqueued": of_enqueues.OPTIONS,
    "Where it is enqueued": of_places.PLACES,
    "Transactions": of_places.TRANSACTIONS,
    "Completions": of_completions.COMPLETIONS,
    "Results": of_places.RESULTS,
}

_PACKAGE = "tests.bad_input."
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


@cache
def told(case: BadInput) -> Told:
    """What somebody is told who does this, in a folder of their own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)  # others may look into it, for bad inputs that have to do with rights
        answer = asyncio.run(case.provoke(folder))
        return Told(answer.how, settled(answer.message, folder))


def settled(message: str, folder: Path) -> str:
    """The message, with our folder and package as those of a reader, and without ids."""
    return _ID.sub("(a job's id)", message.replace(str(folder), FOLDER_OF_READERS).replace(_PACKAGE, "shop."))
