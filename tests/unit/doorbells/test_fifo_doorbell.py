"""Named pipes between processes: a ring wakes whoever listens, here and there, and never blocks or fails."""

# ruff: noqa: ASYNC240  (a test has its loop to itself)

import asyncio
import contextlib
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dawam.doorbells.base import Topic
from dawam.doorbells.fifo import FifoDoorbell


class Listener:
    def __init__(self) -> None:
        self.count = 0
        self._rung = asyncio.Event()

    def wake(self) -> None:
        self.count += 1
        self._rung.set()

    async def rung(self) -> None:
        async with asyncio.timeout(5):
            await self._rung.wait()
        self._rung.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "jobs.db-bells"


@pytest.fixture
async def doorbell(folder: Path) -> AsyncIterator[FifoDoorbell]:
    doorbell = FifoDoorbell(folder)
    yield doorbell
    doorbell.close()


@pytest.fixture
async def elsewhere(folder: Path) -> AsyncIterator[FifoDoorbell]:
    """Stands for another process: it shares nothing but the folder."""
    doorbell = FifoDoorbell(folder)
    yield doorbell
    doorbell.close()


async def test_a_ring_reaches_listeners_here_and_elsewhere(doorbell: FifoDoorbell, elsewhere: FifoDoorbell) -> None:
    here, there = Listener(), Listener()
    doorbell.listen(Topic.READY, here.wake)
    elsewhere.listen(Topic.READY, there.wake)
    doorbell.ring(Topic.READY)
    await here.rung()
    await there.rung()
    elsewhere.ring(Topic.READY)
    await here.rung()
    await there.rung()


async def test_only_those_of_its_topic_are_woken(doorbell: FifoDoorbell, elsewhere: FifoDoorbell) -> None:
    ready, finished = Listener(), Listener()
    elsewhere.listen(Topic.READY, ready.wake)
    elsewhere.listen(Topic.FINISHED, finished.wake)
    doorbell.ring(Topic.FINISHED)
    await finished.rung()
    assert ready.count == 0


async def test_a_process_that_serves_none_of_the_queues_sleeps_on(
    doorbell: FifoDoorbell, elsewhere: FifoDoorbell
) -> None:
    here, there = Listener(), Listener()
    doorbell.listen(Topic.READY, here.wake, ("default",))
    elsewhere.listen(Topic.READY, there.wake, ("mail", "reports"))
    [pipe] = elsewhere._pipes.values()

    doorbell.ring(Topic.READY, ("default",))
    with pytest.raises(BlockingIOError):  # not a byte was written
        os.read(pipe._descriptor, 1)
    await here.rung()

    doorbell.ring(Topic.READY, ("default", "reports"))
    await there.rung()
    doorbell.ring(Topic.READY)
    await there.rung()


async def test_a_listener_that_changes_its_queues_leaves_one_pipe(
    doorbell: FifoDoorbell, elsewhere: FifoDoorbell, folder: Path
) -> None:
    listener = Listener()
    before = elsewhere.listen(Topic.READY, listener.wake, ("mail",))
    elsewhere.listen(Topic.READY, listener.wake, ("mail", "imports"))
    before.close()
    assert len(os.listdir(folder)) == 1
    doorbell.ring(Topic.READY, ("imports",))
    await listener.rung()


async def test_a_pipe_of_code_that_knew_no_queues_is_rung_for_all(
    doorbell: FifoDoorbell, elsewhere: FifoDoorbell
) -> None:
    listener = Listener()
    elsewhere.listen(Topic.READY, listener.wake, ("mail",))
    [pipe] = elsewhere._pipes.values()
    pipe.path = pipe.path.rename(pipe.path.with_name("ready-123-89abcdef"))
    doorbell.ring(Topic.READY, ("default",))
    await listener.rung()


async def test_several_listeners_of_one_process_share_a_pipe_and_all_are_woken(
    doorbell: FifoDoorbell, elsewhere: FifoDoorbell, folder: Path
) -> None:
    listeners = [Listener() for _ in range(5)]
    bells = [elsewhere.listen(Topic.FINISHED, each.wake) for each in listeners]
    assert len(os.listdir(folder)) == 1
    doorbell.ring(Topic.FINISHED)
    for each in listeners:
        await each.rung()
    for bell in bells[:-1]:
        bell.close()
        bell.close()
    doorbell.ring(Topic.FINISHED)
    await listeners[-1].rung()
    assert [each.count for each in listeners[:-1]] == [1] * 4
    bells[-1].close()
    assert os.listdir(folder) == []


async def test_many_rings_may_wake_once_and_the_next_is_heard(doorbell: FifoDoorbell, elsewhere: FifoDoorbell) -> None:
    listener = Listener()
    elsewhere.listen(Topic.READY, listener.wake)
    [pipe] = elsewhere._pipes.values()
    full = os.open(pipe.path, os.O_WRONLY | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(full, b"!" * 4096)
    os.close(full)
    doorbell.ring(Topic.READY)  # a pipe that is full: it does not block, and the listener wakes all the same
    await listener.rung()
    await asyncio.sleep(0.01)
    woken = listener.count
    doorbell.ring(Topic.READY)
    await listener.rung()
    assert listener.count == woken + 1


async def test_from_any_thread(doorbell: FifoDoorbell, elsewhere: FifoDoorbell) -> None:
    here, there = Listener(), Listener()
    doorbell.listen(Topic.READY, here.wake)
    elsewhere.listen(Topic.READY, there.wake)
    threading.Thread(target=doorbell.ring, args=(Topic.READY,)).start()
    await here.rung()
    await there.rung()


async def test_who_left_is_not_woken_any_more(doorbell: FifoDoorbell, elsewhere: FifoDoorbell) -> None:
    listener = Listener()
    elsewhere.listen(Topic.READY, listener.wake).close()
    doorbell.ring(Topic.READY)
    await asyncio.sleep(0.01)
    assert listener.count == 0


async def test_the_last_one_out_removes_the_folder(
    doorbell: FifoDoorbell, elsewhere: FifoDoorbell, folder: Path
) -> None:
    doorbell.listen(Topic.READY, Listener().wake)
    elsewhere.listen(Topic.READY, Listener().wake)
    doorbell.close()
    assert folder.exists()
    elsewhere.close()
    assert not folder.exists()
    doorbell.ring(Topic.READY)


async def test_the_pipe_of_a_dead_process_is_removed_by_the_next_ring(doorbell: FifoDoorbell, folder: Path) -> None:
    listen_and_die(folder)
    assert len(os.listdir(folder)) == 1
    doorbell.ring(Topic.FINISHED)
    assert len(os.listdir(folder)) == 1
    doorbell.ring(Topic.READY)
    assert os.listdir(folder) == []


async def test_or_by_the_next_who_listens_to_anything(doorbell: FifoDoorbell, folder: Path) -> None:
    listen_and_die(folder)
    doorbell.listen(Topic.FINISHED, lambda: None)
    [name] = os.listdir(folder)
    assert name.startswith("finished-")


async def test_who_comes_wakes_nobody(doorbell: FifoDoorbell, elsewhere: FifoDoorbell) -> None:
    first, later = Listener(), Listener()
    doorbell.listen(Topic.READY, first.wake)
    elsewhere.listen(Topic.FINISHED, later.wake)
    doorbell.ring(Topic.FINISHED)
    await later.rung()
    assert first.count == 0


def listen_and_die(folder: Path) -> None:
    """What a process that is killed leaves behind."""
    program = textwrap.dedent(
        """
        import asyncio, os, sys
        from pathlib import Path
        from dawam.doorbells.base import Topic
        from dawam.doorbells.fifo import FifoDoorbell
        async def main():
            FifoDoorbell(Path(sys.argv[1])).listen(Topic.READY, lambda: None)
            os._exit(0)
        asyncio.run(main())
        """
    )
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True, timeout=20)


async def test_what_is_no_pipe_is_left_alone(doorbell: FifoDoorbell, folder: Path) -> None:
    folder.mkdir()
    (folder / "ready-note").write_text("mine")
    (folder / "ready-link").symlink_to(folder / "ready-note")
    doorbell.ring(Topic.READY)
    assert (folder / "ready-note").read_text() == "mine"
    for each in folder.iterdir():
        each.unlink()


async def test_without_a_folder_to_write_to_this_process_is_still_woken(tmp_path: Path) -> None:
    doorbell = FifoDoorbell(tmp_path / "no" / "such" / "folder")
    listener = Listener()
    doorbell.listen(Topic.READY, listener.wake)
    doorbell.ring(Topic.READY)
    await listener.rung()
    doorbell.close()


async def test_others_cannot_read_or_ring_it(doorbell: FifoDoorbell, folder: Path) -> None:
    doorbell.listen(Topic.READY, Listener().wake)
    [pipe] = folder.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    assert pipe.stat().st_mode & 0o077 == 0
