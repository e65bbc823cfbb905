"""`dawam run --processes N`: the application is checked once, and then run by several processes of one parent."""

import asyncio
import logging
import sys
from collections.abc import Sequence
from functools import partial

from dawam.errors import DawamError, NotSupportedError
from dawam.host.deaths import excuse_process
from dawam.host.processes import Processes
from dawam.host.witness import Witness
from dawam.runtime import Runtime
from dawam.stores.base import Capability

LIFELINE = "--lifeline"
"""The option by which a child learns which descriptor tells of its parent's end."""
_logger = logging.getLogger("dawam.host")


def run_processes(runtime: Runtime, arguments: Sequence[str], count: int) -> int:
    """Answers the exit code. Whatever no child could do either is refused here, and said once."""
    store = runtime.parts.store
    if Capability.SEVERAL_PROCESSES not in store.capabilities:
        raise NotSupportedError(
            store.description, Capability.SEVERAL_PROCESSES, "leave --processes out, or keep jobs in sqlite:///dawam.db"
        )
    asyncio.run(_look(runtime))  # brings the tables up to date as well
    processes = Processes(
        [sys.executable, "-m", "dawam", "run", *arguments, LIFELINE],
        count,
        grace=runtime.parts.options.host.shutdown_grace,
        witness=partial(_witness, runtime),
        excuse=partial(excuse_process, store.marks_folder),
    )
    return processes.run()


def _witness(runtime: Runtime) -> None:
    """The other hosts look as well: what we cannot do now, they will."""
    try:
        asyncio.run(_look(runtime))
    except (DawamError, OSError) as error:
        _logger.warning("the jobs of a dead process are left to the other hosts: %s", error)


async def _look(runtime: Runtime) -> None:
    store = runtime.parts.store
    await store.open(migrate=False)
    try:
        await Witness(store=store, events=runtime.parts.events).look()
    finally:
        await store.close()
