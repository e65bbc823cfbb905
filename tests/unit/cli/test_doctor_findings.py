"""What is found among jobs, hosts and the place of a store; each with its code."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from dawam import App, Retry
from dawam.cli.doctor.application import examine_application
from dawam.cli.doctor.checks import CHECKS
from dawam.cli.doctor.findings import Finding, Report, Severity
from dawam.cli.doctor.store import open_store
from dawam.jobs.outcome import Parked, Settlement
from dawam.preparation import ABSENT, EnqueueOptions
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import JobFilter
from tests.support.applications import always, built
from tests.support.examined import LEASE, Scene, bad


def shop() -> App:
    app = App()

    @app.job("shop.mail", queue="mail", time_limit=LEASE)
    async def mail(order: int) -> None: ...

    @app.job("shop.print", time_limit=LEASE)
    async def print_all(order: int) -> None: ...

    return app


def call(app: App, name: str, *args: Any) -> Any:
    return next(each for each in app.blueprint.declarations.functions if each.name == name).call(*args)


class TestJobsAndHosts:
    async def test_where_nothing_waits_all_is_well(self, scene: Scene) -> None:
        assert await scene.look(shop()) == {}

    async def test_what_waits_for_nobody(self, scene: Scene) -> None:
        app = shop()
        await scene.enqueue(app, call(app, "shop.mail", 1))
        assert await scene.look(app) == {"no-live-host": "1 job waits, and no host lives"}
        await scene.host("shop.mail", "shop.print", queues=("default",))
        found = await scene.look(app)
        assert found == {"unserved-queues": "queue 'mail': 1 job waiting, and no live host serves it"}

    async def test_a_paused_queue_in_which_jobs_wait(self, scene: Scene) -> None:
        app = shop()
        await scene.host("shop.mail", "shop.print")
        await scene.store.pause_queue("default")
        assert await scene.look(app) == {}
        await scene.enqueue(app, call(app, "shop.print", 1))
        assert await scene.look(app) == {"paused-queues": "queue 'default': 1 job waiting, and it is paused"}

    async def test_names_that_nobody_knows_or_only_hosts_of_other_code(self, scene: Scene) -> None:
        old = App()

        @old.job("shop.mial")
        async def mail(order: int) -> None: ...

        await scene.enqueue(old, mail.call(1), mail.call(2))
        live = await scene.host("shop.print", "shop.mail")
        assert await scene.look(shop()) == {
            "unknown-job-names": "2 jobs named 'shop.mial' in queue 'default': nobody knows this name; the nearest "
            "that is known is 'shop.mail'"
        }
        await scene.store.give_up(live)
        await scene.host("shop.mial")
        assert set(await scene.look(shop())) == {"names-of-other-hosts"}

    async def test_args_that_the_new_code_cannot_read(self, scene: Scene) -> None:
        new, old = App(), shop()

        @new.job("shop.print")
        async def print_all(order: int, copies: int) -> None: ...

        await scene.enqueue(old, call(old, "shop.print", 1), call(old, "shop.print", 2))
        await scene.host("shop.print")
        found = await scene.look(new)
        assert set(found) == {"unreadable-args"}
        assert found["unreadable-args"].startswith("2 of 2 waiting jobs named 'shop.print', the first being ")
        assert "copies" in found["unreadable-args"]
        assert await scene.look(old) == {}

    async def test_jobs_on_a_host_that_died(self, scene: Scene) -> None:
        app = shop()
        await scene.enqueue(app, call(app, "shop.print", 1))
        dead = await scene.host("shop.print")
        [claimed] = await scene.store.claim(dead, ["default"], 1)
        assert await scene.look(app) == {}
        scene.clock.advance(LEASE * 2)
        found = await scene.look(app)
        assert set(found) == {"lapsed-hosts", "stranded-jobs"}
        assert found["stranded-jobs"] == f"1 job on no live host: shop.print {claimed.id} on {dead}"

    async def test_args_of_a_later_version(self, scene: Scene) -> None:
        app = shop()
        runtime = built(app, store=always(scene.store), clock=scene.clock)
        prepared = runtime.parts.preparation.prepare(call(app, "shop.print", 1), ABSENT, EnqueueOptions())
        await scene.store.add([structs.replace(prepared.job, args_version=3)])
        await scene.host("shop.print")
        assert await scene.look(app) == {
            "newer-args": "1 job named 'shop.print': their args are of version 3, and this application knows 1"
        }

    async def test_jobs_that_were_put_aside(self, scene: Scene) -> None:
        app, now = shop(), scene.clock.now()
        await scene.enqueue(app, call(app, "shop.print", 1))
        host = await scene.host("shop.print")
        [claimed] = await scene.store.claim(host, ["default"], 1)
        await scene.store.settle([Settlement(claimed.id, claimed.fence, Parked("unknown"), now, now)])
        assert await scene.look(app) == {"parked-jobs": "queue 'default': 1 job put aside"}

    async def test_jobs_that_were_enqueued_in_the_future(self, scene: Scene) -> None:
        app = shop()
        await scene.host("shop.print")
        await scene.enqueue(app, call(app, "shop.print", 1), ahead=timedelta(seconds=59))
        assert await scene.look(app) == {}
        await scene.enqueue(app, call(app, "shop.print", 1), ahead=timedelta(seconds=61))
        found = await scene.look(app)
        assert set(found) == {"clock-ahead"}
        assert found["clock-ahead"].startswith("shop.print ")


class TestThePlace:
    async def test_a_disk_that_fills_up(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        for free, code in ((10**12, None), (900_000_000, "disk-low"), (99_000_000, "disk-full")):
            monkeypatch.setattr("shutil.disk_usage", _usage(free))
            assert set(await scene.look(shop())) == ({code} if code else set())

    async def test_a_store_that_does_not_wait_for_the_disk(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path)
        scene.store = SqliteStore(tmp_path / "shop.db", clock=scene.clock, synchronous="NORMAL")
        await scene.store.open()
        assert set(await scene.look(shop())) == {"weak-durability"}
        await scene.store.close()

    async def test_history_that_is_kept_for_ever_and_grows(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("dawam.cli.doctor.store._PILE", 1)
        app = shop()
        await scene.enqueue(app, call(app, "shop.print", 1))
        [job] = (await scene.store.ids(JobFilter(), 1)).ids
        await scene.store.cancel(job)
        assert await scene.look(app) == {}
        found = await scene.look(app, **{"BackgroundJobs.SuccessfulJobRetention": None})
        assert found == {"endless-history": "cancelled jobs are kept for ever, and there are 1 or more"}

    async def test_a_folder_in_which_no_start_marks_can_be_left(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("os.access", lambda *_: False)
        assert set(await scene.look(shop())) == {"marks-unwritable"}

    async def test_a_store_that_is_missing_is_not_made(self, tmp_path: Path) -> None:
        report = Report()
        url = f"sqlite:///{tmp_path}/none.db"
        assert await open_store(built(shop(), settings={"Store.Url": url}), report) is None
        assert set(bad(report)) == {"store-unreachable"}
        assert os.listdir(tmp_path) == []

    async def test_jobs_in_the_memory_of_another_process_cannot_be_looked_at(self) -> None:
        report = Report()
        assert await open_store(built(shop(), settings={"Store.Url": "memory://"}), report) is None
        assert set(bad(report)) == {"store-not-shared"}


class TestTheApplication:
    def look(self, app: App, **settings: object) -> dict[str, str]:
        report = Report()
        examine_application(built(app, settings={"Store.Url": "memory://", **settings}), report)
        return bad(report)

    @pytest.mark.guide(19)
    def test_jobs_without_any_time_limit(self) -> None:
        app = shop()

        @app.job("shop.count", retry=Retry.NEVER)
        async def count() -> None: ...

        assert self.look(app) == {"no-time-limit": "1 job has no time limit: shop.count"}
        assert self.look(app, **{"BackgroundJobs.DefaultTimeLimit": timedelta(minutes=5)}) == {}

    @pytest.mark.guide(19)
    def test_a_job_and_a_worker_that_block_the_loop(self) -> None:
        app = shop()

        @app.job("shop.count", time_limit=LEASE)
        async def count() -> None:
            time.sleep(1)  # noqa: ASYNC251  (what is looked for)

        @app.worker(every=timedelta(minutes=5), name="stock")
        async def stock() -> None:
            time.sleep(1)  # noqa: ASYNC251

        lines = self.look(app)["blocking-call"].splitlines()
        assert [line.partition(" calls ")[0] for line in lines] == ["job shop.count", "worker stock"]
        assert all("calls time.sleep(...), which blocks: " in line and __file__ in line for line in lines)

    @pytest.mark.guide(19)
    def test_a_worker_that_ticks_too_often(self) -> None:
        app = shop()

        @app.worker(every=timedelta(milliseconds=100), name="stock")
        async def stock() -> None: ...

        assert self.look(app) == {"too-frequent-worker": "worker stock ticks every 0.1 s"}
        assert self.look(app, **{"BackgroundWorkers.ShortestPeriod": None}) == {}

    @pytest.mark.guide(19)
    def test_a_recurring_job_that_ticks_too_often(self) -> None:
        app = shop()
        app.recurring("eager", call(app, "shop.print", 1), every=timedelta(milliseconds=100))
        assert self.look(app) == {"too-frequent-worker": "recurring job eager ticks every 0.1 s"}


class TestTheReport:
    def test_a_check_that_was_made_and_found_nothing_is_fine_and_others_are_not_mentioned(self) -> None:
        report = Report()
        report.looked("disk-low", "settings-doubt")
        report.found("disk-low", "little is free")
        assert list(report) == [
            Finding(code="settings-doubt", severity=Severity.OK, text=CHECKS["settings-doubt"].fine),
            Finding(code="disk-low", severity=Severity.WARNING, text="little is free", cure=CHECKS["disk-low"].cure),
        ]

    def test_each_code_is_a_few_words_and_has_a_cure(self) -> None:
        for code, check in CHECKS.items():
            assert code == check.code == code.lower()
            assert set(code) <= set("abcdefghijklmnopqrstuvwxyz-")
            assert check.finds.endswith(".")
            assert check.cure
            assert check.fine


def _usage(free: int) -> Callable[..., Any]:
    return lambda _: SimpleNamespace(free=free)
