"""Counts of jobs as people read them, where counting stopped somewhere."""

from dawam.jobs.record import JobCounts

COUNTED = 100_000
"""As far as it is counted where somebody waits for the answer: exact in everyday life, quick with millions of jobs."""
WAITING = ("due", "scheduled", "retrying", "parked")
"""Why jobs wait."""


def spoken_count(counts: JobCounts, name: str, at_most: int | None = None) -> str:
    """`1,234`; or `100,000+` where it was counted no further than that."""
    number: int = getattr(counts, name)
    return f"{number:,}" + ("+" if at_most is not None and _reaches(counts, name, at_most) else "")


def _reaches(counts: JobCounts, name: str, at_most: int) -> bool:
    if name == "waiting":
        return any(_reaches(counts, reason, at_most) for reason in WAITING)
    if name in ("scheduled", "retrying"):  # counted together
        return counts.scheduled + counts.retrying >= at_most
    number: int = getattr(counts, name)
    return number >= at_most
