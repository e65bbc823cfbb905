"""What somebody wishes to be done to jobs, as a form says it."""

from collections.abc import AsyncGenerator
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from dawam.control import CANCELLABLE, SETTLED_OR_WAITING, WAITING, BatchReport, JobControl, narrowed_to
from dawam.dashboard.access import Role
from dawam.dashboard.times import written_moment
from dawam.dashboard.visit import Form, Visit
from dawam.jobs.priority import PRIORITIES, Priority
from dawam.settings.durations import parse_duration
from dawam.stores.values import CancelAnswer, JobChange, JobFilter

VERBS = {
    "retry": SETTLED_OR_WAITING,
    "cancel": CANCELLABLE,
    "delete": SETTLED_OR_WAITING,
    "reschedule": WAITING,
    "move": WAITING,
    "prioritise": WAITING,
}
"""What can be wished, and for jobs in which states."""


class WishError(ValueError):
    """What was sent is no wish."""


class Wish(Struct, frozen=True):
    """One of them."""

    verb: str
    change: JobChange = JobChange()
    reason: str = ""
    value: str = ""
    """As it was typed."""

    def narrowed(self, chosen: JobFilter) -> JobFilter:
        """The jobs of the filter that it can be done to; `ValueError` where it asks for none of these."""
        return narrowed_to(VERBS[self.verb], chosen)

    async def fulfil(self, control: JobControl, job_id: UUID) -> bool:
        """Does it to one job; False where its state does not allow it."""
        match self.verb:
            case "retry":
                return await control.retry(job_id)
            case "cancel":
                return await control.cancel(job_id, self.reason) in (CancelAnswer.CANCELLED, CancelAnswer.REQUESTED)
            case "delete":
                return await control.delete(job_id)
            case _:
                return await control.change(job_id, self.change)

    def fulfil_all(
        self, control: JobControl, chosen: JobFilter, total: int | None
    ) -> AsyncGenerator[BatchReport, None]:
        """Does it to all that are meant, batch by batch."""
        match self.verb:
            case "retry":
                return control.retry_all(chosen, total=total)
            case "cancel":
                return control.cancel_all(chosen, self.reason, total=total)
            case "delete":
                return control.delete_all(chosen, total=total)
            case _:
                return control.change_all(chosen, self.change, total=total)


def wish_of(form: Form, now: datetime) -> Wish:
    """What the fields `verb`, `value` and `reason` say. Raises `WishError`."""
    return wish_from(form.one("verb"), form.one("value"), form.one("reason"), now)


def wish_from(verb: str, value: str, reason: str, now: datetime) -> Wish:
    """The same, from these. Raises `WishError`."""
    if verb not in VERBS:
        raise WishError(f"{verb!r} cannot be done to jobs: one of {', '.join(VERBS)} was expected")
    return Wish(verb, _change(verb, value, now), reason, value)


def may(visit: Visit, wish: Wish) -> bool:
    """Whether whoever asks may do it, to jobs that are theirs to see."""
    role = Role.ADMIN if wish.verb == "delete" else Role.OPERATE
    return visit.may(role) and (wish.change.queue is None or visit.principal.sees(wish.change.queue))


def _change(verb: str, value: str, now: datetime) -> JobChange:
    match verb:
        case "reschedule":
            return JobChange(run_at=moment_of(value, now))
        case "move":
            try:
                return JobChange(queue=value)
            except ValueError as error:
                raise WishError(str(error)) from None
        case "prioritise":
            return JobChange(priority=priority_of(value))
        case _:
            return JobChange()


def moment_of(value: str, now: datetime) -> datetime:
    """`10m`: in ten minutes; or a moment, in UTC unless it says otherwise. Raises `WishError`."""
    try:
        return written_moment(value) or now + parse_duration(value.removeprefix("+"))
    except (ValueError, OverflowError):
        raise WishError(
            f"{value!r} is no moment: 2026-11-27T13:05 (UTC), or a duration such as 10m from now, was expected"
        ) from None


def priority_of(value: str) -> Priority:
    """`high`, `below-normal`. Raises `WishError`."""
    if value not in PRIORITIES:
        raise WishError(f"{value!r} is no priority: one of {', '.join(PRIORITIES)} was expected")
    return PRIORITIES[value]
