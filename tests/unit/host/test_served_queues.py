"""Which jobs a host runs: what ABP's dedicated workers choose by a filter of names, a host chooses by queues."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from dawam import App
from dawam.cli.main import dawam
from dawam.errors import SettingsError
from dawam.events.lifecycle import JobStarted
from dawam.testing import AppHarness
from tests.support.applications import built, running, seen_by, until

EVERY_QUEUE = frozenset({"default", "mail", "reports"})


@pytest.fixture
def shop() -> App:
    """One job in each of three queues."""
    app = App()
    for queue in sorted(EVERY_QUEUE):

        async def work() -> None:
            """Does nothing."""

        app.job(queue, queue=queue)(work)
    return app


async def run_by_one_of(app: App, queues: frozenset[str]) -> set[str]:
    """The jobs that a host of these queues has run, when one waits in every queue."""
    async with AppHarness(app, settings={"Host.Queues": sorted(queues)}) as harness:
        for name in sorted(EVERY_QUEUE):
            await harness.jobs.enqueue(name, {})
        report = await harness.drain()
        left = {job.name for job in await harness.inspector.get_waiting_jobs()}
        assert report.succeeded == len(EVERY_QUEUE) - len(left)
    return set(EVERY_QUEUE - left)


@pytest.mark.abp(16)
async def test_a_host_of_one_queue_runs_its_jobs_and_no_others(shop: App) -> None:
    assert await run_by_one_of(shop, frozenset({"mail"})) == {"mail"}


@pytest.mark.abp(17, 21, 44)
async def test_a_host_of_the_other_queues_leaves_the_jobs_of_that_one_alone(shop: App) -> None:
    assert await run_by_one_of(shop, EVERY_QUEUE - {"mail"}) == {"default", "reports"}


@pytest.mark.abp(18)
@pytest.mark.parametrize(
    ("chosen", "served"),
    [
        pytest.param([], EVERY_QUEUE, id="no choice: every queue that a job names"),
        pytest.param(["mail"], {"mail"}, id="one"),
        pytest.param(["reports", "mail"], {"mail", "reports"}, id="some"),
        pytest.param(["elsewhere"], {"elsewhere"}, id="one that no job of this application names"),
    ],
)
def test_the_settings_say_which_queues_a_host_serves(shop: App, chosen: list[str], served: set[str]) -> None:
    assert set(built(shop, settings={"Store.Url": "memory://", "Host.Queues": chosen}).host.queues) == served


@pytest.mark.abp(19, 22)
@pytest.mark.parametrize("queue", ["", "mail queue", "mail/queue", "m" * 65])
def test_a_queue_that_cannot_be_one_is_refused(shop: App, queue: str) -> None:
    with pytest.raises(SettingsError, match=r"Host\.queues names .*: a name of 1 to 64 characters"):
        built(shop, settings={"Store.Url": "memory://", "Host.Queues": ["mail", queue]})


@pytest.mark.abp(22)
def test_a_host_of_no_queues_at_all_is_refused() -> None:
    answer = CliRunner().invoke(dawam, ["run", "shop:app", "--queues", " , "])

    assert answer.exit_code == 2
    assert "the names of queues were expected, as in mail,reports" in answer.output


@pytest.mark.abp(30)
async def test_dedicated_hosts_and_one_for_the_rest_share_the_work_as_configured(shop: App, tmp_path: Path) -> None:
    settings = {"Store.Url": f"sqlite:///{tmp_path}/jobs.db", "Host.Poll": "20ms"}
    async with AsyncExitStack() as running_hosts:
        hosts = {
            queue: await running_hosts.enter_async_context(running(shop, settings={**settings, "Host.Queues": [queue]}))
            for queue in EVERY_QUEUE
        }
        ran = {queue: seen_by(host, JobStarted) for queue, host in hosts.items()}
        for queue in [*EVERY_QUEUE] * 5:
            await hosts["default"].parts.manager.enqueue(queue, {})
        await until(lambda: sum(len(seen.events) for seen in ran.values()) == 15)

    assert {queue: [event.job.name for event in seen.events] for queue, seen in ran.items()} == {
        queue: [queue] * 5 for queue in EVERY_QUEUE
    }
