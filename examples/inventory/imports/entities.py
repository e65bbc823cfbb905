"""The entities: an import, its parts, the lines that its products stand in, and the rows that were refused."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from examples.inventory.database import Base, Moment


class CatalogueImport(Base):
    """The import of one file, as it was when the import began. Its last columns are the summary."""

    __tablename__ = "catalogue_import"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    path: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    modified: Mapped[int] = mapped_column(BigInteger)
    """In nanoseconds since 1970."""
    header: Mapped[str]
    rows_to_a_part: Mapped[int]
    begun_at: Mapped[datetime] = mapped_column(Moment)
    part_count: Mapped[int | None]
    """None until the whole file is split."""
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    imported_count: Mapped[int | None]
    refused_count: Mapped[int | None]


class ImportPart(Base):
    """A part of the file, by its position."""

    __tablename__ = "import_part"

    import_id: Mapped[UUID] = mapped_column(ForeignKey(CatalogueImport.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    begin: Mapped[int] = mapped_column(BigInteger)
    end: Mapped[int] = mapped_column(BigInteger)
    first_line: Mapped[int]
    line_count: Mapped[int]
    done_at: Mapped[datetime | None] = mapped_column(Moment)


class ImportedLine(Base):
    """Where in the file a product stands; kept until the import is finished."""

    __tablename__ = "imported_line"

    import_id: Mapped[UUID] = mapped_column(ForeignKey(CatalogueImport.id), primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int]


class RefusedLine(Base):
    """A row that was not imported, and why."""

    __tablename__ = "refused_line"

    import_id: Mapped[UUID] = mapped_column(ForeignKey(CatalogueImport.id), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str]
