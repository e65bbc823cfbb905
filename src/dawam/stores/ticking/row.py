"""One worker or recurring job as a store keeps it, and the few moves that its row can make."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b

from msgspec import Struct

from dawam.clock import from_microseconds, to_microseconds
from dawam.ids import HostId
from dawam.workers.record import (
    LOST_TICK_LIMIT,
    AfterCrash,
    DueTick,
    TickClaim,
    TickOutcome,
    TickSettlement,
    WorkerDeclaration,
    WorkerInfo,
)

Key = tuple[str, str]
"""Name and place."""
_MOST_PAST = 10
"""So many earlier definitions are remembered: more do not live side by side."""
_COUNTED = frozenset({TickOutcome.SUCCEEDED, TickOutcome.FAILED})


class Wish(Struct, frozen=True):
    """What a person wants of all rows of a name; of those as well that are not there yet."""

    is_paused: bool = False
    schedule: str | None = None


NO_WISH = Wish()


class WorkerRow(Struct, kw_only=True, gc=False):
    """A row of the table. Whoever changed it saves it."""

    declared: WorkerDeclaration
    """The definition that holds; its first moment is not kept."""
    definition: str
    """Its digest."""
    past_definitions: tuple[str, ...] = ()
    """Those that held before, the latest last: they come back only where nobody declares the present one."""
    chosen_schedule: str | None = None
    """A person's."""
    is_stored: bool = False
    is_paused: bool = False
    is_triggered: bool = False
    revision: int = 0
    """Grows whenever anything but the end of a tick makes the plan."""
    next_at: datetime | None = None
    planned_due_at: datetime | None = None
    """When `next_at` is due: later by the jitter."""
    due_at: datetime | None = None
    """When a tick may begin; None: never, as things are. It says nothing while one is running."""
    host: HostId | None = None
    claimed_at: datetime | None = None
    running_planned_at: datetime | None = None
    running_is_triggered: bool = False
    running_revision: int = 0
    """The revision at the claim: with another one now, the plan was made anew meanwhile."""
    fence: int = 0
    settled_fence: int = 0
    lost_count: int = 0
    tick_count: int = 0
    failure_count: int = 0
    last_outcome: TickOutcome | None = None
    last_planned_at: datetime | None = None
    last_started_at: datetime | None = None
    last_ended_at: datetime | None = None
    last_error: str | None = None
    orphaned_at: datetime | None = None
    """Since when no live host has declared it, as far as anybody looked."""

    @classmethod
    def of(
        cls,
        declaration: WorkerDeclaration,
        definition: str,
        now: datetime,
        *,
        fence: int,
        wish: Wish = NO_WISH,
        is_stored: bool = False,
    ) -> "WorkerRow":
        """A new row. Its fence goes on from those of rows that are gone, so that none is ever handed out twice."""
        row = cls(declared=declaration, definition=definition, fence=fence, is_stored=is_stored)
        row.is_paused, row.chosen_schedule = wish.is_paused, wish.schedule
        row.next_at = row.planned_due_at = in_utc(declaration.first_at)
        row.is_triggered = is_stored and declaration.run_on_start
        row.aim(now)
        return row

    @property
    def key(self) -> Key:
        return self.declared.name, self.declared.place

    @property
    def schedule(self) -> str:
        """The one that holds."""
        return self.declared.schedule if self.chosen_schedule is None else self.chosen_schedule

    @property
    def wish(self) -> Wish:
        return Wish(self.is_paused, self.chosen_schedule)

    # -- what is planned

    def plan(self, next_at: datetime | None, due_at: datetime | None, now: datetime) -> None:
        """Makes the plan anew: what was read of the old one claims nothing more, and a running tick leaves it."""
        self.next_at, self.planned_due_at = in_utc(next_at), in_utc(due_at)
        self.revision += 1
        self.lost_count = 0
        self.aim(now)

    def aim(self, now: datetime) -> None:
        """Says when a tick may begin, after something was changed. One that was due keeps its place in the line."""
        if self.is_triggered:
            self.due_at = now if self.due_at is None else min(self.due_at, now)
        else:
            self.due_at = None if self.is_paused else self.planned_due_at

    def adopt(self, declaration: WorkerDeclaration, definition: str, now: datetime) -> None:
        """Takes this definition in the place of the present one; a person's wishes stay."""
        before = self.schedule
        past = [each for each in (*self.past_definitions, self.definition) if each != definition]
        self.past_definitions = tuple(past[-_MOST_PAST:])
        self.declared, self.definition = declaration, definition
        if self.schedule != before:
            self.plan(declaration.first_at, declaration.first_at, now)

    def choose(self, schedule: str | None, next_at: datetime | None, now: datetime) -> None:
        """A person's schedule, or None for the declared one."""
        if schedule is None and self.chosen_schedule is None:
            return
        self.chosen_schedule = schedule
        self.plan(next_at, next_at, now)

    def trigger(self, now: datetime) -> None:
        """A tick is asked for, beside the plan."""
        self.is_triggered = True
        self.aim(now)

    # -- ticks

    def allows(self, claim: TickClaim) -> bool:
        """Whether nobody claimed, paused or planned the row anew since it was read."""
        if self.host is not None or (self.fence, self.revision) != (claim.fence, claim.revision):
            return False
        return self.is_triggered if _is_asked_for(claim) else not self.is_paused

    def begin(self, claim: TickClaim, host: HostId, now: datetime) -> None:
        """A tick is this host's."""
        self.host, self.claimed_at = host, now
        self.running_planned_at, self.running_is_triggered = in_utc(claim.planned_at), claim.is_triggered
        self.running_revision = self.revision
        self.fence += 1
        if claim.is_triggered:
            self.is_triggered = False

    def end(self, settlement: TickSettlement, now: datetime) -> None:
        """The tick ended, and brings its worker's next moment, unless it was beside the plan, or that is a new one."""
        error, outcome = settlement.error, settlement.outcome
        self.tick_count += outcome in _COUNTED
        if outcome in _COUNTED:
            self.failure_count = self.failure_count + 1 if outcome is TickOutcome.FAILED else 0
        self.settled_fence = settlement.fence
        if self.revision == self.running_revision and not self.running_is_triggered:
            self.next_at = in_utc(settlement.next_at)
            self.planned_due_at = self.next_at if settlement.due_at is None else in_utc(settlement.due_at)
        if not self._still_skips():
            self.lost_count = 0
        if outcome is TickOutcome.INTERRUPTED and self.running_is_triggered:
            self.is_triggered |= self.declared.after_crash is AfterCrash.AGAIN
        moments = (settlement.planned_at, settlement.started_at, settlement.ended_at)
        self._leave(outcome, moments, None if error is None else f"{error.type}: {error.message}", now)

    def lose(self, why: str, now: datetime) -> None:
        """The host of the tick is gone: its moment is due again, and whoever claims next decides what becomes of it."""
        is_last = self.lost_count + 1 >= LOST_TICK_LIMIT
        if self.running_is_triggered:
            is_again = self.declared.after_crash is AfterCrash.AGAIN and not is_last
            self.is_triggered |= is_again
            if not self._still_skips():
                self.lost_count = self.lost_count + 1 if is_again else 0
        elif self.revision == self.running_revision:
            self.next_at, self.planned_due_at = self.running_planned_at, now
            self.lost_count += 1
        self._leave(TickOutcome.LOST, (self.running_planned_at, self.claimed_at, now), why, now)

    def _still_skips(self) -> bool:
        """Whether what ends was asked for beside a plan that skips the moment that it lost, and has not yet."""
        return self.running_is_triggered and self.declared.after_crash is AfterCrash.SKIP

    def _leave(
        self, outcome: TickOutcome, moments: Sequence[datetime | None], error: str | None, now: datetime
    ) -> None:
        """No tick is running any more."""
        self.last_outcome, self.last_error = outcome, error
        self.last_planned_at, self.last_started_at, self.last_ended_at = map(in_utc, moments)
        self.host = self.claimed_at = self.running_planned_at = self.due_at = None
        self.running_is_triggered = False
        self.aim(now)

    # -- what others are given of it

    def as_due(self) -> DueTick:
        name, place = self.key
        return DueTick(
            name=name,
            place=place,
            fence=self.fence,
            revision=self.revision,
            schedule=self.schedule,
            next_at=self.next_at,
            is_triggered=self.is_triggered,
            lost_count=self.lost_count,
            tick_count=self.tick_count,
            catch_up=self.declared.catch_up,
            jitter=self.declared.jitter,
            after_crash=self.declared.after_crash,
            job=self.declared.job,
        )

    def as_info(self, declared_by: Sequence[HostId]) -> WorkerInfo:
        name, place = self.key
        return WorkerInfo(
            name=name,
            place=place,
            schedule=self.schedule,
            declared_schedule=self.declared.schedule,
            is_stored=self.is_stored,
            is_paused=self.is_paused,
            is_triggered=self.is_triggered,
            catch_up=self.declared.catch_up,
            jitter=self.declared.jitter,
            after_crash=self.declared.after_crash,
            next_at=self.next_at,
            host=self.host,
            claimed_at=self.claimed_at,
            declared_by=tuple(sorted(declared_by)),
            tick_count=self.tick_count,
            failure_count=self.failure_count,
            last_outcome=self.last_outcome,
            last_planned_at=self.last_planned_at,
            last_started_at=self.last_started_at,
            last_ended_at=self.last_ended_at,
            last_error=self.last_error,
            job=self.declared.job,
        )


def digest(declaration: WorkerDeclaration) -> str:
    """A definition as a row remembers it: 16 hexadecimal digits."""
    return blake2b(declaration.definition.encode(), digest_size=8).hexdigest()


def in_utc(moment: datetime | None) -> datetime | None:
    """The same moment in UTC, as every store gives it back; a naive one is refused."""
    if moment is None or moment.tzinfo is UTC:
        return moment
    return from_microseconds(to_microseconds(moment))


def _is_asked_for(claim: TickClaim) -> bool:
    """Whether it takes the trigger: such a tick is begun even while its worker is paused."""
    return claim.planned_at is not None and claim.is_triggered
