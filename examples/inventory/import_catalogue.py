"""Imports a catalogue, here and now: `python -m examples.inventory.import_catalogue [catalogue.csv]`.

It enqueues the import, runs its jobs in this process (a host that runs helps), and ends with the summary. Stopped or
killed in the middle, it goes on where it was when it is started again with the same file.
"""

import asyncio
import sys
from pathlib import Path

from dawam import DawamError
from dawam.events.lifecycle import JobSettled
from examples.inventory.app import app
from examples.inventory.catalogue import CatalogueError
from examples.inventory.imports.jobs.split_catalogue import SplitCatalogueJob
from examples.inventory.imports.service import ImportService, ImportStatus

CATALOGUE = Path(__file__).with_name("catalogue.csv")
_LOOK_EVERY = 1.0
_ONLY_IMPORTS = {
    "Host.Queues": SplitCatalogueJob.queue,
    "BackgroundJobs.IsJobExecutionEnabled": "true",
    "BackgroundWorkers.IsEnabled": "false",
}


async def import_catalogue(path: Path) -> ImportStatus:
    """Imports a file, and answers when it is finished or stuck. Raises `CatalogueError` for no catalogue."""
    runtime = app.build(command_line=_ONLY_IMPORTS)
    with app.opened_as(runtime):
        try:
            await runtime.start(run_host=True)
            return await _follow(path)
        finally:
            await runtime.stop()


async def _follow(path: Path) -> ImportStatus:
    something_ended = asyncio.Event()
    app.events.subscribe(JobSettled, lambda _: something_ended.set())
    async with app.scope() as scope:
        service: ImportService = await scope.get(ImportService)
        import_id = await service.begin_or_go_on(path)
        told = 0
        while (status := await service.status(import_id)).state not in ("finished", "stuck"):
            if status.parts_done >= told + max(status.parts // 10, 1):
                told = status.parts_done
                print(f"{told} of {status.parts} parts imported")
            something_ended.clear()
            try:
                async with asyncio.timeout(_LOOK_EVERY):  # other processes' hosts may do the work
                    await something_ended.wait()
            except TimeoutError:
                continue
    return status


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else CATALOGUE
    try:
        status = asyncio.run(import_catalogue(path))
    except (CatalogueError, DawamError) as error:
        sys.exit(str(error))
    if status.state == "stuck":
        sys.exit(
            f"{status.parts - status.parts_done} parts of {path.name} were not imported. `dawam jobs list --queue "
            f"{SplitCatalogueJob.queue} --state failed` says why; retry those jobs, or begin again with another file"
        )
    print(f"{status.imported_count} products imported from {path.name}, {status.refused_count} rows refused")
    for refused in status.refused:
        print(f"  line {refused.line}: {refused.reason}")


if __name__ == "__main__":
    main()
