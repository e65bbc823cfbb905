"""The errors by which jobs failed, for people: all occurrences of one are a group."""

from collections import Counter
from datetime import timedelta
from typing import Protocol

from msgspec import Struct

from dawam.action_log import ActionLog, Actor
from dawam.job_measures import JobMeasures, MeasuredStore
from dawam.measures.errors import ErrorGroup, ErrorMark
from dawam.stores.actions import ActionStore
from dawam.stores.errors import ErrorStore

MOST = 1_000
"""Groups that are looked at, those that were seen last."""


class GroupedStore(MeasuredStore, ErrorStore, ActionStore, Protocol):
    """As much of a store as is read and marked here."""


class ErrorReport(Struct, frozen=True, kw_only=True):
    """One group, and how often it was seen in the time that was asked for."""

    group: ErrorGroup
    count: int
    steps: tuple[int, ...]
    """The same, step by step; the last step goes on."""


class JobErrors:
    """Reads groups of errors, and notes what people think of them."""

    def __init__(self, store: GroupedStore, actor: Actor | None = None) -> None:
        self._store = store
        self._measures = JobMeasures(store)
        self._log = ActionLog(store, store.clock, actor)

    def by(self, by: str, *, via: str = "code", reason: str = "") -> "JobErrors":
        """The same, on the word of this person: what they say of an error is written down."""
        return JobErrors(self._store, Actor(by=by, via=via, reason=reason))

    async def list(
        self, duration: timedelta, *, name: str | None = None, queue: str | None = None, max_result_count: int = 100
    ) -> list[ErrorReport]:
        """The groups that were seen within `duration` before now, the most frequent first."""
        steps = await self._measures.errors(duration, name=name, queue=queue)
        totals = Counter[str]()
        for step in steps:
            totals.update(step)
        known = {group.fingerprint: group for group in await self._store.error_groups(MOST)}
        found = [(count, known[each]) for each, count in totals.items() if each in known]
        found.sort(key=lambda pair: (-pair[0], pair[1].fingerprint))
        return [
            ErrorReport(group=group, count=count, steps=tuple(step[group.fingerprint] for step in steps))
            for count, group in found[: max(max_result_count, 0)]
        ]

    async def get(self, fingerprint: str, duration: timedelta) -> ErrorReport | None:
        """One group, and how often it was seen within `duration` before now; None where there is none."""
        group = await self._store.error_group(fingerprint)
        if group is None:
            return None
        counts = tuple(step[fingerprint] for step in await self._measures.errors(duration))
        return ErrorReport(group=group, count=sum(counts), steps=counts)

    async def mark(self, fingerprint: str, mark: ErrorMark | str) -> bool:
        """Notes what somebody thinks of it: open, resolved until it is seen again, or ignored. False: there is none.

        `ValueError` for another word.
        """
        meant = ErrorMark("" if mark == "open" else mark)
        async with self._log.noting(f"mark {meant or 'open'}", f"error {fingerprint}") as note:
            return note.of(await self._store.mark_error(fingerprint, meant))
