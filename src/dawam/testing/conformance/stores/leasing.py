"""Hosts and their leases: registered, extended, stopping, given up."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta

from dawam.ids import HostId, new_host_id
from dawam.jobs.state import StoredState
from dawam.stores.values import HostCommand, Rescue
from dawam.testing.conformance.stores.bench import LEASE, MINUTE, SECOND, Bench


class Heartbeat:
    """A host's heartbeat: its link, used from one thread of its own, as hosts do."""

    def __init__(self, bench: Bench, host: HostId) -> None:
        self._link = bench.store.heartbeat_link(host)
        self._thread = ThreadPoolExecutor(max_workers=1)

    async def extend(self, lease: timedelta = LEASE) -> HostCommand | None:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._link.extend, lease)

    async def stop(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._link.close)
        self._thread.shutdown()


@asynccontextmanager
async def heartbeat_of(bench: Bench, host: HostId) -> AsyncGenerator[Heartbeat]:
    heartbeat = Heartbeat(bench, host)
    try:
        yield heartbeat
    finally:
        await heartbeat.stop()


class Leasing(Bench):
    """`HostRegistry` and `HeartbeatLink`, as long as nobody dies."""

    async def test_a_registered_host_is_listed_as_it_introduced_itself(self) -> None:
        info = self.host_info(queues=("default", "mail"))

        await self.store.register(info, LEASE)

        assert await self.store.hosts() == [info]

    async def test_hosts_are_listed_oldest_first_with_what_they_run(self) -> None:
        old = await self.new_host()
        await self.pass_time(MINUTE)
        new = await self.new_host()
        await self.running(host=new)
        await self.running(host=new)

        assert [(host.id, host.running_count) for host in await self.store.hosts()] == [(old, 0), (new, 2)]

    async def test_a_lease_lapses_and_the_host_stays_listed_until_somebody_rescues(self) -> None:
        host = await self.new_host(lease=LEASE)
        await self.pass_time(LEASE + SECOND)

        (listed,) = await self.store.hosts()
        assert (listed.id, listed.is_live, listed.lapsed_for) == (host, False, SECOND)

        await self.store.rescue(10)
        assert await self.store.hosts() == []

    async def test_a_lease_that_is_extended_in_time_does_not_lapse(self) -> None:
        host = await self.new_host(lease=LEASE)
        await self.running(host=host)
        async with heartbeat_of(self, host) as heartbeat:
            for _ in range(5):
                await self.pass_time(LEASE - SECOND)
                assert await heartbeat.extend()

        rescue = await self.store.rescue(10)

        assert (rescue.readied, rescue.dead_hosts) == ((), ())
        assert [each.is_live for each in await self.store.hosts()] == [True]

    async def test_extending_revives_a_lapsed_lease_that_nobody_rescued(self) -> None:
        host = await self.new_host(lease=LEASE)
        job_id = await self.added()
        await self.pass_time(LEASE + MINUTE)
        async with heartbeat_of(self, host) as heartbeat:
            assert await heartbeat.extend()

        assert [each.is_live for each in await self.store.hosts()] == [True]
        assert [job.id for job in await self.store.claim(host, ["default"], 10)] == [job_id]

    async def test_a_host_that_was_declared_dead_cannot_extend_its_lease(self) -> None:
        host = await self.new_host(lease=LEASE)
        await self.pass_time(LEASE + SECOND)
        await self.store.rescue(10)

        async with heartbeat_of(self, host) as heartbeat:
            assert not await heartbeat.extend()

        assert await self.store.hosts() == []

    async def test_a_host_that_gave_up_or_was_never_there_cannot_extend_its_lease(self) -> None:
        gone = await self.new_host()
        await self.store.give_up(gone)

        for host in (gone, new_host_id()):
            async with heartbeat_of(self, host) as heartbeat:
                assert not await heartbeat.extend()

    async def test_a_stopping_host_keeps_its_lease_and_its_jobs(self) -> None:
        host = await self.new_host(lease=LEASE)
        job = await self.running(host=host)

        await self.store.mark_stopping(host)

        (listed,) = await self.store.hosts()
        assert (listed.is_stopping, listed.is_live, listed.running_count) == (True, True, 1)
        assert (await self.store.rescue(10)).readied == ()
        async with heartbeat_of(self, host) as heartbeat:
            assert await heartbeat.extend()
        await self.settle(job, self.failed())
        assert await self.state_of(job.id) is StoredState.FAILED

    async def test_giving_up_hands_back_uncharged_what_the_host_still_runs(self) -> None:
        host, other = await self.new_host(), await self.new_host()
        mine = [await self.running(host=host), await self.running(host=host)]
        theirs = await self.running(host=other)

        given_up = await self.store.give_up(host)

        assert set(given_up.readied) == {job.id for job in mine}
        assert (given_up.dead_hosts, given_up.crashed) == ((host,), ())

        for job in mine:
            found = await self.info(job.id)
            assert (found.stored_state, found.host, found.fence) == (StoredState.READY, None, job.fence)
            assert (found.attempt_count, found.lost_count, found.run_at) == (0, 0, job.run_at)
            assert await self.store.attempts(job.id) == []
        assert await self.state_of(theirs.id) is StoredState.RUNNING
        assert [each.id for each in await self.store.hosts()] == [other]

    async def test_giving_up_cancels_what_somebody_asked_to_cancel(self) -> None:
        host = await self.new_host()
        job = await self.running(host=host)
        await self.store.cancel(job.id, "nobody wants it")

        assert await self.store.give_up(host) == Rescue(cancelled=(job.id,), dead_hosts=(host,))

        found = await self.info(job.id)
        assert (found.stored_state, found.cancel_requested) == (StoredState.CANCELLED, False)

    async def test_giving_up_twice_or_a_host_that_was_never_there_is_fine(self) -> None:
        host = await self.new_host()
        await self.store.give_up(host)

        assert await self.store.give_up(host) == Rescue()
        assert await self.store.give_up(new_host_id()) == Rescue()

    async def test_what_somebody_wants_of_a_host_is_told_with_its_next_heartbeat(self) -> None:
        host = await self.new_host(lease=LEASE)
        async with heartbeat_of(self, host) as heartbeat:
            assert await heartbeat.extend() is HostCommand.GO_ON
            for command in (HostCommand.QUIET, HostCommand.GO_ON, HostCommand.STOP):
                assert await self.store.command_host(host, command)
                assert await heartbeat.extend() is command
                [found] = await self.store.hosts()
                assert (found.command, found.is_stopping) == (command, command is not HostCommand.GO_ON)

    async def test_a_quiet_host_claims_nothing_until_it_is_to_go_on(self) -> None:
        host, job_id = await self.new_host(), await self.added()

        await self.store.command_host(host, HostCommand.QUIET)
        assert await self.store.claim(host, ["default"], 10) == []

        await self.store.command_host(host, HostCommand.GO_ON)
        assert [job.id for job in await self.store.claim(host, ["default"], 10)] == [job_id]

    async def test_a_host_that_is_ending_cannot_be_told_anything(self) -> None:
        told, by_itself = await self.new_host(), await self.new_host()
        await self.store.command_host(told, HostCommand.STOP)
        await self.store.mark_stopping(by_itself)

        for host in (told, by_itself, HostId("nobody-1-0000")):
            for command in HostCommand:
                assert not await self.store.command_host(host, command)
        await self.added()
        assert await self.store.claim(told, ["default"], 1) == await self.store.claim(by_itself, ["default"], 1) == []

    async def test_what_is_wanted_of_another_applications_host_cannot_be_said(self) -> None:
        host, bakery = await self.new_host(), await self.open_store(application="bakery")

        assert not await bakery.command_host(host, HostCommand.STOP)
        assert [found.command for found in await self.store.hosts()] == [HostCommand.GO_ON]
