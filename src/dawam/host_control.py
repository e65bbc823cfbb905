"""Hosts on a person's word: quiet, to go on, and to stop."""

from typing import Protocol

from dawam.action_log import ActionLog, Actor
from dawam.clock import Clock
from dawam.doorbells.base import Doorbell, Topic
from dawam.ids import HostId
from dawam.stores.actions import ActionStore
from dawam.stores.people import HostController
from dawam.stores.values import HostCommand


class CommandedStore(HostController, ActionStore, Protocol):
    """As much of a store as is told what is wanted."""


class HostControl:
    """Tells hosts what is wanted of them; they hear it with their next heartbeat, after `Host.Heartbeat` at the latest.

    What changes something answers whether there is a host of this id that is not ending already.
    """

    def __init__(self, store: CommandedStore, doorbell: Doorbell, clock: Clock, actor: Actor | None = None) -> None:
        self._store, self._doorbell, self._clock = store, doorbell, clock
        self._log = ActionLog(store, clock, actor)

    def by(self, by: str, *, via: str = "code", reason: str = "") -> "HostControl":
        """The same, on the word of this person: what they do is written down."""
        return HostControl(self._store, self._doorbell, self._clock, Actor(by=by, via=via, reason=reason))

    async def quiet(self, host: str) -> bool:
        """It claims no job and no tick any more, from now on; what runs goes on, and its process lives.

        What it had claimed ahead is run yet, or handed back within about half a second. A host that has to begin anew,
        since others took it for dead, is quiet no longer.
        """
        return await self._command(host, HostCommand.QUIET)

    async def resume(self, host: str) -> bool:
        """A quiet one begins jobs and ticks again."""
        if not await self._command(host, HostCommand.GO_ON):
            return False
        for topic in (Topic.READY, Topic.WORKERS):
            self._doorbell.ring(topic)
        return True

    async def stop(self, host: str) -> bool:
        """It ends in good order, as by a signal: what runs has `Host.ShutdownGrace`, and nothing is lost.

        `dawam run` ends then, or the one process of `--processes` for good; in a web application the host and the
        custom workers end, and the rest goes on. Whatever starts processes anew, such as systemd or Kubernetes, may
        start it again.
        """
        return await self._command(host, HostCommand.STOP)

    async def _command(self, host: str, command: HostCommand) -> bool:
        verb = "resume" if command is HostCommand.GO_ON else command.value
        async with self._log.noting(verb, f"host {host}") as note:
            return note.of(await self._store.command_host(HostId(host), command))
