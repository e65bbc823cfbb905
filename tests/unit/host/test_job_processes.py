"""Jobs in processes of their own: real ones, which import the application again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from dawam import App, EnqueuedJob
from dawam.errors import JobFailedError, NotSupportedError, RegistrationError
from dawam.jobs.record import JobInfo
from dawam.jobs.state import StoredState
from dawam.runtime import Runtime
from dawam.stores.values import JobFilter
from tests.support import process_shop as shop
from tests.support.applications import until

SOON = timedelta(seconds=30)
PATIENCE = SOON.total_seconds()


@pytest.fixture(params=["sqlite"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    on_postgres = request.param == "postgres"
    return {
        "Store.Url": request.getfixturevalue("emptied_postgres_url")
        if on_postgres
        else f"sqlite:///{tmp_path}/shop.db",
        "Host.Poll": "50ms",
        "Host.ProcessCount": "1",
        "Host.ShutdownGrace": "0s",
        "Log.Level": "WARNING",
    }


@asynccontextmanager
async def running(settings: dict[str, str], app: App = shop.app) -> AsyncIterator[Runtime]:
    runtime = app.build(command_line=settings, environment="Test")
    with app.opened_as(runtime):
        try:
            await runtime.start(run_host=True)
            yield runtime
        finally:
            await runtime.stop()


async def job_of(runtime: Runtime, enqueued: EnqueuedJob[object]) -> JobInfo:
    job = await runtime.parts.store.get(enqueued.id)
    assert job is not None
    return job


on_both_stores = pytest.mark.parametrize("settings", ["sqlite", "postgres"], indirect=True)


async def written(mark: Path) -> str:
    """What a job writes when it has begun."""
    await until(lambda: read(mark) != "", within=PATIENCE)
    return read(mark)


def read(mark: Path) -> str:
    return mark.read_text() if mark.exists() else ""


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"


async def test_a_job_runs_in_another_process_which_the_next_one_uses_again(settings: dict[str, str]) -> None:
    async with running(settings):
        first, second = [await (await shop.place.enqueue()).result(within=SOON) for _ in range(2)]

    assert first == second != os.getpid()
    assert not is_there(first)


async def test_so_does_a_coroutine(settings: dict[str, str]) -> None:
    async with running(settings):
        assert await (await shop.place_of_a_coroutine.enqueue()).result(within=SOON) != os.getpid()


@on_both_stores
async def test_its_services_are_made_there_and_its_args_and_result_are_those_of_any_job(
    settings: dict[str, str],
) -> None:
    async with running(settings) as runtime:
        enqueued = await runtime.parts.manager.enqueue(shop.Count, shop.CountArgs(21))

        assert await enqueued.result(within=SOON) == {"counted": 42, "attempt": 1}


async def test_what_it_raises_is_told_as_if_it_had_been_raised_here(settings: dict[str, str]) -> None:
    async with running(settings):
        with pytest.raises(JobFailedError, match="no ink"):
            await (await shop.refuse.enqueue("ink")).result(within=SOON)
        with pytest.raises(JobFailedError, match="it will never do"):
            await (await shop.decide.enqueue()).result(within=SOON)


@on_both_stores
async def test_at_its_time_limit_it_is_killed_with_all_that_it_has_started(
    settings: dict[str, str], tmp_path: Path
) -> None:
    async with running(settings):
        enqueued = await shop.deaf.enqueue(str(tmp_path / "mark"))
        with pytest.raises(JobFailedError, match="time limit"):
            await enqueued.result(within=SOON)

        process, child = map(int, (await written(tmp_path / "mark")).split())
        await until(lambda: not is_there(process) and not is_there(child))
        assert await (await shop.place.enqueue()).result(within=SOON) != process


async def test_one_that_listens_may_tidy_up_and_its_process_lives_on(settings: dict[str, str], tmp_path: Path) -> None:
    async with running(settings):
        process = await (await shop.place.enqueue()).result(within=SOON)
        with pytest.raises(JobFailedError, match="time limit"):
            await (await shop.polite.enqueue(str(tmp_path / "mark"))).result(within=SOON)

        assert (tmp_path / "mark").read_text() == "tidied up"
        assert await (await shop.place.enqueue()).result(within=SOON) == process


async def test_and_kills_no_less_when_the_next_job_does_not_listen(settings: dict[str, str], tmp_path: Path) -> None:
    async with running(settings):
        with pytest.raises(JobFailedError, match="time limit"):
            await (await shop.polite.enqueue(str(tmp_path / "polite"))).result(within=SOON)
        with pytest.raises(JobFailedError, match="time limit"):
            await (await shop.deaf.enqueue(str(tmp_path / "deaf"))).result(within=SOON)


async def test_a_signal_to_all_processes_is_the_hosts_matter(settings: dict[str, str], tmp_path: Path) -> None:
    async with running(settings):
        enqueued = await shop.wait.enqueue(str(tmp_path / "mark"), str(tmp_path / "go on"))
        process = int(await written(tmp_path / "mark"))
        for number in (signal.SIGTERM, signal.SIGINT):
            os.kill(process, number)
        (tmp_path / "go on").touch()

        assert await enqueued.result(within=SOON) == process


async def test_a_person_can_cancel_it(settings: dict[str, str], tmp_path: Path) -> None:
    async with running(settings) as runtime:
        enqueued = await shop.patient.enqueue(str(tmp_path / "mark"))
        process = int(await written(tmp_path / "mark"))

        await runtime.parts.desk.control.cancel(enqueued.id)

        async def is_cancelled() -> bool:
            return (await job_of(runtime, enqueued)).stored_state is StoredState.CANCELLED

        await until(is_cancelled, within=PATIENCE)
        await until(lambda: not is_there(process))


async def test_a_process_that_dies_is_a_failed_attempt_that_says_how(settings: dict[str, str]) -> None:
    async with running(settings) as runtime:
        enqueued = await shop.die.enqueue()
        with pytest.raises(JobFailedError, match="SIGSEGV"):
            await enqueued.result(within=SOON)

        assert (await job_of(runtime, enqueued)).attempt_count == 2


async def test_where_it_must_not_run_again_by_itself_it_fails_at_once(settings: dict[str, str]) -> None:
    async with running(settings) as runtime:
        enqueued = await shop.die_once.enqueue()
        with pytest.raises(JobFailedError, match="exit code 3"):
            await enqueued.result(within=SOON)

        assert (await job_of(runtime, enqueued)).attempt_count == 1


@on_both_stores
async def test_when_the_host_ends_it_is_handed_back_uncharged(settings: dict[str, str], tmp_path: Path) -> None:
    async with running(settings) as runtime:
        enqueued = await shop.patient.enqueue(str(tmp_path / "mark"))
        process = int(await written(tmp_path / "mark"))
        await runtime.host.stop()

        job = await job_of(runtime, enqueued)
        assert (job.stored_state, job.attempt_count, job.crash_count) == (StoredState.READY, 0, 0)
    assert not is_there(process)


async def test_a_process_that_holds_too_much_after_a_job_is_used_no_more(settings: dict[str, str]) -> None:
    async with running({**settings, "Host.ProcessMemoryLimit": str(250 << 20)}):
        small = await (await shop.grow.enqueue(1)).result(within=SOON)
        large = await (await shop.grow.enqueue(300 << 20)).result(within=SOON)
        after = await (await shop.place.enqueue()).result(within=SOON)

    assert small == large != after


@on_both_stores
async def test_its_progress_and_its_log_are_seen_while_it_runs_and_its_follow_ups_come_with_its_end(
    settings: dict[str, str], tmp_path: Path
) -> None:
    async with running(settings) as runtime:
        enqueued = await shop.report.enqueue(str(tmp_path / "go on"))

        async def log() -> list[str]:
            return [line.text for log in await runtime.parts.store.logs(enqueued.id) for line in log.lines]

        async def says_half() -> bool:
            job = await runtime.parts.store.get(enqueued.id)
            has_logged = await log() == ["half of it is done"]
            return has_logged and job is not None and job.progress is not None and "half of it" in str(job.progress)

        await until(says_half, within=PATIENCE)
        (tmp_path / "go on").touch()
        await enqueued.result(within=SOON)

        names = {job.name for job in (await runtime.parts.store.look(JobFilter(), 10)).jobs}
        assert names == {"report", "place"}
        await runtime.host.stop()
        assert await log() == ["half of it is done", "all of it is done"]


async def test_a_host_whose_job_process_is_killed_by_somebody_goes_on(settings: dict[str, str], tmp_path: Path) -> None:
    async with running(settings) as runtime:
        enqueued = await shop.patient.enqueue(str(tmp_path / "mark"))
        os.kill(int(await written(tmp_path / "mark")), signal.SIGKILL)

        async def waits_again() -> bool:
            return (await job_of(runtime, enqueued)).attempt_count == 1

        await until(waits_again, within=PATIENCE)
        assert await (await shop.place.enqueue()).result(within=SOON) > 0


# -- what cannot be


async def test_an_application_that_no_module_holds_is_refused(settings: dict[str, str]) -> None:
    app = shop.made()

    @app.job("late", runs_in="process")
    def late() -> None: ...

    with pytest.raises(RegistrationError, match="keep it in one, as in app = App"):
        async with running(settings, app):
            pass


async def test_so_is_a_store_of_one_process(settings: dict[str, str]) -> None:
    with pytest.raises(NotSupportedError, match='leave runs_in="process" out'):
        async with running({**settings, "Store.Url": "memory://"}):
            pass


def test_so_is_a_place_that_nobody_knows() -> None:
    app = App()

    @app.job("late", runs_in="procces")  # type: ignore[call-overload]
    def late() -> None: ...

    with pytest.raises(RegistrationError, match="'host' or 'process' was expected"):
        app.build(environment="Test")


async def test_ending_the_event_loop_ends_the_processes(settings: dict[str, str], tmp_path: Path) -> None:
    async def begin_and_break() -> int:
        async with running(settings):
            await shop.patient.enqueue(str(tmp_path / "mark"))
            process = int(await written(tmp_path / "mark"))
            raise ConnectionError(process)

    with pytest.raises(ConnectionError) as caught:
        await asyncio.create_task(begin_and_break())
    assert not is_there(caught.value.args[0])
