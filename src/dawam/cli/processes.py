"""`dawam run --processes N`: the application is checked once, and then run by several processes of one parent."""

import asyncio
import logging
import sys
from collections.abc import Sequence
from functools import partial

from dawam.errors import DawamError, NotSupportedError
from dawam.host.deaths import excuse_process
from dawam.host.options import HostOptions
from dawam.host.patience import open_patiently
from dawam.host.processes import Processes
from dawam.host.witness import Witness
from dawam.observability.lines import plural
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
    asyncio.run(_wait(runtime))
    asyncio.run(_look(runtime))
    _logger.info("%s", _spoken(runtime.parts.options.host, count))
    processes = Processes(
        [sys.executable, "-m", "dawam", "run", *arguments, LIFELINE],
        count,
        grace=runtime.parts.options.host.shutdown_grace,
        witness=partial(_witness, runtime),
        excuse=partial(excuse_process, store.marks_folder),
    )
    return processes.run()


def _spoken(options: HostOptions, count: int) -> str:
    """What the settings of a host mean for all of them together."""
    each = f"{plural(count, 'host')}, each in a process of its own with {plural(options.concurrency, 'slot')}"
    limits = [f"{queue} {limit}, {limit * count} in all" for queue, limit in options.queue_limits.items()]
    of_queues = f"; limits of queues are those of each process: {', '.join(limits)}" if limits else ""
    return f"{each}, {options.concurrency * count} in all{of_queues}"


def _witness(runtime: Runtime) -> None:
    """The other hosts look as well: what we cannot do now, they will."""
    try:
        asyncio.run(_look(runtime))
    except (DawamError, OSError) as error:
        _logger.warning("the jobs of a dead process are left to the other hosts: %s", error)


async def _wait(runtime: Runtime) -> None:
    """Brings the tables up to date, as soon as the store is there. A signal ends the process meanwhile."""
    parts = runtime.parts
    await open_patiently(partial(parts.store.open, migrate=parts.options.store.migrate), parts.events, asyncio.Event())
    await parts.store.close()


async def _look(runtime: Runtime) -> None:
    store = runtime.parts.store
    await store.open(migrate=False)
    try:
        await Witness(store=store, events=runtime.parts.events).look()
    finally:
        await store.close()
