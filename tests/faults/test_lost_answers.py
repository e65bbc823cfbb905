"""The store does what it was asked, and its answer is lost: no job stays with a host that does not know of it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from dawam import App
from dawam.clock import SystemClock
from dawam.events.lifecycle import UnknownClaimsReturned
from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer, Settlement
from dawam.jobs.record import ClaimedJob
from dawam.stores.sqlite.store import SqliteStore
from tests.support.applications import always, running, seen_by

SOON = timedelta(seconds=20)
SETTINGS = {"Host.Heartbeat": "100ms", "Host.Lease": "1h", "Host.Poll": "100ms"}


class Forgetful(SqliteStore):
    """Loses the answer of the first claim, of either kind, that claimed something; or of the first settlement."""

    def __init__(self, path: Path, loses: str) -> None:
        super().__init__(path, clock=SystemClock())
        self.loses = loses
        self.lost: list[ClaimedJob] = []

    async def claim(self, host: HostId, queues: Sequence[str], limit: int) -> list[ClaimedJob]:
        return self._lose("claim", await super().claim(host, queues, limit))

    async def claim_parked(
        self, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int
    ) -> list[ClaimedJob]:
        return self._lose("claim parked", await super().claim_parked(host, queues, known, limit))

    async def settle(self, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
        answers = await super().settle(settlements)
        if self.loses == "settle":
            self.loses = ""
            raise OSError("the connection was lost")
        return answers

    def _lose(self, verb: str, claimed: list[ClaimedJob]) -> list[ClaimedJob]:
        if claimed and self.loses == verb:
            self.loses, self.lost = "", claimed
            raise OSError("the connection was lost")
        return claimed


@pytest.mark.fault("lost answer")
async def test_jobs_of_a_lost_claim_are_handed_back_and_run_uncharged(tmp_path: Path) -> None:
    app, runs = App(), list[int]()

    @app.job("work")
    async def work(number: int) -> None:
        runs.append(number)

    store = Forgetful(tmp_path / "jobs.db", "claim")
    async with running(app, settings=SETTINGS, store=always(store)) as runtime:
        seen = seen_by(runtime, UnknownClaimsReturned)
        jobs = [await work.enqueue(number) for number in range(3)]
        for job in jobs:
            await job.result(within=SOON)
        assert store.lost
        [event] = seen.events
        assert set(event.jobs) == {each.id for each in store.lost}
        for job in jobs:
            found = await store.get(job.id)
            assert found is not None
            assert (found.attempt_count, found.lost_count, found.crash_count) == (0, 0, 0)
    assert sorted(runs) == [0, 1, 2]


@pytest.mark.fault("lost answer")
async def test_a_parked_job_of_a_lost_claim_runs_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dawam.host.intake._RARE_EVERY", timedelta(milliseconds=100))
    stranger, app = App(), App()

    @stranger.job("other")
    async def other() -> None: ...

    @app.job("work")
    async def work() -> str:
        return "done"

    store = Forgetful(tmp_path / "jobs.db", "claim parked")
    async with running(app, store=always(store), run_host=False):
        job = await work.enqueue()
    async with running(stranger, settings=SETTINGS, store=always(store)):
        async with asyncio.timeout(20):
            while (await store.counts()).parked == 0:  # noqa: ASYNC110  (nobody tells of it)
                await asyncio.sleep(0.01)
    async with running(app, settings=SETTINGS, store=always(store)) as runtime:
        async with asyncio.timeout(20):
            while (await runtime.parts.desk.inspector.counts()).succeeded == 0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert [each.id for each in store.lost] == [job.id]


@pytest.mark.fault("lost answer")
async def test_a_settlement_whose_answer_was_lost_is_repeated_and_the_job_does_not_run_again(tmp_path: Path) -> None:
    app, runs = App(), list[str]()

    @app.job("work")
    async def work() -> str:
        runs.append("run")
        return "done"

    store = Forgetful(tmp_path / "jobs.db", "settle")
    async with running(app, settings=SETTINGS, store=always(store)) as runtime:
        seen = seen_by(runtime, UnknownClaimsReturned)
        job = await work.enqueue()
        assert await job.result(within=SOON) == "done"
        await asyncio.sleep(0.5)  # several looks
        assert (runs, seen.events) == (["run"], [])
