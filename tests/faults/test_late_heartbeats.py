"""A heartbeat that comes after the host has left in good order is no news: nobody declared it dead."""

import asyncio
import threading
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from dawam import App
from dawam.clock import SystemClock
from dawam.events.lifecycle import HostDeclaredDead, HostStopped
from dawam.ids import HostId
from dawam.stores.sqlite.store import SqliteHeartbeatLink, SqliteStore
from dawam.stores.values import HostCommand, Rescue
from tests.support.applications import always, running, seen_by

LONG = timedelta(seconds=15)


class Lingering(SqliteStore):
    """Answers a host that leaves only when one more of its heartbeats has come."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, clock=SystemClock())
        self.refused = threading.Event()

    async def give_up(self, host: HostId, crashed: Collection[UUID] = ()) -> Rescue:
        given_up = await super().give_up(host, crashed)
        assert await asyncio.to_thread(self.refused.wait, LONG.total_seconds())
        await asyncio.sleep(0)  # what the heartbeat has to tell is heard first
        return given_up

    def heartbeat_link(self, host: HostId) -> SqliteHeartbeatLink:
        return _Watched(super().heartbeat_link(host), self.refused)


class _Watched(SqliteHeartbeatLink):
    def __init__(self, link: SqliteHeartbeatLink, refused: threading.Event) -> None:
        self._link, self._refused = link, refused

    def extend(self, lease: timedelta) -> HostCommand | None:
        is_alive = self._link.extend(lease)
        if not is_alive:
            threading.Timer(0.05, self._refused.set).start()
        return is_alive


async def test_a_host_that_leaves_is_not_declared_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dawam.host.last_writes.LAST_WRITE", 2 * LONG)  # the next heartbeat has time to come
    store = Lingering(tmp_path / "jobs.db")
    async with running(App(), settings={"Host.Heartbeat": "20ms"}, store=always(store)) as runtime:
        seen = seen_by(runtime, HostDeclaredDead, HostStopped)
    assert store.refused.is_set()
    assert [type(event) for event in seen.events] == [HostStopped]
