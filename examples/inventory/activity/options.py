"""How long the activity log is kept: the section `Activity` of the settings."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(slots=True, kw_only=True)
class ActivityOptions:
    """What the operator may say about the activity log."""

    keep_for: timedelta = timedelta(days=30)
    """What is older goes; what is exactly this old stays."""
    batch_size: int = 500
    """How many entries are deleted in one transaction, so that others get their turn to write."""
    clean_up_every: timedelta | None = None
    """None: as the worker's class says."""

    def __post_init__(self) -> None:
        if self.keep_for <= timedelta(0):
            raise ValueError(f"keep_for={self.keep_for}: a duration above zero was expected, as 30d")
        if self.batch_size < 1:
            raise ValueError(f"batch_size={self.batch_size}: 1 or more was expected")
