"""Real processes on one store: what is enqueued survives them, whoever dies, and however."""

import asyncio
import signal
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from dawam import App
from dawam.jobs.state import StoredState
from dawam.stores.base import JobStore
from dawam.stores.values import CancelAnswer
from tests.faults.ground import Ground
from tests.faults.no_marks import no_marks
from tests.faults.shops import SHORT_LEASE, Shop
from tests.support.applications import running


@pytest.fixture
async def shop(ground: Ground) -> AsyncIterator[Shop[JobStore]]:
    async with running(App(store=ground.url), run_host=False) as runtime:
        shop = Shop[JobStore](ground, runtime.parts.store)
        yield shop
        await shop.clear()


on_a_file = pytest.mark.parametrize("ground", ["sqlite"], indirect=True)
"""What is about the file, or the same wherever jobs are kept."""


class TestNothingIsLost:
    @pytest.mark.guide(4)
    async def test_a_job_survives_the_process_that_enqueued_it(self, shop: Shop[JobStore]) -> None:
        process = await shop.run("hold", "greet")
        job_id = UUID((await process.says("enqueued")).split()[1])
        process.signal(signal.SIGKILL)
        assert await process.ended() == -signal.SIGKILL
        host = await shop.host()
        await host.says("greet Amal")
        assert (await shop.becomes(job_id, StoredState.SUCCEEDED)).result == '"Hello Amal"'

    @pytest.mark.abp("fail-over")
    @pytest.mark.fault("kill -9")
    async def test_a_job_whose_host_is_killed_in_the_middle_is_finished_by_another_long_before_the_lease_is_over(
        self, shop: Shop[JobStore]
    ) -> None:
        first = await shop.host(DAWAM__HOST__LEASE="1h")
        job_id = await shop.enqueue("hang once")
        await first.says("began 1")
        second = await shop.host(DAWAM__HOST__LEASE="1h")
        first.signal(signal.SIGKILL)
        await second.says("began 2", within=10)
        job = await shop.becomes(job_id, StoredState.SUCCEEDED)
        assert (job.result, job.attempt_count, job.fence) == ('"claim 2"', 0, 2)
        assert (job.crash_count, job.lost_count) == (1, 0)
        [record] = await shop.store.attempts(job_id)
        assert (record.error_type, record.fence) == ("HostCrashed", 1)
        assert len(await shop.store.hosts()) == 1

    async def test_without_marks_the_lease_does_it_and_the_job_counts_as_lost(self, shop: Shop[JobStore]) -> None:
        with no_marks(shop.store):
            first = await shop.host(**SHORT_LEASE)
            job_id = await shop.enqueue("hang once")
            await first.says("began 1")
            second = await shop.host(**SHORT_LEASE)
            first.signal(signal.SIGKILL)
            await second.says("began 2")
            job = await shop.becomes(job_id, StoredState.SUCCEEDED)
        assert (job.lost_count, job.crash_count) == (1, 0)

    @on_a_file
    @pytest.mark.fault("poison job")
    async def test_a_poisonous_job_kills_three_processes_and_no_neighbour(self, shop: Shop[JobStore]) -> None:
        neighbour = await shop.enqueue("outlive others")
        poisonous = await shop.enqueue("poison")
        for _ in range(3):
            host = await shop.host()
            assert await host.ended() == -signal.SIGKILL
        await shop.host()
        job = await shop.becomes(poisonous, StoredState.FAILED)
        assert (job.crash_count, job.attempt_count, job.lost_count) == (3, 0, 0)
        other = await shop.becomes(neighbour, StoredState.SUCCEEDED)
        assert (other.crash_count, other.lost_count) == (2, 0)

    async def test_a_kill_after_the_first_signal_is_charged_to_nobody(self, shop: Shop[JobStore]) -> None:
        host = await shop.host(DAWAM__HOST__SHUTDOWN_GRACE="1h")
        job_id = await shop.enqueue("hang once")
        await host.says("began 1")
        host.signal(signal.SIGTERM)
        await host.says("stopping")
        host.signal(signal.SIGKILL)
        second = await shop.host()
        await second.says("began 2", within=10)
        job = await shop.job(job_id)
        assert (job.crash_count, job.lost_count) == (0, 0)

    @pytest.mark.fault("freeze")
    async def test_a_host_that_was_frozen_beyond_its_lease_settles_nothing_and_begins_anew(
        self, shop: Shop[JobStore]
    ) -> None:
        first = await shop.host(**SHORT_LEASE)
        job_id = await shop.enqueue("work through the stop")
        await first.says("began")
        first.signal(signal.SIGSTOP)
        second = await shop.host(**SHORT_LEASE)
        await second.says("settled Succeeded accepted")
        first.signal(signal.SIGCONT)
        await first.says("declared dead")
        await first.says("started")
        assert not any("accepted" in line for line in first.said)
        job = await shop.job(job_id)
        assert (job.state, job.lost_count, job.attempt_count) == ("succeeded", 1, 0)

    async def test_a_result_reaches_the_process_that_waits_for_it(self, shop: Shop[JobStore]) -> None:
        await shop.host()
        waiting = await shop.run("hold", "greet")
        assert await waiting.says("result") == "result Hello Amal"
        assert await waiting.ended() == 0


class TestWakingUp:
    async def test_a_job_from_another_process_starts_long_before_the_next_poll(self, shop: Shop[JobStore]) -> None:
        host = await shop.host(DAWAM__HOST__POLL="1h")
        await asyncio.sleep(0.3)  # its first look is over
        await shop.enqueue("greet")
        await host.says("greet Amal", within=5)

    @on_a_file
    @pytest.mark.fault("wake-ups")
    async def test_without_doorbells_the_poll_finds_it(self, shop: Shop[JobStore]) -> None:
        host = await shop.host(DAWAM__HOST__POLL="500ms")
        bells = shop.folder / "jobs.db-bells"
        for pipe in bells.iterdir():
            pipe.unlink()
        await shop.enqueue("greet")
        await host.says("greet Amal", within=5)


class TestCancellingFromElsewhere:
    async def test_a_waiting_job_never_runs(self, shop: Shop[JobStore]) -> None:
        job_id = await shop.enqueue("greet")
        assert await shop.store.cancel(job_id, "not needed") is CancelAnswer.CANCELLED
        host = await shop.host(**SHORT_LEASE)
        await asyncio.sleep(0.5)
        host.signal(signal.SIGTERM)
        await host.says("stopped")
        assert not any(line.startswith("greet") for line in host.said)
        assert (await shop.job(job_id)).state == "cancelled"

    @pytest.mark.abp("cancellation of a running job")
    async def test_a_running_job_is_stopped(self, shop: Shop[JobStore]) -> None:
        host = await shop.host(**SHORT_LEASE)
        job_id = await shop.enqueue("hang once")
        await host.says("began 1")
        assert await shop.store.cancel(job_id, "not needed") is CancelAnswer.REQUESTED
        await host.says("settled Cancelled accepted", within=5)
        assert (await shop.job(job_id)).attempt_count == 0


class TestSignals:
    async def test_the_first_lets_running_jobs_end(self, shop: Shop[JobStore]) -> None:
        host = await shop.host(**SHORT_LEASE)
        job_id = await shop.enqueue("work through the stop")
        await host.says("began")
        host.signal(signal.SIGTERM)
        await host.says("settled Succeeded accepted")
        assert await host.says("stopped") == "stopped 0"
        assert await host.ended() == 0
        assert (await shop.job(job_id)).result == '"done"'

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda each: each.name)
    async def test_after_the_grace_it_is_handed_back_uncharged(
        self, shop: Shop[JobStore], number: signal.Signals
    ) -> None:
        host = await shop.host(DAWAM__HOST__SHUTDOWN_GRACE="200ms")
        job_id = await shop.enqueue("hang once")
        await host.says("began 1")
        host.signal(number)
        assert await host.ended(within=6) == 0
        job = await shop.job(job_id)
        assert (job.stored_state, job.attempt_count, job.lost_count) == (StoredState.READY, 0, 0)
        assert await shop.store.hosts() == []

    async def test_the_second_ends_the_grace(self, shop: Shop[JobStore]) -> None:
        host = await shop.host(DAWAM__HOST__SHUTDOWN_GRACE="1h")
        job_id = await shop.enqueue("hang once")
        await host.says("began 1")
        host.signal(signal.SIGTERM)
        await host.says("stopping")
        assert host.process.returncode is None
        host.signal(signal.SIGTERM)
        assert await host.ended(within=6) == 0
        assert (await shop.job(job_id)).stored_state is StoredState.READY

    @pytest.mark.fault("stubborn job")
    async def test_a_thread_that_listens_to_nobody_does_not_hold_up_the_end(self, shop: Shop[JobStore]) -> None:
        """Its job goes to the next host at once; the process ends within the grace and five seconds."""
        host = await shop.host(DAWAM__HOST__SHUTDOWN_GRACE="200ms")
        job_id = await shop.enqueue("sleep in a thread")
        await host.says("began 1")
        host.signal(signal.SIGTERM)
        assert await host.says("stopped") == "stopped 1"
        assert await host.ended(within=5.2) == 0
        assert (await shop.job(job_id)).stored_state is StoredState.READY
        second = await shop.host()
        await second.says("began 2")


class TestWhereExecutionIsSwitchedOff:
    FILE = """{
  // appsettings.Development.json
  "BackgroundJobs": {
    "IsJobExecutionEnabled": false
  }
}
"""

    @on_a_file
    @pytest.mark.guide(11)
    @pytest.mark.abp("execution disabled")
    async def test_the_guides_own_file_does_it_in_that_environment_and_in_no_other(self, shop: Shop[JobStore]) -> None:
        (shop.folder / "appsettings.Development.json").write_text(self.FILE)
        await shop.run("host", settings={"DAWAM_ENVIRONMENT": "Development", "DAWAM__HOST__POLL": "100ms"})
        waiting = await shop.run("enqueue", "greet", settings={"DAWAM_ENVIRONMENT": "Development"})
        job_id = UUID((await waiting.says("enqueued")).split()[1])
        await asyncio.sleep(1)
        assert (await shop.job(job_id)).stored_state is StoredState.READY
        assert [each.queues for each in await shop.store.hosts()] == [()]  # it ticks workers, and runs no jobs
        host = await shop.host()  # Production
        await host.says("greet Amal")


@on_a_file
async def test_the_file_of_a_killed_host_is_whole(shop: Shop[JobStore]) -> None:
    for _ in range(3):
        host = await shop.host(**SHORT_LEASE)
        await shop.enqueue("greet")
        await host.says("greet Amal")
        host.signal(signal.SIGKILL)
        await host.ended()
    assert shop.ground.rows("SELECT count(*) FROM dawam_finished") == [(3,)]  # and it is looked through before
