"""What can be done with imports."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from dawam import BackgroundJobManager, JobInspector, UnitOfWork
from dawam.clock import Clock
from examples.inventory.imports.entities import CatalogueImport
from examples.inventory.imports.jobs.split_catalogue import SplitCatalogueArgs, SplitCatalogueJob
from examples.inventory.imports.options import ImportOptions
from examples.inventory.imports.parts import CatalogueFile, read_header
from examples.inventory.imports.records import ImportRecords

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class RefusedView:
    """A row that was not imported."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportStatus:
    """How far an import is."""

    id: UUID
    path: str
    state: str
    """`splitting`, `importing` or `finished`; `stuck` where it is not finished and no job is left that would."""
    parts_done: int
    parts: int
    """Of the whole file, or found so far while it is split."""
    begun_at: datetime
    finished_at: datetime | None
    imported_count: int | None
    refused_count: int | None
    refused: list[RefusedView]
    """The first hundred."""


class ImportService:
    """Begins imports, and says how far they are."""

    def __init__(
        self,
        unit_of_work: UnitOfWork[AsyncSession],
        jobs: BackgroundJobManager,
        inspector: JobInspector,
        options: ImportOptions,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._jobs = jobs
        self._inspector = inspector
        self._options = options
        self._clock = clock

    async def begin(self, path: Path) -> UUID:
        """Has a file imported, and answers with the id of the import. Raises `CatalogueError` for no catalogue."""
        header = await asyncio.to_thread(read_header, path)
        file = await asyncio.to_thread(CatalogueFile.at, path)
        imported = CatalogueImport(
            id=uuid4(),
            path=str(file.path),
            size=file.size,
            modified=file.modified,
            header=header,
            rows_to_a_part=self._options.rows_to_a_part,
            begun_at=self._clock.now(),
        )
        async with self._unit_of_work.begin() as session:
            session.add(imported)
            await self._jobs.enqueue(SplitCatalogueJob, SplitCatalogueArgs(imported.id))
        return imported.id

    async def begin_or_go_on(self, path: Path) -> UUID:
        """The same, where no import of this very file is under way; otherwise answers with that one."""
        file = await asyncio.to_thread(CatalogueFile.at, path)
        async with self._unit_of_work.begin() as session:
            found = await ImportRecords(session).unfinished(file)
        return await self.begin(path) if found is None else found.id

    async def status(self, import_id: UUID) -> ImportStatus:
        """Raises `UnknownImportError`."""
        left = {queue.name for queue in await self._inspector.queues() if queue.due or queue.scheduled or queue.running}
        async with self._unit_of_work.begin() as session:
            records = ImportRecords(session)
            imported = await records.get(import_id)
            known, done = await records.counts(import_id)
            refused = await records.refused(import_id, _SHOWN)
        return ImportStatus(
            id=imported.id,
            path=imported.path,
            state=_state(imported, has_jobs=SplitCatalogueJob.queue in left),
            parts_done=done,
            parts=known,
            begun_at=imported.begun_at,
            finished_at=imported.finished_at,
            imported_count=imported.imported_count,
            refused_count=imported.refused_count,
            refused=[RefusedView(row.line, row.reason) for row in refused],
        )


def _state(imported: CatalogueImport, *, has_jobs: bool) -> str:
    if imported.finished_at is not None:
        return "finished"
    if not has_jobs:
        return "stuck"
    return "splitting" if imported.part_count is None else "importing"
