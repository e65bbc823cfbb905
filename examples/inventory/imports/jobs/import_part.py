"""The small job: imports one part of a file, in one transaction."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dawam import AsyncBackgroundJob, Fail, Logger, Retry, UnitOfWork, job_args
from dawam.clock import Clock
from examples.inventory.catalogue import Catalogue, CatalogueRow, RefusedRow
from examples.inventory.imports.entities import CatalogueImport, ImportPart
from examples.inventory.imports.lane import ImportLane
from examples.inventory.imports.parts import Part, read_part
from examples.inventory.imports.records import ImportRecords, UnknownImportError, open_unchanged, part_in
from examples.inventory.products.service import ProductService


@job_args("imports.import-part")
@dataclass(frozen=True, slots=True)
class ImportPartArgs:
    """Which part of which import; where it is in the file is in the table of parts."""

    import_id: UUID
    number: int


class ImportPartJob(AsyncBackgroundJob[ImportPartArgs]):
    """Imports the rows of a part. The mark that it is done commits with them, so it is done once, in any order.

    A product that stands in the file twice is taken from its first line, whichever part comes first.
    """

    queue = "imports"
    retry = Retry(first_wait=timedelta(seconds=1), give_up_on=(UnknownImportError,))

    def __init__(
        self,
        unit_of_work: UnitOfWork[AsyncSession],
        products: ProductService,
        lane: ImportLane,
        clock: Clock,
        logger: Logger,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._products = products
        self._lane = lane
        self._clock = clock
        self._logger = logger

    async def execute(self, args: ImportPartArgs) -> None:
        imported, part = await self._find(args)
        catalogue = await asyncio.to_thread(_read, imported, part)
        async with self._lane.lock, self._unit_of_work.begin() as session:
            records = ImportRecords(session)
            if not await records.mark_done(args.import_id, args.number, self._clock.now()):
                return
            rows = await self._without_repetitions(records, args.import_id, catalogue)
            await self._products.import_rows(rows)
            records.refuse(args.import_id, catalogue.refused)
            is_last = await records.finish(args.import_id, self._clock.now())
        if is_last:
            self._logger.info("the import %s of %s is finished", imported.id, imported.path)

    async def _find(self, args: ImportPartArgs) -> tuple[CatalogueImport, Part]:
        async with self._unit_of_work.begin() as session:
            part = await session.get(ImportPart, (args.import_id, args.number))
            if part is None:
                raise Fail(f"import {args.import_id} has no part {args.number}")
            return await ImportRecords(session).get(args.import_id), part_in(part)

    async def _without_repetitions(
        self, records: ImportRecords, import_id: UUID, catalogue: Catalogue
    ) -> list[CatalogueRow]:
        """The rows that count; of two lines with the same product the later one is refused."""
        met = await records.lines_of(import_id, catalogue.line_of.keys())
        lines = dict(catalogue.line_of)
        for sku, line in met.items():
            first, second = sorted((line, lines[sku]))
            catalogue.refused.append(RefusedRow.repeated(second, sku, first))
            if first == line:
                del lines[sku]
        await records.keep_lines(import_id, lines)
        return [row for row in catalogue.rows if row.sku in lines]


def _read(imported: CatalogueImport, part: Part) -> Catalogue:
    with open_unchanged(imported) as file:
        return read_part(file, imported.header, part)
