"""What the doctor finds among workers and recurring jobs; each with its code."""

from datetime import timedelta

import pytest

from dawam import App
from dawam.workers.record import WorkerDeclaration
from tests.support.applications import always, built
from tests.support.examined import Scene

MINUTE, HOUR, YEAR = timedelta(minutes=1), timedelta(hours=1), timedelta(days=365)


def shop(*, is_broken: bool = False) -> App:
    """It counts its stock once a minute."""
    app = App()

    @app.worker(every=MINUTE, name="stock")
    async def stock() -> None:
        if is_broken:
            raise OSError("no connection")

    return app


def office(name: str = "office.report") -> App:
    """It has one job, and what is made of it recurs."""
    app = App()

    @app.job(name)
    async def report(year: int) -> None: ...

    return app


def report_of(app: App) -> object:
    return app.blueprint.declarations.functions[0].call(2026)


async def test_where_all_ticks_as_the_code_says_all_is_well(scene: Scene) -> None:
    app = office()
    app.recurring("yearly", report_of(app), cron="0 3 1 1 *")
    await scene.put(app, "daily", report_of(app))
    await scene.has(await scene.host("office.report"), app)
    assert await scene.look(app) == {}


async def test_what_a_person_paused_or_rescheduled_is_called_to_mind(scene: Scene) -> None:
    app = shop()
    await scene.has(await scene.host(), app)
    control = built(app, store=always(scene.store), clock=scene.clock).parts.desk.workers
    await control.pause("stock")
    await control.reschedule("stock", every=HOUR)
    assert await scene.look(app) == {
        "paused-workers": "worker stock is paused",
        "rescheduled-workers": "worker stock ticks every 1h; declared is every 1m",
    }
    await control.resume("stock")
    await control.restore_schedule("stock")
    assert await scene.look(app) == {}


async def test_one_that_fails_again_and_again_is_named_with_its_last_error(scene: Scene) -> None:
    app = shop(is_broken=True)
    host = await scene.host(lease=YEAR)
    await scene.has(host, app)
    for _ in range(2):
        scene.clock.advance(MINUTE)
        await scene.tick(host, app)
    assert await scene.look(app) == {}
    scene.clock.advance(MINUTE)
    await scene.tick(host, app)
    assert await scene.look(app) == {
        "failing-workers": "worker stock failed 3 times in a row; the last error: OSError: no connection"
    }


async def test_one_that_the_code_of_no_live_host_has(scene: Scene) -> None:
    app = shop()
    old = await scene.host()
    await scene.has(old, app)
    await scene.store.give_up(old)
    assert await scene.look(app) == {}
    await scene.host()
    assert await scene.look(app) == {
        "undeclared-workers": "worker stock is stored, and the code of no live host has it"
    }


async def test_one_that_is_due_for_long_though_a_host_has_it(scene: Scene) -> None:
    app = shop()
    host = await scene.host(lease=YEAR)
    await scene.has(host, app)
    scene.clock.advance(6 * MINUTE)
    assert await scene.look(app) == {}
    scene.clock.advance(MINUTE / 60)
    assert await scene.look(app) == {"late-workers": "worker stock has been due for 5 min 1 s, and does not tick"}
    await scene.tick(host, app)
    assert await scene.look(app) == {}


async def test_none_is_late_whose_host_came_a_moment_ago(scene: Scene) -> None:
    app = office()
    await scene.put(app, "daily", report_of(app))
    scene.clock.advance(YEAR)
    await scene.host("office.report", lease=YEAR)
    assert await scene.look(app) == {}
    scene.clock.advance(6 * MINUTE)
    assert set(await scene.look(app)) == {"late-workers"}


async def test_a_schedule_that_this_code_cannot_read(scene: Scene) -> None:
    host = await scene.host()
    newer = WorkerDeclaration(name="moon", schedule='{"kind":"moon"}', first_at=None)
    await scene.store.declare_workers(host, [newer])
    found = await scene.look(shop())
    assert set(found) == {"unreadable-schedules"}
    assert found["unreadable-schedules"].startswith("worker moon does not tick here: the stored schedule ")
    await scene.store.give_up(host)
    assert await scene.look(shop()) == {}, "newer code that is gone is no trouble"


async def test_a_recurring_job_whose_job_nobody_knows_or_only_hosts_of_other_code(scene: Scene) -> None:
    old = office("office.reprot")
    await scene.put(old, "daily", report_of(old))
    assert await scene.look(old) == {}
    assert await scene.look(office()) == {
        "unknown-recurring-names": "recurring job daily enqueues jobs named 'office.reprot': nobody knows this name; "
        "the nearest that is known is 'office.report'"
    }
    await scene.host("office.reprot")
    assert await scene.look(office()) == {
        "recurring-names-of-other-hosts": "recurring job daily enqueues jobs named 'office.reprot': live hosts know "
        "this name, this application does not"
    }


async def test_a_recurring_job_whose_args_the_new_code_cannot_read(scene: Scene) -> None:
    new, old = App(), office()

    @new.job("office.report")
    async def report(year: int, pages: int) -> None: ...

    await scene.put(old, "daily", report_of(old))
    found = await scene.look(new)
    assert set(found) == {"unreadable-recurring-args"}
    assert found["unreadable-recurring-args"].startswith("recurring job daily enqueues 'office.report' with args that ")
    assert "pages" in found["unreadable-recurring-args"]
    new.recurring("daily", report.call(2026, 3), every=HOUR)
    assert await scene.look(new) == {}, "what the new code declares takes its place"


async def test_many_are_counted_and_a_few_are_named(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dawam.cli.doctor.workers._PAGE", 4)
    host = await scene.host()
    declared = [
        WorkerDeclaration(name=f"worker-{number:02}", schedule='{"kind":"moon"}', first_at=None) for number in range(14)
    ]
    await scene.store.declare_workers(host, declared)
    lines = (await scene.look(shop()))["unreadable-schedules"].splitlines()
    assert [line.split()[1] for line in lines[:-1]] == [f"worker-{number:02}" for number in range(10)]
    assert lines[-1] == "and 4 more: dawam workers list"


async def test_rows_beyond_the_bound_are_not_looked_at(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dawam.cli.doctor.workers._PAGE", 1)
    monkeypatch.setattr("dawam.cli.doctor.workers._LOOKED_AT", 1)
    host = await scene.host()
    await scene.has(host, shop())
    await scene.store.declare_workers(host, [WorkerDeclaration(name="z", schedule="?", first_at=None)])
    assert await scene.look(shop()) == {}
