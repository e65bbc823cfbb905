"""The parent job: goes through a file once, and enqueues a small job for each of its parts."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dawam import AsyncBackgroundJob, BackgroundJobManager, JobContext, Retry, UnitOfWork, job_args
from dawam.clock import Clock
from examples.inventory.imports.entities import CatalogueImport, ImportPart
from examples.inventory.imports.jobs.import_part import ImportPartArgs
from examples.inventory.imports.parts import Part, parts_of
from examples.inventory.imports.records import ImportRecords, UnknownImportError, open_unchanged

_AT_ONCE = 20


@job_args("imports.split-catalogue")
@dataclass(frozen=True, slots=True)
class SplitCatalogueArgs:
    """Which import."""

    import_id: UUID


class SplitCatalogueJob(AsyncBackgroundJob[SplitCatalogueArgs]):
    """Finds the parts of a file. A part and its job commit together, and a retry goes on behind the last of them."""

    queue = "imports"
    retry = Retry(first_wait=timedelta(seconds=1), give_up_on=(UnknownImportError,))
    time_limit = timedelta(hours=1)

    def __init__(
        self, unit_of_work: UnitOfWork[AsyncSession], jobs: BackgroundJobManager, context: JobContext, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._jobs = jobs
        self._context = context
        self._clock = clock

    async def execute(self, args: SplitCatalogueArgs) -> str:
        async with self._unit_of_work.begin() as session:
            imported = await ImportRecords(session).get(args.import_id)
            last = await ImportRecords(session).last_part(args.import_id)
        with open_unchanged(imported) as file:
            parts = parts_of(file, imported.rows_to_a_part, after=last)
            while batch := await asyncio.to_thread(_next, parts):
                await self._enqueue(imported, batch)
                last = batch[-1]
        count = 0 if last is None else last.number
        async with self._unit_of_work.begin() as session:
            (await ImportRecords(session).get(args.import_id)).part_count = count
            await ImportRecords(session).finish(args.import_id, self._clock.now())
        return f"{count} parts"

    async def _enqueue(self, imported: CatalogueImport, batch: list[Part]) -> None:
        async with self._unit_of_work.begin() as session:
            session.add_all(
                ImportPart(
                    import_id=imported.id,
                    number=part.number,
                    begin=part.begin,
                    end=part.end,
                    first_line=part.first_line,
                    line_count=part.line_count,
                )
                for part in batch
            )
            await self._jobs.enqueue_many([ImportPartArgs(imported.id, part.number) for part in batch])
        self._context.progress(min(batch[-1].end / imported.size, 1.0), f"{batch[-1].number} parts found")


def _next(parts: Iterator[Part]) -> list[Part]:
    return list(islice(parts, _AT_ONCE))
