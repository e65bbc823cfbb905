"""The blocking twin: for scripts, views and threads; never on a running loop."""

import asyncio
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from dawam import App, Priority
from dawam.errors import ArgsError, EnqueueOptionError, NotRunningError, StoreUnavailableError, TransactionError
from tests.support.applications import until

SOON = timedelta(seconds=5)


def shop(path: Path) -> App:
    app = App(store=f"sqlite:///{path}")

    @app.job("receipt")
    async def receipt(order_id: int) -> int:
        return order_id

    return app


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.chdir(tmp_path)
    app = shop(tmp_path / "jobs.db")
    yield app
    app.close()


def waiting(path: Path) -> list[tuple[str, str, int]]:
    db = sqlite3.connect(path)
    found = db.execute("SELECT args, queue, rank FROM dawam_job ORDER BY id").fetchall()
    db.close()
    return [(args.decode() if isinstance(args, bytes) else args, queue, rank) for args, queue, rank in found]


def test_the_first_enqueue_opens_the_application_without_a_host(app: App, tmp_path: Path) -> None:
    assert not app.is_open
    job = app.sync.enqueue("receipt", {"order_id": 7}, queue="slow", priority=Priority.HIGH)
    assert app.is_open
    assert (job.name, job.created) == ("receipt", True)
    [(args, queue, _)] = waiting(tmp_path / "jobs.db")
    assert (args, queue) == ('{"order_id":7}', "slow")
    assert len(app.sync.enqueue_many([app.declarations.functions[0].call(number) for number in range(3)])) == 3
    assert len(waiting(tmp_path / "jobs.db")) == 4


def new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    """Ours that were not there before; another test's blocked job may keep its thread for a while."""
    return [each for each in threading.enumerate() if each.name.startswith("dawam") and each not in before]


def test_closing_ends_its_thread_and_it_can_be_opened_again(app: App) -> None:
    before = set(threading.enumerate())
    app.sync.enqueue("receipt", {"order_id": 7})
    app.close()
    assert not app.is_open
    assert not new_threads(before)
    app.close()
    app.sync.enqueue("receipt", {"order_id": 8})
    assert app.is_open


def test_what_is_refused_is_refused_here_as_well(app: App, tmp_path: Path) -> None:
    with pytest.raises(EnqueueOptionError):
        app.sync.enqueue("receipt", {"order_id": 7}, delay=timedelta(seconds=-1))
    with pytest.raises(ArgsError):
        app.sync.enqueue("receipt", {"order_id": "seven"})
    assert waiting(tmp_path / "jobs.db") == []


def test_threads_that_come_first_together_open_it_once(app: App, tmp_path: Path) -> None:
    barrier = threading.Barrier(8)
    errors: list[BaseException] = []

    def enqueue(number: int) -> None:
        barrier.wait(5)
        try:
            app.sync.enqueue("receipt", {"order_id": number})
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=enqueue, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert errors == []
    assert len(waiting(tmp_path / "jobs.db")) == 8


def test_an_application_that_cannot_be_opened_says_why_each_time_and_leaves_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    app = shop(tmp_path / "nowhere" / "jobs.db")
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="does not exist: create it first"):
            app.sync.enqueue("receipt", {"order_id": 7})
    assert not new_threads(before)
    app.close()


async def test_on_a_running_loop_it_refuses_with_the_cure(app: App) -> None:
    with pytest.raises(NotRunningError, match=r"would stop: await app\.jobs\.enqueue"):
        app.sync.enqueue("receipt", {"order_id": 7})
    with pytest.raises(NotRunningError, match=r"app\.sync\.enqueue_many blocks"):
        app.sync.enqueue_many([])
    with pytest.raises(NotRunningError, match=r"await job\.result\(\) there instead"):
        app.sync.result(None)  # type: ignore[arg-type]
    assert not app.is_open


async def test_in_a_thread_of_an_open_application_it_uses_that_one(app: App, tmp_path: Path) -> None:
    async with app:
        job = await asyncio.to_thread(app.sync.enqueue, "receipt", {"order_id": 7})
        assert await asyncio.to_thread(lambda: app.sync.result(job, within=SOON)) == 7
        assert app.runtime.host.queues == ("default",)


def test_an_error_in_the_job_reaches_who_waits_for_its_result(app: App) -> None:
    job = app.sync.enqueue("receipt", {"order_id": 7})
    with pytest.raises(TimeoutError):
        app.sync.result(job, within=timedelta(milliseconds=30))


class TestInsideATransaction:
    def test_of_sqlite3_on_the_callers_thread(self, app: App, tmp_path: Path) -> None:
        app.sync.enqueue("receipt", {"order_id": 1})  # the tables are there
        db = sqlite3.connect(tmp_path / "jobs.db")  # refuses any other thread
        app.sync.enqueue("receipt", {"order_id": 2}, transaction=db)
        db.rollback()
        jobs = [app.declarations.functions[0].call(number) for number in (3, 4)]
        app.sync.enqueue_many(jobs, transaction=db)
        assert len(waiting(tmp_path / "jobs.db")) == 1
        db.commit()
        db.close()
        assert [args for args, _, _ in waiting(tmp_path / "jobs.db")] == [
            f'{{"order_id":{number}}}' for number in (1, 3, 4)
        ]

    def test_of_a_session_it_wakes_the_host_after_the_commit(self, tmp_path: Path) -> None:
        app = App(store=f"sqlite:///{tmp_path}/jobs.db")
        ran: list[int] = []

        @app.job("receipt")
        async def receipt(order_id: int) -> None:
            ran.append(order_id)

        def pay() -> None:
            engine = create_engine(f"sqlite:///{tmp_path}/jobs.db")
            with Session(engine) as session, session.begin():
                session.execute(text("CREATE TABLE shop_order (id INTEGER)"))
                app.sync.enqueue("receipt", {"order_id": 7}, transaction=session)
                assert ran == []
            engine.dispose()

        async def main() -> None:
            async with app.open():
                await asyncio.to_thread(pay)
                await until(lambda: ran == [7], within=5)

        asyncio.run(main())

    def test_an_asynchronous_one_is_refused_with_the_cure(self, app: App) -> None:
        with pytest.raises(TransactionError, match=r"got the asynchronous Connection in blocking code: await"):
            app.sync.enqueue("receipt", {"order_id": 7}, transaction=aiosqlite.connect("jobs.db"))

    def test_on_another_database_is_refused(self, app: App, tmp_path: Path) -> None:
        db = sqlite3.connect(tmp_path / "other.db")
        with pytest.raises(TransactionError, match="only a transaction on the job store's own database"):
            app.sync.enqueue("receipt", {"order_id": 7}, transaction=db)
        db.close()


def test_a_script_that_enqueues_just_ends(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        from dawam import App
        app = App(store="sqlite:///jobs.db")
        @app.job("receipt")
        async def receipt(order_id: int) -> None: ...
        print(app.sync.enqueue("receipt", {"order_id": 7}).name)
        """
    )
    (tmp_path / "script.py").write_text(program)
    ran = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=20
    )
    assert (ran.stdout, ran.stderr) == ("receipt\n", "")
    assert len(waiting(tmp_path / "jobs.db")) == 1
