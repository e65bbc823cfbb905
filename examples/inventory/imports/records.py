"""Reads and keeps what is known of imports, in a session that somebody else begins and ends."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from dawam import Fail
from examples.inventory.catalogue import RefusedRow
from examples.inventory.database import insert_into
from examples.inventory.imports.entities import CatalogueImport, ImportedLine, ImportPart, RefusedLine
from examples.inventory.imports.parts import CatalogueFile, Part


class UnknownImportError(Exception):
    """There is no import of this id."""

    def __init__(self, import_id: UUID) -> None:
        self.import_id = import_id
        super().__init__(f"there is no import {import_id}: begin one with POST /imports")


class ImportRecords:
    """All imports."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, import_id: UUID) -> CatalogueImport:
        """Raises `UnknownImportError`."""
        found = await self._session.get(CatalogueImport, import_id)
        if found is None:
            raise UnknownImportError(import_id)
        return found

    async def unfinished(self, file: CatalogueFile) -> CatalogueImport | None:
        """The last import of this very file that is still under way."""
        query = (
            select(CatalogueImport)
            .where(CatalogueImport.path == str(file.path), CatalogueImport.finished_at.is_(None))
            .where(CatalogueImport.size == file.size, CatalogueImport.modified == file.modified)
            .order_by(CatalogueImport.begun_at.desc())
        )
        return (await self._session.scalars(query.limit(1))).first()

    async def last_part(self, import_id: UUID) -> Part | None:
        """The last part that is known."""
        query = select(ImportPart).where(ImportPart.import_id == import_id).order_by(ImportPart.number.desc())
        found = (await self._session.scalars(query.limit(1))).first()
        return None if found is None else part_in(found)

    async def counts(self, import_id: UUID) -> tuple[int, int]:
        """How many parts are known, and how many of them are done."""
        query = select(func.count(), func.count(ImportPart.done_at)).where(ImportPart.import_id == import_id)
        known, done = (await self._session.execute(query)).one()
        return known, done

    async def refused(self, import_id: UUID, at_most: int) -> Sequence[RefusedLine]:
        """The first refused rows, by their lines."""
        query = select(RefusedLine).where(RefusedLine.import_id == import_id).order_by(RefusedLine.line)
        return (await self._session.scalars(query.limit(at_most))).all()

    async def mark_done(self, import_id: UUID, number: int, at: datetime) -> bool:
        """Marks a part as done; false where it was. From here on no other part of this import is written.

        SQLite has one writer, and this is it from the first statement that changes something; on a server the others
        wait for the row of the import.
        """
        mark = update(ImportPart).where(
            ImportPart.import_id == import_id, ImportPart.number == number, ImportPart.done_at.is_(None)
        )
        is_marked = await self._changed(mark.values(done_at=at)) == 1
        alone = select(CatalogueImport.id).where(CatalogueImport.id == import_id).with_for_update(key_share=True)
        await self._session.execute(alone)
        return is_marked

    async def lines_of(self, import_id: UUID, skus: Collection[str]) -> dict[str, int]:
        """In which lines other parts have met these products."""
        query = select(ImportedLine.sku, ImportedLine.line).where(
            ImportedLine.import_id == import_id, ImportedLine.sku.in_(skus)
        )
        return dict((await self._session.execute(query)).all())

    async def keep_lines(self, import_id: UUID, lines: Mapping[str, int]) -> None:
        """Keeps where products stand; an earlier line takes the place of a later one."""
        statement = insert_into(self._session, ImportedLine)
        statement = statement.on_conflict_do_update(
            index_elements=["import_id", "sku"], set_={"line": statement.excluded.line}
        )
        rows = [{"import_id": import_id, "sku": sku, "line": line} for sku, line in lines.items()]
        if rows:
            await self._session.execute(statement, rows)

    def refuse(self, import_id: UUID, rows: Collection[RefusedRow]) -> None:
        self._session.add_all(RefusedLine(import_id=import_id, line=row.line, reason=row.reason) for row in rows)

    async def finish(self, import_id: UUID, at: datetime) -> bool:
        """Writes the summary, if every part is done and nobody has; whoever writes it is told so."""
        await self._session.flush()
        done = select(func.count()).where(ImportPart.import_id == import_id, ImportPart.done_at.is_not(None))
        imported = select(func.count()).where(ImportedLine.import_id == import_id)
        refused = select(func.count()).where(RefusedLine.import_id == import_id)
        summary = (
            update(CatalogueImport)
            .where(CatalogueImport.id == import_id, CatalogueImport.finished_at.is_(None))
            .where(CatalogueImport.part_count == done.scalar_subquery())
            .values(finished_at=at, imported_count=imported.scalar_subquery(), refused_count=refused.scalar_subquery())
        )
        if await self._changed(summary) == 0:
            return False
        await self._session.execute(delete(ImportedLine).where(ImportedLine.import_id == import_id))
        return True

    async def _changed(self, statement: Any) -> int:
        result = await self._session.execute(statement, execution_options={"synchronize_session": False})
        assert isinstance(result, CursorResult)
        return result.rowcount


def part_in(row: ImportPart) -> Part:
    """The position that a row of the table holds."""
    return Part(row.number, row.begin, row.end, row.first_line, row.line_count)


def open_unchanged(imported: CatalogueImport) -> BinaryIO:
    """Opens the file of an import. Positions in another file mean nothing: then the job fails for good."""
    file = CatalogueFile.at(Path(imported.path))
    if (file.size, file.modified) != (imported.size, imported.modified):
        raise Fail(f"{file.path} was changed after its import {imported.id} began: begin a new import of it")
    return file.path.open("rb")
