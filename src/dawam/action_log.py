"""Notes what people do by hand, before it is done and when it is over."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from msgspec import Struct

from dawam.clock import Clock
from dawam.ids import new_id
from dawam.jobs.outcome import storable
from dawam.stores.actions import Action, ActionStore
from dawam.stores.values import JobFilter

_TELL_EVERY = timedelta(seconds=1)
_LONGEST = 1_000


class Actor(Struct, frozen=True, kw_only=True):
    """Who does it, by which way, and why."""

    by: str
    via: str = "code"
    reason: str = ""


class Note:
    """What is being done: say how far it is, and how it went."""

    def __init__(self, log: "ActionLog", action: Action | None) -> None:
        """Without an action nothing is written."""
        self._log, self._action = log, action
        self.outcome = "done"
        self.done = self.changed = 0
        self._told_at = log.clock.now()

    def of(self, is_done: bool) -> bool:
        """How something went that can be done or not; the answer is handed on."""
        self.outcome = "done" if is_done else "not done: it is in no state for it, or is gone"
        return is_done

    async def goes_on(self, done: int, changed: int) -> bool:
        """Notes how far it is, once a second. False: somebody asked to leave the rest as it is."""
        self.done, self.changed = done, changed
        now = self._log.clock.now()
        if self._action is None or now - self._told_at < _TELL_EVERY:
            return True
        self._told_at, total = now, self._action.total
        return await self._log.store.tell_action(self._action.id, total=total, done=done, changed=changed)


class ActionLog:
    """Notes what one person does. Without an actor it notes nothing: what the application does of itself is in its
    own logs."""

    def __init__(self, store: ActionStore, clock: Clock, actor: Actor | None = None) -> None:
        self.store, self.clock, self._actor = store, clock, actor

    @asynccontextmanager
    async def noting(
        self, verb: str, subject: str, *, chosen: JobFilter | None = None, total: int | None = None
    ) -> AsyncGenerator[Note, None]:
        """Written down before the block runs, and again when it is over, however it is."""
        if self._actor is None:
            yield Note(self, None)
            return
        now = self.clock.now()
        action = Action(
            id=new_id(), by=self._actor.by, via=self._actor.via, verb=storable(verb, _LONGEST), chosen=chosen,
            subject=storable(subject, _LONGEST), reason=storable(self._actor.reason, _LONGEST), total=total,
            asked_at=now, told_at=now,
        )  # fmt: skip
        await self.store.begin_action(action)
        note = Note(self, action)
        try:
            yield note
        except GeneratorExit:  # whoever listened to what is done to many listens no more
            raise
        except asyncio.CancelledError:
            note.outcome = "interrupted"
            raise
        except BaseException as error:
            note.outcome = storable(f"ended by {type(error).__name__}: {error}", _LONGEST)
            raise
        finally:
            await self.store.end_action(action.id, note.outcome, done=note.done, changed=note.changed)
