"""What a look at so many jobs found, and where it ended: whoever wants more goes on from there."""

from uuid import UUID

from msgspec import Struct

from dawam.jobs.record import JobInfo

_LONGEST = 200
_WHOLE = range(-(2**63), 2**63)
_NOBODY = "-"


class Bookmark(Struct, frozen=True):
    """Where a list or a pass goes on: made by the store, and of use to nobody else."""

    lane: str
    """The part of the list in which it lies."""
    numbers: tuple[int, ...]
    """What this part is ordered by, before the ids."""
    id: UUID | None
    """The last job that was looked at, whether it is meant or not; None: this part was not begun."""

    def to_text(self) -> str:
        """For addresses."""
        return ".".join([self.lane, *map(str, self.numbers), _NOBODY if self.id is None else self.id.hex])

    @classmethod
    def of_text(cls, text: str) -> "Bookmark":
        """Raises `ValueError` for what is none."""
        try:
            lane, *numbers, last = text[:_LONGEST].split(".")
            found = cls(lane, tuple(map(int, numbers)), None if last == _NOBODY else UUID(hex=last))
        except ValueError:
            raise ValueError(f"{text!r} is no place in a list: what the page before named was expected") from None
        if any(number not in _WHOLE for number in found.numbers):
            raise ValueError(f"{text!r} is no place in a list: its numbers are too large")
        return found


class JobLook(Struct, frozen=True):
    """Jobs of a list that were found."""

    jobs: list[JobInfo]
    bookmark: Bookmark | None = None
    """Where the list goes on; None: this was its end."""


class IdLook(Struct, frozen=True):
    """Ids of jobs that a pass has found."""

    ids: list[UUID]
    bookmark: Bookmark | None = None
    """Where the pass goes on; None: this was its end."""


class CountLook(Struct, frozen=True):
    """How many jobs a pass has found."""

    count: int
    bookmark: Bookmark | None = None
    """Where the pass goes on; None: this was its end."""
