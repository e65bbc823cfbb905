"""How catalogues are imported: the section `Imports` of the settings."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True, kw_only=True)
class ImportOptions:
    """What the operator says about imports."""

    rows_to_a_part: int = 500
    """A part is one job and one transaction, during which nobody else writes to an SQLite file: keep it short."""
    folder: Path = Path("imports")
    """Where files are kept that come with a request; every host needs to see it."""
    largest_upload: int = 512 * 1024 * 1024
    """In bytes; a request that brings more is refused."""
