"""Hosts come, extend their leases, stop, and are lost in every way."""

import asyncio
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import consumes

from dawam.ids import HostId
from dawam.stores.base import JobStore
from dawam.stores.values import HostCommand
from dawam.testing.conformance.stores.bench import SECOND
from dawam.testing.conformance.stores.machines import model_reading
from dawam.testing.conformance.stores.machines.machine import step
from dawam.testing.conformance.stores.machines.model import fates_of
from dawam.testing.conformance.stores.machines.shops import Host, Shop, Shops
from dawam.testing.conformance.stores.machines.strategies import (
    EVERY_VERSION,
    EVERYTHING,
    HOSTS,
    QUEUES,
    at,
    limits,
    of,
)

_leases = st.sampled_from([86_400, 86_400, 20])
"""Seconds."""


class Hosts(Shops):
    """`HostRegistry` and `HeartbeatLink`."""

    @step(target=HOSTS, at=at, lease=_leases)
    async def register(self, at: str, lease: int) -> Host:
        return await self.come(at, lease)

    @step(host=HOSTS, of=of, lease=_leases)
    async def extend(self, host: Host, of: str, lease: int) -> None:
        shop = self.shop_of(host, of)
        found = await asyncio.to_thread(_extend, shop.store, host.id, lease * SECOND)
        assert found == shop.model.extend(host.id, lease * SECOND)

    @step(host=HOSTS, of=of, command=st.sampled_from(HostCommand))
    async def command(self, host: Host, of: str, command: HostCommand) -> None:
        shop = self.shop_of(host, of)
        assert await shop.store.command_host(host.id, command) is shop.model.command(host.id, command)

    @step(host=consumes(HOSTS), of=of)
    async def mark_stopping(self, host: Host, of: str) -> None:
        """From now on it claims nothing; what it runs goes on."""
        shop = self.shop_of(host, of)
        await shop.store.mark_stopping(host.id)
        if host.id in shop.model.hosts:
            shop.model.hosts[host.id].is_stopping = True
            shop.model.hosts[host.id].command = HostCommand.STOP
        await self._claim(shop, host, EVERYTHING)

    @step(seconds=st.sampled_from([1, 7, 21, 61, 3601]), is_promoted=st.booleans())
    async def pass_time(self, seconds: int, is_promoted: bool) -> None:
        """What is due by then is promoted, or not yet."""
        await self.bench.pass_time(seconds * SECOND)
        for shop in self.shops.values() if is_promoted else ():
            assert await shop.store.promote(EVERYTHING) == shop.model.promote(EVERYTHING)

    @step(host=consumes(HOSTS), of=of, started=st.integers(0, 3))
    async def give_up(self, host: Host, of: str, started: int) -> None:
        await self._die(self.shop_of(host, of), host, started)

    @step(at=at, limit=st.integers(1, 4), started=st.integers(1, 4), is_for_suspects=st.booleans())
    async def come_claim_and_crash(self, at: str, limit: int, started: int, is_for_suspects: bool) -> None:
        """The process of a new host dies by itself, while it runs some of what it has claimed."""
        shop, host = self.shops[at], await self.come(at, 20)
        if is_for_suspects:
            suspect = await shop.store.claim_suspect(host.id, QUEUES, EVERY_VERSION)
            assert (suspect is not None) == bool(shop.model.claim_suspect(host.id, QUEUES, EVERY_VERSION))
        await self._claim(shop, host, limit)
        await self._die(shop, host, started)

    @step(target=HOSTS, at=at, limit=st.integers(1, 4))
    async def come_claim_and_vanish(self, at: str, limit: int) -> Host:
        """A new host is not heard of for longer than its lease."""
        host = await self.come(at, 20)
        await self._claim(self.shops[at], host, limit)
        await self.bench.pass_time(21 * SECOND)
        return host

    @step(at=at, limit=limits)
    async def rescue(self, at: str, limit: int) -> None:
        """Which orphans come first is the store's own matter."""
        shop = self.shops[at]
        orphans, answer = shop.model.orphans(), await shop.store.rescue(limit)
        taken = {*answer.readied, *answer.failed, *answer.cancelled}
        assert taken <= orphans
        assert len(taken) == min(limit, len(orphans))
        dead, fates = shop.model.rescue(taken)
        assert (set(answer.dead_hosts), fates_of(answer)) == (dead, fates)

    @step(host=HOSTS, of=of)
    async def look_at_hosts(self, host: Host, of: str) -> None:
        shop = self.shop_of(host, of)
        assert not list(model_reading.host_differences(shop.model, await shop.store.hosts()))
        claims = {((job_id, fence), claimed_at) for job_id, fence, claimed_at in await shop.store.claims_of(host.id)}
        assert claims == model_reading.claims_of(shop.model, host.id)
        assert await shop.store.orders(host.id) == model_reading.orders(shop.model, host.id)

    async def _claim(self, shop: Shop, host: Host, limit: int) -> None:
        claimed = [(job.id, job.fence) for job in await shop.store.claim(host.id, QUEUES, limit)]
        assert claimed == shop.model.claim(host.id, QUEUES, limit)

    async def _die(self, shop: Shop, host: Host, started: int) -> None:
        crashed = [job.id for job in shop.model.running_on(host.id)][:started]
        assert fates_of(await shop.store.give_up(host.id, crashed)) == shop.model.give_up(host.id, crashed)


def _extend(store: JobStore, host: HostId, lease: timedelta) -> HostCommand | None:
    """From a thread, as hosts do."""
    link = store.heartbeat_link(host)
    try:
        return link.extend(lease)
    finally:
        link.close()
