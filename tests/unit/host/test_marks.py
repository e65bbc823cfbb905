"""Start marks: they outlive their process, and who can lock them knows that it is dead."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from dawam.host import deaths as deaths_module
from dawam.host import marks as marks_module
from dawam.host.deaths import Death, deaths, excuse_process
from dawam.host.marks import HEADER, StartMarks
from dawam.ids import HostId, new_host_id, new_id

PROGRAM = """
    import asyncio, sys, time
    from pathlib import Path
    from uuid import UUID
    from dawam.host.marks import StartMarks
    from dawam.ids import HostId

    async def main():
        marks = StartMarks(Path(sys.argv[1]), HostId("there-1-ab"), 3)
        await marks.start()
        held = [marks.begin(UUID(text)) for text in sys.argv[2:]]
        marks.end(held[0])
        print("marked", flush=True)
        time.sleep(60)

    asyncio.run(main())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "jobs.db-marks" / "default"


class Other:
    """A process that marks its jobs, and ended the first of them."""

    def __init__(self, folder: Path, *jobs: UUID) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(PROGRAM), folder, *map(str, jobs)], stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"marked\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def jobs() -> list[UUID]:
    return [new_id(), new_id(), new_id()]


@pytest.fixture
def other(folder: Path, jobs: list[UUID]) -> Iterator[Other]:
    other = Other(folder, *jobs)
    yield other
    other.kill()
    assert other.process.stdout is not None
    other.process.stdout.close()


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def seen(folder: Path) -> list[Death]:
    return list(deaths(folder))


async def marking(folder: Path | None, host: HostId | None = None) -> StartMarks:
    marks = StartMarks(folder, host or new_host_id(), 2)
    await marks.start()
    return marks


def test_a_killed_process_leaves_what_had_started_and_not_ended(folder: Path, jobs: list[UUID], other: Other) -> None:
    other.kill()
    (death,) = seen(folder)
    assert (death.host, death.process_id, death.started) == ("there-1-ab", other.process.pid, set(jobs[1:]))
    assert (death.is_of_this_boot, death.is_excused) == (True, False)


def test_a_process_that_lives_or_is_frozen_is_not_seen_as_dead(folder: Path, other: Other) -> None:
    assert seen(folder) == []
    other.process.send_signal(signal.SIGSTOP)
    assert seen(folder) == []
    other.process.send_signal(signal.SIGCONT)


def test_a_death_is_seen_until_it_is_buried(folder: Path, other: Other) -> None:
    other.kill()
    assert len(seen(folder)) == 1
    for death in deaths(folder):
        death.bury()
    assert (seen(folder), files(folder)) == ([], [])


def test_a_death_is_seen_by_one_at_a_time(folder: Path, other: Other) -> None:
    other.kill()
    for _ in deaths(folder):
        assert seen(folder) == []


def test_who_opened_the_file_before_it_was_buried_sees_nothing(
    folder: Path, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.kill()
    (path,) = files(folder)

    def buried_meanwhile(descriptor: int) -> None:
        path.unlink(missing_ok=True)

    monkeypatch.setattr(deaths_module, "lock", buried_meanwhile)
    assert seen(folder) == []


async def test_a_host_that_leaves_takes_its_marks_along(folder: Path) -> None:
    marks = await marking(folder)
    mark = marks.begin(new_id())
    await marks.stop()
    await marks.stop()
    assert files(folder) == []
    marks.end(mark)  # a thread that was left behind


async def test_a_mark_is_free_again_after_its_end(folder: Path) -> None:
    marks = await marking(folder)
    for _ in range(100):
        marks.end(marks.begin(new_id()))
    await marks.stop()


def test_before_a_kill_a_process_can_be_excused(folder: Path, other: Other) -> None:
    excuse_process(folder, other.process.pid + 1)
    excuse_process(folder, other.process.pid)
    other.kill()
    assert [death.is_excused for death in seen(folder)] == [True]


def test_only_the_named_process_is_excused(folder: Path, other: Other) -> None:
    excuse_process(folder, other.process.pid + 1)
    other.kill()
    assert [death.is_excused for death in seen(folder)] == [False]


async def test_a_host_excuses_itself(folder: Path) -> None:
    marks = await marking(folder)
    marks.excuse()
    (path,) = files(folder)
    assert HEADER.unpack_from(path.read_bytes())[2] is True
    await marks.stop()


def test_the_child_of_a_fork_does_not_keep_the_lock(folder: Path) -> None:
    program = f"""
        import asyncio, os, time
        from pathlib import Path
        from dawam.host.marks import StartMarks
        from dawam.ids import HostId

        marks = StartMarks(Path({str(folder)!r}), HostId("parent-1-ab"), 2)
        asyncio.run(marks.start())
        child = os.fork()
        if child == 0:
            os.close(1)
            os.close(2)
            time.sleep(60)
        print(child, flush=True)
        os._exit(1)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, check=False)
    try:
        assert [death.host for death in seen(folder)] == ["parent-1-ab"]
    finally:
        os.kill(int(done.stdout), signal.SIGKILL)


def test_marks_of_another_boot_accuse_nobody(folder: Path, other: Other) -> None:
    other.kill()
    (path,) = files(folder)
    content = path.read_bytes()
    path.write_bytes(b"another boot".ljust(36, b"-") + content[36:])
    assert [death.is_of_this_boot for death in seen(folder)] == [False]


def test_a_file_that_was_never_finished_is_swept_away_and_strange_ones_are_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "new-there-1-ab").touch()
    (folder / "notes").write_text("?")
    assert seen(folder) == []
    assert [path.name for path in folder.iterdir()] == ["notes"]


async def test_without_a_folder_or_locks_marks_are_for_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await (await marking(None)).stop()
    monkeypatch.setattr(marks_module, "fcntl", None)
    marks = await marking(folder)
    marks.end(marks.begin(new_id()))
    assert (list(deaths(None)), list(deaths(folder))) == ([], [])


async def test_where_nobody_may_write_there_are_no_marks_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    marks = await marking(tmp_path / "file" / "marks")
    marks.end(marks.begin(new_id()))
    await marks.stop()
    (line,) = caplog.messages
    assert "no start marks can be kept in " in line
    assert "(Not a directory)" in line
