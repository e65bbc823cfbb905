"""What people did by hand, for people: who, what, when, why, how it went, and how far it is."""

from uuid import UUID

from dawam.action_log import ActionLog, Actor
from dawam.clock import Clock
from dawam.ids import job_id
from dawam.stores.actions import Action, ActionStore


class ActionHistory:
    """Reads what was done `by` somebody, and stops what is under way."""

    def __init__(self, store: ActionStore, clock: Clock, actor: Actor | None = None) -> None:
        self._store, self._clock = store, clock
        self._log = ActionLog(store, clock, actor)

    def by(self, by: str, *, via: str = "code", reason: str = "") -> "ActionHistory":
        """The same, on the word of this person: that they stopped something is written down."""
        return ActionHistory(self._store, self._clock, Actor(by=by, via=via, reason=reason))

    async def list(
        self, *, max_result_count: int = 100, after: UUID | str | None = None, under_way: bool = False
    ) -> list[Action]:
        """Newest first, behind one; `under_way`: only what has not ended."""
        behind = None if after is None else job_id(after)
        return await self._store.actions(max_result_count, behind, under_way=under_way)

    async def get(self, id: UUID | str) -> Action | None:  # noqa: A002
        return await self._store.action(job_id(id))

    async def stop(self, id: UUID | str) -> bool:  # noqa: A002
        """Asks whoever goes on with what is done to many jobs to leave the rest. False where nothing is under way."""
        async with self._log.noting("stop", f"action {job_id(id)}") as note:
            return note.of(await self._store.stop_action(job_id(id)))
