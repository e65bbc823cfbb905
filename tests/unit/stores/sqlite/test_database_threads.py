"""One writer with a group commit, one reader, and what both refuse."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dawam.errors import NotRunningError, RowRefusedError, StoreBusyError, StoreError
from dawam.stores.sqlite.connection import connect
from dawam.stores.sqlite.threads import ReadThread, WriteThread

BRIEF = timedelta(milliseconds=100)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "jobs.db") as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE line (number INTEGER PRIMARY KEY)")
    db.close()
    return tmp_path / "jobs.db"


class Statements:
    """What the writer executed, in order."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.seen: list[str] = []

    def connect(self) -> sqlite3.Connection:
        db = connect(self._path, synchronous="FULL")
        db.set_trace_callback(self.seen.append)
        return db

    def count(self, statement: str) -> int:
        return sum(each == statement for each in self.seen)


@pytest.fixture
def statements(path: Path) -> Statements:
    return Statements(path)


@pytest.fixture
def writer(path: Path, statements: Statements) -> Iterator[WriteThread]:
    writer = WriteThread("writer", path, statements.connect, BRIEF)
    writer.start()
    yield writer
    writer.stop()


def write(number: int) -> Callable[[sqlite3.Connection], int]:
    return lambda db: db.execute("INSERT INTO line VALUES (?)", (number,)).rowcount


def numbers(path: Path) -> list[int]:
    db = sqlite3.connect(path)
    found = [number for (number,) in db.execute("SELECT number FROM line ORDER BY number")]
    db.close()
    return found


class Held:
    """Somebody else's write transaction."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("BEGIN IMMEDIATE")

    def release(self) -> None:
        self._db.execute("ROLLBACK")
        self._db.close()


async def test_those_who_come_during_a_commit_share_the_next_one(
    writer: WriteThread, path: Path, statements: Statements
) -> None:
    await asyncio.gather(*(writer.run(write(number)) for number in range(100)))
    assert numbers(path) == list(range(100))
    assert statements.count("COMMIT") <= 5


async def test_one_who_comes_alone_is_not_kept_waiting_for_others(writer: WriteThread, statements: Statements) -> None:
    for number in range(3):
        assert await writer.run(write(number)) == 1
    assert statements.count("COMMIT") == 3


async def test_what_fails_in_a_shared_commit_fails_alone(writer: WriteThread, path: Path) -> None:
    answers = await asyncio.gather(*(writer.run(write(number)) for number in (1, 2, 2, 3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [int, int, RowRefusedError, int]
    assert "UNIQUE constraint failed" in str(answers[2])
    assert numbers(path) == [1, 2, 3]


async def test_half_of_a_failed_piece_of_work_is_taken_back(writer: WriteThread, path: Path) -> None:
    def half(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO line VALUES (7)")
        raise LookupError("half-way")

    with pytest.raises(LookupError, match="half-way"):
        await writer.run(half)
    assert numbers(path) == []
    assert await writer.run(write(8)) == 1


async def test_an_answer_comes_after_the_commit(writer: WriteThread, path: Path) -> None:
    await writer.run(write(1))
    assert numbers(path) == [1]


async def test_whoever_stopped_waiting_spoils_it_for_nobody(writer: WriteThread, path: Path) -> None:
    held = Held(path)
    waiting = [asyncio.ensure_future(writer.run(write(number))) for number in (1, 2)]
    waiting[0].cancel()
    held.release()
    assert await waiting[1] == 1
    assert numbers(path) == [1, 2]


async def test_a_thread_waits_for_its_answer(writer: WriteThread, path: Path) -> None:
    assert await asyncio.to_thread(writer.run_blocking, write(4)) == 1
    with pytest.raises(StoreError):
        await asyncio.to_thread(writer.run_blocking, write(4))
    assert numbers(path) == [4]


class TestAHeldLock:
    async def test_is_waited_for(self, writer: WriteThread, path: Path) -> None:
        held = Held(path)
        waiting = asyncio.ensure_future(writer.run(write(1)))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        held.release()
        assert await waiting == 1

    async def test_is_not_waited_for_for_ever_and_the_error_names_the_cure(
        self, writer: WriteThread, path: Path
    ) -> None:
        held = Held(path)
        with pytest.raises(StoreBusyError, match=r"locked by another transaction.*pass it as transaction=, or commit"):
            await writer.run(write(1))
        held.release()
        assert await writer.run(write(1)) == 1

    async def test_keeps_a_whole_group_waiting_once_and_not_each_in_turn(self, writer: WriteThread, path: Path) -> None:
        held = Held(path)
        loop = asyncio.get_running_loop()
        began = loop.time()
        answers = await asyncio.gather(*(writer.run(write(number)) for number in range(30)), return_exceptions=True)
        held.release()
        assert {type(answer) for answer in answers} == {StoreBusyError}
        assert loop.time() - began < 10 * BRIEF.total_seconds()

    async def test_does_not_hold_up_the_end(self, path: Path, statements: Statements) -> None:
        writer = WriteThread("writer", path, statements.connect, timedelta(hours=1))
        writer.start()
        held = Held(path)
        waiting = asyncio.ensure_future(writer.run(write(1)))
        await asyncio.sleep(0.02)
        async with asyncio.timeout(3):
            await asyncio.to_thread(writer.stop)
            with pytest.raises(StoreBusyError):
                await waiting
        held.release()

    async def test_does_not_keep_readers_waiting(self, writer: WriteThread, path: Path) -> None:
        await writer.run(write(1))
        reader = ReadThread("reader", path, lambda: connect(path, synchronous="FULL", read_only=True))
        reader.start()
        held = Held(path)
        assert await reader.run(lambda db: db.execute("SELECT count(*) FROM line").fetchone()) == (1,)
        held.release()
        reader.stop()


class TestItsLife:
    async def test_before_the_start_and_after_the_end_it_is_refused(self, path: Path, statements: Statements) -> None:
        writer = WriteThread("writer", path, statements.connect, BRIEF)
        with pytest.raises(NotRunningError, match="is not open: open the application first"):
            await writer.run(write(1))
        writer.start()
        writer.stop()
        with pytest.raises(NotRunningError, match="is not open"):
            await writer.run(write(1))

    def test_stopping_twice_or_without_a_start_is_fine(self, path: Path, statements: Statements) -> None:
        writer = WriteThread("writer", path, statements.connect, BRIEF)
        writer.stop()
        writer.start()
        writer.stop()
        writer.stop()

    async def test_what_was_handed_in_before_the_end_is_done(self, writer: WriteThread, path: Path) -> None:
        waiting = [writer.run(write(number)) for number in range(50)]
        await writer.close()
        await writer.close()
        assert await asyncio.gather(*waiting) == [1] * 50
        assert numbers(path) == list(range(50))

    async def test_everybody_is_answered_whoever_comes_while_it_ends(self, path: Path, statements: Statements) -> None:
        """Handed in from several threads during the end: done or refused, and never left without an answer."""
        for _ in range(20):
            writer = WriteThread("writer", path, statements.connect, BRIEF)
            writer.start()
            go = threading.Event()

            def hand_in(writer: WriteThread = writer, go: threading.Event = go) -> None:
                go.wait(5)
                while True:
                    try:
                        writer.run_blocking(lambda db: None, timeout=5)
                    except NotRunningError:
                        return

            threads = [asyncio.create_task(asyncio.to_thread(hand_in)) for _ in range(4)]
            go.set()
            await asyncio.sleep(0.002)
            await asyncio.to_thread(writer.stop)
            await asyncio.gather(*threads)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
    def test_after_a_fork_it_is_refused_and_the_parent_goes_on(self, writer: WriteThread, path: Path) -> None:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover  (measured in the parent only)
            try:
                writer.run_blocking(write(1), timeout=5)
                said = "it was taken"
            except NotRunningError as error:
                said = str(error)
            except BaseException as error:
                said = repr(error)
            writer.stop()
            os.write(writing, said.encode())
            os._exit(0)
        os.waitpid(child, 0)
        said = os.read(reading, 4096).decode()
        os.close(reading)
        os.close(writing)
        assert "was opened before a fork" in said
        assert "open the application in the child" in said
        assert writer.run_blocking(write(2)) == 1
        assert numbers(path) == [2]


class TestCourtesy:
    """Whoever writes without a break leaves nobody else a chance, so between two transactions there is a gap."""

    @pytest.fixture
    def gaps(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        gaps: list[float] = []
        monkeypatch.setattr("dawam.stores.sqlite.threads.time.sleep", gaps.append)
        return gaps

    @pytest.mark.parametrize("others_write", [True, False])
    def test_a_gap_is_left_where_others_write_and_nowhere_else(
        self, writer: WriteThread, gaps: list[float], monkeypatch: pytest.MonkeyPatch, others_write: bool
    ) -> None:
        def after_a_wait(db: sqlite3.Connection, *_: object) -> bool:
            db.execute("BEGIN IMMEDIATE")
            return others_write

        monkeypatch.setattr("dawam.stores.sqlite.threads.begin", after_a_wait)
        monkeypatch.setattr("dawam.stores.sqlite.threads._COURTESY", 3600.0)  # however slow this machine is
        for number in range(3):
            writer.run_blocking(write(number))
        assert gaps == ([3600.0] * 2 if others_write else [])
