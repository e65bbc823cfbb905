"""How reports are made: the section `Reports` of the settings."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True, kw_only=True)
class ReportOptions:
    """What the operator says about reports."""

    folder: Path = Path("reports")
    """Where the files are; hosts and web processes on several machines need one that they share."""
    font: Path | None = None
    """A TrueType font with Arabic letters; without one, a usual one of the system is taken."""
