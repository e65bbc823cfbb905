"""Which jobs a host runs: what ABP's dedicated workers choose by a filter of names, a host chooses by queues."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from dawam import App
from dawam.cli.main import dawam
from dawam.errors import SettingsError
from dawam.events.lifecycle import JobSettled, JobStarted
from dawam.settings import SettingsSources
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


@pytest.mark.parametrize("option", ["Host.QueueWeights", "Host.QueueLimits"])
def test_a_weight_or_a_limit_of_a_queue_that_nobody_knows_is_refused(shop: App, option: str) -> None:
    with pytest.raises(SettingsError, match=r"names the queue 'mial'.* did you mean 'mail'\?"):
        built(shop, settings={"Store.Url": "memory://", option: {"mial": 2}})


@pytest.mark.parametrize("served", [["mail"], ["mail", "imports"]])
def test_several_hosts_can_share_one_file_with_the_weights_of_all(shop: App, served: list[str], tmp_path: Path) -> None:
    file = tmp_path / "appsettings.json"
    file.write_text(
        '{"Host": {"Queues": ["default", "imports"], "QueueWeights": {"default": 3, "imports": 2, "reports": 1}}}'
    )
    sources = SettingsSources((file,), command_line={"Host.Queues": ",".join(served), "Store.Url": "memory://"})

    assert shop.blueprint.build(sources).host.queues == tuple(served)


def test_a_process_that_runs_no_jobs_does_not_mind_queues_that_it_does_not_know(shop: App) -> None:
    settings = {"BackgroundJobs.IsJobExecutionEnabled": False, "Host.QueueWeights": {"elsewhere": 2}}

    assert built(shop, settings={"Store.Url": "memory://", **settings}).host.queues == ()


async def test_a_limit_holds_while_jobs_of_all_queues_run_and_every_job_is_run(shop: App, tmp_path: Path) -> None:
    at_once, most, done = Counter[str](), Counter[str](), asyncio.Event()

    @shop.job("hold.reports", queue="reports")
    async def hold_reports() -> None:
        await held("reports")

    @shop.job("hold.mail", queue="mail")
    async def hold_mail() -> None:
        await held("mail")

    async def held(queue: str) -> None:
        at_once[queue] += 1
        most[queue] = max(most[queue], at_once[queue])
        await asyncio.sleep(0.001)
        at_once[queue] -= 1

    settings = {
        "Store.Url": f"sqlite:///{tmp_path}/jobs.db?synchronous=NORMAL",
        "Host.Concurrency": 8,
        "Host.QueueLimits": {"reports": 2},
        "Host.QueueWeights": {"mail": 3},
    }
    async with running(shop, settings=settings) as runtime:
        ended = seen_by(runtime, JobSettled)
        runtime.parts.events.subscribe(JobSettled, lambda _: done.set() if len(ended.events) == 120 else None)
        await runtime.parts.manager.enqueue_many([hold_reports.call() for _ in range(60)])
        await runtime.parts.manager.enqueue_many([hold_mail.call() for _ in range(60)])
        async with asyncio.timeout(20):
            await done.wait()
    assert most["reports"] == 2
    assert 2 < most["mail"] <= 8


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
